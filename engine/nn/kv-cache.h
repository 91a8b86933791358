#pragma once

#include "engine/nn/compute.h"

/**
 * B2KvCache:
 *
 * Keys and values of a decoder: a prefix that all beams share, and a tail of one row
 * per beam and step. A beam is its lineage, a list of rows: reordering beams copies
 * small integers, never keys or values.
 *
 * The capacity is reserved as address space; rows take memory when first written.
 */
typedef struct B2KvCache B2KvCache;

/** b2_kv_cache_new: @width: n_heads · head_width. Returns: (transfer full): %NULL with B2_ERROR_NO_MEMORY */
B2KvCache *b2_kv_cache_new (int n_layers, int n_heads, int head_width, int max_prefix, GError **error);
void b2_kv_cache_free (B2KvCache *self);

/** b2_kv_cache_prefix_keys, _values: [max_prefix, width] of @layer, for the caller to write. */
float *b2_kv_cache_prefix_keys (B2KvCache *self, int layer);
float *b2_kv_cache_prefix_values (B2KvCache *self, int layer);
int b2_kv_cache_max_prefix (B2KvCache *self);
/** b2_kv_cache_set_prefix: how many prefix rows count. */
void b2_kv_cache_set_prefix (B2KvCache *self, int n_prefix);
int b2_kv_cache_n_prefix (B2KvCache *self);

/** b2_kv_cache_begin_tail: empties the tail and makes room. Returns: %FALSE with B2_ERROR_NO_MEMORY */
gboolean b2_kv_cache_begin_tail (B2KvCache *self, int n_beams, int max_steps, GError **error);

/**
 * b2_kv_cache_next_step:
 * @parents: [n_beams]: which beam of the previous step each new one continues; not read in the first step
 *
 * Allocates: nothing.
 */
void b2_kv_cache_next_step (B2KvCache *self, const gint32 *parents);
/** b2_kv_cache_n_tail: steps begun. */
int b2_kv_cache_n_tail (B2KvCache *self);

/** b2_kv_cache_tail_keys, _values: [n_beams, width] of the current step, to write. */
float *b2_kv_cache_tail_keys (B2KvCache *self, int layer);
float *b2_kv_cache_tail_values (B2KvCache *self, int layer);

/**
 * b2_kv_cache_attend:
 * @q: [n_beams, width]
 * @scale: of the scores
 * @distance_bias: (nullable): [n_heads, distance_stride]; key at distance t back takes element t
 * @out: (out caller-allocates): [n_beams, width]
 *
 * Each beam attends to the prefix and to its own lineage, the current row included. Allocates: nothing.
 */
void b2_kv_cache_attend (B2KvCache *self, B2Compute *compute, int layer, const float *q, float scale,
                         const float *distance_bias, gsize distance_stride, float *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (B2KvCache, b2_kv_cache_free)
