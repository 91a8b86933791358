#include "ui/window-private.h"

/* Answers read aloud. The voice belongs to the program, the turn that it reads to a window. */

/* Models write English, whatever the desktop speaks; a voice of another language would read
 * their words by its own rules. */
#define ANSWER_LANGUAGE "en"

gboolean
ql_window_is_reading (QlWindow *self)
{
  return self->reading != NULL && ql_speech_get_reading (self->speech) == G_OBJECT (self->reading);
}

gboolean
ql_window_stop_reading (QlWindow *self)
{
  if (!ql_window_is_reading (self))
    return FALSE;
  ql_speech_stop (self->speech);
  return TRUE;
}

static void
read_turn (QlWindow *self, QlTurn *turn)
{
  g_set_object (&self->reading, turn);
  ql_speech_read (self->speech, G_OBJECT (turn), ql_turn_get_text (turn), ANSWER_LANGUAGE);
}

void
ql_window_read_answer (QlWindow *self, QlTurn *turn)
{
  if (self->settings == NULL || !g_settings_get_boolean (self->settings, "read-aloud")
      || ql_turn_get_state (turn) != QL_TURN_DONE || !ql_speech_is_built ())
    return;
  self->reading_by_itself = TRUE;
  read_turn (self, turn);
}

static void
read_aloud_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlWindow *self = data;
  QlTurn *turn = ql_window_find_turn (self, parameter);
  gboolean again = turn != NULL && turn == self->reading && ql_window_is_reading (self);

  if (turn == NULL)
    return;
  ql_window_stop_reading (self);
  if (again || *ql_turn_get_text (turn) == '\0')
    return;
  self->reading_by_itself = FALSE;
  read_turn (self, turn);
}

static const GActionEntry entries[] = {
  { "read-aloud", read_aloud_action, "u", NULL, NULL },
};

static void
reading_cb (QlWindow *self)
{
  ql_chat_page_set_reading (self->chat_page, ql_window_is_reading (self) ? self->reading : NULL);
  ql_window_update_actions (self);
}

static void
failed_cb (QlWindow *self, GObject *what, const GError *error)
{
  g_autoptr (QlErrorText) text = NULL;

  /* Another window's; and who has every answer read is told once. */
  if (what != G_OBJECT (self->reading) || (self->reading_by_itself && self->reading_failed))
    return;
  self->reading_failed = TRUE;
  text = ql_error_text_new (QL_ERROR_TASK_READ_ALOUD, NULL, error);
  ql_message_bar_show_error (self->message_bar, text);
}

void
ql_window_add_speech_actions (QlWindow *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
}

void
ql_window_set_speech (QlWindow *self, QlSpeech *speech)
{
  self->speech = g_object_ref (speech);
  g_signal_connect_object (self->speech, "notify::reading", G_CALLBACK (reading_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->speech, "failed", G_CALLBACK (failed_cb), self, G_CONNECT_SWAPPED);
}

void
ql_window_forget_reading (QlWindow *self)
{
  ql_window_stop_reading (self);
  g_clear_object (&self->reading);
}
