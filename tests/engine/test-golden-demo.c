/* The trained demo model on four samples against transformers: tests/golden/demo. */
#include <string.h>

#include "tests/engine/demo.h"
#include "tests/engine/golden-files.h"

static void
compare_tensors (B2Safetensors *tensors, B2Trace *trace, GoldenErrors *errors)
{
  const gint64 *shape;
  const float *maps = b2_trace_tensor (trace, "qformer.cross_attentions", NULL, &shape);
  gsize n = (gsize) (shape[1] * shape[2] * shape[3]);
  static const char *const names[]
      = { "cross_attention_0_layer0", "cross_attention_1_layer2", "cross_attention_2_layer4" };

  golden_compare_trace (errors, "pixel_values", tensors, "pixel_values", trace, "pixel_values", 1e-6);
  golden_compare_trace (errors, "vision", tensors, "vit_last_hidden_state", trace, "vision.last_hidden_state",
                        1e-3);
  golden_compare_trace (errors, "qformer", tensors, "qformer_last_hidden_state", trace,
                        "qformer.last_hidden_state", 1e-3);
  golden_compare_trace (errors, "projection", tensors, "language_projection", trace, "language_projection",
                        1e-3);
  g_assert_cmpint (shape[0], ==, G_N_ELEMENTS (names));
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    golden_compare (errors, "cross-attention", tensors, names[i], maps + i * n, n, 3e-4);
}

static void
check_prompt (B2Session *session, B2Safetensors *tensors, const json_t *prompt, GoldenErrors *errors)
{
  const char *text = json_string_value (json_object_get (prompt, "prompt"));
  g_autofree char *logits
      = g_strconcat ("logits_", json_string_value (json_object_get (prompt, "name")), NULL);
  g_autoptr (GError) error = NULL;
  B2GenerateHooks hooks = { .keep_trace = TRUE };
  B2DecodeOptions options;

  b2_decode_options_init (&options, B2_PRESET_CAPTION);
  for (options.n_beams = 1; options.n_beams <= 5; options.n_beams += 4)
    {
      gboolean greedy = options.n_beams == 1;
      g_autoptr (B2Answer) answer = b2_session_generate (session, text, &options, &hooks, &error);

      g_assert_no_error (error);
      golden_assert_ids (text, answer, json_object_get (prompt, greedy ? "greedy_ids" : "beam5_ids"));
      g_assert_cmpstr (answer->text, ==,
                       json_string_value (json_object_get (prompt, greedy ? "greedy_text" : "beam5_text")));
      golden_compare_trace (errors, "first logits", tensors, logits, answer->trace, "lm.first_logits", 2e-3);
      compare_tensors (tensors, answer->trace, errors);
    }
}

static void
test_demo (void)
{
  json_t *index = golden_json ("demo/index.json"), *item, *prompt;
  g_autoptr (B2Model) model = demo_model ("qlens-demo-opt");
  GoldenErrors *errors = golden_errors_new ();
  gsize i, j;

  json_array_foreach (json_object_get (index, "items"), i, item)
  {
    g_autofree char *rel
        = g_build_filename ("demo", json_string_value (json_object_get (item, "file")), NULL);
    g_autofree char *path = golden_path (rel);
    g_autofree char *picture = g_path_get_basename (json_string_value (json_object_get (item, "picture")));
    g_autoptr (GError) error = NULL;
    g_autoptr (B2Safetensors) tensors = b2_safetensors_open (path, &error);
    g_autoptr (B2Session) session = demo_session (model, 0);

    g_assert_no_error (error);
    demo_use_sample (session, picture);
    json_array_foreach (json_object_get (item, "prompts"), j, prompt)
        check_prompt (session, tensors, prompt, errors);
  }
  g_assert_cmpuint (i, >, 0);
  golden_errors_tell (errors, "demo");
  json_decref (index);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/golden/demo", test_demo);
  return g_test_run ();
}
