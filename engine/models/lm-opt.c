/* OPT (Zhang et al. 2022, arXiv:2205.01068): pre-norm decoder, ReLU, learned positions offset by two, tied head. */
#include "engine/models/lm-decoder.h"

#include <math.h>

#include "engine/models/activations.h"
#include "engine/nn/attention.h"

/* transformers' OPTLearnedPositionalEmbedding keeps two rows in front. */
#define POSITION_OFFSET 2

/*
 * Fewer tokens that begin a prompt as the one before began are read again: they cost little, and a short question that is asked
 * twice then gives the same bits both times, whatever kernels make of other numbers of rows.
 */
#define MIN_KNOWN 16

typedef struct
{
  B2Norm norm1; /* [d], before the attention */
  B2Linear q, k, v; /* [d, d] */
  B2Linear out; /* [d, d] */
  B2Norm norm2; /* [d], before the feed-forward */
  B2Linear fc1; /* [ffn, d] */
  B2Linear fc2; /* [d, ffn] */
} Layer;

typedef struct
{
  B2Lm base;
  B2LmConfig config;
  B2ActivationFunc activation;
  B2Linear tokens; /* [vocab, d]; the head as well */
  B2Linear positions; /* [max_positions + 2, d] */
  Layer *layers;
  B2Norm final_norm;
} Opt;

/* ---- binding ---------------------------------------------------------------- */

static gboolean
bind_layer (Opt *self, B2Binder *b, int i, GError **error)
{
  Layer *l = &self->layers[i];
  int d = self->config.width, ffn = self->config.mlp_width;
  float eps = self->config.eps;
  const char *at = "language_model.model.decoder.layers";

  return b2_bind_norm (b, &l->norm1, d, eps, FALSE, error, "%s.%d.self_attn_layer_norm", at, i)
         && b2_bind_linear (b, &l->q, d, d, TRUE, error, "%s.%d.self_attn.q_proj", at, i)
         && b2_bind_linear (b, &l->k, d, d, TRUE, error, "%s.%d.self_attn.k_proj", at, i)
         && b2_bind_linear (b, &l->v, d, d, TRUE, error, "%s.%d.self_attn.v_proj", at, i)
         && b2_bind_linear (b, &l->out, d, d, TRUE, error, "%s.%d.self_attn.out_proj", at, i)
         && b2_bind_norm (b, &l->norm2, d, eps, FALSE, error, "%s.%d.final_layer_norm", at, i)
         && b2_bind_linear (b, &l->fc1, ffn, d, TRUE, error, "%s.%d.fc1", at, i)
         && b2_bind_linear (b, &l->fc2, d, ffn, TRUE, error, "%s.%d.fc2", at, i);
}

static void
opt_free (B2Lm *lm)
{
  Opt *self = (Opt *) lm;

  if (self == NULL)
    return;
  g_free (self->layers);
  g_free (self);
}

static gboolean
bind_all (Opt *self, B2Binder *binder, GError **error)
{
  const B2LmConfig *c = &self->config;
  const gint64 token_shape[] = { c->vocab_size, c->width };
  const gint64 position_shape[] = { c->max_positions + POSITION_OFFSET, c->width };

  if (!b2_bind_matrix (binder, &self->tokens, 2, token_shape, error,
                       "language_model.model.decoder.embed_tokens.weight")
      || !b2_bind_matrix (binder, &self->positions, 2, position_shape, error,
                          "language_model.model.decoder.embed_positions.weight"))
    return FALSE;
  for (int i = 0; i < c->n_layers; i++)
    if (!bind_layer (self, binder, i, error))
      return FALSE;
  return b2_bind_norm (binder, &self->final_norm, c->width, c->eps, FALSE, error,
                       "language_model.model.decoder.final_layer_norm");
}

static B2Lm *
opt_bind (B2Binder *binder, const B2LmConfig *config, GError **error)
{
  Opt *self = g_new0 (Opt, 1);

  self->base = (B2Lm){ .family = &b2_lm_opt,
                       .n_layers = config->n_layers,
                       .n_heads = config->n_heads,
                       .width = config->width,
                       .vocab_size = config->vocab_size,
                       .max_positions = config->max_positions,
                       .new_tokens_take_positions = TRUE,
                       .bos_id = config->bos_id };
  self->config = *config;
  self->activation = b2_activation_func (config->activation);
  self->layers = g_new0 (Layer, config->n_layers);
  if (!bind_all (self, binder, error))
    {
      opt_free (&self->base);
      return NULL;
    }
  return &self->base;
}

/* ---- state ------------------------------------------------------------------ */

static B2LmState *
opt_state_new (B2Lm *lm, B2Compute *compute, int n_query, GError **error)
{
  return (B2LmState *) b2_decoder_state_new (sizeof (B2DecoderState), lm, compute, n_query,
                                             ((Opt *) lm)->config.head_width, lm->max_positions, error);
}

/* Of begin_pass() with @n rows, and a map over @n_keys keys where that is not 0. */
static gsize
pass_bytes (const Opt *self, gsize n, gsize n_keys)
{
  gsize bytes = 4 * b2_arena_bytes_for_floats (n * (gsize) self->base.width)
                + b2_arena_bytes_for_floats (n * (gsize) self->config.mlp_width);

  return n_keys == 0 ? bytes : bytes + b2_arena_bytes_for_floats ((gsize) self->base.n_heads * n * n_keys);
}

/* Of a step of @n rows, which has keys and values of its own. */
static gsize
step_bytes (const Opt *self, gsize n)
{
  return pass_bytes (self, n, 0) + 2 * b2_arena_bytes_for_floats (n * (gsize) self->base.width);
}

/* Of reading a prompt, whose first is read with the picture, and of the steps after it. */
static gsize
prompt_bytes (const Opt *self, int n_rows, int n_beams)
{
  return MAX (pass_bytes (self, (gsize) n_rows, 0), step_bytes (self, (gsize) n_beams));
}

static void
opt_memory (B2Lm *lm, int n_query, int n_prompt, int n_beams, int max_new, B2LmMemory *out)
{
  const Opt *self = (const Opt *) lm;
  int n_rows = n_query + n_prompt;

  /* Packed products read the picture and the first prompt together: rows_are_independent(). */
  *out = (B2LmMemory){ .pass_bytes = prompt_bytes (self,
                                                   b2_kernels_get ()->gemm[self->layers[0].q.type] != NULL
                                                       ? n_rows
                                                       : MAX (n_query, n_prompt),
                                                   n_beams),
                       .untouched_bytes = b2_lm_untouched_bytes (&self->positions, 1) };
  b2_decoder_memory (lm, self->config.head_width, n_rows, n_beams, max_new, out);
}

/* ---- running ---------------------------------------------------------------- */

/* One pass over @n rows. */
typedef struct
{
  float *x, *h, *q, *context; /* [n, d] */
  float *wide; /* [n, ffn] */
  gsize n;
  int first; /* position of row 0 in the prefix; not for a step */
  gsize n_image; /* of the n, in front: rows of a picture that attend as if the others were not there yet */
  float *map; /* (nullable): [heads, n, first + n]: of the layer at hand */
  float *attention; /* (nullable): as in replay */
  B2LmState *const *states; /* [n_states]: of a step */
  int n_states;
  float *keys, *values; /* [n, d]: of a step */
} Pass;

static Pass
begin_pass (B2DecoderState *s, int n_rows, int first)
{
  Opt *self = (Opt *) s->base.lm;
  gsize n = (gsize) n_rows, d = (gsize) self->base.width;
  Pass p = { .n = n, .first = first };

  p.x = b2_arena_floats (s->arena, n * d);
  p.h = b2_arena_floats (s->arena, n * d);
  p.q = b2_arena_floats (s->arena, n * d);
  p.context = b2_arena_floats (s->arena, n * d);
  p.wide = b2_arena_floats (s->arena, n * (gsize) self->config.mlp_width);
  return p;
}

static void
embed_token (B2DecoderState *s, gint32 id, int position, float *out)
{
  Opt *self = (Opt *) s->base.lm;
  float *row = s->base.compute->scratch[0];

  b2_linear_row (s->base.compute, &self->tokens, id, out);
  b2_linear_row (s->base.compute, &self->positions, position + POSITION_OFFSET, row);
  b2_add (row, out, (gsize) self->base.width);
}

static void
run_ffn (B2DecoderState *s, const Layer *l, const Pass *p)
{
  Opt *self = (Opt *) s->base.lm;
  B2Compute *compute = s->base.compute;
  gsize d = (gsize) self->base.width, ffn = (gsize) self->config.mlp_width;

  b2_norm_forward (compute, &l->norm2, p->x, p->n, p->h);
  b2_linear_run (
      compute, p->h, p->n, d,
      &(B2LinearOut){ .linear = &l->fc1, .y = p->wide, .ldy = ffn, .activation = self->activation }, 1);
  b2_linear_run (compute, p->wide, p->n, ffn,
                 &(B2LinearOut){ .linear = &l->fc2, .y = p->x, .ldy = d, .residual = p->x }, 1);
}

/* Queries into p->q, keys and values to where the cache has them. */
static void
project (B2DecoderState *s, const Layer *l, const Pass *p, float *keys, float *values)
{
  B2Compute *compute = s->base.compute;
  gsize d = (gsize) s->base.lm->width;
  const B2LinearOut outs[] = { { .linear = &l->q, .y = p->q, .ldy = d },
                               { .linear = &l->k, .y = keys, .ldy = d },
                               { .linear = &l->v, .y = values, .ldy = d } };

  b2_norm_forward (compute, &l->norm1, p->x, p->n, p->h);
  b2_linear_run (compute, p->h, p->n, d, outs, G_N_ELEMENTS (outs));
}

static void
finish_attention (B2DecoderState *s, const Layer *l, const Pass *p)
{
  gsize d = (gsize) s->base.lm->width;

  b2_linear_run (s->base.compute, p->context, p->n, d,
                 &(B2LinearOut){ .linear = &l->out, .y = p->x, .ldy = d, .residual = p->x }, 1);
  run_ffn (s, l, p);
}

static float
score_scale (B2DecoderState *s)
{
  return (float) (1.0 / sqrt (((Opt *) s->base.lm)->config.head_width));
}

/* Rows [from, to) of the pass, which see those before them. */
static void
attend_prefix (B2DecoderState *s, int i, const Pass *p, gsize from, gsize to)
{
  Opt *self = (Opt *) s->base.lm;
  gsize d = (gsize) self->base.width, first = (gsize) p->first + from;
  B2Attention attention = {
    .n_heads = self->base.n_heads,
    .head_width = self->config.head_width,
    .n_queries = to - from,
    .n_keys = first + (to - from),
    .q = p->q + from * d,
    .k = b2_kv_cache_prefix_keys (s->cache, i),
    .v = b2_kv_cache_prefix_values (s->cache, i),
    .ldq = d,
    .ldk = d,
    .ldv = d,
    .scale = score_scale (s),
    .causal = TRUE,
    .first_causal = first,
    .out = p->context + from * d,
    .ldo = d,
    .map = p->map,
  };

  b2_attention_forward (s->base.compute, &attention);
}

/* Rows first … first + n - 1 of the prefix, which all beams share. */
static void
run_prefix_layer (B2DecoderState *s, int i, gpointer data)
{
  const Pass *p = data;
  Opt *self = (Opt *) s->base.lm;
  gsize at = (gsize) p->first * (gsize) self->base.width;

  project (s, &self->layers[i], p, b2_kv_cache_prefix_keys (s->cache, i) + at,
           b2_kv_cache_prefix_values (s->cache, i) + at);
  if (p->n_image > 0)
    attend_prefix (s, i, p, 0, p->n_image);
  attend_prefix (s, i, p, p->n_image, p->n);
  finish_attention (s, &self->layers[i], p);
  if (p->attention != NULL)
    b2_lm_keep_image_columns (&s->base, p->map, (int) p->n, (gsize) p->first + p->n, i, p->attention);
}

static void
run_step_layer (B2DecoderState *s, int i, gpointer data)
{
  const Pass *p = data;
  const Layer *l = &((Opt *) s->base.lm)->layers[i];

  project (s, l, p, p->keys, p->values);
  b2_decoder_attend_own (p->states, p->n_states, i, p->q, p->keys, p->values, (gsize) s->base.lm->width,
                         score_scale (s), NULL, 0, p->context);
  finish_attention (s, l, p);
}

static void
logits_of (B2DecoderState *s, const float *rows, float *h, gsize n, float *logits)
{
  Opt *self = (Opt *) s->base.lm;

  b2_norm_forward (s->base.compute, &self->final_norm, rows, n, h);
  b2_linear_forward (s->base.compute, &self->tokens, h, n, (gsize) self->base.width, logits,
                     (gsize) self->base.vocab_size);
}

/*
 * Whether a row's values can be made the same in every bit whatever rows go through a layer with it: so it is with packed
 * products. Then the picture's rows and the first prompt's can be read in one pass over the weights, and the next prompt's in
 * a pass of their own, with the same answer.
 */
static gboolean
rows_are_independent (B2DecoderState *s)
{
  Opt *self = (Opt *) s->base.lm;

  for (int i = 0; i < self->base.n_layers; i++)
    {
      const Layer *l = &self->layers[i];
      const B2Linear *all[] = { &l->q, &l->k, &l->v, &l->out, &l->fc1, &l->fc2 };

      for (gsize j = 0; j < G_N_ELEMENTS (all); j++)
        if (!b2_linear_is_packed (s->base.compute, all[j]))
          return FALSE;
    }
  return TRUE;
}

/* Rows of the prefix through all layers; see rows_are_independent(). @done, @total: for progress */
static gboolean
read_prefix (B2DecoderState *s, Pass *p, int done, int total, const B2Watch *watch, GError **error)
{
  gboolean ok;

  s->base.compute->rows_alike = TRUE;
  ok = b2_decoder_run_layers (s, s->base.lm->n_layers, done, total, run_prefix_layer, p, watch, error)
       && b2_watch_check (watch, error); /* else some rows may not be there */
  s->base.compute->rows_alike = FALSE;
  return ok;
}

static void
embed_image (B2DecoderState *s, const float *soft_prompt, float *x)
{
  Opt *self = (Opt *) s->base.lm;
  gsize d = (gsize) self->base.width;

  for (gsize r = 0; r < (gsize) s->base.n_query; r++)
    {
      b2_linear_row (s->base.compute, &self->positions, (int) r + POSITION_OFFSET, x + r * d);
      b2_add (soft_prompt + r * d, x + r * d, d);
    }
}

static gboolean
opt_read_image (B2LmState *base, const B2Watch *watch, GError **error)
{
  B2DecoderState *s = (B2DecoderState *) base;
  int n_layers = base->lm->n_layers;
  gsize mark;
  Pass p;
  gboolean ok;

  if (s->unread_image == NULL)
    return TRUE;
  if (!b2_decoder_make_room (s, pass_bytes ((Opt *) base->lm, (gsize) base->n_query, 0), error))
    return FALSE;
  mark = b2_arena_mark (s->arena);
  p = begin_pass (s, base->n_query, 0);
  embed_image (s, s->unread_image, p.x);
  ok = read_prefix (s, &p, 0, n_layers, watch, error);
  if (ok)
    s->unread_image = NULL;
  b2_arena_release (s->arena, mark);
  return ok;
}

static gboolean
opt_set_image (B2LmState *base, const B2LmImage *image, const B2Watch *watch, GError **error)
{
  B2DecoderState *s = (B2DecoderState *) base;

  g_array_set_size (s->read_ids, 0);
  s->unread_image = image->soft_prompt;
  return rows_are_independent (s) || opt_read_image (base, watch, error);
}

/* How many of the prompt's tokens have been read already, in front of it; never the last, whose row tells what comes next. */
static int
n_known (B2DecoderState *s, const gint32 *ids, int n_ids)
{
  const gint32 *known = (const gint32 *) (gpointer) s->read_ids->data;
  int n = 0;

  while (n < n_ids - 1 && n < (int) s->read_ids->len && ids[n] == known[n])
    n++;
  return n >= MIN_KNOWN ? n : 0;
}

static gboolean
opt_prompt (B2LmState *base, const gint32 *ids, int n_ids, int n_beams, int max_new, float *logits,
            const B2Watch *watch, GError **error)
{
  B2DecoderState *s = (B2DecoderState *) base;
  Opt *self = (Opt *) base->lm;
  int n_layers = base->lm->n_layers, known = n_known (s, ids, n_ids), n_new = n_ids - known;
  int n_image = s->unread_image != NULL ? base->n_query : 0, done = n_image > 0 ? 0 : n_layers;
  gsize d = (gsize) base->lm->width, mark;
  Pass p;
  gboolean ok;

  /* For the steps, too, which allocate nothing. */
  if (!b2_decoder_make_room (s, prompt_bytes (self, n_image + n_new, n_beams), error))
    return FALSE;
  mark = b2_arena_mark (s->arena);
  p = begin_pass (s, n_image + n_new, base->n_query - n_image + known);
  p.n_image = (gsize) n_image;
  if (n_image > 0)
    embed_image (s, s->unread_image, p.x);
  for (int r = 0; r < n_new; r++)
    embed_token (s, ids[known + r], base->n_query + known + r, p.x + (gsize) (n_image + r) * d);
  /* Those behind are about to be written over. */
  g_array_set_size (s->read_ids, (guint) known);
  s->n_rows_read += (guint64) n_new;
  ok = b2_kv_cache_begin_tail (s->cache, n_beams, max_new, error)
       && read_prefix (s, &p, done, done + n_layers, watch, error);
  if (ok)
    {
      s->unread_image = NULL;
      g_array_append_vals (s->read_ids, ids + known, (guint) n_new);
      s->n_prompt = base->n_query + n_ids;
      s->last_prompt_id = ids[n_ids - 1];
      s->n_beams = n_beams;
      b2_kv_cache_set_prefix (s->cache, s->n_prompt);
      logits_of (s, p.x + (gsize) (n_image + n_new - 1) * d, p.h, 1, logits);
    }
  b2_arena_release (s->arena, mark);
  return ok;
}

/* The rows are put together in the first state's scratch. */
static gboolean
opt_step_many (B2LmState *const *states, int n_states, const gint32 *ids, const gint32 *parents,
               float *logits, const B2Watch *watch, GError **error)
{
  B2DecoderState *s = (B2DecoderState *) states[0];
  gsize n_rows = b2_decoder_count_beams (states, n_states), d = (gsize) s->base.lm->width, r = 0, mark;
  Pass p;
  gboolean ok;

  if (!b2_decoder_make_room (s, step_bytes ((Opt *) s->base.lm, n_rows), error))
    return FALSE;
  mark = b2_arena_mark (s->arena);
  p = begin_pass (s, (int) n_rows, 0);
  p.states = states;
  p.n_states = n_states;
  p.keys = b2_arena_floats (s->arena, n_rows * d);
  p.values = b2_arena_floats (s->arena, n_rows * d);
  b2_decoder_next_step (states, n_states, parents);
  for (int i = 0; i < n_states; i++)
    {
      const B2DecoderState *of = (const B2DecoderState *) states[i];

      for (int b = 0; b < of->n_beams; b++, r++)
        embed_token (s, ids[r], of->n_prompt + b2_kv_cache_n_tail (of->cache) - 1, p.x + r * d);
    }
  ok = b2_decoder_run_layers (s, s->base.lm->n_layers, 0, 0, run_step_layer, &p, watch, error);
  if (ok)
    logits_of (s, p.x, p.h, p.n, logits);
  b2_arena_release (s->arena, mark);
  return ok;
}

static gboolean
opt_step (B2LmState *base, const gint32 *ids, const gint32 *parents, float *logits, const B2Watch *watch,
          GError **error)
{
  return opt_step_many (&base, 1, ids, parents, logits, watch, error);
}

typedef struct
{
  B2DecoderState *state;
  float *h; /* [B2_LM_SCORE_ROWS, d] or more */
} Head;

static void
head_cb (gpointer data, const float *rows, gsize n, float *logits)
{
  const Head *head = data;

  logits_of (head->state, rows, head->h, n, logits);
}

static gboolean
opt_replay (B2LmState *base, const gint32 *ids, int n_ids, float *attention, double *log_probs,
            const B2Watch *watch, GError **error)
{
  B2DecoderState *s = (B2DecoderState *) base;
  gsize mark, n_keys = (gsize) (s->n_prompt - 1 + n_ids);
  Pass p;
  gboolean ok;

  if (!b2_decoder_make_room (s, pass_bytes ((Opt *) base->lm, (gsize) n_ids, attention != NULL ? n_keys : 0),
                             error))
    return FALSE;
  mark = b2_arena_mark (s->arena);
  /* The row that chose ids[0] is the prompt's last; ids' own last row chose nothing. */
  p = begin_pass (s, n_ids, s->n_prompt - 1);
  /* From the prompt's last row on, which may now have been summed with other rows. */
  g_array_set_size (s->read_ids, MIN (s->read_ids->len, (guint) (s->n_prompt - 1 - base->n_query)));
  if (attention != NULL)
    p.map = b2_arena_floats (s->arena, (gsize) base->lm->n_heads * p.n * ((gsize) p.first + p.n));
  p.attention = attention;
  for (int r = 0; r < n_ids; r++)
    embed_token (s, r == 0 ? s->last_prompt_id : ids[r - 1], p.first + r,
                 p.x + (gsize) r * (gsize) base->lm->width);
  ok = b2_decoder_run_layers (s, base->lm->n_layers, 0, 0, run_prefix_layer, &p, watch, error)
       && (log_probs == NULL
           || b2_lm_score_rows (base->lm, p.x, ids, n_ids, head_cb, &(Head){ s, p.h }, log_probs, watch,
                                error));
  b2_arena_release (s->arena, mark);
  return ok;
}

static const B2Linear *
opt_embeddings (B2Lm *lm)
{
  return &((Opt *) lm)->tokens;
}

static void
opt_cost (B2Lm *lm, int n_image, int n_rows, gboolean step, B2Cost *out)
{
  Opt *self = (Opt *) lm;
  double n = step ? n_rows : n_image + n_rows;

  for (int i = 0; i < lm->n_layers; i++)
    {
      const Layer *l = &self->layers[i];
      const B2Linear *all[] = { &l->q, &l->k, &l->v, &l->out, &l->fc1, &l->fc2 };

      for (gsize j = 0; j < G_N_ELEMENTS (all); j++)
        b2_cost_add_linear (out, all[j], n);
      if (!step) /* causal: on average each row sees half of them */
        b2_cost_add_attention (out, n, (n + 1) / 2, lm->width);
    }
  b2_cost_add_linear (out, &self->tokens, step ? n_rows : 1);
}

const B2LmFamily b2_lm_opt = {
  .model_type = "opt",
  .question_format = "Question: %s Answer:",
  .sees_prompt = TRUE,
  .bind = opt_bind,
  .free = opt_free,
  .state_new = opt_state_new,
  .state_free = b2_decoder_state_free,
  .set_image = opt_set_image,
  .read_image = opt_read_image,
  .prompt = opt_prompt,
  .step = opt_step,
  .step_many = opt_step_many,
  .replay = opt_replay,
  .embeddings = opt_embeddings,
  .memory = opt_memory,
  .cost = opt_cost,
};
