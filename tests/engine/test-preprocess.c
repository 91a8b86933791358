#include "engine/run/preprocess.h"

#include <math.h>
#include <string.h>

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <jansson.h>

#include "engine/core/error.h"
#include "engine/io/safetensors.h"

/* Golden: tests/golden/preprocess, pictures through Pillow 13.0.0. */

static char *
golden_path (const char *name)
{
  return g_build_filename (g_getenv ("QLENS_SRC"), "tests/golden/preprocess", name, NULL);
}

static json_t *
load_expected (void)
{
  g_autofree char *path = golden_path ("expected.json");
  json_t *root = json_load_file (path, 0, NULL);

  g_assert_nonnull (root);
  return root;
}

static GdkPixbuf *
load_png (const char *name)
{
  g_autofree char *path = golden_path (name);
  g_autoptr (GError) error = NULL;
  GdkPixbuf *pixbuf = gdk_pixbuf_new_from_file (path, &error);

  g_assert_no_error (error);
  g_assert_cmpint (gdk_pixbuf_get_n_channels (pixbuf), ==, 3);
  return pixbuf;
}

/* A copy that ends with its last pixel, so that reading past it shows. */
static guint8 *
copy_pixels (GdkPixbuf *pixbuf, gsize stride)
{
  int width = gdk_pixbuf_get_width (pixbuf), height = gdk_pixbuf_get_height (pixbuf);
  gsize n_bytes = stride * (gsize) (height - 1) + 3 * (gsize) width;
  guint8 *copy = g_malloc0 (n_bytes);

  for (int y = 0; y < height; y++)
    memcpy (copy + stride * (gsize) y,
            gdk_pixbuf_read_pixels (pixbuf) + (gsize) gdk_pixbuf_get_rowstride (pixbuf) * (gsize) y,
            3 * (gsize) width);
  return copy;
}

static void
assert_resized (GdkPixbuf *pixbuf, gsize padding, int side, const char *sha256)
{
  int width = gdk_pixbuf_get_width (pixbuf), height = gdk_pixbuf_get_height (pixbuf);
  gsize stride = 3 * (gsize) width + padding;
  gsize n_bytes = 3 * (gsize) side * (gsize) side;
  g_autofree guint8 *rgb = copy_pixels (pixbuf, stride);
  g_autofree guint8 *out = g_malloc (n_bytes);
  g_autofree char *sum = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (b2_resize_bicubic (rgb, width, height, stride, out, side, side, &error));
  g_assert_no_error (error);
  sum = g_compute_checksum_for_data (G_CHECKSUM_SHA256, out, n_bytes);
  g_assert_cmpstr (sum, ==, sha256);
}

static void
test_golden_resize (void)
{
  json_t *root = load_expected ();
  json_t *image;
  size_t i;
  int n = 0;

  json_array_foreach (json_object_get (root, "images"), i, image)
  {
    g_autoptr (GdkPixbuf) pixbuf = load_png (json_string_value (json_object_get (image, "rgb")));
    const char *size;
    json_t *sha256;

    g_test_message ("%s", json_string_value (json_object_get (image, "file")));
    json_object_foreach (json_object_get (image, "resized_sha256"), size, sha256)
    {
      char *end;
      int side = (int) g_ascii_strtoll (size, &end, 10);

      if (*end != '\0') /* "224 before Pillow 13" */
        continue;
      assert_resized (pixbuf, 0, side, json_string_value (sha256));
      assert_resized (pixbuf, 5, side, json_string_value (sha256));
      n++;
    }
  }
  g_assert_cmpint (n, >=, 40);
  json_decref (root);
}

static B2PreprocessConfig
golden_config (json_t *root)
{
  B2PreprocessConfig config
      = { 28, 28, json_number_value (json_object_get (root, "rescale_factor")), { 0 }, { 0 } };

  for (size_t c = 0; c < 3; c++)
    {
      config.mean[c] = (float) json_number_value (json_array_get (json_object_get (root, "mean"), c));
      config.std[c] = (float) json_number_value (json_array_get (json_object_get (root, "std"), c));
    }
  return config;
}

static void
test_golden_values (void)
{
  g_autofree char *path = golden_path ("expected.safetensors");
  g_autoptr (GError) error = NULL;
  g_autoptr (B2Safetensors) file = b2_safetensors_open (path, &error);
  json_t *root = load_expected ();
  B2PreprocessConfig config = golden_config (root);
  json_t *image;
  size_t i;
  int n = 0;

  g_assert_no_error (error);
  json_array_foreach (json_object_get (root, "images"), i, image)
  {
    g_autofree char *base = g_path_get_basename (json_string_value (json_object_get (image, "file")));
    g_autofree char *name = g_strconcat (base, ".pixel_values28", NULL);
    const B2TensorInfo *info = b2_safetensors_lookup (file, name);
    float out[3 * 28 * 28];

    if (info != NULL)
      {
        g_autoptr (GdkPixbuf) pixbuf = load_png (json_string_value (json_object_get (image, "rgb")));

        g_assert_true (b2_preprocess (&config, gdk_pixbuf_read_pixels (pixbuf), gdk_pixbuf_get_width (pixbuf),
                                      gdk_pixbuf_get_height (pixbuf),
                                      (gsize) gdk_pixbuf_get_rowstride (pixbuf), 28, 28, out, &error));
        g_assert_no_error (error);
        g_assert_cmpmem (out, sizeof out, info->data, info->n_bytes);
        n++;
      }
  }
  g_assert_cmpuint ((gsize) n, ==, b2_safetensors_n_tensors (file));
  json_decref (root);
}

static double
cubic (double t)
{
  t = fabs (t);
  return t < 1 ? (1.5 * t - 2.5) * t * t + 1 : t < 2 ? (((t - 5) * t + 8) * t - 4) * -0.5 : 0.0;
}

/* The rule of make_golden.py's pil_bicubic, value by value: [n_lines, n_in, inner] to
   [n_lines, n_out, inner]. */
static guint8 *
plain_axis (const guint8 *src, int n_lines, int n_in, int n_out, int inner)
{
  guint8 *out = g_malloc ((gsize) n_lines * (gsize) n_out * (gsize) inner);
  g_autofree double *taps = g_new (double, (gsize) n_in);
  double scale = (double) n_in / n_out, wide = MAX (scale, 1.0);

  if (n_in == n_out)
    return memcpy (out, src, (gsize) n_lines * (gsize) n_in * (gsize) inner);
  for (int x = 0; x < n_out; x++)
    {
      double centre = (x + 0.5) * scale, sum = 0;
      int low = MAX ((int) (centre - 2 * wide + 0.5), 0), high = MIN ((int) (centre + 2 * wide + 0.5), n_in);

      for (int i = low; i < high; i++)
        sum += taps[i] = cubic ((i - centre + 0.5) * (1.0 / wide));
      for (int line = 0; line < n_lines; line++)
        for (int c = 0; c < inner; c++)
          {
            gint64 total = 1 << 21;

            for (int i = low; i < high; i++)
              total += (gint64) (taps[i] / sum * (1 << 22) + (taps[i] / sum < 0 ? -0.5 : 0.5))
                       * src[((gsize) line * (gsize) n_in + (gsize) i) * (gsize) inner + (gsize) c];
            out[((gsize) line * (gsize) n_out + (gsize) x) * (gsize) inner + (gsize) c]
                = (guint8) CLAMP (total >> 22, 0, 255);
          }
    }
  return out;
}

static void
test_random_sizes (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (20260);

  for (int round = 0; round < 300; round++)
    {
      int most = round % 5 == 0 ? 200 : 40;
      int w = g_rand_int_range (random, 1, most), h = g_rand_int_range (random, 1, most);
      int ow = g_rand_int_range (random, 1, most), oh = g_rand_int_range (random, 1, most);
      gboolean vertical_first = h > oh && h - oh > 2 * (w - ow);
      gsize n_bytes = 3 * (gsize) w * (gsize) h;
      g_autofree guint8 *rgb = g_malloc (n_bytes);
      g_autofree guint8 *out = g_malloc (3 * (gsize) ow * (gsize) oh);
      g_autofree guint8 *between = NULL, *expected = NULL;
      g_autoptr (GError) error = NULL;

      for (gsize i = 0; i < n_bytes; i++)
        rgb[i] = round % 2 == 0 ? (guint8) g_rand_int (random) : g_rand_boolean (random) ? 255 : 0;
      between = vertical_first ? plain_axis (rgb, 1, h, oh, 3 * w) : plain_axis (rgb, h, w, ow, 3);
      expected = vertical_first ? plain_axis (between, oh, w, ow, 3) : plain_axis (between, 1, h, oh, 3 * ow);
      g_assert_true (b2_resize_bicubic (rgb, w, h, 3 * (gsize) w, out, ow, oh, &error));
      g_assert_no_error (error);
      g_assert_cmpmem (out, 3 * (gsize) ow * (gsize) oh, expected, 3 * (gsize) ow * (gsize) oh);
    }
}

/* transformers fails at height 1 and takes height 3 for channels: here they are pictures like any other. */
static void
test_low_pictures (void)
{
  json_t *root = load_expected ();
  B2PreprocessConfig config = golden_config (root);

  for (int height = 1; height <= 3; height += 2)
    {
      guint8 rgb[3 * 50 * 3];
      guint8 resized[3 * 14 * 14];
      float out[3 * 14 * 14];
      g_autoptr (GError) error = NULL;

      for (gsize i = 0; i < sizeof rgb; i++)
        rgb[i] = (guint8) (i * 37);
      g_assert_true (b2_preprocess (&config, rgb, 50, height, 150, 14, 14, out, &error));
      g_assert_true (b2_resize_bicubic (rgb, 50, height, 150, resized, 14, 14, &error));
      g_assert_no_error (error);
      for (int c = 0; c < 3; c++)
        for (int i = 0; i < 14 * 14; i++)
          g_assert_cmpfloat_with_epsilon (
              out[c * 196 + i], (resized[3 * i + c] / 255.0f - config.mean[c]) / config.std[c], 1e-6f);
    }
  json_decref (root);
}

static void
test_arguments (void)
{
  const int bad[][4] = { { 0, 1, 1, 1 },  { 1, 0, 1, 1 },        { 1, 1, 0, 1 },        { 1, 1, 1, 0 },
                         { -1, 1, 1, 1 }, { 1, G_MAXINT, 1, 1 }, { G_MAXINT, 1, 1, 1 }, { 1, 1, G_MAXINT, 1 },
                         { 1, 1, 1, -5 }, { 1, G_MININT, 1, 1 }, { 1, 1, 1, G_MAXINT } };
  B2PreprocessConfig config = { 28, 28, 1.0, { 0 }, { 1, 1, 1 } };
  guint8 pixel[3] = { 1, 2, 3 }, out[3];
  float values[3];

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (
          b2_resize_bicubic (pixel, bad[i][0], bad[i][1], G_MAXINT, out, bad[i][2], bad[i][3], &error));
      g_assert_error (error, B2_ERROR, B2_ERROR_ARGUMENT);
    }
  for (int i = 0; i < 2; i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (i == 0 ? b2_resize_bicubic (pixel, 2, 1, 5, out, 1, 1, &error)
                             : b2_preprocess (&config, pixel, 1, 1, 3, 0, 1, values, &error));
      g_assert_error (error, B2_ERROR, B2_ERROR_ARGUMENT);
    }
  g_assert_true (b2_preprocess (&config, pixel, 1, 1, 3, 1, 1, values, NULL));
  g_assert_cmpfloat (values[0], ==, 1.0f);
  g_assert_cmpfloat (values[2], ==, 3.0f);
}

/* 12 megapixels to 224. Only shown, with -m perf: a busy machine is no failure. */
static void
test_speed (void)
{
  int width = 4000, height = 3000;
  gsize n_bytes = 3 * (gsize) width * (gsize) height;
  g_autofree guint8 *rgb = NULL;
  g_autofree guint8 *out = g_malloc (224 * 224 * 3);
  gint64 best = G_MAXINT64;

  if (!g_test_perf ())
    {
      g_test_skip ("only with -m perf");
      return;
    }
  rgb = g_malloc (n_bytes);
  for (gsize i = 0; i < n_bytes; i++)
    rgb[i] = (guint8) (i * i >> 7);
  for (int i = 0; i < 5; i++)
    {
      gint64 start = g_get_monotonic_time ();

      g_assert_true (b2_resize_bicubic (rgb, width, height, 3 * (gsize) width, out, 224, 224, NULL));
      best = MIN (best, g_get_monotonic_time () - start);
    }
  g_test_minimized_result ((double) best / 1000.0, "12 MP to 224: %.1f ms", (double) best / 1000.0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/preprocess/golden-resize", test_golden_resize);
  g_test_add_func ("/preprocess/golden-values", test_golden_values);
  g_test_add_func ("/preprocess/random-sizes", test_random_sizes);
  g_test_add_func ("/preprocess/low-pictures", test_low_pictures);
  g_test_add_func ("/preprocess/arguments", test_arguments);
  g_test_add_func ("/preprocess/speed", test_speed);
  return g_test_run ();
}
