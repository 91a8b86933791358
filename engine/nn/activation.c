#include "engine/nn/activation.h"

#include <math.h>

void
b2_relu (float *x, gsize n)
{
  for (gsize i = 0; i < n; i++)
    x[i] = x[i] > 0 ? x[i] : 0;
}

void
b2_gelu (float *x, gsize n)
{
  b2_kernels_get ()->gelu (x, n);
}

void
b2_gelu_tanh (float *x, gsize n)
{
  for (gsize i = 0; i < n; i++)
    x[i] = 0.5f * x[i] * (1.0f + tanhf (0.79788456080286535588f * (x[i] + 0.044715f * x[i] * x[i] * x[i])));
}

void
b2_quick_gelu (float *x, gsize n)
{
  for (gsize i = 0; i < n; i++)
    x[i] = x[i] / (1.0f + expf (-1.702f * x[i]));
}

void
b2_silu (float *x, gsize n)
{
  for (gsize i = 0; i < n; i++)
    x[i] = x[i] / (1.0f + expf (-x[i]));
}
