#include "tests/engine/lab.h"

#include <math.h>
#include <string.h>

#include "tests/engine/demo.h"

Lab
lab_open (const char *name)
{
  Lab self = { .name = name };

  if (g_str_has_prefix (name, "qlens-demo"))
    self.model = demo_model (name);
  else
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *dir = golden_path (name);

      self.model = b2_model_open (dir, NULL, &error);
      g_assert_no_error (error);
    }
  self.session = demo_session (self.model, 2);
  lab_use_image (self.session, 0);
  return self;
}

void
lab_close (Lab *self)
{
  b2_session_free (self->session);
  b2_model_unref (self->model);
}

void
lab_use_image (B2Session *session, int image)
{
  demo_use_sample (session, image == 0 ? "01-donut.png" : "09-clock-cow.png");
}

void
lab_set (B2Session *session, const B2Intervention *intervention)
{
  g_autoptr (GError) error = NULL;

  b2_session_set_intervention (session, intervention, &error);
  g_assert_no_error (error);
}

B2Answer *
lab_ask (B2Session *session, const char *prompt)
{
  g_autoptr (GError) error = NULL;
  B2GenerateHooks hooks = { .keep_trace = TRUE };
  B2DecodeOptions options;
  B2Answer *answer;

  b2_decode_options_init (&options, B2_PRESET_CAPTION);
  options.n_beams = 1;
  options.max_new_tokens = 12;
  answer = b2_session_generate (session, prompt, &options, &hooks, &error);
  g_assert_no_error (error);
  return answer;
}

gsize
lab_n (B2Trace *trace, const char *name)
{
  const gint64 *shape;
  int n_dims;
  gsize n = 1;

  g_assert_nonnull (b2_trace_tensor (trace, name, &n_dims, &shape));
  for (int i = 0; i < n_dims; i++)
    n *= (gsize) shape[i];
  return n;
}

gboolean
lab_same (B2Trace *a, B2Trace *b, const char *name)
{
  gsize n = lab_n (a, name);

  return n == lab_n (b, name)
         && memcmp (b2_trace_tensor (a, name, NULL, NULL), b2_trace_tensor (b, name, NULL, NULL),
                    n * sizeof (float))
                == 0;
}

/* Whether a tensor depends on when the picture was read: with a trace or before it. */
static gboolean
is_measure (const char *name)
{
  return g_str_has_suffix (name, "_norms");
}

static int
n_results (B2Trace *trace)
{
  int n = 0;

  for (int i = 0; i < b2_trace_n_tensors (trace); i++)
    n += !is_measure (b2_trace_tensor_name (trace, i));
  return n;
}

void
lab_assert_same_trace (B2Trace *a, B2Trace *b)
{
  g_assert_cmpint (n_results (a), ==, n_results (b));
  for (int i = 0; i < b2_trace_n_tensors (a); i++)
    {
      const char *name = b2_trace_tensor_name (a, i);

      if (is_measure (name) && b2_trace_tensor (b, name, NULL, NULL) == NULL)
        continue;
      if (!lab_same (a, b, name))
        g_error ("%s differs", name);
    }
  g_assert_cmpstr (b2_trace_metadata (a, "intervention"), ==, b2_trace_metadata (b, "intervention"));
}

void
lab_assert_same_answer (const B2Answer *a, const B2Answer *b)
{
  g_assert_cmpstr (a->text, ==, b->text);
  g_assert_cmpmem (a->tokens, (gsize) a->n_tokens * sizeof *a->tokens, b->tokens,
                   (gsize) b->n_tokens * sizeof *b->tokens);
  g_assert_cmpfloat (a->score, ==, b->score);
  lab_assert_same_trace (a->trace, b->trace);
}

void
lab_assert_finite (B2Trace *trace)
{
  for (int i = 0; i < b2_trace_n_tensors (trace); i++)
    {
      const char *name = b2_trace_tensor_name (trace, i);
      const float *values = b2_trace_tensor (trace, name, NULL, NULL);

      for (gsize j = 0; j < lab_n (trace, name); j++)
        if (!isfinite (values[j]))
          g_error ("%s[%" G_GSIZE_FORMAT "] is %g", name, j, (double) values[j]);
    }
}

void
lab_log_cb (B2Phase phase, int done, int total, gpointer data)
{
  LabLog *log = data;

  g_assert_cmpint (done, <=, total);
  log->n_calls[phase]++;
  if (log->cancel != NULL && (int) phase == log->stop_phase && log->n_calls[phase] == log->stop_at)
    b2_cancel_trigger (log->cancel);
}
