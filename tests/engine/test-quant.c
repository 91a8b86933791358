#include <float.h>
#include <math.h>
#include <string.h>

#include <glib.h>
#include <jansson.h>

#include "engine/io/safetensors.h"
#include "engine/quant/bf16.h"
#include "engine/quant/f16.h"
#include "engine/quant/weight-types.h"

/* Golden: tests/golden/quant, awkward rows through the gguf package. */

typedef struct
{
  B2Safetensors *file;
  json_t *expected;
  const float *rows;
  gsize n_rows, n;
} Golden;

static guint32
bits_of (float f)
{
  guint32 bits;

  memcpy (&bits, &f, 4);
  return bits;
}

static float
float_of (guint32 bits)
{
  float f;

  memcpy (&f, &bits, 4);
  return f;
}

static const B2TensorInfo *
tensor (const Golden *golden, const char *name, B2Dtype dtype)
{
  const B2TensorInfo *info = b2_safetensors_lookup (golden->file, name);

  g_assert_nonnull (info);
  g_assert_cmpint (info->dtype, ==, dtype);
  g_assert_cmpint (info->n_dims, ==, 2);
  return info;
}

static void
golden_setup (Golden *golden, gconstpointer data)
{
  g_autofree char *path
      = g_build_filename (g_getenv ("QLENS_SRC"), "tests/golden/quant/expected.safetensors", NULL);
  g_autofree char *json = g_build_filename (g_getenv ("QLENS_SRC"), "tests/golden/quant/expected.json", NULL);
  g_autoptr (GError) error = NULL;
  const B2TensorInfo *rows;

  golden->file = b2_safetensors_open (path, &error);
  g_assert_no_error (error);
  golden->expected = json_load_file (json, 0, NULL);
  g_assert_nonnull (golden->expected);
  rows = tensor (golden, "rows", B2_DTYPE_F32);
  golden->n_rows = (gsize) rows->shape[0];
  golden->n = (gsize) rows->shape[1];
  g_assert_cmpuint (golden->n_rows, ==, json_array_size (json_object_get (golden->expected, "rows")));
  golden->rows = g_memdup2 (rows->data, rows->n_bytes);
}

static void
golden_teardown (Golden *golden, gconstpointer data)
{
  g_free ((gpointer) golden->rows);
  json_decref (golden->expected);
  b2_safetensors_close (golden->file);
}

/* Both ways through odd addresses: rows of a mapped file lie where they lie. */
static void
check_row (B2WeightType type, const float *row, gsize n, const guint8 *bytes, const float *values)
{
  const B2WeightTypeInfo *info = b2_weight_type_info (type);
  gsize n_bytes = b2_weight_row_bytes (type, n);
  g_autofree guint8 *encoded = g_malloc (n_bytes + 1);
  g_autofree guint8 *stored = g_malloc (n_bytes + 1);
  g_autofree float *decoded = g_new (float, n);

  info->encode (row, encoded + 1, n);
  if (bytes == NULL)
    {
      info->decode (encoded + 1, decoded, n);
      return;
    }
  g_assert_cmpmem (encoded + 1, n_bytes, bytes, n_bytes);
  memcpy (stored + 1, bytes, n_bytes);
  info->decode (stored + 1, decoded, n);
  if (values != NULL)
    for (gsize i = 0; i < n; i++)
      g_assert_true (bits_of (decoded[i]) == bits_of (values[i])
                     || (isnan (decoded[i]) && isnan (values[i])));
}

static void
test_blocks (Golden *golden, gconstpointer data)
{
  B2WeightType type = GPOINTER_TO_INT (data);
  const char *key = type == B2_WEIGHT_Q8_0 ? "q8_0" : "q4_0";
  g_autofree char *bytes_name = g_strconcat (key, ".bytes", NULL);
  g_autofree char *values_name = g_strconcat (key, ".values", NULL);
  const B2TensorInfo *bytes = tensor (golden, bytes_name, B2_DTYPE_U8);
  const B2TensorInfo *values = tensor (golden, values_name, B2_DTYPE_F32);
  g_autofree float *value_rows = g_memdup2 (values->data, values->n_bytes);
  gsize n_bytes = b2_weight_row_bytes (type, golden->n);

  g_assert_cmpuint ((gsize) bytes->shape[1], ==, n_bytes);
  for (gsize r = 0; r < golden->n_rows; r++)
    {
      const char *name = json_string_value (json_array_get (json_object_get (golden->expected, "rows"), r));
      json_t *inverse = json_object_get (golden->expected, "inverse_scale_finite");
      gboolean meant = json_is_true (json_object_get (inverse, name));

      g_test_message ("%s", name);
      check_row (type, golden->rows + r * golden->n, golden->n, meant ? bytes->data + r * n_bytes : NULL,
                 value_rows + r * golden->n);
    }
}

static void
test_sixteen_bits (Golden *golden, gconstpointer data)
{
  B2WeightType type = GPOINTER_TO_INT (data);
  const B2TensorInfo *bits = tensor (golden, type == B2_WEIGHT_F16 ? "f16.bits" : "bf16.bits", B2_DTYPE_I16);

  for (gsize r = 0; r < golden->n_rows; r++)
    check_row (type, golden->rows + r * golden->n, golden->n, bits->data + r * golden->n * 2, NULL);
}

static void
test_f16_all (void)
{
  for (guint32 h = 0; h <= 0xffff; h++)
    {
      float f = b2_f16_to_f32 ((guint16) h);
      int exponent = (int) (h >> 10 & 31);
      int mantissa = (int) (h & 1023);
      double magnitude = exponent == 0 ? ldexp (mantissa, -24) : ldexp (1024 + mantissa, exponent - 25);

      if (exponent == 31 && mantissa != 0)
        {
          g_assert_true (isnan (f));
          g_assert_cmpuint (b2_f32_to_f16 (f), ==, h | 0x200);
          continue;
        }
      if (exponent == 31)
        magnitude = INFINITY;
      g_assert_true ((double) f == (h & 0x8000 ? -magnitude : magnitude));
      g_assert_true (!!signbit (f) == !!(h & 0x8000));
      g_assert_cmpuint (b2_f32_to_f16 (f), ==, h);
    }
}

/* Every midpoint of two neighbouring halves, one float below, on and above it. */
static void
test_f16_rounding (void)
{
  for (guint32 h = 0; h < 0x7c00; h++)
    {
      double here = b2_f16_to_f32 ((guint16) h);
      /* beyond the largest half the next step would be 65536 */
      double next = h == 0x7bff ? 65536.0 : (double) b2_f16_to_f32 ((guint16) (h + 1));
      float middle = (float) ((here + next) / 2);
      guint32 even = h % 2 == 0 ? h : h + 1;

      g_assert_true ((double) middle == (here + next) / 2);
      g_assert_cmpuint (b2_f32_to_f16 (middle), ==, even);
      g_assert_cmpuint (b2_f32_to_f16 (-middle), ==, even | 0x8000);
      g_assert_cmpuint (b2_f32_to_f16 (nextafterf (middle, 0.0f)), ==, h);
      g_assert_cmpuint (b2_f32_to_f16 (nextafterf (middle, INFINITY)), ==, h + 1);
    }
  g_assert_cmpuint (b2_f32_to_f16 (FLT_MAX), ==, 0x7c00);
  g_assert_cmpuint (b2_f32_to_f16 (-INFINITY), ==, 0xfc00);
  g_assert_cmpuint (b2_f32_to_f16 (float_of (0xff800001)), ==, 0xfe00);
  g_assert_cmpuint (b2_f32_to_f16 (float_of (0x00000001)), ==, 0);
}

static void
test_bf16 (void)
{
  for (guint32 b = 0; b <= 0xffff; b++)
    {
      float f = b2_bf16_to_f32 ((guint16) b);

      g_assert_cmpuint (bits_of (f), ==, b << 16);
      g_assert_cmpuint (b2_f32_to_bf16 (f), ==, isnan (f) ? b | 0x40 : b);
      if (isnan (f) || isinf (f))
        continue;
      g_assert_cmpuint (b2_f32_to_bf16 (float_of (b << 16 | 0x7fff)), ==, b);
      g_assert_cmpuint (b2_f32_to_bf16 (float_of (b << 16 | 0x8000)), ==, b + (b & 1));
      g_assert_cmpuint (b2_f32_to_bf16 (float_of (b << 16 | 0x8001)), ==, b + 1);
    }
  g_assert_cmpuint (b2_f32_to_bf16 (float_of (0x7f800001)), ==, 0x7fc0);
  g_assert_cmpuint (b2_f32_to_bf16 (float_of (0xffffffff)), ==, 0xffff);
}

/* For each type: what is decoded can be encoded again without loss of more than a step. */
static void
test_table (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (20260);
  const double steps[B2_N_WEIGHT_TYPES]
      = { 0.0, 1.0 / 2048, 1.0 / 256, 0.5 / 127 + 1.0 / 2048, 1.0 / 8 + 1.0 / 1024 };
  float row[96], back[96];
  guint8 bytes[96 * 4];

  for (int type = 0; type < B2_N_WEIGHT_TYPES; type++)
    {
      const B2WeightTypeInfo *info = b2_weight_type_info (type);
      double peak = 0.0;

      for (int i = 0; i < 96; i++)
        {
          row[i] = (float) g_rand_double_range (random, -3.0, 3.0);
          peak = MAX (peak, fabs ((double) row[i]));
        }
      g_assert_nonnull (info->name);
      g_assert_cmpuint (b2_weight_row_bytes (type, 96), ==,
                        96 / (gsize) info->block_elements * info->block_bytes);
      info->encode (row, bytes, 96);
      info->decode (bytes, back, 96);
      for (int i = 0; i < 96; i++)
        g_assert_cmpfloat (fabs ((double) row[i] - (double) back[i]), <=, peak * steps[type]);
      info->encode (row, bytes, 0);
    }
  g_assert_cmpuint (b2_weight_row_bytes (B2_WEIGHT_Q8_0, 33), ==, 0);
  g_assert_cmpuint (b2_weight_row_bytes (B2_WEIGHT_F32, G_MAXSIZE / 2), ==, 0);
  g_assert_cmpuint (b2_weight_row_bytes (B2_WEIGHT_Q8_0, G_MAXSIZE - 31), ==, 0);
}

/* Nothing undefined may happen, whatever a damaged file of weights holds. */
static void
test_not_finite (void)
{
  const float bad[] = { NAN, -NAN, INFINITY, -INFINITY, FLT_MAX, -FLT_MAX, FLT_MIN, 1e-45f };

  for (gsize b = 0; b < G_N_ELEMENTS (bad); b++)
    for (int type = 0; type < B2_N_WEIGHT_TYPES; type++)
      {
        float row[64];

        for (int i = 0; i < 64; i++)
          row[i] = i % 3 == 0 ? bad[b] : (float) i - 20.0f;
        check_row (type, row, 64, NULL, NULL);
        for (int i = 0; i < 64; i++)
          row[i] = bad[b];
        check_row (type, row, 64, NULL, NULL);
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/quant/q8_0", Golden, GINT_TO_POINTER (B2_WEIGHT_Q8_0), golden_setup, test_blocks,
              golden_teardown);
  g_test_add ("/quant/q4_0", Golden, GINT_TO_POINTER (B2_WEIGHT_Q4_0), golden_setup, test_blocks,
              golden_teardown);
  g_test_add ("/quant/f16", Golden, GINT_TO_POINTER (B2_WEIGHT_F16), golden_setup, test_sixteen_bits,
              golden_teardown);
  g_test_add ("/quant/bf16", Golden, GINT_TO_POINTER (B2_WEIGHT_BF16), golden_setup, test_sixteen_bits,
              golden_teardown);
  g_test_add_func ("/quant/f16-all", test_f16_all);
  g_test_add_func ("/quant/f16-rounding", test_f16_rounding);
  g_test_add_func ("/quant/bf16-all", test_bf16);
  g_test_add_func ("/quant/table", test_table);
  g_test_add_func ("/quant/not-finite", test_not_finite);
  return g_test_run ();
}
