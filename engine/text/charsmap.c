#include "engine/text/charsmap.h"

#include <string.h>

#include "engine/core/error.h"
#include "engine/text/graphemes.h"

/* Longer clusters are mapped character by character. */
#define MAX_CLUSTER_BYTES 5

struct B2Charsmap
{
  guint32 *units; /* [n_units], darts-clone's double array */
  gsize n_units;
  char *blob; /* [blob_len], UTF-8, with a NUL behind */
  gsize blob_len;
};

B2Charsmap *
b2_charsmap_new (const guint8 *data, gsize len, const char *name, GError **error)
{
  B2Charsmap *self;
  guint32 trie_bytes;
  const guint8 *blob;

  if (len < 4)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_FORMAT,
                   "%s: expected a normalisation table, found %" G_GSIZE_FORMAT " bytes", name, len);
      return NULL;
    }
  memcpy (&trie_bytes, data, 4);
  trie_bytes = GUINT32_FROM_LE (trie_bytes);
  if (trie_bytes < 4 || trie_bytes % 4 != 0 || trie_bytes > len - 4)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_FORMAT,
                   "%s: the normalisation table says its trie has %u bytes, of %" G_GSIZE_FORMAT, name,
                   trie_bytes, len - 4);
      return NULL;
    }
  blob = data + 4 + trie_bytes;
  len -= 4 + (gsize) trie_bytes;
  for (gsize at = 0; at < len;)
    {
      const char *end;

      /* Not of g_utf8_validate's taste: the blob is full of NULs. */
      if (!g_utf8_validate_len ((const char *) blob + at, len - at, &end) && *end != '\0')
        {
          g_set_error (error, B2_ERROR, B2_ERROR_FORMAT,
                       "%s: the normalisation table's replacements are not UTF-8", name);
          return NULL;
        }
      at = (gsize) (end - (const char *) blob) + 1;
    }

  self = g_new0 (B2Charsmap, 1);
  self->n_units = trie_bytes / 4;
  self->units = g_new (guint32, self->n_units);
  memcpy (self->units, data + 4, trie_bytes);
  for (gsize i = 0; i < self->n_units; i++)
    self->units[i] = GUINT32_FROM_LE (self->units[i]);
  self->blob_len = len;
  self->blob = g_malloc (len + 1);
  if (len > 0)
    memcpy (self->blob, blob, len);
  self->blob[len] = '\0';
  return self;
}

void
b2_charsmap_free (B2Charsmap *self)
{
  if (self == NULL)
    return;
  g_free (self->units);
  g_free (self->blob);
  g_free (self);
}

static guint32
unit_offset (guint32 unit)
{
  return (unit >> 10) << ((unit & (1u << 9)) >> 6);
}

/* What the shortest mapped beginning of the chunk maps to, or NULL. */
static const char *
transform (const B2Charsmap *self, const char *chunk, gsize len)
{
  guint32 node = unit_offset (self->units[0]);

  for (gsize i = 0; i < len; i++)
    {
      guint32 unit;

      node ^= (guint8) chunk[i];
      if (node >= self->n_units)
        return NULL;
      unit = self->units[node];
      if ((unit & ((1u << 31) | 0xff)) != (guint8) chunk[i])
        return NULL;
      node ^= unit_offset (unit);
      if ((unit >> 8) & 1)
        {
          guint32 at;

          if (node >= self->n_units)
            return NULL;
          at = self->units[node] & ((1u << 31) - 1);
          /* A replacement must begin where a character does. */
          if (at > self->blob_len || ((guint8) self->blob[at] & 0xc0) == 0x80)
            return NULL;
          return self->blob + at;
        }
    }
  return NULL;
}

gboolean
b2_charsmap_apply (const B2Charsmap *self, const char *text, gsize len, GString *out, gsize limit)
{
  for (gsize at = 0; at < len;)
    {
      gsize cluster = b2_grapheme_length (text + at, len - at);
      gsize end = at + cluster;

      if (cluster <= MAX_CLUSTER_BYTES)
        {
          const char *mapped = transform (self, text + at, cluster);

          if (mapped != NULL)
            {
              g_string_append (out, mapped);
              at = end;
            }
        }
      while (at < end && out->len <= limit)
        {
          gsize n = (gsize) (g_utf8_next_char (text + at) - (text + at));
          const char *mapped = transform (self, text + at, n);

          if (mapped != NULL)
            g_string_append (out, mapped);
          else
            g_string_append_len (out, text + at, (gssize) n);
          at += n;
        }
      if (out->len > limit)
        return FALSE;
    }
  return TRUE;
}
