/* What a prompt begins with as the one before did is not read again, and changes no answer. */
#include <math.h>
#include <string.h>

#include "engine/models/lm-decoder.h"
#include "engine/run/session.h"
#include "tests/engine/demo.h"

#define TURN1 "Question: what color is the donut? Answer: purple. Question: where is the donut? Answer:"
#define TURN2 TURN1 " in the sky. Question: what is in the sky? Answer:"
#define TURN3 TURN2 " a donut. Question: what is it? Answer:"
/* As TURN2, but for the first answer. */
#define OTHER                                                                                                \
  "Question: what color is the donut? Answer: orange. Question: where is the donut? Answer: in the sky. "    \
  "Question: what is in the sky? Answer:"

/* Relative: the same sums, in another order where a kernel's depends on how many rows it has. The demo model is F16. */
#define TOLERANCE 1e-4

static guint64
rows_read (B2Session *session)
{
  return ((B2DecoderState *) session->lm_state)->n_rows_read;
}

static B2Answer *
ask (B2Session *session, const char *prompt, const B2Watch *watch, GError **error)
{
  B2GenerateHooks hooks = { 0 };
  B2DecodeOptions options;

  if (watch != NULL)
    hooks.watch = *watch;
  b2_decode_options_init (&options, B2_PRESET_QUESTION);
  return b2_session_generate (session, prompt, &options, &hooks, error);
}

static void
assert_as_fresh (B2Model *model, const char *sample, const char *prompt, const B2Answer *answer)
{
  g_autoptr (B2Session) fresh = demo_session (model, 2);
  g_autoptr (GError) error = NULL;
  g_autoptr (B2Answer) expected = NULL;

  demo_use_sample (fresh, sample);
  expected = ask (fresh, prompt, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (answer->text, ==, expected->text);
  g_assert_cmpint (answer->n_prompt_tokens, ==, expected->n_prompt_tokens);
  g_assert_cmpint (answer->n_tokens, ==, expected->n_tokens);
  g_assert_cmpfloat_with_epsilon (answer->score, expected->score,
                                  TOLERANCE * fmax (1, fabs (expected->score)));
  for (int i = 0; i < answer->n_tokens; i++)
    {
      g_assert_cmpint (answer->tokens[i].id, ==, expected->tokens[i].id);
      g_assert_cmpfloat_with_epsilon (answer->tokens[i].probability, expected->tokens[i].probability,
                                      TOLERANCE);
    }
}

static void
check (B2Model *model, B2Session *session, const char *sample, const char *prompt, guint64 *n_read,
       int *n_prompt)
{
  guint64 before = rows_read (session);
  g_autoptr (GError) error = NULL;
  g_autoptr (B2Answer) answer = ask (session, prompt, NULL, &error);

  g_assert_no_error (error);
  *n_read = rows_read (session) - before;
  *n_prompt = answer->n_prompt_tokens;
  assert_as_fresh (model, sample, prompt, answer);
}

static void
test_turns (void)
{
  g_autoptr (B2Model) model = demo_model ("qlens-demo-opt");
  g_autoptr (B2Session) session = demo_session (model, 2);
  guint64 n_read;
  int n1, n2, n3, n;

  demo_use_sample (session, "01-donut.png");
  check (model, session, "01-donut.png", TURN1, &n_read, &n1);
  g_assert_cmpuint (n_read, ==, n1);
  check (model, session, "01-donut.png", TURN2, &n_read, &n2);
  g_assert_cmpuint (n_read, ==, n2 - n1);
  check (model, session, "01-donut.png", TURN3, &n_read, &n3);
  g_assert_cmpuint (n_read, ==, n3 - n2);
  /* Back: all is there but the last row, whose output is wanted. */
  check (model, session, "01-donut.png", TURN2, &n_read, &n);
  g_assert_cmpuint (n_read, ==, 1);
  check (model, session, "01-donut.png", TURN3, &n_read, &n);
  g_assert_cmpuint (n_read, ==, n3 - n2);
  /* Another beginning: what comes behind it has to be read again. */
  check (model, session, "01-donut.png", OTHER, &n_read, &n);
  g_assert_cmpuint (n_read, >, n2 - n1);
  /* A short question is read whole, so that asking it twice gives the same bits. */
  check (model, session, "01-donut.png", "Question: what? Answer:", &n_read, &n);
  g_assert_cmpuint (n_read, ==, n);
  check (model, session, "01-donut.png", "Question: what? Answer:", &n_read, &n);
  g_assert_cmpuint (n_read, ==, n);
}

static void
test_other_picture (void)
{
  g_autoptr (B2Model) model = demo_model ("qlens-demo-opt");
  g_autoptr (B2Session) session = demo_session (model, 2);
  guint64 n_read;
  int n;

  demo_use_sample (session, "01-donut.png");
  check (model, session, "01-donut.png", TURN1, &n_read, &n);
  demo_use_sample (session, "02-tent.png");
  check (model, session, "02-tent.png", TURN1, &n_read, &n);
  g_assert_cmpuint (n_read, ==, n);
}

/* An intervention changes the image rows, on which everything behind them depends. */
static void
test_intervention (void)
{
  g_autoptr (B2Model) model = demo_model ("qlens-demo-opt");
  g_autoptr (B2Session) session = demo_session (model, 2);
  const int queries[] = { 0, 3, 4, 9 };
  B2Intervention muted = { .queries = queries, .n_queries = 4 };
  g_autoptr (GError) error = NULL;
  g_autoptr (B2Answer) changed = NULL;
  guint64 n_read, before;
  int n;

  demo_use_sample (session, "01-donut.png");
  check (model, session, "01-donut.png", TURN2, &n_read, &n);
  g_assert_true (b2_session_set_intervention (session, &muted, &error));
  before = rows_read (session);
  changed = ask (session, TURN2, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (rows_read (session) - before, ==, n);
  g_assert_true (b2_session_set_intervention (session, NULL, &error));
  check (model, session, "01-donut.png", TURN2, &n_read, &n);
  g_assert_cmpuint (n_read, ==, n);
}

/* A trace has the answer read behind the prompt, where the next prompt's rows will be. */
static void
test_after_trace (void)
{
  g_autoptr (B2Model) model = demo_model ("qlens-demo-opt");
  g_autoptr (B2Session) session = demo_session (model, 2);
  B2GenerateHooks hooks = { .keep_trace = TRUE };
  g_autoptr (GError) error = NULL;
  g_autoptr (B2Answer) traced = NULL;
  B2DecodeOptions options;
  guint64 n_read;
  int n;

  demo_use_sample (session, "01-donut.png");
  b2_decode_options_init (&options, B2_PRESET_QUESTION);
  traced = b2_session_generate (session, TURN1, &options, &hooks, &error);
  g_assert_no_error (error);
  check (model, session, "01-donut.png", TURN2, &n_read, &n);
  g_assert_cmpuint (n_read, ==, n - traced->n_prompt_tokens + 1);
}

/* Looking ahead leaves the prompt alone to be read; stopped, it leaves the picture's rows to the next prompt. */
static void
test_look_ahead (void)
{
  g_autoptr (B2Model) model = demo_model ("qlens-demo-opt");

  for (int i = 0; i < 12; i++)
    {
      g_autoptr (B2Session) session = demo_session (model, 2);
      const B2DecoderState *state = (B2DecoderState *) session->lm_state;
      DemoStopper stopper = { b2_cancel_new (), 1000 * i };
      B2Watch watch = { .cancel = stopper.cancel };
      g_autoptr (GError) error = NULL;
      GThread *thread;
      guint64 n_read;
      int n;

      demo_use_sample (session, "01-donut.png");
      thread = g_thread_new ("stop", demo_stop_thread, &stopper);
      b2_session_look_ahead (session, &watch, NULL);
      g_thread_join (thread);
      b2_cancel_unref (stopper.cancel);
      if (i % 2 == 0)
        {
          g_assert_true (b2_session_look_ahead (session, NULL, &error));
          g_assert_true (session->lm_image_done && state->unread_image == NULL);
        }
      check (model, session, "01-donut.png", TURN1, &n_read, &n);
    }
}

/* Stopped at any moment of reading, half of a layer's rows are not there: none of them may count. */
static void
test_stopped (void)
{
  g_autoptr (B2Model) model = demo_model ("qlens-demo-opt");
  g_autoptr (B2Session) session = demo_session (model, 2);
  int n_stopped = 0;

  demo_use_sample (session, "01-donut.png");
  for (int i = 0; i < 30; i++)
    {
      static const char *const prompts[] = { TURN1, TURN3, OTHER, TURN2 };
      DemoStopper stopper = { b2_cancel_new (), 100 * i };
      B2Watch watch = { .cancel = stopper.cancel };
      g_autoptr (GError) error = NULL;
      g_autoptr (B2Answer) stopped = NULL;
      GThread *thread = g_thread_new ("stop", demo_stop_thread, &stopper);
      guint64 n_read;
      int n;

      stopped = ask (session, prompts[i % 4], &watch, &error);
      g_thread_join (thread);
      b2_cancel_unref (stopper.cancel);
      n_stopped += stopped == NULL;
      check (model, session, "01-donut.png", prompts[(i + 1 + i / 4) % 4], &n_read, &n);
    }
  g_assert_cmpint (n_stopped, >, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/prefix/turns", test_turns);
  g_test_add_func ("/prefix/other-picture", test_other_picture);
  g_test_add_func ("/prefix/intervention", test_intervention);
  g_test_add_func ("/prefix/after-trace", test_after_trace);
  g_test_add_func ("/prefix/look-ahead", test_look_ahead);
  g_test_add_func ("/prefix/stopped", test_stopped);
  return g_test_run ();
}
