/* What transformers says of the shipped samples and of the golden models, through the whole program. */
#include <math.h>
#include <string.h>

#include "tests/cli/program.h"
#include "tests/cli/tensors.h"

static const char *
text_of (json_t *object, const char *key)
{
  return json_string_value (json_object_get (object, key));
}

static void
test_sample_captions (void)
{
  json_t *samples = read_json ("data/samples/samples.json");
  g_autoptr (GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (Program) run = NULL;
  json_t *lines;

  g_ptr_array_add (argv, g_strdup ("caption"));
  g_ptr_array_add (argv, g_strdup ("--json"));
  g_assert_cmpuint (json_array_size (samples), >=, 16);
  for (gsize i = 0; i < json_array_size (samples); i++)
    g_ptr_array_add (argv,
                     g_strdup_printf ("data/samples/%s", text_of (json_array_get (samples, i), "file")));
  g_ptr_array_add (argv, NULL);
  run = program_runv ((const char *const *) argv->pdata, NULL);
  g_assert_cmpstr (run->err, ==, "");
  g_assert_cmpint (run->status, ==, 0);
  lines = program_lines (run);
  g_assert_cmpuint (json_array_size (lines), ==, json_array_size (samples));
  for (gsize i = 0; i < json_array_size (samples); i++)
    {
      json_t *line = json_array_get (lines, i);

      g_assert_cmpstr (text_of (line, "image"), ==, argv->pdata[i + 2]);
      g_assert_cmpstr (text_of (line, "text"), ==, text_of (json_array_get (samples, i), "model_caption"));
    }
  json_decref (lines);
  json_decref (samples);
}

static void
check_answers (json_t *sample)
{
  g_autofree char *path = g_strdup_printf ("data/samples/%s", text_of (sample, "file"));
  json_t *qa = json_object_get (sample, "qa");
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (Program) run = NULL;
  json_t *lines;

  g_ptr_array_add (argv, (gpointer) "ask");
  g_ptr_array_add (argv, (gpointer) "--beams=1"); /* how the answers of samples.json were made */
  g_ptr_array_add (argv, path);
  g_ptr_array_add (argv, (gpointer) "--json");
  for (gsize i = 0; i < json_array_size (qa); i++)
    {
      g_ptr_array_add (argv, (gpointer) "-q");
      g_ptr_array_add (argv, (gpointer) text_of (json_array_get (qa, i), "question"));
    }
  g_ptr_array_add (argv, NULL);
  run = program_runv ((const char *const *) argv->pdata, NULL);
  g_assert_cmpstr (run->err, ==, "");
  g_assert_cmpint (run->status, ==, 0);
  lines = program_lines (run);
  g_assert_cmpuint (json_array_size (lines), ==, json_array_size (qa));
  for (gsize i = 0; i < json_array_size (qa); i++)
    {
      json_t *line = json_array_get (lines, i), *expected = json_array_get (qa, i);

      g_assert_cmpstr (text_of (line, "question"), ==, text_of (expected, "question"));
      g_assert_cmpstr (text_of (line, "text"), ==, text_of (expected, "answer"));
      /* the picture is looked at once */
      g_assert_cmpint (json_number_value (json_object_get (json_object_get (line, "timings_ms"), "vision"))
                           > 0,
                       ==, i == 0);
    }
  json_decref (lines);
}

static void
test_sample_answers (void)
{
  json_t *samples = read_json ("data/samples/samples.json");
  gsize n_asked = 0;

  for (gsize i = 0; i < json_array_size (samples); i++)
    {
      json_t *sample = json_array_get (samples, i);

      if (json_array_size (json_object_get (sample, "qa")) == 0)
        continue;
      check_answers (sample);
      n_asked++;
    }
  g_assert_cmpuint (n_asked, >=, 14);
  json_decref (samples);
}

static void
add_number (GPtrArray *argv, json_t *decode, const char *key, const char *option, const char *otherwise)
{
  json_t *value = json_object_get (decode, key);

  g_ptr_array_add (argv, g_strdup (option));
  g_ptr_array_add (argv, value ? json_dumps (value, JSON_ENCODE_ANY) : g_strdup (otherwise));
}

static json_t *
find_run (json_t *expected, gint64 image, const char *prompt, const char *decode)
{
  json_t *runs = json_object_get (expected, "runs");

  for (gsize i = 0; i < json_array_size (runs); i++)
    {
      json_t *run = json_array_get (runs, i);

      if (json_integer_value (json_object_get (run, "image")) == image
          && g_strcmp0 (text_of (run, "prompt"), prompt) == 0
          && g_strcmp0 (text_of (run, "decode"), decode) == 0)
        return run;
    }
  g_error ("no run of image %d, %s, %s", (int) image, prompt, decode);
}

static void
check_lines (const Program *run, json_t *expected, const char *prompt, const char *decode)
{
  json_t *lines = program_lines (run);

  g_assert_cmpuint (json_array_size (lines), ==, 2);
  for (gsize i = 0; i < 2; i++)
    {
      json_t *line = json_array_get (lines, i), *wanted = find_run (expected, (gint64) i, prompt, decode);
      double score = json_number_value (json_object_get (line, "score"));
      double wanted_score = json_number_value (json_object_get (wanted, "score"));

      if (!json_equal (json_object_get (line, "token_ids"), json_object_get (wanted, "new_token_ids")))
        g_error ("%s, %s, picture %d: other tokens; text “%s”, expected “%s”", prompt, decode, (int) i,
                 text_of (line, "text"), text_of (wanted, "text"));
      /* not as C strings: a token of random weights may be the byte 0 */
      g_assert_true (json_equal (json_object_get (line, "text"), json_object_get (wanted, "text")));
      g_assert_cmpfloat (fabs (score - wanted_score), <=, fmax (2e-3, 2e-4 * fabs (wanted_score)));
    }
  json_decref (lines);
}

static void
test_golden_model (gconstpointer data)
{
  const char *name = data;
  g_autofree char *model = g_strdup_printf ("tests/golden/%s", name);
  g_autofree char *file = g_strdup_printf ("%s/expected.json", model);
  json_t *expected = read_json (file);
  json_t *prompts = json_object_get (expected, "prompts"), *decodes = json_object_get (expected, "decodes");

  for (gsize p = 0; p < json_array_size (prompts); p++)
    for (gsize d = 0; d < json_array_size (decodes); d++)
      {
        json_t *prompt = json_array_get (prompts, p), *decode = json_array_get (decodes, d);
        g_autoptr (GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);
        g_autoptr (Program) run = NULL;

        g_ptr_array_add (argv, g_strdup ("caption"));
        g_ptr_array_add (argv, g_strdup ("tests/golden/images/wide.png"));
        g_ptr_array_add (argv, g_strdup ("tests/golden/images/tall.png"));
        g_ptr_array_add (argv, g_strdup ("--json"));
        g_ptr_array_add (argv, g_strdup ("--model"));
        g_ptr_array_add (argv, g_strdup (model));
        if (text_of (prompt, "text") != NULL)
          g_ptr_array_add (argv, g_strconcat ("--prompt=", text_of (prompt, "text"), NULL));
        add_number (argv, decode, "num_beams", "--beams", "1");
        add_number (argv, decode, "length_penalty", "--length-penalty", "1");
        add_number (argv, decode, "max_new_tokens", "--max-new-tokens", "20");
        add_number (argv, decode, "min_new_tokens", "--min-new-tokens", "0");
        add_number (argv, decode, "repetition_penalty", "--repetition-penalty", "1");
        add_number (argv, decode, "no_repeat_ngram_size", "--no-repeat-ngram", "0");
        g_ptr_array_add (argv, NULL);
        run = program_runv ((const char *const *) argv->pdata, NULL);
        g_assert_cmpstr (run->err, ==, "");
        g_assert_cmpint (run->status, ==, 0);
        check_lines (run, expected, text_of (prompt, "id"), text_of (decode, "id"));
      }
  json_decref (expected);
}

/* `ask` puts the question into the family's form; `--raw` takes it as it is: the same run. */
static void
test_ask_is_a_prompt (gconstpointer data)
{
  g_autofree char *model = g_strdup_printf ("tests/golden/%s", (const char *) data);
  const char *image = "tests/golden/images/wide.png";
  g_autoptr (Program) raw = NULL;
  g_autoptr (Program) asked = NULL;
  json_t *a, *b;
  const char *prompt = g_str_has_prefix (data, "opt")  ? "Question: what is this? Answer:"
                       : g_str_has_prefix (data, "t5") ? "Question: what is this? Short answer:"
                                                       : "what is this?";

  asked = program_run ("ask", image, "-q", "what is this?", "--json", "--model", model, NULL);
  raw = program_run ("ask", image, "--raw", "-q", prompt, "--json", "--model", model, NULL);
  g_assert_cmpint (asked->status, ==, 0);
  g_assert_cmpint (raw->status, ==, 0);
  a = program_lines (asked);
  b = program_lines (raw);
  g_assert_true (json_equal (json_object_get (json_array_get (a, 0), "token_ids"),
                             json_object_get (json_array_get (b, 0), "token_ids")));
  g_assert_cmpstr (text_of (json_array_get (a, 0), "question"), ==, "what is this?");
  json_decref (a);
  json_decref (b);
}

static void
test_match (gconstpointer data)
{
  g_autofree char *model = g_strdup_printf ("tests/golden/%s", (const char *) data);
  g_autofree char *json_file = g_strdup_printf ("%s/expected.json", model);
  g_autofree char *relative = g_strdup_printf ("%s/expected.safetensors", model);
  g_autofree char *tensors_file = source_path (relative);
  g_autoptr (Tensors) tensors = tensors_open (tensors_file);
  json_t *expected = read_json (json_file);
  json_t *texts = json_object_get (expected, "texts");
  gsize n = json_array_size (texts);
  gint64 shape[9];
  const float *itm = tensors_get (tensors, "itm_probs", shape), *itc = tensors_get (tensors, "itc", shape);

  for (gsize image = 0; image < 2; image++)
    {
      g_autoptr (GPtrArray) argv = g_ptr_array_new ();
      g_autoptr (Program) run = NULL;
      json_t *lines, *matches;

      g_ptr_array_add (argv, (gpointer) "match");
      g_ptr_array_add (argv, (gpointer) "--json");
      g_ptr_array_add (argv, (gpointer) "--model");
      g_ptr_array_add (argv, model);
      g_ptr_array_add (argv, (gpointer) "--");
      g_ptr_array_add (
          argv, (gpointer) (image == 0 ? "tests/golden/images/wide.png" : "tests/golden/images/tall.png"));
      for (gsize i = 0; i < n; i++)
        g_ptr_array_add (argv, (gpointer) text_of (json_array_get (texts, i), "text"));
      g_ptr_array_add (argv, NULL);
      run = program_runv ((const char *const *) argv->pdata, NULL);
      g_assert_cmpstr (run->err, ==, "");
      g_assert_cmpint (run->status, ==, 0);
      lines = program_lines (run);
      g_assert_cmpuint (json_array_size (lines), ==, 1);
      matches = json_object_get (json_array_get (lines, 0), "matches");
      g_assert_cmpuint (json_array_size (matches), ==, n);
      for (gsize i = 0; i < n; i++)
        {
          json_t *match = json_array_get (matches, i);

          g_assert_cmpfloat (fabs (json_number_value (json_object_get (match, "itm"))
                                   - (double) itm[(image * n + i) * 2 + 1]),
                             <=, 3e-4);
          g_assert_cmpfloat (
              fabs (json_number_value (json_object_get (match, "itc")) - (double) itc[image * n + i]), <=,
              3e-4);
        }
      json_decref (lines);
    }
  json_decref (expected);
}

/* The demo retrieval model tells the caption of a sample from that of another. */
static void
test_match_demo (void)
{
  g_autoptr (Program) run
      = program_run ("match", "data/samples/02-tent.png", "an orange tent on a red background",
                     "five orange tigers on a purple background", "--json", NULL);
  json_t *lines, *matches;
  double itm[2], itc[2];

  g_assert_cmpstr (run->err, ==, "");
  g_assert_cmpint (run->status, ==, 0);
  lines = program_lines (run);
  matches = json_object_get (json_array_get (lines, 0), "matches");
  for (gsize i = 0; i < 2; i++)
    {
      itm[i] = json_number_value (json_object_get (json_array_get (matches, i), "itm"));
      itc[i] = json_number_value (json_object_get (json_array_get (matches, i), "itc"));
      g_assert_true (itm[i] >= 0 && itm[i] <= 1 && itc[i] >= -1.0001 && itc[i] <= 1.0001);
    }
  g_assert_cmpfloat (itm[0], >, itm[1] + 0.3);
  g_assert_cmpfloat (itc[0], >, itc[1] + 0.3);
  json_decref (lines);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/samples/captions", test_sample_captions);
  g_test_add_func ("/cli/samples/answers", test_sample_answers);
  g_test_add_data_func ("/cli/golden/opt-basic", "opt-basic", test_golden_model);
  g_test_add_data_func ("/cli/golden/t5-basic", "t5-basic", test_golden_model);
  g_test_add_data_func ("/cli/golden/instructblip-t5", "instructblip-t5", test_golden_model);
  g_test_add_data_func ("/cli/ask/opt", "opt-basic", test_ask_is_a_prompt);
  g_test_add_data_func ("/cli/ask/t5", "t5-basic", test_ask_is_a_prompt);
  g_test_add_data_func ("/cli/ask/instructblip", "instructblip-t5", test_ask_is_a_prompt);
  g_test_add_data_func ("/cli/match/itm-basic", "itm-basic", test_match);
  g_test_add_data_func ("/cli/match/itm-placeholder", "itm-placeholder", test_match);
  g_test_add_func ("/cli/match/demo", test_match_demo);
  return g_test_run ();
}
