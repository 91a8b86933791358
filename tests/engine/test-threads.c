/* No result depends on the number of threads: bit for bit, in every number that a trace has. */
#include "tests/engine/lab.h"

#include "tests/engine/demo.h"
#include "tests/engine/model-folder.h"

typedef struct
{
  B2Answer *greedy, *beams;
  B2Match match;
} Outcome;

static B2Answer *
answer (B2Session *session, int n_beams)
{
  g_autoptr (GError) error = NULL;
  B2GenerateHooks hooks = { .keep_trace = TRUE };
  B2DecodeOptions options;
  B2Answer *result;

  b2_decode_options_init (&options, B2_PRESET_CAPTION);
  options.n_beams = n_beams;
  options.max_new_tokens = 12;
  result = b2_session_generate (session, "what is this ?", &options, &hooks, &error);
  g_assert_no_error (error);
  return result;
}

static Outcome
run (B2Model *model, int n_threads)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (B2Session) session = demo_session (model, n_threads);
  guint tasks = b2_model_info (model)->tasks;
  Outcome outcome = { 0 };

  demo_use_sample (session, "16-fails-photo.jpg");
  if (tasks & B2_TASK_GENERATE)
    {
      outcome.greedy = answer (session, 1);
      outcome.beams = answer (session, 5);
    }
  if (tasks & B2_TASK_MATCH)
    {
      g_assert_true (b2_session_match (session, "a cat", &outcome.match, NULL, &error));
      g_assert_no_error (error);
    }
  return outcome;
}

static void
check_answers (const B2Answer *a, const B2Answer *b)
{
  if (a == NULL)
    return;
  lab_assert_same_answer (a, b);
  lab_assert_same_trace (a->trace, b->trace);
}

/* Each weight type has its own kernels. */
static void
check_folder (gconstpointer data)
{
  g_autofree char *dir = g_build_filename (g_getenv ("QLENS_SRC"), (const char *) data, NULL);
  static const int n_threads[] = { 2, 3, 7 };
  g_autoptr (GError) error = NULL;
  g_autoptr (B2Model) model = b2_model_open (dir, NULL, &error);
  Outcome one;

  g_assert_no_error (error);
  one = run (model, 1);
  for (gsize i = 0; i < G_N_ELEMENTS (n_threads); i++)
    {
      Outcome many = run (model, n_threads[i]);

      check_answers (one.greedy, many.greedy);
      check_answers (one.beams, many.beams);
      g_assert_cmpmem (&one.match, sizeof one.match, &many.match, sizeof many.match);
      g_clear_pointer (&many.greedy, b2_answer_free);
      g_clear_pointer (&many.beams, b2_answer_free);
    }
  g_clear_pointer (&one.greedy, b2_answer_free);
  g_clear_pointer (&one.beams, b2_answer_free);
}

int
main (int argc, char **argv)
{
  static const char *const folders[]
      = { "data/models/qlens-demo-opt", "data/models/qlens-demo-itm", "tests/golden/opt-basic",
          "tests/golden/opt-f16",       "tests/golden/opt-bf16",      "tests/golden/t5-basic" };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *path = g_strconcat ("/threads/", folders[i], NULL);

      g_test_add_data_func (path, folders[i], check_folder);
    }
  return g_test_run ();
}
