#include "engine/text/wordpiece.h"

#include <string.h>

#include "engine/text/trie.h"

struct B2Wordpiece
{
  B2Trie *trie;
  guint32 inside; /* the node that the prefix leads to; 0 if no piece has it */
  gboolean has_prefix;
  gint32 unk_id;
  gsize max_chars;
};

B2Wordpiece *
b2_wordpiece_new (const B2Pieces *pieces, gint32 unk_id, const char *prefix, gsize max_chars)
{
  g_autoptr (B2Wordpiece) self = g_new0 (B2Wordpiece, 1);
  guint32 node = 0;

  self->trie = b2_trie_new ();
  self->unk_id = unk_id;
  self->max_chars = max_chars;
  self->has_prefix = *prefix != '\0';
  for (gint32 id = 0; id < b2_pieces_n_ids (pieces); id++)
    {
      gsize len;
      const char *text = b2_pieces_text (pieces, id, &len);

      if (text != NULL && len > 0 && !b2_trie_insert (self->trie, text, len, id))
        return NULL;
    }
  for (const char *p = prefix; *p != '\0'; p++)
    {
      node = b2_trie_child (self->trie, node, (guint8) *p);
      if (node == 0)
        break;
    }
  self->inside = node;
  return g_steal_pointer (&self);
}

void
b2_wordpiece_free (B2Wordpiece *self)
{
  if (self == NULL)
    return;
  b2_trie_free (self->trie);
  g_free (self);
}

/* Length of the longest piece the text begins with, 0 for none. */
static gsize
longest (const B2Wordpiece *self, const char *text, gsize len, guint32 node, gint32 *id)
{
  gsize best = 0;

  for (gsize i = 0; i < len; i++)
    {
      node = b2_trie_child (self->trie, node, (guint8) text[i]);
      if (node == 0)
        break;
      if (self->trie->values[node] >= 0)
        {
          best = i + 1;
          *id = self->trie->values[node];
        }
    }
  return best;
}

void
b2_wordpiece_encode (const B2Wordpiece *self, const char *word, gsize len, GArray *ids)
{
  guint n_before = ids->len;

  if (len > self->max_chars && (gsize) g_utf8_strlen (word, (gssize) len) > self->max_chars)
    {
      g_array_append_val (ids, self->unk_id);
      return;
    }
  for (gsize at = 0; at < len;)
    {
      gint32 id = -1;
      gsize n = 0;

      if (at == 0 || !self->has_prefix)
        n = longest (self, word + at, len - at, 0, &id);
      else if (self->inside != 0)
        n = longest (self, word + at, len - at, self->inside, &id);
      if (n == 0)
        {
          g_array_set_size (ids, n_before);
          g_array_append_val (ids, self->unk_id);
          return;
        }
      g_array_append_val (ids, id);
      at += n;
    }
}
