#include "engine/nn/norm.h"

#define ROWS_PER_ITEM 8

typedef struct
{
  const B2Kernels *kernels;
  const B2Norm *norm;
  const float *x;
  gsize n_rows;
  float *y;
} Job;

static void
norm_rows (gpointer data, gsize item, int worker)
{
  const Job *job = data;
  gsize to = MIN ((item + 1) * ROWS_PER_ITEM, job->n_rows);
  gsize width = (gsize) job->norm->width;

  for (gsize r = item * ROWS_PER_ITEM; r < to; r++)
    job->kernels->norm (job->x + r * width, width, job->norm->weight, job->norm->bias, job->norm->eps,
                        job->norm->rms, job->y + r * width);
}

void
b2_norm_forward (B2Compute *compute, const B2Norm *norm, const float *x, gsize n_rows, float *y)
{
  Job job = { compute->kernels, norm, x, n_rows, y };

  b2_pool_run (compute->pool, (n_rows + ROWS_PER_ITEM - 1) / ROWS_PER_ITEM, norm_rows, &job);
}

void
b2_add (const float *x, float *y, gsize n)
{
  for (gsize i = 0; i < n; i++)
    y[i] += x[i];
}
