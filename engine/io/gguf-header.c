#include "engine/io/gguf-header.h"

#include <string.h>

#include "engine/core/error.h"
#include "engine/io/gguf-types.h"
#include "engine/io/gguf.h"
#include "engine/io/json-file.h"

G_STATIC_ASSERT (G_BYTE_ORDER == G_LITTLE_ENDIAN); /* numbers go out as they lie in memory */

struct B2GgufHeader
{
  GByteArray *keys, *tensors; /* as in the file */
  guint64 n_keys;
  GArray *offsets; /* guint64 */
  guint64 n_data_bytes;
};

static void
put (GByteArray *out, const void *bytes, gsize n_bytes)
{
  /* GByteArray counts in guint and ends the program beyond; tokenizers are bounded to far less. */
  g_assert (n_bytes < G_MAXUINT / 2 - out->len);
  g_byte_array_append (out, bytes, (guint) n_bytes);
}

static void
put_u32 (GByteArray *out, guint32 value)
{
  put (out, &value, sizeof value);
}

static void
put_u64 (GByteArray *out, guint64 value)
{
  put (out, &value, sizeof value);
}

static void
put_string (GByteArray *out, const char *text, gsize n_bytes)
{
  put_u64 (out, n_bytes);
  put (out, text, n_bytes);
}

static void
begin_key (B2GgufHeader *self, const char *key, B2GgufValue type)
{
  put_string (self->keys, key, strlen (key));
  put_u32 (self->keys, type);
  self->n_keys++;
}

B2GgufHeader *
b2_gguf_header_new (void)
{
  B2GgufHeader *self = g_new0 (B2GgufHeader, 1);

  self->keys = g_byte_array_new ();
  self->tensors = g_byte_array_new ();
  self->offsets = g_array_new (FALSE, FALSE, sizeof (guint64));
  return self;
}

void
b2_gguf_header_free (B2GgufHeader *self)
{
  g_byte_array_unref (self->keys);
  g_byte_array_unref (self->tensors);
  g_array_unref (self->offsets);
  g_free (self);
}

void
b2_gguf_header_add_u32 (B2GgufHeader *self, const char *key, guint32 value)
{
  begin_key (self, key, B2_GGUF_UINT32);
  put_u32 (self->keys, value);
}

void
b2_gguf_header_add_string (B2GgufHeader *self, const char *key, const char *text, gssize n_bytes)
{
  begin_key (self, key, B2_GGUF_STRING);
  put_string (self->keys, text, n_bytes < 0 ? strlen (text) : (gsize) n_bytes);
}

void
b2_gguf_header_add_bytes (B2GgufHeader *self, const char *key, const guint8 *bytes, gsize n_bytes)
{
  begin_key (self, key, B2_GGUF_ARRAY);
  put_u32 (self->keys, B2_GGUF_UINT8);
  put_u64 (self->keys, n_bytes);
  put (self->keys, bytes, n_bytes);
}

static guint64
align (guint64 n)
{
  return (n + B2_GGUF_ALIGNMENT - 1) / B2_GGUF_ALIGNMENT * B2_GGUF_ALIGNMENT;
}

gboolean
b2_gguf_header_add_tensor (B2GgufHeader *self, const char *name, B2Dtype dtype, int n_dims,
                           const gint64 *shape, GError **error)
{
  const B2GgufType *type = b2_gguf_type_of (dtype);
  g_autofree char *shorter = b2_gguf_name_shorten (name);
  gsize n_elements = 1;
  gboolean ok = type != NULL && shorter != NULL && n_dims > 0 && n_dims <= B2_GGUF_MAX_DIMS;

  for (int i = 0; i < n_dims && ok; i++)
    ok = shape[i] > 0 && g_size_checked_mul (&n_elements, n_elements, (gsize) shape[i]);
  if (!ok || shape[n_dims - 1] % type->block_elements != 0)
    {
      g_autofree char *printable = b2_printable (name);

      g_set_error (error, B2_ERROR, B2_ERROR_UNSUPPORTED,
                   "tensor \"%s\" (%s, %d dimensions) cannot be stored in a GGUF file", printable,
                   b2_dtype_name (dtype), n_dims);
      return FALSE;
    }
  self->n_data_bytes = align (self->n_data_bytes);
  put_string (self->tensors, shorter, strlen (shorter));
  put_u32 (self->tensors, (guint32) n_dims);
  for (int i = n_dims - 1; i >= 0; i--)
    put_u64 (self->tensors, (guint64) shape[i]);
  put_u32 (self->tensors, type->id);
  put_u64 (self->tensors, self->n_data_bytes);
  g_array_append_val (self->offsets, self->n_data_bytes);
  self->n_data_bytes += (guint64) n_elements / type->block_elements * type->block_bytes;
  return TRUE;
}

GByteArray *
b2_gguf_header_finish (const B2GgufHeader *self, guint64 *n_file_bytes)
{
  static const char alignment_key[] = "general.alignment";
  static const guint8 zeros[B2_GGUF_ALIGNMENT];
  GByteArray *out = g_byte_array_new ();

  put (out, "GGUF", 4);
  put_u32 (out, 3);
  put_u64 (out, self->offsets->len);
  put_u64 (out, self->n_keys + 1);
  put_string (out, alignment_key, strlen (alignment_key));
  put_u32 (out, B2_GGUF_UINT32);
  put_u32 (out, B2_GGUF_ALIGNMENT);
  put (out, self->keys->data, self->keys->len);
  put (out, self->tensors->data, self->tensors->len);
  put (out, zeros, align (out->len) - out->len);
  /* Other readers want the last tensor padded, too. */
  *n_file_bytes = out->len + align (self->n_data_bytes);
  return out;
}

guint64
b2_gguf_header_offset (const B2GgufHeader *self, guint i)
{
  return g_array_index (self->offsets, guint64, i);
}
