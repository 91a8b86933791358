#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "engine/quant/weight-types.h"

/* Values of an activation row that share a scale; four blocks of a Q8_0 or Q4_0 row. */
#define B2_ACT_GROUP 128
/* Most rows and columns of any kernel's tile. */
#define B2_GEMM_MAX_ROWS 16
#define B2_GEMM_MAX_COLUMNS 64

/**
 * B2Gemm:
 *
 * Products x · Wᵀ of one weight type, in three steps: rows of x are prepared once (rounded to what the
 * kernel multiplies), @n_columns rows of W at a time are packed into a panel that the kernel streams
 * through, and a tile of up to @max_rows × @n_columns outputs is computed from both.
 *
 * 8- and 4-bit weights (Q8_0, Q4_0): an activation row becomes 8-bit integers with one f32 scale per
 * %B2_ACT_GROUP values. Products are summed exactly, as 32-bit integers, over each weight block of 32; per block
 * fma (sum, weight scale, t), per group fma (t, activation scale, y), in the order of k. So the result is the
 * same in every bit whatever the instruction set, the number of rows, the tiles and the threads.
 *
 * BF16, where the CPU multiplies it: activations are rounded to bfloat16, to nearest even; sums are f32, pairs of k in order.
 *
 * F32, F16 and else BF16: weights are decoded into the panel and multiplied in f32 (@exact), activations used as they are: neither
 * @act_bytes nor @prepare. Sums of %B2_ACT_GROUP values in the order of k, added up: the same bits, as above.
 *
 * A row of x with a value that is not finite gives NaN in all its outputs; in f32, what IEEE arithmetic makes of it.
 * Plain C11, no threads, no allocation. Panels and prepared rows are aligned to 64 bytes by the caller.
 */
typedef struct
{
  size_t n_columns; /* a multiple of 8 */
  size_t max_rows;
  size_t k_step; /* k_from and k_to are multiples of it, or k itself */
  bool exact; /* nothing is rounded but sums */

  /** act_bytes: of a prepared row of @k values, a multiple of 64. NULL: rows are taken as they are */
  size_t (*act_bytes) (size_t k);
  /** prepare: @x: [k] f32; @act: (out caller-allocates): act_bytes (k) */
  void (*prepare) (const float *x, size_t k, void *act);
  /** panel_bytes: of a panel of @k values a row, a multiple of 64 */
  size_t (*panel_bytes) (size_t k);
  /**
   * pack:
   * @w: row 0 of the @n ≤ n_columns weight rows, @row_bytes apart, any alignment
   * @panel: (out caller-allocates): values [@k_from, @k_to) of the rows; those behind @n count as 0
   */
  void (*pack) (const void *w, size_t row_bytes, size_t n, size_t k_from, size_t k_to, void *panel);
  /**
   * multiply:
   * @acts: [m] rows prepared for @k values, or f32 as they are, @act_stride bytes apart; 1 ≤ @m ≤ max_rows
   * @c: [m, ldc]: the first n_columns of each row are set where @k_from is 0, else added to
   */
  void (*multiply) (const void *panel, size_t k, size_t k_from, size_t k_to, const void *acts,
                    size_t act_stride, size_t m, float *c, size_t ldc);
  /**
   * stream: the same for few rows of x, weights going straight from memory through registers. NULL for types that have
   * B2Kernels.gemv for that.
   * @w: [@n] rows, any number
   * @c: [m, ldc]: the first @n of each row are set
   */
  void (*stream) (const void *w, size_t row_bytes, size_t n, size_t k, const void *acts, size_t act_stride,
                  size_t m, float *c, size_t ldc);
} B2Gemm;

/**
 * b2_act_bytes, b2_act_scales, b2_act_offsets:
 *
 * A row prepared for integer kernels: @k bytes, then a f32 scale per group, then per block of 32 four bytes that a kernel begins
 * its sums with; by them weights can be unsigned: Σ (w + 128) x - 128 Σ x.
 * Each of the three starts at a multiple of 64 bytes.
 */
static inline size_t
b2_act_scales (size_t k)
{
  return (k + 63) & ~(size_t) 63;
}
static inline size_t
b2_act_offsets (size_t k)
{
  size_t n_groups = (k + B2_ACT_GROUP - 1) / B2_ACT_GROUP;

  return b2_act_scales (k) + ((n_groups * sizeof (float) + 63) & ~(size_t) 63);
}
static inline size_t
b2_act_bytes (size_t k)
{
  /* An odd number of cache lines: rows then do not fall into the same sets. */
  return (b2_act_offsets (k) + ((k / 32 * sizeof (int) + 63) & ~(size_t) 63)) | 64;
}

/* Below it a group counts as zero: the reciprocal of its scale would not be finite. */
#define B2_ACT_TINY 1e-35f
