/* qlens-cli batch as a black box: outputs, policies, refusals, and being killed again and again. */
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/cli/program.h"

#define DONUT "a purple donut in the sky"
#define TENT "an orange tent on a red background"

/* Of the test that kills: enough that the first deaths come early. */
#define N_PICTURES 24
#define N_DEATHS 12

static char *dir;

static char *
folder (const char *name)
{
  char *path = g_build_filename (dir, name, NULL);

  g_assert_cmpint (g_mkdir_with_parents (path, 0755), ==, 0);
  return path;
}

static void
put (const char *in, const char *name, const char *source)
{
  g_autofree char *from = source_path (source);
  g_autofree char *to = g_build_filename (in, name, NULL);
  g_autofree char *data = NULL;
  g_autoptr (GError) error = NULL;
  gsize n;

  g_file_get_contents (from, &data, &n, &error);
  g_assert_no_error (error);
  g_file_set_contents (to, data, (gssize) n, &error);
  g_assert_no_error (error);
}

static char *
content (const char *in, const char *name)
{
  g_autofree char *path = g_build_filename (in, name, NULL);
  g_autoptr (GError) error = NULL;
  char *data;

  g_file_get_contents (path, &data, NULL, &error);
  g_assert_no_error (error);
  return data;
}

static void
assert_content (const char *in, const char *name, const char *expected)
{
  g_autofree char *data = content (in, name);

  g_assert_cmpstr (data, ==, expected);
}

static void
assert_no_leftovers (const char *in)
{
  GDir *list = g_dir_open (in, 0, NULL);

  for (const char *name; (name = g_dir_read_name (list)) != NULL;)
    if (name[0] == '.')
      g_error ("%s is left", name);
  g_dir_close (list);
}

static void
test_default (void)
{
  g_autofree char *in = folder ("default");
  g_autofree char *expected = g_strconcat (in, "/1.png: " DONUT "\n", in, "/2.png: " TENT "\n", NULL);
  g_autoptr (Program) run = NULL;
  g_autoptr (Program) again = NULL;

  put (in, "1.png", "data/samples/01-donut.png");
  put (in, "2.png", "data/samples/02-tent.png");
  run = program_run ("batch", in, NULL);
  g_assert_cmpstr (run->err, ==, "");
  g_assert_cmpint (run->status, ==, 0);
  g_assert_cmpstr (run->out, ==, expected);
  assert_content (in, "1.txt", DONUT "\n");
  assert_content (in, "2.txt", TENT "\n");
  again = program_run ("batch", in, NULL);
  g_assert_cmpint (again->status, ==, 0);
  g_assert_cmpstr (again->out, ==, "");
}

/* Row by row what `caption --json` prints, but for the times and the score's last digits. */
static void
test_jsonl_is_captions (void)
{
  g_autofree char *in = folder ("jsonl");
  g_autofree char *a = g_build_filename (in, "1.png", NULL);
  g_autofree char *b = g_build_filename (in, "2.jpg", NULL);
  g_autofree char *jsonl = g_build_filename (in, "out.jsonl", NULL);
  g_autoptr (Program) batch = NULL;
  g_autoptr (Program) caption = NULL;
  Program file = { 0 };
  json_t *of_caption, *of_batch, *of_file;

  put (in, "1.png", "data/samples/01-donut.png");
  put (in, "2.jpg", "data/samples/03-tree.jpg");
  batch = program_run ("batch", in, "--jsonl", jsonl, "--json", NULL);
  caption = program_run ("caption", a, b, "--json", NULL);
  file.out = content (in, "out.jsonl");
  of_batch = program_lines (batch);
  of_caption = program_lines (caption);
  of_file = program_lines (&file);
  g_assert_cmpuint (json_array_size (of_file), ==, 2);
  g_assert_true (json_equal (of_file, of_batch));
  for (gsize i = 0; i < 2; i++)
    {
      json_t *row = json_array_get (of_file, i), *like = json_array_get (of_caption, i);

      g_assert_cmpuint (json_object_size (json_object_get (row, "timings_ms")), ==,
                        json_object_size (json_object_get (like, "timings_ms")));
      /* Captions of a batch are written together: more rows at once, which some kernels add up in another order. */
      g_assert_cmpfloat_with_epsilon (json_number_value (json_object_get (row, "score")),
                                      json_number_value (json_object_get (like, "score")), 1e-4);
      json_object_del (row, "score");
      json_object_del (like, "score");
      json_object_del (row, "timings_ms");
      json_object_del (like, "timings_ms");
      g_assert_true (json_equal (row, like));
    }
  json_decref (of_batch);
  json_decref (of_caption);
  json_decref (of_file);
  g_free (file.out);
}

static void
test_options (void)
{
  g_autofree char *in = folder ("options");
  g_autofree char *sub = folder ("options/sub");
  g_autofree char *csv = g_build_filename (in, "t.csv", NULL);
  g_autoptr (Program) flat = NULL;
  g_autoptr (Program) deep = NULL;
  g_autoptr (Program) again = NULL;
  g_autofree char *table = NULL;
  g_autofree char *now = NULL;
  g_autofree char *sub_txt = g_build_filename (sub, "2.txt", NULL);

  put (in, "1.png", "data/samples/01-donut.png");
  put (sub, "2.png", "data/samples/02-tent.png");
  flat = program_run ("batch", in, "--csv", csv, "--threads", "1", "--beams=1", NULL);
  g_assert_cmpint (flat->status, ==, 0);
  g_assert_false (g_file_test (sub_txt, G_FILE_TEST_EXISTS));
  deep = program_run ("batch", "--recursive", in, "--csv", csv, NULL);
  g_assert_cmpint (deep->status, ==, 0);
  table = content (in, "t.csv");
  g_assert_true (g_str_has_prefix (table, "file,caption,seconds,error\r\n"));
  g_assert_nonnull (strstr (table, "/1.png," DONUT ","));
  g_assert_nonnull (strstr (table, "/sub/2.png," TENT ","));
  for (int i = 0; i < 2; i++)
    {
      g_autoptr (Program) appended = program_run ("batch", "--policy=append", "--txt", "--xmp", sub, NULL);

      g_assert_cmpint (appended->status, ==, 0);
    }
  assert_content (sub, "2.txt", TENT "\n" TENT "\n");
  again = program_run ("batch", "--policy", "overwrite", "--prompt", "a", "--max-new-tokens", "3", sub, NULL);
  g_assert_cmpint (again->status, ==, 0);
  now = content (sub, "2.txt");
  g_assert_null (strstr (now, TENT));
}

static void
test_usage (void)
{
  static const struct
  {
    const char *words[8];
    const char *says;
  } usages[] = {
    { { "batch" }, "no folder" },
    { { "batch", "" }, "empty" },
    { { "batch", "x", "--policy", "maybe" }, "maybe" },
    { { "batch", "x", "--csv", "" }, "empty" },
    { { "batch", "x", "--csv", "a", "--jsonl", "./a" }, "same file" },
    { { "batch", "x", "--beams", "0" }, "beams" },
    { { "batch", "x", "-q", "y" }, "-q" },
    { { "caption", "x", "--txt" }, "--txt" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (usages); i++)
    {
      g_autoptr (Program) run = program_runv (usages[i].words, NULL);

      program_assert_error (run, 2, usages[i].says);
    }
}

static void
test_refusals (void)
{
  g_autofree char *in = folder ("refusals");
  g_autofree char *empty = folder ("refusals/empty");
  g_autofree char *other = g_build_filename (in, "other.csv", NULL);
  g_autofree char *gone = g_build_filename (in, "gone.png", NULL);
  g_autoptr (Program) nothing = program_run ("batch", empty, NULL);
  g_autoptr (Program) missing = program_run ("batch", gone, NULL);
  g_autoptr (Program) foreign = NULL;
  g_autoptr (Program) model = NULL;

  program_assert_error (nothing, 1, "no pictures");
  program_assert_error (missing, 1, "gone.png");
  put (in, "1.png", "data/samples/01-donut.png");
  g_file_set_contents (other, "x,y\n1,2\n", -1, NULL);
  foreign = program_run ("batch", in, "--csv", other, NULL);
  program_assert_error (foreign, 1, "other.csv");
  assert_content (in, "other.csv", "x,y\n1,2\n");
  model = program_run ("batch", in, "--model", empty, NULL);
  program_assert_error (model, 1, empty);
}

/* The others go on; the next run tries it again, and tells again. */
static void
test_damaged (void)
{
  g_autofree char *in = folder ("damaged");
  g_autofree char *bad = g_build_filename (in, "0.png", NULL);
  g_autofree char *csv = g_build_filename (in, "t.csv", NULL);

  put (in, "1.png", "data/samples/01-donut.png");
  put (in, "2.png", "data/samples/02-tent.png");
  g_file_set_contents (bad, "\x89PNG\r\n\x1a\n and no more", -1, NULL);
  for (int i = 0; i < 2; i++)
    {
      g_autoptr (Program) run = program_run ("batch", in, "--json", "--csv", csv, "--txt", NULL);
      g_autofree char *table = NULL;
      g_auto (GStrv) rows = NULL;
      json_t *lines;

      program_assert_error (run, 1, "0.png: ");
      lines = program_lines (run);
      g_assert_cmpuint (json_array_size (lines), ==, 3);
      g_assert_nonnull (json_object_get (json_array_get (lines, 0), "error"));
      g_assert_nonnull (json_object_get (json_array_get (lines, 1), i == 0 ? "text" : "skipped"));
      json_decref (lines);
      table = content (in, "t.csv");
      rows = g_strsplit (table, "\r\n", -1);
      g_assert_cmpuint (g_strv_length (rows), ==, 5); /* header, 3 rows, nothing */
    }
  assert_content (in, "1.txt", DONUT "\n");
}

/* With weights of 8 bits pictures are encoded a few at a time: what comes of them, a damaged and a captioned one among them, is
 * what comes of each alone. */
static void
test_together (void)
{
  static const char *const sources[]
      = { "01-donut.png",  "02-tent.png", "07-tiger.png",  "03-tree.jpg",
          "04-candle.png", "08-bell.png", "06-spider.png", "16-fails-photo.jpg" };
  g_autofree char *in = folder ("together"), *model = g_build_filename (dir, "q8_0.gguf", NULL);
  g_autofree char *bad = g_build_filename (in, "2.png", NULL), *has = g_build_filename (in, "4.txt", NULL);
  g_autofree char *demo = source_path ("data/models/qlens-demo-opt");
  g_autoptr (Program) convert = program_run ("convert", "--type", "q8_0", "-o", model, demo, NULL);
  g_autoptr (Program) batch = NULL;
  json_t *lines;

  g_assert_cmpint (convert->status, ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (sources); i++)
    {
      g_autofree char *source = g_build_filename ("data", "samples", sources[i], NULL);
      g_autofree char *name = g_strdup_printf ("%" G_GSIZE_FORMAT "%s", i, strrchr (sources[i], '.'));

      put (in, name, source);
    }
  g_file_set_contents (bad, "\x89PNG\r\n\x1a\n and no more", -1, NULL);
  g_file_set_contents (has, "mine\n", -1, NULL);
  batch = program_run ("batch", in, "--model", model, "--json", "--no-cache", NULL);
  program_assert_error (batch, 1, "2.png: ");
  lines = program_lines (batch);
  g_assert_cmpuint (json_array_size (lines), ==, G_N_ELEMENTS (sources));
  for (gsize i = 0; i < G_N_ELEMENTS (sources); i++)
    {
      json_t *line = json_array_get (lines, i);
      const char *name = json_string_value (json_object_get (line, "image"));
      g_autoptr (Program) alone = NULL;
      json_t *one;

      g_assert_nonnull (name);
      g_assert_cmpint (strrchr (name, '/')[1], ==, '0' + (int) i);
      if (i == 2 || i == 4)
        {
          g_assert_nonnull (json_object_get (line, i == 2 ? "error" : "skipped"));
          continue;
        }
      alone = program_run ("caption", name, "--model", model, "--json", "--no-cache", NULL);
      one = program_lines (alone);
      g_assert_cmpstr (json_string_value (json_object_get (line, "text")), ==,
                       json_string_value (json_object_get (json_array_get (one, 0), "text")));
      g_assert_cmpfloat (json_number_value (json_object_get (line, "score")), ==,
                         json_number_value (json_object_get (json_array_get (one, 0), "score")));
      json_decref (one);
    }
  json_decref (lines);
  assert_content (in, "4.txt", "mine\n");
}

/* As somebody for whom file permissions hold. */
static void
become_nobody (gpointer data)
{
  if (geteuid () == 0 && (setgid (65534) != 0 || setuid (65534) != 0))
    _exit (99);
}

static void
test_read_only_folder (void)
{
  g_autofree char *in = folder ("read-only");
  const char *const words[] = { "batch", in, "--txt", NULL };
  g_autoptr (Program) run = NULL;

  put (in, "1.png", "data/samples/01-donut.png");
  put (in, "2.png", "data/samples/02-tent.png");
  g_assert_cmpint (chmod (dir, 0755), ==, 0);
  g_assert_cmpint (chmod (in, 0555), ==, 0);
  run = program_runv (words, become_nobody);
  g_assert_cmpint (chmod (in, 0755), ==, 0);
  if (run->status == 99 || strstr (run->err, "demo model") != NULL || strstr (run->err, "qlens-cli") == NULL)
    {
      g_test_skip ("the program cannot be run as nobody here");
      return;
    }
  program_assert_error (run, 1, "read-only: ");
  g_assert_nonnull (strstr (run->err, "2.png: ")); /* one does not stop the others */
  g_assert_cmpstr (run->out, ==, "");
}

static void
make_pictures (const char *in)
{
  static const char *const sources[]
      = { "data/samples/01-donut.png", "data/samples/02-tent.png", "data/samples/03-tree.jpg" };

  for (int i = 0; i < N_PICTURES; i++)
    {
      const char *source = sources[i % 3];
      g_autofree char *name = g_strdup_printf ("p%d%s", i, strrchr (source, '.'));

      put (in, name, source);
    }
}

static GPid
start (const char *in, const char *policy, const char *csv, const char *jsonl)
{
  g_autofree char *path = program_path ();
  g_autofree char *root = source_path (".");
  const char *argv[] = { path,      "batch", in,         "--txt", "--xmp",   "--png-text", "--csv", csv,
                         "--jsonl", jsonl,   "--policy", policy,  "--beams", "1",          NULL };
  g_autoptr (GError) error = NULL;
  GPid pid;

  g_spawn_async (root, (char **) argv, NULL,
                 G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL,
                 NULL, &pid, &error);
  g_assert_no_error (error);
  return pid;
}

static const char *
caption_of (int i)
{
  static const char *const captions[] = { DONUT, TENT, "a tree on a purple background" };

  return captions[i % 3];
}

static guint
occurrences (const char *text, const char *part)
{
  guint n = 0;

  for (const char *p = text; (p = strstr (p, part)) != NULL; p += strlen (part))
    n++;
  return n;
}

/* Every picture's caption is in every place, valid, once. */
static void
assert_complete (const char *in)
{
  g_autofree char *csv = content (in, "all.csv");
  Program file = { .out = content (in, "all.jsonl") };
  json_t *lines = program_lines (&file);

  g_assert_cmpuint (json_array_size (lines), ==, N_PICTURES);
  g_assert_cmpuint (occurrences (csv, "\r\n"), ==, N_PICTURES + 1);
  for (int i = 0; i < N_PICTURES; i++)
    {
      const char *extension = i % 3 == 2 ? "jpg" : "png";
      g_autofree char *line = g_strconcat (caption_of (i), "\n", NULL);
      g_autofree char *name = g_strdup_printf ("p%d.txt", i);
      g_autofree char *picture = g_strdup_printf ("%s/p%d.%s", in, i, extension);
      g_autofree char *row = g_strdup_printf ("\r\n%s,%s,", picture, caption_of (i));
      g_autofree char *xmp_name = g_strdup_printf ("p%d.%s.xmp", i, extension);
      g_autofree char *xmp = content (in, xmp_name);
      guint n_json = 0;

      assert_content (in, name, line);
      g_assert_cmpuint (occurrences (csv, row), ==, 1);
      g_assert_cmpuint (occurrences (xmp, caption_of (i)), ==, 1);
      g_assert_nonnull (strstr (xmp, "</x:xmpmeta>"));
      for (gsize k = 0; k < json_array_size (lines); k++)
        if (strcmp (json_string_value (json_object_get (json_array_get (lines, k), "image")), picture) == 0)
          {
            n_json++;
            g_assert_cmpstr (json_string_value (json_object_get (json_array_get (lines, k), "text")), ==,
                             caption_of (i));
          }
      g_assert_cmpuint (n_json, ==, 1);
      if (i % 3 != 2)
        {
          g_autofree char *data = NULL;
          const char *chunk;
          gsize n;

          g_assert_true (g_file_get_contents (picture, &data, &n, NULL));
          chunk = memmem (data, n, "iTXtDescription", 15);
          g_assert_nonnull (chunk);
          g_assert_null (memmem (chunk + 1, n - (gsize) (chunk + 1 - data), "iTXtDescription", 15));
          g_assert_cmpmem (data + n - 12, 12, "\0\0\0\0IEND\xae\x42\x60\x82", 12);
        }
    }
  json_decref (lines);
  g_free (file.out);
  assert_no_leftovers (in);
}

static void
assert_ended_well (GPid pid)
{
  int status;

  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
}

/* How long a whole run takes here: deaths are spread over this. */
static gint64
measure (const char *name)
{
  g_autofree char *sub = g_strconcat (name, "-measured", NULL);
  g_autofree char *in = folder (sub);
  g_autofree char *csv = g_build_filename (in, "all.csv", NULL);
  g_autofree char *jsonl = g_build_filename (in, "all.jsonl", NULL);
  gint64 begin;

  make_pictures (in);
  begin = g_get_monotonic_time ();
  assert_ended_well (start (in, "skip", csv, jsonl));
  assert_complete (in);
  return g_get_monotonic_time () - begin;
}

/* kill -9 at random moments, then once to the end. */
static void
kill_again_and_again (const char *name, const char *policy)
{
  g_autofree char *in = folder (name);
  g_autofree char *csv = g_build_filename (in, "all.csv", NULL);
  g_autofree char *jsonl = g_build_filename (in, "all.jsonl", NULL);
  gint64 whole_us = measure (name);
  int n_killed = 0;

  make_pictures (in);
  for (int i = 0; i < N_DEATHS; i++)
    {
      GPid pid = start (in, policy, csv, jsonl);
      int status;

      /* the first ones before half of it is done, so that there is work left for the last */
      g_usleep ((gulong) g_test_rand_double_range (0, (double) whole_us / 3));
      kill (pid, SIGKILL);
      g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
      n_killed += WIFSIGNALED (status);
    }
  g_test_message ("%d of %d were killed at work", n_killed, N_DEATHS);
  assert_ended_well (start (in, policy, csv, jsonl));
  assert_complete (in);
  if (n_killed == 0)
    g_test_skip ("each was over before its time");
}

static void
test_killed (void)
{
  kill_again_and_again ("killed", "skip");
}

static void
test_killed_overwriting (void)
{
  kill_again_and_again ("killed-overwriting", "overwrite");
}

/* Ctrl+C: a clean end, status 130, and the next run goes on. */
static void
test_interrupted (void)
{
  g_autofree char *in = folder ("interrupted");
  g_autofree char *csv = g_build_filename (in, "all.csv", NULL);
  g_autofree char *jsonl = g_build_filename (in, "all.jsonl", NULL);
  g_autofree char *first = g_build_filename (in, "p0.txt", NULL);
  GPid pid;
  int status;

  make_pictures (in);
  pid = start (in, "skip", csv, jsonl);
  while (!g_file_test (first, G_FILE_TEST_EXISTS))
    g_usleep (1000);
  kill (pid, SIGINT);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFEXITED (status));
  /* it may have been at its last picture, on a machine that let this test wait */
  if (WEXITSTATUS (status) != 0)
    g_assert_cmpint (WEXITSTATUS (status), ==, 130);
  assert_no_leftovers (in);
  assert_ended_well (start (in, "skip", csv, jsonl));
  assert_complete (in);
}

static void
test_names (void)
{
  static const char *const names[]
      = { "=cmd|' '!A0.png", "a,b \"c\".png", "two\nlines.png", "\xd9\x82\xd8\xb7.png",
          "caf\xe9.png",     "-x.png",        "%s%n.png" };
  g_autofree char *in = folder ("names");
  g_autofree char *csv = g_build_filename (in, "all.csv", NULL);
  g_autofree char *jsonl = g_build_filename (in, "all.jsonl", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    put (in, names[i], "data/samples/01-donut.png");
  for (int i = 0; i < 2; i++) /* the second finds all rows again */
    {
      g_autoptr (Program) run
          = program_run ("batch", in, "--csv", csv, "--jsonl", jsonl, "--beams", "1", NULL);
      Program file = { .out = content (in, "all.jsonl") };
      json_t *lines = program_lines (&file);

      g_assert_cmpint (run->status, ==, 0);
      g_assert_cmpuint (json_array_size (lines), ==, G_N_ELEMENTS (names));
      json_decref (lines);
      g_free (file.out);
    }
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  dir = scratch_new ();
  g_test_add_func ("/cli/batch/default", test_default);
  g_test_add_func ("/cli/batch/jsonl-is-captions", test_jsonl_is_captions);
  g_test_add_func ("/cli/batch/options", test_options);
  g_test_add_func ("/cli/batch/usage", test_usage);
  g_test_add_func ("/cli/batch/refusals", test_refusals);
  g_test_add_func ("/cli/batch/damaged", test_damaged);
  g_test_add_func ("/cli/batch/together", test_together);
  g_test_add_func ("/cli/batch/read-only-folder", test_read_only_folder);
  g_test_add_func ("/cli/batch/names", test_names);
  g_test_add_func ("/cli/batch/interrupted", test_interrupted);
  g_test_add_func ("/cli/batch/killed", test_killed);
  g_test_add_func ("/cli/batch/killed-overwriting", test_killed_overwriting);
  status = g_test_run ();
  scratch_free (dir);
  return status;
}
