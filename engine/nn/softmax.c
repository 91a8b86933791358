#include "engine/nn/softmax.h"

#include <math.h>

#include "engine/kernels/kernels.h"

void
b2_softmax (float *x, gsize n)
{
  b2_kernels_get ()->softmax (x, n);
}

void
b2_log_softmax (const float *x, gsize n, float *out)
{
  const B2Kernels *kernels = b2_kernels_get ();
  float largest = kernels->largest (x, n), log_sum = (float) log (kernels->exp_sum (x, n, largest));

  for (gsize i = 0; i < n; i++)
    out[i] = x[i] - largest - log_sum;
}
