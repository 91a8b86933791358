#include "app/image-loader.h"

#include <string.h>

#include <jansson.h>

/*
 * What can be read. Hostile files are in test-image-hostile.c. Golden:
 * tests/golden/preprocess, each picture beside the pixels that PIL's convert("RGB") makes of it.
 */

static const QlImageOptions as_pil = { .ignore_orientation = TRUE, .alpha = QL_ALPHA_DROP };

static char *
golden_path (const char *name)
{
  return g_build_filename (g_getenv ("QLENS_SRC"), "tests/golden/preprocess", name, NULL);
}

static QlImage *
load_golden (const char *name, const QlImageOptions *options)
{
  g_autofree char *path = golden_path (name);
  g_autoptr (GError) error = NULL;
  QlImage *image = ql_image_load_file (path, options, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (image);
  g_assert_cmpstr (image->path, ==, path);
  g_assert_cmpuint (image->stride, >=, 3 * (gsize) image->width);
  g_assert_cmpuint (g_bytes_get_size (image->bytes), >=,
                    image->stride * (gsize) (image->height - 1) + 3 * (gsize) image->width);
  return image;
}

static const guint8 *
pixel (const QlImage *image, int x, int y)
{
  return image->rgb + (gsize) y * image->stride + 3 * (gsize) x;
}

static int
largest_difference (const QlImage *a, const QlImage *b)
{
  int largest = 0;

  g_assert_cmpint (a->width, ==, b->width);
  g_assert_cmpint (a->height, ==, b->height);
  for (int y = 0; y < a->height; y++)
    for (int i = 0; i < 3 * a->width; i++)
      largest = MAX (largest, ABS (pixel (a, 0, y)[i] - pixel (b, 0, y)[i]));
  return largest;
}

static gboolean
is_installed (const char *name)
{
  GSList *formats = gdk_pixbuf_get_formats ();
  gboolean found = FALSE;

  for (GSList *l = formats; l != NULL; l = l->next)
    {
      g_autofree char *known = gdk_pixbuf_format_get_name (l->data);

      found |= g_str_equal (known, name);
    }
  g_slist_free (formats);
  return found;
}

static void
check_webp_is_named (const char *file)
{
  g_autofree char *path = golden_path (file);
  g_autoptr (GError) error = NULL;

  g_assert_null (ql_image_load_file (path, NULL, NULL, &error));
  g_assert_error (error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, "webp-pixbuf-loader"));
}

/* Where GdkPixbuf and PIL are of two minds; see QlImage. */
static gboolean
is_known_to_differ (const char *file)
{
  return strstr (file, "grey16") != NULL || strstr (file, "gif-transparent") != NULL;
}

static void
check_golden (json_t *entry)
{
  const char *file = json_string_value (json_object_get (entry, "file"));
  g_autoptr (QlImage) image = NULL;
  g_autoptr (QlImage) expected = NULL;

  g_test_message ("%s", file);
  if (g_str_has_suffix (file, ".webp") && !is_installed ("webp"))
    {
      check_webp_is_named (file);
      return;
    }
  image = load_golden (file, &as_pil);
  expected = load_golden (json_string_value (json_object_get (entry, "rgb")), NULL);
  g_assert_cmpint (image->file_width, ==, json_integer_value (json_object_get (entry, "width")));
  g_assert_cmpint (image->file_height, ==, json_integer_value (json_object_get (entry, "height")));
  g_assert_false (image->oriented);
  if (is_known_to_differ (file))
    g_assert_cmpint (largest_difference (image, expected), >, 0);
  else if (json_is_true (json_object_get (entry, "lossless_decode")))
    g_assert_cmpint (largest_difference (image, expected), ==, 0);
  else
    g_assert_cmpint (largest_difference (image, expected), <=, 6);
}

static void
test_golden (void)
{
  g_autofree char *path = golden_path ("expected.json");
  json_t *root = json_load_file (path, 0, NULL);
  json_t *entry;
  size_t i;

  g_assert_nonnull (root);
  g_assert_cmpuint (json_array_size (json_object_get (root, "images")), >=, 40);
  json_array_foreach (json_object_get (root, "images"), i, entry) check_golden (entry);
  json_decref (root);
}

/* 16-bit grey: GdkPixbuf's is the high byte, of which PIL's clipped value is never below. */
static void
test_grey16 (void)
{
  g_autoptr (QlImage) png = load_golden ("images/png-grey16.png", NULL);
  g_autoptr (QlImage) clipped = load_golden ("rgb/png-grey16_png.png", NULL);
  int darkest = 255, brightest = 0;

  for (int y = 0; y < png->height; y++)
    for (int x = 0; x < png->width; x++)
      {
        const guint8 *p = pixel (png, x, y);

        g_assert_true (p[0] == p[1] && p[1] == p[2] && p[0] <= pixel (clipped, x, y)[0]);
        darkest = MIN (darkest, p[0]);
        brightest = MAX (brightest, p[0]);
      }
  g_assert_cmpint (brightest - darkest, >, 20);
}

/* Where a stored pixel ends up, for EXIF's eight orientations. */
static void
upright_place (int orientation, int width, int height, int x, int y, int *ux, int *uy)
{
  int right = width - 1 - x, bottom = height - 1 - y;
  const int places[9][2] = { { 0, 0 }, { x, y },      { right, y },      { right, bottom }, { x, bottom },
                             { y, x }, { bottom, x }, { bottom, right }, { y, right } };

  *ux = places[orientation][0];
  *uy = places[orientation][1];
}

static void
test_orientation (void)
{
  for (int orientation = 1; orientation <= 8; orientation++)
    {
      g_autofree char *file = g_strdup_printf ("images/jpeg-exif-%d.jpg", orientation);
      g_autoptr (QlImage) stored = load_golden (file, &as_pil);
      g_autoptr (QlImage) upright = load_golden (file, NULL);

      g_assert_cmpint (upright->oriented, ==, orientation != 1);
      g_assert_cmpint (upright->width, ==, orientation < 5 ? stored->width : stored->height);
      g_assert_cmpint (upright->file_width, ==, stored->width);
      for (int y = 0; y < stored->height; y++)
        for (int x = 0; x < stored->width; x++)
          {
            int ux, uy;

            upright_place (orientation, stored->width, stored->height, x, y, &ux, &uy);
            g_assert_cmpmem (pixel (stored, x, y), 3, pixel (upright, ux, uy), 3);
          }
    }
}

static void
test_alpha (void)
{
  g_autofree char *path = golden_path ("images/png-rgba.png");
  g_autoptr (GdkPixbuf) pixbuf = gdk_pixbuf_new_from_file (path, NULL);
  g_autoptr (QlImage) white = load_golden ("images/png-rgba.png", NULL);
  g_autoptr (QlImage) dropped = load_golden ("images/png-rgba.png", &as_pil);
  int n_levels[256] = { 0 };

  for (int y = 0; y < white->height; y++)
    for (int x = 0; x < white->width; x++)
      {
        const guint8 *p = gdk_pixbuf_read_pixels (pixbuf) + y * gdk_pixbuf_get_rowstride (pixbuf) + 4 * x;

        n_levels[p[3]]++;
        g_assert_cmpmem (pixel (dropped, x, y), 3, p, 3);
        for (int c = 0; c < 3; c++)
          {
            double exact = (p[c] * p[3] + 255.0 * (255 - p[3])) / 255.0;

            g_assert_cmpfloat_with_epsilon ((double) pixel (white, x, y)[c], exact, 0.5);
          }
      }
  g_assert_cmpint (n_levels[255], <, white->width * white->height);
}

static void
test_animation (void)
{
  g_autoptr (QlImage) first = load_golden ("images/gif-animated.gif", NULL);
  g_autoptr (QlImage) expected = load_golden ("rgb/gif-animated_gif.png", NULL);
  g_autofree char *path = golden_path ("images/gif-animated.gif");
  g_autofree char *data = NULL;
  /* a process a picture takes its time */
  gsize step = g_strcmp0 (g_getenv ("QLENS_DECODE"), "helper") == 0 ? 29 : 1;
  gsize n_bytes;
  int n_read = 0;

  g_assert_cmpint (largest_difference (first, expected), ==, 0);
  g_assert_true (g_file_get_contents (path, &data, &n_bytes, NULL));
  /* Cut anywhere, it is either refused or the whole first frame. */
  for (gsize n = 1; n < n_bytes; n += step)
    {
      g_autoptr (GBytes) bytes = g_bytes_new (data, n);
      g_autoptr (GError) error = NULL;
      g_autoptr (QlImage) image = ql_image_load_bytes (bytes, NULL, NULL, &error);

      if (image != NULL)
        g_assert_cmpint (largest_difference (image, expected), ==, 0);
      else
        g_assert_nonnull (error);
      n_read += image != NULL;
    }
  g_assert_cmpint (n_read, >, 0);
}

static void
check_saved (GdkPixbuf *pixbuf, const char *type)
{
  g_autofree char *data = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (QlImage) image = NULL;
  g_autoptr (QlImage) expected = ql_image_new_from_pixbuf (pixbuf, NULL, &error);
  gsize n_bytes;

  g_assert_true (gdk_pixbuf_save_to_buffer (pixbuf, &data, &n_bytes, type, &error, NULL));
  bytes = g_bytes_new_take (g_steal_pointer (&data), n_bytes);
  image = ql_image_load_bytes (bytes, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_null (image->path);
  g_assert_cmpint (largest_difference (image, expected), <=, g_str_equal (type, "jpeg") ? 90 : 0);
}

/* Thin, flat, single and odd sizes through each format that can be written here. */
static void
test_sizes (void)
{
  const int sizes[][2] = { { 1, 1 }, { 20000, 1 }, { 1, 20000 }, { 3, 2 }, { 17, 255 }, { 5000, 13 } };
  const char *const types[] = { "png", "jpeg", "bmp", "tiff" };

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (gsize t = 0; t < G_N_ELEMENTS (types); t++)
      {
        g_autoptr (GdkPixbuf) pixbuf
            = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, sizes[i][0], sizes[i][1]);
        guint8 *pixels = gdk_pixbuf_get_pixels (pixbuf);

        for (gsize n = 0; n < gdk_pixbuf_get_byte_length (pixbuf); n++)
          pixels[n] = (guint8) (n / 600 % 64 + n % 3 * 40);
        check_saved (pixbuf, types[t]);
      }
}

static void
test_pnm (void)
{
  const char ppm[] = "P6\n# a comment\n2 1\n255\n\1\2\3\4\5\6";
  const char pgm[] = "P5 2 2 255 \x10\x20\x30\x40";
  g_autoptr (GBytes) colour = g_bytes_new_static (ppm, sizeof ppm - 1);
  g_autoptr (GBytes) grey = g_bytes_new_static (pgm, sizeof pgm - 1);
  g_autoptr (GBytes) cut = g_bytes_new_static (pgm, sizeof pgm - 2);
  g_autoptr (GError) error = NULL;
  g_autoptr (QlImage) image = ql_image_load_bytes (colour, NULL, NULL, &error);
  g_autoptr (QlImage) grey_image = ql_image_load_bytes (grey, NULL, NULL, NULL);

  g_assert_no_error (error);
  g_assert_cmpmem (image->rgb, 6, "\1\2\3\4\5\6", 6);
  g_assert_cmpstr (image->format, ==, "PNM");
  g_assert_cmpmem (pixel (grey_image, 1, 1), 3, "\x40\x40\x40", 3);
  g_assert_null (ql_image_load_bytes (cut, NULL, NULL, &error));
  g_assert_error (error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_DAMAGED);
}

static void
test_svg (void)
{
  const char svg[]
      = "<?xml version='1.0'?><!-- c --><svg xmlns='http://www.w3.org/2000/svg' width='%d' height='10'>"
        "<rect x='0' y='0' width='4' height='100%%' fill='#f00'/></svg>";
  const int widths[] = { 20, 8192 };

  if (!is_installed ("svg"))
    {
      g_test_skip ("no loader for SVG");
      return;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (widths); i++)
    {
      g_autofree char *text = g_strdup_printf (svg, widths[i]);
      g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
      g_autoptr (GError) error = NULL;
      g_autoptr (QlImage) image = ql_image_load_bytes (bytes, NULL, NULL, &error);

      g_assert_no_error (error);
      g_assert_cmpint (image->width, ==, MIN (widths[i], QL_IMAGE_MAX_DRAWING_PX));
      g_assert_cmpint (image->file_width, ==, widths[i]);
      g_assert_cmpmem (pixel (image, 1, 1), 3, "\xff\0\0", 3);
      g_assert_cmpmem (pixel (image, image->width - 1, 1), 3, "\xff\xff\xff", 3);
    }
}

static void
test_thumbnail (void)
{
  const char *const files[] = { "images/size-1000x20.png", "images/jpeg-exif-6.jpg",
                                "images/size-447x449.png", "images/size-1x1.png" };

  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    {
      QlImageOptions small = { .max_side_px = 40 };
      g_autoptr (QlImage) full = load_golden (files[i], NULL);
      g_autoptr (QlImage) image = load_golden (files[i], &small);

      g_assert_cmpint (MAX (image->width, image->height), ==, MIN (40, MAX (full->width, full->height)));
      g_assert_cmpint (MIN (image->width, image->height), >=, 1);
      g_assert_cmpint (image->file_width, ==, full->file_width);
      g_assert_cmpint (image->file_height, ==, full->file_height);
      g_assert_cmpint (image->oriented, ==, full->oriented);
    }
}

static void
test_from_pixbuf (void)
{
  g_autoptr (GdkPixbuf) pixbuf = gdk_pixbuf_new (GDK_COLORSPACE_RGB, TRUE, 8, 100, 50);
  QlImageOptions small = { .max_side_px = 10 };
  g_autoptr (QlImage) white = NULL;
  g_autoptr (QlImage) dropped = NULL;
  g_autoptr (QlImage) turned = NULL;
  g_autoptr (QlImage) kept = NULL;

  gdk_pixbuf_fill (pixbuf, 0x00000080);
  white = ql_image_new_from_pixbuf (pixbuf, NULL, NULL);
  dropped = ql_image_new_from_pixbuf (pixbuf, &as_pil, NULL);
  gdk_pixbuf_set_option (pixbuf, "orientation", "6");
  turned = ql_image_new_from_pixbuf (pixbuf, &small, NULL);
  g_assert_cmpint (pixel (white, 99, 49)[0], ==, 127);
  g_assert_cmpint (pixel (dropped, 99, 49)[0], ==, 0);
  g_assert_cmpint (turned->width, ==, 5);
  g_assert_cmpint (turned->height, ==, 10);
  g_assert_true (turned->oriented);
  kept = ql_image_ref (turned);
  g_assert_true (kept == turned);
}

static gpointer
load_many (gpointer data)
{
  for (int i = 0; i < 20; i++)
    {
      g_autoptr (QlImage) jpeg = load_golden ("images/jpeg-progressive.jpg", NULL);
      g_autoptr (QlImage) tiff = load_golden ("images/tiff-lzw.tif", NULL);
      g_autoptr (QlImage) expected = load_golden ("rgb/tiff-lzw_tif.png", NULL);

      g_assert_cmpint (largest_difference (tiff, expected), ==, 0);
    }
  return NULL;
}

static void
test_threads (void)
{
  GThread *threads[4];

  for (int i = 0; i < 4; i++)
    threads[i] = g_thread_new ("load", load_many, NULL);
  for (int i = 0; i < 4; i++)
    g_thread_join (threads[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/image-loader/golden", test_golden);
  g_test_add_func ("/image-loader/grey16", test_grey16);
  g_test_add_func ("/image-loader/orientation", test_orientation);
  g_test_add_func ("/image-loader/alpha", test_alpha);
  g_test_add_func ("/image-loader/animation", test_animation);
  g_test_add_func ("/image-loader/sizes", test_sizes);
  g_test_add_func ("/image-loader/pnm", test_pnm);
  g_test_add_func ("/image-loader/svg", test_svg);
  g_test_add_func ("/image-loader/thumbnail", test_thumbnail);
  g_test_add_func ("/image-loader/from-pixbuf", test_from_pixbuf);
  g_test_add_func ("/image-loader/threads", test_threads);
  return g_test_run ();
}
