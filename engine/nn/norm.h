#pragma once

#include "engine/nn/compute.h"

/** B2Norm: layer norm; RMS norm where @bias is NULL and @rms is set (T5). */
typedef struct
{
  const float *weight; /* [width] */
  const float *bias; /* [width], NULL for RMS norm */
  int width;
  float eps;
  gboolean rms;
} B2Norm;

/**
 * b2_norm_forward:
 * @x: [n_rows, width] f32
 * @y: (out caller-allocates): the same shape; may be @x
 *
 * Layer norm over each row with the biased variance; T5's RMS norm without mean and bias.
 */
void b2_norm_forward (B2Compute *compute, const B2Norm *norm, const float *x, gsize n_rows, float *y);

/** b2_add: y += x, @n floats. */
void b2_add (const float *x, float *y, gsize n);
