#include "engine/models/qformer.h"

#include <math.h>
#include <string.h>

#include "engine/core/error.h"
#include "engine/models/activations.h"
#include "engine/nn/attention.h"

/* ---- binding ---------------------------------------------------------------- */

static gboolean
bind_heads (B2Qformer *self, B2Binder *binder, B2QformerHeads *out, int i, const char *name, int key_width,
            GError **error)
{
  int d = self->config.width;
  const char *at = "qformer.encoder.layer";

  return b2_bind_linear (binder, &out->query, d, d, TRUE, error, "%s.%d.%s.attention.query", at, i, name)
         && b2_bind_linear (binder, &out->key, d, key_width, TRUE, error, "%s.%d.%s.attention.key", at, i,
                            name)
         && b2_bind_linear (binder, &out->value, d, key_width, TRUE, error, "%s.%d.%s.attention.value", at, i,
                            name)
         && b2_bind_linear (binder, &out->out, d, d, TRUE, error, "%s.%d.%s.output.dense", at, i, name)
         && b2_bind_norm (binder, &out->norm, d, self->config.eps, FALSE, error, "%s.%d.%s.output.LayerNorm",
                          at, i, name);
}

static gboolean
bind_ffn (B2Qformer *self, B2Binder *binder, B2QformerFfn *out, int i, const char *suffix, GError **error)
{
  int d = self->config.width, mlp = self->config.mlp_width;
  const char *at = "qformer.encoder.layer";

  return b2_bind_linear (binder, &out->in, mlp, d, TRUE, error, "%s.%d.intermediate%s.dense", at, i, suffix)
         && b2_bind_linear (binder, &out->out, d, mlp, TRUE, error, "%s.%d.output%s.dense", at, i, suffix)
         && b2_bind_norm (binder, &out->norm, d, self->config.eps, FALSE, error, "%s.%d.output%s.LayerNorm",
                          at, i, suffix);
}

static gboolean
bind_layer (B2Qformer *self, B2Binder *binder, int i, GError **error)
{
  B2QformerLayer *layer = &self->layers[i];

  layer->has_cross = i % self->config.cross_frequency == 0;
  self->n_cross += layer->has_cross;
  return bind_heads (self, binder, &layer->self, i, "attention", self->config.width, error)
         && (!layer->has_cross
             || bind_heads (self, binder, &layer->cross, i, "crossattention", self->config.encoder_width,
                            error))
         && bind_ffn (self, binder, &layer->query_ffn, i, "_query", error)
         && (!self->has_text || bind_ffn (self, binder, &layer->text_ffn, i, "", error));
}

static gboolean
bind_all (B2Qformer *self, B2Binder *binder, GError **error)
{
  int d = self->config.width;
  const gint64 query_shape[] = { 1, self->n_query, d };
  const gint64 word_shape[] = { self->config.vocab_size, d };
  const gint64 position_shape[] = { self->config.max_positions, d };
  /* InstructBLIP keeps the embeddings, and the norm with them, inside the Q-Former. */
  gboolean inside = b2_binder_has (binder, "qformer.embeddings.layernorm.weight");
  const char *prefix = inside ? "qformer." : "";

  if (!b2_bind_vector (binder, &self->query_tokens, 3, query_shape, error, "query_tokens")
      || !b2_bind_norm (binder, &self->norm, d, self->config.eps, FALSE, error, "%s",
                        inside ? "qformer.embeddings.layernorm" : "qformer.layernorm"))
    return FALSE;
  if (self->has_text
      && (!b2_bind_matrix (binder, &self->words, 2, word_shape, error, "%sembeddings.word_embeddings.weight",
                           prefix)
          || !b2_bind_matrix (binder, &self->positions, 2, position_shape, error,
                              "%sembeddings.position_embeddings.weight", prefix)))
    return FALSE;
  for (int i = 0; i < self->config.n_layers; i++)
    if (!bind_layer (self, binder, i, error))
      return FALSE;
  return TRUE;
}

B2Qformer *
b2_qformer_bind (B2Binder *binder, const B2QformerConfig *config, int n_query, gboolean with_text,
                 GError **error)
{
  B2Qformer *self = g_new0 (B2Qformer, 1);

  self->config = *config;
  self->activation = b2_activation_func (config->activation);
  self->n_query = n_query;
  self->has_text = with_text;
  self->layers = g_new0 (B2QformerLayer, config->n_layers);
  if (!bind_all (self, binder, error))
    g_clear_pointer (&self, b2_qformer_free);
  return self;
}

void
b2_qformer_free (B2Qformer *self)
{
  if (self == NULL)
    return;
  g_free (self->layers);
  g_free (self);
}

/* ---- running ---------------------------------------------------------------- */

gboolean
b2_qformer_read_image (B2Qformer *self, B2Compute *compute, const float *image, gsize n_image, float *kv,
                       const B2Watch *watch, GError **error)
{
  gsize d = (gsize) self->config.width, from = (gsize) self->config.encoder_width;

  for (int i = 0; i < self->config.n_layers; i++)
    {
      const B2QformerHeads *cross = &self->layers[i].cross;

      if (!self->layers[i].has_cross)
        continue;
      if (!b2_watch_step (watch, B2_PHASE_QFORMER, 0, self->config.n_layers, error))
        return FALSE;
      b2_linear_run (compute, image, n_image, from,
                     (B2LinearOut[]){ { .linear = &cross->key, .y = kv, .ldy = d },
                                      { .linear = &cross->value, .y = kv + n_image * d, .ldy = d } },
                     2);
      kv += 2 * n_image * d;
    }
  return TRUE;
}

void
b2_qformer_embed_text (B2Qformer *self, B2Compute *compute, const gint32 *ids, int n, int first, float *out)
{
  gsize d = (gsize) self->config.width;
  float *position = compute->scratch[0];

  for (int i = 0; i < n; i++, out += d)
    {
      b2_linear_row (compute, &self->words, ids[i], out);
      b2_linear_row (compute, &self->positions, first + i, position);
      b2_add (position, out, d);
    }
}

void
b2_qformer_run_ffn (B2Qformer *self, B2Compute *compute, const B2QformerFfn *ffn, float *x, gsize n,
                    float *wide)
{
  gsize d = (gsize) self->config.width, mlp = (gsize) self->config.mlp_width;

  if (n == 0)
    return;
  b2_linear_run (compute, x, n, d,
                 &(B2LinearOut){ .linear = &ffn->in, .y = wide, .ldy = mlp, .activation = self->activation },
                 1);
  b2_linear_run (compute, wide, n, mlp,
                 &(B2LinearOut){ .linear = &ffn->out, .y = x, .ldy = d, .residual = x }, 1);
  b2_norm_forward (compute, &ffn->norm, x, n, x);
}

typedef struct
{
  float *x; /* [rows, d] */
  float *q, *k, *v; /* [rows, d] */
  float *context; /* [rows, d] */
  float *wide; /* [rows, mlp] */
  const guint8 *mask; /* [rows, rows], or NULL */
} Buffers;

static gsize
n_rows (B2Qformer *self, const B2QformerPass *pass)
{
  return (gsize) ((pass->with_queries ? self->n_query : 0) + pass->n_text);
}

void
b2_qformer_mute_heads (B2Qformer *self, const guint8 *muted, gsize n, float *context)
{
  gsize d = (gsize) self->config.width, heads = (gsize) self->config.n_heads, width = d / heads;

  if (muted == NULL)
    return;
  for (gsize h = 0; h < heads; h++)
    for (gsize r = 0; muted[h] && r < n; r++)
      memset (context + r * d + h * width, 0, width * sizeof *context);
}

/* The row of head flags that belongs to @layer. */
static const guint8 *
flags_of (B2Qformer *self, const guint8 *flags, int layer)
{
  return flags == NULL ? NULL : flags + (gsize) layer * (gsize) self->config.n_heads;
}

static void
finish_heads (B2Compute *compute, const B2QformerHeads *heads, const float *context, float *x, gsize n)
{
  gsize d = (gsize) heads->out.n_out;

  b2_linear_run (compute, context, n, d,
                 &(B2LinearOut){ .linear = &heads->out, .y = x, .ldy = d, .residual = x }, 1);
  b2_norm_forward (compute, &heads->norm, x, n, x);
}

static void
attend_self (B2Qformer *self, B2Compute *compute, const B2QformerPass *pass, int i, const Buffers *b)
{
  const B2QformerHeads *heads = &self->layers[i].self;
  gsize n = n_rows (self, pass), d = (gsize) self->config.width;
  int head_width = self->config.width / self->config.n_heads;
  float *k = pass->self_kv != NULL ? pass->self_kv + (gsize) i * 2 * n * d : b->k;
  float *v = pass->self_kv != NULL ? k + n * d : b->v;
  B2Attention attention = {
    .n_heads = self->config.n_heads,
    .head_width = head_width,
    .n_queries = n,
    .n_keys = n,
    .q = b->q,
    .k = k,
    .v = v,
    .ldq = d,
    .ldk = d,
    .ldv = d,
    .scale = (float) (1.0 / sqrt (head_width)),
    .mask = b->mask,
    .out = b->context,
    .ldo = d,
    .map
    = pass->self_maps == NULL ? NULL : pass->self_maps + (gsize) i * (gsize) self->config.n_heads * n * n,
  };

  b2_linear_run (compute, b->x, n, d,
                 (B2LinearOut[]){ { .linear = &heads->query, .y = b->q, .ldy = d },
                                  { .linear = &heads->key, .y = k, .ldy = d },
                                  { .linear = &heads->value, .y = v, .ldy = d } },
                 3);
  b2_attention_forward (compute, &attention);
  b2_qformer_mute_heads (self, flags_of (self, pass->edit.muted_self, i), n, b->context);
  finish_heads (compute, heads, b->context, b->x, n);
}

/* Query rows only; the text never looks at the image itself. */
static void
attend_image (B2Qformer *self, B2Compute *compute, const B2QformerPass *pass, int i, int nth_cross,
              const Buffers *b)
{
  const B2QformerHeads *heads = &self->layers[i].cross;
  gsize n = (gsize) self->n_query, d = (gsize) self->config.width;
  int head_width = self->config.width / self->config.n_heads;
  const float *k = pass->image_kv + (gsize) nth_cross * 2 * pass->n_image * d;
  B2Attention attention = {
    .n_heads = self->config.n_heads,
    .head_width = head_width,
    .n_queries = n,
    .n_keys = pass->n_image,
    .q = b->q,
    .k = k,
    .v = k + pass->n_image * d,
    .ldq = d,
    .ldk = d,
    .ldv = d,
    .scale = (float) (1.0 / sqrt (head_width)),
    .rounds = b2_linear_rounds (compute, &heads->key, pass->n_image),
    .key_mask = pass->edit.image_mask,
    .out = b->context,
    .ldo = d,
    .map = pass->cross_maps == NULL
               ? NULL
               : pass->cross_maps + (gsize) nth_cross * (gsize) self->config.n_heads * n * pass->n_image,
  };

  b2_linear_forward (compute, &heads->query, b->x, n, d, b->q, d);
  b2_attention_forward (compute, &attention);
  b2_qformer_mute_heads (self, flags_of (self, pass->edit.muted_cross, nth_cross), n, b->context);
  finish_heads (compute, heads, b->context, b->x, n);
}

static guint8 *
itg_mask (gsize n_query, gsize n)
{
  guint8 *mask = g_malloc0 (n * n);

  for (gsize i = 0; i < n; i++)
    for (gsize j = 0; j < n; j++)
      mask[i * n + j] = j < n_query || (i >= n_query && j <= i);
  return mask;
}

gsize
b2_qformer_scratch_bytes (B2Qformer *self, int n_text)
{
  gsize n = (gsize) (self->n_query + n_text), d = (gsize) self->config.width;

  return 5 * b2_arena_bytes_for_floats (n * d)
         + b2_arena_bytes_for_floats (n * (gsize) MAX (self->config.mlp_width, self->config.width));
}

static gboolean
check_text (B2Qformer *self, const B2QformerPass *pass, GError **error)
{
  if (pass->n_text > 0 && pass->n_text > self->config.max_positions)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_LIMIT,
                   "The text has %d tokens, the Q-Former reads at most %d; shorten it", pass->n_text,
                   self->config.max_positions);
      return FALSE;
    }
  for (int i = 0; i < pass->n_text; i++)
    if (pass->text_ids[i] < 0 || pass->text_ids[i] >= self->words.n_out)
      {
        g_set_error (
            error, B2_ERROR, B2_ERROR_SHAPE,
            "The tokenizer gives token %d, the Q-Former's vocabulary has %d; the folder's files do not "
            "belong together",
            pass->text_ids[i], self->words.n_out);
        return FALSE;
      }
  return TRUE;
}

static gboolean
run_layers (B2Qformer *self, B2Compute *compute, const B2QformerPass *pass, const Buffers *b,
            const B2Watch *watch, GError **error)
{
  gsize n = n_rows (self, pass), d = (gsize) self->config.width;
  gsize n_query = pass->with_queries ? (gsize) self->n_query : 0;
  int nth_cross = 0;

  b2_observer_tell (pass->observer, 0, b->x, n, d);
  for (int i = 0; i < self->config.n_layers; i++)
    {
      const B2QformerLayer *layer = &self->layers[i];

      if (!b2_watch_step (watch, B2_PHASE_QFORMER, i, self->config.n_layers, error))
        return FALSE;
      attend_self (self, compute, pass, i, b);
      if (layer->has_cross && pass->with_queries)
        attend_image (self, compute, pass, i, nth_cross++, b);
      b2_qformer_run_ffn (self, compute, &layer->query_ffn, b->x, n_query, b->wide);
      b2_qformer_run_ffn (self, compute, &layer->text_ffn, b->x + n_query * d, n - n_query, b->wide);
      b2_observer_tell (pass->observer, i + 1, b->x, n, d);
    }
  return TRUE;
}

gboolean
b2_qformer_forward (B2Qformer *self, B2Compute *compute, B2Arena *arena, const B2QformerPass *pass,
                    const B2Watch *watch, GError **error)
{
  gsize mark = b2_arena_mark (arena), n = n_rows (self, pass), d = (gsize) self->config.width;
  gsize n_query = pass->with_queries ? (gsize) self->n_query : 0;
  g_autofree guint8 *mask = pass->mask == B2_QFORMER_MASK_ITG ? itg_mask (n_query, n) : NULL;
  Buffers b = { .mask = pass->cells != NULL ? pass->cells : mask };
  gboolean ok;

  if (!check_text (self, pass, error))
    return FALSE;
  b.x = b2_arena_floats (arena, n * d);
  b.q = b2_arena_floats (arena, n * d);
  b.k = b2_arena_floats (arena, n * d);
  b.v = b2_arena_floats (arena, n * d);
  b.context = b2_arena_floats (arena, n * d);
  b.wide = b2_arena_floats (arena, n * (gsize) self->config.mlp_width);
  memcpy (b.x, self->query_tokens, n_query * d * sizeof (float));
  b2_qformer_embed_text (self, compute, pass->text_ids, pass->n_text, 0, b.x + n_query * d);
  b2_norm_forward (compute, &self->norm, b.x, n, b.x);
  ok = run_layers (self, compute, pass, &b, watch, error);
  if (ok)
    memcpy (pass->out, b.x, n * d * sizeof (float));
  b2_arena_release (arena, mark);
  return ok;
}

static void
add_heads_cost (const B2QformerHeads *heads, double n_rows, double n_keys, B2Cost *out)
{
  b2_cost_add_linear (out, &heads->query, n_rows);
  b2_cost_add_linear (out, &heads->key, n_keys);
  b2_cost_add_linear (out, &heads->value, n_keys);
  b2_cost_add_linear (out, &heads->out, n_rows);
  b2_cost_add_attention (out, n_rows, n_keys, heads->query.n_out);
}

void
b2_qformer_cost (B2Qformer *self, int n_image, B2Cost *out)
{
  for (int i = 0; i < self->config.n_layers; i++)
    {
      const B2QformerLayer *layer = &self->layers[i];

      add_heads_cost (&layer->self, self->n_query, self->n_query, out);
      if (layer->has_cross)
        add_heads_cost (&layer->cross, self->n_query, n_image, out);
      b2_cost_add_linear (out, &layer->query_ffn.in, self->n_query);
      b2_cost_add_linear (out, &layer->query_ffn.out, self->n_query);
    }
}
