#pragma once

#include "engine/io/config.h"
#include "engine/models/binder.h"
#include "engine/models/observer.h"
#include "engine/nn/cost.h"
#include "engine/nn/activation.h"

/** B2QformerFfn: one of a layer's two feed-forward branches (post-norm). */
typedef struct
{
  B2Linear in; /* [mlp, d] */
  B2Linear out; /* [d, mlp] */
  B2Norm norm;
} B2QformerFfn;

/** B2QformerHeads: an attention with its output projection and norm. */
typedef struct
{
  B2Linear query, key, value; /* [d, d]; cross-attention: key, value [d, encoder_width] */
  B2Linear out; /* [d, d] */
  B2Norm norm;
} B2QformerHeads;

typedef struct
{
  B2QformerHeads self;
  B2QformerHeads cross; /* where has_cross */
  gboolean has_cross;
  B2QformerFfn query_ffn; /* the query rows' */
  B2QformerFfn text_ffn; /* the text rows'; where the model reads text */
} B2QformerLayer;

/**
 * B2Qformer:
 *
 * The querying transformer: BERT layers, post-norm, in which the learned queries and an
 * optional text attend to each other, and the queries alone attend to the image in
 * layers 0, f, 2f…
 *
 * Math: BLIP-2, Li et al. 2023, arXiv:2301.12597 §3.1 and Figure 2.
 * Tensors: query_tokens, qformer.*, and with text embeddings.* or (InstructBLIP) qformer.embeddings.*
 */
typedef struct
{
  B2QformerConfig config;
  B2ActivationFunc activation;
  int n_query;
  int n_cross; /* layers with cross-attention */
  gboolean has_text;
  const float *query_tokens; /* [n_query, d] */
  B2Linear words; /* [vocab, d]; with text */
  B2Linear positions; /* [max_positions, d]; with text */
  B2Norm norm; /* over queries and text, before layer 0 */
  B2QformerLayer *layers;
} B2Qformer;

/** b2_qformer_bind: @with_text: bind embeddings and the text branch. Returns: (transfer full) */
B2Qformer *b2_qformer_bind (B2Binder *binder, const B2QformerConfig *config, int n_query, gboolean with_text,
                            GError **error);
void b2_qformer_free (B2Qformer *self);

/**
 * b2_qformer_read_image:
 * @image: [n_image, encoder_width] f32; the ViT's output
 * @kv: (out caller-allocates): [n_cross, 2, n_image, d] f32: the keys and values of each cross-attention
 *
 * Once per picture; every later pass over the same picture reads @kv.
 */
gboolean b2_qformer_read_image (B2Qformer *self, B2Compute *compute, const float *image, gsize n_image,
                                float *kv, const B2Watch *watch, GError **error);

/** B2QformerMask: who sees whom among [queries; text] (Figure 2 of the paper). */
typedef enum
{
  B2_QFORMER_MASK_ITM, /* all see all; also for queries or text alone (ITC) */
  B2_QFORMER_MASK_ITG, /* queries see queries; text sees queries and the text up to itself */
} B2QformerMask;

/**
 * B2QformerEdit:
 *
 * What to change in a run. A muted head's part of the context is zero before the output projection; its map
 * stays what the softmax gave. Keys that are not seen get no weight; the softmax is over the others.
 */
typedef struct
{
  const guint8 *muted_cross; /* (nullable): [n_cross, heads], 1: muted */
  const guint8 *muted_self; /* (nullable): [layers, heads], 1: muted */
  const guint8 *image_mask; /* (nullable): [n_image], 0: not seen; CLS first */
} B2QformerEdit;

/** B2QformerPass: one run. Rows are the queries (if any), then the text (if any). */
typedef struct
{
  gboolean with_queries;
  const gint32 *text_ids;
  int n_text;
  B2QformerMask mask;
  const guint8 *cells; /* (nullable): [rows, rows], 0: not seen; in @mask's place */
  B2QformerEdit edit;
  const float *image_kv; /* from b2_qformer_read_image(); needed with queries */
  gsize n_image;
  float *out; /* [rows, d] */
  float *self_maps; /* (nullable): [layers, heads, rows, rows] */
  float *cross_maps; /* (nullable): [n_cross, heads, n_query, n_image] */
  const B2Observer *observer; /* (nullable): told of [rows, d] before the first layer and after each */
  float *self_kv; /* (nullable): [layers, 2, rows, d]: keys and values of the self-attention */
} B2QformerPass;

/**
 * b2_qformer_forward:
 * @arena: scratch, b2_qformer_scratch_bytes()
 *
 * Golden: tests/golden, max abs error 1e-3 asked; maps 3e-4.
 * Threads: one at a time. Allocates: from @arena only.
 *
 * Returns: %FALSE with B2_ERROR_CANCELLED, or B2_ERROR_LIMIT for a text longer than the position table
 */
gboolean b2_qformer_forward (B2Qformer *self, B2Compute *compute, B2Arena *arena, const B2QformerPass *pass,
                             const B2Watch *watch, GError **error);

gsize b2_qformer_scratch_bytes (B2Qformer *self, int n_text);

/** b2_qformer_embed_text: @out: [n, d]: word + position from @first, before the norm. */
void b2_qformer_embed_text (B2Qformer *self, B2Compute *compute, const gint32 *ids, int n, int first,
                            float *out);

/** b2_qformer_mute_heads: zeroes the columns of the heads of @muted [heads] in @n rows of @context; may be %NULL */
void b2_qformer_mute_heads (B2Qformer *self, const guint8 *muted, gsize n, float *context);

/** b2_qformer_run_ffn: x = norm (x + out (gelu (in x))) over @n rows; @wide: [n, mlp] scratch */
void b2_qformer_run_ffn (B2Qformer *self, B2Compute *compute, const B2QformerFfn *ffn, float *x, gsize n,
                         float *wide);

/** b2_qformer_cost: adds the work of the queries' pass over @n_image rows, keys and values of the picture included. */
void b2_qformer_cost (B2Qformer *self, int n_image, B2Cost *out);
