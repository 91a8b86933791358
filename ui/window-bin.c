#include "ui/window-private.h"

#include <glib/gi18n.h>

/* Sessions that are deleted, had back, or removed for good. */

/* A session that is, or was, deleted. */
typedef struct
{
  QlWindow *window; /* a reference while something is done to it, else NULL */
  char *id;
  gboolean was_current; /* the window showed it */
  gboolean wanted_back; /* before it was even deleted */
} Deleted;

static void
deleted_free (Deleted *self)
{
  g_clear_object (&self->window);
  g_free (self->id);
  g_free (self);
}

static void
update_undo (QlWindow *self)
{
  gboolean any = !g_queue_is_empty (&self->deleted);

  ql_sessions_view_set_undo (self->sessions_view, any);
  ql_window_set_enabled (self, "undelete-session", any);
  ql_window_update_turn_actions (self);
}

static void
undelete_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Deleted *deleted = data;
  QlWindow *self = deleted->window;
  g_autoptr (GError) error = NULL;

  if (!ql_session_store_bin_finish (QL_SESSION_STORE (source), result, &error))
    ql_window_say_disk_failed (self, _ ("The picture and its conversation could not be brought back."),
                               error);
  else if (deleted->was_current && self->session == NULL)
    ql_window_open_session (self, deleted->id);
  deleted_free (deleted);
}

/* Takes @deleted. */
static void
undelete (QlWindow *self, Deleted *deleted)
{
  g_set_object (&deleted->window, self);
  ql_session_store_undelete_async (self->sessions, deleted->id, undelete_cb, deleted);
}

static void
delete_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Deleted *deleted = data;
  g_autoptr (QlWindow) self = g_steal_pointer (&deleted->window);
  g_autoptr (GError) error = NULL;
  gboolean ok = ql_session_store_bin_finish (QL_SESSION_STORE (source), result, &error);

  if (!ok)
    ql_window_say_disk_failed (self, _ ("The picture and its conversation could not be deleted."), error);
  if (ok && deleted->wanted_back)
    undelete (self, deleted);
  else if (!ok || g_queue_find (&self->deleted, deleted) == NULL)
    {
      g_queue_remove (&self->deleted, deleted);
      deleted_free (deleted);
      update_undo (self);
    }
}

static void
delete_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlWindow *self = data;
  const char *id = g_variant_get_string (parameter, NULL);
  Deleted *deleted;

  if (*id == '\0')
    id = ql_window_get_session_id (self);
  if (id == NULL || !ql_session_id_is_valid (id))
    return;
  deleted = g_new0 (Deleted, 1);
  deleted->window = g_object_ref (self);
  deleted->id = g_strdup (id);
  deleted->was_current = g_strcmp0 (id, ql_window_get_session_id (self)) == 0;
  if (deleted->was_current)
    ql_window_set_picture (self, NULL);
  g_queue_push_tail (&self->deleted, deleted);
  update_undo (self);
  ql_session_store_delete_async (self->sessions, deleted->id, delete_cb, deleted);
}

static void
undelete_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlWindow *self = data;
  Deleted *deleted = g_queue_pop_tail (&self->deleted);

  if (deleted == NULL)
    return;
  if (deleted->window != NULL)
    deleted->wanted_back = TRUE; /* once it is gone */
  else
    undelete (self, deleted);
  update_undo (self);
}

/* ---- the bin ---- */

static void
purged_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (QlWindow) self = data;
  guint n = ql_session_store_purge_finish (QL_SESSION_STORE (source), result);
  g_autofree char *what = g_strdup_printf (
      ngettext ("%u conversation was removed for good.", "%u conversations were removed for good.", n), n);

  ql_message_bar_show_note (self->message_bar, what, _ ("The pictures' own files were left alone."));
}

static void
empty_response_cb (GtkDialog *dialog, int response, QlWindow *self)
{
  if (response == GTK_RESPONSE_ACCEPT)
    {
      /* What cannot be had back is not offered any more, in no window. */
      for (GList *l = gtk_application_get_windows (gtk_window_get_application (GTK_WINDOW (self))); l != NULL;
           l = l->next)
        if (QL_IS_WINDOW (l->data))
          {
            ql_window_forget_deleted (l->data);
            update_undo (l->data);
          }
      ql_session_store_purge_async (self->sessions, 0, purged_cb, g_object_ref (self));
    }
  gtk_window_destroy (GTK_WINDOW (dialog));
}

static void
empty_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlWindow *self = data;
  guint n = ql_session_store_get_n_deleted (self->sessions);
  g_autofree char *what = g_strdup_printf (
      ngettext ("Remove %u deleted conversation for good?", "Remove %u deleted conversations for good?", n),
      n);
  GtkWidget *dialog
      = gtk_message_dialog_new (GTK_WINDOW (self), GTK_DIALOG_MODAL | GTK_DIALOG_DESTROY_WITH_PARENT,
                                GTK_MESSAGE_QUESTION, GTK_BUTTONS_NONE, "%s", what);
  GtkWidget *remove;

  gtk_message_dialog_format_secondary_text (
      GTK_MESSAGE_DIALOG (dialog), "%s",
      _ ("This cannot be undone. Copies that Qlens made of pasted pictures go too; your own files stay."));
  gtk_dialog_add_button (GTK_DIALOG (dialog), _ ("_Cancel"), GTK_RESPONSE_CANCEL);
  remove = gtk_dialog_add_button (GTK_DIALOG (dialog), _ ("_Remove"), GTK_RESPONSE_ACCEPT);
  gtk_widget_add_css_class (remove, "destructive-action");
  gtk_dialog_set_default_response (GTK_DIALOG (dialog), GTK_RESPONSE_CANCEL);
  g_signal_connect_object (dialog, "response", G_CALLBACK (empty_response_cb), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
n_deleted_cb (QlWindow *self)
{

  ql_window_set_enabled (self, "empty-bin", ql_session_store_get_n_deleted (self->sessions) > 0);
}

/* ---- */

static const GActionEntry entries[] = {
  { "delete-session", delete_action, "s", NULL, NULL },
  { "undelete-session", undelete_action, NULL, NULL, NULL },
  { "empty-bin", empty_action, NULL, NULL, NULL },
};

void
ql_window_add_bin_actions (QlWindow *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
  update_undo (self);
}

void
ql_window_follow_bin (QlWindow *self)
{

  g_signal_connect_object (self->sessions, "notify::n-deleted", G_CALLBACK (n_deleted_cb), self,
                           G_CONNECT_SWAPPED);
  n_deleted_cb (self);
}

void
ql_window_forget_deleted (QlWindow *self)
{
  Deleted *deleted;

  /* Those that are being deleted belong to that until it has ended. */
  while ((deleted = g_queue_pop_tail (&self->deleted)) != NULL)
    if (deleted->window == NULL)
      deleted_free (deleted);
}
