#include "tests/engine/demo.h"

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
