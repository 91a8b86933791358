/* Answers that are written together are those that are written one by one. */
#include <math.h>
#include <string.h>

#include "tests/engine/demo.h"

#define N_SAMPLES 8

static const char *const samples[N_SAMPLES]
    = { "01-donut.png",       "02-tent.png",      "03-tree.jpg",
        "07-tiger.png",       "09-clock-cow.png", "14-bird-cat-chicken.jpg",
        "16-fails-photo.jpg", "01-donut.png" };
static const char *const prompts[N_SAMPLES] = { NULL,
                                                "Question: what color is it? Answer:",
                                                NULL,
                                                "a photo of",
                                                "Question: what is it? Answer:",
                                                NULL,
                                                "there is",
                                                NULL };

/* Relative, of a sum of log-probabilities in f32: sums of other orders. */
#define TOLERANCE 2e-4

static B2DecodeOptions
options_of (int i, int n_beams, gboolean sample)
{
  B2DecodeOptions options;

  b2_decode_options_init (&options, sample ? B2_PRESET_CREATIVE : B2_PRESET_CAPTION);
  if (!sample)
    options.n_beams = n_beams;
  /* Some end long before others. */
  options.max_new_tokens = i % 3 == 1 ? 2 : 12;
  options.no_repeat_ngram = i % 2 == 1 ? 3 : 0;
  options.repetition_penalty = i % 4 == 2 ? 1.3f : 1;
  options.seed = (guint64) i;
  return options;
}

static B2Model *
model_at (const char *relative)
{
  g_autofree char *dir = g_build_filename (g_getenv ("QLENS_SRC"), relative, NULL);
  g_autoptr (GError) error = NULL;
  B2Model *model = b2_model_open (dir, NULL, &error);

  g_assert_no_error (error);
  return model;
}

static void
assert_same (const B2Answer *a, const B2Answer *b)
{
  g_assert_cmpint (a->n_tokens, ==, b->n_tokens);
  g_assert_cmpint (a->n_prompt_tokens, ==, b->n_prompt_tokens);
  g_assert_cmpint (a->ended, ==, b->ended);
  g_assert_cmpstr (a->text, ==, b->text);
  for (int i = 0; i < a->n_tokens; i++)
    {
      g_assert_cmpint (a->tokens[i].id, ==, b->tokens[i].id);
      g_assert_cmpfloat_with_epsilon (a->tokens[i].probability, b->tokens[i].probability, TOLERANCE);
    }
  g_assert_cmpfloat_with_epsilon (a->score, b->score, TOLERANCE * fmax (1, fabs (a->score)));
}

/* A session for each sample that is asked for, which sees nothing else. */
typedef struct
{
  B2Model *model; /* not owned */
  B2Session *sessions[N_SAMPLES];
} Alone;

static void
alone_clear (Alone *self)
{
  for (int i = 0; i < N_SAMPLES; i++)
    g_clear_pointer (&self->sessions[i], b2_session_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Alone, alone_clear)

static B2Answer *
one_by_one (Alone *alone, int i, const B2DecodeOptions *options)
{
  g_autoptr (GError) error = NULL;
  B2Answer *answer;

  if (alone->sessions[i] == NULL)
    {
      alone->sessions[i] = demo_session (alone->model, 2);
      demo_use_sample (alone->sessions[i], samples[i]);
    }
  answer = b2_session_generate (alone->sessions[i], prompts[i], options, NULL, &error);
  g_assert_no_error (error);
  return answer;
}

/* @n at a time, of all samples. */
static void
check_together (Alone *alone, int n, int n_beams, gboolean sample)
{
  g_autoptr (B2Session) session = demo_session (alone->model, 2);

  n = MIN (n, b2_session_max_drafts (session, n_beams));
  for (int from = 0; from < N_SAMPLES; from += n)
    {
      int n_now = MIN (n, N_SAMPLES - from);
      B2Draft *drafts[N_SAMPLES] = { NULL };
      B2Answer *answers[N_SAMPLES] = { NULL };
      GError *errors[N_SAMPLES] = { NULL };
      B2DecodeOptions options[N_SAMPLES];
      g_autoptr (GError) error = NULL;

      for (int i = 0; i < n_now; i++)
        {
          options[i] = options_of (from + i, n_beams, sample);
          demo_use_sample (session, samples[from + i]);
          drafts[i] = b2_session_draft (session, prompts[from + i], &options[i], NULL, &error);
          g_assert_no_error (error);
        }
      b2_session_write_drafts (session, drafts, n_now, NULL, answers, errors);
      for (int i = 0; i < n_now; i++)
        {
          g_autoptr (B2Answer) expected = one_by_one (alone, from + i, &options[i]);

          g_assert_no_error (errors[i]);
          assert_same (answers[i], expected);
          b2_answer_free (answers[i]);
        }
      for (int i = 0; i < n_now; i++)
        b2_draft_free (drafts[i]);
    }
}

static void
test_together (gconstpointer data)
{
  g_autoptr (B2Model) model = model_at (data);
  g_auto (Alone) alone = { .model = model };

  check_together (&alone, 4, 1, FALSE);
  check_together (&alone, 4, 5, FALSE);
  check_together (&alone, 3, 2, FALSE);
  check_together (&alone, 8, 8, FALSE);
  check_together (&alone, 4, 1, TRUE);
  check_together (&alone, 1, 5, FALSE);
}

/* ---- the session goes on meanwhile -------------------------------------------------------- */

static void
test_meanwhile (void)
{
  g_autoptr (B2Model) model = demo_model ("qlens-demo-opt");
  g_autoptr (B2Session) session = demo_session (model, 2);
  B2DecodeOptions options = options_of (0, 5, FALSE);
  g_autoptr (B2Draft) first = NULL, second = NULL, never = NULL;
  g_autoptr (B2Answer) other = NULL, expected = NULL, expected2 = NULL;
  B2Answer *answers[2] = { NULL };
  GError *errors[2] = { NULL };
  g_autoptr (GError) error = NULL;
  B2Draft *drafts[2];
  g_auto (Alone) alone = { .model = model };

  expected = one_by_one (&alone, 0, &options);
  expected2 = one_by_one (&alone, 5, &options);
  demo_use_sample (session, samples[0]);
  first = b2_session_draft (session, prompts[0], &options, NULL, &error);
  never = b2_session_draft (session, prompts[1], &options, NULL, &error);
  demo_use_sample (session, samples[5]);
  second = b2_session_draft (session, prompts[5], &options, NULL, &error);
  g_assert_no_error (error);
  /* An answer in between, of another picture. */
  demo_use_sample (session, "02-tent.png");
  other = b2_session_generate (session, NULL, &options, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (other->text, ==, "an orange tent on a red background");
  drafts[0] = first;
  drafts[1] = second;
  b2_session_write_drafts (session, drafts, 2, NULL, answers, errors);
  assert_same (answers[0], expected);
  assert_same (answers[1], expected2);
  b2_answer_free (answers[0]);
  b2_answer_free (answers[1]);
}

/* ---- stopping ------------------------------------------------------------------------------- */

static void
test_stopped (void)
{
  g_autoptr (B2Model) model = demo_model ("qlens-demo-opt");
  int n_stopped = 0;
  g_auto (Alone) alone = { .model = model };

  for (int k = 0; k < 20; k++)
    {
      g_autoptr (B2Session) session = demo_session (model, 2);
      DemoStopper stopper = { b2_cancel_new (), 300 * k };
      B2Watch watch = { .cancel = stopper.cancel };
      B2Draft *drafts[3];
      B2Answer *answers[3] = { NULL };
      GError *errors[3] = { NULL };
      B2DecodeOptions options[3];
      GThread *thread;

      for (int i = 0; i < 3; i++)
        {
          options[i] = options_of (i, 5, FALSE);
          demo_use_sample (session, samples[i]);
          drafts[i] = b2_session_draft (session, prompts[i], &options[i], NULL, NULL);
          g_assert_nonnull (drafts[i]);
        }
      thread = g_thread_new ("stop", demo_stop_thread, &stopper);
      b2_session_write_drafts (session, drafts, 3, &watch, answers, errors);
      g_thread_join (thread);
      b2_cancel_unref (stopper.cancel);
      for (int i = 0; i < 3; i++)
        {
          g_assert_true ((answers[i] == NULL) != (errors[i] == NULL));
          if (errors[i] != NULL)
            {
              g_assert_error (errors[i], B2_ERROR, B2_ERROR_CANCELLED);
              n_stopped++;
            }
          else
            {
              g_autoptr (B2Answer) expected = one_by_one (&alone, i, &options[i]);

              assert_same (answers[i], expected);
            }
          g_clear_error (&errors[i]);
          g_clear_pointer (&answers[i], b2_answer_free);
          b2_draft_free (drafts[i]);
        }
    }
  g_assert_cmpint (n_stopped, >, 0);
}

static void
test_refusals (void)
{
  g_autoptr (B2Model) model = demo_model ("qlens-demo-opt");
  g_autoptr (B2Session) session = demo_session (model, 1);
  B2DecodeOptions options = options_of (0, 5, FALSE);
  g_autofree char *long_prompt = g_strnfill (4000, 'x');
  g_autoptr (B2Cancel) cancel = b2_cancel_new ();
  B2Watch watch = { .cancel = cancel };
  g_autoptr (GError) error = NULL;

  g_assert_null (b2_session_draft (session, NULL, &options, NULL, &error));
  g_assert_error (error, B2_ERROR, B2_ERROR_ARGUMENT); /* no picture */
  g_clear_error (&error);
  demo_use_sample (session, samples[0]);
  g_assert_null (b2_session_draft (session, long_prompt, &options, NULL, &error));
  g_assert_error (error, B2_ERROR, B2_ERROR_LIMIT);
  g_clear_error (&error);
  b2_cancel_trigger (cancel);
  g_assert_null (b2_session_draft (session, NULL, &options, &watch, &error));
  g_assert_error (error, B2_ERROR, B2_ERROR_CANCELLED);
  g_clear_error (&error);
  options.n_beams = 0;
  g_assert_null (b2_session_draft (session, NULL, &options, NULL, &error));
  g_assert_error (error, B2_ERROR, B2_ERROR_ARGUMENT);
  g_assert_cmpint (b2_session_max_drafts (session, 5), ==, 12);
  g_assert_cmpint (b2_session_max_drafts (session, 32), ==, 2);
}

int
main (int argc, char **argv)
{
  static const char *const folders[]
      = { "data/models/qlens-demo-opt", "data/models/qlens-demo-itm", "tests/golden/t5-basic" };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *path = g_strconcat ("/drafts/", folders[i], NULL);

      g_test_add_data_func (path, folders[i], test_together);
    }
  g_test_add_func ("/drafts/meanwhile", test_meanwhile);
  g_test_add_func ("/drafts/stopped", test_stopped);
  g_test_add_func ("/drafts/refusals", test_refusals);
  return g_test_run ();
}
