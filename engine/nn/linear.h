#pragma once

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

/**
 * b2_linear_forward:
 * @x: [n_rows, ldx] f32, the first n_in of each row
 * @y: (out caller-allocates): [n_rows, ldy] f32; must not alias @x
 *
 * Few rows (a decoding step) stream the weights through the gemv kernels; more go
 * through GEMM, tile by tile of output columns, each tile's weights decoded into the
 * worker's scratch. The tiles do not depend on the number of threads.
 *
 * Allocates: nothing.
 */
void b2_linear_forward (B2Compute *compute, const B2Linear *linear, const float *x, gsize n_rows, gsize ldx,
                        float *y, gsize ldy);

/** b2_linear_row: decodes row @row of the weights (an embedding) into @out [n_in]. */
void b2_linear_row (B2Compute *compute, const B2Linear *linear, int row, float *out);

gsize b2_linear_scratch_floats (gsize max_row);
