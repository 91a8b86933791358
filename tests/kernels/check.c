/* Every instruction set this CPU has against the scalar reference: random, adversarial and tail shapes, odd addresses. */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "engine/kernels/kernels.h"
#include "tests/kernels/check-gemm.h"

static const gsize sizes[]
    = { 0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 88, 127, 257, 1408, 2051 };

static float
random_value (GRand *rand, int flavour)
{
  float x = (float) g_rand_double_range (rand, -1, 1);

  switch (flavour)
    {
    case 0:
      return x;
    case 1: /* wide range, with cancellation */
      return ldexpf (x, g_rand_int_range (rand, -10, 11));
    default: /* zeros and a few spikes */
      return g_rand_int_range (rand, 0, 8) == 0 ? 100 * x : 0;
    }
}

/* A bound on |sum in any order - exact|: n eps times the sum of magnitudes. */
static double
bound (const float *a, const float *b, gsize n)
{
  double sum = 0;

  for (gsize i = 0; i < n; i++)
    sum += fabs ((double) a[i] * (double) b[i]);
  return ((double) n + 4) * 0x1p-23 * sum + 1e-30;
}

static void
check_dot (gconstpointer data)
{
  const B2Kernels *k = data;
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);
  float a[2100], b[2100];

  for (int flavour = 0; flavour < 3; flavour++)
    for (gsize s = 0; s < G_N_ELEMENTS (sizes); s++)
      for (gsize shift = 0; shift < 3; shift++)
        {
          gsize n = sizes[s];
          double sum = 0;

          for (gsize i = 0; i < n + shift; i++)
            {
              a[i] = random_value (rand, flavour);
              b[i] = random_value (rand, flavour);
            }
          for (gsize i = 0; i < n; i++)
            sum += (double) a[i + shift] * (double) b[i + shift];
          g_assert_cmpfloat (fabs (k->dot (a + shift, b + shift, n) - sum), <=,
                             bound (a + shift, b + shift, n));
        }
}

/* Rows in any order, some twice. */
static void
check_attend_rows_shape (const B2Kernels *k, GRand *rand, gsize n, gsize width, int flavour)
{
  gsize ld = width + 7, column = 3;
  g_autofree float *values = g_new (float, n *ld), *scores = g_new (float, n + 1),
                   *out = g_new (float, width + 1);
  g_autofree float *magnitude = g_new (float, n);
  g_autofree const float **rows = g_new (const float *, n);
  float q[300];

  for (gsize i = 0; i < n * ld; i++)
    values[i] = random_value (rand, flavour);
  for (gsize i = 0; i < width; i++)
    q[i] = random_value (rand, flavour);
  for (gsize j = 0; j < n; j++)
    rows[j] = values + (gsize) g_rand_int_range (rand, 0, (gint32) n) * ld;
  scores[n] = out[width] = 42;
  k->dots (q, rows, column, n, width, 0.5f, scores);
  for (gsize j = 0; j < n; j++)
    {
      double sum = 0;

      for (gsize i = 0; i < width; i++)
        sum += 0.5 * (double) q[i] * (double) rows[j][column + i];
      g_assert_cmpfloat (fabs (scores[j] - sum), <=, bound (q, rows[j] + column, width));
    }
  k->mix (scores, rows, column, n, width, out);
  for (gsize i = 0; i < width; i++)
    {
      double sum = 0;

      for (gsize j = 0; j < n; j++)
        {
          sum += (double) scores[j] * (double) rows[j][column + i];
          magnitude[j] = rows[j][column + i];
        }
      g_assert_cmpfloat (fabs (out[i] - sum), <=, bound (scores, magnitude, n));
    }
  g_assert_cmpfloat (scores[n], ==, 42);
  g_assert_cmpfloat (out[width], ==, 42);
}

static void
check_attend_rows (gconstpointer data)
{
  static const gsize widths[] = { 1, 7, 8, 16, 31, 32, 33, 64, 80, 88, 128, 256 };
  g_autoptr (GRand) rand = g_rand_new_with_seed (9);

  for (gsize w = 0; w < G_N_ELEMENTS (widths); w++)
    for (gsize n = 1; n < 70; n += n < 9 ? 1 : 13)
      for (int flavour = 0; flavour < 3; flavour++)
        check_attend_rows_shape (data, rand, n, widths[w], flavour);
}

static void
check_decode (gconstpointer data)
{
  const B2Kernels *k = data;
  g_autoptr (GRand) rand = g_rand_new_with_seed (11);
  guint8 bytes[4 * 2100 + 1];
  float out[2101], expected[2100];

  for (int type = B2_WEIGHT_F32; type < B2_N_WEIGHT_TYPES; type++)
    for (gsize s = 0; s < G_N_ELEMENTS (sizes); s++)
      for (gsize shift = 0; shift < 2; shift++)
        {
          const B2WeightTypeInfo *info = b2_weight_type_info ((B2WeightType) type);
          gsize n = sizes[s] - sizes[s] % (gsize) info->block_elements;

          /* Any bits at all: denormals, infinities and NaN with them. */
          for (gsize i = 0; i < sizeof bytes; i++)
            bytes[i] = (guint8) g_rand_int (rand);
          out[n] = 42;
          k->decode[type](bytes + shift, out, n);
          info->decode (bytes + shift, expected, n);
          for (gsize i = 0; i < n; i++)
            if (!(isnan (out[i]) && isnan (expected[i])))
              g_assert_cmpmem (&out[i], sizeof (float), &expected[i], sizeof (float));
          g_assert_cmpfloat (out[n], ==, 42);
        }
}

static void
check_gemv_shape (const B2Kernels *k, GRand *rand, B2WeightType type, gsize n_in, gsize n_rows, int flavour)
{
  enum
  {
    N_OUT = 5
  };
  gsize row_bytes = b2_weight_row_bytes (type, n_in), ldx = n_in + 3, ldy = N_OUT + 2;
  g_autofree guint8 *weights = g_malloc (N_OUT * row_bytes + 1);
  g_autofree float *row = g_new (float, n_in + 1), *x = g_new (float, n_rows *ldx);
  float y[B2_GEMV_MAX_ROWS * (N_OUT + 2)];

  for (gsize j = 0; j < N_OUT; j++)
    {
      for (gsize i = 0; i < n_in; i++)
        row[i] = random_value (rand, flavour);
      b2_weight_type_info (type)->encode (row, weights + 1 + j * row_bytes, n_in);
    }
  for (gsize i = 0; i < n_rows * ldx; i++)
    x[i] = random_value (rand, flavour);
  for (gsize i = 0; i < G_N_ELEMENTS (y); i++)
    y[i] = 42;
  k->gemv[type](weights + 1, row_bytes, N_OUT, n_in, x, n_rows, ldx, y, ldy);
  for (gsize j = 0; j < N_OUT; j++)
    {
      b2_weight_type_info (type)->decode (weights + 1 + j * row_bytes, row, n_in);
      for (gsize r = 0; r < n_rows; r++)
        {
          double sum = 0;

          for (gsize i = 0; i < n_in; i++)
            sum += (double) row[i] * (double) x[r * ldx + i];
          g_assert_cmpfloat (fabs (y[r * ldy + j] - sum), <=, bound (row, x + r * ldx, n_in));
        }
    }
  for (gsize r = 0; r < n_rows; r++)
    g_assert_cmpfloat (y[r * ldy + N_OUT], ==, 42);
}

static void
check_gemv (gconstpointer data)
{
  const B2Kernels *k = data;
  g_autoptr (GRand) rand = g_rand_new_with_seed (13);

  for (int type = 0; type < B2_N_WEIGHT_TYPES; type++)
    {
      if (k->gemv[type] == NULL)
        continue;
      for (gsize s = 1; s < G_N_ELEMENTS (sizes); s++)
        for (gsize n_rows = 1; n_rows <= B2_GEMV_MAX_ROWS; n_rows++)
          check_gemv_shape (k, rand, (B2WeightType) type, sizes[s], n_rows, (int) (s % 3));
    }
}

static void
check_softmax (const B2Kernels *k, GRand *rand, gsize n, int flavour)
{
  float x[2100], y[2100];
  double largest = -INFINITY, sum = 0;

  for (gsize i = 0; i < n; i++)
    {
      x[i] = y[i] = 5 * random_value (rand, flavour);
      if (i > 0 && g_rand_int_range (rand, 0, 10) == 0)
        x[i] = y[i] = -INFINITY;
      largest = MAX (largest, (double) x[i]);
    }
  for (gsize i = 0; i < n; i++)
    sum += exp (x[i] - largest);
  y[n] = 42;
  g_assert_cmpfloat (k->largest (x, n), ==, largest);
  g_assert_cmpfloat_with_epsilon (k->exp_sum (x, n, (float) largest) / sum, 1, 1e-6);
  k->softmax (y, n);
  for (gsize i = 0; i < n; i++)
    g_assert_cmpfloat (fabs (y[i] - exp (x[i] - largest) / sum), <=,
                       2e-6 * exp (x[i] - largest) / sum + 1e-37);
  g_assert_cmpfloat (y[n], ==, 42);
}

static void
check_norm (const B2Kernels *k, GRand *rand, gsize n, int flavour, gboolean rms, gboolean with_bias)
{
  float x[2100] = { 0 }, w[2100] = { 0 }, b[2100] = { 0 }, y[2100];
  double mean = 0, variance = 0;

  for (gsize i = 0; i < n; i++)
    {
      x[i] = 3 + random_value (rand, flavour);
      w[i] = random_value (rand, 0);
      b[i] = random_value (rand, 0);
      mean += rms ? 0 : x[i];
    }
  mean /= (double) n;
  for (gsize i = 0; i < n; i++)
    variance += (x[i] - mean) * (x[i] - mean);
  y[n] = 42;
  k->norm (x, n, w, with_bias ? b : NULL, 1e-6f, rms, y);
  for (gsize i = 0; i < n; i++)
    {
      double scale = 1 / sqrt (variance / (double) n + 1e-6f), bias = with_bias ? (double) b[i] : 0;

      /* f32's rounding of the mean and of three products */
      g_assert_cmpfloat (fabs (y[i] - ((x[i] - mean) * scale * w[i] + bias)), <=,
                         4e-7 * (fabs (mean) + fabs (x[i] - mean)) * scale * fabs (w[i]) + 1e-7 * fabs (bias)
                             + 1e-30);
    }
  g_assert_cmpfloat (y[n], ==, 42);
}

static void
check_rows (gconstpointer data)
{
  const B2Kernels *k = data;
  g_autoptr (GRand) rand = g_rand_new_with_seed (29);

  for (gsize s = 1; s < G_N_ELEMENTS (sizes); s++)
    for (int flavour = 0; flavour < 3; flavour++)
      {
        check_softmax (k, rand, sizes[s], flavour);
        for (int i = 0; i < 4; i++)
          check_norm (k, rand, sizes[s], flavour, i % 2, i / 2);
      }
}

static void
check_gelu (gconstpointer data)
{
  const B2Kernels *k = data;
  float x[2049];

  for (int from = -12; from < 12; from++)
    {
      for (int i = 0; i < 2049; i++)
        x[i] = (float) from + (float) i / 2048;
      k->gelu (x, 2049);
      for (int i = 0; i < 2049; i++)
        {
          double v = from + i / 2048.0;

          g_assert_cmpfloat (fabs (x[i] - 0.5 * v * (1 + erf (v * M_SQRT1_2))), <=, 1e-7 * (1 + fabs (v)));
        }
    }
}

static void
check_finish (gconstpointer data)
{
  const B2Kernels *k = data;
  g_autoptr (GRand) rand = g_rand_new_with_seed (37);
  float tile[3 * 80], bias[70], residual[3 * 75], y[3 * 75];

  for (gsize n = 1; n <= 70; n++)
    for (int function = B2_FINISH_PLAIN; function <= B2_FINISH_GELU; function++)
      for (int with = 0; with < 4; with++)
        {
          for (gsize i = 0; i < G_N_ELEMENTS (tile); i++)
            tile[i] = 3 * random_value (rand, 0);
          for (gsize i = 0; i < G_N_ELEMENTS (bias); i++)
            bias[i] = random_value (rand, 0);
          for (gsize i = 0; i < G_N_ELEMENTS (y); i++)
            y[i] = residual[i] = random_value (rand, 0);
          k->finish (tile, 80, 3, n, with & 1 ? bias : NULL, (B2Finish) function, with & 2 ? y : NULL, y, 75);
          for (gsize i = 0; i < G_N_ELEMENTS (y); i++)
            {
              gsize r = i / 75, j = i % 75;
              double v = j < n ? (double) tile[r * 80 + j] + (with & 1 ? (double) bias[j] : 0) : 0;

              if (j >= n)
                {
                  g_assert_cmpfloat (y[i], ==, residual[i]);
                  continue;
                }
              if (function == B2_FINISH_RELU)
                v = MAX (v, 0);
              else if (function == B2_FINISH_GELU)
                v = 0.5 * v * (1 + erf (v * M_SQRT1_2));
              g_assert_cmpfloat (fabs (y[i] - (v + (with & 2 ? (double) residual[i] : 0))), <=, 1e-6);
            }
        }
}

/* What is no number stays none. */
static void
check_nan (gconstpointer data)
{
  const B2Kernels *k = data;

  for (int at = 0; at < 19; at++)
    {
      float x[19] = { 0 }, w[19] = { 0 }, y[19];

      x[at] = NAN;
      g_assert_true (isnan (k->exp_sum (x, 19, 0)));
      k->norm (x, 19, w, NULL, 1e-6f, FALSE, y);
      g_assert_true (isnan (y[(at + 5) % 19]));
      memcpy (y, x, sizeof x);
      k->gelu (y, 19);
      g_assert_true (isnan (y[at]) && !isnan (y[(at + 1) % 19]));
      k->softmax (x, 19);
      g_assert_true (isnan (x[at]) && isnan (x[(at + 1) % 19]));
    }
}

static void
check_cap (void)
{
  const char *cap = g_getenv ("B2_CPU");

  if (cap == NULL)
    g_test_skip ("B2_CPU is not set");
  else if (strcmp (b2_kernels_get ()->name, cap) != 0)
    g_test_skip ("this CPU lacks the instruction set");
  else
    g_assert_cmpstr (b2_kernels_get ()->name, ==, cap);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (int level = B2_CPU_REF; level < B2_N_CPU_LEVELS; level++)
    {
      const B2Kernels *k = b2_kernels_for ((B2CpuLevel) level);
      g_autofree char *dot = NULL, *decode = NULL, *gemv = NULL, *gemm = NULL, *rows = NULL, *gelu = NULL,
                      *nan = NULL, *finishing = NULL, *attend = NULL;

      if (k == NULL)
        continue;
      dot = g_strdup_printf ("/kernels/%s/dot", k->name);
      decode = g_strdup_printf ("/kernels/%s/decode", k->name);
      gemv = g_strdup_printf ("/kernels/%s/gemv", k->name);
      g_test_add_data_func (dot, k, check_dot);
      g_test_add_data_func (decode, k, check_decode);
      g_test_add_data_func (gemv, k, check_gemv);
      rows = g_strdup_printf ("/kernels/%s/rows", k->name);
      gelu = g_strdup_printf ("/kernels/%s/gelu", k->name);
      nan = g_strdup_printf ("/kernels/%s/nan", k->name);
      g_test_add_data_func (rows, k, check_rows);
      g_test_add_data_func (gelu, k, check_gelu);
      g_test_add_data_func (nan, k, check_nan);
      attend = g_strdup_printf ("/kernels/%s/attend-rows", k->name);
      g_test_add_data_func (attend, k, check_attend_rows);
      finishing = g_strdup_printf ("/kernels/%s/finish", k->name);
      g_test_add_data_func (finishing, k, check_finish);
      gemm = g_strdup_printf ("/kernels/%s/gemm", k->name);
      g_test_add_data_func (gemm, k, check_gemm);
    }
#if defined(__x86_64__)
  if (b2_kernels_for (B2_CPU_AVX512_VNNI) != NULL)
    {
      static B2Kernels evex;

      evex = *b2_kernels_for (B2_CPU_AVX2);
      b2_kernels_init_evexvnni (&evex);
      g_test_add_data_func ("/kernels/avxvnni-as-evex/gemm", &evex, check_gemm);
    }
#endif
  g_test_add_func ("/kernels/cap", check_cap);
  return g_test_run ();
}
