#pragma once

#include <glib.h>

/**
 * b2_t5_bucket:
 * @distance: key position minus query position
 *
 * The bucket of a relative position: half of the buckets exact, the rest logarithmic up to
 * @max_distance; with @bidirectional one half for each side.
 *
 * Math: T5, Raffel et al. 2020, arXiv:1910.10683 §2.1.
 */
int b2_t5_bucket (int distance, gboolean bidirectional, int n_buckets, int max_distance);

/**
 * b2_t5_bias_table:
 * @weight: [n_buckets, n_heads] f32; relative_attention_bias
 * @out: (out caller-allocates): [n_heads, 2 n - 1]: element n - 1 + d is the bias of distance d (key minus query)
 *
 * With @bidirectional false, distances above 0 are never read.
 */
void b2_t5_bias_table (const float *weight, int n_heads, int n_buckets, int max_distance,
                       gboolean bidirectional, int n, float *out);
