/* figure: from a trace without a model, from a picture; numbers equal the trace's, by another reader. */
#include <glib/gstdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/cli/program.h"
#include "tests/cli/tensors.h"

#define SAMPLE "data/samples/12-carrot-watermelon.png"

static char *folder;
static char *trace_file;

static char *
out (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

static char *
contents (const char *path, gsize *n)
{
  char *text;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &text, n, &error);
  g_assert_no_error (error);
  return text;
}

/* A model folder that is not there: nothing is asked of a model. */
static void
test_trace_needs_no_model (void)
{
  static const char *const files[] = { "a.svg", "a.pdf", "a.png", "a.csv" };
  static const char *const begins[] = { "<?xml", "%PDF-", "\x89PNG", "# program: Qlens" };

  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *path = out (files[i]);
      g_autoptr (Program) run = program_run ("figure", trace_file, "--query=5", "--layer=4", "--head=3", "-o",
                                             path, "--model", "/nowhere", NULL);
      g_autofree char *file = NULL;
      gsize n;

      g_assert_cmpstr (run->err, ==, "");
      g_assert_cmpint (run->status, ==, 0);
      g_assert_true (g_str_has_prefix (run->out, "Query 5, layer 4, head 3: "));
      g_assert_nonnull (strstr (run->out, "; CLS "));
      file = contents (path, &n);
      g_assert_cmpuint (n, >, 500);
      g_assert_true (memcmp (file, begins[i], strlen (begins[i])) == 0);
    }
}

/* [layer][head][query][1 + patch] of the file, mean over the heads where @head is -1 */
static double
expected (Tensors *trace, int nth, int head, int query, int patch)
{
  gint64 shape[9];
  const float *all = tensors_get (trace, "qformer.cross_attentions", shape);
  double sum = 0;

  for (gint64 h = head < 0 ? 0 : head; h <= (head < 0 ? shape[1] - 1 : head); h++)
    sum += (double) all[((nth * shape[1] + h) * shape[2] + query) * shape[3] + 1 + patch];
  return head < 0 ? sum / (double) shape[1] : sum;
}

static void
check_csv (const char *path, int nth, int head, int query)
{
  g_autofree char *text = contents (path, NULL);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (Tensors) trace = tensors_open (trace_file);
  int i = 0;

  while (lines[i][0] == '#')
    i++;
  g_assert_cmpstr (lines[i++], ==, "row,column,value,x_uniform,outlier");
  for (int patch = 0; patch < 144; patch++)
    {
      g_auto (GStrv) cells = g_strsplit (lines[i + patch], ",", -1);
      double value = expected (trace, nth, head, query, patch);

      g_assert_cmpint (atoi (cells[0]) * 12 + atoi (cells[1]), ==, patch);
      g_assert_cmpfloat_with_epsilon (g_ascii_strtod (cells[2], NULL), value, 1e-6);
      g_assert_cmpfloat_with_epsilon (g_ascii_strtod (cells[3], NULL), value * 145, 1e-3);
    }
}

static void
test_numbers (void)
{
  g_autofree char *path = out ("numbers.csv");
  g_autoptr (Program) one
      = program_run ("figure", trace_file, "--query", "7", "--layer", "2", "--head", "5", "-o", path, NULL);
  g_autoptr (Program) mean = NULL;

  g_assert_cmpint (one->status, ==, 0);
  check_csv (path, 1, 5, 7);
  /* the last layer's mean, where nothing else is said */
  mean = program_run ("figure", trace_file, "--query", "31", "-o", path, NULL);
  g_assert_cmpint (mean->status, ==, 0);
  check_csv (path, 2, -1, 31);
}

static void
test_kinds (void)
{
  static const char *const arguments[][4] = {
    { "--query=3", "--head=max", "--scale=shared", "Query 3, layer 4, largest of the heads: " },
    { "--query=3", "--head=rollout", "--style=smooth", "Query 3, rollout up to layer 4: " },
    { "--word=2", "--layer=0", "--color-map=grey", "“carrot”, layer 0, mean of the heads: " },
    { "--query=3", "--atlas", "--high-contrast", "Query 3: every layer and head" },
    { "--word=2", "--atlas", "--hide-outliers", "“carrot”: every layer and head" },
    { "--atlas", "--layer=2", "--head=1", "Layer 2, head 1: every query" },
    { "--query=0", "--style=spotlight", "--png-scale=2", "Query 0, layer 4, mean of the heads: " },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (arguments); i++)
    {
      g_autofree char *path = out ("kind.png");
      g_autoptr (Program) run = program_run ("figure", trace_file, arguments[i][0], arguments[i][1],
                                             arguments[i][2], "-o", path, NULL);

      g_assert_cmpstr (run->err, ==, "");
      g_assert_cmpint (run->status, ==, 0);
      g_assert_true (g_str_has_prefix (run->out, arguments[i][3]));
      g_assert_true (g_file_test (path, G_FILE_TEST_IS_REGULAR));
      g_assert_cmpint (g_unlink (path), ==, 0);
    }
}

/* The model runs, and says the same as the trace of the same run. */
static void
test_picture (void)
{
  g_autofree char *of_trace = out ("trace.csv"), *of_picture = out ("picture.csv");
  g_autoptr (Program) a = program_run ("figure", trace_file, "--word=1", "-o", of_trace, NULL);
  g_autoptr (Program) b = program_run ("figure", SAMPLE, "--word=1", "-o", of_picture, "--json", NULL);
  g_autofree char *x = contents (of_trace, NULL), *y = contents (of_picture, NULL);
  json_t *lines = program_lines (b), *line = json_array_get (lines, 0);

  g_assert_cmpint (a->status, ==, 0);
  g_assert_cmpint (b->status, ==, 0);
  g_assert_cmpstr (x, ==, y);
  g_assert_cmpstr (json_string_value (json_object_get (line, "figure")), ==, of_picture);
  g_assert_true (g_str_has_prefix (json_string_value (json_object_get (line, "text")), "a blue carrot"));
  g_assert_true (g_str_has_prefix (json_string_value (json_object_get (line, "description")), "“blue”"));
  json_decref (lines);
}

static void
test_usage (void)
{
  static const char *const wrong[][8] = {
    { "figure", "-o", "a.svg", "--query=1" },
    { "figure", "t", "u", "-o", "a.svg", "--query=1" },
    { "figure", "t", "--query=1" },
    { "figure", "t", "-o", "a.gif", "--query=1" },
    { "figure", "t", "-o", "a.svg" },
    { "figure", "t", "-o", "a.svg", "--query=1", "--word=1" },
    { "figure", "t", "-o", "a.svg", "--query=-1" },
    { "figure", "t", "-o", "a.svg", "--query=x" },
    { "figure", "t", "-o", "a.svg", "--query=1", "--head=median" },
    { "figure", "t", "-o", "a.svg", "--query=1", "--style=jet" },
    { "figure", "t", "-o", "a.svg", "--query=1", "--scale=log" },
    { "figure", "t", "-o", "a.png", "--query=1", "--png-scale=3" },
    { "figure", "t", "-o", "a.svg", "--query=1", "--atlas", "--layer=2" },
  };
  static const char *const ranges[][2] = {
    { "--query=32", "0 to 31" }, { "--word=99", "0 to" }, { "--layer=1", "0, 2, 4" }, { "--head=6", "0 to 5" }
  };
  g_autofree char *path = out ("usage.svg");

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (Program) run = program_runv (wrong[i], NULL);

      program_assert_error (run, 2, "figure");
    }
  for (gsize i = 0; i < G_N_ELEMENTS (ranges); i++)
    {
      gboolean alone = i < 2;
      g_autoptr (Program) run
          = program_run ("figure", trace_file, "-o", path, ranges[i][0], alone ? NULL : "--query=1", NULL);

      program_assert_error (run, 2, ranges[i][1]);
      g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
    }
}

static void
test_failures (void)
{
  g_autofree char *path = out ("failure.svg"), *nowhere = out ("no/a.svg"),
                  *damaged = out ("damaged.safetensors");
  g_autofree char *whole = NULL;
  gsize n;
  g_autoptr (Program) missing = program_run ("figure", "/nowhere/a.png", "--query=1", "-o", path, NULL);
  g_autoptr (Program) model
      = program_run ("figure", "data/models/qlens-demo-opt/model.safetensors", "--query=1", "-o", path, NULL);
  g_autoptr (Program) unwritable = program_run ("figure", trace_file, "--query=1", "-o", nowhere, NULL);
  g_autoptr (Program) cut = NULL;

  program_assert_error (missing, 1, "/nowhere/a.png");
  program_assert_error (model, 1, "not a Qlens trace");
  program_assert_error (unwritable, 1, nowhere);
  whole = contents (trace_file, &n);
  g_assert_true (g_file_set_contents (damaged, whole, (gssize) n / 2, NULL));
  cut = program_run ("figure", damaged, "--query=1", "-o", path, NULL);
  program_assert_error (cut, 1, damaged);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

int
main (int argc, char **argv)
{
  g_autoptr (Scratch) dir = scratch_new ();
  g_autoptr (Program) made = NULL;
  g_autofree char *path = g_build_filename (dir, "t.safetensors", NULL);

  g_test_init (&argc, &argv, NULL);
  folder = dir;
  trace_file = path;
  made = program_run ("trace", SAMPLE, "-o", trace_file, NULL);
  g_assert_cmpint (made->status, ==, 0);
  g_test_add_func ("/cli/figure/trace", test_trace_needs_no_model);
  g_test_add_func ("/cli/figure/numbers", test_numbers);
  g_test_add_func ("/cli/figure/kinds", test_kinds);
  g_test_add_func ("/cli/figure/picture", test_picture);
  g_test_add_func ("/cli/figure/usage", test_usage);
  g_test_add_func ("/cli/figure/failures", test_failures);
  return g_test_run ();
}
