#include "engine/io/shard-index.h"

#include <string.h>

#include "engine/core/error.h"
#include "engine/io/json-file.h"

#define MAX_INDEX_BYTES (64 << 20)
#define MAX_SHARDS 1024

static gboolean
set_place_error (const B2ShardIndex *self, const char *tensor, int code, const char *expected,
                 const char *found, GError **error)
{
  g_autofree char *name = b2_printable (tensor);
  g_autofree char *what = b2_printable (found);

  g_set_error (error, B2_ERROR, code, "%s: weight_map: \"%s\": expected %s, found \"%s\"", self->path, name,
               expected, what);
  return FALSE;
}

/* The index may only name files of the folder itself, and only such as are data. */
static gboolean
check_place (const B2ShardIndex *self, const char *tensor, const json_t *place, GError **error)
{
  const char *file = json_string_value (place);

  if (file == NULL)
    return set_place_error (self, tensor, B2_ERROR_FORMAT, "the name of a file", b2_json_type_name (place),
                            error);
  if (file[0] == '\0' || strcmp (file, ".") == 0 || strcmp (file, "..") == 0 || strchr (file, '/') != NULL)
    return set_place_error (self, tensor, B2_ERROR_FORMAT, "the name of a file in the same folder", file,
                            error);
  if (g_str_has_suffix (file, ".bin"))
    return set_place_error (self, tensor, B2_ERROR_UNSUPPORTED,
                            "a .safetensors file (Qlens runs no Python pickles)", file, error);
  return TRUE;
}

static int
compare_string (const void *a, const void *b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static gboolean
list_files (B2ShardIndex *self, GError **error)
{
  const char *tensor;
  json_t *place;
  guint n = 0;

  json_object_foreach (self->map, tensor, place)
  {
    if (!check_place (self, tensor, place, error))
      return FALSE;
    g_ptr_array_add (self->files, (gpointer) json_string_value (place));
  }
  g_ptr_array_sort (self->files, compare_string);
  for (guint i = 0; i < self->files->len; i++)
    if (n == 0 || strcmp (self->files->pdata[n - 1], self->files->pdata[i]) != 0)
      self->files->pdata[n++] = self->files->pdata[i];
  g_ptr_array_set_size (self->files, (int) n);
  if (n == 0 || n > MAX_SHARDS)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_FORMAT,
                   "%s: weight_map: expected 1 to %d different files, found %u", self->path, MAX_SHARDS, n);
      return FALSE;
    }
  return TRUE;
}

B2ShardIndex *
b2_shard_index_open (const char *path, GError **error)
{
  g_autoptr (B2ShardIndex) self = g_new0 (B2ShardIndex, 1);

  self->path = g_strdup (path);
  self->files = g_ptr_array_new ();
  self->root = b2_json_read (path, MAX_INDEX_BYTES, error);
  if (self->root == NULL)
    return NULL;
  self->map = json_object_get (self->root, "weight_map");
  if (!json_is_object (self->map))
    {
      g_set_error (error, B2_ERROR, B2_ERROR_FORMAT, "%s: weight_map: expected an object, found %s", path,
                   self->map != NULL ? b2_json_type_name (self->map) : "nothing");
      return NULL;
    }
  return list_files (self, error) ? g_steal_pointer (&self) : NULL;
}

void
b2_shard_index_close (B2ShardIndex *self)
{
  g_ptr_array_unref (self->files);
  json_decref (self->root);
  g_free (self->path);
  g_free (self);
}

const char *
b2_shard_index_lookup (const B2ShardIndex *self, const char *name)
{
  return json_string_value (json_object_get (self->map, name));
}
