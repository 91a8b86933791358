#pragma once

#include "engine/nn/compute.h"

/**
 * B2Attention:
 *
 * Multi-head attention over projected rows: softmax (scale Q·Kᵀ + bias) V, where the
 * head h of a row is its columns [h·head_width, (h+1)·head_width).
 */
typedef struct
{
  int n_heads, head_width;
  gsize n_queries, n_keys;
  const float *q, *k, *v; /* [n_queries, ldq], [n_keys, ldk], [n_keys, ldv] */
  gsize ldq, ldk, ldv;
  float scale;
  const float *relative_bias; /* [n_heads, relative_stride] added to the scores by distance, or NULL: */
  gsize relative_stride; /*   head h, query i, key j take element */
  gssize relative_origin; /*   h · relative_stride + relative_origin + j - i */
  const guint8 *mask; /* [n_queries, n_keys], 0: not seen, or NULL */
  const guint8 *key_mask; /* [n_keys], 0: seen by no query, or NULL */
  gboolean causal; /* query i sees keys 0 … first_causal + i */
  gsize first_causal;
  gboolean
      rounds; /* may round to bfloat16: for projections that were themselves computed from rounded values */
  float *out; /* [n_queries, ldo] */
  gsize ldo;
  float *map; /* (nullable): [n_heads, n_queries, n_keys], the weights */
} B2Attention;

/**
 * b2_attention_forward:
 *
 * @out must not alias the inputs. A query that may see no key gets zeros, in @out and in the map.
 *
 * Allocates: nothing.
 */
void b2_attention_forward (B2Compute *compute, const B2Attention *attention);

gsize b2_attention_scratch_floats (gsize max_keys);
