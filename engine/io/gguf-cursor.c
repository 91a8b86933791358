#include "engine/io/gguf-cursor.h"

#include <string.h>

#include "engine/core/error.h"
#include "engine/io/gguf-types.h"

/* Arrays of arrays of …; known files have none at all. */
#define MAX_DEPTH 4

gboolean
b2_gguf_error (const B2GgufCursor *self, GError **error, const char *format, ...)
{
  g_autofree char *words = NULL;
  va_list args;

  va_start (args, format);
  words = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, B2_ERROR, B2_ERROR_FORMAT, "%s: %s", self->path, words);
  return FALSE;
}

gboolean
b2_gguf_take (B2GgufCursor *self, guint64 n_bytes, const guint8 **bytes, GError **error)
{
  if (n_bytes > self->n_bytes - self->at)
    return b2_gguf_error (self, error,
                          "%" G_GUINT64_FORMAT " bytes expected at byte %" G_GSIZE_FORMAT
                          " of its header, but it ends after %" G_GSIZE_FORMAT "; is it complete?",
                          n_bytes, self->at, self->n_bytes - self->at);
  *bytes = self->bytes + self->at;
  self->at += (gsize) n_bytes;
  return TRUE;
}

static gboolean
take_copy (B2GgufCursor *self, void *out, gsize n_bytes, GError **error)
{
  const guint8 *bytes = self->bytes;

  if (!b2_gguf_take (self, n_bytes, &bytes, error))
    return FALSE;
  memcpy (out, bytes, n_bytes);
  return TRUE;
}

gboolean
b2_gguf_read_u32 (B2GgufCursor *self, guint32 *out, GError **error)
{
  if (!take_copy (self, out, sizeof *out, error))
    return FALSE;
  *out = GUINT32_FROM_LE (*out);
  return TRUE;
}

gboolean
b2_gguf_read_u64 (B2GgufCursor *self, guint64 *out, GError **error)
{
  if (!take_copy (self, out, sizeof *out, error))
    return FALSE;
  *out = GUINT64_FROM_LE (*out);
  return TRUE;
}

gboolean
b2_gguf_read_string (B2GgufCursor *self, const guint8 **bytes, gsize *n_bytes, GError **error)
{
  guint64 n = 0;

  if (!b2_gguf_read_u64 (self, &n, error) || !b2_gguf_take (self, n, bytes, error))
    return FALSE;
  *n_bytes = (gsize) n;
  return TRUE;
}

static gboolean pass_array (B2GgufCursor *self, int depth, guint32 *item_type, const guint8 **bytes,
                            gsize *n_bytes, GError **error);

/* Items without a fixed size are passed one by one; each takes at least 8 bytes of the
 * file, which bounds the loop. */
static gboolean
pass_items (B2GgufCursor *self, int depth, guint32 type, guint64 n, GError **error)
{
  const guint8 *bytes;
  gsize n_bytes;
  guint32 inner;

  for (guint64 i = 0; i < n; i++)
    if (type == B2_GGUF_STRING ? !b2_gguf_read_string (self, &bytes, &n_bytes, error)
                               : !pass_array (self, depth + 1, &inner, &bytes, &n_bytes, error))
      return FALSE;
  return TRUE;
}

static gboolean
pass_array (B2GgufCursor *self, int depth, guint32 *item_type, const guint8 **bytes, gsize *n_bytes,
            GError **error)
{
  gsize start, size;
  guint64 n = 0;

  if (depth > MAX_DEPTH)
    return b2_gguf_error (self, error, "arrays nested deeper than %d levels", MAX_DEPTH);
  if (!b2_gguf_read_u32 (self, item_type, error) || !b2_gguf_read_u64 (self, &n, error))
    return FALSE;
  start = self->at;
  size = b2_gguf_value_size (*item_type);
  *bytes = self->bytes + start;
  if (size > 0)
    {
      if (n > G_MAXSIZE / size)
        return b2_gguf_error (self, error, "the size of an array overflows");
      if (!b2_gguf_take (self, n * size, bytes, error))
        return FALSE;
    }
  else if (*item_type != B2_GGUF_STRING && *item_type != B2_GGUF_ARRAY)
    return b2_gguf_error (self, error, "an array of values of unknown type %" G_GUINT32_FORMAT, *item_type);
  else if (!pass_items (self, depth, *item_type, n, error))
    return FALSE;
  *n_bytes = self->at - start;
  return TRUE;
}

gboolean
b2_gguf_read_value (B2GgufCursor *self, guint32 type, guint32 *item_type, const guint8 **bytes,
                    gsize *n_bytes, GError **error)
{
  *item_type = 0;
  if (type == B2_GGUF_STRING)
    return b2_gguf_read_string (self, bytes, n_bytes, error);
  if (type == B2_GGUF_ARRAY)
    return pass_array (self, 1, item_type, bytes, n_bytes, error);
  *n_bytes = b2_gguf_value_size (type);
  if (*n_bytes == 0)
    return b2_gguf_error (self, error, "a value of unknown type %" G_GUINT32_FORMAT, type);
  return b2_gguf_take (self, *n_bytes, bytes, error);
}
