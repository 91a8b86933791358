/*
 * Flan-T5 (Raffel et al. 2020, arXiv:1910.10683; Chung et al. 2022, arXiv:2210.11416): encoder and decoder,
 * RMS norm, gated feed-forward, no biases, scores not scaled, relative position buckets in the first block.
 */
#include "engine/models/lm-decoder.h"

#include <math.h>
#include <string.h>

#include "engine/models/activations.h"
#include "engine/models/t5-bias.h"
#include "engine/nn/attention.h"

/* T5 has no position table; the limit keeps the working memory of hostile prompts in bounds. */
#define MAX_POSITIONS 2048

typedef struct
{
  B2Linear q, k, v; /* [heads · d_kv, d] */
  B2Linear o; /* [d, heads · d_kv] */
  B2Norm norm; /* [d], before it */
} Heads;

typedef struct
{
  B2Linear wi_0; /* [d_ff, d]; wi where not gated */
  B2Linear wi_1; /* [d_ff, d]; gated */
  B2Linear wo; /* [d, d_ff] */
  B2Norm norm; /* [d], before it */
} Ffn;

typedef struct
{
  Heads self;
  Heads cross; /* decoder */
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
  B2Linear shared; /* [vocab, d] */
  B2Linear head; /* [vocab, d]; shared where tied */
  Stack encoder, decoder;
} T5;

typedef struct
{
  B2DecoderState decoder;
  B2Arena *cross_arena;
  float *cross_kv; /* [layers, 2, n_encoder, inner] */
  const float *soft_prompt; /* [n_query, d]; the session's */
  float *back_bias; /* [heads, MAX_POSITIONS]: decoder bias by steps back */
  int n_encoder; /* rows of image and prompt */
} T5State;

/* ---- binding ---------------------------------------------------------------- */

static gboolean
bind_heads (T5 *self, B2Binder *b, Heads *out, const char *stack, int i, int sub, const char *name,
            GError **error)
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
bind_stack (T5 *self, B2Binder *b, Stack *stack, const char *name, int n_layers, gboolean with_cross,
            GError **error)
{
  const gint64 bias_shape[] = { self->config.n_buckets, self->config.n_heads };

  stack->n_layers = n_layers;
  stack->layers = g_new0 (Layer, n_layers);
  if (!b2_bind_vector (b, &stack->bias, 2, bias_shape, error,
                       "language_model.%s.block.0.layer.0.SelfAttention.relative_attention_bias.weight",
                       name))
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

  self->base = (B2Lm){ .family = &b2_lm_t5,
                       .n_layers = config->n_decoder_layers,
                       .n_heads = config->n_heads,
                       .width = config->width,
                       .vocab_size = config->vocab_size,
                       .max_positions = MAX_POSITIONS,
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

static T5 *
t5_of (T5State *s)
{
  return (T5 *) s->decoder.base.lm;
}

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
  b2_arena_free (s->cross_arena);
  g_free (s->back_bias);
  b2_decoder_state_free (base);
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
  T5State *s = (T5State *) b2_decoder_state_new (sizeof (T5State), lm, compute, n_query,
                                                 self->config.head_width, MAX_POSITIONS, error);

  if (s == NULL)
    return NULL;
  s->back_bias = g_new (float, (gsize) lm->n_heads *MAX_POSITIONS);
  fill_back_bias (self, s->back_bias);
  return &s->decoder.base;
}

/* Of begin_pass() with @n rows and their bias, and a map over @n_keys keys where that is not 0. */
static gsize
pass_bytes (T5 *self, gsize n, gsize n_keys)
{
  gsize heads = (gsize) self->base.n_heads;
  gsize bytes = 2 * b2_arena_bytes_for_floats (n * (gsize) self->base.width)
                + 4 * b2_arena_bytes_for_floats (n * inner_width (self))
                + 2 * b2_arena_bytes_for_floats (n * (gsize) self->config.mlp_width)
                + b2_arena_bytes_for_floats (heads * (2 * n - 1));

  return n_keys == 0 ? bytes : bytes + b2_arena_bytes_for_floats (heads * n * n_keys);
}

static void
t5_memory (B2Lm *lm, int n_query, int n_prompt, int n_beams, int max_new, B2LmMemory *out)
{
  T5 *self = (T5 *) lm;
  gsize n = (gsize) (n_query + n_prompt);

  *out = (B2LmMemory){ .cache_bytes = sizeof (float)
                                      * ((gsize) self->decoder.n_layers * 2 * n * inner_width (self)
                                         + (gsize) lm->n_heads * MAX_POSITIONS),
                       .pass_bytes = pass_bytes (self, (gsize) MAX ((int) n, n_beams), 0) };
  if (!self->config.tied)
    out->untouched_bytes
        = b2_lm_untouched_bytes (&self->shared, (gsize) n_prompt + (gsize) n_beams * (gsize) max_new);
  b2_decoder_memory (lm, self->config.head_width, 1, n_beams, max_new, out);
}

/* ---- layers ------------------------------------------------------------------ */

/* One pass over @n rows. */
typedef struct
{
  float *x, *h; /* [n, d] */
  float *q, *k, *v, *context; /* [n, inner] */
  float *wide, *gate; /* [n, d_ff] */
  gsize n;
  float *bias; /* [heads, 2 n - 1]: by distance; not for a step */
  float *map; /* (nullable): [heads, n, n_encoder]: cross-attention of the layer at hand */
  float *attention; /* (nullable): as in replay */
  B2LmState *const *states; /* [n_states]: whose rows they are */
  int n_states;
} Pass;

static Pass
begin_pass (T5State *s, gsize n)
{
  T5 *self = t5_of (s);
  B2Arena *arena = s->decoder.arena;
  gsize d = (gsize) self->base.width, inner = inner_width (self), ff = (gsize) self->config.mlp_width;
  Pass p = { .n = n };

  p.x = b2_arena_floats (arena, n * d);
  p.h = b2_arena_floats (arena, n * d);
  p.q = b2_arena_floats (arena, n * inner);
  p.k = b2_arena_floats (arena, n * inner);
  p.v = b2_arena_floats (arena, n * inner);
  p.context = b2_arena_floats (arena, n * inner);
  p.wide = b2_arena_floats (arena, n * ff);
  p.gate = b2_arena_floats (arena, n * ff);
  return p;
}

static void
run_ffn (T5State *s, const Ffn *ffn, const Pass *p)
{
  T5 *self = t5_of (s);
  B2Compute *compute = s->decoder.base.compute;
  gsize n = p->n, d = (gsize) self->base.width, ff = (gsize) self->config.mlp_width;
  const B2LinearOut outs[]
      = { { .linear = &ffn->wi_0, .y = p->wide, .ldy = ff, .activation = self->activation },
          { .linear = &ffn->wi_1, .y = p->gate, .ldy = ff } };

  b2_norm_forward (compute, &ffn->norm, p->x, n, p->h);
  b2_linear_run (compute, p->h, n, d, outs, self->config.gated ? 2 : 1);
  if (self->config.gated)
    for (gsize i = 0; i < n * ff; i++)
      p->wide[i] *= p->gate[i];
  b2_linear_run (compute, p->wide, n, ff,
                 &(B2LinearOut){ .linear = &ffn->wo, .y = p->x, .ldy = d, .residual = p->x }, 1);
}

static void
project (T5State *s, const Heads *heads, const Pass *p, float *keys, float *values)
{
  B2Compute *compute = s->decoder.base.compute;
  gsize d = (gsize) t5_of (s)->base.width, inner = inner_width (t5_of (s));
  const B2LinearOut outs[] = { { .linear = &heads->q, .y = p->q, .ldy = inner },
                               { .linear = &heads->k, .y = keys, .ldy = inner },
                               { .linear = &heads->v, .y = values, .ldy = inner } };

  b2_norm_forward (compute, &heads->norm, p->x, p->n, p->h);
  b2_linear_run (compute, p->h, p->n, d, outs, G_N_ELEMENTS (outs));
}

/* x += o (context) */
static void
add_heads (T5State *s, const Heads *heads, const Pass *p)
{
  gsize d = (gsize) t5_of (s)->base.width;

  b2_linear_run (s->decoder.base.compute, p->context, p->n, (gsize) heads->o.n_in,
                 &(B2LinearOut){ .linear = &heads->o, .y = p->x, .ldy = d, .residual = p->x }, 1);
}

static B2Attention
attention_over (T5 *self, const Pass *p, const float *k, const float *v, gsize n_keys)
{
  gsize inner = inner_width (self);

  return (B2Attention){ .n_heads = self->config.n_heads,
                        .head_width = self->config.head_width,
                        .n_queries = p->n,
                        .n_keys = n_keys,
                        .q = p->q,
                        .k = k,
                        .v = v,
                        .ldq = inner,
                        .ldk = inner,
                        .ldv = inner,
                        .scale = 1.0f,
                        .out = p->context,
                        .ldo = inner };
}

/* Self-attention of all rows of the pass among each other. */
static void
attend_self (T5State *s, const Heads *heads, const Pass *p, float *keys, float *values, gboolean causal)
{
  B2Attention attention = attention_over (t5_of (s), p, keys, values, p->n);

  attention.causal = causal;
  attention.relative_bias = p->bias;
  attention.relative_stride = 2 * p->n - 1;
  attention.relative_origin = (gssize) p->n - 1;
  project (s, heads, p, keys, values);
  b2_attention_forward (s->decoder.base.compute, &attention);
  add_heads (s, heads, p);
}

static float *
cross_keys (T5State *s, int layer)
{
  return s->cross_kv + (gsize) layer * 2 * (gsize) s->n_encoder * inner_width (t5_of (s));
}

/* @n rows of the pass, from @first on, which are of @s. */
static void
attend_encoder_of (T5State *s, int i, const Pass *p, gsize first, gsize n)
{
  gsize inner = inner_width (t5_of (s)), n_keys = (gsize) s->n_encoder;
  const float *keys = cross_keys (s, i);
  B2Attention attention = attention_over (t5_of (s), p, keys, keys + n_keys * inner, n_keys);

  attention.n_queries = n;
  attention.q += first * inner;
  attention.out += first * inner;
  attention.map = p->map;
  b2_attention_forward (s->decoder.base.compute, &attention);
}

static void
attend_encoder (T5State *s, int i, const Pass *p)
{
  T5 *self = t5_of (s);
  const Heads *cross = &self->decoder.layers[i].cross;
  B2Compute *compute = s->decoder.base.compute;
  gsize first = 0;

  b2_norm_forward (compute, &cross->norm, p->x, p->n, p->h);
  b2_linear_forward (compute, &cross->q, p->h, p->n, (gsize) self->base.width, p->q, inner_width (self));
  if (p->states == NULL)
    attend_encoder_of (s, i, p, 0, p->n);
  for (int k = 0; k < p->n_states; k++)
    {
      gsize n = b2_decoder_count_beams (p->states + k, 1);

      attend_encoder_of ((T5State *) p->states[k], i, p, first, n);
      first += n;
    }
  add_heads (s, cross, p);
}

static void
logits_of (T5State *s, const float *rows, float *h, gsize n, float *logits)
{
  T5 *self = t5_of (s);
  B2Compute *compute = s->decoder.base.compute;
  gsize d = (gsize) self->base.width;

  b2_norm_forward (compute, &self->decoder.final_norm, rows, n, h);
  if (self->config.tied)
    for (gsize i = 0; i < n * d; i++)
      h[i] *= (float) (1.0 / sqrt ((double) d));
  b2_linear_forward (compute, &self->head, h, n, d, logits, (gsize) self->base.vocab_size);
}

static void
fill_bias (T5State *s, const Stack *stack, gboolean bidirectional, Pass *p)
{
  const B2LmConfig *c = &t5_of (s)->config;

  p->bias = b2_arena_floats (s->decoder.arena, (gsize) c->n_heads * (2 * p->n - 1));
  b2_t5_bias_table (stack->bias, c->n_heads, c->n_buckets, c->max_distance, bidirectional, (int) p->n,
                    p->bias);
}

/* ---- encoder ------------------------------------------------------------------ */

static void
run_encoder_layer (B2DecoderState *state, int i, gpointer data)
{
  T5State *s = (T5State *) state;
  const Pass *p = data;
  const Layer *l = &t5_of (s)->encoder.layers[i];

  attend_self (s, &l->self, p, p->k, p->v, FALSE);
  run_ffn (s, &l->ffn, p);
}

/* What decoder layer @i will look up of the encoder's output. */
static void
run_cross_keys (B2DecoderState *state, int i, gpointer data)
{
  T5State *s = (T5State *) state;
  const Pass *p = data;
  const Heads *cross = &t5_of (s)->decoder.layers[i].cross;
  gsize d = (gsize) state->base.lm->width, inner = inner_width (t5_of (s));

  const B2LinearOut outs[] = { { .linear = &cross->k, .y = cross_keys (s, i), .ldy = inner },
                               { .linear = &cross->v, .y = cross_keys (s, i) + p->n * inner, .ldy = inner } };

  b2_linear_run (state->base.compute, p->x, p->n, d, outs, G_N_ELEMENTS (outs));
}

static gboolean
make_room_for_cross (T5State *s, GError **error)
{
  T5 *self = t5_of (s);
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
  T5 *self = t5_of (s);
  B2DecoderState *state = &s->decoder;
  int n_encoder = self->encoder.n_layers, n_decoder = self->decoder.n_layers, total = n_encoder + n_decoder;
  gsize n_query = (gsize) state->base.n_query, d = (gsize) self->base.width,
        mark = b2_arena_mark (state->arena);
  Pass p = begin_pass (s, (gsize) s->n_encoder);
  gboolean ok;

  fill_bias (s, &self->encoder, TRUE, &p);
  memcpy (p.x, s->soft_prompt, n_query * d * sizeof *p.x);
  for (int r = 0; r < n_ids; r++)
    b2_linear_row (state->base.compute, &self->shared, ids[r], p.x + (n_query + (gsize) r) * d);
  ok = b2_decoder_run_layers (state, n_encoder, 0, total, run_encoder_layer, &p, watch, error);
  if (ok)
    {
      b2_norm_forward (state->base.compute, &self->encoder.final_norm, p.x, p.n, p.x);
      ok = b2_decoder_run_layers (state, n_decoder, n_encoder, total, run_cross_keys, &p, watch, error);
    }
  b2_arena_release (state->arena, mark);
  return ok;
}

/* ---- decoder ------------------------------------------------------------------ */

/* Rows 0 … n - 1 of the decoder's prefix. */
static void
run_prefix_layer (B2DecoderState *state, int i, gpointer data)
{
  T5State *s = (T5State *) state;
  const Pass *p = data;
  const Layer *l = &t5_of (s)->decoder.layers[i];

  attend_self (s, &l->self, p, b2_kv_cache_prefix_keys (state->cache, i),
               b2_kv_cache_prefix_values (state->cache, i), TRUE);
  attend_encoder (s, i, p);
  run_ffn (s, &l->ffn, p);
  if (p->attention != NULL)
    b2_lm_keep_image_columns (&state->base, p->map, (int) p->n, (gsize) s->n_encoder, i, p->attention);
}

typedef struct
{
  T5State *state;
  float *h; /* [B2_LM_SCORE_ROWS, d] or more */
} Head;

static void
head_cb (gpointer data, const float *rows, gsize n, float *logits)
{
  const Head *head = data;

  logits_of (head->state, rows, head->h, n, logits);
}

/* The start token and all but the last of @ids, in one causal pass; @attention and @log_probs as in replay. */
static gboolean
run_prefix (T5State *s, const gint32 *ids, int n_ids, float *attention, double *log_probs, float *logits,
            const B2Watch *watch, GError **error)
{
  T5 *self = t5_of (s);
  B2DecoderState *state = &s->decoder;
  gsize n = (gsize) n_ids, d = (gsize) self->base.width, mark;
  Pass p;
  gboolean ok;

  if (!b2_decoder_make_room (state, pass_bytes (self, n, attention != NULL ? (gsize) s->n_encoder : 0),
                             error))
    return FALSE;
  mark = b2_arena_mark (state->arena);
  p = begin_pass (s, n);
  fill_bias (s, &self->decoder, FALSE, &p);
  p.attention = attention;
  if (attention != NULL)
    p.map = b2_arena_floats (state->arena, (gsize) self->base.n_heads * n * (gsize) s->n_encoder);
  for (int r = 0; r < n_ids; r++)
    b2_linear_row (state->base.compute, &self->shared, r == 0 ? self->config.decoder_start_id : ids[r - 1],
                   p.x + (gsize) r * d);
  ok = b2_decoder_run_layers (state, self->decoder.n_layers, 0, 0, run_prefix_layer, &p, watch, error);
  if (ok && logits != NULL)
    logits_of (s, p.x + (n - 1) * d, p.h, 1, logits);
  if (ok && log_probs != NULL)
    ok = b2_lm_score_rows (&self->base, p.x, ids, n_ids, head_cb, &(Head){ s, p.h }, log_probs, watch, error);
  b2_arena_release (state->arena, mark);
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

  s->n_encoder = base->n_query + n_ids;
  s->decoder.n_beams = n_beams;
  /* The steps, too, which allocate nothing. */
  if (!b2_decoder_make_room (&s->decoder, pass_bytes (t5_of (s), (gsize) MAX (s->n_encoder, n_beams), 0),
                             error)
      || !make_room_for_cross (s, error)
      || !b2_kv_cache_begin_tail (s->decoder.cache, n_beams, max_new, error)
      || !encode (s, ids, n_ids, watch, error) || !run_prefix (s, NULL, 1, NULL, NULL, logits, watch, error))
    return FALSE;
  b2_kv_cache_set_prefix (s->decoder.cache, 1);
  return TRUE;
}

static void
run_step_layer (B2DecoderState *state, int i, gpointer data)
{
  T5State *s = (T5State *) state;
  const Pass *p = data;
  const Layer *l = &t5_of (s)->decoder.layers[i];

  project (s, &l->self, p, p->k, p->v);
  b2_decoder_attend_own (p->states, p->n_states, i, p->q, p->k, p->v, inner_width (t5_of (s)), 1.0f,
                         s->back_bias, MAX_POSITIONS, p->context);
  add_heads (s, &l->self, p);
  attend_encoder (s, i, p);
  run_ffn (s, &l->ffn, p);
}

/* The rows are put together in the first state's scratch. */
static gboolean
t5_step_many (B2LmState *const *states, int n_states, const gint32 *ids, const gint32 *parents, float *logits,
              const B2Watch *watch, GError **error)
{
  T5State *s = (T5State *) states[0];
  T5 *self = t5_of (s);
  B2DecoderState *state = &s->decoder;
  gsize n_rows = b2_decoder_count_beams (states, n_states), mark;
  Pass p;
  gboolean ok;

  if (!b2_decoder_make_room (state, pass_bytes (self, n_rows, 0), error))
    return FALSE;
  mark = b2_arena_mark (state->arena);
  p = begin_pass (s, n_rows);
  p.states = states;
  p.n_states = n_states;
  b2_decoder_next_step (states, n_states, parents);
  for (gsize r = 0; r < p.n; r++)
    b2_linear_row (state->base.compute, &self->shared, ids[r], p.x + r * (gsize) self->base.width);
  ok = b2_decoder_run_layers (state, self->decoder.n_layers, 0, 0, run_step_layer, &p, watch, error);
  if (ok)
    logits_of (s, p.x, p.h, p.n, logits);
  b2_arena_release (state->arena, mark);
  return ok;
}

static gboolean
t5_step (B2LmState *base, const gint32 *ids, const gint32 *parents, float *logits, const B2Watch *watch,
         GError **error)
{
  return t5_step_many (&base, 1, ids, parents, logits, watch, error);
}

static gboolean
t5_replay (B2LmState *base, const gint32 *ids, int n_ids, float *attention, double *log_probs,
           const B2Watch *watch, GError **error)
{
  return run_prefix ((T5State *) base, ids, n_ids, attention, log_probs, NULL, watch, error);
}

static const B2Linear *
t5_embeddings (B2Lm *lm)
{
  return &((T5 *) lm)->shared;
}

/* @n_encoder: of the rows that the decoder looks at; 0: their keys and values are there */
static void
add_stack_cost (T5 *self, const Stack *stack, double n_rows, gboolean cross, double n_encoder, B2Cost *out)
{
  for (int i = 0; i < stack->n_layers; i++)
    {
      const Layer *l = &stack->layers[i];
      const B2Linear *all[] = { &l->self.q, &l->self.k, &l->self.v, &l->self.o, &l->ffn.wi_0, &l->ffn.wo };

      for (gsize j = 0; j < G_N_ELEMENTS (all); j++)
        b2_cost_add_linear (out, all[j], n_rows);
      if (self->config.gated)
        b2_cost_add_linear (out, &l->ffn.wi_1, n_rows);
      if (!cross)
        continue;
      b2_cost_add_linear (out, &l->cross.q, n_rows);
      b2_cost_add_linear (out, &l->cross.o, n_rows);
      if (n_encoder <= 0)
        continue;
      b2_cost_add_linear (out, &l->cross.k, n_encoder);
      b2_cost_add_linear (out, &l->cross.v, n_encoder);
      b2_cost_add_attention (out, n_rows, n_encoder, inner_width (self));
    }
}

static void
t5_cost (B2Lm *lm, int n_image, int n_rows, gboolean step, B2Cost *out)
{
  T5 *self = (T5 *) lm;
  double n_encoder = n_image + n_rows;

  if (!step)
    {
      add_stack_cost (self, &self->encoder, n_encoder, FALSE, 0, out);
      for (int i = 0; i < self->encoder.n_layers; i++)
        b2_cost_add_attention (out, n_encoder, n_encoder, inner_width (self));
    }
  add_stack_cost (self, &self->decoder, step ? n_rows : 1, TRUE, step ? 0 : n_encoder, out);
  b2_cost_add_linear (out, &self->head, step ? n_rows : 1);
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
  .step_many = t5_step_many,
  .replay = t5_replay,
  .embeddings = t5_embeddings,
  .memory = t5_memory,
  .cost = t5_cost,
};
