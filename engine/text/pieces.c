#include "engine/text/pieces.h"

#include <string.h>

typedef struct
{
  gsize offset; /* into chars */
  guint32 len;
  guint32 hash;
  gint32 id;
} Entry;

struct B2Pieces
{
  GString *chars;   /* every piece, each with its NUL */
  GArray *entries;  /* Entry */
  guint32 *slots;   /* [n_slots], 1 + entry or 0 */
  guint32 n_slots;  /* a power of two, at least twice the entries */
  GArray *by_id;    /* guint32, 1 + entry or 0 */
};

static guint32
hash_bytes (const char *text, gsize len)
{
  guint64 h = 0xcbf29ce484222325u;

  for (gsize i = 0; i < len; i++)
    h = (h ^ (guint8) text[i]) * 0x100000001b3u;
  return (guint32) (h ^ (h >> 32));
}

static void
set_slots (B2Pieces *self, guint32 n_slots)
{
  g_free (self->slots);
  self->slots = g_new0 (guint32, n_slots);
  self->n_slots = n_slots;
  for (guint32 i = 0; i < self->entries->len; i++)
    {
      guint32 at = g_array_index (self->entries, Entry, i).hash & (n_slots - 1);

      while (self->slots[at] != 0)
        at = (at + 1) & (n_slots - 1);
      self->slots[at] = i + 1;
    }
}

B2Pieces *
b2_pieces_new (gsize n_expected)
{
  B2Pieces *self = g_new0 (B2Pieces, 1);
  guint32 n_slots = 64;

  n_expected = MIN (n_expected, (gsize) B2_PIECES_MAX_ID);
  while (n_slots < 2 * n_expected)
    n_slots *= 2;
  self->chars = g_string_sized_new (n_expected * 8);
  self->entries = g_array_sized_new (FALSE, FALSE, sizeof (Entry), (guint) n_expected);
  self->by_id = g_array_sized_new (FALSE, TRUE, sizeof (guint32), (guint) n_expected);
  set_slots (self, n_slots);
  return self;
}

void
b2_pieces_free (B2Pieces *self)
{
  if (self == NULL)
    return;
  g_string_free (self->chars, TRUE);
  g_array_unref (self->entries);
  g_array_unref (self->by_id);
  g_free (self->slots);
  g_free (self);
}

/* The slot that holds the piece, or the free one where it belongs. */
static guint32
find_slot (const B2Pieces *self, const char *text, gsize len, guint32 hash)
{
  guint32 at = hash & (self->n_slots - 1);

  for (; self->slots[at] != 0; at = (at + 1) & (self->n_slots - 1))
    {
      const Entry *entry = &g_array_index (self->entries, Entry, self->slots[at] - 1);

      if (entry->hash == hash && entry->len == len && memcmp (self->chars->str + entry->offset, text, len) == 0)
        break;
    }
  return at;
}

gboolean
b2_pieces_add (B2Pieces *self, const char *text, gsize len, gint32 id)
{
  guint32 hash = hash_bytes (text, len);
  guint32 at;
  gboolean is_new;

  g_assert (id >= 0 && id <= B2_PIECES_MAX_ID && len <= G_MAXUINT32);
  if (self->n_slots < 2 * (self->entries->len + 1))
    set_slots (self, 2 * self->n_slots);
  at = find_slot (self, text, len, hash);
  is_new = self->slots[at] == 0;
  if (is_new)
    {
      Entry entry = { self->chars->len, (guint32) len, hash, id };

      g_string_append_len (self->chars, text, (gssize) len);
      g_string_append_c (self->chars, '\0');
      g_array_append_val (self->entries, entry);
      self->slots[at] = self->entries->len;
    }
  else
    g_array_index (self->entries, Entry, self->slots[at] - 1).id = id;
  if ((guint) id >= self->by_id->len)
    g_array_set_size (self->by_id, (guint) id + 1);
  if (g_array_index (self->by_id, guint32, id) == 0)
    g_array_index (self->by_id, guint32, id) = self->slots[at];
  return is_new;
}

gint32
b2_pieces_find (const B2Pieces *self, const char *text, gsize len)
{
  guint32 slot = self->slots[find_slot (self, text, len, hash_bytes (text, len))];

  return slot == 0 ? -1 : g_array_index (self->entries, Entry, slot - 1).id;
}

const char *
b2_pieces_text (const B2Pieces *self, gint32 id, gsize *len)
{
  const Entry *entry;
  guint32 slot;

  if (id < 0 || (guint) id >= self->by_id->len)
    return NULL;
  slot = g_array_index (self->by_id, guint32, id);
  if (slot == 0)
    return NULL;
  entry = &g_array_index (self->entries, Entry, slot - 1);
  if (len != NULL)
    *len = entry->len;
  return self->chars->str + entry->offset;
}

void
b2_pieces_forget (B2Pieces *self, gint32 id)
{
  if (id >= 0 && (guint) id < self->by_id->len)
    g_array_index (self->by_id, guint32, id) = 0;
}

gint32
b2_pieces_count (const B2Pieces *self)
{
  return (gint32) self->entries->len;
}

gint32
b2_pieces_n_ids (const B2Pieces *self)
{
  return (gint32) self->by_id->len;
}
