#include "ui/window-private.h"

#include <glib/gi18n.h>

/* Sessions: which one the window shows, and several at once. */

void
ql_window_say_disk_failed (QlWindow *self, const char *what, const GError *error)
{
  QlErrorText text
      = { (char *) what, (char *) _ ("Free some room on the disk, or look at the details."), error->message };

  ql_message_bar_show_error (self->message_bar, &text);
}

static void
write_failed_cb (QlWindow *self, const GError *error)
{
  ql_window_say_disk_failed (self, _ ("The conversation could not be written down."), error);
}

static void
write_recovered_cb (QlWindow *self)
{
  ql_message_bar_show_note (self->message_bar, _ ("The conversation is written down after all."),
                            _ ("Nothing of it was lost."));
}

void
ql_window_leave_session (QlWindow *self)
{
  if (self->session == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->session, self);
  ql_open_session_close (self->session);
  g_clear_object (&self->session);
}

void
ql_window_enter_session (QlWindow *self, QlOpenSession *session)
{
  self->session = g_object_ref (session);
  g_signal_connect_object (session, "failed", G_CALLBACK (write_failed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "recovered", G_CALLBACK (write_recovered_cb), self, G_CONNECT_SWAPPED);
}

const char *
ql_window_get_session_id (QlWindow *self)
{
  return self->session != NULL ? ql_open_session_get_id (self->session) : NULL;
}

/* ---- opening ---- */

/* What should be known before going on with a session. */
static void
tell_state (QlWindow *self, QlOpenSession *session)
{
  const char *name = ql_conversation_get_name (ql_open_session_get_conversation (session));
  const GError *error = ql_open_session_get_picture_error (session);

  if (error != NULL)
    {
      g_autoptr (QlErrorText) text = ql_error_text_new (QL_ERROR_TASK_OPEN_PICTURE, name, error);
      ql_message_bar_show_error (self->message_bar, text);
    }
  else if (ql_open_session_get_picture_state (session) != QL_SAVED_PICTURE_PRESENT)
    {
      gboolean changed = ql_open_session_get_picture_state (session) == QL_SAVED_PICTURE_CHANGED;
      g_autofree char *what
          = g_strdup_printf (changed ? _ ("“%s” is another picture now than the one that was talked about.")
                                     : _ ("The picture “%s” is not there any more."),
                             name);

      ql_message_bar_show_note (self->message_bar, what,
                                _ ("What was said can be read. To ask more, open the picture anew, which "
                                   "begins a new conversation."));
    }
  else if (ql_open_session_get_n_recovered (session) > 0)
    {
      ql_message_bar_show_note (self->message_bar,
                                _ ("An answer was cut off when Qlens ended the last time."),
                                _ ("What there was of it is kept. Ask again to have it whole."));
      ql_message_bar_set_action (self->message_bar, _ ("Ask Again"), "win.again");
    }
}

static void
opened_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (QlWindow) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (QlOpenSession) session = ql_open_session_open_finish (result, &error);

  /* Something else is on its way by now. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->loading);
  if (session != NULL)
    {
      ql_window_show_session (self, session);
      tell_state (self, session);
    }
  else
    {
      QlErrorText text
          = { (char *) _ ("The conversation could not be opened."), (char *) "", error->message };

      if (g_error_matches (error, QL_SESSION_ERROR, QL_SESSION_ERROR_BUSY))
        text.advice = (char *) _ ("It is open in another window. Close it there first.");
      else
        text.advice = (char *) _ ("Its file is left as it is.");
      ql_message_bar_show_error (self->message_bar, &text);
      ql_sessions_view_set_current (self->sessions_view, ql_window_get_session_id (self));
    }
  ql_window_update (self);
}

/* The window of this program that shows it already. */
static QlWindow *
find_window (QlWindow *self, const char *id)
{
  for (GList *l = gtk_application_get_windows (gtk_window_get_application (GTK_WINDOW (self))); l != NULL;
       l = l->next)
    if (QL_IS_WINDOW (l->data) && g_strcmp0 (ql_window_get_session_id (l->data), id) == 0)
      return l->data;
  return NULL;
}

void
ql_window_open_session (QlWindow *self, const char *id)
{
  QlWindow *other = find_window (self, id);

  if (!ql_session_id_is_valid (id))
    return;
  if (other == self)
    {
      ql_window_show_batch (self, FALSE);
      return;
    }
  if (other != NULL)
    {
      ql_sessions_view_set_current (self->sessions_view, ql_window_get_session_id (self));
      gtk_window_present (GTK_WINDOW (other));
      return;
    }
  ql_window_cancel_loading (self);
  ql_message_bar_dismiss (self->message_bar);
  self->loading = g_cancellable_new ();
  ql_sessions_view_set_current (self->sessions_view, id);
  ql_window_update (self);
  ql_open_session_open_async (self->sessions, self->engine, self->settings, id, self->loading, opened_cb,
                              g_object_ref (self));
}

static void
open_session_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_window_open_session (data, g_variant_get_string (parameter, NULL));
}

static void
step (QlWindow *self, int by)
{
  g_autofree char *id = ql_sessions_view_neighbour (self->sessions_view, by);

  if (id != NULL)
    ql_window_open_session (self, id);
}

static void
next_session_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  step (data, 1);
}

static void
previous_session_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  step (data, -1);
}

static void
search_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlWindow *self = data;

  ql_shell_set_sidebar_shown (self->shell, TRUE);
  ql_sessions_view_focus_search (self->sessions_view);
}

/* ---- several pictures at once ---- */

static void add_next (QlWindow *self);

static void
added_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (QlWindow) self = data;
  g_autoptr (GFile) file = g_queue_pop_head (&self->to_add);
  g_autofree char *base = file != NULL ? g_file_get_basename (file) : NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (QlPicture) picture = ql_picture_load_finish (result, &error);

  if (picture != NULL)
    {
      g_autoptr (QlOpenSession) session
          = ql_open_session_new (self->sessions, self->engine, self->settings, picture);
      /* It is in the list from now on, to be opened when it is its turn. */
      ql_open_session_close (session);
    }
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_autofree char *name = base != NULL ? g_filename_display_name (base) : NULL;
      g_autoptr (QlErrorText) text = ql_error_text_new (QL_ERROR_TASK_OPEN_PICTURE, name, error);
      ql_message_bar_show_error (self->message_bar, text);
    }
  add_next (self);
}

static void
add_next (QlWindow *self)
{
  GFile *file = g_queue_peek_head (&self->to_add);

  if (file != NULL)
    ql_picture_load_async (file, 0, NULL, added_cb, g_object_ref (self));
}

void
ql_window_add_sessions (QlWindow *self, GFile **files, int n_files)
{
  gboolean idle = g_queue_is_empty (&self->to_add);

  /* The first one last: the newest session is on top of the list. */
  for (int i = n_files; i > 0; i--)
    g_queue_push_tail (&self->to_add, g_object_ref (files[i - 1]));
  if (idle)
    add_next (self);
}

/* ---- */

static const GActionEntry entries[] = {
  { "open-session", open_session_action, "s", NULL, NULL },
  { "next-session", next_session_action, NULL, NULL, NULL },
  { "previous-session", previous_session_action, NULL, NULL, NULL },
  { "search-sessions", search_action, NULL, NULL, NULL },
};

void
ql_window_add_session_actions (QlWindow *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
  ql_window_add_bin_actions (self);
}

void
ql_window_follow_sessions (QlWindow *self)
{
  ql_sessions_view_set_store (self->sessions_view, self->sessions);
  ql_window_follow_bin (self);
}
