#include "engine/nn/softmax.h"

#include <math.h>

static float
largest (const float *x, gsize n)
{
  float max = x[0];

  for (gsize i = 1; i < n; i++)
    max = x[i] > max ? x[i] : max;
  return max;
}

void
b2_softmax (float *x, gsize n)
{
  float max = largest (x, n), scale;
  double sum = 0;

  for (gsize i = 0; i < n; i++)
    {
      x[i] = expf (x[i] - max);
      sum += x[i];
    }
  scale = (float) (1.0 / sum);
  for (gsize i = 0; i < n; i++)
    x[i] *= scale;
}

void
b2_log_softmax (const float *x, gsize n, float *out)
{
  float max = largest (x, n), log_sum;
  double sum = 0;

  for (gsize i = 0; i < n; i++)
    sum += expf (x[i] - max);
  log_sum = (float) log (sum);
  for (gsize i = 0; i < n; i++)
    out[i] = x[i] - max - log_sum;
}
