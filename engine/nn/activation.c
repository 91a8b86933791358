#include "engine/nn/activation.h"

#include <math.h>

typedef struct
{
  B2ActivationFunc func;
  float *x;
  gsize width;
} Job;

void
b2_relu (float *x, gsize n)
{
  for (gsize i = 0; i < n; i++)
    x[i] = x[i] > 0 ? x[i] : 0;
}

void
b2_gelu (float *x, gsize n)
{
  for (gsize i = 0; i < n; i++)
    x[i] = 0.5f * x[i] * (1.0f + erff (x[i] * (float) G_SQRT2 * 0.5f));
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

static void
activate_row (gpointer data, gsize item, int worker)
{
  const Job *job = data;

  job->func (job->x + item * job->width, job->width);
}

void
b2_activation_forward (B2Compute *compute, B2ActivationFunc func, float *x, gsize n_rows, gsize width)
{
  Job job = { func, x, width };

  b2_pool_run (compute->pool, n_rows, activate_row, &job);
}
