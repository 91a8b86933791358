#include "engine/nn/linear.h"

#include <stdint.h>
#include <string.h>

#include "engine/kernels/blas.h"

/* Output columns per item. GEMM: wide enough for OpenBLAS to run at full speed. GEMV: small,
 * so that threads end together. */
#define GEMM_TILE 256
#define GEMV_TILE 64

typedef struct
{
  B2Compute *compute;
  const B2Linear *linear;
  const float *x;
  gsize n_rows, ldx;
  float *y;
  gsize ldy;
  gsize row_bytes;
} Job;

gsize
b2_linear_scratch_floats (gsize max_row)
{
  return GEMM_TILE * max_row;
}

static void
add_bias (const Job *job, gsize from, gsize to)
{
  const float *bias = job->linear->bias;

  if (bias == NULL)
    return;
  for (gsize r = 0; r < job->n_rows; r++)
    for (gsize j = from; j < to; j++)
      job->y[r * job->ldy + j] += bias[j];
}

static void
gemm_tile (gpointer data, gsize item, int worker)
{
  const Job *job = data;
  const B2Linear *lin = job->linear;
  gsize k = (gsize) lin->n_in;
  gsize from = item * GEMM_TILE, to = MIN (from + GEMM_TILE, (gsize) lin->n_out);
  const guint8 *w = (const guint8 *) lin->weight + from * job->row_bytes;
  const float *rows;

  if (lin->type == B2_WEIGHT_F32 && (uintptr_t) w % sizeof (float) == 0)
    rows = (const float *) (const void *) w;
  else
    {
      float *decoded = job->compute->scratch[worker];

      for (gsize j = from; j < to; j++)
        job->compute->kernels->decode[lin->type](w + (j - from) * job->row_bytes, decoded + (j - from) * k,
                                                 k);
      rows = decoded;
    }
  b2_blas_sgemm_nt (job->n_rows, to - from, k, 1.0f, job->x, job->ldx, rows, k, job->y + from, job->ldy);
  add_bias (job, from, to);
}

static void
gemv_tile (gpointer data, gsize item, int worker)
{
  const Job *job = data;
  const B2Linear *lin = job->linear;
  const B2Kernels *kernels = job->compute->kernels;
  gsize k = (gsize) lin->n_in;
  gsize from = item * GEMV_TILE, to = MIN (from + GEMV_TILE, (gsize) lin->n_out);
  const guint8 *w = (const guint8 *) lin->weight + from * job->row_bytes;

  if (kernels->gemv[lin->type] != NULL)
    kernels->gemv[lin->type](w, job->row_bytes, to - from, k, job->x, job->n_rows, job->ldx, job->y + from,
                             job->ldy);
  else
    for (gsize j = from; j < to; j++)
      {
        float *row = job->compute->scratch[worker];

        kernels->decode[lin->type](w + (j - from) * job->row_bytes, row, k);
        for (gsize r = 0; r < job->n_rows; r++)
          job->y[r * job->ldy + j] = kernels->dot (row, job->x + r * job->ldx, k);
      }
  add_bias (job, from, to);
}

void
b2_linear_forward (B2Compute *compute, const B2Linear *linear, const float *x, gsize n_rows, gsize ldx,
                   float *y, gsize ldy)
{
  Job job = { compute, linear, x,   n_rows,
              ldx,     y,      ldy, b2_weight_row_bytes (linear->type, (size_t) linear->n_in) };
  gsize n_out = (gsize) linear->n_out;

  if (n_rows <= B2_GEMV_MAX_ROWS)
    b2_pool_run (compute->pool, (n_out + GEMV_TILE - 1) / GEMV_TILE, gemv_tile, &job);
  else
    b2_pool_run (compute->pool, (n_out + GEMM_TILE - 1) / GEMM_TILE, gemm_tile, &job);
}

void
b2_linear_row (B2Compute *compute, const B2Linear *linear, int row, float *out)
{
  gsize row_bytes = b2_weight_row_bytes (linear->type, (size_t) linear->n_in);

  g_assert (row >= 0 && row < linear->n_out);
  compute->kernels->decode[linear->type]((const guint8 *) linear->weight + (gsize) row * row_bytes, out,
                                         (gsize) linear->n_in);
}
