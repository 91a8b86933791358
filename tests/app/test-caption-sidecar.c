/* Captions beside their pictures: names, text files, XMP of our own and of other programs. */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/caption-sidecar.h"
#include "app/file-replace.h"
#include "app/xmp-description.h"
#include "tests/app/caption-files.h"

static char *dir;

static gboolean
sidecar_write (QlSidecar kind, const char *picture, QlCaptionMode mode, const char *old, const char *caption,
               GError **error)
{
  g_autofree char *path = ql_caption_sidecar_path (kind, picture, NULL);

  return ql_caption_sidecar_write (kind, path, mode, old, caption, error);
}

static gboolean
sidecar_read (QlSidecar kind, const char *picture, char **caption, GError **error)
{
  g_autofree char *path = ql_caption_sidecar_path (kind, picture, NULL);

  return ql_caption_sidecar_read (kind, path, caption, error);
}

static void
write_ok (QlSidecar kind, const char *picture, QlCaptionMode mode, const char *old, const char *caption)
{
  g_autoptr (GError) error = NULL;

  sidecar_write (kind, picture, mode, old, caption, &error);
  g_assert_no_error (error);
  g_assert_cmpint (folder_n_hidden (dir), ==, 0);
}

static void
assert_caption (QlSidecar kind, const char *picture, const char *expected)
{
  g_autofree char *caption = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (sidecar_read (kind, picture, &caption, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (caption, ==, expected);
}

static void
assert_name (const char *picture, const char *expected)
{
  g_autofree char *path = g_build_filename (dir, picture, NULL);
  g_autofree char *txt = ql_caption_sidecar_path (QL_SIDECAR_TXT, path, NULL);
  g_autofree char *base = g_path_get_basename (txt);

  g_assert_cmpstr (base, ==, expected);
}

static void
test_names (void)
{
  static const char *const files[] = { "a.png", "b.jpg", "b.PNG", "c", "d.e.gif", ".f", "g.txt", "h.odd" };
  g_autofree char *xmp = ql_caption_sidecar_path (QL_SIDECAR_XMP, "x/y.jpg", NULL);
  g_autofree char *hidden = g_build_filename (dir, ".f", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    g_free (folder_put (dir, files[i], "x", 1));
  assert_name ("a.png", "a.txt");
  assert_name ("b.jpg", "b.jpg.txt"); /* both would be b.txt */
  assert_name ("b.PNG", "b.PNG.txt");
  assert_name ("c", "c.txt");
  assert_name ("d.e.gif", "d.e.txt");
  assert_name (".f", ".f.txt");
  assert_name ("g.txt", "g.txt.txt");
  assert_name ("h.odd", "h.txt");
  g_assert_cmpstr (xmp, ==, "x/y.jpg.xmp");
  g_unlink (hidden);
}

static void
make_old (const char *folder)
{
  const struct timespec times[2] = { { .tv_sec = 1000000000 }, { .tv_sec = 1000000000 } };

  g_assert_cmpint (utimensat (AT_FDCWD, folder, times, 0), ==, 0);
}

static void
assert_namesake (QlNamesakes *known, const char *picture, gboolean expected)
{
  g_autofree char *path = g_build_filename (dir, "names", picture, NULL);
  g_autofree char *stem = g_strndup (path, (gsize) (strrchr (path, '.') - path));

  g_assert_cmpint (ql_namesakes_has (known, path, stem), ==, expected);
  g_assert_cmpint (ql_namesakes_has (NULL, path, stem), ==, expected);
}

/* The list of a folder never says anything else than the folder itself. */
static void
test_namesakes (void)
{
  g_autofree char *folder = g_build_filename (dir, "names", NULL);
  g_autofree char *link = g_build_filename (folder, "a.jpg", NULL);
  g_autofree char *first = g_build_filename (folder, "a.png", NULL);
  g_autoptr (QlNamesakes) known = ql_namesakes_new ();

  g_assert_cmpint (g_mkdir (folder, 0755), ==, 0);
  g_free (folder_put (folder, "a.png", "x", 1));
  g_free (folder_put (folder, "a.txt", "x", 1));
  g_free (folder_put (folder, "b.PNG", "x", 1));
  g_free (folder_put (folder, "b.odd", "x", 1));
  g_free (folder_put (folder, "\xc3\xa9.gif", "x", 1));
  g_free (folder_put (folder, "caf\xe9.gif", "x", 1));
  for (int i = 0; i < 4; i++)
    {
      make_old (folder);
      assert_namesake (known, "a.png", FALSE);
      assert_namesake (known, "b.PNG", FALSE);
      assert_namesake (known, "b.odd", TRUE);
      assert_namesake (known, "\xc3\xa9.gif", FALSE);
      assert_namesake (known, "caf\xe9.gif", FALSE);
      assert_namesake (known, "\xc3\xa9.jpg", FALSE); /* is not there */
    }
  /* one comes and goes */
  g_free (folder_put (folder, "a.webp", "x", 1));
  for (int i = 0; i < 4; i++)
    assert_namesake (known, "a.png", TRUE);
  make_old (folder);
  for (int i = 0; i < 4; i++)
    assert_namesake (known, "a.webp", TRUE);
  g_free (g_steal_pointer (&link));
  link = g_build_filename (folder, "a.webp", NULL);
  g_unlink (link);
  for (int i = 0; i < 4; i++)
    assert_namesake (known, "a.png", FALSE);
  /* another name of the same file is not another picture */
  g_free (g_steal_pointer (&link));
  link = g_build_filename (folder, "a.jpg", NULL);
  g_assert_cmpint (symlink (first, link), ==, 0);
  make_old (folder);
  for (int i = 0; i < 4; i++)
    assert_namesake (known, "a.png", FALSE);
}

static void
test_txt (void)
{
  g_autofree char *picture = g_build_filename (dir, "picture.png", NULL);
  g_autofree char *path = g_build_filename (dir, "picture.txt", NULL);

  g_assert_false (sidecar_read (QL_SIDECAR_TXT, picture, NULL, NULL));
  for (gsize i = 0; nasty_texts[i] != NULL; i++)
    {
      g_autofree char *expected = g_strconcat (nasty_texts[i], "\n", NULL);
      g_autofree char *content = NULL;

      write_ok (QL_SIDECAR_TXT, picture, QL_CAPTION_OVERWRITE, NULL, nasty_texts[i]);
      content = file_read (path, NULL);
      g_assert_cmpstr (content, ==, expected);
      g_assert_true (sidecar_read (QL_SIDECAR_TXT, picture, NULL, NULL));
    }
  /* what a crash of the whole machine may leave is no caption */
  g_free (folder_put (dir, "picture.txt", "", 0));
  g_assert_false (sidecar_read (QL_SIDECAR_TXT, picture, NULL, NULL));
}

static void
test_append_and_edit (void)
{
  g_autofree char *picture = g_build_filename (dir, "append.png", NULL);
  g_autofree char *path = g_build_filename (dir, "append.txt", NULL);
  g_autofree char *content = NULL;

  for (int i = 0; i < 2; i++)
    {
      QlSidecar kind = i == 0 ? QL_SIDECAR_TXT : QL_SIDECAR_XMP;

      write_ok (kind, picture, QL_CAPTION_APPEND, NULL, "one");
      write_ok (kind, picture, QL_CAPTION_APPEND, NULL, "two");
      assert_caption (kind, picture, "one\ntwo");
      write_ok (kind, picture, QL_CAPTION_EDIT, "two", "three <3");
      assert_caption (kind, picture, "one\nthree <3");
      /* somebody else has changed it: nothing of theirs is lost */
      write_ok (kind, picture, QL_CAPTION_EDIT, "two", "four");
      assert_caption (kind, picture, "one\nthree <3\nfour");
      write_ok (kind, picture, QL_CAPTION_OVERWRITE, NULL, "all new");
      write_ok (kind, picture, QL_CAPTION_EDIT, "all new", "newer");
      assert_caption (kind, picture, "newer");
      /* an edit that came this far before something else failed */
      write_ok (kind, picture, QL_CAPTION_EDIT, "all new", "newer");
      assert_caption (kind, picture, "newer");
    }
  /* without a line end, not in UTF-8: the bytes stay */
  g_free (folder_put (dir, "append.txt", "caf\xe9", 4));
  write_ok (QL_SIDECAR_TXT, picture, QL_CAPTION_APPEND, NULL, "two");
  content = file_read (path, NULL);
  g_assert_cmpstr (content, ==, "caf\xe9\ntwo\n");
}

static void
test_not_ours (void)
{
  g_autofree char *picture = g_build_filename (dir, "odd.png", NULL);
  g_autofree char *folder = g_build_filename (dir, "odd.txt", NULL);
  g_autofree char *binary = g_build_filename (dir, "binary.png", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir (folder, 0755), ==, 0);
  g_assert_false (sidecar_write (QL_SIDECAR_TXT, picture, QL_CAPTION_OVERWRITE, NULL, "x", &error));
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, "odd.txt: "));
  g_clear_error (&error);
  g_free (folder_put (dir, "binary.txt", "a\0b", 3));
  g_assert_false (sidecar_write (QL_SIDECAR_TXT, binary, QL_CAPTION_APPEND, NULL, "x", &error));
  g_assert_nonnull (error);
  g_assert_cmpint (folder_n_hidden (dir), ==, 0);
}

static void
test_replace (void)
{
  g_autofree char *target = folder_put (dir, "target", "old", 3);
  g_autofree char *link_path = g_build_filename (dir, "link", NULL);
  g_autofree char *content = NULL;
  g_autoptr (GError) error = NULL;
  struct stat info;

  /* permissions and symbolic links survive */
  g_assert_cmpint (chmod (target, 0640), ==, 0);
  g_assert_cmpint (symlink ("target", link_path), ==, 0);
  g_assert_true (ql_file_replace_contents (link_path, "new", 3, &error));
  g_assert_no_error (error);
  g_assert_cmpint (lstat (link_path, &info), ==, 0);
  g_assert_true (S_ISLNK (info.st_mode));
  g_assert_cmpint (stat (target, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 0777, ==, 0640);
  content = file_read (target, NULL);
  g_assert_cmpstr (content, ==, "new");
  g_assert_cmpint (folder_n_hidden (dir), ==, 0);
}

/* The temporary name is no way into another file, and what a killed process left is cleared away. */
static void
test_leftovers (void)
{
  g_autofree char *target = folder_put (dir, "victim", "precious", 8);
  g_autofree char *path = g_build_filename (dir, "caption", NULL);
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, "caption", -1);
  g_autofree char *temp_name = g_strdup_printf (".qlens-%.16s.part", sum);
  g_autofree char *temp = g_build_filename (dir, temp_name, NULL);
  g_autofree char *content = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (symlink ("victim", temp), ==, 0);
  g_assert_true (ql_file_replace_contents (path, "1", 1, &error));
  g_assert_no_error (error);
  g_assert_cmpint (link (target, temp), ==, 0);
  g_assert_true (ql_file_replace_contents (path, "2", 1, &error));
  g_assert_no_error (error);
  content = file_read (target, NULL);
  g_assert_cmpstr (content, ==, "precious");
  g_clear_pointer (&content, g_free);

  g_free (folder_put (dir, temp_name, "a longer text, cut sh", -1));
  g_assert_true (ql_file_replace_contents (path, "3", 1, &error));
  g_assert_no_error (error);
  content = file_read (path, NULL);
  g_assert_cmpstr (content, ==, "3");
  g_free (folder_put (dir, temp_name, "half", -1));
  ql_file_replace_tidy (path);
  g_assert_cmpint (folder_n_hidden (dir), ==, 0);
}

/* ---- XMP ------------------------------------------------------------------------- */

#define HEAD                                                                                                 \
  "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
#define TAIL "</rdf:RDF></x:xmpmeta>"
#define DC "xmlns:dc='http://purl.org/dc/elements/1.1/'"

static const char *const changeable[] = {
  HEAD "<rdf:Description rdf:about='' xmlns:xmp='http://ns.adobe.com/xap/1.0/' xmp:Rating='4'/>" TAIL,
  HEAD "<rdf:Description rdf:about=''><a:b xmlns:a='urn:a'>1</a:b></rdf:Description>" TAIL,
  HEAD TAIL,
  "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'/>",
  HEAD "<rdf:Description " DC "><dc:description/></rdf:Description>" TAIL,
  HEAD "<rdf:Description " DC "><dc:description>plain</dc:description></rdf:Description>" TAIL,
  HEAD "<rdf:Description " DC "><dc:description><rdf:Alt/></dc:description></rdf:Description>" TAIL,
  HEAD "<rdf:Description " DC
       "><dc:description><rdf:Alt><rdf:li xml:lang='x-default'/></rdf:Alt></dc:description>"
       "</rdf:Description>" TAIL,
  HEAD "<rdf:Description " DC
       "><dc:description><rdf:Alt><rdf:li xml:lang='x-default'>old &lt;one&gt;<![CDATA[ > ]]>"
       "</rdf:li></rdf:Alt></dc:description></rdf:Description>" TAIL,
  /* other prefixes, other languages, ">" in attributes, comments, another about */
  "\xef\xbb\xbf<?xml version='1.0' encoding='UTF-8'?><!-- <rdf:RDF> --><R:RDF "
  "xmlns:R='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\n<R:Description a='x > y' "
  "xmlns:D='http://purl.org/dc/elements/1.1/'><D:title>t</D:title>\n<D:description><R:Alt>\n"
  "<R:li xml:lang='de-DE'>ein Bild</R:li></R:Alt></D:description></R:Description>\n</R:RDF>\n<?xpacket "
  "end='w'?>",
  "<RDF xmlns='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><Description><a xmlns='urn:dc'><description>no"
  "</description></a></Description></RDF>",
};

static const char *const refused[] = {
  "x",
  "not xml at all",
  "<a>",
  HEAD,
  HEAD "<rdf:Description " DC ">" TAIL,
  "<html><body/></html>",
  HEAD "<rdf:Description " DC " dc:description='short form'/>" TAIL,
  HEAD "<rdf:Description " DC "><dc:description><rdf:Bag><rdf:li>x</rdf:li></rdf:Bag></dc:description>"
       "</rdf:Description>" TAIL,
  "<?xml version='1.0' encoding='ISO-8859-1'?>" HEAD TAIL,
  HEAD "<a>&unknown;</a>" TAIL,
  HEAD "caf\xe9" TAIL,
  "<!DOCTYPE r [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>" HEAD "<a>&e;</a>" TAIL,
};

/* What an XML reader gives back: no control characters, and line ends as they are. */
static char *
as_xml (const char *text)
{
  char *copy = g_strdup (text);

  for (char *p = copy; *p != '\0'; p++)
    g_assert_true ((guchar) *p >= 0x20 || strchr ("\t\n\r", *p) != NULL);
  return copy;
}

static void
test_xmp_new (void)
{
  for (gsize i = 0; nasty_texts[i] != NULL; i++)
    {
      g_autofree char *xmp = ql_xmp_description_new (nasty_texts[i]);
      g_autofree char *expected = as_xml (nasty_texts[i]);
      g_autofree char *text = NULL;
      g_autoptr (GError) error = NULL;
      gboolean blank = strspn (nasty_texts[i], " ") == strlen (nasty_texts[i]);

      g_assert_true (ql_xmp_description_get (xmp, strlen (xmp), &text, &error) == !blank);
      g_assert_no_error (error);
      g_assert_cmpstr (text, ==, expected);
      g_assert_null (strstr (xmp, "]]>"));
    }
}

static void
test_xmp_control_characters (void)
{
  g_autofree char *xmp = ql_xmp_description_new ("a\x01"
                                                 "b\x1b[2J\xef\xbf\xbf");
  g_autofree char *text = NULL;

  g_assert_true (ql_xmp_description_get (xmp, strlen (xmp), &text, NULL));
  g_assert_cmpstr (text, ==,
                   "a\xef\xbf\xbd"
                   "b\xef\xbf\xbd[2J\xef\xbf\xbd");
}

/* All of @original is in @changed, in order, but for one stretch of each. */
static void
assert_one_change (const char *original, const char *changed, const char *removed_at_most)
{
  gsize n = strlen (original), m = strlen (changed), head = 0, tail = 0;

  while (head < MIN (n, m) && original[head] == changed[head])
    head++;
  while (tail < MIN (n, m) - head && original[n - 1 - tail] == changed[m - 1 - tail])
    tail++;
  if (n - head - tail > strlen (removed_at_most))
    g_error ("“%.*s” is gone from: %s", (int) (n - head - tail), original + head, original);
}

static void
test_xmp_foreign (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (changeable); i++)
    for (gsize k = 0; nasty_texts[k] != NULL; k++)
      {
        g_autoptr (GError) error = NULL;
        g_autofree char *once
            = ql_xmp_description_set (changeable[i], strlen (changeable[i]), nasty_texts[k], &error);
        g_autofree char *twice = NULL, *text = NULL;

        g_assert_no_error (error);
        ql_xmp_description_get (once, strlen (once), &text, &error);
        g_assert_no_error (error);
        g_assert_cmpstr (text, ==, nasty_texts[k]);
        assert_one_change (changeable[i], once, "old &lt;one&gt;<![CDATA[ > ]]>");
        twice = ql_xmp_description_set (once, strlen (once), "again", &error);
        g_assert_no_error (error);
        g_clear_pointer (&text, g_free);
        g_assert_true (ql_xmp_description_get (twice, strlen (twice), &text, NULL));
        g_assert_cmpstr (text, ==, "again");
      }
}

static void
test_xmp_presence (void)
{
  static const gboolean there[]
      = { FALSE, FALSE, FALSE, FALSE, FALSE, TRUE, FALSE, FALSE, TRUE, TRUE, FALSE };

  G_STATIC_ASSERT (G_N_ELEMENTS (there) == G_N_ELEMENTS (changeable));
  for (gsize i = 0; i < G_N_ELEMENTS (changeable); i++)
    g_assert_true (ql_xmp_description_get (changeable[i], strlen (changeable[i]), NULL, NULL) == there[i]);
}

static void
test_xmp_other_language_stays (void)
{
  g_autofree char *changed
      = ql_xmp_description_set (changeable[9], strlen (changeable[9]), "a picture", NULL);

  g_assert_nonnull (strstr (changed, "<R:li xml:lang='de-DE'>ein Bild</R:li>"));
  g_assert_nonnull (strstr (changed, "<R:li xml:lang=\"x-default\">a picture</R:li>"));
}

static void
test_xmp_refused (void)
{
  g_autofree char *picture = g_build_filename (dir, "foreign.jpg", NULL);
  g_autofree char *path = g_build_filename (dir, "foreign.jpg.xmp", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *content = NULL;

      g_free (folder_put (dir, "foreign.jpg.xmp", refused[i], -1));
      g_assert_false (sidecar_write (QL_SIDECAR_XMP, picture, QL_CAPTION_OVERWRITE, NULL, "new", &error));
      g_assert_nonnull (error);
      g_assert_true (g_str_has_prefix (error->message, "foreign.jpg.xmp: "));
      g_assert_nonnull (strstr (error->message, "; "));
      content = file_read (path, NULL);
      g_assert_cmpstr (content, ==, refused[i]);
    }
}

/* Cut anywhere, or with any byte changed: refused or changed, never harmed. */
static void
test_xmp_damaged (void)
{
  g_autofree char *whole = ql_xmp_description_new ("a caption");
  gsize n = strlen (whole);

  for (gsize i = 0; i < n; i++)
    {
      g_autofree char *copy = g_strdup (whole);
      g_autofree char *changed = ql_xmp_description_set (whole, i, "new", NULL);
      g_autofree char *other = NULL;

      g_assert_true (changed == NULL || g_str_has_prefix (changed, "<?xpacket"));
      copy[i] = (char) g_test_rand_int_range (1, 256);
      other = ql_xmp_description_set (copy, n, "new", NULL);
    }
}

static void
test_xmp_too_deep (void)
{
  g_autoptr (GString) deep = g_string_new (HEAD);
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < 100000; i++)
    g_string_append (deep, "<a>");
  g_assert_null (ql_xmp_description_set (deep->str, deep->len, "x", &error));
  g_assert_nonnull (error);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  dir = folder_new ();
  g_test_add_func ("/caption/names", test_names);
  g_test_add_func ("/caption/txt", test_txt);
  g_test_add_func ("/caption/append-and-edit", test_append_and_edit);
  g_test_add_func ("/caption/namesakes", test_namesakes);
  g_test_add_func ("/caption/not-ours", test_not_ours);
  g_test_add_func ("/caption/replace", test_replace);
  g_test_add_func ("/caption/leftovers", test_leftovers);
  g_test_add_func ("/caption/xmp/new", test_xmp_new);
  g_test_add_func ("/caption/xmp/control-characters", test_xmp_control_characters);
  g_test_add_func ("/caption/xmp/foreign", test_xmp_foreign);
  g_test_add_func ("/caption/xmp/presence", test_xmp_presence);
  g_test_add_func ("/caption/xmp/other-language-stays", test_xmp_other_language_stays);
  g_test_add_func ("/caption/xmp/refused", test_xmp_refused);
  g_test_add_func ("/caption/xmp/damaged", test_xmp_damaged);
  g_test_add_func ("/caption/xmp/too-deep", test_xmp_too_deep);
  status = g_test_run ();
  folder_free (dir);
  return status;
}
