#include "engine/models/lm-itg.h"

#include <math.h>
#include <string.h>

#include "engine/models/lm-decoder.h"
#include "engine/nn/attention.h"

typedef struct
{
  B2DecoderState decoder;
  const guint8 *muted; /* (nullable): [layers, heads]; the session's */
} ItgState;

typedef struct
{
  B2Lm base;
  B2Qformer *qformer;
  B2Linear dense; /* [d, d] */
  B2Norm norm; /* [d] */
  B2Linear decoder; /* [vocab, d], with the predictions' bias */
} Itg;

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

  self->base = (B2Lm){ .family = &b2_lm_itg,
                       .n_layers = c->n_layers,
                       .n_heads = c->n_heads,
                       .width = c->width,
                       .vocab_size = c->vocab_size,
                       .max_positions = qformer->n_query + c->max_positions,
                       .new_tokens_take_positions = TRUE,
                       .bos_id = dec_id };
  self->qformer = qformer;
  if (!bind_head (self, binder, error))
    g_clear_pointer (&self, g_free);
  return (B2Lm *) self;
}

static B2LmState *
itg_state_new (B2Lm *lm, B2Compute *compute, int n_query, GError **error)
{
  return (B2LmState *) b2_decoder_state_new (sizeof (ItgState), lm, compute, n_query, lm->width / lm->n_heads,
                                             lm->max_positions, error);
}

/* Of begin_pass() with @n rows, and a map over @n_keys keys where that is not 0. */
static gsize
pass_bytes (const B2Lm *lm, gsize n, gsize n_keys)
{
  const Itg *self = (const Itg *) lm;
  gsize bytes = 4 * b2_arena_bytes_for_floats (n * (gsize) lm->width)
                + b2_arena_bytes_for_floats (n * (gsize) self->qformer->config.mlp_width);

  return n_keys == 0 ? bytes : bytes + b2_arena_bytes_for_floats ((gsize) lm->n_heads * n * n_keys);
}

static void
itg_memory (B2Lm *lm, int n_query, int n_prompt, int n_beams, int max_new, B2LmMemory *out)
{
  *out = (B2LmMemory){ .pass_bytes = pass_bytes (lm, (gsize) MAX (n_prompt, n_beams), 0) };
  b2_decoder_memory (lm, lm->width / lm->n_heads, n_query + n_prompt, n_beams, max_new, out);
}

/* One pass over @n text rows. */
typedef struct
{
  float *x, *h, *q, *context; /* [n, d] */
  float *wide; /* [n, mlp] */
  gsize n, before; /* rows of the prefix before these, the queries with them; not for a step */
  float *map; /* (nullable): [heads, n, before + n]: of the layer at hand */
  float *attention; /* (nullable): as in replay */
} Pass;

static Pass
begin_pass (B2DecoderState *s, int n_rows, int n_before)
{
  Itg *self = (Itg *) s->base.lm;
  gsize n = (gsize) n_rows, d = (gsize) self->base.width;
  Pass p = { .n = n, .before = (gsize) n_before };

  p.x = b2_arena_floats (s->arena, n * d);
  p.h = b2_arena_floats (s->arena, n * d);
  p.q = b2_arena_floats (s->arena, n * d);
  p.context = b2_arena_floats (s->arena, n * d);
  p.wide = b2_arena_floats (s->arena, n * (gsize) self->qformer->config.mlp_width);
  return p;
}

static void
project (B2DecoderState *s, const B2QformerHeads *heads, const Pass *p, float *keys, float *values)
{
  gsize d = (gsize) s->base.lm->width;

  b2_linear_run (s->base.compute, p->x, p->n, d,
                 (B2LinearOut[]){ { .linear = &heads->query, .y = p->q, .ldy = d },
                                  { .linear = &heads->key, .y = keys, .ldy = d },
                                  { .linear = &heads->value, .y = values, .ldy = d } },
                 3);
}

static void
finish_layer (B2DecoderState *s, int i, const Pass *p)
{
  Itg *self = (Itg *) s->base.lm;
  const B2QformerLayer *layer = &self->qformer->layers[i];
  const guint8 *muted = ((ItgState *) s)->muted;
  B2Compute *compute = s->base.compute;
  gsize d = (gsize) self->base.width;

  if (muted != NULL)
    b2_qformer_mute_heads (self->qformer, muted + (gsize) i * (gsize) self->base.n_heads, p->n, p->context);
  b2_linear_run (compute, p->context, p->n, d,
                 &(B2LinearOut){ .linear = &layer->self.out, .y = p->x, .ldy = d, .residual = p->x }, 1);
  b2_norm_forward (compute, &layer->self.norm, p->x, p->n, p->x);
  b2_qformer_run_ffn (self->qformer, compute, &layer->text_ffn, p->x, p->n, p->wide);
}

static float
score_scale (B2DecoderState *s)
{
  return (float) (1.0 / sqrt (s->base.lm->width / s->base.lm->n_heads));
}

static void
run_prefix_layer (B2DecoderState *s, int i, gpointer data)
{
  const Pass *p = data;
  Itg *self = (Itg *) s->base.lm;
  const B2QformerLayer *layer = &self->qformer->layers[i];
  gsize d = (gsize) self->base.width;
  float *keys = b2_kv_cache_prefix_keys (s->cache, i), *values = b2_kv_cache_prefix_values (s->cache, i);
  B2Attention attention = {
    .n_heads = self->base.n_heads,
    .head_width = self->base.width / self->base.n_heads,
    .n_queries = p->n,
    .n_keys = p->before + p->n,
    .q = p->q,
    .k = keys,
    .v = values,
    .ldq = d,
    .ldk = d,
    .ldv = d,
    .scale = score_scale (s),
    .causal = TRUE,
    .first_causal = p->before,
    .out = p->context,
    .ldo = d,
    .map = p->map,
  };

  project (s, &layer->self, p, keys + p->before * d, values + p->before * d);
  b2_attention_forward (s->base.compute, &attention);
  finish_layer (s, i, p);
  if (p->attention != NULL)
    b2_lm_keep_image_columns (&s->base, p->map, (int) p->n, p->before + p->n, i, p->attention);
}

static void
run_step_layer (B2DecoderState *s, int i, gpointer data)
{
  const Pass *p = data;
  const B2QformerLayer *layer = &((Itg *) s->base.lm)->qformer->layers[i];

  project (s, &layer->self, p, b2_kv_cache_tail_keys (s->cache, i), b2_kv_cache_tail_values (s->cache, i));
  b2_kv_cache_attend (s->cache, s->base.compute, i, p->q, score_scale (s), NULL, 0, p->context);
  finish_layer (s, i, p);
}

/* @n tokens from text position @first on, into rows of p->x; the norm comes once all rows are there. */
static void
embed (B2DecoderState *s, const gint32 *ids, int n, int first, float *x)
{
  b2_qformer_embed_text (((Itg *) s->base.lm)->qformer, s->base.compute, ids, n, first, x);
}

static void
norm_rows (B2DecoderState *s, const Pass *p)
{
  b2_norm_forward (s->base.compute, &((Itg *) s->base.lm)->qformer->norm, p->x, p->n, p->x);
}

/* @h: [n, d] scratch */
static void
run_head (Itg *self, B2Compute *compute, const float *rows, gsize n, float *h, float *logits)
{
  gsize d = (gsize) self->base.width;

  b2_linear_run (
      compute, rows, n, d,
      &(B2LinearOut){ .linear = &self->dense, .y = h, .ldy = d, .activation = self->qformer->activation }, 1);
  b2_norm_forward (compute, &self->norm, h, n, h);
  b2_linear_forward (compute, &self->decoder, h, n, d, logits, (gsize) self->base.vocab_size);
}

static void
logits_of (B2DecoderState *s, const float *rows, const Pass *p, gsize n, float *logits)
{
  run_head ((Itg *) s->base.lm, s->base.compute, rows, n, p->h, logits);
}

typedef struct
{
  Itg *lm;
  B2Compute *compute;
  float *h; /* [B2_LM_SCORE_ROWS, d] */
} Head;

static void
head_cb (gpointer data, const float *rows, gsize n, float *logits)
{
  const Head *head = data;

  run_head (head->lm, head->compute, rows, n, head->h, logits);
}

gboolean
b2_lm_itg_score (B2Lm *lm, B2Compute *compute, const float *rows, const gint32 *ids, int n, double *log_probs,
                 const B2Watch *watch, GError **error)
{
  g_autofree float *h = g_new (float, B2_LM_SCORE_ROWS *(gsize) lm->width);

  return b2_lm_score_rows (lm, rows, ids, n, head_cb, &(Head){ (Itg *) lm, compute, h }, log_probs, watch,
                           error);
}

static gboolean
itg_set_image (B2LmState *base, const B2LmImage *image, const B2Watch *watch, GError **error)
{
  B2DecoderState *s = (B2DecoderState *) base;
  gsize n = (gsize) base->n_query * (gsize) base->lm->width;

  ((ItgState *) base)->muted = image->muted_self;
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
  B2DecoderState *s = (B2DecoderState *) base;
  int n_layers = base->lm->n_layers;
  gsize mark;
  Pass p;
  gboolean ok;

  /* The steps, too, which allocate nothing. */
  if (!b2_decoder_make_room (s, pass_bytes (base->lm, (gsize) MAX (n_ids, n_beams), 0), error))
    return FALSE;
  mark = b2_arena_mark (s->arena);
  p = begin_pass (s, n_ids, base->n_query);
  embed (s, ids, n_ids, 0, p.x);
  norm_rows (s, &p);
  ok = b2_kv_cache_begin_tail (s->cache, n_beams, max_new, error)
       && b2_decoder_run_layers (s, n_layers, 0, n_layers, run_prefix_layer, &p, watch, error);
  if (ok)
    {
      s->n_prompt = base->n_query + n_ids;
      s->last_prompt_id = ids[n_ids - 1];
      s->n_beams = n_beams;
      b2_kv_cache_set_prefix (s->cache, s->n_prompt);
      logits_of (s, p.x + (p.n - 1) * (gsize) base->lm->width, &p, 1, logits);
    }
  b2_arena_release (s->arena, mark);
  return ok;
}

static gboolean
itg_step (B2LmState *base, const gint32 *ids, const gint32 *parents, float *logits, const B2Watch *watch,
          GError **error)
{
  B2DecoderState *s = (B2DecoderState *) base;
  gsize mark = b2_arena_mark (s->arena);
  Pass p = begin_pass (s, s->n_beams, 0);
  gboolean ok;

  b2_kv_cache_next_step (s->cache, parents);
  for (gsize r = 0; r < p.n; r++)
    embed (s, &ids[r], 1, s->n_prompt - base->n_query + b2_kv_cache_n_tail (s->cache) - 1,
           p.x + r * (gsize) base->lm->width);
  norm_rows (s, &p);
  ok = b2_decoder_run_layers (s, base->lm->n_layers, 0, 0, run_step_layer, &p, watch, error);
  if (ok)
    logits_of (s, p.x, &p, p.n, logits);
  b2_arena_release (s->arena, mark);
  return ok;
}

static gboolean
itg_replay (B2LmState *base, const gint32 *ids, int n_ids, float *attention, double *log_probs,
            const B2Watch *watch, GError **error)
{
  B2DecoderState *s = (B2DecoderState *) base;
  gsize mark, n_keys = (gsize) (s->n_prompt - 1 + n_ids);
  Pass p;
  int first = s->n_prompt - 1 - base->n_query;
  gboolean ok;

  if (!b2_decoder_make_room (s, pass_bytes (base->lm, (gsize) n_ids, attention != NULL ? n_keys : 0), error))
    return FALSE;
  mark = b2_arena_mark (s->arena);
  p = begin_pass (s, n_ids, s->n_prompt - 1);
  if (attention != NULL)
    p.map = b2_arena_floats (s->arena, (gsize) base->lm->n_heads * p.n * (p.before + p.n));
  p.attention = attention;
  embed (s, &s->last_prompt_id, 1, first, p.x);
  embed (s, ids, n_ids - 1, first + 1, p.x + base->lm->width);
  norm_rows (s, &p);
  ok = b2_decoder_run_layers (s, base->lm->n_layers, 0, 0, run_prefix_layer, &p, watch, error)
       && (log_probs == NULL
           || b2_lm_itg_score (base->lm, base->compute, p.x, ids, n_ids, log_probs, watch, error));
  b2_arena_release (s->arena, mark);
  return ok;
}

static void
itg_cost (B2Lm *lm, int n_image, int n_rows, gboolean step, B2Cost *out)
{
  Itg *self = (Itg *) lm;

  /* the picture's keys and values are the Q-Former's own */
  for (int i = 0; i < lm->n_layers; i++)
    {
      const B2QformerLayer *l = &self->qformer->layers[i];
      const B2Linear *all[]
          = { &l->self.query, &l->self.key, &l->self.value, &l->self.out, &l->text_ffn.in, &l->text_ffn.out };

      for (gsize j = 0; j < G_N_ELEMENTS (all); j++)
        b2_cost_add_linear (out, all[j], n_rows);
      if (!step)
        b2_cost_add_attention (out, n_rows, n_image + (n_rows + 1) / 2.0, lm->width);
    }
  b2_cost_add_linear (out, &self->dense, step ? n_rows : 1);
  b2_cost_add_linear (out, &self->decoder, step ? n_rows : 1);
}

const B2LmFamily b2_lm_itg = {
  .model_type = "itg",
  .question_format = "%s",
  .sees_prompt = TRUE,
  .free = itg_free,
  .state_new = itg_state_new,
  .state_free = b2_decoder_state_free,
  .set_image = itg_set_image,
  .prompt = itg_prompt,
  .step = itg_step,
  .replay = itg_replay,
  .memory = itg_memory,
  .cost = itg_cost,
};
