/* A picture that comes again is not encoded again: caption, ask and batch, in runs of their own. */
#include <string.h>
#include <sys/stat.h>

#include <glib/gstdio.h>

#include "tests/cli/program.h"

#define PICTURE "data/samples/01-donut.png"

static char *cache, *model;

static char *
folder (void)
{
  return g_build_filename (cache, "qlens", "encodings", NULL);
}

static guint
n_files (void)
{
  g_autofree char *path = folder ();
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint n = 0;

  while (dir != NULL && g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static void
forget (void)
{
  g_autofree char *path = folder ();
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      g_assert_cmpint (g_remove (child), ==, 0);
    }
}

/* The answers of a run, without their times. @encoded: whether the image encoder ran for the first */
static json_t *
answers (const Program *program, gboolean encoded)
{
  json_t *lines, *line;
  size_t i;

  g_assert_cmpstr (program->err, ==, "");
  g_assert_cmpint (program->status, ==, 0);
  lines = program_lines (program);
  line = json_array_get (lines, 0);
  g_assert_true ((json_number_value (json_object_get (json_object_get (line, "timings_ms"), "vision")) > 0)
                 == encoded);
  json_array_foreach (lines, i, line) json_object_del (line, "timings_ms");
  return lines;
}

static void
test_runs (void)
{
  g_autoptr (Program) first = NULL, second = NULL, ask = NULL, without = NULL;
  json_t *a, *b, *c;

  forget ();
  first = program_run ("caption", PICTURE, "--json", "--model", model, "--max-new-tokens=5", NULL);
  a = answers (first, TRUE);
  g_assert_cmpuint (n_files (), ==, 1);
  second = program_run ("caption", PICTURE, "--json", "--model", model, "--max-new-tokens=5", NULL);
  b = answers (second, FALSE);
  g_assert_true (json_equal (a, b));
  ask = program_run ("ask", PICTURE, "-q", "what is it?", "--json", "--model", model, "--max-new-tokens=2",
                     NULL);
  json_decref (answers (ask, FALSE));
  without = program_run ("caption", PICTURE, "--json", "--model", model, "--max-new-tokens=5", "--no-cache",
                         NULL);
  c = answers (without, TRUE);
  g_assert_true (json_equal (a, c));
  g_assert_cmpuint (n_files (), ==, 1);
  json_decref (a);
  json_decref (b);
  json_decref (c);
}

static void
test_no_cache (void)
{
  g_autoptr (Program) program = NULL;

  forget ();
  program = program_run ("caption", PICTURE, "--json", "--model", model, "--max-new-tokens=2", "--no-cache",
                         NULL);
  json_decref (answers (program, TRUE));
  g_assert_cmpuint (n_files (), ==, 0);
}

static void
test_batch (void)
{
  g_autoptr (Scratch) dir = scratch_new ();
  g_autofree char *picture = g_build_filename (dir, "1.png", NULL), *content = NULL;
  g_autofree char *path = source_path (PICTURE);
  g_autoptr (Program) batch = NULL, again = NULL;
  json_t *a, *b;
  gsize n_bytes;

  g_assert_true (g_file_get_contents (path, &content, &n_bytes, NULL));
  g_assert_true (g_file_set_contents (picture, content, (gssize) n_bytes, NULL));
  forget ();
  batch = program_run ("batch", dir, "--json", "--model", model, "--max-new-tokens=3", NULL);
  g_assert_cmpint (batch->status, ==, 0);
  g_assert_cmpuint (n_files (), ==, 1);
  again = program_run ("batch", dir, "--json", "--model", model, "--max-new-tokens=3", "--policy=overwrite",
                       NULL);
  g_assert_cmpint (again->status, ==, 0);
  a = program_lines (batch);
  b = program_lines (again);
  g_assert_cmpfloat (
      json_number_value (json_object_get (json_object_get (json_array_get (b, 0), "timings_ms"), "vision")),
      ==, 0);
  g_assert_true (json_equal (json_object_get (json_array_get (a, 0), "token_ids"),
                             json_object_get (json_array_get (b, 0), "token_ids")));
  json_decref (a);
  json_decref (b);
}

/* Damage on the disk costs the time of encoding, and is mended. */
static void
test_damage (void)
{
  g_autofree char *path = folder ();
  g_autoptr (Program) first = NULL, second = NULL, third = NULL;
  json_t *a, *b;

  forget ();
  first = program_run ("caption", PICTURE, "--json", "--model", model, "--max-new-tokens=3", NULL);
  a = answers (first, TRUE);
  {
    g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
    g_autofree char *file = g_build_filename (path, g_dir_read_name (dir), NULL);
    g_autofree char *content = NULL;
    gsize n_bytes;

    g_assert_true (g_file_get_contents (file, &content, &n_bytes, NULL));
    content[n_bytes / 2] ^= 1;
    g_assert_true (g_file_set_contents (file, content, (gssize) n_bytes, NULL));
  }
  second = program_run ("caption", PICTURE, "--json", "--model", model, "--max-new-tokens=3", NULL);
  b = answers (second, TRUE);
  g_assert_true (json_equal (a, b));
  third = program_run ("caption", PICTURE, "--json", "--model", model, "--max-new-tokens=3", NULL);
  json_decref (answers (third, FALSE));
  json_decref (a);
  json_decref (b);
}

int
main (int argc, char **argv)
{
  g_autofree char *tool = g_build_filename (g_getenv ("QLENS_BUILD"), "tests", "tools", "synth-model", NULL);
  int status;

  g_test_init (&argc, &argv, NULL);
  cache = scratch_new ();
  model = scratch_new ();
  g_setenv ("XDG_CACHE_HOME", cache, TRUE);
  {
    char *synth[] = { tool, (char *) "opt-mid", model, NULL };

    g_assert_true (
        g_spawn_sync (NULL, synth, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, NULL, &status, NULL));
    g_assert_cmpint (status, ==, 0);
  }
  g_test_add_func ("/cli/encodings/runs", test_runs);
  g_test_add_func ("/cli/encodings/no-cache", test_no_cache);
  g_test_add_func ("/cli/encodings/batch", test_batch);
  g_test_add_func ("/cli/encodings/damage", test_damage);
  status = g_test_run ();
  scratch_free (cache);
  scratch_free (model);
  return status;
}
