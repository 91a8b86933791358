#include "app/cli-bench-stop.h"

#define N_STOPS 12

typedef struct
{
  B2Cancel *cancel;
  gint64 after_us;
  gint64 asked_us; /* (out) */
} Stopper;

static gpointer
stop_thread (gpointer data)
{
  Stopper *self = data;

  g_usleep ((gulong) self->after_us);
  self->asked_us = g_get_monotonic_time ();
  b2_cancel_trigger (self->cancel);
  return NULL;
}

static gboolean
stop_one (QlCliRun *run, const char *path, gint64 after_us, double *ms, GError **error)
{
  B2SessionOptions session_options = ql_cli_session_options (run->options);
  g_autoptr (B2Cancel) cancel = b2_cancel_new ();
  B2GenerateHooks hooks = { .watch.cancel = cancel };
  Stopper stopper = { cancel, after_us, 0 };
  g_autoptr (GError) local_error = NULL;
  g_autoptr (B2Answer) answer = NULL;
  GThread *thread;
  gint64 end_us;

  g_clear_pointer (&run->session, b2_session_free);
  run->session = b2_session_new (run->model, &session_options, error);
  if (run->session == NULL || !ql_cli_run_picture (run, path, error))
    return FALSE;
  thread = g_thread_new ("stop", stop_thread, &stopper);
  answer = b2_session_generate (run->session, NULL, &run->options->decode, &hooks, &local_error);
  end_us = g_get_monotonic_time ();
  g_thread_join (thread);
  /* It may have been done before. */
  *ms = answer == NULL ? (double) (end_us - stopper.asked_us) / 1e3 : 0;
  if (answer != NULL || g_error_matches (local_error, B2_ERROR, B2_ERROR_CANCELLED))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

gboolean
ql_cli_bench_stop (QlCliRun *run, const char *path, double total_ms, double *longest_ms, GError **error)
{
  *longest_ms = 0;
  for (int i = 0; i < N_STOPS; i++)
    {
      double ms;

      if (!stop_one (run, path, (gint64) (total_ms * 1e3 * (i + 0.5) / N_STOPS), &ms, error))
        return FALSE;
      *longest_ms = MAX (*longest_ms, ms);
    }
  return TRUE;
}
