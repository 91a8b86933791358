/*
 * Released weights: what transformers' and LAVIS' own tests publish. Wants
 *
 *   QLENS_REAL_MODEL   a downloaded folder, as Salesforce/blip2-opt-2.7b; or several, with ":" between them
 *   QLENS_REAL_IMAGES  a folder with demo.jpg (hf-internal-testing/blip-test-image) and
 *                      merlion.png (LAVIS, docs/_static)
 *
 * and skips, saying so, what is not there. The published ids of transformers were made in
 * float16; Qlens computes in float32, so a near tie may fall the other way.
 */
#include <math.h>
#include <string.h>

#include "tests/cli/program.h"

#define N_IDS 16

typedef struct
{
  const char *family; /* as info says */
  int lm_width, image_px;
  const char *picture;
  const char *prompt; /* NULL: none */
  const char *arguments; /* blanks between them */
  const char *text;
  int ids[N_IDS]; /* 0-terminated; none: the text decides */
} Published;

static const Published published[] = {
  { "opt",
    2560,
    224,
    "demo.jpg",
    NULL,
    "--beams 1 --max-new-tokens 20",
    "a woman sitting on the beach with a dog",
    { 102, 693, 2828, 15, 5, 4105, 19, 10, 2335, 50118 } },
  { "opt",
    2560,
    224,
    "demo.jpg",
    "Question: which city is this? Answer:",
    "--beams 1 --max-new-tokens 11",
    "it's not a city, it's a beach",
    { 24, 18, 45, 10, 343, 6, 24, 18, 10, 4105, 50118 } },
  { "opt",
    2560,
    224,
    "demo.jpg",
    NULL,
    "--beams 2 --max-new-tokens 20",
    "a woman sitting on the beach with her dog",
    { 102, 693, 2828, 15, 5, 4105, 19, 69, 2335, 50118 } },
  { "t5",
    2048,
    224,
    "demo.jpg",
    NULL,
    "--beams 1 --max-new-tokens 20",
    "a woman is playing with her dog on the beach",
    { 3, 9, 2335, 19, 1556, 28, 160, 1782, 30, 8, 2608, 1 } },
  { "t5",
    2048,
    224,
    "demo.jpg",
    "Question: which city is this? Answer:",
    "--beams 1 --max-new-tokens 11",
    "san francisco",
    { 3, 7, 152, 2515, 11389, 3523, 1 } },
  { "opt",
    2560,
    224,
    "merlion.png",
    NULL,
    "--beams 5 --max-new-tokens 30",
    "the merlion fountain in singapore",
    { 0 } },
  { "opt",
    2560,
    364,
    "merlion.png",
    NULL,
    "--beams 5 --max-new-tokens 30",
    "a statue of a mermaid spraying water into the air",
    { 0 } },
  { "opt",
    4096,
    224,
    "merlion.png",
    NULL,
    "--beams 5 --max-new-tokens 30",
    "a statue of a merlion in front of a water fountain",
    { 0 } },
  { "opt",
    4096,
    364,
    "merlion.png",
    NULL,
    "--beams 5 --max-new-tokens 30",
    "a large fountain spraying water into the air",
    { 0 } },
  { "t5",
    2048,
    224,
    "merlion.png",
    NULL,
    "--beams 5 --max-new-tokens 30",
    "marina bay sands, singapore",
    { 0 } },
  { "t5",
    4096,
    224,
    "merlion.png",
    NULL,
    "--beams 5 --max-new-tokens 30",
    "the merlion statue in singapore",
    { 0 } },
};

/* Returns: (transfer full) (nullable): the picture's path */
static char *
picture_path (const char *name)
{
  const char *dir = g_getenv ("QLENS_REAL_IMAGES");
  char *path = dir != NULL ? g_build_filename (dir, name, NULL) : NULL;

  if (path != NULL && g_file_test (path, G_FILE_TEST_IS_REGULAR))
    return path;
  g_test_message ("%s is not in QLENS_REAL_IMAGES: not compared", name);
  g_free (path);
  return NULL;
}

static json_t *
info (const char *model)
{
  g_autoptr (Program) run = program_run ("info", "--json", "--model", model, NULL);
  json_t *lines, *line;

  g_assert_cmpstr (run->err, ==, "");
  lines = program_lines (run);
  line = json_incref (json_array_get (lines, 0));
  json_decref (lines);
  return line;
}

static void
check_published (const char *model, const char *path, const Published *row)
{
  g_auto (GStrv) more = g_strsplit (row->arguments, " ", -1);
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (Program) run = NULL;
  json_t *lines, *line, *ids;

  g_ptr_array_add (argv, (gpointer) "caption");
  g_ptr_array_add (argv, (gpointer) "--json");
  g_ptr_array_add (argv, (gpointer) "--model");
  g_ptr_array_add (argv, (gpointer) model);
  for (gsize i = 0; more[i] != NULL; i++)
    g_ptr_array_add (argv, more[i]);
  if (row->prompt != NULL)
    {
      g_ptr_array_add (argv, (gpointer) "--prompt");
      g_ptr_array_add (argv, (gpointer) row->prompt);
    }
  g_ptr_array_add (argv, (gpointer) path);
  g_ptr_array_add (argv, NULL);
  run = program_runv ((const char *const *) argv->pdata, NULL);
  g_assert_cmpstr (run->err, ==, "");
  lines = program_lines (run);
  line = json_array_get (lines, 0);
  g_assert_cmpstr (json_string_value (json_object_get (line, "text")), ==, row->text);
  ids = json_object_get (line, "token_ids");
  for (gsize i = 0; row->ids[0] != 0 && i < N_IDS && row->ids[i] != 0; i++)
    g_assert_cmpint (json_integer_value (json_array_get (ids, i)), ==, row->ids[i]);
  json_decref (lines);
}

static int
test_generate (const char *model, json_t *about)
{
  json_t *shapes = json_object_get (about, "shapes");
  const char *family = json_string_value (json_object_get (about, "family"));
  json_int_t width
      = json_integer_value (json_object_get (json_object_get (shapes, "language_model"), "width"));
  json_int_t image_px = json_integer_value (json_object_get (json_object_get (shapes, "image"), "width"));
  int n = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (published); i++)
    {
      const Published *row = &published[i];
      g_autofree char *path = NULL;

      if (strcmp (row->family, family) != 0 || row->lm_width != width || row->image_px != image_px)
        continue;
      path = picture_path (row->picture);
      if (path == NULL)
        continue;
      check_published (model, path, row);
      n++;
    }
  return n;
}

static int
test_match (const char *model)
{
  g_autofree char *path = picture_path ("demo.jpg");
  g_autoptr (Program) run = NULL;
  json_t *lines, *match;

  if (path == NULL)
    return 0;
  run = program_run ("match", path, "A woman and her dog sitting in a beach", "--json", "--model", model,
                     NULL);
  g_assert_cmpstr (run->err, ==, "");
  lines = program_lines (run);
  match = json_array_get (json_object_get (json_array_get (lines, 0), "matches"), 0);
  g_assert_cmpfloat_with_epsilon (json_number_value (json_object_get (match, "itm")), 0.9762, 1e-3);
  g_assert_cmpfloat_with_epsilon (json_number_value (json_object_get (match, "itc")), 0.4406, 1e-3);
  json_decref (lines);
  return 1;
}

static void
test_released (void)
{
  const char *list = g_getenv ("QLENS_REAL_MODEL");
  g_auto (GStrv) models = NULL;
  int n = 0;

  if (list == NULL || *list == '\0')
    {
      g_test_skip ("QLENS_REAL_MODEL is not set: nothing was checked on released weights");
      return;
    }
  models = g_strsplit (list, ":", -1);
  for (gsize i = 0; models[i] != NULL; i++)
    {
      json_t *about = info (models[i]);
      const char *family = json_string_value (json_object_get (about, "family"));

      if (strcmp (family, "opt") == 0 || strcmp (family, "t5") == 0)
        n += test_generate (models[i], about);
      else
        n += test_match (models[i]);
      json_decref (about);
    }
  if (n == 0)
    g_test_skip ("nothing is published for these models and pictures: nothing was checked");
  else
    g_test_message ("%d published outputs compared", n);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/real/published", test_released);
  return g_test_run ();
}
