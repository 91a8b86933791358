#include "engine/text/unigram.h"

#include <math.h>

#include "engine/text/trie.h"

#define UNK_PENALTY 10.0

struct B2Unigram
{
  B2Pieces *pieces;
  B2Trie *trie;
  GArray *scores; /* double, by id */
  double min_score;
  gint32 unk_id;
  gint32 byte_ids[256]; /* all -1 without byte fallback */
  gboolean byte_fallback;
};

/* The best way to a place in the word. */
typedef struct
{
  double score;
  gint32 start; /* where its last piece starts; -1 for no way yet */
  gint32 id;
} Node;

B2Unigram *
b2_unigram_new (B2Pieces *pieces, gint32 unk_id, gboolean byte_fallback)
{
  B2Unigram *self = g_new0 (B2Unigram, 1);

  self->pieces = pieces;
  self->unk_id = unk_id;
  self->byte_fallback = byte_fallback;
  self->trie = b2_trie_new ();
  self->scores = g_array_new (FALSE, FALSE, sizeof (double));
  self->min_score = INFINITY;
  for (guint i = 0; i < 256; i++)
    self->byte_ids[i] = -1;
  return self;
}

void
b2_unigram_free (B2Unigram *self)
{
  if (self == NULL)
    return;
  b2_trie_free (self->trie);
  g_array_unref (self->scores);
  g_free (self);
}

gboolean
b2_unigram_add (B2Unigram *self, const char *text, gsize len, double score)
{
  gint32 id = (gint32) self->scores->len;

  if (id > B2_PIECES_MAX_ID)
    return FALSE;
  /* Of equal pieces the last one counts. */
  if (len > 0 && !b2_trie_insert (self->trie, text, len, id))
    return FALSE;
  b2_pieces_add (self->pieces, text, len, id);
  g_array_append_val (self->scores, score);
  self->min_score = MIN (self->min_score, score);
  if (self->byte_fallback && len == 6 && text[0] == '<' && text[1] == '0' && text[2] == 'x' && text[5] == '>')
    {
      int high = g_ascii_xdigit_value (text[3]);
      int low = g_ascii_xdigit_value (text[4]);

      if (high >= 0 && low >= 0 && !g_ascii_islower (text[3]) && !g_ascii_islower (text[4]))
        self->byte_ids[high * 16 + low] = id;
    }
  return TRUE;
}

static void
improve (Node *node, double score, gsize start, gint32 id)
{
  if (node->start >= 0 && score <= node->score)
    return;
  node->score = score;
  node->start = (gint32) start;
  node->id = id;
}

static void
find_best (const B2Unigram *self, const char *word, gsize len, Node *nodes)
{
  const double *scores = (const double *) self->scores->data;
  gsize n_char;

  for (gsize start = 0; start < len; start += n_char)
    {
      double so_far = nodes[start].score;
      gboolean has_char = FALSE;
      guint32 state = 0;

      n_char = (gsize) (g_utf8_next_char (word + start) - (word + start));
      for (gsize end = start; end < len;)
        {
          gint32 id;

          state = b2_trie_child (self->trie, state, (guint8) word[end++]);
          if (state == 0)
            break;
          id = self->trie->values[state];
          if (id < 0)
            continue;
          improve (&nodes[end], so_far + scores[id], start, id);
          has_char = has_char || end - start == n_char;
        }
      if (!has_char)
        improve (&nodes[start + n_char], so_far + (self->min_score - UNK_PENALTY), start, self->unk_id);
    }
}

static void
append_unknown (const B2Unigram *self, const char *text, gsize len, GArray *ids)
{
  /* Unknown characters in a row may happen to spell a piece. */
  gint32 id = b2_pieces_find (self->pieces, text, len);

  if (id < 0 && self->byte_fallback)
    {
      gsize i = 0;

      while (i < len && self->byte_ids[(guint8) text[i]] >= 0)
        i++;
      if (i == len)
        {
          for (i = 0; i < len; i++)
            g_array_append_val (ids, self->byte_ids[(guint8) text[i]]);
          return;
        }
    }
  if (id < 0)
    id = self->unk_id;
  g_array_append_val (ids, id);
}

void
b2_unigram_encode (const B2Unigram *self, const char *word, gsize len, B2UnigramScratch *scratch, GArray *ids)
{
  Node *nodes;

  if (scratch->nodes == NULL)
    {
      scratch->nodes = g_array_new (FALSE, FALSE, sizeof (Node));
      scratch->path = g_array_new (FALSE, FALSE, sizeof (gint32));
    }
  g_array_set_size (scratch->nodes, (guint) len + 1);
  nodes = (Node *) scratch->nodes->data;
  for (gsize i = 0; i <= len; i++)
    nodes[i] = (Node){ 0, -1, 0 };
  find_best (self, word, len, nodes);

  /* Ends of the pieces, last one first. */
  g_array_set_size (scratch->path, 0);
  for (gint32 end = (gint32) len; end > 0; end = nodes[end].start)
    g_array_append_val (scratch->path, end);
  for (guint i = scratch->path->len; i > 0; i--)
    {
      gint32 end = g_array_index (scratch->path, gint32, i - 1);
      gint32 start = nodes[end].start;

      if (nodes[end].id != self->unk_id)
        {
          g_array_append_val (ids, nodes[end].id);
          continue;
        }
      while (i > 1 && nodes[g_array_index (scratch->path, gint32, i - 2)].id == self->unk_id)
        end = g_array_index (scratch->path, gint32, --i - 1);
      append_unknown (self, word + start, (gsize) (end - start), ids);
    }
}

void
b2_unigram_scratch_clear (B2UnigramScratch *scratch)
{
  if (scratch->nodes == NULL)
    return;
  g_array_unref (scratch->nodes);
  g_array_unref (scratch->path);
  scratch->nodes = NULL;
  scratch->path = NULL;
}
