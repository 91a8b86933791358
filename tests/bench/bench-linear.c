/*
 * How fast linear layers of the full-size models are, in every weight type, against what the machine can do; for work on
 * kernels: bench-linear [TYPE…]. Each round goes through layers enough to leave every cache behind; the best round counts.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/nn/linear.h"

/* Processor time per thread: other programs on the machine count for less than with a clock on the wall. */
static double
now (int n_threads)
{
  struct timespec t;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &t);
  return ((double) t.tv_sec + (double) t.tv_nsec * 1e-9) / n_threads;
}

typedef struct
{
  const char *name;
  int n_rows, n_out, n_in;
} Shape;

static const Shape shapes[] = {
  { "ViT qkv", 257, 4224, 1408 },          { "ViT fc1", 257, 6144, 1408 },
  { "ViT fc2", 257, 1408, 6144 },          { "ViT proj", 257, 1408, 1408 },
  { "prefill fc1", 33, 10240, 2560 },      { "prefill fc2", 33, 2560, 10240 },
  { "prefill q", 33, 2560, 2560 },         { "step fc1, greedy", 1, 10240, 2560 },
  { "step fc2, greedy", 1, 2560, 10240 },  { "step q, greedy", 1, 2560, 2560 },
  { "step fc1, 5 beams", 5, 10240, 2560 }, { "step fc2, 5 beams", 5, 2560, 10240 },
  { "step q, 5 beams", 5, 2560, 2560 },
};

#define BYTES_PER_ROUND ((gsize) 256 << 20)
#define ROUNDS 7

static void
bench (B2Compute *compute, const Shape *s, B2WeightType type, const guint8 *weights)
{
  gsize row_bytes = b2_weight_row_bytes (type, (gsize) s->n_in), layer_bytes = row_bytes * (gsize) s->n_out;
  gsize n_layers = s->n_rows > 100 ? 4 : BYTES_PER_ROUND / layer_bytes;
  g_autofree float *x = g_new (float, (gsize) s->n_rows *(gsize) s->n_in),
                   *y = g_new (float, (gsize) s->n_rows *(gsize) s->n_out);
  double best = G_MAXDOUBLE, ops;

  for (gsize i = 0; i < (gsize) s->n_rows * (gsize) s->n_in; i++)
    x[i] = (float) (i % 127) / 127.0f - 0.4f;
  for (int round = 0; round < ROUNDS; round++)
    {
      double start = now (b2_pool_n_threads (compute->pool));

      for (gsize i = 0; i < n_layers; i++)
        {
          B2Linear linear = { weights + i * layer_bytes, NULL, type, s->n_out, s->n_in };

          b2_linear_forward (compute, &linear, x, (gsize) s->n_rows, (gsize) s->n_in, y, (gsize) s->n_out);
        }
      best = MIN (best, now (b2_pool_n_threads (compute->pool)) - start);
    }
  ops = 2.0 * s->n_rows * s->n_out * s->n_in * (double) n_layers;
  g_print ("%-5s %-18s %8.3f ms a layer  %7.1f Gop/s  %6.1f GB/s\n", b2_weight_type_info (type)->name,
           s->name, best * 1e3 / (double) n_layers, ops / best / 1e9,
           (double) (n_layers * layer_bytes) / best / 1e9);
}

int
main (int argc, char **argv)
{
  g_autoptr (B2Compute) compute
      = b2_compute_new (g_getenv ("THREADS") ? atoi (g_getenv ("THREADS")) : 0, 10240, 257, NULL);
  gsize n_bytes = BYTES_PER_ROUND + ((gsize) 128 << 20);
  guint8 *weights = g_malloc (n_bytes);
  g_autofree float *row = g_new (float, 10240);

  g_print ("kernels %s, %d threads\n", compute->kernels->name, b2_pool_n_threads (compute->pool));
  for (int i = 0; i < 10240; i++)
    row[i] = (float) (i * 7919 % 1009) / 1009.0f - 0.5f;
  for (int type = 0; type < B2_N_WEIGHT_TYPES; type++)
    {
      const B2WeightTypeInfo *info = b2_weight_type_info ((B2WeightType) type);
      gsize period = b2_weight_row_bytes ((B2WeightType) type, 10240);

      if (argc > 1 && !g_strv_contains ((const char *const *) argv + 1, info->name))
        continue;
      for (gsize at = 0; at + period <= n_bytes; at += period)
        if (at == 0)
          info->encode (row, weights, 10240);
        else
          memcpy (weights + at, weights, period);
      for (gsize s = 0; s < G_N_ELEMENTS (shapes); s++)
        bench (compute, &shapes[s], (B2WeightType) type, weights);
    }
  g_free (weights);
  return 0;
}
