/* Model folders: damaged, of something else, and sound ones through info, tokenize and bench. */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "tests/cli/program.h"

#define DONUT "data/samples/01-donut.png"
#define BASIC "tests/golden/opt-basic"

static void
assert_refused (const char *model, const char *says)
{
  static const char *const tails[][4] = {
    { "info" },
    { "caption", DONUT, "--json" },
    { "ask", DONUT, "-qwhat?" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (tails); i++)
    {
      g_autoptr (Program) run
          = program_run (tails[i][0], "--model", model, tails[i][1], tails[i][2], tails[i][3], NULL);

      program_assert_error (run, 1, says);
      g_assert_cmpstr (run->out, ==, "");
    }
}

/* A copy of the basic model with another @file (%NULL: without it). Returns: (transfer full) */
static char *
changed (const char *file, const char *content, gssize n)
{
  g_autofree char *base = source_path (BASIC);
  char *dir = scratch_new ();
  g_autofree char *path = g_build_filename (dir, file, NULL);
  g_autoptr (GError) error = NULL;

  copy_folder (base, dir);
  if (content == NULL)
    g_assert_cmpint (g_remove (path), ==, 0);
  else
    g_file_set_contents (path, content, n, &error);
  g_assert_no_error (error);
  return dir;
}

static void
test_no_folder (void)
{
  g_autoptr (Scratch) empty = scratch_new ();

  assert_refused ("no/such/folder", "no/such/folder");
  assert_refused (DONUT, DONUT);
  assert_refused (empty, "config.json");
}

static void
test_missing_weights (void)
{
  g_autoptr (Scratch) dir = changed ("model.safetensors", NULL, 0);

  assert_refused (dir, "model.safetensors");
}

static void
test_truncated_weights (void)
{
  g_autofree char *source = source_path (BASIC "/model.safetensors");
  g_autofree char *data = NULL;
  gsize n;

  g_assert_true (g_file_get_contents (source, &data, &n, NULL));
  for (int i = 0; i < 4; i++)
    {
      const gsize cuts[] = { 0, 7, 1000, n - 1 };
      g_autoptr (Scratch) dir = changed ("model.safetensors", data, (gssize) cuts[i]);

      assert_refused (dir, "model.safetensors");
    }
}

typedef struct
{
  const char *config, *says;
} Other;

static void
test_other_architectures (void)
{
  static const Other others[] = {
    { "{\"architectures\":[\"BlipForConditionalGeneration\"],\"model_type\":\"blip\"}", "BLIP" },
    { "{\"architectures\":[\"CLIPModel\"],\"model_type\":\"clip\"}", "CLIP" },
    { "{\"architectures\":[\"LlamaForCausalLM\"],\"model_type\":\"llama\"}", "LLaMA" },
    { "{\"architectures\":[\"LlavaForConditionalGeneration\"],\"model_type\":\"llava\"}", "LLaVA" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_autoptr (Scratch) dir = changed ("config.json", others[i].config, -1);
      g_autoptr (Program) run = program_run ("info", "--model", dir, NULL);
      g_autofree char *said = g_utf8_casefold (run->err, -1);
      g_autofree char *wanted = g_utf8_casefold (others[i].says, -1);

      assert_refused (dir, "BLIP-2");
      if (strstr (said, wanted) == NULL)
        g_error ("does not say what it is, %s: %s", others[i].says, run->err);
    }
}

static void
test_bad_config (void)
{
  static const char *const texts[] = { "", "{", "[]", "not json", "{\"model_type\": 7}" };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (Scratch) dir = changed ("config.json", texts[i], -1);

      assert_refused (dir, "config.json");
    }
}

static void
test_bad_tokenizer (void)
{
  g_autoptr (Scratch) broken = changed ("tokenizer.json", "{", -1);
  g_autoptr (Program) run = program_run ("tokenize", "--model", broken, "x", NULL);
  g_autoptr (Scratch) none = scratch_new ();
  g_autoptr (Program) nothing = program_run ("tokenize", "--model", none, "x", NULL);

  program_assert_error (run, 1, "tokenizer.json");
  program_assert_error (nothing, 1, none);
}

/* tests/golden/malformed, made as its list says: refused in words or, where harmless, opened. */
static void
test_malformed_folders (void)
{
  json_t *root = read_json ("tests/golden/malformed/folders.json");
  json_t *folders = json_object_get (root, "folders");
  g_autofree char *base = source_path (BASIC);
  gsize n_refused = 0;

  for (gsize i = 0; i < json_array_size (folders); i++)
    {
      json_t *entry = json_array_get (folders, i), *gone = json_object_get (entry, "delete");
      const char *name = json_string_value (json_object_get (entry, "name"));
      const char *file = json_string_value (json_object_get (entry, "file"));
      g_autoptr (Scratch) dir = scratch_new ();
      g_autofree char *relative = g_strdup_printf ("tests/golden/malformed/folders/%s", name);
      g_autofree char *overlay = source_path (relative);
      g_autoptr (Program) run = NULL;

      copy_folder (base, dir);
      for (gsize j = 0; j < json_array_size (gone); j++)
        {
          g_autofree char *path = g_build_filename (dir, json_string_value (json_array_get (gone, j)), NULL);

          g_remove (path);
        }
      if (g_file_test (overlay, G_FILE_TEST_IS_DIR))
        copy_folder (overlay, dir);
      run = program_run ("caption", DONUT, "--json", "--model", dir, "--max-new-tokens=2", NULL);
      g_test_message ("%s (%s): %d %s", name, file ? file : "", run->status, run->err);
      if (run->status == 0)
        continue;
      program_assert_error (run, 1, "");
      n_refused++;
    }
  g_assert_cmpuint (n_refused, >, json_array_size (folders) / 2);
  json_decref (root);
}

static void
test_long_prompt (void)
{
  g_autoptr (GString) prompt = g_string_new ("why");
  g_autoptr (Program) demo = NULL;
  g_autoptr (Program) match = NULL;
  json_t *lines;

  for (int i = 0; i < 10000; i++)
    g_string_append (prompt, " and why");
  demo = program_run ("caption", DONUT, "--json", "--prompt", prompt->str, NULL);
  match = program_run ("match", DONUT, prompt->str, "a donut", "--json", NULL);
  program_assert_error (demo, 1, "token");
  lines = program_lines (demo);
  g_assert_nonnull (json_object_get (json_array_get (lines, 0), "error"));
  json_decref (lines);
  /* the other text is scored nevertheless */
  program_assert_error (match, 1, "token");
  lines = program_lines (match);
  g_assert_nonnull (
      json_object_get (json_array_get (json_object_get (json_array_get (lines, 0), "matches"), 0), "error"));
  g_assert_nonnull (
      json_object_get (json_array_get (json_object_get (json_array_get (lines, 0), "matches"), 1), "itm"));
  json_decref (lines);
}

static void
test_wrong_task (void)
{
  g_autoptr (Program) match
      = program_run ("match", DONUT, "x", "--model", "data/models/qlens-demo-opt", NULL);

  program_assert_error (match, 1, "Blip2ForImageTextRetrieval");
}

static void
test_info (gconstpointer data)
{
  const char *model = data;
  g_autoptr (Program) json = program_run ("info", "--json", "--model", model, NULL);
  g_autoptr (Program) text = program_run ("info", "--model", model, NULL);
  json_t *lines, *line, *parts, *verification;
  json_int_t n_parameters = 0, n_bytes = 0;

  g_assert_cmpstr (json->err, ==, "");
  g_assert_cmpint (json->status, ==, 0);
  g_assert_cmpint (text->status, ==, 0);
  lines = program_lines (json);
  line = json_array_get (lines, 0);
  parts = json_object_get (line, "parts");
  g_assert_cmpuint (json_array_size (parts), >=, 3);
  for (gsize i = 0; i < json_array_size (parts); i++)
    {
      n_parameters += json_integer_value (json_object_get (json_array_get (parts, i), "parameters"));
      n_bytes += json_integer_value (json_object_get (json_array_get (parts, i), "bytes"));
    }
  g_assert_cmpint (n_parameters, ==, json_integer_value (json_object_get (line, "parameters")));
  g_assert_cmpint (n_bytes, ==, json_integer_value (json_object_get (line, "weight_bytes")));
  g_assert_cmpint (json_integer_value (json_object_get (line, "memory_bytes")), >, n_bytes);
  g_assert_cmpuint (strlen (json_string_value (json_object_get (line, "fingerprint"))), ==, 64);
  verification = json_object_get (line, "verification");
  g_assert_cmpint (json_integer_value (json_object_get (verification, "tensors_used")), >, 50);
  g_assert_nonnull (strstr (text->out, json_string_value (json_object_get (line, "fingerprint"))));
  if (g_str_has_suffix (model, "qlens-demo-opt"))
    {
      g_assert_cmpint (n_parameters, ==, 7438464); /* as its card says */
      g_assert_cmpstr (json_string_value (json_object_get (line, "family")), ==, "opt");
    }
  json_decref (lines);
}

static void
test_tokenize (void)
{
  g_autoptr (Scratch) dir = scratch_new ();
  g_autofree char *base = source_path (BASIC);
  g_autofree char *from = g_build_filename (base, "tokenizer.json", NULL);
  g_autofree char *to = g_build_filename (dir, "tokenizer.json", NULL);
  g_autofree char *data = NULL;
  g_autoptr (Program) whole = NULL;
  g_autoptr (Program) alone = NULL;
  json_t *expected = read_json (BASIC "/expected.json");
  json_t *prompts = json_object_get (expected, "prompts"), *inputs = json_object_get (expected, "inputs");
  const char *text = json_string_value (json_object_get (json_array_get (prompts, 2), "text"));
  json_t *input_ids = json_object_get (json_array_get (inputs, 2), "input_ids"), *lines, *ids;
  gsize n, n_skip;

  whole = program_run ("tokenize", "--json", "--model", BASIC, text, "", NULL);
  g_assert_cmpstr (whole->err, ==, "");
  lines = program_lines (whole);
  g_assert_cmpuint (json_array_size (lines), ==, 2);
  ids = json_object_get (json_array_get (lines, 0), "ids");
  g_assert_cmpuint (json_array_size (ids), ==,
                    json_array_size (json_object_get (json_array_get (lines, 0), "pieces")));
  n_skip = json_array_size (input_ids) - json_array_size (ids); /* the places of the picture */
  g_assert_cmpuint (n_skip, ==, 32);
  for (gsize i = 0; i < json_array_size (ids); i++)
    g_assert_cmpint (json_integer_value (json_array_get (ids, i)), ==,
                     json_integer_value (json_array_get (input_ids, n_skip + i)));
  json_decref (lines);

  /* needs nothing but the tokenizer */
  g_assert_true (g_file_get_contents (from, &data, &n, NULL));
  g_assert_true (g_file_set_contents (to, data, (gssize) n, NULL));
  alone = program_run ("tokenize", "--json", "--model", dir, text, "", NULL);
  g_assert_cmpstr (alone->out, ==, whole->out);
  json_decref (expected);
}

static void
assert_positive (json_t *object, const char *key)
{
  double value = json_number_value (json_object_get (object, key));

  g_test_message ("%s: %g", key, value);
  g_assert_true (isfinite (value));
  g_assert_cmpfloat (value, >, 0);
}

/* How fast it is says nothing on a machine with other things to do: all is there, and is a number. */
static void
assert_bench (json_t *line, const char *const *rated, const char *const *timed)
{
  json_t *phases = json_object_get (line, "phases");
  static const char *const peaks[] = { "gflops_f32", "gbps", "threads" };

  for (gsize i = 0; rated[i] != NULL; i++)
    {
      static const char *const keys[]
          = { "ms", "gflops", "gflops_share", "gbps", "gbps_share", "flops", "weight_bytes" };
      json_t *phase = json_object_get (phases, rated[i]);

      g_test_message ("%s", rated[i]);
      for (gsize j = 0; j < G_N_ELEMENTS (keys); j++)
        assert_positive (phase, keys[j]);
      g_assert_cmpstr (json_string_value (json_object_get (phase, "weight_type")), ==, "F16");
      g_assert_cmpstr (json_string_value (json_object_get (phase, "roof")), ==, "f32");
    }
  for (gsize i = 0; timed[i] != NULL; i++)
    assert_positive (json_object_get (phases, timed[i]), "ms");
  for (gsize i = 0; i < G_N_ELEMENTS (peaks); i++)
    assert_positive (json_object_get (line, "peak"), peaks[i]);
  assert_positive (json_object_get (line, "memory"), "resident_bytes");
  assert_positive (json_object_get (line, "memory"), "estimate_bytes");
  assert_positive (line, "question_tokens");
  assert_positive (line, "open_ms");
}

static void
test_bench (void)
{
  static const char *const rated[]
      = { "vision", "qformer", "prefill", "decode", "token", "greedy_decode", "greedy_token", NULL };
  static const char *const timed[] = { "open", "preprocess", "follow_up", "total", "stop", NULL };
  g_autoptr (Program) json = program_run ("bench", "--json", "--runs", "2", "--tokens", "6", NULL);
  json_t *lines = program_lines (json), *line = json_array_get (lines, 0), *phases, *decode, *token;

  g_assert_cmpstr (json->err, ==, "");
  g_assert_cmpint (json->status, ==, 0);
  assert_bench (line, rated, timed);
  assert_positive (line, "tokens_per_s");
  assert_positive (line, "greedy_tokens_per_s");
  g_assert_cmpint (json_integer_value (json_object_get (line, "beams")), ==, 5);
  g_assert_cmpint (json_integer_value (json_object_get (line, "new_tokens")), ==, 6);
  /* the first of them is the prefill's */
  phases = json_object_get (line, "phases");
  decode = json_object_get (phases, "decode");
  token = json_object_get (phases, "token");
  g_assert_cmpfloat_with_epsilon (json_number_value (json_object_get (decode, "flops")),
                                  5 * json_number_value (json_object_get (token, "flops")), 1);
  g_assert_cmpfloat_with_epsilon (json_number_value (json_object_get (decode, "ms")),
                                  5 * json_number_value (json_object_get (token, "ms")), 0.01);
  /* five beams read the weights once */
  g_assert_cmpfloat (
      json_number_value (json_object_get (token, "weight_bytes")), ==,
      json_number_value (json_object_get (json_object_get (phases, "greedy_token"), "weight_bytes")));
  json_decref (lines);
}

static void
test_bench_greedy (void)
{
  static const char *const rated[] = { "vision", "qformer", "prefill", NULL };
  static const char *const timed[] = { "total", NULL };
  g_autoptr (Program) json
      = program_run ("bench", "--json", "--runs", "1", "--tokens", "1", "--beams", "1", NULL);
  g_autoptr (Program) text = program_run ("bench", "--runs", "1", "--tokens", "2", NULL);
  g_autoptr (Program) none = program_run ("bench", "--tokens", "0", NULL);
  g_autoptr (Program) many = program_run ("bench", "--tokens", "1000000", NULL);
  json_t *lines = program_lines (json), *line = json_array_get (lines, 0), *phases;

  phases = json_object_get (line, "phases");
  assert_bench (line, rated, timed);
  /* one token is the prefill's: there are no steps to tell of */
  g_assert_null (json_object_get (phases, "token"));
  g_assert_null (json_object_get (phases, "greedy_decode"));
  g_assert_true (json_is_null (json_object_get (line, "tokens_per_s")));
  json_decref (lines);
  g_assert_cmpint (text->status, ==, 0);
  g_assert_nonnull (strstr (text->out, "greedy_token"));
  g_assert_nonnull (strstr (text->out, "% (f32)"));
  g_assert_nonnull (strstr (text->out, "medians of 1 runs of 2 tokens"));
  program_assert_error (none, 2, "--tokens 0");
  program_assert_error (many, 2, "1000000");
}

static void
test_bench_match (void)
{
  g_autoptr (Program) match = program_run ("bench", "--json", "--runs", "1", "--tokens", "2", "--model",
                                           "data/models/qlens-demo-itm", NULL);
  json_t *lines, *phases;

  g_assert_cmpint (match->status, ==, 0);
  lines = program_lines (match);
  phases = json_object_get (json_array_get (lines, 0), "phases");
  g_assert_cmpfloat (json_number_value (json_object_get (json_object_get (phases, "vision"), "ms")), >, 0);
  g_assert_cmpfloat (json_number_value (json_object_get (json_object_get (phases, "match"), "ms")), >, 0);
  json_decref (lines);
}

static void
assert_svg (const char *path, const char *part)
{
  g_autofree char *data = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_get_contents (path, &data, NULL, &error));
  g_assert_no_error (error);
  g_assert_nonnull (strstr (data, "<svg"));
  g_assert_nonnull (strstr (data, part));
  g_assert_nonnull (strstr (data, "</svg>"));
}

static gsize
count_dots (const char *path)
{
  g_autofree char *data = NULL;
  gsize n = 0;

  g_assert_true (g_file_get_contents (path, &data, NULL, NULL));
  /* each dot has a white rim, and so have the legend's shapes */
  for (const char *at = data; (at = strstr (at, "stroke:rgb(100%,100%,100%)")) != NULL; at++)
    n++;
  return n;
}

static void
test_bench_roofline (void)
{
  g_autoptr (Scratch) dir = scratch_new ();
  g_autofree char *alone = g_build_filename (dir, "alone.svg", NULL);
  g_autofree char *both = g_build_filename (dir, "both.svg", NULL);
  g_autofree char *list = g_build_filename (dir, "list.jsonl", NULL);
  g_autofree char *bad = g_build_filename (dir, "bad.jsonl", NULL);
  g_autofree char *nowhere = g_build_filename (dir, "nowhere", "x.svg", NULL);
  g_autoptr (Program) first = program_run ("bench", "--json", "--runs", "1", "--tokens", "3", "--no-stop",
                                           "--roofline", alone, NULL);
  g_autoptr (Program) second = NULL;
  g_autoptr (Program) damaged = NULL;
  g_autoptr (Program) missing = NULL;
  g_autoptr (Program) no_folder = NULL;
  g_autoptr (Program) no_figure = NULL;
  g_autofree char *lines = NULL;
  gsize n;

  g_assert_cmpstr (first->err, ==, "");
  g_assert_null (strstr (first->out, "\"stop\""));
  assert_svg (alone, "<path");
  n = count_dots (alone);
  g_assert_cmpuint (n, >=, 5);
  /* hostile numbers, types and kinds among the lines are passed over */
  lines
      = g_strconcat (first->out, "{\"phases\":{\"vision\":{\"flops\":-1,\"weight_bytes\":0,\"gflops\":1e300,",
                     "\"weight_type\":\"<svg>\"},\"qformer\":[1]},\"peak\":7}\n[]\n", NULL);
  g_assert_true (g_file_set_contents (list, lines, -1, NULL));
  second = program_run ("bench", "--runs", "1", "--tokens", "3", "--no-stop", "--beams", "1", "--roofline",
                        both, "--with", list, NULL);
  g_assert_cmpstr (second->err, ==, "");
  assert_svg (both, "<path");
  g_assert_cmpuint (count_dots (both), ==, n + 4); /* vision, Q-Former, prompt, a token */
  g_assert_true (g_file_set_contents (bad, "{\"phases\":", -1, NULL));
  damaged = program_run ("bench", "--runs", "1", "--tokens", "1", "--no-stop", "--roofline", both, "--with",
                         bad, NULL);
  program_assert_error (damaged, 1, "bad.jsonl");
  g_assert_cmpstr (damaged->out, ==, ""); /* told before anything is measured */
  missing = program_run ("bench", "--roofline", both, "--with", "no-such.jsonl", NULL);
  program_assert_error (missing, 1, "no-such.jsonl");
  assert_svg (both, "<path"); /* the old one */
  no_folder = program_run ("bench", "--roofline", nowhere, NULL);
  program_assert_error (no_folder, 1, "nowhere");
  no_figure = program_run ("bench", "--with", list, NULL);
  program_assert_error (no_figure, 2, "--roofline");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/models/no-folder", test_no_folder);
  g_test_add_func ("/cli/models/missing-weights", test_missing_weights);
  g_test_add_func ("/cli/models/truncated-weights", test_truncated_weights);
  g_test_add_func ("/cli/models/other-architectures", test_other_architectures);
  g_test_add_func ("/cli/models/bad-config", test_bad_config);
  g_test_add_func ("/cli/models/bad-tokenizer", test_bad_tokenizer);
  g_test_add_func ("/cli/models/malformed-folders", test_malformed_folders);
  g_test_add_func ("/cli/models/long-prompt", test_long_prompt);
  g_test_add_func ("/cli/models/wrong-task", test_wrong_task);
  g_test_add_data_func ("/cli/info/demo-opt", "data/models/qlens-demo-opt", test_info);
  g_test_add_data_func ("/cli/info/demo-itm", "data/models/qlens-demo-itm", test_info);
  g_test_add_data_func ("/cli/info/t5", "tests/golden/t5-basic", test_info);
  g_test_add_data_func ("/cli/info/sharded", "tests/golden/opt-sharded", test_info);
  g_test_add_func ("/cli/tokenize", test_tokenize);
  g_test_add_func ("/cli/bench/beams", test_bench);
  g_test_add_func ("/cli/bench/greedy", test_bench_greedy);
  g_test_add_func ("/cli/bench/match", test_bench_match);
  g_test_add_func ("/cli/bench/roofline", test_bench_roofline);
  return g_test_run ();
}
