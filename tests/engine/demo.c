#include "tests/engine/demo.h"

#include <string.h>

#include "tests/engine/golden-files.h"

char *
demo_dir (const char *name)
{
  return g_build_filename (g_getenv ("QLENS_SRC"), "data", "models", name, NULL);
}

B2Model *
demo_model (const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *dir = demo_dir (name);
  B2Model *model = b2_model_open (dir, NULL, &error);

  g_assert_no_error (error);
  return model;
}

B2Session *
demo_session (B2Model *model, int n_threads)
{
  g_autoptr (GError) error = NULL;
  B2SessionOptions options = { .n_threads = n_threads };
  B2Session *session = b2_session_new (model, &options, &error);

  g_assert_no_error (error);
  return session;
}

void
demo_use_sample (B2Session *session, const char *file)
{
  g_autofree char *path = g_build_filename (g_getenv ("QLENS_SRC"), "data", "samples", file, NULL);
  g_autoptr (GdkPixbuf) picture = golden_picture (path);

  golden_set_image (session, picture);
}

void
demo_assert_same_trace (B2Trace *a, B2Trace *b, const char *but)
{
  g_assert_cmpint (b2_trace_n_tensors (a), ==, b2_trace_n_tensors (b));
  for (int i = 0; i < b2_trace_n_tensors (a); i++)
    {
      const char *name = b2_trace_tensor_name (a, i);
      const gint64 *shape;
      int n_dims;
      const float *x = b2_trace_tensor (a, name, &n_dims, &shape), *y = b2_trace_tensor (b, name, NULL, NULL);
      gsize n = 1;

      g_assert_nonnull (y);
      for (int d = 0; d < n_dims; d++)
        n *= (gsize) shape[d];
      if (but == NULL || strstr (name, but) == NULL)
        g_assert_cmpmem (x, n * sizeof *x, y, n * sizeof *y);
    }
}

gpointer
demo_stop_thread (gpointer data)
{
  const DemoStopper *self = data;
  gint64 until = g_get_monotonic_time () + self->after_us;

  /* Not asleep, which would be too coarse. */
  while (g_get_monotonic_time () < until)
    ;
  b2_cancel_trigger (self->cancel);
  return NULL;
}
