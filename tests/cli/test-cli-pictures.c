/* Pictures that are none, or are odd: the error names the file, and the rest goes on. */
#include <gdk-pixbuf/gdk-pixbuf.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/cli/program.h"

#define DONUT "data/samples/01-donut.png"

static char *scratch;

static char *
scratch_file (const char *name, gconstpointer data, gsize n)
{
  char *path = g_build_filename (scratch, name, NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, data, (gssize) n, &error);
  g_assert_no_error (error);
  return path;
}

/* A bad picture between two good ones: {"image","error"} for it, captions for them, exit status 1. */
static void
assert_fails_alone (const char *path, const char *says)
{
  g_autoptr (Program) run = program_run ("caption", "--json", "--", DONUT, path, DONUT, NULL);
  json_t *lines, *bad;

  program_assert_error (run, 1, says);
  lines = program_lines (run);
  g_assert_cmpuint (json_array_size (lines), ==, 3);
  for (gsize i = 0; i < 3; i += 2)
    g_assert_cmpstr (json_string_value (json_object_get (json_array_get (lines, i), "text")), ==,
                     "a purple donut in the sky");
  bad = json_array_get (lines, 1);
  g_assert_cmpuint (json_object_size (bad), ==, 2);
  g_assert_cmpstr (json_string_value (json_object_get (bad, "image")), ==, path);
  g_assert_nonnull (strstr (json_string_value (json_object_get (bad, "error")), says));
  json_decref (lines);
}

static void
test_missing (void)
{
  assert_fails_alone ("no/such/picture.png", "");
}

static void
test_folder (void)
{
  assert_fails_alone ("data/samples", "folder");
}

static void
test_empty_file (void)
{
  g_autofree char *path = scratch_file ("empty.png", "", 0);

  assert_fails_alone (path, "empty");
}

static void
test_text_file (void)
{
  assert_fails_alone ("data/samples/samples.json", "");
}

static void
test_cut_short (void)
{
  g_autofree char *source = source_path (DONUT);
  g_autofree char *data = NULL;
  g_autofree char *path = NULL;
  g_autofree char *head = NULL;
  gsize n;

  g_assert_true (g_file_get_contents (source, &data, &n, NULL));
  path = scratch_file ("cut.png", data, n / 2);
  head = scratch_file ("head.png", data, 12);
  assert_fails_alone (path, "");
  assert_fails_alone (head, "");
}

static void
test_device (void)
{
  assert_fails_alone ("/dev/zero", "");
}

static void
test_unreadable (void)
{
  g_autofree char *path = scratch_file ("secret.png", "x", 1);

  if (geteuid () == 0)
    {
      g_test_skip ("root reads everything");
      return;
    }
  g_assert_cmpint (chmod (path, 0), ==, 0);
  assert_fails_alone (path, "");
}

static guint32
crc (const guint8 *data, gsize n)
{
  guint32 c = 0xffffffff;

  for (gsize i = 0; i < n; i++)
    {
      c ^= data[i];
      for (int k = 0; k < 8; k++)
        c = c & 1 ? 0xedb88320 ^ (c >> 1) : c >> 1;
    }
  return ~c;
}

/* The header of a PNG of this size, and a few bytes: whoever allocates before looking at it, drowns. */
static char *
png_header_file (const char *name, guint32 width, guint32 height)
{
  guint8 png[8 + 25 + 12 + 12]
      = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0, 0, 13, 'I', 'H', 'D', 'R' };
  guint32 big[2] = { GUINT32_TO_BE (width), GUINT32_TO_BE (height) }, sum;

  memcpy (png + 16, big, 8);
  png[24] = 8;
  png[25] = 6;
  sum = GUINT32_TO_BE (crc (png + 12, 17));
  memcpy (png + 29, &sum, 4);
  memcpy (png + 33 + 4, "IDAT", 4);
  sum = GUINT32_TO_BE (crc (png + 37, 4));
  memcpy (png + 41, &sum, 4);
  memcpy (png + 45 + 4, "IEND", 4);
  sum = GUINT32_TO_BE (crc (png + 49, 4));
  memcpy (png + 53, &sum, 4);
  return scratch_file (name, png, sizeof png);
}

static void
test_bombs (void)
{
  g_autofree char *square = png_header_file ("bomb-100mp.png", 10000, 10000);
  g_autofree char *huge = png_header_file ("bomb-max.png", 0x7fffffff, 0x7fffffff);
  g_autofree char *zero = png_header_file ("zero.png", 0, 5);

  assert_fails_alone (square, "64 million");
  assert_fails_alone (huge, "");
  assert_fails_alone (zero, "");
}

static char *
solid (const char *name, int width, int height, gboolean alpha, guint32 rgba)
{
  g_autoptr (GdkPixbuf) pixbuf = gdk_pixbuf_new (GDK_COLORSPACE_RGB, alpha, 8, width, height);
  char *path = g_build_filename (scratch, name, NULL);
  g_autoptr (GError) error = NULL;

  gdk_pixbuf_fill (pixbuf, rgba);
  gdk_pixbuf_save (pixbuf, path, "png", &error, NULL);
  g_assert_no_error (error);
  return path;
}

/* Odd but sound: they are captioned. */
static void
test_odd_sizes (void)
{
  static const int sizes[][2] = { { 1, 1 }, { 20000, 1 }, { 1, 20000 }, { 3, 3 }, { 4000, 3 } };

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree char *name = g_strdup_printf ("%dx%d.png", sizes[i][0], sizes[i][1]);
      g_autofree char *path = solid (name, sizes[i][0], sizes[i][1], FALSE, 0x30a040ff);
      g_autoptr (Program) run = program_run ("caption", path, "--json", NULL);
      json_t *lines;

      g_assert_cmpstr (run->err, ==, "");
      g_assert_cmpint (run->status, ==, 0);
      lines = program_lines (run);
      g_assert_true (json_is_string (json_object_get (json_array_get (lines, 0), "text")));
      json_decref (lines);
    }
}

static json_t *
ids (const char *path, const char *option, const char *value)
{
  g_autoptr (Program) run = program_run ("caption", path, "--json", option, value, NULL);
  json_t *lines, *result;

  g_assert_cmpstr (run->err, ==, "");
  g_assert_cmpint (run->status, ==, 0);
  lines = program_lines (run);
  result = json_incref (json_object_get (json_array_get (lines, 0), "token_ids"));
  json_decref (lines);
  return result;
}

/* Clear black: on white it is a white picture, with the alpha dropped a black one. */
static void
test_alpha (void)
{
  g_autofree char *clear = solid ("clear.png", 64, 64, TRUE, 0x00000000);
  g_autofree char *white = solid ("white.png", 64, 64, FALSE, 0xffffffff);
  g_autofree char *black = solid ("black.png", 64, 64, FALSE, 0x000000ff);
  json_t *on_white = ids (clear, NULL, NULL), *dropped = ids (clear, "--alpha", "drop");
  json_t *as_white = ids (white, NULL, NULL), *as_black = ids (black, NULL, NULL);

  g_assert_true (json_equal (on_white, as_white));
  g_assert_true (json_equal (dropped, as_black));
  g_assert_false (json_equal (as_white, as_black)); /* else nothing is shown by the above */
  json_decref (on_white);
  json_decref (dropped);
  json_decref (as_white);
  json_decref (as_black);
}

/* Every picture that comes with the golden data is read or refused in words. */
static void
test_many_kinds (void)
{
  g_autofree char *dir = source_path ("tests/golden/preprocess/images");
  g_autoptr (GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (Program) run = NULL;
  GDir *list = g_dir_open (dir, 0, NULL);
  json_t *lines;
  gsize n = 0;

  g_assert_nonnull (list);
  g_ptr_array_add (argv, g_strdup ("caption"));
  g_ptr_array_add (argv, g_strdup ("--json"));
  g_ptr_array_add (argv, g_strdup ("--beams=1"));
  for (const char *name; (name = g_dir_read_name (list)) != NULL; n++)
    g_ptr_array_add (argv, g_build_filename (dir, name, NULL));
  g_dir_close (list);
  g_assert_cmpuint (n, >, 10);
  g_ptr_array_add (argv, NULL);
  run = program_runv ((const char *const *) argv->pdata, NULL);
  lines = program_lines (run);
  g_assert_cmpuint (json_array_size (lines), ==, n);
  for (gsize i = 0; i < n; i++)
    {
      json_t *line = json_array_get (lines, i);

      g_assert_true ((json_object_get (line, "text") != NULL) != (json_object_get (line, "error") != NULL));
    }
  json_decref (lines);
}

static void
test_ask_and_match_of_none (void)
{
  g_autoptr (Program) ask = program_run ("ask", "nothing.png", "-q", "a?", "-q", "b?", "--json", NULL);
  g_autoptr (Program) match = program_run ("match", "nothing.png", "a", "b", "--json", NULL);
  json_t *lines;

  program_assert_error (ask, 1, "nothing.png");
  lines = program_lines (ask);
  g_assert_cmpuint (json_array_size (lines), ==, 1);
  g_assert_nonnull (json_object_get (json_array_get (lines, 0), "error"));
  json_decref (lines);
  program_assert_error (match, 1, "nothing.png");
  lines = program_lines (match);
  g_assert_cmpuint (json_array_size (lines), ==, 1);
  g_assert_nonnull (json_object_get (json_array_get (lines, 0), "error"));
  json_decref (lines);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  scratch = scratch_new ();
  g_test_add_func ("/cli/pictures/missing", test_missing);
  g_test_add_func ("/cli/pictures/folder", test_folder);
  g_test_add_func ("/cli/pictures/empty", test_empty_file);
  g_test_add_func ("/cli/pictures/text", test_text_file);
  g_test_add_func ("/cli/pictures/cut-short", test_cut_short);
  g_test_add_func ("/cli/pictures/device", test_device);
  g_test_add_func ("/cli/pictures/unreadable", test_unreadable);
  g_test_add_func ("/cli/pictures/bombs", test_bombs);
  g_test_add_func ("/cli/pictures/odd-sizes", test_odd_sizes);
  g_test_add_func ("/cli/pictures/alpha", test_alpha);
  g_test_add_func ("/cli/pictures/many-kinds", test_many_kinds);
  g_test_add_func ("/cli/pictures/ask-and-match", test_ask_and_match_of_none);
  status = g_test_run ();
  scratch_free (scratch);
  return status;
}
