/* Every generative case of tests/golden: tensors, token ids, texts and scores against transformers. */
#include <math.h>
#include <string.h>

#include "engine/b2-lab.h"
#include "engine/models/vit.h"
#include "engine/run/model.h"
#include "engine/run/sampler.h"
#include "tests/engine/golden-files.h"

typedef struct
{
  const char *name;
  json_t *expected;
  B2Safetensors *tensors;
  B2Model *model;
  B2Session *session;
  GoldenErrors *errors;
  int image; /* which one the session has */
} Case;

static const json_t *
by_id (const json_t *list, const char *id)
{
  size_t i;
  json_t *item;

  json_array_foreach (list, i, item)
  {
    if (g_strcmp0 (json_string_value (json_object_get (item, "id")), id) == 0)
      return item;
  }
  g_error ("no entry %s", id);
}

static double
number (const json_t *object, const char *key, double fallback)
{
  const json_t *value = json_object_get (object, key);

  return value == NULL ? fallback : json_number_value (value);
}

static void
read_decode (const json_t *decode, B2DecodeOptions *out)
{
  b2_decode_options_init (out, B2_PRESET_CAPTION);
  out->n_beams = (int) number (decode, "num_beams", 1);
  out->length_penalty = (float) number (decode, "length_penalty", 1);
  out->max_new_tokens = (int) number (decode, "max_new_tokens", 20);
  out->min_new_tokens = (int) number (decode, "min_new_tokens", 0);
  out->repetition_penalty = (float) number (decode, "repetition_penalty", 1);
  out->no_repeat_ngram = (int) number (decode, "no_repeat_ngram_size", 0);
}

static void
use_image (Case *c, int image)
{
  const json_t *entry = json_array_get (json_object_get (c->expected, "images"), (size_t) image);
  g_autofree char *rel
      = g_build_filename (c->name, json_string_value (json_object_get (entry, "file")), NULL);
  g_autofree char *path = golden_path (rel);
  g_autoptr (GdkPixbuf) picture = NULL;

  if (c->image == image)
    return;
  picture = golden_picture (path);
  golden_set_image (c->session, picture);
  c->image = image;
}

static void
compare_image_tensors (Case *c, const char *prefix, B2Trace *trace)
{
  static const struct
  {
    const char *kind, *name;
    double tolerance;
  } tensors[] = {
    { "pixel_values", "pixel_values", 0 },
    { "vision.last_hidden_state", "vision.last_hidden_state", 1e-3 },
    { "qformer.last_hidden_state", "qformer.last_hidden_state", 1e-3 },
    { "qformer.cross_attentions", "qformer.cross_attentions", 3e-4 },
    { "language_projection", "language_projection", 1e-3 },
  };
  g_autofree char *self_name = g_strconcat (prefix, ".qformer.self_attention.0", NULL);
  const B2TensorInfo *self_map;

  for (gsize i = 0; i < G_N_ELEMENTS (tensors); i++)
    {
      g_autofree char *name = g_strconcat (prefix, ".", tensors[i].name, NULL);

      if (b2_safetensors_lookup (c->tensors, name) != NULL)
        golden_compare_trace (c->errors, tensors[i].kind, c->tensors, name, trace, tensors[i].name,
                              tensors[i].tolerance);
    }
  self_map = b2_safetensors_lookup (c->tensors, self_name);
  if (self_map != NULL)
    golden_compare (c->errors, "qformer.self_attention.0", c->tensors, self_name,
                    b2_trace_tensor (trace, "qformer.self_attentions", NULL, NULL), self_map->n_elements,
                    3e-4);
}

static void
compare_lm_attention (Case *c, const char *prefix, B2Trace *trace)
{
  const gint64 *shape;
  const float *all = b2_trace_tensor (trace, "lm.attention", NULL, &shape);
  gsize n = (gsize) shape[0], layers = (gsize) shape[1], heads = (gsize) shape[2], queries = (gsize) shape[3];
  gsize layer = (gsize) json_integer_value (json_object_get (c->expected, "lm_attention_layer"));
  g_autofree float *mean = g_new0 (float, n *queries), *one = g_new (float, n *heads *queries);
  g_autofree char *mean_name = g_strconcat (prefix, ".lm_attention_mean", NULL);
  g_autofree char *one_name = g_strconcat (prefix, ".lm_attention_layer", NULL);

  for (gsize t = 0; t < n; t++)
    {
      for (gsize m = 0; m < layers * heads; m++)
        for (gsize q = 0; q < queries; q++)
          mean[t * queries + q] += all[(t * layers * heads + m) * queries + q] / (float) (layers * heads);
      memcpy (one + t * heads * queries, all + (t * layers + layer) * heads * queries,
              heads * queries * sizeof *one);
    }
  golden_compare (c->errors, "lm attention, mean", c->tensors, mean_name, mean, n * queries, 3e-4);
  if (b2_safetensors_lookup (c->tensors, one_name) != NULL)
    golden_compare (c->errors, "lm attention, one layer", c->tensors, one_name, one, n * heads * queries,
                    3e-4);
}

static void
compare_sampling (Case *c, const char *prefix, B2Trace *trace)
{
  const json_t *list = json_object_get (c->expected, "sampling");
  const gint64 *shape;
  const float *logits = b2_trace_tensor (trace, "lm.first_logits", NULL, &shape);
  gsize n = (gsize) shape[0], i;
  g_autofree B2Ranked *work = g_new (B2Ranked, n);
  g_autofree float *probabilities = g_new (float, n);
  json_t *settings;

  json_array_foreach (list, i, settings)
  {
    g_autofree char *name = g_strdup_printf ("%s.sampling%" G_GSIZE_FORMAT, prefix, i);

    if (b2_safetensors_lookup (c->tensors, name) == NULL)
      continue;
    b2_sampler_filter (logits, n, (float) number (settings, "temperature", 1),
                       (int) number (settings, "top_k", 0), (float) number (settings, "top_p", 1), work,
                       probabilities);
    golden_compare (c->errors, "sampling filters", c->tensors, name, probabilities, n, 3e-4);
  }
}

static void
compare_trace (Case *c, int image, const char *prompt_id, B2Trace *trace)
{
  g_autofree char *per_prompt = g_strdup_printf ("img%d.%s", image, prompt_id);
  g_autofree char *per_image = g_strdup_printf ("img%d", image);
  g_autofree char *logits_name = g_strconcat (per_prompt, ".first_logits", NULL);
  gboolean instruct = json_is_true (json_object_get (c->expected, "instruct"));

  compare_image_tensors (c, instruct ? per_prompt : per_image, trace);
  golden_compare_trace (c->errors, "first_logits", c->tensors, logits_name, trace, "lm.first_logits", 2e-3);
  compare_lm_attention (c, per_prompt, trace);
  compare_sampling (c, per_prompt, trace);
}

static void
assert_text (const json_t *expected, const char *text, gsize n_bytes)
{
  g_assert_cmpmem (json_string_value (expected), json_string_length (expected), text, n_bytes);
}

/* The reference's own greedy tokens, given: their mean log-probability is the reference's score. */
static void
check_replay (Case *c, const char *what, const char *prompt, const json_t *ids, double score)
{
  gsize n = json_array_size (ids), i;
  g_autofree gint32 *tokens = g_new (gint32, n);
  g_autoptr (GError) error = NULL;
  g_autoptr (B2Replay) replay = NULL;
  json_t *id;

  json_array_foreach (ids, i, id) tokens[i] = (gint32) json_integer_value (id);
  replay = b2_session_replay (c->session, prompt, tokens, (int) n, NULL, &error);
  g_assert_no_error (error);
  if (fabs (replay->sum / (double) n - score) > MAX (2e-3, 2e-4 * fabs (score)))
    {
      g_test_message ("%s: expected score %.9g, replayed %.9g", what, score, replay->sum / (double) n);
      g_test_fail ();
    }
}

static void
check_run (Case *c, const json_t *run)
{
  const char *prompt_id = json_string_value (json_object_get (run, "prompt"));
  const char *decode_id = json_string_value (json_object_get (run, "decode"));
  const json_t *prompt
      = json_object_get (by_id (json_object_get (c->expected, "prompts"), prompt_id), "text");
  int image = (int) json_integer_value (json_object_get (run, "image"));
  double score = json_number_value (json_object_get (run, "score"));
  g_autofree char *what = g_strdup_printf ("%s image %d prompt %s %s", c->name, image, prompt_id, decode_id);
  g_autoptr (GError) error = NULL;
  g_autoptr (B2Answer) answer = NULL;
  B2GenerateHooks hooks = { .keep_trace = strcmp (decode_id, "greedy") == 0 };
  B2DecodeOptions options;

  use_image (c, image);
  read_decode (by_id (json_object_get (c->expected, "decodes"), decode_id), &options);
  answer = b2_session_generate (c->session, json_string_value (prompt), &options, &hooks, &error);
  g_assert_no_error (error);
  golden_assert_ids (what, answer, json_object_get (run, "new_token_ids"));
  assert_text (json_object_get (run, "text"), answer->text, answer->text_bytes);
  assert_text (json_object_get (run, "text_raw"), answer->text_raw, answer->text_raw_bytes);
  g_assert_cmpint (answer->ended, ==, json_is_true (json_object_get (run, "ended_by_eos")));
  if (fabs (answer->score - score) > MAX (2e-3, 2e-4 * fabs (score)))
    {
      g_test_message ("%s: expected score %.9g, found %.9g", what, score, answer->score);
      g_test_fail ();
    }
  if (!hooks.keep_trace)
    return;
  compare_trace (c, image, prompt_id, answer->trace);
  check_replay (c, what, json_string_value (prompt), json_object_get (run, "new_token_ids"), score);
}

static void
check_interpolated (Case *c, const json_t *run)
{
  int height = (int) number (run, "height", 0), width = (int) number (run, "width", 0);
  B2SessionOptions size = { .n_threads = 1, .image_width_px = width, .image_height_px = height, .exact = TRUE };
  g_autofree char *prefix = g_strdup_printf ("interp%dx%d", height, width);
  g_autofree char *position_name = g_strconcat (prefix, ".position_embedding", NULL);
  const json_t *prompt = json_object_get (
      by_id (json_object_get (c->expected, "prompts"), json_string_value (json_object_get (run, "prompt"))),
      "text");
  gsize n_rows = (gsize) b2_vit_n_rows (c->model->vit, width, height),
        d = (gsize) c->model->config->vision.width;
  g_autofree float *positions = g_new (float, n_rows *d);
  g_autoptr (GError) error = NULL;
  g_autoptr (B2Answer) answer = NULL;
  B2GenerateHooks hooks = { .keep_trace = TRUE };
  B2DecodeOptions options;

  b2_vit_positions (c->model->vit, width, height, positions);
  golden_compare (c->errors, "interpolated positions", c->tensors, position_name, positions, n_rows * d,
                  1e-5);

  b2_session_free (c->session);
  c->session = b2_session_new (c->model, &size, &error);
  g_assert_no_error (error);
  c->image = -1;
  use_image (c, (int) json_integer_value (json_object_get (run, "image")));
  read_decode (
      by_id (json_object_get (c->expected, "decodes"), json_string_value (json_object_get (run, "decode"))),
      &options);
  answer = b2_session_generate (c->session, json_string_value (prompt), &options, &hooks, &error);
  g_assert_no_error (error);
  compare_image_tensors (c, prefix, answer->trace);
  golden_assert_ids (prefix, answer, json_object_get (run, "new_token_ids"));
}

static void
check_case (gconstpointer data)
{
  Case c = { .name = data, .image = -1 };
  g_autofree char *dir = golden_path (c.name), *json_path = g_strconcat (c.name, "/expected.json", NULL);
  g_autofree char *tensor_path = g_strconcat (dir, "/expected.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  gsize i;
  json_t *run;

  c.expected = golden_json (json_path);
  c.tensors = b2_safetensors_open (tensor_path, &error);
  g_assert_no_error (error);
  c.model = b2_model_open (dir, NULL, &error);
  g_assert_no_error (error);
  /* transformers' answers are of f32 arithmetic, of 16-bit weights, too. */
  c.session = b2_session_new (c.model, &(B2SessionOptions){ .exact = TRUE }, &error);
  g_assert_no_error (error);
  c.errors = golden_errors_new ();
  json_array_foreach (json_object_get (c.expected, "runs"), i, run) check_run (&c, run);
  json_array_foreach (json_object_get (c.expected, "interpolated"), i, run) check_interpolated (&c, run);
  golden_errors_tell (c.errors, c.name);
  b2_session_free (c.session);
  b2_model_unref (c.model);
  b2_safetensors_close (c.tensors);
  json_decref (c.expected);
}

int
main (int argc, char **argv)
{
  json_t *manifest, *name;
  gsize i;
  int status;

  g_test_init (&argc, &argv, NULL);
  manifest = golden_json ("manifest.json");
  json_array_foreach (json_object_get (json_object_get (manifest, "cases"), "generate"), i, name)
  {
    g_autofree char *path = g_strconcat ("/golden/generate/", json_string_value (name), NULL);

    g_test_add_data_func (path, json_string_value (name), check_case);
  }
  g_assert_cmpuint (i, >, 0);
  status = g_test_run ();
  json_decref (manifest);
  return status;
}
