#include "tests/engine/model-folder.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include <glib/gstdio.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#endif

char *
golden_path (const char *rel)
{
  const char *source = g_getenv ("QLENS_SRC"), *other = g_getenv ("QLENS_GOLDEN");

  /* Another set, made by the generator from another seed. */
  if (other != NULL)
    return g_build_filename (other, rel, NULL);
  if (source == NULL)
    g_error ("QLENS_SRC is not set: run through meson test");
  return g_build_filename (source, "tests", "golden", rel, NULL);
}

json_t *
golden_json (const char *rel)
{
  g_autofree char *path = golden_path (rel);
  json_t *root = json_load_file (path, JSON_ALLOW_NUL, NULL);

  g_assert_nonnull (root);
  return root;
}

char *
folder_new (void)
{
  g_autoptr (GError) error = NULL;
  char *folder = g_dir_make_tmp ("qlens-test-XXXXXX", &error);

  g_assert_no_error (error);
  return folder;
}

void
folder_add (const char *folder, const char *name, const char *contents, gssize n_bytes)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  gsize n = n_bytes >= 0 ? (gsize) n_bytes : strlen (contents);
  FILE *file = fopen (path, "wb"); /* g_file_set_contents() would sync each of thousands */

  g_assert_nonnull (file);
  g_assert_cmpuint (fwrite (contents, 1, n, file), ==, n);
  g_assert_cmpint (fclose (file), ==, 0);
}

static void
add_file (const char *folder, const char *name, const char *source)
{
  g_autofree char *contents = NULL;
  g_autoptr (GError) error = NULL;
  gsize n_bytes;

  g_file_get_contents (source, &contents, &n_bytes, &error);
  g_assert_no_error (error);
  folder_add (folder, name, contents, (gssize) n_bytes);
}

char *
folder_copy (const char *rel)
{
  char *folder = folder_new ();
  g_autofree char *source = golden_path (rel);
  g_autoptr (GDir) dir = g_dir_open (source, 0, NULL);
  const char *name;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (source, name, NULL);

      if (!g_str_has_prefix (name, "expected.") && g_file_test (path, G_FILE_TEST_IS_REGULAR))
        add_file (folder, name, path);
    }
  return folder;
}

void
folder_delete (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_assert_cmpint (g_unlink (path), ==, 0);
}

char *
folder_copy_malformed (json_t *entry)
{
  const char *name = json_string_value (json_object_get (entry, "name"));
  const char *file = json_string_value (json_object_get (entry, "file"));
  g_autofree char *base = g_build_filename ("malformed", "../opt-basic", NULL);
  g_autofree char *rel = g_build_filename ("malformed", "folders", name, file, NULL);
  g_autofree char *path = golden_path (rel);
  char *folder = folder_copy (base);
  json_t *deleted = json_object_get (entry, "delete");

  for (gsize i = 0; i < json_array_size (deleted); i++)
    folder_delete (folder, json_string_value (json_array_get (deleted, i)));
  if (g_file_test (path, G_FILE_TEST_EXISTS))
    add_file (folder, file, path);
  return folder;
}

gsize
folder_count (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  gsize n = 0;

  g_assert_nonnull (dir);
  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

void
folder_remove (char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_assert_cmpint (g_remove (path), ==, 0);
    }
  g_assert_cmpint (g_rmdir (folder), ==, 0);
  g_free (folder);
}

Guard
guard_begin (void)
{
  struct rusage usage;

  g_assert_cmpint (getrusage (RUSAGE_SELF, &usage), ==, 0);
  return (Guard){ g_get_monotonic_time (), usage.ru_maxrss };
}

void
guard_end (const Guard *self, const char *what)
{
  gint64 us = g_get_monotonic_time () - self->begin_us;
  struct rusage usage;

  g_assert_cmpint (getrusage (RUSAGE_SELF, &usage), ==, 0);
  if (us > 5 * G_USEC_PER_SEC)
    g_error ("%s took %" G_GINT64_FORMAT " ms", what, us / 1000);
#ifndef SANITIZED
  if (usage.ru_maxrss - self->begin_kb > 24 * 1024)
    g_error ("%s took %ld kB of memory", what, usage.ru_maxrss - self->begin_kb);
#endif
}
