#include "ui/batch-guard.h"

#include <glib/gi18n.h>

#include "ui/announce.h"
#include "ui/batch-words.h"

typedef struct
{
  GtkApplication *app;
  GSettings *settings;
  QlBatchState state; /* as it was last */
  gint64 start_us;
  guint inhibit_cookie; /* 0: the computer may sleep */
} Guard;

static void
inhibit (Guard *self, gboolean works)
{
  if (works && self->inhibit_cookie == 0)
    self->inhibit_cookie
        = gtk_application_inhibit (self->app, gtk_application_get_active_window (self->app),
                                   GTK_APPLICATION_INHIBIT_SUSPEND, _ ("Pictures are being described"));
  else if (!works && self->inhibit_cookie != 0)
    {
      gtk_application_uninhibit (self->app, self->inhibit_cookie);
      self->inhibit_cookie = 0;
    }
}

static void
tell (Guard *self, QlBatch *batch)
{
  GtkWindow *window = gtk_application_get_active_window (self->app);
  double seconds = (double) (g_get_monotonic_time () - self->start_us) / G_USEC_PER_SEC;
  QlBatchProgress progress = ql_batch_get_progress (batch);
  g_autofree char *summary = ql_batch_summary_text (&progress);
  g_autoptr (GNotification) notification = NULL;

  if (!ql_announce_wanted (seconds, window != NULL && gtk_window_is_active (window), self->settings))
    return;
  notification = g_notification_new (progress.n_over < progress.n_items ? _ ("The batch has stopped")
                                                                        : _ ("The batch is over"));
  g_notification_set_body (notification, summary);
  g_notification_set_default_action (notification, "app.activate");
  g_application_send_notification (G_APPLICATION (self->app), "batch", notification);
}

static void
state_cb (QlBatch *batch, GParamSpec *pspec, gpointer data)
{
  Guard *self = data;
  QlBatchState state = ql_batch_get_state (batch);

  if (self->state == QL_BATCH_IDLE)
    {
      self->start_us = g_get_monotonic_time ();
      g_application_hold (G_APPLICATION (self->app));
    }
  inhibit (self, state == QL_BATCH_RUNNING);
  if (state == QL_BATCH_IDLE)
    {
      if (self->state != QL_BATCH_STOPPING) /* nobody needs to be told what they did */
        tell (self, batch);
      g_application_release (G_APPLICATION (self->app));
    }
  self->state = state;
}

static void
guard_free (gpointer data, GClosure *closure)
{
  Guard *self = data;

  g_object_unref (self->app);
  g_clear_object (&self->settings);
  g_free (self);
}

void
ql_batch_guard_attach (QlBatch *batch, GtkApplication *app, GSettings *settings)
{
  Guard *self = g_new0 (Guard, 1);

  self->app = g_object_ref (app);
  g_set_object (&self->settings, settings);
  /* With the batch, which keeps itself as long as it runs, not with a widget. */
  g_signal_connect_data (batch, "notify::state", G_CALLBACK (state_cb), self, guard_free, 0);
}
