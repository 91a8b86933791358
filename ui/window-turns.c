#include "ui/window-private.h"

/* What can be done with a turn. Actions that take a turn take its number in the
 * conversation, from 1; 0 is the last one. */

typedef struct
{
  QlTurn *turn;
  int position;
} Removed;

static void
removed_free (Removed *self)
{
  g_object_unref (self->turn);
  g_free (self);
}

QlTurn *
ql_window_find_turn (QlWindow *self, GVariant *parameter)
{
  guint number = g_variant_get_uint32 (parameter);

  if (self->conversation == NULL)
    return NULL;
  return number == 0 ? ql_conversation_get_last (self->conversation)
                     : ql_conversation_get_turn (self->conversation, number);
}

static void
copy_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlTurn *turn = ql_window_find_turn (data, parameter);

  if (turn != NULL)
    gdk_clipboard_set_text (gtk_widget_get_clipboard (data), ql_turn_get_text (turn));
}

static void
again_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlTurn *turn = ql_window_find_turn (data, parameter);

  if (turn != NULL)
    ql_window_ask (data, ql_turn_get_question (turn));
}

static void
edit_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlWindow *self = data;
  QlTurn *turn = ql_window_find_turn (self, parameter);

  if (turn == NULL || ql_turn_get_question (turn) == NULL)
    return;
  ql_chat_page_set_question (self->chat_page, ql_turn_get_question (turn));
  ql_chat_page_focus_question (self->chat_page);
}

static void
delete_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlWindow *self = data;
  g_autoptr (QlTurn) turn = ql_window_find_turn (self, parameter);
  Removed *removed;
  int position;

  if (turn == NULL)
    return;
  g_object_ref (turn);
  position = ql_conversation_remove (self->conversation, turn);
  if (position < 0)
    return;
  if (turn == self->reading)
    ql_window_forget_reading (self);
  removed = g_new (Removed, 1);
  *removed = (Removed){ g_object_ref (turn), position };
  g_queue_push_tail (&self->removed, removed);
  ql_chat_page_set_undo (self->chat_page, TRUE);
  ql_window_describe_canvas (self);
  /* The row that had the focus is gone. */
  ql_chat_page_focus_question (self->chat_page);
  ql_window_update (self);
}

static void
undo_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlWindow *self = data;
  GtkWidget *view = ql_chat_page_get_view (self->chat_page);
  GtkWidget *focus = gtk_root_get_focus (GTK_ROOT (self));
  Removed *removed;

  if (GTK_IS_TEXT (focus)) /* a caption, a search */
    {
      gtk_widget_activate_action (focus, "text.undo", NULL);
      return;
    }
  /* The same keys undo typing, which comes first where the person is typing. */
  if (gtk_root_get_focus (GTK_ROOT (self)) == view
      && gtk_text_buffer_get_can_undo (gtk_text_view_get_buffer (GTK_TEXT_VIEW (view))))
    {
      gtk_widget_activate_action (view, "text.undo", NULL);
      return;
    }
  if (ql_window_can_undo_test (self))
    {
      ql_lab_test_undo (ql_lab_get_test (self->lab));
      return;
    }
  removed = g_queue_pop_tail (&self->removed);
  if (removed == NULL)
    {
      g_action_group_activate_action (G_ACTION_GROUP (self), "undelete-session", NULL);
      return;
    }
  ql_conversation_insert (self->conversation, removed->turn, removed->position);
  removed_free (removed);
  ql_chat_page_set_undo (self->chat_page, !g_queue_is_empty (&self->removed));
  ql_window_describe_canvas (self);
  ql_window_update (self);
}

static void
dismiss_undo_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_chat_page_set_undo (QL_WINDOW (data)->chat_page, FALSE);
  ql_chat_page_focus_question (QL_WINDOW (data)->chat_page);
}

static void
newest_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_chat_page_show_newest (QL_WINDOW (data)->chat_page);
}

static void
style_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_chat_page_open_style (QL_WINDOW (data)->chat_page);
}

static void
reset_style_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlWindow *self = data;
  QlPreset preset = (QlPreset) g_settings_get_enum (self->settings, "preset");

  if (preset != QL_PRESET_AUTO)
    ql_answer_style_reset (self->settings, preset);
}

static const GActionEntry entries[] = {
  { "copy-turn", copy_action, "u", NULL, NULL },
  { "again-turn", again_action, "u", NULL, NULL },
  { "edit-turn", edit_action, "u", NULL, NULL },
  { "delete-turn", delete_action, "u", NULL, NULL },
  { "undo", undo_action, NULL, NULL, NULL },
  { "dismiss-undo", dismiss_undo_action, NULL, NULL, NULL },
  { "newest", newest_action, NULL, NULL, NULL },
  { "style", style_action, NULL, NULL, NULL },
  { "reset-style", reset_style_action, NULL, NULL, NULL },
};

void
ql_window_add_turn_actions (QlWindow *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
}

/* Their state is the settings'. */
void
ql_window_add_setting_actions (QlWindow *self)
{
  static const char *const keys[] = { "preset", "use-context" };

  for (guint i = 0; self->settings != NULL && i < G_N_ELEMENTS (keys); i++)
    {
      g_autoptr (GAction) action = g_settings_create_action (self->settings, keys[i]);
      g_action_map_add_action (G_ACTION_MAP (self), action);
    }
}

void
ql_window_forget_removed (QlWindow *self)
{
  g_queue_clear_full (&self->removed, (GDestroyNotify) removed_free);
}

void
ql_window_update_turn_actions (QlWindow *self)
{
  gboolean busy = self->conversation != NULL && ql_conversation_get_busy (self->conversation);
  gboolean any = self->conversation != NULL && ql_conversation_get_last (self->conversation) != NULL;
  gboolean preset
      = self->settings != NULL && g_settings_get_enum (self->settings, "preset") != QL_PRESET_AUTO;

  ql_window_set_enabled (self, "copy-turn", any);
  ql_window_set_enabled (self, "read-aloud", any);
  ql_window_set_enabled (self, "again-turn", any && !busy && ql_window_can_ask (self));
  ql_window_set_enabled (self, "edit-turn", any);
  ql_window_set_enabled (self, "delete-turn", any && !busy);
  ql_window_set_enabled (self, "undo",
                         !g_queue_is_empty (&self->removed) || !g_queue_is_empty (&self->deleted)
                             || ql_window_can_undo_test (self));
  ql_window_set_enabled (self, "newest", any);
  ql_window_set_enabled (self, "style", self->settings != NULL);
  ql_window_set_enabled (self, "reset-style", preset);
  ql_chat_page_update_rows (self->chat_page);
}
