/*
 * Beam search exactly as transformers 4.57.1's _beam_search with early_stopping=False: f32 sums,
 * (1 + end tokens) × beams candidates, finished hypotheses only from the best n_beams ranks.
 */
#include "engine/run/beam-tree.h"
#include "engine/run/generation.h"

#include <math.h>
#include <string.h>

/* What transformers adds to a score to rule it out. */
#define OUT -1.0e9f

typedef struct
{
  gint32 *ids; /* [max_new] */
  B2Token *tokens; /* [max_new] */
  int n;
  float score;
  gboolean finished;
  int node; /* of the tree */
} Hypothesis;

typedef struct
{
  float score;
  int parent;
  gint32 id;
  gboolean hits; /* end token, or the last step */
} Candidate;

struct B2Search
{
  B2Generation *g;
  int n_beams, n_candidates, max_new, n_steps;
  Hypothesis *running, *next; /* [n_beams] */
  Hypothesis *finished; /* [n_beams], best first */
  Candidate *candidates; /* [n_candidates], best first */
  B2Token *alternatives; /* [n_beams]: what each running beam could have said */
  gboolean improvable;
  B2BeamTree *tree; /* (nullable): where it is kept */
};

/* ---- memory ------------------------------------------------------------------- */

static Hypothesis *
hypotheses_new (int n, int max_new, float score)
{
  Hypothesis *list = g_new0 (Hypothesis, n);

  for (int i = 0; i < n; i++)
    {
      list[i].ids = g_new0 (gint32, max_new);
      list[i].tokens = g_new0 (B2Token, max_new);
      list[i].score = score;
      list[i].node = B2_BEAM_NOWHERE;
    }
  return list;
}

static void
hypotheses_free (Hypothesis *list, int n)
{
  for (int i = 0; i < n; i++)
    {
      g_free (list[i].ids);
      g_free (list[i].tokens);
    }
  g_free (list);
}

B2Search *
b2_search_new (B2Generation *g)
{
  B2Search *s = g_new0 (B2Search, 1);
  int n = g->options.n_beams;

  *s = (B2Search){ .g = g, .n_beams = n, .max_new = g->options.max_new_tokens, .improvable = TRUE };
  s->n_candidates = MAX (2, 1 + g->processors.n_eos) * n;
  s->running = hypotheses_new (n, s->max_new, OUT);
  s->next = hypotheses_new (n, s->max_new, OUT);
  s->finished = hypotheses_new (n, s->max_new, OUT);
  s->candidates = g_new0 (Candidate, s->n_candidates);
  s->alternatives = g_new0 (B2Token, n);
  /* All beams begin alike: only the first may branch. */
  s->running[0].score = 0;
  s->running[0].node = B2_BEAM_ROOT;
  if (g->hooks != NULL && (g->hooks->keep_beams || g->hooks->keep_trace))
    s->tree = b2_beam_tree_new (n, s->max_new, (double) g->options.length_penalty);
  return s;
}

void
b2_search_free (B2Search *s)
{
  if (s == NULL)
    return;
  hypotheses_free (s->running, s->n_beams);
  hypotheses_free (s->next, s->n_beams);
  hypotheses_free (s->finished, s->n_beams);
  g_free (s->candidates);
  g_free (s->alternatives);
  g_clear_pointer (&s->tree, b2_beam_tree_free);
  g_free (s);
}

static void
extend (Hypothesis *to, const Hypothesis *from, gint32 id, const B2Token *token)
{
  memcpy (to->ids, from->ids, (gsize) from->n * sizeof *to->ids);
  memcpy (to->tokens, from->tokens, (gsize) from->n * sizeof *to->tokens);
  to->ids[from->n] = id;
  to->tokens[from->n] = *token;
  to->n = from->n + 1;
}

/* ---- one step ------------------------------------------------------------------ */

/* Scores of every continuation; the first step has one row for all beams. */
static gboolean
score_rows (B2Search *s, int n_rows, GError **error)
{
  B2Generation *g = s->g;
  gsize vocab = (gsize) g->processors.vocab_size;

  for (int b = 0; b < n_rows; b++)
    {
      float *log_probs = g->log_probs + (gsize) b * vocab, *scores = g->scores + (gsize) b * vocab;

      if (!b2_generation_log_probs (g, b, error))
        return FALSE;
      memcpy (scores, log_probs, vocab * sizeof *scores);
      b2_processors_apply (&g->processors, s->running[b].ids, s->running[b].n, scores);
      b2_generation_find_alternatives (g, log_probs, &s->alternatives[b]);
    }
  return TRUE;
}

static void
offer (B2Search *s, int *n, float score, int parent, gint32 id)
{
  int at;

  if (*n == s->n_candidates && score <= s->candidates[*n - 1].score)
    return;
  at = MIN (*n, s->n_candidates - 1);
  while (at > 0 && score > s->candidates[at - 1].score)
    {
      s->candidates[at] = s->candidates[at - 1];
      at--;
    }
  s->candidates[at] = (Candidate){ .score = score, .parent = parent, .id = id };
  *n = MIN (*n + 1, s->n_candidates);
}

static int
find_candidates (B2Search *s, int n_rows, gboolean last_step)
{
  gsize vocab = (gsize) s->g->processors.vocab_size;
  int n = 0;

  for (int b = 0; b < s->n_beams; b++)
    {
      /* In the first step the other beams are copies of the first with scores out of reach. */
      const float *scores = s->g->scores + (gsize) MIN (b, n_rows - 1) * vocab;

      for (gsize id = 0; id < vocab; id++)
        offer (s, &n, scores[id] + s->running[b].score, b, (gint32) id);
    }
  for (int i = 0; i < n; i++)
    s->candidates[i].hits = last_step || b2_generation_is_eos (s->g, s->candidates[i].id);
  return n;
}

static void
token_of (B2Search *s, const Candidate *c, int n_rows, B2Token *out)
{
  int row = MIN (c->parent, n_rows - 1);

  *out = s->alternatives[row];
  out->id = c->id;
  out->probability
      = expf (s->g->log_probs[(gsize) row * (gsize) s->g->processors.vocab_size + (gsize) c->id]);
}

/* Notes a candidate that goes on or has ended. Returns: its node */
static int
note (B2Search *s, const Candidate *c, int n_rows, B2BeamEnd end, float final_score)
{
  gsize row = (gsize) MIN (c->parent, n_rows - 1);

  if (s->tree == NULL || c->score <= OUT / 2)
    return B2_BEAM_NOWHERE;
  return b2_beam_tree_add (
      s->tree, s->running[c->parent].node,
      &(B2BeamNode){ .id = c->id,
                     .log_prob = s->g->log_probs[row * (gsize) s->g->processors.vocab_size + (gsize) c->id],
                     .score = c->score,
                     .end = end,
                     .final_score = final_score });
}

/* The best n_beams candidates that go on; those that ended follow, ruled out, if there are too few. */
static void
choose_running (B2Search *s, int n_candidates, int n_rows)
{
  Hypothesis *swap;
  int n = 0;

  for (int pass = 0; pass < 2; pass++)
    for (int i = 0; i < n_candidates && n < s->n_beams; i++)
      {
        const Candidate *c = &s->candidates[i];
        B2Token token;

        if (c->hits != (pass == 1))
          continue;
        token_of (s, c, n_rows, &token);
        extend (&s->next[n], &s->running[c->parent], c->id, &token);
        s->next[n].score = c->score + (c->hits ? OUT : 0);
        s->next[n].node = c->hits ? B2_BEAM_NOWHERE : note (s, c, n_rows, B2_BEAM_GOES_ON, 0);
        s->g->step_ids[n] = c->id;
        s->g->parents[n++] = c->parent;
      }
  swap = s->running;
  s->running = s->next;
  s->next = swap;
}

/* Puts a finished hypothesis in its place; an equal score stays behind the older one. */
static void
finish (B2Search *s, const Hypothesis *from, const Candidate *c, float score, const B2Token *token, int node)
{
  int at = s->n_beams;
  Hypothesis worst;

  while (at > 0 && score > s->finished[at - 1].score)
    at--;
  if (at == s->n_beams)
    return;
  worst = s->finished[s->n_beams - 1];
  memmove (&s->finished[at + 1], &s->finished[at], (gsize) (s->n_beams - 1 - at) * sizeof (Hypothesis));
  extend (&worst, from, c->id, token);
  worst.score = score;
  worst.finished = TRUE;
  worst.node = node;
  s->finished[at] = worst;
}

static void
take_finished (B2Search *s, int n_candidates, int n_rows)
{
  for (int i = 0; i < MIN (s->n_beams, n_candidates); i++)
    {
      const Candidate *c = &s->candidates[i];
      const Hypothesis *from = &s->running[c->parent];
      float divisor = (float) pow (from->n + 1, (double) s->g->options.length_penalty);
      B2Token token;

      if (!c->hits)
        continue;
      token_of (s, c, n_rows, &token);
      finish (s, from, c, c->score / divisor, &token,
              note (s, c, n_rows, b2_generation_is_eos (s->g, c->id) ? B2_BEAM_ENDED : B2_BEAM_LIMIT,
                    c->score / divisor));
    }
}

/* Whether the best running beam could still beat the worst finished one. */
static gboolean
can_improve (B2Search *s)
{
  int length = s->running[0].n;
  float best = s->running[0].score / (float) pow (length, (double) s->g->options.length_penalty);

  for (int i = 0; i < s->n_beams; i++)
    if (!s->finished[i].finished || best > s->finished[s->n_beams - 1].score)
      return TRUE;
  return FALSE;
}

static gboolean
tell_best (B2Search *s, GError **error)
{
  const Hypothesis *best = &s->running[0];
  float running = best->score / (float) pow (best->n, (double) s->g->options.length_penalty);

  if (s->finished[0].finished && s->finished[0].score > running)
    best = &s->finished[0];
  return b2_generation_tell (s->g, best->tokens, best->ids, best->n, error);
}

static void
take_best (B2Search *s)
{
  B2Generation *g = s->g;
  const Hypothesis *best = &s->finished[0];

  memcpy (g->tokens, best->tokens, (gsize) best->n * sizeof *g->tokens);
  g->n_tokens = best->n;
  g->score = best->score;
  g->ended = b2_generation_is_eos (g, best->ids[best->n - 1]);
  if (s->tree == NULL)
    return;
  b2_beam_tree_finish (s->tree, best->node);
  g->beams = g_steal_pointer (&s->tree);
}

gboolean
b2_search_advance (B2Search *s, GError **error)
{
  int n_rows = s->n_steps == 0 ? 1 : s->n_beams, n;
  gboolean all_hit = TRUE;

  if (!score_rows (s, n_rows, error))
    return FALSE;
  s->n_steps++;
  n = find_candidates (s, n_rows, s->n_steps == s->max_new);
  take_finished (s, n, n_rows);
  choose_running (s, n, n_rows);
  for (int i = 0; i < n; i++)
    all_hit = all_hit && s->candidates[i].hits;
  s->improvable = s->improvable && can_improve (s);
  if (!tell_best (s, error))
    return FALSE;
  s->g->over = !s->improvable || all_hit || s->n_steps == s->max_new;
  if (s->g->over)
    take_best (s);
  return TRUE;
}
