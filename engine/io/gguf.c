#include "engine/io/gguf.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "engine/core/error.h"
#include "engine/io/file-map.h"
#include "engine/io/gguf-cursor.h"
#include "engine/io/gguf-types.h"
#include "engine/io/json-file.h"
#include "engine/io/tensor-index.h"

#define VERSION 3
#define DEFAULT_ALIGNMENT 32
#define MAX_ALIGNMENT 65536
/* What a key and a tensor take at least, so that a count that cannot be true costs nothing. */
#define MIN_KEY_BYTES 13
#define MIN_TENSOR_BYTES 24

/* One metadata entry. */
typedef struct
{
  const char *name;
  guint32 type, item_type;
  const guint8 *bytes; /* the value; of a string or an array what follows its length */
  gsize n_bytes;
} Key;

struct B2Gguf
{
  gint n_refs; /* atomic */
  char *path;
  B2FileMap map; /* empty when opened from memory */
  const guint8 *bytes;
  gsize n_header_bytes;
  const guint8 *data;
  gsize n_data_bytes;
  gsize alignment;
  GStringChunk *names;
  Key *keys; /* by name */
  gsize n_keys;
  B2TensorInfo *tensors; /* by offset */
  const B2TensorInfo **by_name;
  gsize n_tensors;
};

/* ---- metadata ---------------------------------------------------------------- */

static int
compare_key (const void *a, const void *b)
{
  return strcmp (((const Key *) a)->name, ((const Key *) b)->name);
}

static const Key *
find_key (B2Gguf *self, const char *name)
{
  Key wanted = { .name = name };

  return bsearch (&wanted, self->keys, self->n_keys, sizeof *self->keys, compare_key);
}

/* A name: not longer than @max_bytes, UTF-8, without zeros. Returns: (nullable) */
static const char *
read_name (B2Gguf *self, B2GgufCursor *cursor, const char *what, gsize max_bytes, GError **error)
{
  const guint8 *bytes = NULL;
  gsize n_bytes = 0;

  if (!b2_gguf_read_string (cursor, &bytes, &n_bytes, error))
    return NULL;
  if (n_bytes > max_bytes || !g_utf8_validate_len ((const char *) bytes, n_bytes, NULL))
    {
      b2_gguf_error (cursor, error,
                     "the name of a %s: expected at most %" G_GSIZE_FORMAT " bytes of UTF-8, found "
                     "something else (%" G_GSIZE_FORMAT " bytes)",
                     what, max_bytes, n_bytes);
      return NULL;
    }
  return g_string_chunk_insert_len (self->names, (const char *) bytes, (gssize) n_bytes);
}

static gboolean
read_keys (B2Gguf *self, B2GgufCursor *cursor, gsize n, GError **error)
{
  self->keys = g_new0 (Key, n + 1);
  for (gsize i = 0; i < n; i++)
    {
      Key *key = &self->keys[i];

      key->name = read_name (self, cursor, "key", G_MAXUINT16, error);
      if (key->name == NULL || !b2_gguf_read_u32 (cursor, &key->type, error)
          || !b2_gguf_read_value (cursor, key->type, &key->item_type, &key->bytes, &key->n_bytes, error))
        return FALSE;
    }
  self->n_keys = n;
  qsort (self->keys, n, sizeof *self->keys, compare_key);
  for (gsize i = 1; i < n; i++)
    if (strcmp (self->keys[i - 1].name, self->keys[i].name) == 0)
      {
        g_autofree char *name = b2_printable (self->keys[i].name);

        return b2_gguf_error (cursor, error, "the key \"%s\" is there twice", name);
      }
  return TRUE;
}

static gboolean
read_alignment (B2Gguf *self, B2GgufCursor *cursor, GError **error)
{
  const Key *key = find_key (self, "general.alignment");
  guint32 value;

  self->alignment = DEFAULT_ALIGNMENT;
  if (key == NULL)
    return TRUE;
  if (key->type != B2_GGUF_UINT32)
    return b2_gguf_error (cursor, error, "general.alignment: expected a number of 32 bits");
  memcpy (&value, key->bytes, sizeof value);
  value = GUINT32_FROM_LE (value);
  if (value < 8 || value > MAX_ALIGNMENT || (value & (value - 1)) != 0)
    return b2_gguf_error (cursor, error,
                          "general.alignment: expected a power of 2 from 8 to %d, found %" G_GUINT32_FORMAT,
                          MAX_ALIGNMENT, value);
  self->alignment = value;
  return TRUE;
}

/* ---- tensors ------------------------------------------------------------------ */

static gboolean
tensor_error (B2GgufCursor *cursor, const B2TensorInfo *info, GError **error, const char *words)
{
  g_autofree char *name = b2_printable (info->name);

  return b2_gguf_error (cursor, error, "tensor \"%s\": %s", name, words);
}

static gboolean
read_shape (B2GgufCursor *cursor, B2TensorInfo *info, GError **error)
{
  guint32 n_dims = 0;

  if (!b2_gguf_read_u32 (cursor, &n_dims, error))
    return FALSE;
  if (n_dims > B2_GGUF_MAX_DIMS)
    return tensor_error (cursor, info, error, "has more than 4 dimensions");
  info->n_dims = (int) n_dims;
  info->n_elements = 1;
  for (guint32 i = 0; i < n_dims; i++)
    {
      guint64 n = 0;

      if (!b2_gguf_read_u64 (cursor, &n, error))
        return FALSE;
      if (n == 0 || n > G_MAXINT64 || !g_size_checked_mul (&info->n_elements, info->n_elements, (gsize) n))
        return tensor_error (cursor, info, error, "the number of its elements is 0 or overflows");
      info->shape[n_dims - 1 - i] = (gint64) n; /* GGUF has the fastest one first */
    }
  return TRUE;
}

/* @offset: (out): from the beginning of the data, which is not known yet */
static gboolean
read_tensor (B2Gguf *self, B2GgufCursor *cursor, B2TensorInfo *info, guint64 *offset, GError **error)
{
  const char *name = read_name (self, cursor, "tensor", B2_GGUF_MAX_NAME_BYTES, error);
  g_autofree char *expanded = name != NULL ? b2_gguf_name_expand (name) : NULL;
  const B2GgufType *type;
  guint32 id = 0;
  gsize row;

  if (name == NULL)
    return FALSE;
  info->name = g_string_chunk_insert (self->names, expanded);
  info->path = self->path;
  if (!read_shape (cursor, info, error) || !b2_gguf_read_u32 (cursor, &id, error)
      || !b2_gguf_read_u64 (cursor, offset, error))
    return FALSE;
  type = b2_gguf_type_find (id);
  if (type == NULL || type->dtype == B2_DTYPE_OTHER)
    {
      g_autofree char *printable = b2_printable (info->name);

      g_set_error (error, B2_ERROR, B2_ERROR_UNSUPPORTED,
                   "%s: tensor \"%s\" is of type %s (%" G_GUINT32_FORMAT
                   "); Qlens reads F32, F16, BF16, Q8_0 and Q4_0",
                   self->path, printable, type != NULL ? type->name : "unknown", id);
      return FALSE;
    }
  info->dtype = type->dtype;
  row = info->n_dims > 0 ? (gsize) info->shape[info->n_dims - 1] : 1;
  if (row % type->block_elements != 0)
    return tensor_error (cursor, info, error, "its rows are no whole number of blocks of its type");
  if (!g_size_checked_mul (&info->n_bytes, info->n_elements / type->block_elements, type->block_bytes))
    return tensor_error (cursor, info, error, "its size overflows");
  return TRUE;
}

typedef struct
{
  guint64 offset;
  B2TensorInfo info;
} Placed;

static int
compare_offset (const void *a, const void *b)
{
  const Placed *x = a, *y = b;

  if (x->offset != y->offset)
    return x->offset < y->offset ? -1 : 1;
  return strcmp (x->info.name, y->info.name);
}

static gsize
align (const B2Gguf *self, gsize n)
{
  return (n + self->alignment - 1) & ~(self->alignment - 1);
}

/* Each begins at the next multiple of the alignment, and nothing follows the last one. */
static gboolean
place_tensors (B2Gguf *self, B2GgufCursor *cursor, Placed *placed, gsize n, GError **error)
{
  gsize end = 0;

  qsort (placed, n, sizeof *placed, compare_offset);
  for (gsize i = 0; i < n; i++)
    {
      B2TensorInfo *info = &placed[i].info;

      if (placed[i].offset != align (self, end))
        return tensor_error (cursor, info, error,
                             placed[i].offset < end
                                 ? "its data overlap another tensor's"
                                 : "its data do not begin where the tensor's before end, as they have to");
      if (placed[i].offset > self->n_data_bytes || info->n_bytes > self->n_data_bytes - placed[i].offset)
        return tensor_error (cursor, info, error, "its data go beyond the file's end; is it complete?");
      info->data = self->data + placed[i].offset;
      end = placed[i].offset + info->n_bytes;
      self->tensors[i] = *info;
    }
  self->n_tensors = n;
  if (self->n_data_bytes > align (self, end))
    return b2_gguf_error (cursor, error,
                          "holds %" G_GSIZE_FORMAT " bytes of data, its tensors take %" G_GSIZE_FORMAT,
                          self->n_data_bytes, end);
  return TRUE;
}

static gboolean
index_names (B2Gguf *self, B2GgufCursor *cursor, GError **error)
{
  self->by_name = g_new (const B2TensorInfo *, self->n_tensors + 1);
  for (gsize i = 0; i < self->n_tensors; i++)
    self->by_name[i] = &self->tensors[i];
  b2_tensors_sort (self->by_name, self->n_tensors);
  for (gsize i = 1; i < self->n_tensors; i++)
    if (strcmp (self->by_name[i - 1]->name, self->by_name[i]->name) == 0)
      return tensor_error (cursor, self->by_name[i], error, "is there twice");
  return TRUE;
}

static gboolean
read_tensors (B2Gguf *self, B2GgufCursor *cursor, gsize n, GError **error)
{
  g_autofree Placed *placed = g_new0 (Placed, n + 1);

  self->tensors = g_new0 (B2TensorInfo, n + 1);
  for (gsize i = 0; i < n; i++)
    if (!read_tensor (self, cursor, &placed[i].info, &placed[i].offset, error))
      return FALSE;
  self->n_header_bytes = align (self, cursor->at);
  if (self->n_header_bytes > cursor->n_bytes)
    {
      if (n > 0)
        return b2_gguf_error (cursor, error, "ends before its data begin; is it complete?");
      self->n_header_bytes = cursor->n_bytes;
    }
  self->data = self->bytes + self->n_header_bytes;
  self->n_data_bytes = cursor->n_bytes - self->n_header_bytes;
  return place_tensors (self, cursor, placed, n, error) && index_names (self, cursor, error);
}

/* ---- the whole header --------------------------------------------------------- */

static gboolean
check_version (B2Gguf *self, B2GgufCursor *cursor, GError **error)
{
  const guint8 *magic = NULL;
  guint32 version = 0;

  if (!b2_gguf_take (cursor, 4, &magic, error))
    return FALSE;
  if (memcmp (magic, "GGUF", 4) != 0)
    return b2_gguf_error (cursor, error, "is not a GGUF file");
  if (!b2_gguf_read_u32 (cursor, &version, error))
    return FALSE;
  if (version == VERSION)
    return TRUE;
  g_set_error (error, B2_ERROR, B2_ERROR_UNSUPPORTED,
               version == GUINT32_SWAP_LE_BE (VERSION)
                   ? "%s: is written for big-endian machines; Qlens reads little-endian files"
                   : "%s: is of another version of GGUF (%" G_GUINT32_FORMAT "); Qlens reads version 3",
               self->path, version);
  return FALSE;
}

static gboolean
read_count (B2GgufCursor *cursor, const char *what, gsize max, gsize min_bytes, gsize *out, GError **error)
{
  guint64 n = 0;

  if (!b2_gguf_read_u64 (cursor, &n, error))
    return FALSE;
  if (n > max || n > (cursor->n_bytes - cursor->at) / min_bytes)
    return b2_gguf_error (cursor, error,
                          "%" G_GUINT64_FORMAT " %s: more than Qlens reads (%" G_GSIZE_FORMAT
                          "), or than the file has room for",
                          n, what, max);
  *out = (gsize) n;
  return TRUE;
}

static gboolean
read_header (B2Gguf *self, const guint8 *bytes, gsize n_bytes, GError **error)
{
  B2GgufCursor cursor = { bytes, n_bytes, 0, self->path };
  gsize n_tensors = 0, n_keys = 0;

  self->bytes = bytes;
  self->names = g_string_chunk_new (4096);
  return check_version (self, &cursor, error)
         && read_count (&cursor, "tensors", B2_GGUF_MAX_TENSORS, MIN_TENSOR_BYTES, &n_tensors, error)
         && read_count (&cursor, "keys", B2_GGUF_MAX_KEYS, MIN_KEY_BYTES, &n_keys, error)
         && read_keys (self, &cursor, n_keys, error) && read_alignment (self, &cursor, error)
         && read_tensors (self, &cursor, n_tensors, error);
}

/* ---- public ------------------------------------------------------------------- */

static B2Gguf *
gguf_new (const char *path)
{
  B2Gguf *self = g_new0 (B2Gguf, 1);

  self->n_refs = 1;
  self->path = g_strdup (path);
  return self;
}

B2Gguf *
b2_gguf_open_memory (const guint8 *bytes, gsize n_bytes, const char *path, GError **error)
{
  g_autoptr (B2Gguf) self = gguf_new (path);

  return read_header (self, bytes, n_bytes, error) ? g_steal_pointer (&self) : NULL;
}

B2Gguf *
b2_gguf_open (const char *path, GError **error)
{
  g_autoptr (B2Gguf) self = gguf_new (path);

  if (!b2_file_map_open (&self->map, path, error)
      || !read_header (self, self->map.bytes, self->map.n_bytes, error))
    return NULL;
  return g_steal_pointer (&self);
}

gboolean
b2_gguf_is_file (const char *path)
{
  guint64 n_bytes;
  char magic[4];
  gboolean is = FALSE;
  int fd = b2_file_open (path, &n_bytes, NULL);

  if (fd >= 0)
    {
      is = read (fd, magic, sizeof magic) == (gssize) sizeof magic && memcmp (magic, "GGUF", 4) == 0;
      close (fd);
    }
  return is;
}

B2Gguf *
b2_gguf_ref (B2Gguf *self)
{
  g_atomic_int_inc (&self->n_refs);
  return self;
}

void
b2_gguf_unref (B2Gguf *self)
{
  if (!g_atomic_int_dec_and_test (&self->n_refs))
    return;
  b2_file_map_close (&self->map);
  g_clear_pointer (&self->names, g_string_chunk_free);
  g_free (self->keys);
  g_free (self->tensors);
  g_free (self->by_name);
  g_free (self->path);
  g_free (self);
}

gsize
b2_gguf_n_tensors (B2Gguf *self)
{
  return self->n_tensors;
}

const B2TensorInfo *
b2_gguf_nth (B2Gguf *self, gsize i)
{
  g_assert (i < self->n_tensors);
  return &self->tensors[i];
}

const B2TensorInfo *
b2_gguf_lookup (B2Gguf *self, const char *name)
{
  return b2_tensors_find (self->by_name, self->n_tensors, name);
}

const char *
b2_gguf_string (B2Gguf *self, const char *key, gsize *n_bytes)
{
  const Key *found = find_key (self, key);

  if (found == NULL || found->type != B2_GGUF_STRING)
    return NULL;
  *n_bytes = found->n_bytes;
  return (const char *) found->bytes;
}

const guint8 *
b2_gguf_header (B2Gguf *self, gsize *n_bytes)
{
  *n_bytes = self->n_header_bytes;
  return self->bytes;
}

B2ModelFiles *
b2_gguf_files (B2Gguf *self)
{
  B2ModelFiles *files = b2_model_files_new_embedded (self->path);

  for (gsize i = 0; i < self->n_keys; i++)
    {
      const Key *key = &self->keys[i];

      if (g_str_has_prefix (key->name, B2_GGUF_FILE_PREFIX)
          && (key->type == B2_GGUF_STRING || (key->type == B2_GGUF_ARRAY && key->item_type == B2_GGUF_UINT8)))
        b2_model_files_embed (files, key->name + strlen (B2_GGUF_FILE_PREFIX), key->bytes, key->n_bytes);
    }
  return files;
}

void
b2_gguf_advise (B2Gguf *self, gboolean random)
{
  b2_file_map_advise (&self->map, random);
}
