#include "ui/announce.h"

#include <glib/gi18n.h>

/* Who waits longer has turned to something else. */
#define LONG_S 5

gboolean
ql_announce_wanted (double seconds, gboolean window_active, GSettings *settings)
{
  return seconds > LONG_S && !window_active && settings != NULL
         && g_settings_get_boolean (settings, "notify");
}

static char *
notification_id (GtkWindow *window)
{
  return g_strdup_printf ("answer-%u", gtk_application_window_get_id (GTK_APPLICATION_WINDOW (window)));
}

/* Who looks at the window has seen the answer. */
static void
active_cb (GtkWindow *window)
{
  g_autofree char *id = notification_id (window);

  if (!gtk_window_is_active (window))
    return;
  g_signal_handlers_disconnect_by_func (window, active_cb, NULL);
  g_application_withdraw_notification (G_APPLICATION (gtk_window_get_application (window)), id);
}

void
ql_announce_notify (GtkWindow *window, QlTurn *turn)
{
  GApplication *app = G_APPLICATION (gtk_window_get_application (window));
  const char *question = ql_turn_get_question (turn);
  g_autofree char *id = notification_id (window);
  g_autoptr (GNotification) notification
      = g_notification_new (question != NULL ? question : _ ("Describe the picture."));

  g_notification_set_body (notification, ql_turn_get_text (turn));
  g_notification_set_default_action_and_target (
      notification, "app.show-window", "u", gtk_application_window_get_id (GTK_APPLICATION_WINDOW (window)));
  /* A newer answer takes the place of an older one that was not looked at. */
  g_application_send_notification (app, id, notification);
  g_signal_handlers_disconnect_by_func (window, active_cb, NULL);
  g_signal_connect (window, "notify::is-active", G_CALLBACK (active_cb), NULL);
}

void
ql_announce_text (GtkWidget *live, const char *text)
{
  gtk_widget_set_visible (live, FALSE);
  gtk_label_set_text (GTK_LABEL (live), text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (live), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
  gtk_widget_set_visible (live, TRUE);
}

void
ql_announce_answer (GtkWindow *window, GtkWidget *live, QlTurn *turn, GSettings *settings)
{
  g_autofree char *text = NULL;

  if (ql_turn_get_state (turn) == QL_TURN_DONE)
    /* Translators: spoken by screen readers when an answer is there. */
    text = g_strdup_printf (_ ("Answer: %s"), ql_turn_get_text (turn));
  else if (ql_turn_get_state (turn) == QL_TURN_STOPPED)
    text = g_strdup (_ ("Stopped"));
  else
    return; /* a message says so already */
  ql_announce_text (live, text);
  if (ql_turn_get_state (turn) == QL_TURN_DONE
      && ql_announce_wanted (ql_turn_get_seconds (turn), gtk_window_is_active (window), settings))
    ql_announce_notify (window, turn);
}
