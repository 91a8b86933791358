#include "engine/nn/norm.h"

#include <math.h>

#define ROWS_PER_ITEM 8

typedef struct
{
  const B2Norm *norm;
  const float *x;
  gsize n_rows;
  float *y;
} Job;

static void
norm_row (const B2Norm *norm, const float *x, float *y)
{
  gsize n = (gsize) norm->width;
  double mean = 0, variance = 0;
  float scale;

  /* Sums in f64: as exact as the reference's vectorised f32 tree and simple. */
  if (!norm->rms)
    {
      for (gsize i = 0; i < n; i++)
        mean += x[i];
      mean /= (double) n;
    }
  for (gsize i = 0; i < n; i++)
    variance += (x[i] - mean) * (x[i] - mean);
  scale = (float) (1.0 / sqrt (variance / (double) n + (double) norm->eps));
  for (gsize i = 0; i < n; i++)
    y[i] = (float) (x[i] - mean) * scale * norm->weight[i] + (norm->bias != NULL ? norm->bias[i] : 0.0f);
}

static void
norm_rows (gpointer data, gsize item, int worker)
{
  const Job *job = data;
  gsize to = MIN ((item + 1) * ROWS_PER_ITEM, job->n_rows);
  gsize width = (gsize) job->norm->width;

  for (gsize r = item * ROWS_PER_ITEM; r < to; r++)
    norm_row (job->norm, job->x + r * width, job->y + r * width);
}

void
b2_norm_forward (B2Compute *compute, const B2Norm *norm, const float *x, gsize n_rows, float *y)
{
  Job job = { norm, x, n_rows, y };

  b2_pool_run (compute->pool, (n_rows + ROWS_PER_ITEM - 1) / ROWS_PER_ITEM, norm_rows, &job);
}

void
b2_add (const float *x, float *y, gsize n)
{
  for (gsize i = 0; i < n; i++)
    y[i] += x[i];
}
