#pragma once

#include <stddef.h>

/* Values of a row of scores are written in whole strips of so many keys. */
#define B2_ATTEND_KEYS 32
#define B2_ATTEND_MAX_WIDTH 256

/**
 * B2Attend:
 *
 * Attention of one head, some queries at a time: its keys and values are packed once, and what there is of scores at any
 * moment stays in the first-level cache. The softmax between the two products is the caller's. Queries, keys,
 * values and weights are rounded to bfloat16, sums are f32.
 *
 * Plain C11, no threads, no allocation.
 */
typedef struct
{
  size_t max_rows;
  /** panel_bytes: of packed keys and values, a multiple of 64; @width ≤ %B2_ATTEND_MAX_WIDTH */
  size_t (*panel_bytes) (size_t n_keys, size_t width);
  /** pack: @k, @v: [n_keys, ld], the first @width of each row; @panels: (out caller-allocates): 64-byte aligned */
  void (*pack) (const float *k, size_t ldk, const float *v, size_t ldv, size_t n_keys, size_t width,
                void *panels);
  /** scores: @q: [m, ldq], m ≤ max_rows; @s: (out caller-allocates): [m, lds], scale · q·kᵀ; lds ≥ n_keys rounded up to
   * %B2_ATTEND_KEYS, all of which are written */
  void (*scores) (const void *panels, size_t n_keys, size_t width, const float *q, size_t ldq, float scale,
                  size_t m, float *s, size_t lds);
  /** values: @p: [m, ldp]: weights of the n_keys; @out: (out caller-allocates): [m, ldo], its first @width */
  void (*values) (const void *panels, size_t n_keys, size_t width, const float *p, size_t ldp, size_t m,
                  float *out, size_t ldo);
} B2Attend;
