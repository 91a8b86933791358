#include "ui/window-private.h"

#include <glib/gi18n.h>

/* Every command of the window is an action: menu, shortcuts, buttons and tests share it. */

static void
new_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_window_show_batch (QL_WINDOW (data), FALSE);
  ql_window_set_picture (QL_WINDOW (data), NULL);
}

static void
open_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_window_choose_picture (QL_WINDOW (data));
}

static void
open_uri_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_autoptr (GFile) file = g_file_new_for_uri (g_variant_get_string (parameter, NULL));

  ql_window_open_files (QL_WINDOW (data), &file, 1);
}

static void
paste_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_window_paste (QL_WINDOW (data));
}

static void
ask_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlWindow *self = QL_WINDOW (data);
  g_autofree char *question = ql_chat_page_get_question (self->chat_page);

  if (*question == '\0' || !ql_window_can_ask (self) || ql_conversation_get_busy (self->conversation))
    return;
  ql_chat_page_set_question (self->chat_page, "");
  ql_window_ask (self, question);
}

static void
ask_text_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_window_ask (QL_WINDOW (data), g_variant_get_string (parameter, NULL));
}

static void
describe_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_window_ask (QL_WINDOW (data), NULL);
}

static void
again_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlWindow *self = QL_WINDOW (data);
  QlTurn *last = self->conversation != NULL ? ql_conversation_get_last (self->conversation) : NULL;

  if (last != NULL)
    ql_window_ask (self, ql_turn_get_question (last));
}

/* The newest question that was typed; descriptions have none. */
static QlTurn *
last_question (QlWindow *self)
{
  GListModel *turns = self->conversation != NULL ? ql_conversation_get_turns (self->conversation) : NULL;

  for (guint i = turns != NULL ? g_list_model_get_n_items (turns) : 0; i > 0; i--)
    {
      g_autoptr (QlTurn) turn = g_list_model_get_item (turns, i - 1);

      if (ql_turn_get_question (turn) != NULL)
        return turn; /* the list keeps it */
    }
  return NULL;
}

static void
edit_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlWindow *self = QL_WINDOW (data);
  QlTurn *turn = last_question (self);

  if (turn == NULL)
    return;
  ql_chat_page_set_question (self->chat_page, ql_turn_get_question (turn));
  ql_chat_page_focus_question (self->chat_page);
}

static void
stop_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlWindow *self = QL_WINDOW (data);
  gboolean was_reading = ql_window_stop_reading (self);

  if (ql_shell_get_overlaid (self->shell) && ql_shell_get_sidebar_shown (self->shell))
    ql_shell_set_sidebar_shown (self->shell, FALSE);
  else if (ql_window_shows_batch (self) && ql_batch_view_has_message (self->batch_view))
    ql_batch_view_dismiss_message (self->batch_view);
  else if (self->loading != NULL)
    ql_window_cancel_loading (self);
  else if (self->conversation != NULL && ql_conversation_get_busy (self->conversation))
    {
      ql_application_stop_model (ql_window_get_app (self));
      ql_conversation_stop (self->conversation);
    }
  else if (ql_engine_service_get_state (self->engine) == QL_ENGINE_LOADING)
    ql_application_stop_model (ql_window_get_app (self));
  else if (!was_reading)
    ql_message_bar_dismiss (self->message_bar);
  ql_window_update (self);
}

static void
focus_question_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_chat_page_focus_question (QL_WINDOW (data)->chat_page);
}

/* Moves the focus between header, message, sidebar, lesson, picture and the pane beside it. */
static void
cycle_panes (QlWindow *self, int step)
{
  GtkWidget *sidebar = NULL, *side = self->side;
  GtkWidget *panes[6 + QL_BATCH_VIEW_N_PARTS];
  int n = (int) G_N_ELEMENTS (panes);
  GtkWidget *focus = gtk_root_get_focus (GTK_ROOT (self));
  int at = step > 0 ? -1 : n;

  g_object_get (self->shell, "sidebar", &sidebar, NULL);
  panes[0] = gtk_window_get_titlebar (GTK_WINDOW (self));
  panes[1] = GTK_WIDGET (self->message_bar);
  panes[2] = sidebar;
  panes[3] = GTK_WIDGET (self->lesson_view);
  panes[4] = GTK_WIDGET (self->centre);
  panes[5] = side;
  for (int i = 0; i < QL_BATCH_VIEW_N_PARTS; i++)
    panes[6 + i] = ql_batch_view_get_part (self->batch_view, i);
  for (int i = 0; i < n && focus != NULL; i++)
    if (panes[i] != NULL && (focus == panes[i] || gtk_widget_is_ancestor (focus, panes[i])))
      at = i;
  for (int i = 1; i <= n; i++)
    {
      GtkWidget *next = panes[((at + i * step) % n + n) % n];

      if (next == NULL || !gtk_widget_get_mapped (next)
          || (next == panes[1] && !ql_message_bar_is_shown (self->message_bar)))
        continue;
      if (next == side && self->conversation != NULL)
        {
          ql_page_focus (QL_PAGE (gtk_stack_get_visible_child (self->pages)));
          break;
        }
      if (next == panes[3])
        {
          ql_lesson_view_focus_next (self->lesson_view);
          break;
        }
      if (gtk_widget_child_focus (next, GTK_DIR_TAB_FORWARD))
        break;
    }
  g_clear_object (&sidebar);
}

static void
next_pane_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  cycle_panes (QL_WINDOW (data), 1);
}

static void
previous_pane_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  cycle_panes (QL_WINDOW (data), -1);
}

static void
close_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  gtk_window_close (GTK_WINDOW (data));
}

static const GActionEntry entries[] = {
  { "new", new_action, NULL, NULL, NULL },
  { "open", open_action, NULL, NULL, NULL },
  { "open-uri", open_uri_action, "s", NULL, NULL },
  { "paste", paste_action, NULL, NULL, NULL },
  { "ask", ask_action, NULL, NULL, NULL },
  { "ask-text", ask_text_action, "s", NULL, NULL },
  { "describe", describe_action, NULL, NULL, NULL },
  { "again", again_action, NULL, NULL, NULL },
  { "edit", edit_action, NULL, NULL, NULL },
  { "stop", stop_action, NULL, NULL, NULL },
  { "focus-question", focus_question_action, NULL, NULL, NULL },
  { "next-pane", next_pane_action, NULL, NULL, NULL },
  { "previous-pane", previous_pane_action, NULL, NULL, NULL },
  { "close", close_action, NULL, NULL, NULL },
};

/* In the window's action map, not in its class: so they are on the session bus as well. */
void
ql_window_add_actions (QlWindow *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
  ql_window_add_turn_actions (self);
  ql_window_add_speech_actions (self);
  ql_window_add_view_actions (self);
  ql_window_add_export_actions (self);
  ql_window_add_session_actions (self);
}

void
ql_window_set_enabled (QlWindow *self, const char *name, gboolean enabled)
{
  g_simple_action_set_enabled (G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self), name)),
                               enabled && !ql_window_lesson_locks (self, name));
}

/* Whether Esc has something to end here. */
static gboolean
can_stop (QlWindow *self, gboolean works)
{
  gboolean batch = ql_window_shows_batch (self);

  if (batch && ql_batch_view_get_editing (self->batch_view)) /* the caption takes it */
    return FALSE;
  return works || self->loading != NULL || ql_window_is_reading (self)
         || ql_message_bar_is_shown (self->message_bar)
         || (batch && ql_batch_view_has_message (self->batch_view))
         || (ql_shell_get_overlaid (self->shell) && ql_shell_get_sidebar_shown (self->shell));
}

void
ql_window_update_actions (QlWindow *self)
{
  gboolean batch = ql_window_shows_batch (self);
  gboolean picture = self->conversation != NULL && !batch;
  gboolean can_ask = ql_window_can_ask (self) && !batch;
  gboolean busy = self->conversation != NULL && ql_conversation_get_busy (self->conversation);
  gboolean loading = ql_engine_service_get_state (self->engine) == QL_ENGINE_LOADING;
  g_autofree char *question = ql_chat_page_get_question (self->chat_page);

  ql_window_set_enabled (self, "ask", can_ask && !busy && *question != '\0');
  ql_window_set_enabled (self, "ask-text", can_ask && !busy);
  ql_window_set_enabled (self, "describe", can_ask && !busy);
  ql_window_set_enabled (self, "again", can_ask && !busy && ql_conversation_get_last (self->conversation));
  ql_window_set_enabled (self, "edit", !batch && last_question (self) != NULL);
  ql_window_set_enabled (self, "stop", can_stop (self, busy || loading));
  ql_window_set_enabled (self, "focus-question", picture);
  ql_window_set_enabled (self, "new", self->conversation != NULL);
  ql_window_update_export_actions (self);
  ql_window_update_turn_actions (self);
  ql_window_update_view_actions (self);
}
