/* OPT (Zhang et al. 2022, arXiv:2205.01068): pre-norm decoder, ReLU, learned positions offset by two, tied head. */
#include "engine/models/lm.h"

#include <math.h>
#include <string.h>

#include "engine/models/activations.h"
#include "engine/nn/attention.h"
#include "engine/nn/kv-cache.h"

/* transformers' OPTLearnedPositionalEmbedding keeps two rows in front. */
#define POSITION_OFFSET 2

typedef struct
{
  B2Norm norm1;         /* [d], before the attention */
  B2Linear q, k, v;     /* [d, d] */
  B2Linear out;         /* [d, d] */
  B2Norm norm2;         /* [d], before the feed-forward */
  B2Linear fc1;         /* [ffn, d] */
  B2Linear fc2;         /* [d, ffn] */
} Layer;

typedef struct
{
  B2Lm base;
  B2LmConfig config;
  B2ActivationFunc activation;
  B2Linear tokens;      /* [vocab, d]; the head as well */
  B2Linear positions;   /* [max_positions + 2, d] */
  Layer *layers;
  B2Norm final_norm;
} Opt;

typedef struct
{
  B2LmState base;
  B2KvCache *cache;
  B2Arena *arena;       /* scratch of a pass */
  int n_prompt;         /* rows of image and prompt */
  gint32 last_prompt_id;
  int n_beams;
} OptState;

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

  self->base = (B2Lm) { .family = &b2_lm_opt, .n_layers = config->n_layers, .n_heads = config->n_heads,
                        .width = config->width, .vocab_size = config->vocab_size,
                        .max_positions = config->max_positions,
                        .new_tokens_take_positions = TRUE, .bos_id = config->bos_id };
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

static void
opt_state_free (B2LmState *base)
{
  OptState *s = (OptState *) base;

  if (s == NULL)
    return;
  b2_kv_cache_free (s->cache);
  b2_arena_free (s->arena);
  g_free (s);
}

static B2LmState *
opt_state_new (B2Lm *lm, B2Compute *compute, int n_query, GError **error)
{
  Opt *self = (Opt *) lm;
  OptState *s = g_new0 (OptState, 1);
  gsize n = (gsize) lm->max_positions, d = (gsize) lm->width, ffn = (gsize) self->config.mlp_width;
  gsize bytes = 4 * b2_arena_bytes_for_floats (n * d) + b2_arena_bytes_for_floats (n * ffn)
                + b2_arena_bytes_for_floats ((gsize) lm->n_heads * n * n);

  s->base = (B2LmState) { .lm = lm, .compute = compute, .n_query = n_query };
  s->cache = b2_kv_cache_new (lm->n_layers, lm->n_heads, self->config.head_width, lm->max_positions, error);
  s->arena = s->cache != NULL ? b2_arena_new (bytes, error) : NULL;
  if (s->arena == NULL)
    {
      opt_state_free (&s->base);
      return NULL;
    }
  return &s->base;
}

/* ---- running ---------------------------------------------------------------- */

/* Buffers of one pass over @n rows. */
typedef struct
{
  float *x, *h, *q, *context; /* [n, d] */
  float *wide;                /* [n, ffn] */
} Buffers;

static Buffers
take_buffers (OptState *s, gsize n)
{
  Opt *self = (Opt *) s->base.lm;
  gsize d = (gsize) self->base.width;
  Buffers b = { b2_arena_floats (s->arena, n * d), b2_arena_floats (s->arena, n * d),
                b2_arena_floats (s->arena, n * d), b2_arena_floats (s->arena, n * d),
                b2_arena_floats (s->arena, n * (gsize) self->config.mlp_width) };

  return b;
}

static void
embed_token (OptState *s, gint32 id, int position, float *out)
{
  Opt *self = (Opt *) s->base.lm;
  float *row = s->base.compute->scratch[0];

  b2_linear_row (s->base.compute, &self->tokens, id, out);
  b2_linear_row (s->base.compute, &self->positions, position + POSITION_OFFSET, row);
  b2_add (row, out, (gsize) self->base.width);
}

static void
run_ffn (OptState *s, const Layer *l, const Buffers *b, gsize n)
{
  Opt *self = (Opt *) s->base.lm;
  B2Compute *compute = s->base.compute;
  gsize d = (gsize) self->base.width, ffn = (gsize) self->config.mlp_width;

  b2_norm_forward (compute, &l->norm2, b->x, n, b->h);
  b2_linear_forward (compute, &l->fc1, b->h, n, d, b->wide, ffn);
  b2_activation_forward (compute, self->activation, b->wide, n, ffn);
  b2_linear_forward (compute, &l->fc2, b->wide, n, ffn, b->h, d);
  b2_add (b->h, b->x, n * d);
}

/* Rows first … first + n - 1 of the prefix, whose embeddings are in b->x, through layer @i. */
static void
run_prefix_layer (OptState *s, int i, const Buffers *b, int first, gsize n, float *map)
{
  Opt *self = (Opt *) s->base.lm;
  const Layer *l = &self->layers[i];
  B2Compute *compute = s->base.compute;
  gsize d = (gsize) self->base.width;
  float *keys = b2_kv_cache_prefix_keys (s->cache, i), *values = b2_kv_cache_prefix_values (s->cache, i);
  B2Attention attention = {
    .n_heads = self->base.n_heads, .head_width = self->config.head_width, .n_queries = n,
    .n_keys = (gsize) first + n, .q = b->q, .k = keys, .v = values, .ldq = d, .ldk = d, .ldv = d,
    .scale = (float) (1.0 / sqrt (self->config.head_width)), .causal = TRUE, .first_causal = (gsize) first,
    .out = b->context, .ldo = d, .map = map,
  };

  b2_norm_forward (compute, &l->norm1, b->x, n, b->h);
  b2_linear_forward (compute, &l->q, b->h, n, d, b->q, d);
  b2_linear_forward (compute, &l->k, b->h, n, d, keys + (gsize) first * d, d);
  b2_linear_forward (compute, &l->v, b->h, n, d, values + (gsize) first * d, d);
  b2_attention_forward (compute, &attention);
  b2_linear_forward (compute, &l->out, b->context, n, d, b->h, d);
  b2_add (b->h, b->x, n * d);
  run_ffn (s, l, b, n);
}

static void
logits_of (OptState *s, const float *rows, float *h, gsize n, float *logits)
{
  Opt *self = (Opt *) s->base.lm;

  b2_norm_forward (s->base.compute, &self->final_norm, rows, n, h);
  b2_linear_forward (s->base.compute, &self->tokens, h, n, (gsize) self->base.width, logits,
                     (gsize) self->base.vocab_size);
}

static gboolean
opt_set_image (B2LmState *base, const B2LmImage *image, const B2Watch *watch, GError **error)
{
  OptState *s = (OptState *) base;
  Opt *self = (Opt *) base->lm;
  gsize d = (gsize) self->base.width, mark = b2_arena_mark (s->arena);
  Buffers b = take_buffers (s, (gsize) base->n_query);
  gboolean ok = TRUE;

  for (int r = 0; r < base->n_query; r++)
    {
      b2_linear_row (base->compute, &self->positions, r + POSITION_OFFSET, b.x + (gsize) r * d);
      b2_add (image->soft_prompt + (gsize) r * d, b.x + (gsize) r * d, d);
    }
  b2_kv_cache_set_prefix (s->cache, 0);
  for (int i = 0; ok && i < self->base.n_layers; i++)
    {
      ok = b2_watch_step (watch, B2_PHASE_PREFILL, i, 2 * self->base.n_layers, error);
      if (ok)
        run_prefix_layer (s, i, &b, 0, (gsize) base->n_query, NULL);
    }
  b2_arena_release (s->arena, mark);
  return ok;
}

static gboolean
opt_prompt (B2LmState *base, const gint32 *ids, int n_ids, int n_beams, int max_new, float *logits,
            const B2Watch *watch, GError **error)
{
  OptState *s = (OptState *) base;
  Opt *self = (Opt *) base->lm;
  gsize d = (gsize) self->base.width, mark = b2_arena_mark (s->arena);
  Buffers b = take_buffers (s, (gsize) n_ids);
  gboolean ok = b2_kv_cache_begin_tail (s->cache, n_beams, max_new, error);

  for (int r = 0; r < n_ids; r++)
    embed_token (s, ids[r], base->n_query + r, b.x + (gsize) r * d);
  for (int i = 0; ok && i < self->base.n_layers; i++)
    {
      ok = b2_watch_step (watch, B2_PHASE_PREFILL, self->base.n_layers + i, 2 * self->base.n_layers, error);
      if (ok)
        run_prefix_layer (s, i, &b, base->n_query, (gsize) n_ids, NULL);
    }
  if (ok)
    {
      s->n_prompt = base->n_query + n_ids;
      s->last_prompt_id = ids[n_ids - 1];
      s->n_beams = n_beams;
      b2_kv_cache_set_prefix (s->cache, s->n_prompt);
      logits_of (s, b.x + (gsize) (n_ids - 1) * d, b.h, 1, logits);
    }
  b2_arena_release (s->arena, mark);
  return ok;
}

static void
run_step_layer (OptState *s, int i, const Buffers *b, gsize n)
{
  Opt *self = (Opt *) s->base.lm;
  const Layer *l = &self->layers[i];
  B2Compute *compute = s->base.compute;
  gsize d = (gsize) self->base.width;

  b2_norm_forward (compute, &l->norm1, b->x, n, b->h);
  b2_linear_forward (compute, &l->q, b->h, n, d, b->q, d);
  b2_linear_forward (compute, &l->k, b->h, n, d, b2_kv_cache_tail_keys (s->cache, i), d);
  b2_linear_forward (compute, &l->v, b->h, n, d, b2_kv_cache_tail_values (s->cache, i), d);
  b2_kv_cache_attend (s->cache, compute, i, b->q, (float) (1.0 / sqrt (self->config.head_width)), NULL, 0,
                      b->context);
  b2_linear_forward (compute, &l->out, b->context, n, d, b->h, d);
  b2_add (b->h, b->x, n * d);
  run_ffn (s, l, b, n);
}

static gboolean
opt_step (B2LmState *base, const gint32 *ids, const gint32 *parents, float *logits, const B2Watch *watch,
          GError **error)
{
  OptState *s = (OptState *) base;
  Opt *self = (Opt *) base->lm;
  gsize d = (gsize) self->base.width, mark = b2_arena_mark (s->arena), n = (gsize) s->n_beams;
  Buffers b = take_buffers (s, n);
  gboolean ok = TRUE;

  b2_kv_cache_next_step (s->cache, parents);
  for (gsize r = 0; r < n; r++)
    embed_token (s, ids[r], s->n_prompt + b2_kv_cache_n_tail (s->cache) - 1, b.x + r * d);
  for (int i = 0; ok && i < self->base.n_layers; i++)
    {
      ok = watch == NULL || b2_cancel_check (watch->cancel, error);
      if (ok)
        run_step_layer (s, i, &b, n);
    }
  if (ok)
    logits_of (s, b.x, b.h, n, logits);
  b2_arena_release (s->arena, mark);
  return ok;
}

static gboolean
opt_replay (B2LmState *base, const gint32 *ids, int n_ids, float *attention, const B2Watch *watch, GError **error)
{
  OptState *s = (OptState *) base;
  Opt *self = (Opt *) base->lm;
  /* The row that chose ids[0] is the prompt's last; ids' own last row chose nothing. */
  int first = s->n_prompt - 1;
  gsize d = (gsize) self->base.width, n_keys = (gsize) (first + n_ids), mark = b2_arena_mark (s->arena);
  Buffers b = take_buffers (s, (gsize) n_ids);
  float *map = b2_arena_floats (s->arena, (gsize) self->base.n_heads * (gsize) n_ids * n_keys);
  gboolean ok = TRUE;

  for (int r = 0; r < n_ids; r++)
    embed_token (s, r == 0 ? s->last_prompt_id : ids[r - 1], first + r, b.x + (gsize) r * d);
  for (int i = 0; ok && i < self->base.n_layers; i++)
    {
      ok = watch == NULL || b2_cancel_check (watch->cancel, error);
      if (!ok)
        break;
      run_prefix_layer (s, i, &b, first, (gsize) n_ids, map);
      b2_lm_keep_image_columns (base, map, n_ids, n_keys, i, attention);
    }
  b2_arena_release (s->arena, mark);
  return ok;
}

static void
opt_cost (B2Lm *lm, int n_rows, gboolean step, B2LmCost *out)
{
  Opt *self = (Opt *) lm;
  const Layer *l = &self->layers[0];
  const B2Linear *all[] = { &l->q, &l->k, &l->v, &l->out, &l->fc1, &l->fc2 };

  *out = (B2LmCost) { 0 };
  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    b2_lm_add_linear_cost (all[i], n_rows, out);
  out->flops *= lm->n_layers;
  out->weight_bytes *= lm->n_layers;
  b2_lm_add_linear_cost (&self->tokens, step ? n_rows : 1, out);
}

const B2LmFamily b2_lm_opt = {
  .model_type = "opt",
  .question_format = "Question: %s Answer:",
  .sees_prompt = TRUE,
  .bind = opt_bind,
  .free = opt_free,
  .state_new = opt_state_new,
  .state_free = opt_state_free,
  .set_image = opt_set_image,
  .prompt = opt_prompt,
  .step = opt_step,
  .replay = opt_replay,
  .cost = opt_cost,
};
