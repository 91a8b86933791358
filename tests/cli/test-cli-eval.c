/* eval pointing: the samples' figures, boxes made to measure, and lists that are refused. */
#include <stdlib.h>
#include <string.h>

#include "tests/cli/program.h"

#define GRID 12 /* patches in a row of the demo model's picture */

/* The last line that was printed. Returns: (transfer full) */
static json_t *
last_line (const Program *run)
{
  json_t *lines = program_lines (run), *last;

  g_assert_cmpstr (run->err, ==, "");
  g_assert_cmpint (run->status, ==, 0);
  last = json_incref (json_array_get (lines, json_array_size (lines) - 1));
  json_decref (lines);
  g_assert_cmpstr (json_string_value (json_object_get (last, "eval")), ==, "pointing");
  return last;
}

static double
number (const json_t *object, const char *key)
{
  const json_t *value = json_object_get (object, key);

  if (!json_is_number (value))
    g_error ("no number “%s”", key);
  return json_number_value (value);
}

static void
test_samples (void)
{
  g_autoptr (Program) run = program_run ("eval", "pointing", "--json", NULL);
  g_autoptr (Program) text = program_run ("eval", "pointing", NULL);
  json_t *all = last_line (run);
  const json_t *first = json_object_get (all, "default"), *scores = json_object_get (all, "scores");
  double n = number (all, "words"), hits = 0, words = 0;
  json_t *samples = read_json ("data/samples/boxes.json"), *pictures = json_object_get (samples, "pictures");
  g_autofree char *count = g_strdup_printf ("Of %d words", (int) n);

  /* mean, maximum and rollout of three layers, and six heads of each */
  g_assert_cmpuint (json_array_size (scores), ==, 3 * (3 + 6));
  for (gsize i = 0; i < json_array_size (scores); i++)
    {
      const json_t *score = json_array_get (scores, i);

      g_assert_cmpfloat_with_epsilon (number (score, "hits") / n, number (score, "share"), 1e-9);
      g_assert_cmpfloat (number (score, "random_query_share"), >, 0);
      g_assert_cmpfloat (number (score, "random_query_share"), <, 1);
    }
  /* What the demo model's card says: three quarters is far above chance and below what was measured. */
  g_assert_cmpfloat (n, >=, 20);
  g_assert_cmpfloat (number (first, "share"), >, 0.75);
  g_assert_cmpfloat (number (first, "share"), >, 1.3 * number (first, "random_query_share"));
  g_assert_cmpfloat (number (first, "share"), >, 3 * number (all, "random_patch_share"));
  g_assert_nonnull (strstr (text->out, count));

  /* Picture by picture it is the same. */
  for (gsize i = 0; i < 4; i++)
    {
      const char *file = json_string_value (json_object_get (json_array_get (pictures, i), "file"));
      g_autofree char *path = g_build_filename ("data/samples", file, NULL);
      g_autoptr (Program) one = program_run ("eval", "pointing", path, "--json", NULL);
      json_t *line = last_line (one);

      hits += number (json_object_get (line, "default"), "hits");
      words += number (line, "words");
      json_decref (line);
    }
  g_assert_cmpfloat (words, <, n); /* most pictures are left */
  g_assert_cmpfloat (hits, <=, number (first, "hits"));
  g_assert_cmpfloat (number (first, "hits") - hits, <=, n - words);
  json_decref (samples);
  json_decref (all);
}

/* Of the donut's word map: the patch with most, from the table that `figure` writes. */
static void
find_peak (const char *dir, int *row, int *column)
{
  g_autofree char *file = g_build_filename (dir, "map.csv", NULL);
  g_autoptr (Program) run
      = program_run ("figure", "data/samples/01-donut.png", "--word", "2", "-o", file, NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  double most = -1;

  g_assert_cmpint (run->status, ==, 0);
  g_assert_nonnull (strstr (run->out, "donut"));
  g_assert_true (g_file_get_contents (file, &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  for (int i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) cells = g_strsplit (lines[i], ",", -1);

      if (g_strv_length (cells) < 3 || !g_ascii_isdigit (*cells[0])
          || g_ascii_strtod (cells[2], NULL) <= most)
        continue;
      most = g_ascii_strtod (cells[2], NULL);
      *row = atoi (cells[0]);
      *column = atoi (cells[1]);
    }
  g_assert_cmpfloat (most, >, 0);
}

/* Returns: (transfer full): what comes of a list with one object, "donut", in one box */
static json_t *
eval_with_box (const char *dir, double x, double y, double width, double height)
{
  g_autofree char *file = g_build_filename (dir, "boxes.json", NULL);
  json_t *list = json_pack ("{s:s, s:i, s:[{s:s, s:[{s:[s], s:[[f, f, f, f]]}]}]}", "format", "qlens-boxes",
                            "version", 1, "pictures", "file", "01-donut.png", "objects", "words", "Donut",
                            "boxes", x, y, width, height);
  g_autoptr (Program) run = NULL;

  g_assert_cmpint (json_dump_file (list, file, 0), ==, 0);
  json_decref (list);
  run = program_run ("eval", "pointing", "data/samples/01-donut.png", "--boxes", file, "--json", NULL);
  return last_line (run);
}

static void
check_box (const char *dir, double x, double y, double width, double height, double hit, double patches)
{
  json_t *line = eval_with_box (dir, x, y, width, height);

  g_assert_cmpfloat (number (line, "words"), ==, 1);
  g_assert_cmpfloat (number (json_object_get (line, "default"), "word_map_share"), ==, hit);
  g_assert_cmpfloat_with_epsilon (number (line, "random_patch_share"), patches, 1e-9);
  json_decref (line);
}

static void
test_geometry (void)
{
  g_autoptr (Scratch) dir = scratch_new ();
  const double cell = 1.0 / GRID;
  int row = 0, column = 0;
  json_t *line;

  find_peak (dir, &row, &column);
  check_box (dir, column * cell, row * cell, cell, cell, 1, cell * cell);
  /* one patch beside: more to the middle, so that it is within the picture */
  check_box (dir, (column < GRID / 2 ? column + 1 : column - 1) * cell, row * cell, cell, cell, 0,
             cell * cell);
  check_box (dir, column * cell, (row < GRID / 2 ? row + 1 : row - 1) * cell, cell, cell, 0, cell * cell);
  /* a corner of the patch is not the patch: its centre counts */
  check_box (dir, column * cell, row * cell, 0.4 * cell, 0.4 * cell, 0, 0);
  line = eval_with_box (dir, 0, 0, 1, 1);
  g_assert_cmpfloat (number (json_object_get (line, "default"), "share"), ==, 1);
  g_assert_cmpfloat (number (json_object_get (line, "default"), "random_query_share"), ==, 1);
  g_assert_cmpfloat (number (line, "random_patch_share"), ==, 1);
  json_decref (line);
}

static void
test_bad_lists (void)
{
  static const struct
  {
    const char *text, *part;
  } lists[] = {
    { "", "JSON" },
    { "{", "JSON" },
    { "[]", "qlens-boxes" },
    { "{\"format\":\"qlens-boxes\",\"version\":2,\"pictures\":[]}", "version" },
    { "{\"format\":\"qlens-boxes\",\"version\":1,\"pictures\":[{\"file\":\"../"
      "a.png\",\"objects\":[{\"words\":["
      "\"a\"],\"boxes\":[[0,0,1,1]]}]}]}",
      "picture 1" },
    { "{\"format\":\"qlens-boxes\",\"version\":1,\"pictures\":[{\"file\":\"a.png\",\"objects\":[{\"words\":["
      "\"a\"],\"boxes\":[[0.5,0,0.6,1]]}]}]}",
      "picture 1" },
    { "{\"format\":\"qlens-boxes\",\"version\":1,\"pictures\":[{\"file\":\"a.png\",\"objects\":[{\"words\":["
      "\"\"],\"boxes\":[[0,0,1,1]]}]}]}",
      "picture 1" },
    { "{\"format\":\"qlens-boxes\",\"version\":1,\"pictures\":[{\"file\":\"a.png\",\"objects\":[{\"words\":["
      "\"a\"],\"boxes\":[[0,0,1]]}]}]}",
      "picture 1" },
  };
  g_autoptr (Scratch) dir = scratch_new ();
  g_autofree char *file = g_build_filename (dir, "boxes.json", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      g_autoptr (Program) run = NULL;

      g_assert_true (g_file_set_contents (file, lists[i].text, -1, NULL));
      run = program_run ("eval", "pointing", "--boxes", file, NULL);
      program_assert_error (run, 1, lists[i].part);
    }
}

static void
test_refused (void)
{
  g_autoptr (Program) nothing = program_run ("eval", NULL);
  g_autoptr (Program) other = program_run ("eval", "drawing", NULL);
  g_autoptr (Program) unknown = program_run ("eval", "pointing", "tests/golden/images/wide.png", NULL);
  g_autoptr (Program) missing = program_run ("eval", "pointing", "--boxes", "no/such/list.json", NULL);

  program_assert_error (nothing, 2, "pointing");
  program_assert_error (other, 2, "drawing");
  program_assert_error (missing, 1, "no/such/list.json");
  g_assert_cmpint (unknown->status, ==, 1);
  g_assert_nonnull (strstr (unknown->err, "wide.png"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/eval/samples", test_samples);
  g_test_add_func ("/cli/eval/geometry", test_geometry);
  g_test_add_func ("/cli/eval/bad-lists", test_bad_lists);
  g_test_add_func ("/cli/eval/refused", test_refused);
  return g_test_run ();
}
