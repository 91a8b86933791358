/* A session on the demo model: caches, cancelling, limits, threads, traces. */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "tests/engine/demo.h"

static const char *sample = "01-donut.png";
static const char *question = "Question: what color is the donut? Answer:";

static B2Answer *
ask (B2Session *session, const char *prompt, int n_beams, const B2GenerateHooks *hooks)
{
  g_autoptr (GError) error = NULL;
  B2DecodeOptions options;
  B2Answer *answer;

  b2_decode_options_init (&options, B2_PRESET_CAPTION);
  options.n_beams = n_beams;
  answer = b2_session_generate (session, prompt, &options, hooks, &error);
  g_assert_no_error (error);
  return answer;
}

/* ---- progress and caches --------------------------------------------------------- */

typedef struct
{
  int n_calls[B2_PHASE_DECODE + 1];
  int last[B2_PHASE_DECODE + 1];
  B2Cancel *cancel;
  int stop_phase, stop_at; /* -1: never */
} Log;

static void
log_progress (B2Phase phase, int done, int total, gpointer data)
{
  Log *log = data;

  g_assert_cmpint (done, >=, 0);
  g_assert_cmpint (done, <=, total);
  log->n_calls[phase]++;
  log->last[phase] = done;
  if ((int) phase == log->stop_phase && log->n_calls[phase] == log->stop_at)
    b2_cancel_trigger (log->cancel);
}

static void
test_second_question_runs_no_vit (void)
{
  g_autoptr (B2Model) model = demo_model ("qlens-demo-opt");
  g_autoptr (B2Session) session = demo_session (model, 1);
  Log first = { .stop_phase = -1 }, second = { .stop_phase = -1 }, third = { .stop_phase = -1 };
  B2GenerateHooks hooks = { .watch = { .progress = log_progress, .progress_data = &first } };
  g_autoptr (B2Answer) caption = NULL, answer = NULL, other = NULL;

  demo_use_sample (session, sample);
  caption = ask (session, NULL, 5, &hooks);
  g_assert_cmpstr (caption->text, ==, "a purple donut in the sky");
  g_assert_cmpint (first.n_calls[B2_PHASE_VISION], ==, b2_model_info (model)->vision_layers);
  g_assert_cmpfloat (caption->timings.vision, >, 0);

  demo_use_sample (session, sample); /* the same pixels */
  hooks.watch.progress_data = &second;
  answer = ask (session, question, 5, &hooks);
  g_assert_cmpstr (answer->text, ==, "purple");
  g_assert_cmpint (second.n_calls[B2_PHASE_VISION], ==, 0);
  g_assert_cmpint (second.n_calls[B2_PHASE_QFORMER], ==, 0);
  /* Of the prefill only the prompt's part is left, not the image rows'. */
  g_assert_cmpint (second.n_calls[B2_PHASE_PREFILL], ==, b2_model_info (model)->lm_layers);
  g_assert_cmpfloat (answer->timings.vision, ==, 0);

  demo_use_sample (session, "02-tent.png");
  hooks.watch.progress_data = &third;
  other = ask (session, NULL, 5, &hooks);
  g_assert_cmpstr (other->text, ==, "an orange tent on a red background");
  g_assert_cmpint (third.n_calls[B2_PHASE_VISION], ==, b2_model_info (model)->vision_layers);
}

static void
test_no_picture (void)
{
  g_autoptr (B2Model) model = demo_model ("qlens-demo-opt");
  g_autoptr (B2Session) session = demo_session (model, 1);
  g_autoptr (GError) error = NULL;
  B2DecodeOptions options;

  b2_decode_options_init (&options, B2_PRESET_CAPTION);
  g_assert_null (b2_session_generate (session, NULL, &options, NULL, &error));
  g_assert_error (error, B2_ERROR, B2_ERROR_ARGUMENT);
}

/* ---- cancelling -------------------------------------------------------------------- */

static void
test_cancel_generation (gconstpointer data)
{
  int phase = GPOINTER_TO_INT (data);
  g_autoptr (B2Model) model = demo_model ("qlens-demo-opt");

  for (int at = 1; at <= 3; at++)
    {
      g_autoptr (B2Session) session = demo_session (model, 2);
      g_autoptr (B2Cancel) cancel = b2_cancel_new ();
      g_autoptr (GError) error = NULL;
      g_autoptr (B2Answer) answer = NULL;
      Log log = { .cancel = cancel, .stop_phase = phase, .stop_at = at };
      B2GenerateHooks hooks = { .watch = { cancel, log_progress, &log } };
      B2DecodeOptions options;

      b2_decode_options_init (&options, B2_PRESET_CAPTION);
      demo_use_sample (session, sample);
      g_assert_null (b2_session_generate (session, question, &options, &hooks, &error));
      g_assert_error (error, B2_ERROR, B2_ERROR_CANCELLED);
      /* Honoured within one layer: the phase goes no further. */
      g_assert_cmpint (log.n_calls[phase], <=, at + 1);
      for (int later = phase + 1; later <= B2_PHASE_DECODE; later++)
        g_assert_cmpint (log.n_calls[later], ==, 0);
      /* The session is as good as before. */
      answer = ask (session, question, 5, NULL);
      g_assert_cmpstr (answer->text, ==, "purple");
    }
}

/* At any moment, also in the midst of a layer, whose other half is then not computed: nothing
 * of that may be taken for a result, now or by the next question. */
static void
test_cancel_anywhere (void)
{
  g_autoptr (B2Model) model = demo_model ("qlens-demo-opt");
  g_autoptr (B2Session) session = demo_session (model, 2);
  g_autoptr (B2Answer) expected = NULL;
  gint64 start = g_get_monotonic_time (), whole_us;
  int n_stopped = 0;

  demo_use_sample (session, "07-tiger.png");
  expected = ask (session, NULL, 5, NULL);
  whole_us = g_get_monotonic_time () - start;
  for (int i = 0; i < 20; i++)
    {
      g_autoptr (B2Session) fresh = demo_session (model, 1 + i % 2);
      g_autoptr (GError) error = NULL;
      g_autoptr (B2Answer) stopped = NULL, again = NULL;
      DemoStopper stopper = { b2_cancel_new (), whole_us * i / 20 };
      B2GenerateHooks hooks = { .watch.cancel = stopper.cancel };
      B2DecodeOptions options;
      GThread *thread;

      b2_decode_options_init (&options, B2_PRESET_CAPTION);
      demo_use_sample (fresh, "07-tiger.png");
      thread = g_thread_new ("stop", demo_stop_thread, &stopper);
      stopped = b2_session_generate (fresh, NULL, &options, &hooks, &error);
      g_thread_join (thread);
      b2_cancel_unref (stopper.cancel);
      if (stopped == NULL)
        {
          g_assert_error (error, B2_ERROR, B2_ERROR_CANCELLED);
          n_stopped++;
        }
      else
        g_assert_cmpstr (stopped->text, ==, expected->text);
      again = ask (fresh, NULL, 5, NULL);
      g_assert_cmpstr (again->text, ==, expected->text);
      g_assert_cmpmem (again->tokens, (gsize) again->n_tokens * sizeof *again->tokens, expected->tokens,
                       (gsize) expected->n_tokens * sizeof *expected->tokens);
    }
  g_assert_cmpint (n_stopped, >, 0);
}

static void
test_cancel_open (void)
{
  g_autofree char *dir = demo_dir ("qlens-demo-opt");

  for (int at = 1; at < 150; at += 37)
    {
      g_autoptr (B2Cancel) cancel = b2_cancel_new ();
      g_autoptr (GError) error = NULL;
      Log log = { .cancel = cancel, .stop_phase = B2_PHASE_OPEN, .stop_at = at };
      B2Watch watch = { cancel, log_progress, &log };

      g_assert_null (b2_model_open (dir, &watch, &error));
      g_assert_error (error, B2_ERROR, B2_ERROR_CANCELLED);
      g_assert_cmpint (log.n_calls[B2_PHASE_OPEN], ==, at);
    }
}

static void
test_cancel_match (void)
{
  g_autoptr (B2Model) model = demo_model ("qlens-demo-itm");
  g_autoptr (B2Session) session = demo_session (model, 1);
  g_autoptr (B2Cancel) cancel = b2_cancel_new ();
  g_autoptr (GError) error = NULL;
  B2Watch watch = { .cancel = cancel };
  B2Match match;

  demo_use_sample (session, sample);
  b2_cancel_trigger (cancel);
  g_assert_false (b2_session_match (session, "a donut", &match, &watch, &error));
  g_assert_error (error, B2_ERROR, B2_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_true (b2_session_match (session, "a donut", &match, NULL, &error));
}

/* ---- limits ------------------------------------------------------------------------ */

static void
expect_refusal (B2Session *session, const char *prompt, const B2DecodeOptions *options, int code,
                const char *pattern)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (b2_session_generate (session, prompt, options, NULL, &error));
  g_assert_error (error, B2_ERROR, code);
  if (!g_pattern_match_simple (pattern, error->message))
    g_error ("“%s” does not look like %s", error->message, pattern);
}

static void
test_refusals (void)
{
  g_autoptr (B2Model) model = demo_model ("qlens-demo-opt");
  g_autoptr (B2Session) session = demo_session (model, 1);
  g_autofree char *long_prompt = g_strnfill (4000, 'x');
  B2DecodeOptions good, bad;

  demo_use_sample (session, sample);
  b2_decode_options_init (&good, B2_PRESET_CAPTION);
  expect_refusal (session, long_prompt, &good, B2_ERROR_LIMIT, "The prompt has * tokens*");
  expect_refusal (session, "a \xff b", &good, B2_ERROR_ARGUMENT, "*UTF-8*");
  expect_refusal (session, "look: <image>", &good, B2_ERROR_ARGUMENT, "*<image>*");
#define EXPECT_BAD(field, value, pattern)                                                                    \
  bad = good, bad.field = value, expect_refusal (session, NULL, &bad, B2_ERROR_ARGUMENT, pattern)
  EXPECT_BAD (n_beams, 0, "*beams*");
  EXPECT_BAD (n_beams, 1000000, "*beams*");
  EXPECT_BAD (max_new_tokens, 0, "*new tokens*");
  EXPECT_BAD (max_new_tokens, G_MAXINT, "*new tokens*");
  EXPECT_BAD (min_new_tokens, -1, "*new tokens*");
  EXPECT_BAD (min_new_tokens, 31, "*new tokens*");
  EXPECT_BAD (length_penalty, NAN, "*length penalty*");
  EXPECT_BAD (length_penalty, INFINITY, "*length penalty*");
  EXPECT_BAD (repetition_penalty, 0, "*repetition penalty*");
  EXPECT_BAD (repetition_penalty, -1, "*repetition penalty*");
  EXPECT_BAD (no_repeat_ngram, -1, "*n-gram*");
  EXPECT_BAD (temperature, 0, "*temperature*");
  EXPECT_BAD (top_k, -1, "*op-k*");
  EXPECT_BAD (top_p, 0, "*op-p*");
  EXPECT_BAD (top_p, 1.5f, "*op-p*");
  EXPECT_BAD (sample, TRUE, "*exclude each other*");
#undef EXPECT_BAD
}

static void
test_bad_sizes (void)
{
  g_autoptr (B2Model) model = demo_model ("qlens-demo-opt");
  static const int sizes[][2] = { { 95, 96 }, { 0, 96 }, { -8, 96 }, { 96, 8192 }, { 4, 96 } };

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      B2SessionOptions options = { .image_width_px = sizes[i][0], .image_height_px = sizes[i][1] };
      g_autoptr (GError) error = NULL;

      g_assert_null (b2_session_new (model, &options, &error));
      g_assert_error (error, B2_ERROR, B2_ERROR_ARGUMENT);
    }
}

static void
test_wrong_task (void)
{
  g_autoptr (B2Model) model = demo_model ("qlens-demo-opt");
  g_autoptr (B2Session) session = demo_session (model, 1);
  g_autoptr (GError) error = NULL;
  B2Match match;

  demo_use_sample (session, sample);
  g_assert_false (b2_session_match (session, "a donut", &match, NULL, &error));
  g_assert_error (error, B2_ERROR, B2_ERROR_UNSUPPORTED);
}

/* ---- threads, sampling -------------------------------------------------------------- */

static void
test_threads_do_not_matter (void)
{
  g_autoptr (B2Model) model = demo_model ("qlens-demo-opt");
  g_autoptr (B2Answer) one = NULL;
  B2GenerateHooks hooks = { .keep_trace = TRUE };

  for (int n = 1; n <= 4; n++)
    {
      g_autoptr (B2Session) session = demo_session (model, n);
      g_autoptr (B2Answer) answer = NULL;

      demo_use_sample (session, "09-clock-cow.png");
      answer = ask (session, NULL, 5, &hooks);
      if (one == NULL)
        {
          one = g_steal_pointer (&answer);
          continue;
        }
      g_assert_cmpstr (answer->text, ==, one->text);
      g_assert_cmpfloat (answer->score, ==, one->score);
      for (int i = 0; i < b2_trace_n_tensors (one->trace); i++)
        {
          const char *name = b2_trace_tensor_name (one->trace, i);
          const gint64 *shape;
          int n_dims;
          const float *a = b2_trace_tensor (one->trace, name, &n_dims, &shape);
          const float *b = b2_trace_tensor (answer->trace, name, NULL, NULL);
          gsize count = 1;

          for (int d = 0; d < n_dims; d++)
            count *= (gsize) shape[d];
          g_assert_cmpmem (a, count * sizeof *a, b, count * sizeof *b);
        }
    }
}

static char *
sample_text (B2Session *session, guint64 seed, int top_k)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (B2Answer) answer = NULL;
  B2DecodeOptions options;

  b2_decode_options_init (&options, B2_PRESET_CREATIVE);
  options.temperature = 1.5f;
  options.top_p = 1;
  options.seed = seed;
  options.top_k = top_k;
  answer = b2_session_generate (session, NULL, &options, NULL, &error);
  g_assert_no_error (error);
  return g_strdup (answer->text);
}

static void
test_sampling (void)
{
  g_autoptr (B2Model) model = demo_model ("qlens-demo-opt");
  g_autoptr (B2Session) session = demo_session (model, 1);
  g_autoptr (GHashTable) texts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (B2Answer) greedy = NULL;

  demo_use_sample (session, "16-fails-photo.jpg");
  greedy = ask (session, NULL, 1, NULL);
  for (guint64 seed = 0; seed < 10; seed++)
    {
      g_autofree char *again = sample_text (session, seed, 0);
      g_autofree char *only = sample_text (session, seed, 1);
      char *text = sample_text (session, seed, 0);

      g_assert_cmpstr (text, ==, again);
      g_assert_cmpstr (only, ==, greedy->text);
      g_hash_table_add (texts, text);
    }
  g_assert_cmpuint (g_hash_table_size (texts), >, 3);
}

/* ---- streaming ------------------------------------------------------------------------ */

typedef struct
{
  GString *last;
  int n_calls, last_n;
} Stream;

static void
on_token (const B2Token *token, int n_tokens, const char *text, gpointer data)
{
  Stream *stream = data;

  stream->n_calls++;
  stream->last_n = n_tokens;
  g_string_assign (stream->last, text);
  g_assert_cmpfloat (token->probability, >, 0);
  g_assert_cmpfloat (token->probability, <=, 1);
  g_assert_cmpfloat (token->alternative_probabilities[0], >=, token->alternative_probabilities[1]);
  for (int i = 0; i < B2_N_ALTERNATIVES; i++)
    if (token->alternative_ids[i] == token->id)
      g_assert_cmpfloat (token->alternative_probabilities[i], ==, token->probability);
}

static void
test_streaming (void)
{
  g_autoptr (B2Model) model = demo_model ("qlens-demo-opt");
  g_autoptr (B2Session) session = demo_session (model, 1);
  static const int beams[] = { 1, 5 };

  demo_use_sample (session, sample);
  for (gsize i = 0; i < G_N_ELEMENTS (beams); i++)
    {
      Stream stream = { .last = g_string_new (NULL) };
      B2GenerateHooks hooks = { .token = on_token, .token_data = &stream };
      g_autoptr (B2Answer) answer = ask (session, NULL, beams[i], &hooks);

      g_assert_cmpint (stream.n_calls, >=, answer->n_tokens);
      g_assert_cmpstr (stream.last->str, ==, answer->text_raw);
      g_assert_cmpint (stream.last_n, ==, answer->n_tokens);
      g_string_free (stream.last, TRUE);
    }
}

/* ---- traces ------------------------------------------------------------------------------ */

static void
assert_same_traces (B2Trace *a, B2Trace *b)
{
  static const char *const keys[] = { "format", "model.fingerprint", "image.sha256", "image.size",
                                      "prompt", "settings",          "tokens",       "text" };

  g_assert_cmpint (b2_trace_n_tensors (a), ==, b2_trace_n_tensors (b));
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_assert_nonnull (b2_trace_metadata (a, keys[i]));
      g_assert_cmpstr (b2_trace_metadata (a, keys[i]), ==, b2_trace_metadata (b, keys[i]));
    }
  for (int i = 0; i < b2_trace_n_tensors (a); i++)
    {
      const char *name = b2_trace_tensor_name (a, i);
      const gint64 *shape_a, *shape_b;
      int dims_a, dims_b;
      const float *x = b2_trace_tensor (a, name, &dims_a, &shape_a);
      const float *y = b2_trace_tensor (b, name, &dims_b, &shape_b);
      gsize n = 1;

      g_assert_cmpmem (shape_a, (gsize) dims_a * sizeof *shape_a, shape_b, (gsize) dims_b * sizeof *shape_b);
      for (int d = 0; d < dims_a; d++)
        n *= (gsize) shape_a[d];
      g_assert_cmpmem (x, n * sizeof *x, y, n * sizeof *y);
    }
}

static void
test_trace (void)
{
  g_autoptr (B2Model) model = demo_model ("qlens-demo-opt");
  g_autoptr (B2Session) session = demo_session (model, 1);
  g_autofree char *dir = g_dir_make_tmp ("qlens-trace-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "a.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (B2Answer) answer = NULL;
  g_autoptr (B2Trace) reopened = NULL;
  B2GenerateHooks hooks = { .keep_trace = TRUE };
  const gint64 *shape;
  int n_dims;

  demo_use_sample (session, sample);
  answer = ask (session, question, 5, &hooks);
  g_assert_true (b2_trace_save (answer->trace, path, &error));
  reopened = b2_trace_open (path, &error);
  g_assert_no_error (error);
  assert_same_traces (answer->trace, reopened);
  b2_trace_tensor (reopened, "qformer.self_attentions", &n_dims, &shape);
  g_assert_cmpint (n_dims, ==, 4);
  g_assert_cmpint (shape[0], ==, 6);
  g_assert_cmpint (shape[2], ==, 32);
  b2_trace_tensor (reopened, "lm.attention", &n_dims, &shape);
  g_assert_cmpint (shape[0], ==, answer->n_tokens);
  g_assert_null (b2_trace_tensor (reopened, "nothing", NULL, NULL));
  g_unlink (path);
  g_rmdir (dir);
}

static void
test_trace_refusals (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *weights = g_build_filename (g_getenv ("QLENS_SRC"), "data", "models", "qlens-demo-opt",
                                               "model.safetensors", NULL);

  g_assert_null (b2_trace_open ("/nonexistent/trace", &error));
  g_assert_error (error, B2_ERROR, B2_ERROR_IO);
  g_clear_error (&error);
  g_assert_null (b2_trace_open (weights, &error));
  g_assert_error (error, B2_ERROR, B2_ERROR_FORMAT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session/second-question", test_second_question_runs_no_vit);
  g_test_add_func ("/session/no-picture", test_no_picture);
  for (int phase = B2_PHASE_VISION; phase <= B2_PHASE_DECODE; phase++)
    {
      g_autofree char *path = g_strconcat ("/session/cancel/", b2_phase_name ((B2Phase) phase), NULL);

      g_test_add_data_func (path, GINT_TO_POINTER (phase), test_cancel_generation);
    }
  g_test_add_func ("/session/cancel/anywhere", test_cancel_anywhere);
  g_test_add_func ("/session/cancel/open", test_cancel_open);
  g_test_add_func ("/session/cancel/match", test_cancel_match);
  g_test_add_func ("/session/refusals", test_refusals);
  g_test_add_func ("/session/bad-sizes", test_bad_sizes);
  g_test_add_func ("/session/wrong-task", test_wrong_task);
  g_test_add_func ("/session/threads", test_threads_do_not_matter);
  g_test_add_func ("/session/sampling", test_sampling);
  g_test_add_func ("/session/streaming", test_streaming);
  g_test_add_func ("/session/trace", test_trace);
  g_test_add_func ("/session/trace/refusals", test_trace_refusals);
  return g_test_run ();
}
