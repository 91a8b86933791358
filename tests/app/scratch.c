#include "tests/app/scratch.h"

#include <sys/stat.h>

#include <glib/gstdio.h>

static void
remove_all (const char *path)
{
  GDir *dir = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open (path, 0, NULL);

  if (dir != NULL)
    {
      (void) !g_chmod (path, 0700);
      for (const char *name; (name = g_dir_read_name (dir)) != NULL;)
        {
          g_autofree char *child = g_build_filename (path, name, NULL);
          remove_all (child);
        }
      g_dir_close (dir);
    }
  (void) !g_remove (path);
}

void
scratch_set_up (Scratch *self, gconstpointer data)
{
  g_autofree char *data_home = NULL, *cache_home = NULL;

  self->root = g_dir_make_tmp ("qlens-XXXXXX", NULL);
  g_assert_nonnull (self->root);
  data_home = g_build_filename (self->root, "data", NULL);
  cache_home = g_build_filename (self->root, "cache", NULL);
  self->dirs = ql_session_dirs_new (data_home, cache_home);
}

void
scratch_tear_down (Scratch *self, gconstpointer data)
{
  remove_all (self->root);
  g_assert_false (g_file_test (self->root, G_FILE_TEST_EXISTS));
  g_free (self->root);
  ql_session_dirs_free (self->dirs);
}

char *
scratch_session (Scratch *self, const char *base, const char *text)
{
  char *path = g_build_filename (self->dirs->sessions, base, NULL);

  g_assert_true (ql_session_dirs_make (self->dirs->sessions, NULL));
  if (text != NULL)
    g_assert_true (g_file_set_contents (path, text, -1, NULL));
  return path;
}

char *
scratch_read (const char *path, gsize *n_bytes)
{
  g_autoptr (GError) error = NULL;
  char *bytes = NULL;

  g_file_get_contents (path, &bytes, n_bytes, &error);
  g_assert_no_error (error);
  return bytes;
}

char *
scratch_source (const char *relative)
{
  const char *root = g_getenv ("QLENS_SRC");

  g_assert_nonnull (root);
  return g_build_filename (root, relative, NULL);
}
