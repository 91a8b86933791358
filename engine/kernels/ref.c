/* The scalar truth that every other table is tested against. */
#include "engine/kernels/kernels.h"

#include <math.h>
#include <string.h>

static float
ref_dot (const float *a, const float *b, size_t n)
{
  /* Four partial sums: closer to the vector kernels' error than one long chain. */
  float s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  size_t i = 0;

  for (; i + 4 <= n; i += 4)
    {
      s0 += a[i] * b[i];
      s1 += a[i + 1] * b[i + 1];
      s2 += a[i + 2] * b[i + 2];
      s3 += a[i + 3] * b[i + 3];
    }
  for (; i < n; i++)
    s0 += a[i] * b[i];
  return (s0 + s1) + (s2 + s3);
}

static void
ref_dots (const float *q, const float *const *rows, size_t column, size_t n, size_t width, float scale,
          float *out)
{
  for (size_t j = 0; j < n; j++)
    out[j] = scale * ref_dot (q, rows[j] + column, width);
}

static void
ref_mix (const float *weights, const float *const *rows, size_t column, size_t n, size_t width, float *out)
{
  memset (out, 0, width * sizeof *out);
  for (size_t j = 0; j < n; j++)
    for (size_t i = 0; i < width; i++)
      out[i] += weights[j] * rows[j][column + i];
}

static void
ref_gelu (float *x, size_t n)
{
  for (size_t i = 0; i < n; i++)
    x[i] = 0.5f * x[i] * (1.0f + erff (x[i] * 0.70710678118654752440f));
}

static void
ref_finish (const float *tile, size_t ld, size_t m, size_t n, const float *bias, B2Finish function,
            const float *residual, float *y, size_t ldy)
{
  for (size_t r = 0; r < m; r++)
    for (size_t i = 0; i < n; i++)
      {
        float v = tile[r * ld + i] + (bias != NULL ? bias[i] : 0);

        if (function == B2_FINISH_RELU)
          v = v < 0 ? 0 : v;
        else if (function == B2_FINISH_GELU)
          ref_gelu (&v, 1);
        y[r * ldy + i] = v + (residual != NULL ? residual[r * ldy + i] : 0);
      }
}

static float
ref_largest (const float *x, size_t n)
{
  float most = -INFINITY;

  for (size_t i = 0; i < n; i++)
    most = x[i] > most ? x[i] : most;
  return most;
}

static void
ref_softmax (float *x, size_t n)
{
  float most = ref_largest (x, n), scale;
  double sum = 0;

  for (size_t i = 0; i < n; i++)
    {
      x[i] = expf (x[i] - most);
      sum += x[i];
    }
  scale = (float) (1.0 / sum);
  for (size_t i = 0; i < n; i++)
    x[i] *= scale;
}

static double
ref_exp_sum (const float *x, size_t n, float largest)
{
  double sum = 0;

  for (size_t i = 0; i < n; i++)
    sum += expf (x[i] - largest);
  return sum;
}

static void
ref_norm (const float *x, size_t n, const float *weight, const float *bias, float eps, bool rms, float *y)
{
  double mean = 0, variance = 0;
  float scale;

  for (size_t i = 0; !rms && i < n; i++)
    mean += x[i];
  mean /= (double) n;
  for (size_t i = 0; i < n; i++)
    variance += (x[i] - mean) * (x[i] - mean);
  scale = (float) (1.0 / sqrt (variance / (double) n + (double) eps));
  for (size_t i = 0; i < n; i++)
    y[i] = (float) (x[i] - mean) * scale * weight[i] + (bias != NULL ? bias[i] : 0.0f);
}

void
b2_kernels_init_ref (B2Kernels *table)
{
  table->name = "ref";
  table->dot = ref_dot;
  table->dots = ref_dots;
  table->mix = ref_mix;
  table->gelu = ref_gelu;
  table->finish = ref_finish;
  table->largest = ref_largest;
  table->softmax = ref_softmax;
  table->exp_sum = ref_exp_sum;
  table->norm = ref_norm;
  for (int t = 0; t < B2_N_WEIGHT_TYPES; t++)
    {
      table->decode[t] = b2_weight_type_info ((B2WeightType) t)->decode;
      table->gemv[t] = NULL;
    }
}
