#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "app/image-loader.h"

/* Files that must be refused, or read, without harm. All are made here or cut out of golden pictures. */

static char *
golden_path (const char *name)
{
  return g_build_filename (g_getenv ("QLENS_SRC"), "tests/golden/preprocess/images", name, NULL);
}

/* Every message says what to do after what happened, and is no sentence of its own. */
static void
assert_refused (QlImage *image, const GError *error, int code)
{
  g_assert_null (image);
  g_assert_nonnull (error);
  if (code >= 0)
    g_assert_error (error, QL_IMAGE_ERROR, code);
  g_assert_true (error->domain == QL_IMAGE_ERROR);
  g_assert_nonnull (strstr (error->message, "; "));
  g_assert_false (g_str_has_suffix (error->message, "."));
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
}

static void
assert_bytes_refused (const void *data, gsize n_bytes, int code)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, n_bytes);
  g_autoptr (GError) error = NULL;
  QlImage *image = ql_image_load_bytes (bytes, NULL, NULL, &error);

  assert_refused (image, error, code);
  g_test_message ("%s", error->message);
}

static void
assert_file_refused (const char *path, int code)
{
  g_autoptr (GError) error = NULL;
  QlImage *image = ql_image_load_file (path, NULL, NULL, &error);

  assert_refused (image, error, code);
  g_test_message ("%s: %s", path, error->message);
}

static gint64
peak_kb (void)
{
  g_autofree char *status = NULL;

  g_assert_true (g_file_get_contents ("/proc/self/status", &status, NULL, NULL));
  g_assert_nonnull (strstr (status, "VmPeak:"));
  return g_ascii_strtoll (strstr (status, "VmPeak:") + 7, NULL, 10);
}

/* A process a picture takes its time. */
static gboolean
has_process (void)
{
  return g_strcmp0 (g_getenv ("QLENS_DECODE"), "helper") == 0;
}

/* ---- what is not a picture file ---- */

static void
test_not_files (void)
{
  g_autofree char *dir = g_dir_make_tmp ("qlens-image-XXXXXX", NULL);
  g_autofree char *fifo = g_build_filename (dir, "fifo.png", NULL);
  g_autofree char *link = g_build_filename (dir, "link.png", NULL);
  g_autofree char *under = g_build_filename (dir, "fifo.png", "x.png", NULL);
  g_autofree char *name = g_build_filename (dir, "socket.png", NULL);
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  g_assert_cmpint (symlink ("nowhere", link), ==, 0);
  g_strlcpy (address.sun_path, name, sizeof address.sun_path);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);

  assert_file_refused (dir, QL_IMAGE_ERROR_FOLDER);
  assert_file_refused (fifo, QL_IMAGE_ERROR_SPECIAL);
  assert_file_refused (name, QL_IMAGE_ERROR_SPECIAL);
  assert_file_refused ("/dev/zero", QL_IMAGE_ERROR_SPECIAL);
  assert_file_refused (link, QL_IMAGE_ERROR_NOT_FOUND);
  assert_file_refused (under, QL_IMAGE_ERROR_NOT_FOUND);
  assert_file_refused ("", QL_IMAGE_ERROR_NOT_FOUND);

  close (fd);
  g_unlink (name);
  g_unlink (fifo);
  g_unlink (link);
  g_rmdir (dir);
}

static void
test_files (void)
{
  g_autofree char *dir = g_dir_make_tmp ("qlens-image-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "a.png", NULL);
  QlImageOptions tight = { .max_file_bytes = 100 };
  g_autofree char *png = golden_path ("png-rgb.png");
  g_autoptr (GError) error = NULL;
  QlImage *image;

  g_assert_true (g_file_set_contents (path, "", 0, NULL));
  assert_file_refused (path, QL_IMAGE_ERROR_EMPTY);
  g_assert_true (g_file_set_contents (path, "This is a text.\n", -1, NULL));
  assert_file_refused (path, QL_IMAGE_ERROR_NOT_A_PICTURE);
  /* A hole of 600 GB costs nothing on disk, and must cost nothing here. */
  if (truncate (path, 600000000000) == 0)
    assert_file_refused (path, QL_IMAGE_ERROR_TOO_LARGE);
  g_assert_cmpint (truncate (path, 500000000), ==, 0);
  assert_file_refused (path, QL_IMAGE_ERROR_NOT_A_PICTURE);
  g_assert_cmpint (chmod (path, 0), ==, 0);
  if (geteuid () != 0)
    assert_file_refused (path, QL_IMAGE_ERROR_DENIED);
  image = ql_image_load_file (png, &tight, NULL, &error);
  assert_refused (image, error, QL_IMAGE_ERROR_TOO_LARGE);
  g_unlink (path);
  g_rmdir (dir);
}

/* Known by their first bytes, so that the message can name them. */
static void
test_other_kinds (void)
{
  const struct
  {
    const char *bytes;
    gsize n;
    const char *named;
  } kinds[] = {
    { "%PDF-1.7\n%", 10, "PDF" },
    { "8BPS\0\1", 6, "Photoshop" },
    { "\0\0\0\x18"
      "ftypisom\0\0\0\0",
      16, "MP4" },
    { "\0\0\0\x0cjP  \r\n\x87\n", 12, "JPEG 2000" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autoptr (GBytes) bytes = g_bytes_new (kinds[i].bytes, kinds[i].n);
      g_autoptr (GError) error = NULL;
      QlImage *image = ql_image_load_bytes (bytes, NULL, NULL, &error);

      assert_refused (image, error, QL_IMAGE_ERROR_UNSUPPORTED);
      g_assert_nonnull (strstr (error->message, kinds[i].named));
    }
  assert_bytes_refused ("\xff", 1, QL_IMAGE_ERROR_NOT_A_PICTURE);
  assert_bytes_refused ("P6", 2, QL_IMAGE_ERROR_NOT_A_PICTURE);
  assert_bytes_refused ("<html><body></body></html>", 26, QL_IMAGE_ERROR_NOT_A_PICTURE);
  assert_bytes_refused (NULL, 0, QL_IMAGE_ERROR_EMPTY);
}

/* ---- cut short and damaged ---- */

static void
test_cut_short (gconstpointer data)
{
  const char *name = data;
  g_autofree char *path = golden_path (name);
  g_autofree char *bytes = NULL;
  gsize n_bytes;

  g_assert_true (g_file_get_contents (path, &bytes, &n_bytes, NULL));
  for (int sixteenths = 0; sixteenths < 16; sixteenths++)
    {
      gsize n = n_bytes * (gsize) sixteenths / 16;

      assert_bytes_refused (bytes, n, n == 0 ? QL_IMAGE_ERROR_EMPTY : QL_IMAGE_ERROR_DAMAGED);
    }
  /* The last byte of a GIF says only that no frame follows. */
  if (!g_str_has_suffix (name, ".gif"))
    assert_bytes_refused (bytes, n_bytes - 1, QL_IMAGE_ERROR_DAMAGED);
}

/* Any answer is right that is no crash and has an error where it has no picture. */
static void
read_anything (const guint8 *data, gsize n_bytes)
{
  QlImageOptions options = { .max_pixels = 1000000 };
  g_autoptr (GBytes) bytes = g_bytes_new (data, n_bytes);
  g_autoptr (GError) error = NULL;
  g_autoptr (QlImage) image = ql_image_load_bytes (bytes, &options, NULL, &error);

  if (image == NULL)
    assert_refused (image, error, -1);
  else
    {
      gsize last = image->stride * (gsize) (image->height - 1) + 3 * (gsize) image->width - 1;

      g_assert_no_error (error);
      g_assert_cmpint (image->width * image->height, <=, 1000000);
      g_assert_cmpuint (last, <, g_bytes_get_size (image->bytes));
      g_assert_cmpint (image->rgb[0] + image->rgb[last], >=, 0);
    }
}

static void
test_bit_flips (void)
{
  const char *const names[]
      = { "png-rgb.png",      "png-palette.png", "jpeg-progressive.jpg", "jpeg-exif-6.jpg",
          "gif-animated.gif", "bmp-palette.bmp", "jpeg-cmyk.jpg" };
  g_autoptr (GRand) random = g_rand_new_with_seed (20260);

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = golden_path (names[i]);
      g_autofree char *bytes = NULL;
      gsize n_bytes;

      g_assert_true (g_file_get_contents (path, &bytes, &n_bytes, NULL));
      for (int round = 0; round < (has_process () ? 30 : 150); round++)
        {
          g_autofree guint8 *copy = g_memdup2 (bytes, n_bytes);
          gsize reach = round % 2 == 0 ? MIN (n_bytes, 64) : n_bytes;

          for (int k = 0; k <= round % 4; k++)
            copy[g_rand_int_range (random, 0, (gint32) reach)]
                ^= (guint8) (1 << g_rand_int_range (random, 0, 8));
          read_anything (copy, n_bytes);
        }
    }
}

/* ---- larger than they look ---- */

static void
put (GByteArray *out, guint64 value, int n, gboolean big_endian)
{
  for (int i = 0; i < n; i++)
    {
      guint8 byte = (guint8) (value >> 8 * (big_endian ? n - 1 - i : i));

      g_byte_array_append (out, &byte, 1);
    }
}

static void
put_text (GByteArray *out, const char *text, gsize n)
{
  g_byte_array_append (out, (const guint8 *) text, (guint) n);
}

static guint32
crc32_of (const guint8 *data, gsize n)
{
  guint32 crc = 0xffffffff;

  for (gsize i = 0; i < n; i++)
    {
      crc ^= data[i];
      for (int bit = 0; bit < 8; bit++)
        crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
  return ~crc;
}

static void
put_chunk (GByteArray *out, const char *kind, const GByteArray *body)
{
  guint start = out->len + 4;

  put (out, body->len, 4, TRUE);
  put_text (out, kind, 4);
  g_byte_array_append (out, body->data, body->len);
  put (out, crc32_of (out->data + start, out->len - start), 4, TRUE);
}

/* A sound PNG file but for the pixels, of which there are a few zeros. */
static GByteArray *
png_bomb (guint32 width, guint32 height)
{
  GByteArray *out = g_byte_array_new ();
  g_autoptr (GByteArray) header = g_byte_array_new (), data = g_byte_array_new (), end = g_byte_array_new ();

  put_text (out, "\x89PNG\r\n\x1a\n", 8);
  put (header, width, 4, TRUE);
  put (header, height, 4, TRUE);
  put_text (header, "\x08\x02\0\0\0", 5);
  put_chunk (out, "IHDR", header);
  put_text (data, "\x78\x9c\x63\x60\x00\x82\x00\x00\x04\x00\x01", 11);
  put_chunk (out, "IDAT", data);
  put_chunk (out, "IEND", end);
  return out;
}

static GByteArray *
jpeg_bomb (void)
{
  g_autofree char *path = golden_path ("jpeg-baseline-444.jpg");
  g_autofree char *bytes = NULL;
  GByteArray *out = g_byte_array_new ();
  gsize n_bytes;

  g_assert_true (g_file_get_contents (path, &bytes, &n_bytes, NULL));
  for (gsize i = 0; i + 9 < n_bytes; i++)
    if (memcmp (bytes + i, "\xff\xc0", 2) == 0)
      {
        memcpy (bytes + i + 5, "\xf0\0\xf0\0", 4);
        break;
      }
  put_text (out, bytes, n_bytes);
  return out;
}

static GByteArray *
gif_bomb (void)
{
  GByteArray *out = g_byte_array_new ();

  put_text (out, "GIF89a\xff\xff\xff\xff\x80\0\0\0\0\0\xff\xff\xff", 19);
  put_text (out, ",\0\0\0\0\xff\xff\xff\xff\0\2\2\x4c\1\0;", 16);
  return out;
}

/* @run_length: such a file may be as short as this one and still be whole. */
static GByteArray *
bmp_bomb (gboolean run_length)
{
  GByteArray *out = g_byte_array_new ();

  put_text (out, "BM", 2);
  put (out, 1100, 4, FALSE);
  put (out, 0, 4, FALSE);
  put (out, 1078, 4, FALSE);
  put (out, 40, 4, FALSE);
  put (out, 100000, 4, FALSE);
  put (out, 100000, 4, FALSE);
  put (out, 1, 2, FALSE);
  put (out, 8, 2, FALSE);
  put (out, run_length, 4, FALSE);
  for (int i = 0; i < 5; i++)
    put (out, 0, 4, FALSE);
  for (int i = 0; i < 260; i++)
    put (out, 0, 4, FALSE);
  return out;
}

static GByteArray *
tiff_bomb (void)
{
  const guint32 entries[][3]
      = { { 256, 4, 20000 }, { 257, 4, 20000 }, { 258, 3, 8 },     { 259, 3, 1 }, { 262, 3, 1 },
          { 273, 4, 200 },   { 277, 3, 1 },     { 278, 4, 20000 }, { 279, 4, 10 } };
  GByteArray *out = g_byte_array_new ();

  put_text (out, "II*\0", 4);
  put (out, 8, 4, FALSE);
  put (out, G_N_ELEMENTS (entries), 2, FALSE);
  for (gsize i = 0; i < G_N_ELEMENTS (entries); i++)
    {
      put (out, entries[i][0], 2, FALSE);
      put (out, entries[i][1], 2, FALSE);
      put (out, 1, 4, FALSE);
      put (out, entries[i][2], 4, FALSE);
    }
  for (int i = 0; i < 100; i++)
    put (out, 0, 4, FALSE);
  return out;
}

/* Found by fuzzing: a header that says it is 3 GB long, which GdkPixbuf would allocate. */
static GByteArray *
bmp_header_bomb (void)
{
  GByteArray *bomb = bmp_bomb (TRUE);

  memcpy (bomb->data + 10, "\x00\x0c\x5b\xff\xff\xff\xff\xbf", 8);
  return bomb;
}

static void
assert_bomb_refused (GByteArray *bomb, int code)
{
  gint64 before = peak_kb (); /* of the process's life: earlier refusals count as well */

  assert_bytes_refused (bomb->data, bomb->len, code);
  g_assert_cmpint (peak_kb () - before, <, 100 * 1024);
  g_byte_array_unref (bomb);
}

static void
test_bombs (void)
{
  assert_bomb_refused (png_bomb (100000, 100000), QL_IMAGE_ERROR_TOO_LARGE);
  assert_bomb_refused (png_bomb (10000, 10000), QL_IMAGE_ERROR_TOO_LARGE);
  assert_bomb_refused (png_bomb (8001, 8001), QL_IMAGE_ERROR_TOO_LARGE);
  assert_bomb_refused (png_bomb (0x7fffffff, 0x7fffffff), -1);
  assert_bomb_refused (png_bomb (0xffffffff, 0xffffffff), -1);
  assert_bomb_refused (png_bomb (0, 0), -1);
  assert_bomb_refused (jpeg_bomb (), QL_IMAGE_ERROR_TOO_LARGE);
  assert_bomb_refused (gif_bomb (), QL_IMAGE_ERROR_TOO_LARGE);
  assert_bomb_refused (bmp_bomb (TRUE), QL_IMAGE_ERROR_TOO_LARGE);
  assert_bomb_refused (bmp_bomb (FALSE), QL_IMAGE_ERROR_DAMAGED);
  assert_bomb_refused (bmp_header_bomb (), QL_IMAGE_ERROR_DAMAGED);
  assert_bomb_refused (tiff_bomb (), QL_IMAGE_ERROR_TOO_LARGE);
  /* Within the limit, so that the decoder may take its memory: only the data is not there. */
  {
    g_autoptr (GByteArray) hollow = png_bomb (1000000, 64);

    assert_bytes_refused (hollow->data, hollow->len, QL_IMAGE_ERROR_DAMAGED);
  }
}

/* A hundred scans and one of a small progressive picture: each would be a pass over the whole. */
static void
test_jpeg_scans (void)
{
  g_autofree char *path = golden_path ("jpeg-progressive.jpg");
  g_autofree char *bytes = NULL;
  g_autoptr (GByteArray) out = g_byte_array_new ();
  gsize n_bytes, scan;

  g_assert_true (g_file_get_contents (path, &bytes, &n_bytes, NULL));
  for (scan = n_bytes - 2; memcmp (bytes + scan, "\xff\xda", 2) != 0; scan--)
    g_assert_cmpuint (scan, >, 0);
  put_text (out, bytes, n_bytes - 2);
  for (int i = 0; i < 100; i++)
    put_text (out, bytes + scan, n_bytes - 2 - scan);
  put_text (out, "\xff\xd9", 2);
  assert_bytes_refused (out->data, out->len, QL_IMAGE_ERROR_DAMAGED);
}

/* ---- drawings ---- */

/* Under a leak checker: libxml2, as librsvg uses it, keeps the entities of a document that it gave up. */
const char *__lsan_default_suppressions (void);

const char *
__lsan_default_suppressions (void)
{
  return "leak:libxml2\n";
}

#define SVG(attributes, body)                                                                                \
  "<svg xmlns='http://www.w3.org/2000/svg' xmlns:x='http://www.w3.org/1999/xlink' " attributes ">" body      \
  "</svg>"

static void
read_svg (const char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr (GError) error = NULL;
  g_autoptr (QlImage) image = ql_image_load_bytes (bytes, NULL, NULL, &error);
  gint64 start = g_get_monotonic_time ();

  if (image == NULL)
    assert_refused (image, error, -1);
  else
    g_assert_cmpint (MAX (image->width, image->height), <=, QL_IMAGE_MAX_DRAWING_PX);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 20 * G_USEC_PER_SEC);
}

static void
test_svg (void)
{
  g_autoptr (GString) uses = g_string_new (NULL);
  g_autoptr (GString) deep = g_string_new (NULL);
  g_autofree char *exponential = NULL;

  read_svg (SVG ("width='1000000000' height='1000000000'", "<rect width='9' height='9'/>"));
  read_svg (SVG ("width='1e300' height='1'", ""));
  read_svg (SVG ("width='-5' height='0'", ""));
  read_svg (SVG ("width='9' height='9'", "<g id='a'><use x:href='#b'/></g><g id='b'><use x:href='#a'/></g>"));
  read_svg (SVG ("width='9' height='9'", "<image width='9' height='9' x:href='file:///etc/hostname'/>"));
  read_svg (
      "<!DOCTYPE svg [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'>"
      "<!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;'><!ENTITY d '&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;'>"
      "<!ENTITY e '&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;'><!ENTITY f '&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;'>"
      "<!ENTITY g '&f;&f;&f;&f;&f;&f;&f;&f;&f;&f;'>]>" SVG ("width='9' height='9'", "<text>&g;</text>"));
  for (int i = 1; i < 40; i++)
    g_string_append_printf (uses, "<g id='n%d'><use x:href='#n%d'/><use x:href='#n%d'/></g>", i, i - 1,
                            i - 1);
  exponential = g_strconcat (
      "<svg xmlns='http://www.w3.org/2000/svg' xmlns:x='http://www.w3.org/1999/xlink' width='9' "
      "height='9'><rect id='n0' width='1' height='1'/>",
      uses->str, "</svg>", NULL);
  read_svg (exponential);
  g_string_append (deep, "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'>");
  for (int i = 0; i < 100000; i++)
    g_string_append (deep, "<g>");
  read_svg (deep->str);
}

/* ---- stopping ---- */

static void
test_cancel (void)
{
  g_autofree char *path = golden_path ("png-rgb.png");
  g_autofree char *data = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GBytes) bytes = NULL;
  gsize n_bytes;

  g_assert_true (g_file_get_contents (path, &data, &n_bytes, NULL));
  bytes = g_bytes_new (data, n_bytes);
  g_cancellable_cancel (cancellable);
  for (int i = 0; i < 2; i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (i == 0 ? ql_image_load_file (path, NULL, cancellable, &error)
                            : ql_image_load_bytes (bytes, NULL, cancellable, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    }
}

int
main (int argc, char **argv)
{
  const char *const cut[]
      = { "png-rgb.png",          "png-palette.png", "png-rgb16.png",       "jpeg-baseline-444.jpg",
          "jpeg-progressive.jpg", "jpeg-exif-6.jpg", "gif-transparent.gif", "bmp-rgb.bmp",
          "bmp-palette.bmp",      "tiff-lzw.tif",    "tiff-grey16.tif" };

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/image-hostile/not-files", test_not_files);
  g_test_add_func ("/image-hostile/files", test_files);
  g_test_add_func ("/image-hostile/other-kinds", test_other_kinds);
  for (gsize i = 0; i < G_N_ELEMENTS (cut); i++)
    {
      g_autofree char *name = g_strconcat ("/image-hostile/cut-short/", cut[i], NULL);

      g_test_add_data_func (name, cut[i], test_cut_short);
    }
  g_test_add_func ("/image-hostile/bit-flips", test_bit_flips);
  g_test_add_func ("/image-hostile/bombs", test_bombs);
  g_test_add_func ("/image-hostile/jpeg-scans", test_jpeg_scans);
  g_test_add_func ("/image-hostile/svg", test_svg);
  g_test_add_func ("/image-hostile/cancel", test_cancel);
  return g_test_run ();
}
