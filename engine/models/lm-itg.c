#include "engine/models/lm-itg.h"

#include <math.h>
#include <string.h>

#include "engine/nn/attention.h"
#include "engine/nn/kv-cache.h"

typedef struct
{
  B2Lm base;
  B2Qformer *qformer;
  B2Linear dense;    /* [d, d] */
  B2Norm norm;       /* [d] */
  B2Linear decoder;  /* [vocab, d], with the predictions' bias */
} Itg;

typedef struct
{
  B2LmState base;
  B2KvCache *cache;
  B2Arena *arena;
  int n_text;        /* prompt rows, [DEC] included */
  gint32 last_prompt_id;
  int n_beams;
} ItgState;

static void
itg_free (B2Lm *lm)
{
  g_free (lm);
}

static gboolean
bind_head (Itg *self, B2Binder *binder, GError **error)
{
  int d = self->qformer->config.width, vocab = self->qformer->config.vocab_size;
  const gint64 decoder_shape[] = { vocab, d }, bias_shape[] = { vocab };

  return b2_bind_linear (binder, &self->dense, d, d, TRUE, error, "cls.predictions.transform.dense")
         && b2_bind_norm (binder, &self->norm, d, self->qformer->config.eps, FALSE, error,
                          "cls.predictions.transform.LayerNorm")
         && b2_bind_matrix (binder, &self->decoder, 2, decoder_shape, error, "cls.predictions.decoder.weight")
         && b2_bind_vector (binder, &self->decoder.bias, 1, bias_shape, error, "cls.predictions.bias");
}

B2Lm *
b2_lm_itg_new (B2Binder *binder, B2Qformer *qformer, gint32 dec_id, GError **error)
{
  const B2QformerConfig *c = &qformer->config;
  Itg *self = g_new0 (Itg, 1);

  self->base = (B2Lm) { .family = &b2_lm_itg, .n_layers = c->n_layers, .n_heads = c->n_heads, .width = c->width,
                        .vocab_size = c->vocab_size, .max_positions = qformer->n_query + c->max_positions,
                        .new_tokens_take_positions = TRUE, .bos_id = dec_id };
  self->qformer = qformer;
  if (!bind_head (self, binder, error))
    g_clear_pointer (&self, g_free);
  return (B2Lm *) self;
}

static void
itg_state_free (B2LmState *base)
{
  ItgState *s = (ItgState *) base;

  if (s == NULL)
    return;
  b2_kv_cache_free (s->cache);
  b2_arena_free (s->arena);
  g_free (s);
}

static B2LmState *
itg_state_new (B2Lm *lm, B2Compute *compute, int n_query, GError **error)
{
  Itg *self = (Itg *) lm;
  ItgState *s = g_new0 (ItgState, 1);
  gsize n = (gsize) lm->max_positions, d = (gsize) lm->width, mlp = (gsize) self->qformer->config.mlp_width;

  s->base = (B2LmState) { .lm = lm, .compute = compute, .n_query = n_query };
  s->cache = b2_kv_cache_new (lm->n_layers, lm->n_heads, lm->width / lm->n_heads, lm->max_positions, error);
  s->arena = s->cache == NULL ? NULL
                              : b2_arena_new (4 * b2_arena_bytes_for_floats (n * d) + b2_arena_bytes_for_floats (n * mlp)
                                                  + b2_arena_bytes_for_floats ((gsize) lm->n_heads * n * n),
                                              error);
  if (s->arena == NULL)
    {
      itg_state_free (&s->base);
      return NULL;
    }
  return &s->base;
}

typedef struct
{
  float *x, *h, *q, *context; /* [n, d] */
  float *wide;                /* [n, mlp] */
} Buffers;

static Buffers
take_buffers (ItgState *s, gsize n)
{
  Itg *self = (Itg *) s->base.lm;
  gsize d = (gsize) self->base.width;
  Buffers b = { b2_arena_floats (s->arena, n * d), b2_arena_floats (s->arena, n * d),
                b2_arena_floats (s->arena, n * d), b2_arena_floats (s->arena, n * d),
                b2_arena_floats (s->arena, n * (gsize) self->qformer->config.mlp_width) };

  return b;
}

static void
project (ItgState *s, const B2QformerHeads *heads, const Buffers *b, gsize n, float *keys, float *values)
{
  gsize d = (gsize) s->base.lm->width;

  b2_linear_forward (s->base.compute, &heads->query, b->x, n, d, b->q, d);
  b2_linear_forward (s->base.compute, &heads->key, b->x, n, d, keys, d);
  b2_linear_forward (s->base.compute, &heads->value, b->x, n, d, values, d);
}

static void
finish_layer (ItgState *s, const B2QformerLayer *layer, const Buffers *b, gsize n)
{
  Itg *self = (Itg *) s->base.lm;
  B2Compute *compute = s->base.compute;
  gsize d = (gsize) self->base.width;

  b2_linear_forward (compute, &layer->self.out, b->context, n, d, b->h, d);
  b2_add (b->h, b->x, n * d);
  b2_norm_forward (compute, &layer->self.norm, b->x, n, b->x);
  b2_qformer_run_ffn (self->qformer, compute, &layer->text_ffn, b->x, n, b->wide, b->h);
}

/* Text rows first … first + n - 1 (embedded in b->x) behind the queries, through layer @i. */
static void
run_prefix_layer (ItgState *s, int i, const Buffers *b, int first, gsize n, float *map)
{
  Itg *self = (Itg *) s->base.lm;
  const B2QformerLayer *layer = &self->qformer->layers[i];
  gsize d = (gsize) self->base.width, before = (gsize) (s->base.n_query + first);
  int head_width = self->base.width / self->base.n_heads;
  float *keys = b2_kv_cache_prefix_keys (s->cache, i), *values = b2_kv_cache_prefix_values (s->cache, i);
  B2Attention attention = {
    .n_heads = self->base.n_heads, .head_width = head_width, .n_queries = n, .n_keys = before + n,
    .q = b->q, .k = keys, .v = values, .ldq = d, .ldk = d, .ldv = d, .scale = (float) (1.0 / sqrt (head_width)),
    .causal = TRUE, .first_causal = before, .out = b->context, .ldo = d, .map = map,
  };

  project (s, &layer->self, b, n, keys + before * d, values + before * d);
  b2_attention_forward (s->base.compute, &attention);
  finish_layer (s, layer, b, n);
}

static void
embed (ItgState *s, const gint32 *ids, int n, int first, float *x)
{
  Itg *self = (Itg *) s->base.lm;

  b2_qformer_embed_text (self->qformer, s->base.compute, ids, n, first, x);
}

static void
logits_of (ItgState *s, const float *rows, const Buffers *b, gsize n, float *logits)
{
  Itg *self = (Itg *) s->base.lm;
  B2Compute *compute = s->base.compute;
  gsize d = (gsize) self->base.width;

  b2_linear_forward (compute, &self->dense, rows, n, d, b->h, d);
  b2_activation_forward (compute, self->qformer->activation, b->h, n, d);
  b2_norm_forward (compute, &self->norm, b->h, n, b->h);
  b2_linear_forward (compute, &self->decoder, b->h, n, d, logits, (gsize) self->base.vocab_size);
}

static gboolean
itg_set_image (B2LmState *base, const B2LmImage *image, const B2Watch *watch, GError **error)
{
  ItgState *s = (ItgState *) base;
  gsize n = (gsize) base->n_query * (gsize) base->lm->width;

  for (int i = 0; i < base->lm->n_layers; i++)
    {
      const float *keys = image->query_kv + (gsize) i * 2 * n;

      memcpy (b2_kv_cache_prefix_keys (s->cache, i), keys, n * sizeof *keys);
      memcpy (b2_kv_cache_prefix_values (s->cache, i), keys + n, n * sizeof *keys);
    }
  return TRUE;
}

static gboolean
itg_prompt (B2LmState *base, const gint32 *ids, int n_ids, int n_beams, int max_new, float *logits,
            const B2Watch *watch, GError **error)
{
  ItgState *s = (ItgState *) base;
  Itg *self = (Itg *) base->lm;
  gsize n = (gsize) n_ids, d = (gsize) base->lm->width, mark = b2_arena_mark (s->arena);
  Buffers b = take_buffers (s, n);
  gboolean ok = b2_kv_cache_begin_tail (s->cache, n_beams, max_new, error);

  embed (s, ids, n_ids, 0, b.x);
  b2_norm_forward (base->compute, &self->qformer->norm, b.x, n, b.x);
  for (int i = 0; ok && i < base->lm->n_layers; i++)
    {
      ok = b2_watch_step (watch, B2_PHASE_PREFILL, i, base->lm->n_layers, error);
      if (ok)
        run_prefix_layer (s, i, &b, 0, n, NULL);
    }
  if (ok)
    {
      s->n_text = n_ids;
      s->last_prompt_id = ids[n_ids - 1];
      s->n_beams = n_beams;
      b2_kv_cache_set_prefix (s->cache, base->n_query + n_ids);
      logits_of (s, b.x + (n - 1) * d, &b, 1, logits);
    }
  b2_arena_release (s->arena, mark);
  return ok;
}

static gboolean
itg_step (B2LmState *base, const gint32 *ids, const gint32 *parents, float *logits, const B2Watch *watch,
          GError **error)
{
  ItgState *s = (ItgState *) base;
  Itg *self = (Itg *) base->lm;
  gsize n = (gsize) s->n_beams, d = (gsize) base->lm->width, mark = b2_arena_mark (s->arena);
  int head_width = base->lm->width / base->lm->n_heads;
  Buffers b = take_buffers (s, n);
  gboolean ok = TRUE;

  b2_kv_cache_next_step (s->cache, parents);
  for (gsize r = 0; r < n; r++)
    embed (s, &ids[r], 1, s->n_text + b2_kv_cache_n_tail (s->cache) - 1, b.x + r * d);
  b2_norm_forward (base->compute, &self->qformer->norm, b.x, n, b.x);
  for (int i = 0; ok && i < base->lm->n_layers; i++)
    {
      const B2QformerLayer *layer = &self->qformer->layers[i];

      ok = watch == NULL || b2_cancel_check (watch->cancel, error);
      if (!ok)
        break;
      project (s, &layer->self, &b, n, b2_kv_cache_tail_keys (s->cache, i), b2_kv_cache_tail_values (s->cache, i));
      b2_kv_cache_attend (s->cache, base->compute, i, b.q, (float) (1.0 / sqrt (head_width)), NULL, 0, b.context);
      finish_layer (s, layer, &b, n);
    }
  if (ok)
    logits_of (s, b.x, &b, n, logits);
  b2_arena_release (s->arena, mark);
  return ok;
}

static gboolean
itg_replay (B2LmState *base, const gint32 *ids, int n_ids, float *attention, const B2Watch *watch, GError **error)
{
  ItgState *s = (ItgState *) base;
  Itg *self = (Itg *) base->lm;
  int first = s->n_text - 1;
  gsize n = (gsize) n_ids, n_keys = (gsize) (base->n_query + first) + n, mark = b2_arena_mark (s->arena);
  Buffers b = take_buffers (s, n);
  float *map = b2_arena_floats (s->arena, (gsize) base->lm->n_heads * n * n_keys);
  gboolean ok = TRUE;

  embed (s, &s->last_prompt_id, 1, first, b.x);
  embed (s, ids, n_ids - 1, first + 1, b.x + base->lm->width);
  b2_norm_forward (base->compute, &self->qformer->norm, b.x, n, b.x);
  for (int i = 0; ok && i < base->lm->n_layers; i++)
    {
      ok = watch == NULL || b2_cancel_check (watch->cancel, error);
      if (!ok)
        break;
      run_prefix_layer (s, i, &b, first, n, map);
      b2_lm_keep_image_columns (base, map, n_ids, n_keys, i, attention);
    }
  b2_arena_release (s->arena, mark);
  return ok;
}

static void
itg_cost (B2Lm *lm, int n_rows, gboolean step, B2LmCost *out)
{
  Itg *self = (Itg *) lm;
  const B2QformerLayer *l = &self->qformer->layers[0];
  const B2Linear *all[] = { &l->self.query, &l->self.key, &l->self.value, &l->self.out, &l->text_ffn.in,
                            &l->text_ffn.out };

  *out = (B2LmCost) { 0 };
  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    b2_lm_add_linear_cost (all[i], n_rows, out);
  out->flops *= lm->n_layers;
  out->weight_bytes *= lm->n_layers;
  b2_lm_add_linear_cost (&self->dense, step ? n_rows : 1, out);
  b2_lm_add_linear_cost (&self->decoder, step ? n_rows : 1, out);
}

const B2LmFamily b2_lm_itg = {
  .model_type = "itg",
  .question_format = "%s",
  .sees_prompt = TRUE,
  .free = itg_free,
  .state_new = itg_state_new,
  .state_free = itg_state_free,
  .set_image = itg_set_image,
  .prompt = itg_prompt,
  .step = itg_step,
  .replay = itg_replay,
  .cost = itg_cost,
};
