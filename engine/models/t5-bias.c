#include "engine/models/t5-bias.h"

#include <math.h>

int
b2_t5_bucket (int distance, gboolean bidirectional, int n_buckets, int max_distance)
{
  int bucket = 0, max_exact, large;

  if (bidirectional)
    {
      n_buckets /= 2;
      bucket = distance > 0 ? n_buckets : 0;
      distance = ABS (distance);
    }
  else
    distance = distance < 0 ? -distance : 0;
  max_exact = n_buckets / 2;
  if (distance < max_exact)
    return bucket + distance;
  /* In f32, as torch does: a bucket's edge must not fall elsewhere. */
  large = max_exact
          + (int) (logf ((float) distance / (float) max_exact)
                   / (float) log ((double) max_distance / max_exact) * (float) (n_buckets - max_exact));
  return bucket + MIN (large, n_buckets - 1);
}

void
b2_t5_bias_table (const float *weight, int n_heads, int n_buckets, int max_distance, gboolean bidirectional,
                  int n, float *out)
{
  for (int d = 1 - n; d < n; d++)
    {
      int bucket = b2_t5_bucket (d, bidirectional, n_buckets, max_distance);

      for (int h = 0; h < n_heads; h++)
        out[(gsize) h * (gsize) (2 * n - 1) + (gsize) (n - 1 + d)]
            = weight[(gsize) bucket * (gsize) n_heads + (gsize) h];
    }
}
