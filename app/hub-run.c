#include "app/hub-run.h"

#include <poll.h>

#include <glib/gi18n.h>

#define MAX_TRIES 8
#define ENOUGH_BYTES (1024 * 1024) /* after so many, the connection is worth as many tries again */
#define LONGEST_WAIT_MS (60 * 1000)
#define LONGEST_RETRY_AFTER_S (10 * 60)

void
ql_hub_run_tell (QlHubRun *self, QlHubPhase phase, guint64 file_bytes)
{
  QlHubProgress *progress = &self->progress;

  progress->phase = phase;
  progress->done_bytes = self->finished_bytes + file_bytes;
  progress->bytes_per_s = self->rate.bytes_per_s;
  progress->eta_s = -1;
  if (phase == QL_HUB_PHASE_FETCH && progress->total_bytes >= progress->done_bytes)
    progress->eta_s = ql_transfer_rate_eta_s (&self->rate, progress->total_bytes - progress->done_bytes);
  self->report (progress, self->report_data);
}

gboolean
ql_hub_run_set_status_error (QlHubRun *self, const QlHubReply *reply, const char *name, GError **error)
{
  guint status = reply->status;

  self->retry_after_s = reply->retry_after_s;
  if (status == 404 || status == 410)
    g_set_error (error, QL_HUB_ERROR, QL_HUB_ERROR_NOT_FOUND,
                 _ ("%s: the server does not have it; check the repository's name and the mirror's address"),
                 name);
  else if (status == 401 || status == 403)
    g_set_error (
        error, QL_HUB_ERROR, QL_HUB_ERROR_DENIED,
        _ ("%s: the server gives it only to those who log in, which Qlens does not; get the folder with "
           "a browser and add it"),
        name);
  else if (status == 429)
    g_set_error (error, QL_HUB_ERROR, QL_HUB_ERROR_BUSY,
                 _ ("%s: the server asks not to be asked so often; go on later"), name);
  else if (status == 408 || status >= 500)
    g_set_error (error, QL_HUB_ERROR, QL_HUB_ERROR_BUSY,
                 _ ("%s: the server is out of order (status %u); go on later"), name, status);
  else
    g_set_error (
        error, QL_HUB_ERROR, QL_HUB_ERROR_SERVER,
        _ ("%s: the server answers with status %u, which is of no use; is the mirror's address right?"), name,
        status);
  return FALSE;
}

static gboolean
wait_cancellable (QlHubRun *self, gint64 wait_ms, GError **error)
{
  gint64 end_us = g_get_monotonic_time () + wait_ms * 1000;
  GPollFD stop;
  gboolean pollable = g_cancellable_make_pollfd (self->cancellable, &stop);
  gint64 left_us;

  while ((left_us = end_us - g_get_monotonic_time ()) > 0 && !g_cancellable_is_cancelled (self->cancellable))
    {
      gint64 step_ms = MIN (1000, left_us / 1000 + 1); /* the seconds left are told */

      self->progress.wait_s = (left_us + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC;
      self->progress.phase = QL_HUB_PHASE_WAIT;
      self->progress.eta_s = -1;
      self->report (&self->progress, self->report_data);
      g_poll (&stop, pollable ? 1 : 0, (int) step_ms);
    }
  if (pollable)
    g_cancellable_release_fd (self->cancellable);
  self->progress.wait_s = 0;
  self->rate.since_us = 0; /* the wait is not slowness */
  self->rate.n_bytes = 0;
  return !g_cancellable_set_error_if_cancelled (self->cancellable, error);
}

static gboolean
is_passing (QlHubRun *self, const GError *error)
{
  if (g_error_matches (error, QL_HUB_ERROR, QL_HUB_ERROR_HOST))
    return self->received_bytes > 0; /* it was there a moment ago */
  return g_error_matches (error, QL_HUB_ERROR, QL_HUB_ERROR_NETWORK)
         || g_error_matches (error, QL_HUB_ERROR, QL_HUB_ERROR_BUSY);
}

gboolean
ql_hub_run_try (QlHubRun *self, QlHubAttempt attempt, gpointer data, GError **error)
{
  guint64 received = self->received_bytes;
  guint n_tries = 0;

  for (;;)
    {
      GError *problem = NULL;
      gint64 wait_ms;

      self->retry_after_s = -1;
      if (attempt (self, data, &problem))
        return TRUE;
      if (self->received_bytes - received >= ENOUGH_BYTES)
        {
          received = self->received_bytes;
          n_tries = 0;
        }
      n_tries++;
      if (!is_passing (self, problem) || n_tries >= MAX_TRIES || self->retry_after_s > LONGEST_RETRY_AFTER_S)
        {
          g_propagate_error (error, problem);
          return FALSE;
        }
      wait_ms = MIN ((gint64) self->patience.first_wait_ms << (n_tries - 1), LONGEST_WAIT_MS);
      if (self->retry_after_s >= 0)
        wait_ms = MAX (wait_ms, self->retry_after_s * 1000);
      g_debug ("%s; again in %" G_GINT64_FORMAT " ms", problem->message, wait_ms);
      g_error_free (problem);
      if (!wait_cancellable (self, wait_ms, error))
        return FALSE;
    }
}
