/* QlEncodingCache: files, room, privacy, several at once; and with the engine on the demo model. */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#include "app/encoding-cache.h"

#define DAY (24 * 60 * 60)

typedef struct
{
  char *root, *dir;
  QlEncodingCache *cache;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->root = g_dir_make_tmp ("qlens-encodings-XXXXXX", NULL);
  f->dir = g_build_filename (f->root, "made", "when needed", NULL);
  f->cache = ql_encoding_cache_new (f->dir, 1000);
}

static void
delete_all (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      delete_all (child);
    }
  g_remove (path);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  ql_encoding_cache_unref (f->cache);
  delete_all (f->root);
  g_free (f->root);
  g_free (f->dir);
}

static char *
key_of (int i)
{
  return g_strdup_printf ("%064x", (guint) i);
}

static char *
path_of (Fixture *f, int i)
{
  return g_strdup_printf ("%s/%064x.safetensors", f->dir, (guint) i);
}

static void
save (Fixture *f, int i, gsize n_bytes)
{
  g_autofree char *key = key_of (i);
  g_autofree guint8 *data = g_malloc (n_bytes);
  g_autoptr (GBytes) bytes = NULL;

  memset (data, i, n_bytes);
  bytes = g_bytes_new (data, n_bytes);
  ql_encoding_cache_save (f->cache, key, bytes);
}

/* Returns: whether there is a file, whole */
static gboolean
load (Fixture *f, int i, gsize max_bytes)
{
  g_autofree char *key = key_of (i);
  g_autoptr (GBytes) bytes = ql_encoding_cache_load (f->cache, key, max_bytes);
  const guint8 *data;
  gsize n_bytes;

  if (bytes == NULL)
    return FALSE;
  data = g_bytes_get_data (bytes, &n_bytes);
  for (gsize k = 0; k < n_bytes; k++)
    g_assert_cmpint (data[k], ==, (guint8) i);
  return TRUE;
}

static gboolean
exists (Fixture *f, int i)
{
  g_autofree char *path = path_of (f, i);
  GStatBuf about;

  return g_lstat (path, &about) == 0;
}

static void
set_used (Fixture *f, int i, int seconds_ago)
{
  g_autofree char *path = path_of (f, i);
  time_t at = time (NULL) - seconds_ago;
  struct utimbuf times = { at, at };

  g_assert_cmpint (utime (path, &times), ==, 0);
}

static guint
n_files (Fixture *f)
{
  g_autoptr (GDir) dir = g_dir_open (f->dir, 0, NULL);
  guint n = 0;

  while (dir != NULL && g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static void
test_private (Fixture *f, gconstpointer data)
{
  g_autofree char *path = path_of (f, 1);
  GStatBuf about;
  mode_t mask = umask (0);

  g_assert_false (load (f, 1, 1000));
  g_assert_cmpuint (ql_encoding_cache_count_bytes (f->cache), ==, 0);
  g_assert_false (g_file_test (f->dir, G_FILE_TEST_EXISTS));
  save (f, 1, 100);
  umask (mask);
  g_assert_cmpint (g_stat (f->dir, &about), ==, 0);
  g_assert_cmpuint (about.st_mode & 0777, ==, 0700);
  g_assert_cmpint (g_stat (path, &about), ==, 0);
  g_assert_cmpuint (about.st_mode & 0777, ==, 0600);
  g_assert_true (load (f, 1, 1000));
  g_assert_cmpuint (ql_encoding_cache_count_bytes (f->cache), ==, 100);
  g_assert_cmpuint (n_files (f), ==, 1);

  /* Made by hand, or by a backup. */
  g_assert_cmpint (g_chmod (f->dir, 0755), ==, 0);
  save (f, 2, 100);
  g_assert_cmpint (g_stat (f->dir, &about), ==, 0);
  g_assert_cmpuint (about.st_mode & 0777, ==, 0700);
}

/* What was used last stays. */
static void
test_room (Fixture *f, gconstpointer data)
{
  for (int i = 1; i <= 5; i++)
    {
      save (f, i, 200);
      set_used (f, i, 1000 - 100 * i);
    }
  g_assert_cmpuint (ql_encoding_cache_count_bytes (f->cache), ==, 1000);
  g_assert_true (load (f, 1, 200)); /* used now */
  save (f, 6, 200);
  g_assert_true (exists (f, 1));
  g_assert_false (exists (f, 2));
  g_assert_false (exists (f, 3));
  g_assert_true (exists (f, 4));
  g_assert_true (exists (f, 5));
  g_assert_true (exists (f, 6));
  for (int i = 10; i < 100; i++)
    {
      save (f, i, 300);
      g_assert_cmpuint (ql_encoding_cache_count_bytes (f->cache), <=, 1000);
    }
  /* Larger than all may be together: not kept, and nothing goes for it. */
  save (f, 200, 1001);
  g_assert_false (exists (f, 200));
  g_assert_true (exists (f, 99));
}

/* What another process saved counts, too, by and by. */
static void
test_two_caches (Fixture *f, gconstpointer data)
{
  g_autoptr (QlEncodingCache) other = ql_encoding_cache_new (f->dir, 1000);

  for (int i = 1; i < 200; i++)
    {
      g_autofree char *key = key_of (1000 + i);
      g_autoptr (GBytes) bytes = g_bytes_new_static ("0123456789012345678901234567890123456789", 40);

      save (f, i, 40);
      ql_encoding_cache_save (other, key, bytes);
      g_assert_true (exists (f, i));
    }
  /* Each looks at the folder at least every 64th time. */
  g_assert_cmpuint (ql_encoding_cache_count_bytes (f->cache), <=, 2000 + 64 * 40);
}

static void
test_old (Fixture *f, gconstpointer data)
{
  g_autofree char *mine = g_build_filename (f->dir, "notes.txt", NULL);
  g_autofree char *almost = g_build_filename (f->dir, "0123.safetensors", NULL);
  g_autofree char *left = g_build_filename (f->dir, ".new-abcdef", NULL);
  struct utimbuf long_ago = { 1000000, 1000000 };
  g_autoptr (GError) error = NULL;

  save (f, 1, 100);
  save (f, 2, 100);
  set_used (f, 1, 31 * DAY);
  set_used (f, 2, 29 * DAY);
  g_assert_true (g_file_set_contents (mine, "mine", -1, NULL));
  g_assert_true (g_file_set_contents (almost, "mine", -1, NULL));
  g_assert_true (g_file_set_contents (left, "of a killed process", -1, NULL));
  g_assert_cmpint (utime (mine, &long_ago), ==, 0);
  g_assert_cmpint (utime (almost, &long_ago), ==, 0);
  g_assert_cmpint (utime (left, &long_ago), ==, 0);
  g_assert_cmpuint (ql_encoding_cache_count_bytes (f->cache), ==, 100);
  g_assert_false (exists (f, 1));
  g_assert_false (g_file_test (left, G_FILE_TEST_EXISTS));
  g_assert_true (ql_encoding_cache_clear (f->cache, &error));
  g_assert_no_error (error);
  g_assert_false (exists (f, 2));
  g_assert_true (g_file_test (mine, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (almost, G_FILE_TEST_EXISTS));
}

static void
test_strange_files (Fixture *f, gconstpointer data)
{
  g_autofree char *link = path_of (f, 1), *folder = path_of (f, 2), *pipe = path_of (f, 3);
  g_autofree char *target = g_build_filename (f->root, "target", NULL);
  g_autofree char *content = NULL;

  save (f, 4, 500);
  g_assert_true (g_file_set_contents (target, "secret", -1, NULL));
  g_assert_cmpint (symlink (target, link), ==, 0);
  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
  g_assert_false (load (f, 1, 1000)); /* not followed */
  g_assert_false (load (f, 2, 1000));
  g_assert_false (load (f, 3, 1000)); /* not waited for */
  g_assert_false (load (f, 4, 499)); /* too large: not read, and gone */
  g_assert_false (exists (f, 4));
  /* A link is replaced, not written through. */
  save (f, 1, 100);
  g_assert_true (load (f, 1, 100));
  g_assert_true (g_file_get_contents (target, &content, NULL, NULL));
  g_assert_cmpstr (content, ==, "secret");
  /* There is a folder in the way. */
  save (f, 2, 100);
  g_assert_false (load (f, 2, 100));
  g_assert_cmpuint (ql_encoding_cache_count_bytes (f->cache), ==, 100);
}

static void
test_not_writable (Fixture *f, gconstpointer data)
{
  g_autofree char *blocked = g_build_filename (f->root, "file", "encodings", NULL);
  g_autofree char *file = g_build_filename (f->root, "file", NULL);
  g_autofree char *key = key_of (1);
  g_autoptr (QlEncodingCache) cache = ql_encoding_cache_new (blocked, 1000);
  g_autoptr (GBytes) bytes = g_bytes_new_static ("x", 1);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (file, "", 0, NULL));
  ql_encoding_cache_save (cache, key, bytes);
  g_assert_null (ql_encoding_cache_load (cache, key, 1000));
  g_assert_cmpuint (ql_encoding_cache_count_bytes (cache), ==, 0);
  g_assert_true (ql_encoding_cache_clear (cache, &error));
}

/* ---- two processes ------------------------------------------------------------------------------ */

#define N_SHARED 12

/* Saves and loads the same few keys as the others; whatever is loaded must be whole. */
static int
work (const char *dir, int seed)
{
  g_autoptr (QlEncodingCache) cache = ql_encoding_cache_new (dir, 50000);
  GRand *rand = g_rand_new_with_seed ((guint32) seed);

  for (int n = 0; n < 400; n++)
    {
      int i = g_rand_int_range (rand, 1, N_SHARED + 1);
      g_autofree char *key = key_of (i);
      g_autoptr (GBytes) loaded = ql_encoding_cache_load (cache, key, 8000), made = NULL;
      g_autofree guint8 *data = g_malloc (8000);

      memset (data, i, 8000);
      made = g_bytes_new (data, 8000);
      if (loaded != NULL && !g_bytes_equal (loaded, made))
        return 1;
      if (loaded == NULL || n % 3 == 0)
        ql_encoding_cache_save (cache, key, made);
      if (n % 97 == 0)
        ql_encoding_cache_clear (cache, NULL);
    }
  g_rand_free (rand);
  return 0;
}

static void
test_processes (Fixture *f, gconstpointer data)
{
  GSubprocess *processes[3];
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);

  for (int i = 0; i < 3; i++)
    {
      g_autofree char *seed = g_strdup_printf ("%d", i);

      processes[i] = g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, NULL, self, "--work", f->dir, seed, NULL);
      g_assert_nonnull (processes[i]);
    }
  for (int i = 0; i < 3; i++)
    {
      g_assert_true (g_subprocess_wait_check (processes[i], NULL, NULL));
      g_object_unref (processes[i]);
    }
  /* Only whole files are there, under their names. */
  for (int i = 1; i <= N_SHARED; i++)
    if (exists (f, i))
      g_assert_true (load (f, i, 8000));
  {
    g_autoptr (GDir) dir = g_dir_open (f->dir, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
      g_assert_true (g_str_has_suffix (name, ".safetensors"));
  }
}

int
main (int argc, char **argv)
{
  if (argc == 4 && strcmp (argv[1], "--work") == 0)
    return work (argv[2], atoi (argv[3]));
  g_test_init (&argc, &argv, NULL);
#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)
  ADD ("/encoding-cache/private", test_private);
  ADD ("/encoding-cache/room", test_room);
  ADD ("/encoding-cache/two-caches", test_two_caches);
  ADD ("/encoding-cache/old", test_old);
  ADD ("/encoding-cache/strange-files", test_strange_files);
  ADD ("/encoding-cache/not-writable", test_not_writable);
  ADD ("/encoding-cache/processes", test_processes);
#undef ADD
  return g_test_run ();
}
