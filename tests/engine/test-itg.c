/* The Q-Former as a language model (ITG) on samples, against tests/itg/make_itg.py's reference. */
#include <math.h>
#include <string.h>

#include "tests/engine/demo.h"
#include "tests/engine/golden-files.h"

static B2Answer *
describe (B2Session *session, int n_beams, B2GenerateHooks *hooks)
{
  g_autoptr (GError) error = NULL;
  B2DecodeOptions options;
  B2Answer *answer;

  b2_decode_options_init (&options, B2_PRESET_CAPTION);
  options.n_beams = n_beams;
  options.max_new_tokens = 20;
  answer = b2_session_generate (session, NULL, &options, hooks, &error);
  g_assert_no_error (error);
  return answer;
}

static void
check_picture (B2Session *session, const json_t *item)
{
  const char *name = json_string_value (json_object_get (item, "picture"));
  const json_t *logits = json_object_get (item, "first_logits");
  B2GenerateHooks hooks = { .keep_trace = TRUE };
  g_autoptr (B2Answer) greedy = NULL, beams = NULL;
  const float *found;
  gsize i;
  json_t *value;

  demo_use_sample (session, name);
  greedy = describe (session, 1, &hooks);
  golden_assert_ids (name, greedy, json_object_get (item, "greedy_ids"));
  g_assert_cmpstr (greedy->text, ==, json_string_value (json_object_get (item, "greedy_text")));
  found = b2_trace_tensor (greedy->trace, "lm.first_logits", NULL, NULL);
  json_array_foreach (logits, i, value)
      g_assert_cmpfloat (fabs ((double) found[i] - json_number_value (value)), <, 1e-3);

  beams = describe (session, 5, NULL);
  golden_assert_ids (name, beams, json_object_get (item, "beam5_ids"));
  g_assert_cmpfloat (fabs (beams->score - json_number_value (json_object_get (item, "beam5_score"))), <,
                     1e-4);
}

static void
test_itg (void)
{
  g_autofree char *path = g_build_filename (g_getenv ("QLENS_SRC"), "tests", "itg", "expected.json", NULL);
  json_t *root = json_load_file (path, 0, NULL), *item;
  g_autoptr (B2Model) model = demo_model ("qlens-demo-itm");
  g_autoptr (B2Session) session = demo_session (model, 0);
  gsize i;

  g_assert_cmpuint (json_array_size (root), >, 0);
  json_array_foreach (root, i, item) check_picture (session, item);
  json_decref (root);
}

/* What the attention of the replay says must fit together: over image rows, weights are positive and sum to less than 1. */
static void
test_attention (void)
{
  g_autoptr (B2Model) model = demo_model ("qlens-demo-itm");
  g_autoptr (B2Session) session = demo_session (model, 0);
  B2GenerateHooks hooks = { .keep_trace = TRUE };
  g_autoptr (B2Answer) answer = NULL;
  const gint64 *shape;
  const float *maps;

  demo_use_sample (session, "01-donut.png");
  answer = describe (session, 1, &hooks);
  maps = b2_trace_tensor (answer->trace, "lm.attention", NULL, &shape);
  for (gint64 row = 0; row < shape[0] * shape[1] * shape[2]; row++)
    {
      double sum = 0;

      for (gint64 q = 0; q < shape[3]; q++)
        {
          g_assert_cmpfloat (maps[row * shape[3] + q], >=, 0);
          sum += maps[row * shape[3] + q];
        }
      g_assert_cmpfloat (sum, >, 0);
      g_assert_cmpfloat (sum, <, 1.0 + 1e-5);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/itg/reference", test_itg);
  g_test_add_func ("/itg/attention", test_attention);
  return g_test_run ();
}
