/* Descriptions inside PNG files: every other byte stays, and readers still read them. */
#include <gdk-pixbuf/gdk-pixbuf.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "app/png-text.h"
#include "tests/app/caption-files.h"

static char *dir;

static guint32
read_be (const guint8 *p)
{
  return (guint32) p[0] << 24 | (guint32) p[1] << 16 | (guint32) p[2] << 8 | p[3];
}

/* By another way than the program's: a table, as in the PNG specification. */
static guint32
crc_of (const guint8 *data, gsize n)
{
  guint32 table[256], crc = 0xffffffff;

  for (guint32 i = 0; i < 256; i++)
    {
      table[i] = i;
      for (int k = 0; k < 8; k++)
        table[i] = table[i] & 1 ? 0xedb88320u ^ (table[i] >> 1) : table[i] >> 1;
    }
  for (gsize i = 0; i < n; i++)
    crc = table[(crc ^ data[i]) & 0xff] ^ (crc >> 8);
  return ~crc;
}

/* All chunks but descriptions, and what follows IEND; the descriptions' texts into @texts. */
static GByteArray *
rest_of (const char *path, GPtrArray *texts)
{
  gsize n, at = 8;
  g_autofree char *content = file_read (path, &n);
  const guint8 *data = (const guint8 *) content;
  GByteArray *rest = g_byte_array_new ();
  gboolean end = FALSE;

  g_byte_array_append (rest, data, 8);
  while (!end)
    {
      guint32 length;
      const char *body = content + at + 8;

      g_assert_cmpuint (at + 12, <=, n);
      length = read_be (data + at);
      g_assert_cmpuint (at + 12 + length, <=, n);
      g_assert_cmpuint (crc_of (data + at + 4, length + 4), ==, read_be (data + at + 8 + length));
      end = memcmp (data + at + 4, "IEND", 4) == 0;
      if (length >= 16 && memcmp (data + at + 4, "iTXt", 4) == 0
          && memcmp (body, "Description\0\0\0\0", 16) == 0)
        g_ptr_array_add (texts, g_strndup (body + 16, length - 16));
      else
        g_byte_array_append (rest, data + at, length + 12);
      at += length + 12;
    }
  g_byte_array_append (rest, data + at, (guint) (n - at));
  return rest;
}

static void
assert_same (const GByteArray *a, const GByteArray *b)
{
  g_assert_cmpmem (a->data, a->len, b->data, b->len);
}

static void
assert_texts (const char *path, const GByteArray *rest, const char *const *expected)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GByteArray) now = rest_of (path, texts);

  assert_same (now, rest);
  for (gsize i = 0; expected[i] != NULL; i++)
    {
      g_assert_cmpuint (i, <, texts->len);
      g_assert_cmpstr (texts->pdata[i], ==, expected[i]);
    }
  g_assert_cmpuint (texts->len, ==, g_strv_length ((char **) expected));
  g_assert_cmpint (folder_n_hidden (dir), ==, 0);
}

static void
write_ok (const char *path, QlCaptionMode mode, const char *old, const char *text)
{
  g_autoptr (GError) error = NULL;

  ql_png_text_write (path, mode, old, text, &error);
  g_assert_no_error (error);
}

static void
test_preserved (void)
{
  static const char *const sources[] = { "data/samples/01-donut.png", "data/samples/15-fails-cat.png" };

  for (gsize i = 0; i < G_N_ELEMENTS (sources); i++)
    {
      g_autofree char *path = folder_copy (dir, "sample.png", sources[i]);
      g_autoptr (GPtrArray) none = g_ptr_array_new_with_free_func (g_free);
      g_autoptr (GByteArray) rest = rest_of (path, none);
      g_autoptr (GdkPixbuf) before = gdk_pixbuf_new_from_file (path, NULL);
      g_autoptr (GdkPixbuf) after = NULL;
      g_autoptr (GError) error = NULL;

      g_assert_cmpuint (none->len, ==, 0);
      g_assert_false (ql_png_text_is_there (path, &error));
      g_assert_no_error (error);
      for (gsize k = 0; nasty_texts[k] != NULL; k++)
        {
          write_ok (path, QL_CAPTION_OVERWRITE, NULL, nasty_texts[k]);
          assert_texts (path, rest, (const char *const[]){ nasty_texts[k], NULL });
          g_assert_true (ql_png_text_is_there (path, NULL));
        }
      after = gdk_pixbuf_new_from_file (path, &error);
      g_assert_no_error (error);
      g_assert_cmpmem (gdk_pixbuf_get_pixels (before), gdk_pixbuf_get_byte_length (before),
                       gdk_pixbuf_get_pixels (after), gdk_pixbuf_get_byte_length (after));
    }
}

/* What GdkPixbuf reads of it: libpng checks the CRC, and that the text is well-formed. */
static void
test_libpng_reads_it (void)
{
  g_autofree char *path = folder_copy (dir, "read.png", "data/samples/02-tent.png");
  g_autoptr (GdkPixbuf) pixbuf = NULL;

  write_ok (path, QL_CAPTION_OVERWRITE, NULL, "ein gr\xc3\xbcnes \xe2\x9b\xba");
  pixbuf = gdk_pixbuf_new_from_file (path, NULL);
  g_assert_nonnull (pixbuf);
  g_assert_cmpstr (gdk_pixbuf_get_option (pixbuf, "tEXt::Description"), ==, "ein gr\xc3\xbcnes \xe2\x9b\xba");
}

static void
test_append_and_edit (void)
{
  g_autofree char *path = folder_copy (dir, "append.png", "data/samples/02-tent.png");
  g_autoptr (GPtrArray) none = g_ptr_array_new ();
  g_autoptr (GByteArray) rest = rest_of (path, none);

  write_ok (path, QL_CAPTION_APPEND, NULL, "one");
  write_ok (path, QL_CAPTION_APPEND, NULL, "two");
  write_ok (path, QL_CAPTION_APPEND, NULL, "three");
  assert_texts (path, rest, (const char *const[]){ "one", "two", "three", NULL });
  write_ok (path, QL_CAPTION_EDIT, "two", "2");
  assert_texts (path, rest, (const char *const[]){ "one", "2", "three", NULL });
  write_ok (path, QL_CAPTION_EDIT, "unknown", "four");
  assert_texts (path, rest, (const char *const[]){ "one", "2", "three", "four", NULL });
  write_ok (path, QL_CAPTION_EDIT, "unknown", "four"); /* an earlier try came this far */
  assert_texts (path, rest, (const char *const[]){ "one", "2", "three", "four", NULL });
  write_ok (path, QL_CAPTION_OVERWRITE, NULL, "all");
  assert_texts (path, rest, (const char *const[]){ "all", NULL });
}

static void
add_chunk (GByteArray *png, const char *type, const char *body, guint32 n)
{
  guint32 length = GUINT32_TO_BE (n), crc;
  guint start = png->len + 4;

  g_byte_array_append (png, (const guint8 *) &length, 4);
  g_byte_array_append (png, (const guint8 *) type, 4);
  g_byte_array_append (png, (const guint8 *) body, n);
  crc = GUINT32_TO_BE (crc_of (png->data + start, n + 4));
  g_byte_array_append (png, (const guint8 *) &crc, 4);
}

/* With texts of other programs, private chunks and bytes behind the end. */
static GByteArray *
odd_png (void)
{
  g_autofree char *path = folder_copy (dir, "odd.png", "data/samples/02-tent.png");
  gsize n;
  g_autofree char *data = file_read (path, &n);
  GByteArray *png = g_byte_array_new ();
  const gsize header = 8 + 25;

  g_byte_array_append (png, (const guint8 *) data, header);
  add_chunk (png, "tEXt", "Title\0caf\xe9", 10);
  add_chunk (png, "tEXt", "Description\0by another", 22);
  add_chunk (png, "tEXt", "description\0not the keyword", 27);
  add_chunk (png, "prIv", "\0\1\2", 3);
  add_chunk (png, "tEXt", "Description", 11);
  g_byte_array_append (png, (const guint8 *) data + header, (guint) (n - header - 12));
  add_chunk (png, "zTXt", "Description\0\0abc", 16);
  g_byte_array_append (png, (const guint8 *) data + n - 12, 12);
  g_byte_array_append (png, (const guint8 *) "PK\3\4 behind", 11);
  return png;
}

static void
test_others_chunks (void)
{
  g_autoptr (GByteArray) png = odd_png ();
  g_autofree char *path = folder_put (dir, "odd.png", png->data, png->len);
  g_autoptr (GPtrArray) none = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GByteArray) rest = rest_of (path, none);
  g_autoptr (GByteArray) now = NULL;

  g_assert_true (ql_png_text_is_there (path, NULL));
  write_ok (path, QL_CAPTION_APPEND, NULL, "ours");
  assert_texts (path, rest, (const char *const[]){ "ours", NULL });
  /* replaced: the tEXt and the zTXt that say the same thing, and nothing else */
  write_ok (path, QL_CAPTION_OVERWRITE, NULL, "ours alone");
  now = rest_of (path, none);
  g_assert_cmpuint (now->len, ==, rest->len - (22 + 12) - (16 + 12));
  g_assert_nonnull (memmem (now->data, now->len, "Title", 5));
  g_assert_nonnull (memmem (now->data, now->len, "description\0not", 15));
  g_assert_nonnull (memmem (now->data, now->len, "prIv", 4));
  g_assert_cmpmem (now->data + now->len - 11, 11, "PK\3\4 behind", 11);
}

static void
assert_refused (const char *path, const char *says)
{
  gsize n_before, n_after;
  g_autofree char *before = file_read (path, &n_before);
  g_autofree char *after = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (ql_png_text_write (path, QL_CAPTION_OVERWRITE, NULL, "x", &error));
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, says));
  g_assert_nonnull (strstr (error->message, "; "));
  after = file_read (path, &n_after);
  g_assert_cmpmem (before, n_before, after, n_after);
  g_assert_cmpint (folder_n_hidden (dir), ==, 0);
}

static void
test_refused (void)
{
  g_autoptr (GByteArray) png = odd_png ();
  g_autofree char *jpeg = folder_copy (dir, "tree.jpg", "data/samples/03-tree.jpg");
  g_autofree char *empty = folder_put (dir, "empty.png", "", 0);
  g_autofree char *folder = g_build_filename (dir, "folder.png", NULL);
  g_autofree char *gone = g_build_filename (dir, "gone.png", NULL);
  g_autofree char *huge_length = NULL, *no_header = NULL;

  assert_refused (jpeg, "PNG");
  assert_refused (empty, "PNG");
  /* behind the end of IEND lie 11 bytes that may be missing */
  for (gsize n = 8; n < png->len - 11; n += n < 300 ? 1 : 97)
    {
      g_autofree char *cut = folder_put (dir, "cut.png", png->data, (gssize) n);

      assert_refused (cut, "cut short");
    }
  memset (png->data + 33, 0xff, 4);
  huge_length = folder_put (dir, "huge.png", png->data, png->len);
  assert_refused (huge_length, "cut short");
  memcpy (png->data + 12, "IDAT", 4);
  no_header = folder_put (dir, "no-header.png", png->data, png->len);
  assert_refused (no_header, "cut short");
  g_assert_cmpint (g_mkdir (folder, 0755), ==, 0);
  g_assert_false (ql_png_text_write (folder, QL_CAPTION_OVERWRITE, NULL, "x", NULL));
  g_assert_false (ql_png_text_write (gone, QL_CAPTION_OVERWRITE, NULL, "x", NULL));
  g_assert_false (ql_png_text_is_png (folder));
  g_assert_false (ql_png_text_is_png (gone));
}

static void
test_write_protected (void)
{
  g_autofree char *path = folder_copy (dir, "protected.png", "data/samples/02-tent.png");

  if (geteuid () == 0)
    {
      g_test_skip ("root writes everything");
      return;
    }
  g_assert_cmpint (g_chmod (path, 0444), ==, 0);
  assert_refused (path, "protected.png");
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  dir = folder_new ();
  g_test_add_func ("/png-text/preserved", test_preserved);
  g_test_add_func ("/png-text/libpng-reads-it", test_libpng_reads_it);
  g_test_add_func ("/png-text/append-and-edit", test_append_and_edit);
  g_test_add_func ("/png-text/others-chunks", test_others_chunks);
  g_test_add_func ("/png-text/refused", test_refused);
  g_test_add_func ("/png-text/write-protected", test_write_protected);
  status = g_test_run ();
  folder_free (dir);
  return status;
}
