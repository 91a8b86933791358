#include "engine/text/bpe.h"

#include <string.h>

/* Characters of byte-level alphabets are below this. */
#define N_DIRECT 0x144

#define NO_PAIR G_MAXUINT64

/* A hint may come from a file; beyond this the table grows as merges arrive. */
#define MAX_EXPECTED ((gsize) 1 << 17)

typedef struct
{
  guint64 pair; /* left id << 32 | right id, or NO_PAIR */
  guint32 rank;
  gint32 result;
} Merge;

struct B2Bpe
{
  const B2Pieces *pieces;
  Merge *merges; /* [n_slots] */
  guint32 n_slots; /* a power of two */
  guint32 n_merges;
  guint32 next_rank;
  gint32 unk_id;
  gboolean fuse_unk, whole_words;
  gint32 char_ids[N_DIRECT];
  GString *result; /* while merges are added */
};

typedef struct
{
  gint32 id; /* -1 once merged into its left neighbour */
  gint32 prev, next;
} Symbol;

typedef struct
{
  guint32 rank;
  gint32 at;
  gint32 result;
} Candidate;

static guint32
slot_of (const B2Bpe *self, guint64 pair)
{
  guint32 at = (guint32) ((pair * 0x9e3779b97f4a7c15u) >> 32) & (self->n_slots - 1);

  while (self->merges[at].pair != NO_PAIR && self->merges[at].pair != pair)
    at = (at + 1) & (self->n_slots - 1);
  return at;
}

static const Merge *
find_merge (const B2Bpe *self, gint32 left, gint32 right)
{
  const Merge *merge = &self->merges[slot_of (self, (guint64) (guint32) left << 32 | (guint32) right)];

  return merge->pair == NO_PAIR ? NULL : merge;
}

static void
set_slots (B2Bpe *self, guint32 n_slots)
{
  g_autofree Merge *old = self->merges;
  guint32 n_old = self->n_slots;

  self->merges = g_new (Merge, n_slots);
  self->n_slots = n_slots;
  for (guint32 i = 0; i < n_slots; i++)
    self->merges[i].pair = NO_PAIR;
  for (guint32 i = 0; i < n_old; i++)
    if (old[i].pair != NO_PAIR)
      self->merges[slot_of (self, old[i].pair)] = old[i];
}

B2Bpe *
b2_bpe_new (const B2Pieces *pieces, gint32 unk_id, gboolean fuse_unk, gboolean whole_words,
            gsize n_merges_expected)
{
  B2Bpe *self = g_new0 (B2Bpe, 1);
  guint32 n_slots = 64;

  self->pieces = pieces;
  self->unk_id = unk_id;
  self->fuse_unk = fuse_unk;
  self->whole_words = whole_words;
  self->result = g_string_new (NULL);
  while (n_slots < 2 * MIN (n_merges_expected, MAX_EXPECTED))
    n_slots *= 2;
  set_slots (self, n_slots);
  for (guint32 c = 0; c < N_DIRECT; c++)
    {
      char text[6];
      gsize len = (gsize) g_unichar_to_utf8 (c, text);

      self->char_ids[c] = b2_pieces_find (pieces, text, len);
    }
  return self;
}

void
b2_bpe_free (B2Bpe *self)
{
  if (self == NULL)
    return;
  g_free (self->merges);
  g_string_free (self->result, TRUE);
  g_free (self);
}

const char *
b2_bpe_add_merge (B2Bpe *self, const char *left, gsize n_left, const char *right, gsize n_right)
{
  gint32 left_id = b2_pieces_find (self->pieces, left, n_left);
  gint32 right_id = b2_pieces_find (self->pieces, right, n_right);
  gint32 result;
  Merge *merge;

  if (left_id < 0)
    return "left part";
  if (right_id < 0)
    return "right part";
  g_string_truncate (self->result, 0);
  g_string_append_len (self->result, left, (gssize) n_left);
  g_string_append_len (self->result, right, (gssize) n_right);
  result = b2_pieces_find (self->pieces, self->result->str, self->result->len);
  if (result < 0)
    return "result";

  if (self->n_slots < 2 * (self->n_merges + 1))
    set_slots (self, 2 * self->n_slots);
  merge = &self->merges[slot_of (self, (guint64) (guint32) left_id << 32 | (guint32) right_id)];
  if (merge->pair == NO_PAIR)
    self->n_merges++;
  merge->pair = (guint64) (guint32) left_id << 32 | (guint32) right_id;
  merge->rank = self->next_rank++;
  merge->result = result;
  return NULL;
}

gboolean
b2_bpe_has_merge (const B2Bpe *self, const char *left, gsize n_left, const char *right, gsize n_right)
{
  gint32 left_id = b2_pieces_find (self->pieces, left, n_left);
  gint32 right_id = b2_pieces_find (self->pieces, right, n_right);

  return left_id >= 0 && right_id >= 0 && find_merge (self, left_id, right_id) != NULL;
}

static gboolean
comes_before (const Candidate *a, const Candidate *b)
{
  return a->rank < b->rank || (a->rank == b->rank && a->at < b->at);
}

static void
queue_push (GArray *queue, Candidate candidate)
{
  guint i = queue->len;
  Candidate *heap;

  g_array_set_size (queue, i + 1);
  heap = (Candidate *) queue->data;
  while (i > 0 && comes_before (&candidate, &heap[(i - 1) / 2]))
    {
      heap[i] = heap[(i - 1) / 2];
      i = (i - 1) / 2;
    }
  heap[i] = candidate;
}

static Candidate
queue_pop (GArray *queue)
{
  Candidate *heap = (Candidate *) queue->data;
  Candidate first = heap[0];
  Candidate last = heap[queue->len - 1];
  guint n = queue->len - 1;
  guint i = 0;

  while (2 * i + 1 < n)
    {
      guint child = 2 * i + 1;

      if (child + 1 < n && comes_before (&heap[child + 1], &heap[child]))
        child++;
      if (!comes_before (&heap[child], &last))
        break;
      heap[i] = heap[child];
      i = child;
    }
  heap[i] = last;
  g_array_set_size (queue, n);
  return first;
}

static void
consider (const B2Bpe *self, const Symbol *symbols, gint32 at, GArray *queue)
{
  gint32 next = at < 0 ? -1 : symbols[at].next;
  const Merge *merge;

  if (next < 0)
    return;
  merge = find_merge (self, symbols[at].id, symbols[next].id);
  if (merge != NULL)
    queue_push (queue, (Candidate){ merge->rank, at, merge->result });
}

/* Fills symbols with the word's characters. */
static void
spell (const B2Bpe *self, const char *word, gsize len, GArray *symbols)
{
  const char *end = word + len;
  gboolean after_unk = FALSE;
  const char *next;

  g_array_set_size (symbols, 0);
  for (const char *p = word; p < end; p = next)
    {
      gunichar c = g_utf8_get_char (p);
      Symbol symbol;

      next = g_utf8_next_char (p);
      symbol.id = c < N_DIRECT ? self->char_ids[c] : b2_pieces_find (self->pieces, p, (gsize) (next - p));
      if (symbol.id < 0)
        {
          if (self->unk_id < 0 || (after_unk && self->fuse_unk))
            continue;
          after_unk = TRUE;
          symbol.id = self->unk_id;
        }
      else
        after_unk = FALSE;
      symbol.prev = (gint32) symbols->len - 1;
      symbol.next = (gint32) symbols->len + 1;
      g_array_append_val (symbols, symbol);
    }
  if (symbols->len > 0)
    g_array_index (symbols, Symbol, symbols->len - 1).next = -1;
}

void
b2_bpe_encode (const B2Bpe *self, const char *word, gsize len, B2BpeScratch *scratch, GArray *ids)
{
  Symbol *symbols;

  if (scratch->symbols == NULL)
    {
      scratch->symbols = g_array_new (FALSE, FALSE, sizeof (Symbol));
      scratch->queue = g_array_new (FALSE, FALSE, sizeof (Candidate));
    }
  if (self->whole_words)
    {
      gint32 id = b2_pieces_find (self->pieces, word, len);

      if (id >= 0)
        {
          g_array_append_val (ids, id);
          return;
        }
    }
  spell (self, word, len, scratch->symbols);
  symbols = (Symbol *) scratch->symbols->data;
  for (guint i = 0; i < scratch->symbols->len; i++)
    consider (self, symbols, (gint32) i, scratch->queue);
  while (scratch->queue->len > 0)
    {
      Candidate best = queue_pop (scratch->queue);
      Symbol *left = &symbols[best.at];
      Symbol *right;
      const Merge *merge;

      if (left->id < 0 || left->next < 0)
        continue;
      right = &symbols[left->next];
      /* The pair may have changed since; as in the reference, only its result counts. */
      merge = find_merge (self, left->id, right->id);
      if (merge == NULL || merge->result != best.result)
        continue;
      left->id = best.result;
      right->id = -1;
      left->next = right->next;
      if (left->next >= 0)
        symbols[left->next].prev = best.at;
      consider (self, symbols, left->prev, scratch->queue);
      consider (self, symbols, best.at, scratch->queue);
    }
  /* The first symbol never merges into a left neighbour. */
  for (gint32 i = scratch->symbols->len > 0 ? 0 : -1; i >= 0; i = symbols[i].next)
    g_array_append_val (ids, symbols[i].id);
}

void
b2_bpe_scratch_clear (B2BpeScratch *scratch)
{
  if (scratch->symbols == NULL)
    return;
  g_array_unref (scratch->symbols);
  g_array_unref (scratch->queue);
  scratch->symbols = NULL;
  scratch->queue = NULL;
}
