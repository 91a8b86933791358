#include "engine/text/pieces.h"

#include <string.h>

/* A piece in the hash table. All of it in one place: looking up merges is a matter of
 * cache misses. */
typedef struct
{
  guint32 offset; /* into chars */
  guint32 len;
  guint32 hash;
  gint32 id; /* -1 for a free slot */
} Slot;

typedef struct
{
  guint32 offset;
  guint32 len; /* NO_TEXT if the id has none */
} Text;

#define NO_TEXT G_MAXUINT32

/* A hint may come from a file; beyond this the tables grow as pieces arrive. */
#define MAX_EXPECTED ((gsize) 1 << 17)

struct B2Pieces
{
  GString *chars; /* every piece, each with its NUL */
  Slot *slots;
  guint32 n_slots; /* a power of two, at least twice the pieces */
  guint32 n_pieces;
  GArray *texts; /* Text, by id */
};

static guint32
hash_bytes (const char *text, gsize len)
{
  guint64 h = 0xcbf29ce484222325u;

  for (gsize i = 0; i < len; i++)
    h = (h ^ (guint8) text[i]) * 0x100000001b3u;
  return (guint32) (h ^ (h >> 32));
}

/* The slot that holds the piece, or the free one where it belongs. */
static Slot *
find_slot (const B2Pieces *self, const char *text, gsize len, guint32 hash)
{
  guint32 at = hash & (self->n_slots - 1);

  for (; self->slots[at].id >= 0; at = (at + 1) & (self->n_slots - 1))
    if (self->slots[at].hash == hash && self->slots[at].len == len
        && memcmp (self->chars->str + self->slots[at].offset, text, len) == 0)
      break;
  return &self->slots[at];
}

static void
set_slots (B2Pieces *self, guint32 n_slots)
{
  g_autofree Slot *old = self->slots;
  guint32 n_old = self->n_slots;

  self->slots = g_new (Slot, n_slots);
  self->n_slots = n_slots;
  for (guint32 i = 0; i < n_slots; i++)
    self->slots[i].id = -1;
  for (guint32 i = 0; i < n_old; i++)
    if (old[i].id >= 0)
      *find_slot (self, self->chars->str + old[i].offset, old[i].len, old[i].hash) = old[i];
}

B2Pieces *
b2_pieces_new (gsize n_expected)
{
  B2Pieces *self = g_new0 (B2Pieces, 1);
  guint32 n_slots = 64;

  n_expected = MIN (n_expected, MAX_EXPECTED);
  while (n_slots < 2 * n_expected)
    n_slots *= 2;
  self->chars = g_string_sized_new (n_expected * 8);
  self->texts = g_array_sized_new (FALSE, FALSE, sizeof (Text), (guint) n_expected);
  set_slots (self, n_slots);
  return self;
}

void
b2_pieces_free (B2Pieces *self)
{
  if (self == NULL)
    return;
  g_string_free (self->chars, TRUE);
  g_array_unref (self->texts);
  g_free (self->slots);
  g_free (self);
}

gboolean
b2_pieces_add (B2Pieces *self, const char *text, gsize len, gint32 id)
{
  guint32 hash = hash_bytes (text, len);
  gboolean is_new;
  Text *known;
  Slot *slot;

  g_assert (id >= 0 && id <= B2_PIECES_MAX_ID && len < NO_TEXT - self->chars->len - 1);
  if (self->n_slots < 2 * (self->n_pieces + 1))
    set_slots (self, 2 * self->n_slots);
  slot = find_slot (self, text, len, hash);
  is_new = slot->id < 0;
  if (is_new)
    {
      *slot = (Slot){ (guint32) self->chars->len, (guint32) len, hash, id };
      g_string_append_len (self->chars, text, (gssize) len);
      g_string_append_c (self->chars, '\0');
      self->n_pieces++;
    }
  else
    slot->id = id;
  while ((guint) id >= self->texts->len)
    {
      Text none = { 0, NO_TEXT };

      g_array_append_val (self->texts, none);
    }
  known = &g_array_index (self->texts, Text, id);
  if (known->len == NO_TEXT)
    *known = (Text){ slot->offset, slot->len };
  return is_new;
}

gint32
b2_pieces_find (const B2Pieces *self, const char *text, gsize len)
{
  return find_slot (self, text, len, hash_bytes (text, len))->id;
}

const char *
b2_pieces_text (const B2Pieces *self, gint32 id, gsize *len)
{
  const Text *text;

  if (id < 0 || (guint) id >= self->texts->len)
    return NULL;
  text = &g_array_index (self->texts, Text, id);
  if (text->len == NO_TEXT)
    return NULL;
  if (len != NULL)
    *len = text->len;
  return self->chars->str + text->offset;
}

void
b2_pieces_forget (B2Pieces *self, gint32 id)
{
  if (id >= 0 && (guint) id < self->texts->len)
    g_array_index (self->texts, Text, id).len = NO_TEXT;
}

gint32
b2_pieces_count (const B2Pieces *self)
{
  return (gint32) self->n_pieces;
}

gint32
b2_pieces_n_ids (const B2Pieces *self)
{
  return (gint32) self->texts->len;
}
