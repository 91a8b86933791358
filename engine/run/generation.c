#include "engine/run/generation.h"

#include <math.h>
#include <string.h>

#include "engine/nn/softmax.h"
#include "engine/run/sampler.h"

/* Bytes of text that a token can have, for the text's buffer: enough for every vocabulary met. */
#define BYTES_PER_TOKEN 64
/* Beam search wants (1 + end tokens) candidates of each beam. */
#define MIN_VOCAB (B2_MAX_EOS + 2)

/* ---- one sequence: greedy or sampling ------------------------------------------------- */

struct B2Single
{
  gint32 *ids; /* [max_new_tokens] */
  B2Ranked *work; /* [vocab]; sampling */
  B2Rng rng;
  double sum;
};

static B2Single *
single_new (B2Generation *g)
{
  B2Single *self = g_new0 (B2Single, 1);

  self->ids = g_new (gint32, g->options.max_new_tokens);
  if (g->options.sample)
    self->work = g_new (B2Ranked, g->processors.vocab_size);
  b2_rng_seed (&self->rng, g->options.seed);
  return self;
}

static void
single_free (B2Single *self)
{
  if (self == NULL)
    return;
  g_free (self->ids);
  g_free (self->work);
  g_free (self);
}

/* ---- what all have ------------------------------------------------------------------- */

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
  self->logits = self->own_logits = g_try_new (float, n);
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
  self->step_ids = g_new0 (gint32, options->n_beams);
  self->parents = g_new0 (gint32, options->n_beams);
  if (options->n_beams > 1)
    self->search = b2_search_new (self);
  else
    self->single = single_new (self);
  return g_steal_pointer (&self);
}

void
b2_generation_free (B2Generation *self)
{
  if (self == NULL)
    return;
  g_free (self->own_logits);
  g_free (self->log_probs);
  g_free (self->scores);
  g_free (self->processors.marks);
  if (self->text != NULL)
    g_string_free (self->text, TRUE);
  g_free (self->tokens);
  g_free (self->step_ids);
  g_free (self->parents);
  single_free (self->single);
  b2_search_free (self->search);
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

/* ---- a step of one sequence ------------------------------------------------------------ */

static gint32
choose (B2Generation *g)
{
  gsize vocab = (gsize) g->processors.vocab_size;
  const B2DecodeOptions *o = &g->options;

  if (!o->sample)
    return argmax (g->scores, vocab);
  /* The logits have been read: their row serves as the probabilities. */
  b2_sampler_filter (g->scores, vocab, o->temperature, o->top_k, o->top_p, g->single->work, g->logits);
  return b2_sampler_draw (&g->single->rng, g->logits, vocab);
}

static gboolean
single_advance (B2Generation *g, GError **error)
{
  B2Single *self = g->single;
  int n = g->n_tokens;

  if (!b2_generation_log_probs (g, 0, error))
    return FALSE;
  memcpy (g->scores, g->logits, (gsize) g->processors.vocab_size * sizeof (float));
  b2_processors_apply (&g->processors, self->ids, n, g->scores);
  self->ids[n] = choose (g);
  b2_generation_describe (g, g->log_probs, self->ids[n], &g->tokens[n]);
  self->sum += g->log_probs[self->ids[n]];
  g->n_tokens = n + 1;
  g->score = self->sum / g->n_tokens;
  g->ended = b2_generation_is_eos (g, self->ids[n]);
  g->over = g->ended || g->n_tokens == g->options.max_new_tokens;
  g->step_ids[0] = self->ids[n];
  return b2_generation_tell (g, g->tokens, self->ids, g->n_tokens, error);
}

/* ---- running ----------------------------------------------------------------------------- */

gboolean
b2_generation_advance (B2Generation *self, GError **error)
{
  return self->search != NULL ? b2_search_advance (self->search, error) : single_advance (self, error);
}

gboolean
b2_generation_run (B2Generation *self, GError **error)
{
  const B2Watch *watch = self->hooks != NULL ? &self->hooks->watch : NULL;
  const B2LmFamily *family = self->state->lm->family;

  for (;;)
    {
      if (!b2_generation_advance (self, error))
        return FALSE;
      if (self->over)
        return TRUE;
      if (!family->step (self->state, self->step_ids, self->parents, self->logits, watch, error)
          || !b2_watch_check (watch, error))
        return FALSE;
    }
}

/* What is fed together. */
typedef struct
{
  B2Generation **going; /* [n_going] */
  GError ***errors; /* [n_going] */
  B2LmState **states; /* [n_going] */
  gint32 *ids, *parents; /* [n_rows] */
  float *logits; /* [n_rows, vocab] */
  int n_going, n_rows;
} Together;

/* Those that go on chose what to feed; the others leave. */
static void
advance_all (Together *t)
{
  int n = 0;

  t->n_rows = 0;
  for (int i = 0; i < t->n_going; i++)
    {
      B2Generation *g = t->going[i];
      gsize n_beams = (gsize) g->options.n_beams;

      if (!b2_generation_advance (g, t->errors[i]) || g->over)
        continue;
      memcpy (t->ids + t->n_rows, g->step_ids, n_beams * sizeof *t->ids);
      memcpy (t->parents + t->n_rows, g->parents, n_beams * sizeof *t->parents);
      t->going[n] = g;
      t->errors[n] = t->errors[i];
      t->states[n++] = g->state;
      t->n_rows += (int) n_beams;
    }
  t->n_going = n;
}

static gboolean
feed_all (Together *t, const B2Watch *watch, GError **error)
{
  const B2Lm *lm = t->states[0]->lm;
  float *logits = t->logits;

  if (!lm->family->step_many (t->states, t->n_going, t->ids, t->parents, t->logits, watch, error)
      || !b2_watch_check (watch, error))
    return FALSE;
  for (int i = 0; i < t->n_going; i++)
    {
      t->going[i]->logits = logits;
      logits += (gsize) t->going[i]->options.n_beams * (gsize) lm->vocab_size;
    }
  return TRUE;
}

void
b2_generation_run_many (B2Generation *const *list, int n, const B2Watch *watch, GError **errors)
{
  g_autofree B2Generation **going = g_memdup2 (list, (gsize) n * sizeof *going);
  g_autofree GError ***to = g_new (GError **, n);
  g_autofree B2LmState **states = g_new (B2LmState *, n);
  g_autofree gint32 *ids = NULL, *parents = NULL;
  g_autofree float *logits = NULL;
  Together t = { .going = going, .errors = to, .states = states, .n_going = n };
  gsize n_rows = 0;
  int n_steps = 0, max_steps = 0;
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < n; i++)
    {
      to[i] = &errors[i];
      n_rows += (gsize) list[i]->options.n_beams;
      max_steps = MAX (max_steps, list[i]->options.max_new_tokens);
    }
  t.ids = ids = g_new (gint32, n_rows);
  t.parents = parents = g_new0 (gint32, n_rows);
  t.logits = logits = g_try_new (float, n_rows *(gsize) list[0]->state->lm->vocab_size);
  if (logits == NULL)
    g_set_error_literal (&error, B2_ERROR, B2_ERROR_NO_MEMORY, "Not enough memory for the words' scores");
  while (error == NULL)
    {
      advance_all (&t);
      if (t.n_going == 0 || !b2_watch_step (watch, B2_PHASE_DECODE, ++n_steps, max_steps, &error)
          || !feed_all (&t, watch, &error))
        break;
    }
  for (int i = 0; error != NULL && i < t.n_going; i++)
    *t.errors[i] = g_error_copy (error);
  for (int i = 0; i < n; i++) /* the shared ones are about to go */
    list[i]->logits = list[i]->own_logits;
}
