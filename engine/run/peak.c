/* What this machine can do, measured with the engine's own kernels: the roof that benchmarks are shares of. */
#include <string.h>

#include "engine/b2.h"
#include "engine/nn/linear.h"

/* GEMM: large enough to reach full speed, small enough for a fraction of a second. */
#define GEMM_ROWS 256
#define GEMM_WIDTH 2048
/* GEMV: 256 MB of weights, several times any cache. */
#define GEMV_WIDTH 8192
#define ROUNDS 5

static double
best_seconds (B2Compute *compute, const B2Linear *linear, const float *x, gsize n_rows, float *y)
{
  double best = G_MAXDOUBLE;

  for (int i = 0; i < ROUNDS; i++)
    {
      gint64 start = g_get_monotonic_time ();

      b2_linear_forward (compute, linear, x, n_rows, (gsize) linear->n_in, y, (gsize) linear->n_out);
      best = MIN (best, (double) (g_get_monotonic_time () - start) / 1e6);
    }
  return MAX (best, 1e-9);
}

void
b2_measure_peak (int n_threads, B2Peak *out)
{
  g_autoptr (B2Compute) compute = b2_compute_new (n_threads, GEMV_WIDTH, 1, NULL);
  gsize n_weights = (gsize) GEMV_WIDTH * GEMV_WIDTH;
  g_autofree float *weights = g_try_new (float, n_weights);
  g_autofree float *x = g_new0 (float, GEMM_ROWS *GEMV_WIDTH), *y = g_new (float, GEMM_ROWS *GEMV_WIDTH);
  B2Linear wide = { weights, NULL, B2_WEIGHT_F32, GEMM_WIDTH, GEMM_WIDTH };
  B2Linear tall = { weights, NULL, B2_WEIGHT_F32, GEMV_WIDTH, GEMV_WIDTH };

  memset (out, 0, sizeof *out);
  if (compute == NULL || weights == NULL)
    return;
  for (gsize i = 0; i < n_weights; i++)
    weights[i] = (float) (i % 251) / 251.0f;
  for (gsize i = 0; i < GEMM_ROWS * GEMV_WIDTH; i++)
    x[i] = (float) (i % 127) / 127.0f;
  out->gflops
      = 2.0 * GEMM_ROWS * GEMM_WIDTH * GEMM_WIDTH / best_seconds (compute, &wide, x, GEMM_ROWS, y) / 1e9;
  out->gbps = (double) n_weights * sizeof (float) / best_seconds (compute, &tall, x, 1, y) / 1e9;
  out->cpu_path = compute->kernels->name;
  out->n_threads = b2_pool_n_threads (compute->pool);
}
