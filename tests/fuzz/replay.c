/*
 * Runs a fuzz target without a fuzzer: over every file named, or in a folder named, and
 * over damaged copies of each, the same ones every time. With -Dfuzzers=true libFuzzer
 * takes this file's place.
 */
#include <glib.h>
#include <stdio.h>
#include <string.h>

/* Per file: enough to reach the checks, few enough to be an ordinary test. */
#define N_DAMAGED 60
/* Copies of larger files would mostly test memcpy. */
#define MAX_BYTES (256 * 1024)

int LLVMFuzzerTestOneInput (const guint8 *bytes, gsize n_bytes);

static int n_files;

/* An exact allocation, so that a sanitizer sees one byte too many. */
static void
run (const guint8 *bytes, gsize n)
{
  guint8 *copy = g_malloc (n > 0 ? n : 1);

  if (n > 0)
    memcpy (copy, bytes, n);
  LLVMFuzzerTestOneInput (n > 0 ? copy : NULL, n);
  g_free (copy);
}

static void
damage (GRand *random, guint8 *bytes, gsize *n)
{
  static const char interesting[] = "{}[]\",:-0919eE.\\\xff\x80";
  int n_changes = g_rand_int_range (random, 1, 5);

  for (int i = 0; i<n_changes && * n> 0; i++)
    {
      gsize at = (gsize) g_rand_int_range (random, 0, (gint32) *n);

      switch (g_rand_int_range (random, 0, 5))
        {
        case 0:
          bytes[at] ^= (guint8) (1 << g_rand_int_range (random, 0, 8));
          break;
        case 1:
          bytes[at] = (guint8) interesting[g_rand_int_range (random, 0, sizeof interesting - 1)];
          break;
        case 2:
          *n = at;
          break;
        case 3:
          memset (bytes + at, g_rand_boolean (random) ? 0xff : 0, MIN (8, *n - at));
          break;
        default:
          memmove (bytes + at, bytes + at / 2, MIN (at - at / 2 + 1, *n - at));
        }
    }
}

static void
run_file (const char *path)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (20260);
  g_autofree char *data = NULL;
  gsize n;

  if (!g_file_get_contents (path, &data, &n, NULL) || n > MAX_BYTES)
    return;
  run ((const guint8 *) data, n);
  for (int i = 0; i < N_DAMAGED && n > 0; i++)
    {
      guint8 *copy = g_memdup2 (data, n);
      gsize n_left = n;

      damage (random, copy, &n_left);
      run (copy, n_left);
      g_free (copy);
    }
  n_files++;
  printf ("ok %d - %s\n", n_files, strrchr (path, '/') ? strrchr (path, '/') + 1 : path);
  fflush (stdout);
}

static void
run_all (const char *path)
{
  GDir *dir = g_dir_open (path, 0, NULL);

  if (dir == NULL)
    {
      run_file (path);
      return;
    }
  for (const char *name; (name = g_dir_read_name (dir)) != NULL;)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      run_all (child);
    }
  g_dir_close (dir);
}

int
main (int argc, char **argv)
{
  run (NULL, 0);
  for (int i = 1; i < argc; i++)
    run_all (argv[i]);
  printf ("1..%d\n", n_files);
  return n_files == 0;
}
