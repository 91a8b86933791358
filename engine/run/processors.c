#include "engine/run/processors.h"

#include <math.h>

static gint32
seen (const B2Processors *self, const gint32 *new_ids, int i)
{
  return i < self->n_seen_prefix ? self->seen_prefix[i] : new_ids[i - self->n_seen_prefix];
}

static gboolean
in_vocabulary (const B2Processors *self, gint32 id)
{
  return id >= 0 && id < self->vocab_size;
}

static void
penalise_repetition (const B2Processors *self, const gint32 *new_ids, int n_new, float *scores)
{
  int n = self->n_seen_prefix + n_new;

  for (int i = 0; i < n; i++)
    {
      gint32 id = seen (self, new_ids, i);

      if (!in_vocabulary (self, id) || self->marks[id])
        continue;
      self->marks[id] = 1;
      scores[id]
          = scores[id] < 0 ? scores[id] * self->repetition_penalty : scores[id] / self->repetition_penalty;
    }
  for (int i = 0; i < n; i++)
    if (in_vocabulary (self, seen (self, new_ids, i)))
      self->marks[seen (self, new_ids, i)] = 0;
}

/* Bans every token that would complete an n-gram which has been seen. */
static void
ban_ngrams (const B2Processors *self, const gint32 *new_ids, int n_new, float *scores)
{
  int n = self->n_seen_prefix + n_new, length = self->no_repeat_ngram;

  for (int start = 0; start + length <= n; start++)
    {
      int same = 0;
      gint32 last = seen (self, new_ids, start + length - 1);

      while (same < length - 1
             && seen (self, new_ids, start + same) == seen (self, new_ids, n - (length - 1) + same))
        same++;
      if (same == length - 1 && in_vocabulary (self, last))
        scores[last] = -INFINITY;
    }
}

void
b2_processors_apply (const B2Processors *self, const gint32 *new_ids, int n_new, float *scores)
{
  if (self->repetition_penalty != 1.0f)
    penalise_repetition (self, new_ids, n_new, scores);
  if (self->no_repeat_ngram > 0)
    ban_ngrams (self, new_ids, n_new, scores);
  if (n_new < self->min_new_tokens)
    for (int i = 0; i < self->n_eos; i++)
      scores[self->eos_ids[i]] = -INFINITY;
}
