#include "engine/io/weights.h"

#include <string.h>

#include "engine/core/error.h"
#include "engine/io/json-file.h"
#include "engine/io/safetensors-memory.h"
#include "engine/io/shard-index.h"
#include "engine/io/tensor-index.h"

#define FINGERPRINT_BYTES 4096

struct B2Weights
{
  char *dir;
  GPtrArray *files; /* of B2Safetensors, by file name; none of a GGUF file */
  B2Gguf *gguf; /* (nullable) */
  GPtrArray *tensors; /* of const B2TensorInfo, by name */
  gsize n_bytes;
};

/* ---- a folder without safetensors -------------------------------------------- */

static gboolean
is_pickle (const char *name)
{
  return g_str_has_suffix (name, ".bin") || g_str_has_suffix (name, ".pth") || g_str_has_suffix (name, ".pt")
         || g_str_has_suffix (name, ".ckpt");
}

/* Says what the folder has instead and what to do about it. */
static gboolean
set_missing_error (const char *dir, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autofree char *pickle = NULL;
  g_autoptr (GDir) listing = g_dir_open (dir, 0, &problem);
  const char *name;

  if (listing == NULL)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_IO, "%s: expected a model folder: %s", dir, problem->message);
      return FALSE;
    }
  while ((name = g_dir_read_name (listing)) != NULL)
    if (pickle == NULL && is_pickle (name))
      pickle = b2_printable (name);

  if (pickle != NULL)
    g_set_error (
        error, B2_ERROR, B2_ERROR_UNSUPPORTED,
        "%s: the weights are only there as \"%s\", a Python pickle, and reading one can run any program. "
        "Qlens executes nothing from a model folder: get the model's %s, or make it, on a computer "
        "you trust with that, by loading the model in transformers and calling "
        "save_pretrained (FOLDER, safe_serialization=True)",
        dir, pickle, B2_WEIGHTS_SINGLE_NAME);
  else
    g_set_error (error, B2_ERROR, B2_ERROR_IO, "%s: expected %s or %s, found neither", dir,
                 B2_WEIGHTS_SINGLE_NAME, B2_WEIGHTS_INDEX_NAME);
  return FALSE;
}

/* ---- one file, or the shards of an index -------------------------------------- */

/* Takes those tensors of the newest file that @index (nullable: all) places in it. */
static gboolean
take_tensors (B2Weights *self, B2Safetensors *file, const B2ShardIndex *index, const char *file_name,
              B2Cancel *cancel, GError **error)
{
  for (gsize i = 0; i < b2_safetensors_n_tensors (file); i++)
    {
      const B2TensorInfo *info = b2_safetensors_nth (file, i);
      const char *place = index != NULL ? b2_shard_index_lookup (index, info->name) : file_name;

      if (!b2_cancel_check (cancel, error))
        return FALSE;
      if (place == NULL)
        continue;
      if (strcmp (place, file_name) != 0)
        {
          g_autofree char *name = b2_printable (info->name);
          g_autofree char *other = b2_printable (place);

          g_set_error (error, B2_ERROR, B2_ERROR_FORMAT,
                       "%s: tensor \"%s\" is here although the index places it in \"%s\"; expected it once",
                       info->path, name, other);
          return FALSE;
        }
      g_ptr_array_add (self->tensors, (gpointer) info);
    }
  return TRUE;
}

static gboolean
open_file (B2Weights *self, const B2ShardIndex *index, const char *file_name, B2Cancel *cancel,
           GError **error)
{
  g_autofree char *path = g_build_filename (self->dir, file_name, NULL);
  B2Safetensors *file;

  if (!b2_cancel_check (cancel, error))
    return FALSE;
  file = b2_safetensors_open (path, error);
  if (file == NULL)
    {
      if (index != NULL)
        g_prefix_error (error, "%s: weight_map names a file that cannot be used: ", index->path);
      return FALSE;
    }
  g_ptr_array_add (self->files, file);
  return take_tensors (self, file, index, file_name, cancel, error);
}

/* Every name of the index must have turned up. */
static gboolean
check_complete (B2Weights *self, const B2ShardIndex *index, GError **error)
{
  const char *tensor;
  json_t *place;

  if (self->tensors->len == json_object_size (index->map))
    return TRUE;
  json_object_foreach (index->map, tensor, place) if (b2_weights_lookup (self, tensor) == NULL)
  {
    g_autofree char *name = b2_printable (tensor);
    g_autofree char *file = b2_printable (json_string_value (place));

    g_set_error (error, B2_ERROR, B2_ERROR_FORMAT,
                 "%s: weight_map: expected tensor \"%s\" in \"%s\", which does not hold it", index->path,
                 name, file);
    return FALSE;
  }
  return TRUE;
}

static gboolean
open_files (B2Weights *self, B2Cancel *cancel, GError **error)
{
  g_autofree char *single_path = g_build_filename (self->dir, B2_WEIGHTS_SINGLE_NAME, NULL);
  g_autofree char *index_path = g_build_filename (self->dir, B2_WEIGHTS_INDEX_NAME, NULL);
  g_autoptr (B2ShardIndex) index = NULL;

  if (g_file_test (single_path, G_FILE_TEST_EXISTS))
    {
      if (!open_file (self, NULL, B2_WEIGHTS_SINGLE_NAME, cancel, error))
        return FALSE;
    }
  else if (g_file_test (index_path, G_FILE_TEST_EXISTS))
    {
      index = b2_shard_index_open (index_path, error);
      if (index == NULL)
        return FALSE;
      for (guint i = 0; i < index->files->len; i++)
        if (!open_file (self, index, index->files->pdata[i], cancel, error))
          return FALSE;
    }
  else
    return set_missing_error (self->dir, error);

  b2_tensors_sort ((const B2TensorInfo **) self->tensors->pdata, self->tensors->len);
  return index == NULL || check_complete (self, index, error);
}

static gsize
sum_of_bytes (B2Weights *self)
{
  gsize n_bytes = 0;

  for (guint i = 0; i < self->tensors->len; i++)
    n_bytes += ((const B2TensorInfo *) self->tensors->pdata[i])->n_bytes;
  return n_bytes;
}

/* ---- public ------------------------------------------------------------------ */

static B2Weights *
weights_new (char *dir)
{
  B2Weights *self = g_new0 (B2Weights, 1);

  self->dir = dir;
  self->files = g_ptr_array_new_with_free_func ((GDestroyNotify) b2_safetensors_close);
  self->tensors = g_ptr_array_new ();
  return self;
}

static gboolean
take_gguf (B2Weights *self, B2Gguf *gguf, B2Cancel *cancel, GError **error)
{
  self->gguf = b2_gguf_ref (gguf);
  for (gsize i = 0; i < b2_gguf_n_tensors (gguf); i++)
    {
      if (!b2_cancel_check (cancel, error))
        return FALSE;
      g_ptr_array_add (self->tensors, (gpointer) b2_gguf_nth (gguf, i));
    }
  b2_tensors_sort ((const B2TensorInfo **) self->tensors->pdata, self->tensors->len);
  return TRUE;
}

B2Weights *
b2_weights_open_source (const B2ModelSource *source, B2Cancel *cancel, GError **error)
{
  g_autoptr (B2Weights) self = weights_new (g_strdup (source->path));

  if (source->gguf != NULL ? !take_gguf (self, source->gguf, cancel, error)
                           : !open_files (self, cancel, error))
    return NULL;
  self->n_bytes = sum_of_bytes (self);
  return g_steal_pointer (&self);
}

B2Weights *
b2_weights_open (const char *path, B2Cancel *cancel, GError **error)
{
  g_autoptr (B2ModelSource) source = b2_model_source_open (path, error);

  return source != NULL ? b2_weights_open_source (source, cancel, error) : NULL;
}

B2Weights *
b2_weights_open_file (const char *path, B2Cancel *cancel, GError **error)
{
  g_autoptr (B2Weights) self = weights_new (g_path_get_dirname (path));
  g_autofree char *name = g_path_get_basename (path);

  if (!open_file (self, NULL, name, cancel, error))
    return NULL;
  b2_tensors_sort ((const B2TensorInfo **) self->tensors->pdata, self->tensors->len);
  self->n_bytes = sum_of_bytes (self);
  return g_steal_pointer (&self);
}

void
b2_weights_close (B2Weights *self)
{
  g_ptr_array_unref (self->tensors);
  g_ptr_array_unref (self->files);
  g_clear_pointer (&self->gguf, b2_gguf_unref);
  g_free (self->dir);
  g_free (self);
}

const B2TensorInfo *
b2_weights_lookup (B2Weights *self, const char *name)
{
  return b2_tensors_find ((const B2TensorInfo *const *) self->tensors->pdata, self->tensors->len, name);
}

gsize
b2_weights_n_tensors (B2Weights *self)
{
  return self->tensors->len;
}

gsize
b2_weights_n_bytes (B2Weights *self)
{
  return self->n_bytes;
}

const B2TensorInfo *
b2_weights_nth (B2Weights *self, gsize i)
{
  g_assert (i < self->tensors->len);
  return self->tensors->pdata[i];
}

const char *
b2_weights_dir (B2Weights *self)
{
  return self->dir;
}

void
b2_weights_advise (B2Weights *self, gboolean random)
{
  for (guint i = 0; i < self->files->len; i++)
    b2_safetensors_advise (self->files->pdata[i], random);
  if (self->gguf != NULL)
    b2_gguf_advise (self->gguf, random);
}

static void
hash (GChecksum *sum, const void *bytes, gsize n_bytes)
{
  if (n_bytes > 0)
    g_checksum_update (sum, bytes, (gssize) n_bytes);
}

char *
b2_weights_fingerprint (B2Weights *self)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize n_bytes;

  b2_weights_advise (self, TRUE);
  for (guint i = 0; i < self->files->len; i++)
    {
      const char *header = b2_safetensors_header (self->files->pdata[i], &n_bytes);

      hash (sum, header, n_bytes);
    }
  if (self->gguf != NULL)
    {
      const guint8 *header = b2_gguf_header (self->gguf, &n_bytes);

      hash (sum, header, n_bytes);
    }
  for (guint i = 0; i < self->tensors->len; i++)
    {
      const B2TensorInfo *info = self->tensors->pdata[i];

      hash (sum, info->data, MIN (info->n_bytes, FINGERPRINT_BYTES));
    }
  b2_weights_advise (self, FALSE);
  return g_strdup (g_checksum_get_string (sum));
}
