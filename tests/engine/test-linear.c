/*
 * Linear layers as a whole: every weight type and way to compute it, several layers of one input, bias, activation and residual,
 * rows and columns that fit no tile; the same bits with any number of threads, and near the exact products.
 */
#include <math.h>
#include <string.h>

#include "engine/nn/linear.h"
#include "tests/engine/levels.h"

#define N_LAYERS 3
#define MAX_K 704

static const int n_outs[N_LAYERS] = { 97, 1, 300 };

typedef struct
{
  B2WeightType type;
  gsize k, n_rows;
  guint8 *weights[N_LAYERS];
  float *bias[N_LAYERS], *x, *residual;
} Layers;

static float
draw (GRand *rand)
{
  float x = (float) g_rand_double_range (rand, -1, 1);

  return g_rand_int_range (rand, 0, 40) == 0 ? 30 * x : x;
}

static float *
draw_floats (GRand *rand, gsize n)
{
  float *x = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    x[i] = draw (rand);
  return x;
}

static void
layers_init (Layers *l, GRand *rand, B2WeightType type, gsize k, gsize n_rows)
{
  gsize row_bytes = b2_weight_row_bytes (type, k);
  float row[MAX_K];

  *l = (Layers){ .type = type, .k = k, .n_rows = n_rows, .x = draw_floats (rand, n_rows *k) };
  l->residual = draw_floats (rand, n_rows * (gsize) n_outs[2]);
  for (int i = 0; i < N_LAYERS; i++)
    {
      l->weights[i] = g_malloc ((gsize) n_outs[i] * row_bytes + 1);
      l->bias[i] = draw_floats (rand, (gsize) n_outs[i]);
      for (gsize j = 0; j < (gsize) n_outs[i]; j++)
        {
          for (gsize c = 0; c < k; c++)
            row[c] = draw (rand);
          b2_weight_type_info (type)->encode (row, l->weights[i] + 1 + j * row_bytes, k);
        }
    }
}

static void
layers_clear (Layers *l)
{
  for (int i = 0; i < N_LAYERS; i++)
    {
      g_free (l->weights[i]);
      g_free (l->bias[i]);
    }
  g_free (l->x);
  g_free (l->residual);
}

/* Layer 0 with bias and ReLU, 1 plain, 2 with bias and the residual in its own place. Rows of @y lie one after the other. */
static void
run (const Layers *l, int n_threads, gboolean exact, float *y[N_LAYERS])
{
  g_autoptr (GError) error = NULL;
  g_autoptr (B2Compute) compute = b2_compute_new (n_threads, MAX_K, 64, &error);
  B2Linear linear[N_LAYERS];
  B2LinearOut outs[N_LAYERS];

  g_assert_no_error (error);
  compute->exact = exact;
  for (int i = 0; i < N_LAYERS; i++)
    {
      linear[i] = (B2Linear){ l->weights[i] + 1, i == 1 ? NULL : l->bias[i], l->type, n_outs[i], (int) l->k };
      outs[i] = (B2LinearOut){ .linear = &linear[i], .y = y[i], .ldy = (gsize) n_outs[i] };
    }
  outs[0].activation = b2_relu;
  outs[2].residual = y[2];
  memcpy (y[2], l->residual, l->n_rows * (gsize) n_outs[2] * sizeof (float));
  b2_linear_run (compute, l->x, l->n_rows, l->k, outs, N_LAYERS);
}

/* What a type's kernels may round x to: relative to the largest of a group for integers, to each value for bfloat16. */
static double
slack (const Layers *l, const float *w, const float *x, gboolean exact)
{
  double sum = 0;

  if (exact || l->type == B2_WEIGHT_F32 || l->type == B2_WEIGHT_F16)
    return 0;
  for (gsize from = 0; from < l->k; from += B2_ACT_GROUP)
    {
      double peak = 0, weights = 0;

      for (gsize i = from; i < MIN (from + B2_ACT_GROUP, l->k); i++)
        {
          peak = MAX (peak, fabs ((double) x[i]));
          weights += fabs ((double) w[i]);
        }
      sum += weights * peak / 250;
    }
  return sum;
}

static void
assert_near (const Layers *l, gboolean exact, float *const y[N_LAYERS])
{
  gsize row_bytes = b2_weight_row_bytes (l->type, l->k);
  float w[MAX_K];

  for (int i = 0; i < N_LAYERS; i++)
    for (gsize j = 0; j < (gsize) n_outs[i]; j += 7)
      {
        b2_weight_type_info (l->type)->decode (l->weights[i] + 1 + j * row_bytes, w, l->k);
        for (gsize r = 0; r < l->n_rows; r += 5)
          {
            const float *x = l->x + r * l->k;
            gsize at = r * (gsize) n_outs[i] + j;
            double sum = i == 1 ? 0 : (double) l->bias[i][j], magnitude = fabs (sum);

            for (gsize c = 0; c < l->k; c++)
              {
                sum += (double) w[c] * (double) x[c];
                magnitude += fabs ((double) w[c] * (double) x[c]);
              }
            if (i == 0)
              sum = MAX (sum, 0);
            if (i == 2)
              sum += (double) l->residual[at];
            g_assert_cmpfloat (fabs (y[i][at] - sum), <=,
                               slack (l, w, x, exact) + (magnitude + 30) * (double) (l->k + 8) * 0x1p-24);
          }
      }
}

static void
check (GRand *rand, B2WeightType type, gsize k, gsize n_rows, gboolean exact)
{
  static const int threads[] = { 1, 2, 3, 64 };
  float *first[N_LAYERS], *again[N_LAYERS];
  Layers l;

  layers_init (&l, rand, type, k, n_rows);
  for (int i = 0; i < N_LAYERS; i++)
    {
      first[i] = g_new (float, n_rows * (gsize) n_outs[i]);
      again[i] = g_new (float, n_rows * (gsize) n_outs[i]);
    }
  run (&l, threads[0], exact, first);
  assert_near (&l, exact, first);
  for (gsize t = 1; t < G_N_ELEMENTS (threads); t++)
    {
      run (&l, threads[t], exact, again);
      for (int i = 0; i < N_LAYERS; i++)
        {
          gsize n_bytes = n_rows * (gsize) n_outs[i] * sizeof (float);

          g_assert_cmpmem (again[i], n_bytes, first[i], n_bytes);
        }
    }
  for (int i = 0; i < N_LAYERS; i++)
    {
      g_free (first[i]);
      g_free (again[i]);
    }
  layers_clear (&l);
}

static void
test_type (gconstpointer data)
{
  static const gsize n_rows[] = { 1, 2, 5, 8, 9, 33, 70 }, ks[] = { 32, 96, 128, 160, 704 };
  B2WeightType type = (B2WeightType) GPOINTER_TO_INT (data);
  g_autoptr (GRand) rand = g_rand_new_with_seed (41);

  for (gsize r = 0; r < G_N_ELEMENTS (n_rows); r++)
    for (gsize k = 0; k < G_N_ELEMENTS (ks); k++)
      for (int exact = 0; exact < 2; exact++)
        check (rand, type, ks[k], n_rows[r], exact);
  /* more than are prepared at once */
  check (rand, type, 64, 1100, FALSE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (level_repeats ())
    return 0;
  for (int type = 0; type < B2_N_WEIGHT_TYPES; type++)
    {
      g_autofree char *path = g_strdup_printf ("/linear/%s", b2_weight_type_info ((B2WeightType) type)->name);

      g_test_add_data_func (path, GINT_TO_POINTER (type), test_type);
    }
  return g_test_run ();
}
