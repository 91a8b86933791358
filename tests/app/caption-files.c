#include "tests/app/caption-files.h"

#include <glib/gstdio.h>

const char *const nasty_texts[] = {
  "a plain caption",
  "",
  " ",
  " blanks around ",
  "say \"hello\", 'you'",
  "a,b;c\td",
  "two\nlines",
  "two\r\nlines\r",
  "<b>&amp; ]]> <!-- --> <?x?> &#0;",
  "]]>",
  "\xf0\x9f\x90\x88\xe2\x80\x8d\xe2\xac\x9b and \xf0\x9f\x91\xa9\xf0\x9f\x8f\xbd\xe2\x80\x8d\xf0\x9f\x9a\x80",
  "\xd9\x82\xd8\xb7\xd8\xa9 \xd8\xb3\xd9\x88\xd8\xaf\xd8\xa7\xd8\xa1 \xe2\x80\xae reversed \xe2\x80\xac",
  "\xe7\x8c\xab\xe5\x9d\x90\xe5\x9c\xa8\xe5\x9e\xab\xe5\xad\x90\xe4\xb8\x8a",
  "=HYPERLINK(\"http://example.org\",\"x\")",
  "+1",
  "-1",
  "@SUM(A1)",
  "'=quoted",
  "''",
  "\tstart",
  "\"",
  "\"\"",
  ",",
  "%s %n \\ {}",
  NULL,
};

char *
folder_new (void)
{
  g_autoptr (GError) error = NULL;
  char *dir = g_dir_make_tmp ("qlens-test-XXXXXX", &error);

  g_assert_no_error (error);
  return dir;
}

static void
remove_all (const char *path)
{
  if (g_file_test (path, G_FILE_TEST_IS_DIR) && !g_file_test (path, G_FILE_TEST_IS_SYMLINK))
    {
      GDir *dir = g_dir_open (path, 0, NULL);

      for (const char *name; dir != NULL && (name = g_dir_read_name (dir)) != NULL;)
        {
          g_autofree char *child = g_build_filename (path, name, NULL);

          remove_all (child);
        }
      if (dir != NULL)
        g_dir_close (dir);
    }
  g_remove (path);
}

void
folder_free (char *dir)
{
  remove_all (dir);
  g_free (dir);
}

char *
folder_put (const char *dir, const char *name, gconstpointer data, gssize n_bytes)
{
  char *path = g_build_filename (dir, name, NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, data, n_bytes, &error);
  g_assert_no_error (error);
  return path;
}

char *
file_read (const char *path, gsize *n_bytes)
{
  g_autoptr (GError) error = NULL;
  char *data;

  g_file_get_contents (path, &data, n_bytes, &error);
  g_assert_no_error (error);
  return data;
}

char *
folder_copy (const char *dir, const char *name, const char *source)
{
  g_autofree char *from = g_build_filename (g_getenv ("QLENS_SRC"), source, NULL);
  g_autofree char *data = NULL;
  gsize n;

  data = file_read (from, &n);
  return folder_put (dir, name, data, (gssize) n);
}

int
folder_n_hidden (const char *dir)
{
  GDir *list = g_dir_open (dir, 0, NULL);
  int n = 0;

  g_assert_nonnull (list);
  for (const char *name; (name = g_dir_read_name (list)) != NULL;)
    n += name[0] == '.';
  g_dir_close (list);
  return n;
}
