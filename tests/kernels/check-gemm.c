/*
 * Packed products (engine/kernels/gemm.h): integer ones equal the scalar reference in every bit, for every shape, instruction set
 * and way of cutting k; so do those in f32; those of bfloat16 stay within a bound of the exact sum of the rounded values.
 */
#include "tests/kernels/check-gemm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/quant/bf16.h"
#include "engine/quant/q8.h"

#define MAX_ROWS 17

typedef struct
{
  B2WeightType type;
  gsize k, n, m;
  gsize row_bytes;
  guint8 *weights; /* [n] rows, at an odd address */
  float *x; /* [m, k] */
} Case;

/* Of values, what case_init() makes with them. */
#define LEAST_INTEGERS 5
#define N_FLAVOURS 7

static float
value (GRand *rand, int flavour)
{
  float x = (float) g_rand_double_range (rand, -1, 1);

  switch (flavour)
    {
    case 0:
      return x;
    case 1: /* outliers, as language models have them */
      return g_rand_int_range (rand, 0, 50) == 0 ? 200 * x : x;
    case 2: /* extremes: every integer at its end, so that sums are as large as they get */
      return g_rand_boolean (rand) ? 1 : -1;
    case 3: /* all alike */
    case LEAST_INTEGERS:
      return -1;
    case 4: /* halves between integers, where rounding must be to even: the scale is 1 */
      return g_rand_int_range (rand, 0, 4) == 0 ? 127 : (float) g_rand_int_range (rand, -254, 255) / 2;
    default: /* mostly nothing, and very little */
      return g_rand_int_range (rand, 0, 8) == 0 ? ldexpf (x, -130) : 0;
    }
}

static void
case_init (Case *c, GRand *rand, B2WeightType type, gsize k, gsize n, gsize m, int flavour)
{
  g_autofree float *row = g_new (float, k);

  *c = (Case){ type, k, n, m, b2_weight_row_bytes (type, k), NULL, NULL };
  c->weights = g_malloc (n * c->row_bytes + 1);
  c->x = g_new (float, m *k);
  for (gsize j = 0; j < n; j++)
    {
      for (gsize i = 0; i < k; i++)
        row[i] = value (rand, flavour);
      b2_weight_type_info (type)->encode (row, c->weights + 1 + j * c->row_bytes, k);
      /* -128, which our encoder never writes but a file may hold: the largest products there are */
      for (gsize b = 0; flavour == LEAST_INTEGERS && type == B2_WEIGHT_Q8_0 && b < k / 32; b++)
        memset (c->weights + 1 + j * c->row_bytes + b * sizeof (B2BlockQ8) + 2, 0x80, B2_Q8_ELEMENTS);
    }
  for (gsize i = 0; i < m * k; i++)
    c->x[i] = value (rand, flavour);
}

static void
case_clear (Case *c)
{
  g_free (c->weights);
  g_free (c->x);
}

/* The rows of x as the kernel wants them. Returns: (transfer full): for free(); @stride: (out) */
static char *
prepare (const B2Gemm *gemm, const Case *c, gsize *stride)
{
  gsize n_bytes = gemm->prepare != NULL ? gemm->act_bytes (c->k) : c->k * sizeof (float);
  char *acts = aligned_alloc (64, (c->m * n_bytes + 63) & ~(gsize) 63);

  if (gemm->prepare == NULL)
    memcpy (acts, c->x, c->m * n_bytes);
  else
    for (gsize r = 0; r < c->m; r++)
      gemm->prepare (c->x + r * c->k, c->k, acts + r * n_bytes);
  *stride = n_bytes;
  return acts;
}

/* All of the product, in chunks of @chunk values of k, rows taken @rows at a time. */
static void
run (const B2Gemm *gemm, const Case *c, gsize chunk, gsize rows, float *out)
{
  gsize act_bytes;
  char *acts = prepare (gemm, c, &act_bytes),
       *panel = aligned_alloc (64, gemm->panel_bytes (MAX (chunk, c->k)) + 64);
  gsize guard = gemm->panel_bytes (chunk);
  float tile[MAX_ROWS * B2_GEMM_MAX_COLUMNS];

  g_assert_true (gemm->prepare == NULL || act_bytes % 64 == 0);
  g_assert_cmpuint (guard % 64, ==, 0);
  g_assert_cmpuint (gemm->n_columns, <=, B2_GEMM_MAX_COLUMNS);
  for (gsize from = 0; from < c->n; from += gemm->n_columns)
    {
      gsize n = MIN (gemm->n_columns, c->n - from);

      for (gsize i = 0; i < G_N_ELEMENTS (tile); i++)
        tile[i] = 42;
      for (gsize k = 0; k < c->k; k += chunk)
        {
          memset (panel + guard, 0x5a, 64);
          gemm->pack (c->weights + 1 + from * c->row_bytes, c->row_bytes, n, k, MIN (k + chunk, c->k), panel);
          for (int i = 0; i < 64; i++)
            g_assert_cmpint (panel[guard + (gsize) i], ==, 0x5a);
          for (gsize r = 0; r < c->m; r += rows)
            gemm->multiply (panel, c->k, k, MIN (k + chunk, c->k), acts + r * act_bytes, act_bytes,
                            MIN (rows, c->m - r), tile + r * gemm->n_columns, gemm->n_columns);
        }
      for (gsize r = 0; r < c->m; r++)
        memcpy (out + r * c->n + from, tile + r * gemm->n_columns, n * sizeof *out);
      for (gsize i = c->m * gemm->n_columns; i < G_N_ELEMENTS (tile); i++)
        g_assert_cmpfloat (tile[i], ==, 42);
    }
  free (acts);
  free (panel);
}

/* The same through stream(), whose outputs lie further apart than they are many. */
static void
run_stream (const B2Gemm *gemm, const Case *c, float *out)
{
  gsize act_bytes, ld = c->n + 3;
  char *acts = prepare (gemm, c, &act_bytes);
  g_autofree float *y = g_new (float, c->m *ld);

  for (gsize i = 0; i < c->m * ld; i++)
    y[i] = 42;
  gemm->stream (c->weights + 1, c->row_bytes, c->n, c->k, acts, act_bytes, c->m, y, ld);
  for (gsize r = 0; r < c->m; r++)
    {
      memcpy (out + r * c->n, y + r * ld, c->n * sizeof *out);
      for (gsize j = c->n; j < ld; j++)
        g_assert_cmpfloat (y[r * ld + j], ==, 42);
    }
  free (acts);
}

static void
assert_same (const Case *c, const float *expected, const float *got)
{
  for (gsize i = 0; i < c->m * c->n; i++)
    if (!(isnan (expected[i]) && isnan (got[i])) && memcmp (&got[i], &expected[i], sizeof (float)) != 0)
      g_error ("%s, k %" G_GSIZE_FORMAT ", n %" G_GSIZE_FORMAT ", m %" G_GSIZE_FORMAT
               ": output %" G_GSIZE_FORMAT " is %.9g, expected %.9g",
               b2_weight_type_info (c->type)->name, c->k, c->n, c->m, i, (double) got[i],
               (double) expected[i]);
}

/* What rounding x to 8 bits per group may change, and the f32 sums. */
static void
assert_close (const Case *c, const float *got)
{
  g_autofree float *w = g_new (float, c->k);

  for (gsize j = 0; j < c->n; j++)
    {
      b2_weight_type_info (c->type)->decode (c->weights + 1 + j * c->row_bytes, w, c->k);
      for (gsize r = 0; r < c->m; r++)
        {
          const float *x = c->x + r * c->k;
          double sum = 0, slack = 0, magnitude = 0;

          for (gsize from = 0; from < c->k; from += B2_ACT_GROUP)
            {
              gsize to = MIN (from + B2_ACT_GROUP, c->k);
              double peak = 0, weights = 0;

              for (gsize i = from; i < to; i++)
                {
                  peak = MAX (peak, fabs ((double) x[i]));
                  weights += fabs ((double) w[i]);
                  sum += (double) w[i] * (double) x[i];
                  magnitude += fabs ((double) w[i] * (double) x[i]);
                }
              slack += weights * peak / 127 * 0.5001;
            }
          g_assert_cmpfloat (fabs (got[r * c->n + j] - sum), <=,
                             slack + magnitude * (double) (c->k / 32 + 4) * 0x1p-23 + 1e-30);
        }
    }
}

static const gsize widths[] = { 32, 64, 96, 128, 160, 256, 288, 704, 1408 };

static void
check_int_shape (const B2Gemm *gemm, const B2Gemm *ref, GRand *rand, B2WeightType type, gsize k, gsize n,
                 gsize m, int flavour)
{
  Case c;
  g_autofree float *expected = g_new (float, n *m), *got = g_new (float, n *m);

  case_init (&c, rand, type, k, n, m, flavour);
  run (ref, &c, k, ref->max_rows, expected);
  assert_close (&c, expected);
  run (gemm, &c, k, gemm->max_rows, got);
  assert_same (&c, expected, got);
  run (gemm, &c, 128, 1 + m % gemm->max_rows, got);
  assert_same (&c, expected, got);
  run (gemm, &c, 256, gemm->max_rows, got);
  assert_same (&c, expected, got);
  run_stream (gemm, &c, got);
  assert_same (&c, expected, got);
  case_clear (&c);
}

static void
check_int (const B2Kernels *kernels, B2WeightType type)
{
  const B2Gemm *gemm = kernels->gemm[type], *ref = b2_kernels_for (B2_CPU_REF)->gemm[type];
  g_autoptr (GRand) rand = g_rand_new_with_seed (17);

  for (gsize w = 0; w < G_N_ELEMENTS (widths); w++)
    for (int flavour = 0; flavour < N_FLAVOURS; flavour++)
      {
        gsize m = 1 + (w * 5 + (gsize) flavour) % MAX_ROWS;

        check_int_shape (gemm, ref, rand, type, widths[w], 1 + (gsize) g_rand_int_range (rand, 0, 70), m,
                         flavour);
        check_int_shape (gemm, ref, rand, type, widths[w], gemm->n_columns, 1 + m % gemm->max_rows, flavour);
      }
}

/* One bad value spoils its row and no other. */
static void
check_not_finite (const B2Kernels *kernels, B2WeightType type)
{
  static const float bad[] = { NAN, INFINITY, -INFINITY };
  g_autoptr (GRand) rand = g_rand_new_with_seed (19);

  for (gsize b = 0; b < G_N_ELEMENTS (bad); b++)
    {
      float out[3 * 40];
      Case c;

      case_init (&c, rand, type, 288, 40, 3, 0);
      c.x[288 + 130 + b * 31] = bad[b];
      run (kernels->gemm[type], &c, 288, MIN (3, kernels->gemm[type]->max_rows), out);
      for (gsize i = 0; i < 40; i++)
        {
          g_assert_true (isfinite (out[i]) && isfinite (out[80 + i]));
          g_assert_false (isfinite (out[40 + i]));
        }
      case_clear (&c);
    }
}

static void
check_bf16 (const B2Kernels *kernels)
{
  static const gsize ks[] = { 1, 2, 3, 16, 17, 31, 32, 33, 64, 588, 1408 };
  const B2Gemm *gemm = kernels->gemm[B2_WEIGHT_BF16];
  g_autoptr (GRand) rand = g_rand_new_with_seed (23);

  for (gsize s = 0; s < G_N_ELEMENTS (ks); s++)
    for (int flavour = 0; flavour < 4; flavour++)
      {
        gsize k = ks[s], m = 1 + (s + (gsize) flavour * 4) % MAX_ROWS,
              n = 1 + (gsize) g_rand_int_range (rand, 0, 70);
        g_autofree float *got = g_new (float, n *m), *again = g_new (float, n *m), *w = g_new (float, k);
        Case c;

        case_init (&c, rand, B2_WEIGHT_BF16, k, n, m, flavour);
        run (gemm, &c, k, gemm->max_rows, got);
        run (gemm, &c, 32, 1 + m % gemm->max_rows, again);
        assert_same (&c, got, again);
        for (gsize j = 0; j < n; j++)
          {
            b2_bf16_decode_row (c.weights + 1 + j * c.row_bytes, w, k);
            for (gsize r = 0; r < m; r++)
              {
                double sum = 0, magnitude = 0;

                for (gsize i = 0; i < k; i++)
                  {
                    double p = (double) w[i] * (double) b2_bf16_to_f32 (b2_f32_to_bf16 (c.x[r * k + i]));

                    sum += p;
                    magnitude += fabs (p);
                  }
                g_assert_cmpfloat (fabs (got[r * n + j] - sum), <=,
                                   magnitude * (double) (k + 4) * 0x1p-23 + 1e-30);
              }
          }
        case_clear (&c);
      }
}

/* Sums of a group in the order of k, added up: every bit, for every shape, instruction set and way of cutting k and rows. */
static void
check_exact (const B2Gemm *gemm, B2WeightType type)
{
  static const gsize ks[] = { 1, 2, 7, 8, 9, 15, 17, 64, 127, 128, 129, 200, 256, 300, 588 };
  g_autoptr (GRand) rand = g_rand_new_with_seed (29);

  for (gsize s = 0; s < G_N_ELEMENTS (ks); s++)
    for (int flavour = 0; flavour < 4; flavour++)
      {
        gsize k = ks[s], m = 1 + (s * 5 + (gsize) flavour) % MAX_ROWS,
              n = 1 + (gsize) g_rand_int_range (rand, 0, 70);
        g_autofree float *expected = g_new (float, n *m), *got = g_new (float, n *m), *w = g_new (float, k);
        Case c;

        case_init (&c, rand, type, k, n, m, flavour);
        for (gsize j = 0; j < n; j++)
          {
            b2_weight_type_info (type)->decode (c.weights + 1 + j * c.row_bytes, w, k);
            for (gsize r = 0; r < m; r++)
              for (gsize from = 0; from < k; from += B2_ACT_GROUP)
                {
                  float sum = 0;

                  for (gsize i = from; i < MIN (from + B2_ACT_GROUP, k); i++)
                    sum = fmaf (c.x[r * k + i], w[i], sum);
                  expected[r * n + j] = from == 0 ? sum : expected[r * n + j] + sum;
                }
          }
        run (gemm, &c, (k + 127) & ~(gsize) 127, gemm->max_rows, got);
        assert_same (&c, expected, got);
        run (gemm, &c, 128, 1 + m % gemm->max_rows, got);
        assert_same (&c, expected, got);
        case_clear (&c);
      }
}

static float
rounded (float x)
{
  return b2_bf16_to_f32 (b2_f32_to_bf16 (x));
}

static void
check_attend_shape (const B2Attend *attend, GRand *rand, gsize n_keys, gsize width, gsize m)
{
  gsize ld = width + 5, lds = (n_keys + 31) / 32 * 32, n = MAX (n_keys, m);
  g_autofree float *q = g_new (float, n *ld), *k = g_new (float, n *ld), *v = g_new (float, n *ld),
                   *s = g_new (float, m *lds);
  g_autofree float *out = g_new (float, m *ld);
  char *panels = aligned_alloc (64, attend->panel_bytes (n_keys, width));

  for (gsize i = 0; i < n * ld; i++)
    {
      q[i] = value (rand, 0);
      k[i] = value (rand, 1);
      v[i] = value (rand, 0);
    }
  for (gsize i = 0; i < m * ld; i++)
    out[i] = 42;
  attend->pack (k, ld, v, ld, n_keys, width, panels);
  attend->scores (panels, n_keys, width, q, ld, 0.125f, m, s, lds);
  for (gsize r = 0; r < m; r++)
    for (gsize j = 0; j < n_keys; j++)
      {
        double sum = 0, magnitude = 0;

        for (gsize i = 0; i < width; i++)
          {
            double p = (double) rounded (q[r * ld + i] * 0.125f) * (double) rounded (k[j * ld + i]);

            sum += p;
            magnitude += fabs (p);
          }
        g_assert_cmpfloat (fabs (s[r * lds + j] - sum), <=, magnitude * (double) (width + 4) * 0x1p-23);
      }
  attend->values (panels, n_keys, width, s, lds, m, out, ld);
  for (gsize r = 0; r < m; r++)
    {
      for (gsize i = 0; i < width; i++)
        {
          double sum = 0, magnitude = 0;

          for (gsize j = 0; j < n_keys; j++)
            {
              double p = (double) rounded (s[r * lds + j]) * (double) rounded (v[j * ld + i]);

              sum += p;
              magnitude += fabs (p);
            }
          g_assert_cmpfloat (fabs (out[r * ld + i] - sum), <=, magnitude * (double) (n_keys + 4) * 0x1p-23);
        }
      for (gsize i = width; i < ld; i++)
        g_assert_cmpfloat (out[r * ld + i], ==, 42);
    }
  free (panels);
}

static void
check_attend (const B2Attend *attend)
{
  static const gsize n_keys[] = { 1, 2, 15, 16, 17, 31, 32, 33, 48, 49, 257, 677, 1370 };
  static const gsize width[] = { 1, 8, 31, 32, 33, 64, 80, 88, 128, 256 };
  g_autoptr (GRand) rand = g_rand_new_with_seed (31);

  for (gsize i = 0; i < G_N_ELEMENTS (n_keys); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (width); j++)
      check_attend_shape (attend, rand, n_keys[i], width[j], 1 + (i + 3 * j) % attend->max_rows);
}

void
check_gemm (gconstpointer data)
{
  const B2Kernels *kernels = data;

  check_int (kernels, B2_WEIGHT_Q8_0);
  check_int (kernels, B2_WEIGHT_Q4_0);
  for (int type = 0; type < B2_N_WEIGHT_TYPES; type++)
    if (kernels->gemm[type] != NULL)
      check_not_finite (kernels, (B2WeightType) type);
  for (int type = 0; type < B2_N_WEIGHT_TYPES; type++)
    if (kernels->gemm[type] != NULL && kernels->gemm[type]->exact)
      check_exact (kernels->gemm[type], (B2WeightType) type);
  if (kernels->gemm[B2_WEIGHT_BF16] != NULL && !kernels->gemm[B2_WEIGHT_BF16]->exact)
    check_bf16 (kernels);
  if (kernels->attend != NULL)
    check_attend (kernels->attend);
}
