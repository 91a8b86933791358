/*
 * Flan-T5 (Raffel et al. 2020, arXiv:1910.10683; Chung et al. 2022, arXiv:2210.11416): encoder and decoder,
 * RMS norm, gated feed-forward, no biases, scores not scaled, relative position buckets in the first block.
 */
#include "engine/models/lm.h"

#include <math.h>
#include <string.h>

#include "engine/models/activations.h"
#include "engine/models/t5-bias.h"
#include "engine/nn/attention.h"
#include "engine/nn/kv-cache.h"

/* T5 has no position table; the limit keeps the working memory of hostile prompts in bounds. */
#define MAX_POSITIONS 2048

typedef struct
{
  B2Linear q, k, v; /* [heads · d_kv, d] */
  B2Linear o;       /* [d, heads · d_kv] */
  B2Norm norm;      /* [d], before it */
} Heads;

typedef struct
{
  B2Linear wi_0;    /* [d_ff, d]; wi where not gated */
  B2Linear wi_1;    /* [d_ff, d]; gated */
  B2Linear wo;      /* [d, d_ff] */
  B2Norm norm;      /* [d], before it */
} Ffn;

typedef struct
{
  Heads self;
  Heads cross;      /* decoder */
  Ffn ffn;
} Layer;

typedef struct
{
  Layer *layers;
  int n_layers;
  const float *bias; /* [n_buckets, heads] */
  B2Norm final_norm;
} Stack;

typedef struct
{
  B2Lm base;
  B2LmConfig config;
  B2ActivationFunc activation;
  B2Linear shared;   /* [vocab, d] */
  B2Linear head;     /* [vocab, d]; shared where tied */
  Stack encoder, decoder;
} T5;

typedef struct
{
  B2LmState base;
  B2KvCache *cache;          /* of the decoder's self-attention */
  B2Arena *arena;            /* scratch of a pass */
  B2Arena *cross_arena;
  float *cross_kv;           /* [layers, 2, n_encoder, inner] */
  const float *soft_prompt;  /* [n_query, d]; the session's */
  float *back_bias;          /* [heads, MAX_POSITIONS]: decoder bias by steps back */
  int n_encoder;             /* rows of image and prompt */
  int n_beams;
} T5State;

/* ---- binding ---------------------------------------------------------------- */

static gboolean
bind_heads (T5 *self, B2Binder *b, Heads *out, const char *stack, int i, int sub, const char *name, GError **error)
{
  int d = self->config.width, inner = self->config.n_heads * self->config.head_width;
  g_autofree char *at = g_strdup_printf ("language_model.%s.block.%d.layer.%d", stack, i, sub);

  return b2_bind_linear (b, &out->q, inner, d, FALSE, error, "%s.%s.q", at, name)
         && b2_bind_linear (b, &out->k, inner, d, FALSE, error, "%s.%s.k", at, name)
         && b2_bind_linear (b, &out->v, inner, d, FALSE, error, "%s.%s.v", at, name)
         && b2_bind_linear (b, &out->o, d, inner, FALSE, error, "%s.%s.o", at, name)
         && b2_bind_norm (b, &out->norm, d, self->config.eps, TRUE, error, "%s.layer_norm", at);
}

static gboolean
bind_ffn (T5 *self, B2Binder *b, Ffn *out, const char *stack, int i, int sub, GError **error)
{
  int d = self->config.width, ff = self->config.mlp_width;
  g_autofree char *at = g_strdup_printf ("language_model.%s.block.%d.layer.%d", stack, i, sub);

  if (self->config.gated
          ? !b2_bind_linear (b, &out->wi_0, ff, d, FALSE, error, "%s.DenseReluDense.wi_0", at)
                || !b2_bind_linear (b, &out->wi_1, ff, d, FALSE, error, "%s.DenseReluDense.wi_1", at)
          : !b2_bind_linear (b, &out->wi_0, ff, d, FALSE, error, "%s.DenseReluDense.wi", at))
    return FALSE;
  return b2_bind_linear (b, &out->wo, d, ff, FALSE, error, "%s.DenseReluDense.wo", at)
         && b2_bind_norm (b, &out->norm, d, self->config.eps, TRUE, error, "%s.layer_norm", at);
}

static gboolean
bind_stack (T5 *self, B2Binder *b, Stack *stack, const char *name, int n_layers, gboolean with_cross, GError **error)
{
  const gint64 bias_shape[] = { self->config.n_buckets, self->config.n_heads };

  stack->n_layers = n_layers;
  stack->layers = g_new0 (Layer, n_layers);
  if (!b2_bind_vector (b, &stack->bias, 2, bias_shape, error,
                       "language_model.%s.block.0.layer.0.SelfAttention.relative_attention_bias.weight", name))
    return FALSE;
  for (int i = 0; i < n_layers; i++)
    {
      Layer *l = &stack->layers[i];

      if (!bind_heads (self, b, &l->self, name, i, 0, "SelfAttention", error)
          || (with_cross && !bind_heads (self, b, &l->cross, name, i, 1, "EncDecAttention", error))
          || !bind_ffn (self, b, &l->ffn, name, i, with_cross ? 2 : 1, error))
        return FALSE;
    }
  return b2_bind_norm (b, &stack->final_norm, self->config.width, self->config.eps, TRUE, error,
                       "language_model.%s.final_layer_norm", name);
}

static gboolean
bind_all (T5 *self, B2Binder *b, GError **error)
{
  const B2LmConfig *c = &self->config;
  const gint64 shape[] = { c->vocab_size, c->width };

  if (!b2_bind_matrix (b, &self->shared, 2, shape, error, "language_model.shared.weight"))
    return FALSE;
  if (c->tied)
    self->head = self->shared;
  else if (!b2_bind_matrix (b, &self->head, 2, shape, error, "language_model.lm_head.weight"))
    return FALSE;
  return bind_stack (self, b, &self->encoder, "encoder", c->n_layers, FALSE, error)
         && bind_stack (self, b, &self->decoder, "decoder", c->n_decoder_layers, TRUE, error);
}

static void
t5_free (B2Lm *lm)
{
  T5 *self = (T5 *) lm;

  if (self == NULL)
    return;
  g_free (self->encoder.layers);
  g_free (self->decoder.layers);
  g_free (self);
}

static B2Lm *
t5_bind (B2Binder *binder, const B2LmConfig *config, GError **error)
{
  T5 *self = g_new0 (T5, 1);

  self->base = (B2Lm) { .family = &b2_lm_t5, .n_layers = config->n_decoder_layers, .n_heads = config->n_heads,
                        .width = config->width, .vocab_size = config->vocab_size, .max_positions = MAX_POSITIONS,
                        .bos_id = config->bos_id };
  self->config = *config;
  self->activation = b2_activation_func (config->activation);
  if (!bind_all (self, binder, error))
    {
      t5_free (&self->base);
      return NULL;
    }
  return &self->base;
}

/* ---- state ------------------------------------------------------------------ */

static gsize
inner_width (T5 *self)
{
  return (gsize) self->config.n_heads * (gsize) self->config.head_width;
}

static void
t5_state_free (B2LmState *base)
{
  T5State *s = (T5State *) base;

  if (s == NULL)
    return;
  b2_kv_cache_free (s->cache);
  b2_arena_free (s->arena);
  b2_arena_free (s->cross_arena);
  g_free (s->back_bias);
  g_free (s);
}

static void
fill_back_bias (T5 *self, float *out)
{
  for (int t = 0; t < MAX_POSITIONS; t++)
    {
      int bucket = b2_t5_bucket (-t, FALSE, self->config.n_buckets, self->config.max_distance);

      for (int h = 0; h < self->config.n_heads; h++)
        out[(gsize) h * MAX_POSITIONS + (gsize) t] = self->decoder.bias[bucket * self->config.n_heads + h];
    }
}

static B2LmState *
t5_state_new (B2Lm *lm, B2Compute *compute, int n_query, GError **error)
{
  T5 *self = (T5 *) lm;
  T5State *s = g_new0 (T5State, 1);
  gsize n = MAX_POSITIONS, d = (gsize) lm->width, inner = inner_width (self), ff = (gsize) self->config.mlp_width;
  gsize heads = (gsize) lm->n_heads;
  gsize bytes = 2 * b2_arena_bytes_for_floats (n * d) + 4 * b2_arena_bytes_for_floats (n * inner)
                + 2 * b2_arena_bytes_for_floats (n * ff) + b2_arena_bytes_for_floats (heads * (2 * n - 1))
                + b2_arena_bytes_for_floats (heads * n * n);

  s->base = (B2LmState) { .lm = lm, .compute = compute, .n_query = n_query };
  s->back_bias = g_new (float, heads * n);
  fill_back_bias (self, s->back_bias);
  s->cache = b2_kv_cache_new (lm->n_layers, lm->n_heads, self->config.head_width, MAX_POSITIONS, error);
  s->arena = s->cache != NULL ? b2_arena_new (bytes, error) : NULL;
  if (s->arena == NULL)
    {
      t5_state_free (&s->base);
      return NULL;
    }
  return &s->base;
}

/* ---- layers ------------------------------------------------------------------ */

/* Buffers of one pass over @n rows. */
typedef struct
{
  float *x, *h;              /* [n, d] */
  float *q, *k, *v, *context; /* [n, inner] */
  float *wide, *gate;        /* [n, d_ff] */
} Buffers;

static Buffers
take_buffers (T5State *s, gsize n)
{
  T5 *self = (T5 *) s->base.lm;
  gsize d = (gsize) self->base.width, inner = inner_width (self), ff = (gsize) self->config.mlp_width;
  Buffers b;

  b.x = b2_arena_floats (s->arena, n * d);
  b.h = b2_arena_floats (s->arena, n * d);
  b.q = b2_arena_floats (s->arena, n * inner);
  b.k = b2_arena_floats (s->arena, n * inner);
  b.v = b2_arena_floats (s->arena, n * inner);
  b.context = b2_arena_floats (s->arena, n * inner);
  b.wide = b2_arena_floats (s->arena, n * ff);
  b.gate = b2_arena_floats (s->arena, n * ff);
  return b;
}

static void
run_ffn (T5State *s, const Ffn *ffn, const Buffers *b, gsize n)
{
  T5 *self = (T5 *) s->base.lm;
  B2Compute *compute = s->base.compute;
  gsize d = (gsize) self->base.width, ff = (gsize) self->config.mlp_width;

  b2_norm_forward (compute, &ffn->norm, b->x, n, b->h);
  b2_linear_forward (compute, &ffn->wi_0, b->h, n, d, b->wide, ff);
  b2_activation_forward (compute, self->activation, b->wide, n, ff);
  if (self->config.gated)
    {
      b2_linear_forward (compute, &ffn->wi_1, b->h, n, d, b->gate, ff);
      for (gsize i = 0; i < n * ff; i++)
        b->wide[i] *= b->gate[i];
    }
  b2_linear_forward (compute, &ffn->wo, b->wide, n, ff, b->h, d);
  b2_add (b->h, b->x, n * d);
}

/* x += o (context) */
static void
add_heads (T5State *s, const Heads *heads, const Buffers *b, gsize n)
{
  gsize d = (gsize) s->base.lm->width;

  b2_linear_forward (s->base.compute, &heads->o, b->context, n, (gsize) heads->o.n_in, b->h, d);
  b2_add (b->h, b->x, n * d);
}

static B2Attention
attention_over (T5 *self, const Buffers *b, gsize n_queries, const float *k, const float *v, gsize n_keys)
{
  gsize inner = inner_width (self);

  return (B2Attention) { .n_heads = self->config.n_heads, .head_width = self->config.head_width,
                         .n_queries = n_queries, .n_keys = n_keys, .q = b->q, .k = k, .v = v,
                         .ldq = inner, .ldk = inner, .ldv = inner, .scale = 1.0f, .out = b->context,
                         .ldo = inner };
}

static float *
cross_keys (T5State *s, int layer)
{
  return s->cross_kv + (gsize) layer * 2 * (gsize) s->n_encoder * inner_width ((T5 *) s->base.lm);
}

static void
attend_encoder (T5State *s, int i, const Buffers *b, gsize n, float *map)
{
  T5 *self = (T5 *) s->base.lm;
  const Heads *cross = &self->decoder.layers[i].cross;
  B2Compute *compute = s->base.compute;
  gsize inner = inner_width (self), n_keys = (gsize) s->n_encoder;
  const float *keys = cross_keys (s, i);
  B2Attention attention = attention_over (self, b, n, keys, keys + n_keys * inner, n_keys);

  attention.map = map;
  b2_norm_forward (compute, &cross->norm, b->x, n, b->h);
  b2_linear_forward (compute, &cross->q, b->h, n, (gsize) self->base.width, b->q, inner);
  b2_attention_forward (compute, &attention);
  add_heads (s, cross, b, n);
}

static void
logits_of (T5State *s, const float *rows, float *h, gsize n, float *logits)
{
  T5 *self = (T5 *) s->base.lm;
  gsize d = (gsize) self->base.width;

  b2_norm_forward (s->base.compute, &self->decoder.final_norm, rows, n, h);
  if (self->config.tied)
    for (gsize i = 0; i < n * d; i++)
      h[i] *= (float) (1.0 / sqrt ((double) d));
  b2_linear_forward (s->base.compute, &self->head, h, n, d, logits, (gsize) self->base.vocab_size);
}

/* ---- encoder ------------------------------------------------------------------ */

static void
run_encoder_layer (T5State *s, int i, const Buffers *b, gsize n, const float *bias)
{
  T5 *self = (T5 *) s->base.lm;
  const Layer *l = &self->encoder.layers[i];
  B2Compute *compute = s->base.compute;
  gsize d = (gsize) self->base.width, inner = inner_width (self);
  B2Attention attention = attention_over (self, b, n, b->k, b->v, n);

  attention.relative_bias = bias;
  attention.relative_stride = 2 * n - 1;
  attention.relative_origin = (gssize) n - 1;
  b2_norm_forward (compute, &l->self.norm, b->x, n, b->h);
  b2_linear_forward (compute, &l->self.q, b->h, n, d, b->q, inner);
  b2_linear_forward (compute, &l->self.k, b->h, n, d, b->k, inner);
  b2_linear_forward (compute, &l->self.v, b->h, n, d, b->v, inner);
  b2_attention_forward (compute, &attention);
  add_heads (s, &l->self, b, n);
  run_ffn (s, &l->ffn, b, n);
}

static gboolean
make_room_for_cross (T5State *s, GError **error)
{
  T5 *self = (T5 *) s->base.lm;
  gsize n = (gsize) self->decoder.n_layers * 2 * (gsize) s->n_encoder * inner_width (self);

  g_clear_pointer (&s->cross_arena, b2_arena_free);
  s->cross_arena = b2_arena_new (b2_arena_bytes_for_floats (n), error);
  if (s->cross_arena == NULL)
    return FALSE;
  s->cross_kv = b2_arena_floats (s->cross_arena, n);
  return TRUE;
}

/* Image rows and prompt through the encoder; leaves each decoder layer's keys and values of it. */
static gboolean
encode (T5State *s, const gint32 *ids, int n_ids, const B2Watch *watch, GError **error)
{
  T5 *self = (T5 *) s->base.lm;
  B2Compute *compute = s->base.compute;
  int total = self->encoder.n_layers + self->decoder.n_layers;
  gsize n_query = (gsize) s->base.n_query, n = (gsize) s->n_encoder, d = (gsize) self->base.width;
  gsize inner = inner_width (self), mark = b2_arena_mark (s->arena);
  Buffers b = take_buffers (s, n);
  float *bias = b2_arena_floats (s->arena, (gsize) self->base.n_heads * (2 * n - 1));

  b2_t5_bias_table (self->encoder.bias, self->base.n_heads, self->config.n_buckets, self->config.max_distance, TRUE,
                    (int) n, bias);
  memcpy (b.x, s->soft_prompt, n_query * d * sizeof *b.x);
  for (int r = 0; r < n_ids; r++)
    b2_linear_row (compute, &self->shared, ids[r], b.x + (n_query + (gsize) r) * d);
  for (int i = 0; i < self->encoder.n_layers; i++)
    {
      if (!b2_watch_step (watch, B2_PHASE_PREFILL, i, total, error))
        return FALSE;
      run_encoder_layer (s, i, &b, n, bias);
    }
  b2_norm_forward (compute, &self->encoder.final_norm, b.x, n, b.x);
  for (int i = 0; i < self->decoder.n_layers; i++)
    {
      const Heads *cross = &self->decoder.layers[i].cross;

      if (!b2_watch_step (watch, B2_PHASE_PREFILL, self->encoder.n_layers + i, total, error))
        return FALSE;
      b2_linear_forward (compute, &cross->k, b.x, n, d, cross_keys (s, i), inner);
      b2_linear_forward (compute, &cross->v, b.x, n, d, cross_keys (s, i) + n * inner, inner);
    }
  b2_arena_release (s->arena, mark);
  return TRUE;
}

/* ---- decoder ------------------------------------------------------------------ */

/* Rows 0 … n - 1 of the decoder's prefix through layer @i; @bias: [heads, 2 n - 1]. */
static void
run_prefix_layer (T5State *s, int i, const Buffers *b, gsize n, const float *bias, float *cross_map)
{
  T5 *self = (T5 *) s->base.lm;
  const Layer *l = &self->decoder.layers[i];
  B2Compute *compute = s->base.compute;
  gsize d = (gsize) self->base.width, inner = inner_width (self);
  float *keys = b2_kv_cache_prefix_keys (s->cache, i), *values = b2_kv_cache_prefix_values (s->cache, i);
  B2Attention attention = attention_over (self, b, n, keys, values, n);

  attention.causal = TRUE;
  attention.relative_bias = bias;
  attention.relative_stride = 2 * n - 1;
  attention.relative_origin = (gssize) n - 1;
  b2_norm_forward (compute, &l->self.norm, b->x, n, b->h);
  b2_linear_forward (compute, &l->self.q, b->h, n, d, b->q, inner);
  b2_linear_forward (compute, &l->self.k, b->h, n, d, keys, inner);
  b2_linear_forward (compute, &l->self.v, b->h, n, d, values, inner);
  b2_attention_forward (compute, &attention);
  add_heads (s, &l->self, b, n);
  attend_encoder (s, i, b, n, cross_map);
  run_ffn (s, &l->ffn, b, n);
}

/* The start token and all but the last of @ids, in one causal pass; @attention as in replay, or NULL. */
static gboolean
run_prefix (T5State *s, const gint32 *ids, int n_ids, float *attention, float *logits, const B2Watch *watch,
            GError **error)
{
  T5 *self = (T5 *) s->base.lm;
  gsize n = (gsize) n_ids, d = (gsize) self->base.width, mark = b2_arena_mark (s->arena);
  gsize heads = (gsize) self->base.n_heads;
  Buffers b = take_buffers (s, n);
  float *bias = b2_arena_floats (s->arena, heads * (2 * n - 1));
  float *map = attention != NULL ? b2_arena_floats (s->arena, heads * n * (gsize) s->n_encoder) : NULL;
  gboolean ok = TRUE;

  b2_t5_bias_table (self->decoder.bias, self->base.n_heads, self->config.n_buckets, self->config.max_distance, FALSE,
                    n_ids, bias);
  for (int r = 0; r < n_ids; r++)
    b2_linear_row (s->base.compute, &self->shared, r == 0 ? self->config.decoder_start_id : ids[r - 1],
                   b.x + (gsize) r * d);
  for (int i = 0; ok && i < self->decoder.n_layers; i++)
    {
      ok = watch == NULL || b2_cancel_check (watch->cancel, error);
      if (!ok)
        break;
      run_prefix_layer (s, i, &b, n, bias, map);
      if (map != NULL)
        b2_lm_keep_image_columns (&s->base, map, n_ids, (gsize) s->n_encoder, i, attention);
    }
  if (ok && logits != NULL)
    logits_of (s, b.x + (n - 1) * d, b.h, 1, logits);
  b2_arena_release (s->arena, mark);
  return ok;
}

static gboolean
t5_set_image (B2LmState *base, const B2LmImage *image, const B2Watch *watch, GError **error)
{
  ((T5State *) base)->soft_prompt = image->soft_prompt;
  return TRUE;
}

static gboolean
t5_prompt (B2LmState *base, const gint32 *ids, int n_ids, int n_beams, int max_new, float *logits,
           const B2Watch *watch, GError **error)
{
  T5State *s = (T5State *) base;
  gsize mark = b2_arena_mark (s->arena);

  s->n_encoder = base->n_query + n_ids;
  s->n_beams = n_beams;
  if (!make_room_for_cross (s, error) || !b2_kv_cache_begin_tail (s->cache, n_beams, max_new, error))
    return FALSE;
  if (!encode (s, ids, n_ids, watch, error) || !run_prefix (s, NULL, 1, NULL, logits, watch, error))
    {
      b2_arena_release (s->arena, mark);
      return FALSE;
    }
  b2_kv_cache_set_prefix (s->cache, 1);
  return TRUE;
}

static void
run_step_layer (T5State *s, int i, const Buffers *b, gsize n)
{
  T5 *self = (T5 *) s->base.lm;
  const Layer *l = &self->decoder.layers[i];
  B2Compute *compute = s->base.compute;
  gsize d = (gsize) self->base.width, inner = inner_width (self);

  b2_norm_forward (compute, &l->self.norm, b->x, n, b->h);
  b2_linear_forward (compute, &l->self.q, b->h, n, d, b->q, inner);
  b2_linear_forward (compute, &l->self.k, b->h, n, d, b2_kv_cache_tail_keys (s->cache, i), inner);
  b2_linear_forward (compute, &l->self.v, b->h, n, d, b2_kv_cache_tail_values (s->cache, i), inner);
  b2_kv_cache_attend (s->cache, compute, i, b->q, 1.0f, s->back_bias, MAX_POSITIONS, b->context);
  add_heads (s, &l->self, b, n);
  attend_encoder (s, i, b, n, NULL);
  run_ffn (s, &l->ffn, b, n);
}

static gboolean
t5_step (B2LmState *base, const gint32 *ids, const gint32 *parents, float *logits, const B2Watch *watch,
         GError **error)
{
  T5State *s = (T5State *) base;
  T5 *self = (T5 *) base->lm;
  gsize d = (gsize) self->base.width, mark = b2_arena_mark (s->arena), n = (gsize) s->n_beams;
  Buffers b = take_buffers (s, n);
  gboolean ok = TRUE;

  b2_kv_cache_next_step (s->cache, parents);
  for (gsize r = 0; r < n; r++)
    b2_linear_row (base->compute, &self->shared, ids[r], b.x + r * d);
  for (int i = 0; ok && i < self->decoder.n_layers; i++)
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
t5_replay (B2LmState *base, const gint32 *ids, int n_ids, float *attention, const B2Watch *watch, GError **error)
{
  return run_prefix ((T5State *) base, ids, n_ids, attention, NULL, watch, error);
}

static void
add_stack_cost (const Stack *stack, int n_rows, gboolean cross, int n_encoder, gboolean gated, B2LmCost *out)
{
  B2LmCost one = { 0 };
  const Layer *l = &stack->layers[0];
  const B2Linear *all[] = { &l->self.q, &l->self.k, &l->self.v, &l->self.o, &l->ffn.wi_0, &l->ffn.wo };

  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    b2_lm_add_linear_cost (all[i], n_rows, &one);
  if (gated)
    b2_lm_add_linear_cost (&l->ffn.wi_1, n_rows, &one);
  if (cross)
    {
      b2_lm_add_linear_cost (&l->cross.q, n_rows, &one);
      b2_lm_add_linear_cost (&l->cross.o, n_rows, &one);
      if (n_encoder > 0)
        {
          b2_lm_add_linear_cost (&l->cross.k, n_encoder, &one);
          b2_lm_add_linear_cost (&l->cross.v, n_encoder, &one);
        }
    }
  out->flops += one.flops * stack->n_layers;
  out->weight_bytes += one.weight_bytes * stack->n_layers;
}

static void
t5_cost (B2Lm *lm, int n_rows, gboolean step, B2LmCost *out)
{
  T5 *self = (T5 *) lm;

  *out = (B2LmCost) { 0 };
  if (!step)
    add_stack_cost (&self->encoder, n_rows, FALSE, 0, self->config.gated, out);
  add_stack_cost (&self->decoder, step ? n_rows : 1, TRUE, step ? 0 : n_rows, self->config.gated, out);
  b2_lm_add_linear_cost (&self->head, step ? n_rows : 1, out);
}

const B2LmFamily b2_lm_t5 = {
  .model_type = "t5",
  .question_format = "Question: %s Short answer:",
  .sees_prompt = FALSE,
  .bind = t5_bind,
  .free = t5_free,
  .state_new = t5_state_new,
  .state_free = t5_state_free,
  .set_image = t5_set_image,
  .prompt = t5_prompt,
  .step = t5_step,
  .replay = t5_replay,
  .cost = t5_cost,
};
