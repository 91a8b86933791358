#include "engine/io/safetensors.h"

#include <string.h>

#include "engine/core/error.h"
#include "engine/io/file-map.h"
#include "engine/io/json-file.h"
#include "engine/io/safetensors-entry.h"
#include "engine/io/safetensors-memory.h"
#include "engine/io/tensor-index.h"

/* The limit of the format's own library. */
#define MAX_HEADER_BYTES 100000000
#define LENGTH_BYTES 8

struct B2Safetensors
{
  char *path;
  B2FileMap map; /* empty when opened from memory */
  const char *header;
  gsize n_header_bytes;
  const guint8 *data; /* after the header */
  gsize n_data_bytes;
  json_t *metadata; /* (nullable) object of strings */
  GStringChunk *names;
  B2TensorInfo *tensors; /* by offset */
  const B2TensorInfo **by_name;
  gsize n_tensors;
};

/* ---- the whole header -------------------------------------------------------- */

static int
compare_offset (const void *a, const void *b)
{
  const B2TensorInfo *x = a, *y = b;

  if (x->data != y->data)
    return x->data < y->data ? -1 : 1;
  /* An empty tensor comes before the one that starts where it lies. */
  if (x->n_bytes != y->n_bytes)
    return x->n_bytes < y->n_bytes ? -1 : 1;
  return strcmp (x->name, y->name);
}

static gboolean
check_coverage (const B2Safetensors *self, GError **error)
{
  const guint8 *end = self->data;

  for (gsize i = 0; i < self->n_tensors; i++)
    {
      const B2TensorInfo *info = &self->tensors[i];

      if (info->data != end)
        return b2_safetensors_entry_error (self->path, info->name, error,
                                           "its data begin at byte %" G_GSIZE_FORMAT
                                           ", expected %" G_GSIZE_FORMAT
                                           " (tensors must follow each other without %s)",
                                           (gsize) (info->data - self->data), (gsize) (end - self->data),
                                           info->data < end ? "overlap" : "holes");
      end += info->n_bytes;
    }
  if (end != self->data + self->n_data_bytes)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_FORMAT,
                   "%s: holds %" G_GSIZE_FORMAT " bytes of data, its tensors take %" G_GSIZE_FORMAT,
                   self->path, self->n_data_bytes, (gsize) (end - self->data));
      return FALSE;
    }
  return TRUE;
}

static gboolean
read_metadata (B2Safetensors *self, json_t *metadata, GError **error)
{
  const char *key;
  json_t *value;

  if (!json_is_object (metadata))
    return b2_safetensors_entry_error (self->path, "__metadata__", error, "expected an object, found %s",
                                       b2_json_type_name (metadata));
  json_object_foreach (metadata, key, value) if (!json_is_string (value))
  {
    g_autofree char *printable = b2_printable (key);

    return b2_safetensors_entry_error (self->path, "__metadata__", error,
                                       "\"%s\": expected a string, found %s", printable,
                                       b2_json_type_name (value));
  }
  self->metadata = json_incref (metadata);
  return TRUE;
}

static gboolean
read_entries (B2Safetensors *self, json_t *root, GError **error)
{
  const char *name;
  json_t *entry;

  self->tensors = g_new0 (B2TensorInfo, json_object_size (root) + 1);
  self->names = g_string_chunk_new (4096);
  json_object_foreach (root, name, entry)
  {
    B2TensorInfo *info = &self->tensors[self->n_tensors];

    if (strcmp (name, "__metadata__") == 0)
      {
        if (!read_metadata (self, entry, error))
          return FALSE;
        continue;
      }
    info->name = g_string_chunk_insert (self->names, name);
    info->path = self->path;
    if (!b2_safetensors_read_entry (entry, self->data, self->n_data_bytes, info, error))
      return FALSE;
    self->n_tensors++;
  }
  qsort (self->tensors, self->n_tensors, sizeof *self->tensors, compare_offset);
  if (!check_coverage (self, error))
    return FALSE;

  self->by_name = g_new (const B2TensorInfo *, self->n_tensors + 1);
  for (gsize i = 0; i < self->n_tensors; i++)
    self->by_name[i] = &self->tensors[i];
  b2_tensors_sort (self->by_name, self->n_tensors);
  return TRUE;
}

/* Where the length of the header makes no sense: what is it then? */
static gboolean
set_length_error (const B2Safetensors *self, const guint8 *bytes, gsize n_bytes, guint64 n_header,
                  GError **error)
{
  static const char lfs[] = "version https://git-lfs";

  if (n_bytes >= strlen (lfs) && memcmp (bytes, lfs, strlen (lfs)) == 0)
    g_set_error (error, B2_ERROR, B2_ERROR_FORMAT,
                 "%s: is a Git LFS pointer, not the weights; fetch them with git lfs pull", self->path);
  else
    g_set_error (
        error, B2_ERROR, B2_ERROR_FORMAT,
        "%s: not a safetensors file, or not copied to its end: expected a header of %" G_GUINT64_FORMAT
        " bytes (%d at most), found %" G_GSIZE_FORMAT " bytes",
        self->path, n_header, MAX_HEADER_BYTES, n_bytes - LENGTH_BYTES);
  return FALSE;
}

static gboolean
read_header (B2Safetensors *self, const guint8 *bytes, gsize n_bytes, GError **error)
{
  g_autofree char *where = g_strconcat (self->path, ": header", NULL);
  guint64 n_header;
  json_t *root;
  gboolean ok;

  if (n_bytes < LENGTH_BYTES)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_FORMAT,
                   "%s: is %" G_GSIZE_FORMAT " bytes long, too short for a safetensors file", self->path,
                   n_bytes);
      return FALSE;
    }
  memcpy (&n_header, bytes, LENGTH_BYTES);
  n_header = GUINT64_FROM_LE (n_header);
  if (n_header > MAX_HEADER_BYTES || n_header > n_bytes - LENGTH_BYTES)
    return set_length_error (self, bytes, n_bytes, n_header, error);

  self->header = (const char *) bytes + LENGTH_BYTES;
  self->n_header_bytes = n_header;
  self->data = bytes + LENGTH_BYTES + n_header;
  self->n_data_bytes = n_bytes - LENGTH_BYTES - n_header;
  root = b2_json_parse (self->header, self->n_header_bytes, where, error);
  if (root == NULL)
    return FALSE;
  ok = read_entries (self, root, error);
  json_decref (root);
  return ok;
}

/* ---- public ------------------------------------------------------------------ */

B2Safetensors *
b2_safetensors_open_memory (const guint8 *bytes, gsize n_bytes, const char *path, GError **error)
{
  g_autoptr (B2Safetensors) self = g_new0 (B2Safetensors, 1);

  self->path = g_strdup (path);
  return read_header (self, bytes, n_bytes, error) ? g_steal_pointer (&self) : NULL;
}

B2Safetensors *
b2_safetensors_open (const char *path, GError **error)
{
  g_autoptr (B2Safetensors) self = g_new0 (B2Safetensors, 1);

  self->path = g_strdup (path);
  if (!b2_file_map_open (&self->map, path, error)
      || !read_header (self, self->map.bytes, self->map.n_bytes, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
b2_safetensors_advise (B2Safetensors *self, gboolean random)
{
  b2_file_map_advise (&self->map, random);
}

void
b2_safetensors_close (B2Safetensors *self)
{
  b2_file_map_close (&self->map);
  g_clear_pointer (&self->metadata, json_decref);
  g_clear_pointer (&self->names, g_string_chunk_free);
  g_free (self->tensors);
  g_free (self->by_name);
  g_free (self->path);
  g_free (self);
}

gsize
b2_safetensors_n_tensors (B2Safetensors *self)
{
  return self->n_tensors;
}

const B2TensorInfo *
b2_safetensors_nth (B2Safetensors *self, gsize i)
{
  g_assert (i < self->n_tensors);
  return &self->tensors[i];
}

const B2TensorInfo *
b2_safetensors_lookup (B2Safetensors *self, const char *name)
{
  return b2_tensors_find (self->by_name, self->n_tensors, name);
}

const char *
b2_safetensors_metadata (B2Safetensors *self, const char *key)
{
  return json_string_value (json_object_get (self->metadata, key));
}

const char *
b2_safetensors_header (B2Safetensors *self, gsize *n_bytes)
{
  *n_bytes = self->n_header_bytes;
  return self->header;
}
