#pragma once

#include "engine/nn/activation.h"
#include "engine/nn/compute.h"

/**
 * B2Linear:
 *
 * y = x · Wᵀ + b with the weights where and how the file stores them.
 */
typedef struct
{
  const void *weight; /* [n_out, n_in] of @type, row-major; may be unaligned */
  const float *bias; /* [n_out], or NULL */
  B2WeightType type;
  int n_out, n_in;
} B2Linear;

/** B2LinearOut: one of several layers over the same input, and what is done to its output while it is in cache. */
typedef struct
{
  const B2Linear *linear;
  float *y; /* [n_rows, ldy] f32; must not alias the input */
  gsize ldy;
  B2ActivationFunc activation; /* or NULL; after the bias */
  const float *residual; /* [n_rows, ldy] added at the end, or NULL; may be @y */
} B2LinearOut;

#define B2_LINEAR_MAX_OUTS 4

/**
 * b2_linear_run:
 * @x: [n_rows, ldx] f32, the first n_in of each row
 * @outs: [n_outs]: layers of the same n_in
 *
 * In tiles of output columns, shared out to the workers; what a tile computes does not depend on how many threads
 * there are. Which way a layer goes:
 *  - Where the kernels have packed products of the weight type (b2_kernels: gemm), and these don't round or may do so
 *    (B2Compute.exact is not set), any number of rows takes them. F32, F16 and BF16 with few rows do not, unless
 *    B2Compute.rows_alike is set: a decoding step waits for memory, so that it may as well be exact.
 *  - Else few rows (a decoding step) stream the weights through the gemv kernels;
 *  - and more go through OpenBLAS, each tile's weights decoded to f32 in the worker's scratch.
 *
 * Allocates: nothing.
 */
void b2_linear_run (B2Compute *compute, const float *x, gsize n_rows, gsize ldx, const B2LinearOut *outs,
                    int n_outs);

/** b2_linear_forward: one layer, its bias and nothing else. */
void b2_linear_forward (B2Compute *compute, const B2Linear *linear, const float *x, gsize n_rows, gsize ldx,
                        float *y, gsize ldy);

/** b2_linear_is_packed: whether many rows take packed products, so that a row's values don't depend on the others */
gboolean b2_linear_is_packed (B2Compute *compute, const B2Linear *linear);

/** b2_linear_rounds: whether @n_rows rows of input are rounded, so that what is computed from the output may be, too. */
gboolean b2_linear_rounds (B2Compute *compute, const B2Linear *linear, gsize n_rows);

/** b2_linear_row: decodes row @row of the weights (an embedding) into @out [n_in]. */
void b2_linear_row (B2Compute *compute, const B2Linear *linear, int row, float *out);

/* Rows that go through a layer at a time; more, in blocks of so many, each of which packs the weights anew. */
#define B2_LINEAR_MAX_ROWS 1024

/** b2_linear_scratch_floats: what a worker needs for layers with inputs of up to @max_row. */
gsize b2_linear_scratch_floats (gsize max_row);
/** b2_linear_acts_bytes: what prepared rows take at most; an upper bound for all kernels. */
gsize b2_linear_acts_bytes (gsize max_row);
