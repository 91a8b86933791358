#pragma once

#include <glib.h>

/** B2GgufCursor: a place in the header of a GGUF file; nothing is read beyond its end. */
typedef struct
{
  const guint8 *bytes;
  gsize n_bytes, at;
  const char *path;
} B2GgufCursor;

/** b2_gguf_error: "PATH: …", with B2_ERROR_FORMAT. Returns: %FALSE */
gboolean b2_gguf_error (const B2GgufCursor *self, GError **error, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

gboolean b2_gguf_take (B2GgufCursor *self, guint64 n_bytes, const guint8 **bytes, GError **error);
gboolean b2_gguf_read_u32 (B2GgufCursor *self, guint32 *out, GError **error);
gboolean b2_gguf_read_u64 (B2GgufCursor *self, guint64 *out, GError **error);
/** b2_gguf_read_string: a length and as many bytes, which may be any. */
gboolean b2_gguf_read_string (B2GgufCursor *self, const guint8 **bytes, gsize *n_bytes, GError **error);
/**
 * b2_gguf_read_value:
 * @type: a B2GgufValue, unchecked
 * @item_type: (out): of an array; else 0
 * @bytes: (out): the value; of a string or an array what follows the length
 */
gboolean b2_gguf_read_value (B2GgufCursor *self, guint32 type, guint32 *item_type, const guint8 **bytes,
                             gsize *n_bytes, GError **error);
