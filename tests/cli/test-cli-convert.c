/* convert: one file from a folder that answers as the folder does, whatever interrupts the making of it. */
#include <glib/gstdio.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/cli/program.h"

#define DONUT "data/samples/01-donut.png"
#define TREE "data/samples/03-tree.jpg"
#define OPT "data/models/qlens-demo-opt"
#define ITM "data/models/qlens-demo-itm"
#define BASIC "tests/golden/opt-basic"

static int
n_files (const char *dir)
{
  GDir *listing = g_dir_open (dir, 0, NULL);
  int n = 0;

  while (g_dir_read_name (listing) != NULL)
    n++;
  g_dir_close (listing);
  return n;
}

static void
convert (const char *model, const char *file, const char *type)
{
  g_autoptr (Program) run = program_run ("convert", model, "-o", file, "--type", type, NULL);

  if (run->status != 0)
    g_error ("%s: %s", model, run->err);
  g_assert_cmpstr (run->err, ==, "");
  g_assert_nonnull (strstr (run->out, file));
}

/* Without timings, which differ. */
static char *
answers (const char *model, const char *command, const char *word)
{
  g_autoptr (Program) run = program_run (command, DONUT, "--model", model, "--json", word, NULL);
  json_t *lines = program_lines (run), *line = json_array_get (lines, 0);
  char *text;

  if (run->status != 0)
    g_error ("%s: %s", model, run->err);
  json_object_del (line, "timings_ms");
  text = json_dumps (lines, JSON_SORT_KEYS);
  json_decref (lines);
  return text;
}

static void
test_same_answers (void)
{
  g_autoptr (Scratch) dir = scratch_new ();
  g_autofree char *opt = g_build_filename (dir, "opt.gguf", NULL);
  g_autofree char *itm = g_build_filename (dir, "itm.gguf", NULL);
  static const char *const commands[][2] = { { "caption", NULL }, { "ask", "-qwhat is it?" } };
  g_autofree char *match = NULL, *same_match = NULL, *itg = NULL, *same_itg = NULL;

  convert (OPT, opt, "f16");
  convert (ITM, itm, "f32");
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      char *a = answers (OPT, commands[i][0], commands[i][1]);
      char *b = answers (opt, commands[i][0], commands[i][1]);

      g_assert_cmpstr (a, ==, b);
      free (a);
      free (b);
    }
  match = answers (ITM, "match", "a purple donut");
  same_match = answers (itm, "match", "a purple donut");
  g_assert_cmpstr (match, ==, same_match);
  itg = answers (ITM, "caption", NULL);
  same_itg = answers (itm, "caption", NULL);
  g_assert_cmpstr (itg, ==, same_itg);
}

/* The smaller types, through the folder that holds nothing but the file. */
static void
test_smaller (void)
{
  static const char *const types[] = { "q8_0", "q4_0" };
  json_int_t before = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autoptr (Scratch) dir = scratch_new ();
      g_autofree char *file = g_build_filename (dir, "small.gguf", NULL);
      g_autoptr (Program) made = program_run ("convert", OPT, "-o", file, "-t", types[i], "--json", NULL);
      g_autoptr (Program) info = program_run ("info", "--model", dir, "--json", NULL);
      g_autoptr (Program) tokens = program_run ("tokenize", "--model", file, "two cats", NULL);
      g_autoptr (Program) caption = program_run ("caption", "--model", file, TREE, NULL);
      json_t *lines = program_lines (made), *line = json_array_get (lines, 0), *groups, *group;
      gboolean seen = FALSE;
      GStatBuf status;
      gsize g;

      g_assert_cmpint (made->status, ==, 0);
      g_assert_cmpstr (json_string_value (json_object_get (line, "type")), ==, types[i]);
      g_assert_cmpint (g_stat (file, &status), ==, 0);
      g_assert_cmpint (json_integer_value (json_object_get (line, "bytes")), ==, status.st_size);
      g_assert_true (before == 0 || status.st_size < before);
      before = status.st_size;
      groups = json_object_get (line, "groups");
      json_array_foreach (groups, g, group)
      {
        double error = json_real_value (json_object_get (group, "rms_error"));

        if (strcmp (json_string_value (json_object_get (group, "group")), "image encoder") == 0)
          {
            seen = TRUE;
            g_assert_cmpfloat (error, >, 0.001);
            g_assert_cmpfloat (error, <, 0.2);
          }
      }
      g_assert_true (seen);
      json_decref (lines);
      lines = program_lines (info);
      g_assert_cmpint (info->status, ==, 0);
      g_assert_nonnull (strstr (info->out, i == 0 ? "Q8_0" : "Q4_0"));
      json_decref (lines);
      g_assert_cmpint (tokens->status, ==, 0);
      g_assert_cmpint (caption->status, ==, 0);
      g_assert_nonnull (strstr (caption->out, "tree"));
    }
}

/* Every number of the answer that the model's arithmetic makes. */
static double
score (const char *model, const char *option)
{
  g_autoptr (Program) run
      = program_run ("caption", TREE, "--no-cache", "--json", "--model", model, option, NULL);
  json_t *lines = program_lines (run), *line = json_array_get (lines, 0);
  double value = json_real_value (json_object_get (line, "score"));

  if (run->status != 0)
    g_error ("%s: %s", model, run->err);
  g_assert_nonnull (strstr (json_string_value (json_object_get (line, "text")), "tree"));
  json_decref (lines);
  return value;
}

/*
 * --exact with weights of 8 bits is what the same weights, written out as f32, give, but for the order of sums; without
 * it, activations are rounded, too, where the processor has kernels for that.
 */
static void
test_exact (void)
{
  g_autoptr (Scratch) dir = scratch_new ();
  g_autofree char *q8 = g_build_filename (dir, "q8.gguf", NULL);
  g_autofree char *f32 = g_build_filename (dir, "f32.gguf", NULL);
  double exact, rounded, truth;

  convert (OPT, q8, "q8_0");
  convert (q8, f32, "f32");
  exact = score (q8, "--exact");
  rounded = score (q8, NULL);
  truth = score (f32, NULL);
  g_test_message ("exact %g, rounded %g, f32 %g", exact, rounded, truth);
  g_assert_cmpfloat (truth, <, 0);
  g_assert_cmpfloat_with_epsilon (exact, truth, 1e-5);
  g_assert_cmpfloat_with_epsilon (rounded, truth, 1e-2);
  /* A processor without them does as asked, both ways. */
  g_assert_true (rounded == exact || fabs (exact - truth) < fabs (rounded - truth));
}

static void
test_usage (void)
{
  g_autoptr (Scratch) dir = scratch_new ();
  g_autofree char *file = g_build_filename (dir, "a.gguf", NULL);
  g_autoptr (Program) no_output = program_run ("convert", BASIC, "--type", "q8_0", NULL);
  g_autoptr (Program) no_type = program_run ("convert", BASIC, "-o", file, NULL);
  g_autoptr (Program) bad_type = program_run ("convert", BASIC, "-o", file, "-t", "q5_0", NULL);
  g_autoptr (Program) two = program_run ("convert", BASIC, BASIC, "-o", file, "-t", "q8_0", NULL);
  g_autoptr (Program) twice
      = program_run ("convert", BASIC, "--model", BASIC, "-o", file, "-t", "q8_0", NULL);

  program_assert_error (no_output, 2, "-o");
  program_assert_error (no_type, 2, "--type");
  program_assert_error (bad_type, 2, "q8_0");
  program_assert_error (two, 2, "one model");
  program_assert_error (twice, 2, "twice");
  g_assert_cmpint (n_files (dir), ==, 0);
}

static void
test_overwrite (void)
{
  g_autoptr (Scratch) dir = scratch_new ();
  g_autofree char *file = g_build_filename (dir, "a.gguf", NULL);
  g_autofree char *data = NULL;
  g_autoptr (Program) refused = NULL, forced = NULL, folder = NULL;

  g_assert_true (g_file_set_contents (file, "mine", 4, NULL));
  refused = program_run ("convert", BASIC, "-o", file, "-t", "q8_0", NULL);
  program_assert_error (refused, 1, "--force");
  g_assert_true (g_file_get_contents (file, &data, NULL, NULL));
  g_assert_cmpstr (data, ==, "mine");
  forced = program_run ("convert", BASIC, "-o", file, "-t", "q8_0", "--force", NULL);
  g_assert_cmpint (forced->status, ==, 0);
  folder = program_run ("convert", BASIC, "-o", dir, "-t", "q8_0", "--force", NULL);
  program_assert_error (folder, 1, dir);
  g_assert_cmpint (n_files (dir), ==, 1);
}

static void
small_files (gpointer data)
{
  const struct rlimit limit = { 100000, 100000 };

  setrlimit (RLIMIT_FSIZE, &limit);
}

static void
test_disk_full (void)
{
  g_autoptr (Scratch) dir = scratch_new ();
  g_autofree char *file = g_build_filename (dir, "a.gguf", NULL);
  const char *argv[] = { "convert", OPT, "-o", file, "-t", "q4_0", NULL };
  g_autoptr (Program) run = program_runv (argv, small_files);

  program_assert_error (run, 1, file);
  g_assert_cmpint (n_files (dir), ==, 0);
}

/* A disk of 4 MB of its own, where the kernel lets us have one. */
static void
test_small_disk (void)
{
  g_autoptr (Scratch) dir = scratch_new ();
  g_autofree char *command = g_strdup_printf (
      "unshare -rm bash -c 'mount -t tmpfs -o size=4m none %s || exit 77; "
      "\"$QLENS_CLI\" convert " OPT " -t q8_0 -o %s/a.gguf; s=$?; ls -A %s; exit $s' || exit $?",
      dir, dir, dir);
  g_autoptr (Program) run = program_run_shell (command);

  if (run->status == 77 || strstr (run->err, "unshare") != NULL)
    {
      g_test_skip ("no disk of our own here");
      return;
    }
  program_assert_error (run, 1, "there is room for");
  g_assert_cmpstr (run->out, ==, "");
}

/* Whenever it is killed, there is no file under the name, or all of it; and the next run does it. */
static void
test_killed (void)
{
  g_autoptr (Scratch) dir = scratch_new ();
  g_autofree char *program = program_path ();
  g_autofree char *root = source_path (".");
  g_autofree char *file = g_build_filename (dir, "a.gguf", NULL);
  g_autofree char *part = g_strconcat (file, ".part", NULL);
  const char *argv[] = { program, "convert", OPT, "-t", "f32", "-f", "-o", file, NULL };
  g_autoptr (Program) last = NULL;
  int n_parts = 0;

  for (int i = 0; i < 12; i++)
    {
      GPid pid;
      int status;

      g_assert_true (
          g_spawn_async (root, (char **) argv, NULL,
                         G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                         NULL, NULL, &pid, NULL));
      /* from when there is something to lose */
      while (!g_file_test (part, G_FILE_TEST_EXISTS) && !g_file_test (file, G_FILE_TEST_EXISTS))
        g_usleep (500);
      g_usleep ((gulong) i * 4000);
      kill (pid, SIGKILL);
      g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
      g_spawn_close_pid (pid);
      n_parts += g_file_test (part, G_FILE_TEST_EXISTS);
      if (g_file_test (file, G_FILE_TEST_EXISTS))
        {
          g_autoptr (Program) info = program_run ("info", "--model", file, NULL);

          g_assert_cmpint (info->status, ==, 0);
        }
      else
        g_assert_cmpint (n_files (dir), ==, 1);
      g_remove (file);
    }
  g_test_message ("%d of 12 left a .part", n_parts);
  last = program_run ("convert", OPT, "-t", "f32", "-o", file, NULL);
  g_assert_cmpint (last->status, ==, 0);
  g_assert_cmpint (n_files (dir), ==, 1);
}

static void
test_damaged_file (void)
{
  g_autoptr (Scratch) dir = scratch_new ();
  g_autofree char *file = g_build_filename (dir, "a.gguf", NULL);
  g_autofree char *data = NULL;
  gsize n;

  convert (BASIC, file, "q8_0");
  g_assert_true (g_file_get_contents (file, &data, &n, NULL));
  for (int i = 0; i < 4; i++)
    {
      const gsize cuts[] = { 3, 30, 5000, n - 70 };
      g_autoptr (Program) info = NULL, again = NULL;
      g_autofree char *other = g_build_filename (dir, "b.gguf", NULL);

      g_assert_true (g_file_set_contents (file, data, (gssize) cuts[i], NULL));
      info = program_run ("info", "--model", file, NULL);
      program_assert_error (info, 1, file);
      again = program_run ("convert", file, "-t", "f16", "-o", other, NULL);
      program_assert_error (again, 1, "a.gguf");
      g_assert_cmpint (n_files (dir), ==, 1);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/convert/same-answers", test_same_answers);
  g_test_add_func ("/cli/convert/smaller", test_smaller);
  g_test_add_func ("/cli/convert/exact", test_exact);
  g_test_add_func ("/cli/convert/usage", test_usage);
  g_test_add_func ("/cli/convert/overwrite", test_overwrite);
  g_test_add_func ("/cli/convert/disk-full", test_disk_full);
  g_test_add_func ("/cli/convert/small-disk", test_small_disk);
  g_test_add_func ("/cli/convert/killed", test_killed);
  g_test_add_func ("/cli/convert/damaged-file", test_damaged_file);
  return g_test_run ();
}
