#include "engine/run/generation.h"

#include <math.h>
#include <string.h>

#include "engine/nn/softmax.h"
#include "engine/run/sampler.h"

/* Bytes of text that a token can have, for the text's buffer: enough for every vocabulary met. */
#define BYTES_PER_TOKEN 64
/* Beam search wants (1 + end tokens) candidates of each beam. */
#define MIN_VOCAB (B2_MAX_EOS + 2)

B2Generation *
b2_generation_new (B2LmState *state, B2Tokenizer *tokenizer, const B2DecodeOptions *options,
                   const B2GenerateHooks *hooks, const gint32 *eos_ids, int n_eos, const gint32 *seen_prefix,
                   int n_seen_prefix, const float *first_logits, GError **error)
{
  g_autoptr (B2Generation) self = g_new0 (B2Generation, 1);
  gsize vocab = (gsize) state->lm->vocab_size, n = (gsize) options->n_beams * vocab;

  if (vocab < MIN_VOCAB)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_UNSUPPORTED,
                   "A vocabulary of %d tokens; at least %d are expected", state->lm->vocab_size, MIN_VOCAB);
      return NULL;
    }
  self->state = state;
  self->tokenizer = tokenizer;
  self->options = *options;
  self->hooks = hooks;
  self->logits = g_try_new (float, n);
  self->log_probs = g_try_new (float, n);
  self->scores = g_try_new (float, n);
  if (self->logits == NULL || self->log_probs == NULL || self->scores == NULL)
    {
      g_set_error_literal (error, B2_ERROR, B2_ERROR_NO_MEMORY, "Not enough memory for the words' scores");
      return NULL;
    }
  memcpy (self->logits, first_logits, vocab * sizeof (float));
  self->processors = (B2Processors){
    .repetition_penalty = options->repetition_penalty,
    .no_repeat_ngram = options->no_repeat_ngram,
    .min_new_tokens = options->min_new_tokens,
    .eos_ids = eos_ids,
    .n_eos = n_eos,
    .seen_prefix = seen_prefix,
    .n_seen_prefix = n_seen_prefix,
    .marks = g_new0 (guint8, vocab),
    .vocab_size = (int) vocab,
  };
  self->text = g_string_sized_new ((gsize) options->max_new_tokens * BYTES_PER_TOKEN);
  self->tokens = g_new0 (B2Token, options->max_new_tokens);
  return g_steal_pointer (&self);
}

void
b2_generation_free (B2Generation *self)
{
  if (self == NULL)
    return;
  g_free (self->logits);
  g_free (self->log_probs);
  g_free (self->scores);
  g_free (self->processors.marks);
  if (self->text != NULL)
    g_string_free (self->text, TRUE);
  g_free (self->tokens);
  g_clear_pointer (&self->beams, b2_beam_tree_free);
  g_free (self);
}

gboolean
b2_generation_is_eos (B2Generation *self, gint32 id)
{
  for (int i = 0; i < self->processors.n_eos; i++)
    if (self->processors.eos_ids[i] == id)
      return TRUE;
  return FALSE;
}

gboolean
b2_generation_log_probs (B2Generation *self, int row, GError **error)
{
  gsize vocab = (gsize) self->processors.vocab_size;
  float *log_probs = self->log_probs + (gsize) row * vocab;

  b2_log_softmax (self->logits + (gsize) row * vocab, vocab, log_probs);
  /* One NaN or infinity among the logits makes every log-probability NaN. */
  if (!isnan (log_probs[0]))
    return TRUE;
  g_set_error_literal (
      error, B2_ERROR, B2_ERROR_FORMAT,
      "The model's output is not a number; its weights are damaged or of a type with too small a "
      "range (float16 T5)");
  return FALSE;
}

void
b2_generation_find_alternatives (B2Generation *self, const float *log_probs, B2Token *out)
{
  int n = 0;

  for (gint32 id = 0; id < self->processors.vocab_size; id++)
    {
      int at = n;

      if (n == B2_N_ALTERNATIVES && log_probs[id] <= log_probs[out->alternative_ids[n - 1]])
        continue;
      while (at > 0 && log_probs[id] > log_probs[out->alternative_ids[at - 1]])
        at--;
      n = MIN (n + 1, B2_N_ALTERNATIVES);
      memmove (&out->alternative_ids[at + 1], &out->alternative_ids[at],
               (gsize) (n - 1 - at) * sizeof out->alternative_ids[0]);
      out->alternative_ids[at] = id;
    }
  for (int i = 0; i < B2_N_ALTERNATIVES; i++)
    {
      if (i >= n)
        out->alternative_ids[i] = -1;
      out->alternative_probabilities[i] = i < n ? expf (log_probs[out->alternative_ids[i]]) : 0;
    }
}

void
b2_generation_describe (B2Generation *self, const float *log_probs, gint32 id, B2Token *out)
{
  b2_generation_find_alternatives (self, log_probs, out);
  out->id = id;
  out->probability = expf (log_probs[id]);
}

gboolean
b2_generation_tell (B2Generation *self, const B2Token *tokens, const gint32 *ids, int n, GError **error)
{
  const B2GenerateHooks *hooks = self->hooks;

  if (hooks == NULL)
    return TRUE;
  if (hooks->token != NULL)
    {
      g_string_truncate (self->text, 0);
      b2_tokenizer_decode (self->tokenizer, ids, (gsize) n, b2_tokenizer_default_flags (self->tokenizer),
                           self->text);
      hooks->token (&tokens[n - 1], n, self->text->str, hooks->token_data);
    }
  return b2_watch_step (&hooks->watch, B2_PHASE_DECODE, n, self->options.max_new_tokens, error);
}

static gint32
argmax (const float *x, gsize n)
{
  gsize best = 0;

  for (gsize i = 1; i < n; i++)
    if (x[i] > x[best])
      best = i;
  return (gint32) best;
}

/* One sequence: greedy or sampling. */
static gboolean
run_single (B2Generation *self, GError **error)
{
  gsize vocab = (gsize) self->processors.vocab_size;
  int max_new = self->options.max_new_tokens;
  g_autofree gint32 *ids = g_new (gint32, max_new);
  g_autofree B2Ranked *work = self->options.sample ? g_new (B2Ranked, vocab) : NULL;
  const B2Watch *watch = self->hooks != NULL ? &self->hooks->watch : NULL;
  double sum = 0;
  B2Rng rng;

  b2_rng_seed (&rng, self->options.seed);
  for (int n = 0; n < max_new; n++)
    {
      const gint32 parent = 0;

      if (n > 0
          && (!self->state->lm->family->step (self->state, &ids[n - 1], &parent, self->logits, watch, error)
              || !b2_watch_check (watch, error)))
        return FALSE;
      if (!b2_generation_log_probs (self, 0, error))
        return FALSE;
      memcpy (self->scores, self->logits, vocab * sizeof (float));
      b2_processors_apply (&self->processors, ids, n, self->scores);
      if (self->options.sample)
        {
          /* The logits have been read: their row serves as the probabilities. */
          b2_sampler_filter (self->scores, vocab, self->options.temperature, self->options.top_k,
                             self->options.top_p, work, self->logits);
          ids[n] = b2_sampler_draw (&rng, self->logits, vocab);
        }
      else
        ids[n] = argmax (self->scores, vocab);
      b2_generation_describe (self, self->log_probs, ids[n], &self->tokens[n]);
      sum += self->log_probs[ids[n]];
      self->n_tokens = n + 1;
      self->score = sum / self->n_tokens;
      self->ended = b2_generation_is_eos (self, ids[n]);
      if (!b2_generation_tell (self, self->tokens, ids, self->n_tokens, error))
        return FALSE;
      if (self->ended)
        break;
    }
  return TRUE;
}

gboolean
b2_generation_run (B2Generation *self, GError **error)
{
  return self->options.n_beams > 1 ? b2_generation_run_beams (self, error) : run_single (self, error);
}
