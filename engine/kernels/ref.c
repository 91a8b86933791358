/* The scalar truth that every other table is tested against. */
#include "engine/kernels/kernels.h"

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
ref_axpy (float alpha, const float *x, float *y, size_t n)
{
  for (size_t i = 0; i < n; i++)
    y[i] += alpha * x[i];
}

void
b2_kernels_init_ref (B2Kernels *table)
{
  table->name = "ref";
  table->dot = ref_dot;
  table->axpy = ref_axpy;
  for (int t = 0; t < B2_N_WEIGHT_TYPES; t++)
    {
      table->decode[t] = b2_weight_type_info ((B2WeightType) t)->decode;
      table->gemv[t] = NULL;
    }
}
