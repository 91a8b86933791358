#include "ui/window-private.h"

#include <glib/gi18n.h>
#include <string.h>

/* Recorded answers: a trace that was opened is looked at as an answer of one's own, with no model. */

static QlConversation *
make_conversation (QlWindow *self, QlTrace *trace, const char *name)
{
  QlConversation *conversation = ql_conversation_new (self->engine, name, NULL);
  const char *prompt = ql_trace_get_prompt (trace);
  QlSavedTurn *turn = ql_saved_turn_new ();
  GArray *tokens = ql_saved_tokens_new ();

  turn->id = 1;
  turn->kind = *prompt != '\0' ? QL_SAVED_RAW : QL_SAVED_DESCRIBE;
  if (*prompt != '\0')
    turn->question = g_strdup (prompt);
  turn->status = QL_SAVED_ENDED;
  g_free (turn->text);
  turn->text = g_strdup (ql_trace_get_text (trace));
  for (int i = 0; i < ql_trace_get_n_tokens (trace); i++)
    {
      QlSavedToken token = *ql_trace_get_token (trace, i);

      token.text = g_strdup (token.text);
      if (token.choices != NULL)
        g_array_ref (token.choices);
      g_array_append_val (tokens, token);
    }
  turn->tokens = tokens;
  ql_conversation_add_saved (conversation, turn);
  ql_conversation_set_recorded (conversation, TRUE);
  ql_saved_turn_free (turn);
  return conversation;
}

void
ql_window_show_trace (QlWindow *self, QlTrace *trace, const char *name)
{
  g_autoptr (QlConversation) conversation = make_conversation (self, trace, name);

  ql_window_show_conversation (self, conversation, ql_trace_get_picture (trace));
  ql_lab_set_trace (self->lab, trace);
  gtk_stack_set_visible_child_name (self->pages, "attention");
  gtk_widget_grab_focus (GTK_WIDGET (self->canvas));
}

/* ---- chooser ---- */

static void
response_cb (GtkNativeDialog *dialog, int response, gpointer data)
{
  QlWindow *self = data;
  g_autoptr (GFile) file = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
  if (file != NULL)
    ql_window_open_files (self, &file, 1);
  g_clear_object (&self->saver);
}

static void
open_trace_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlWindow *self = data;
  g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();

  if (self->saver != NULL)
    gtk_native_dialog_destroy (GTK_NATIVE_DIALOG (self->saver));
  g_clear_object (&self->saver);
  self->saver = gtk_file_chooser_native_new (_ ("Open a Trace"), GTK_WINDOW (self),
                                             GTK_FILE_CHOOSER_ACTION_OPEN, _ ("_Open"), _ ("_Cancel"));
  gtk_file_filter_set_name (filter, _ ("Traces"));
  gtk_file_filter_add_suffix (filter, "safetensors");
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (self->saver), filter);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->saver), TRUE);
  g_signal_connect_object (self->saver, "response", G_CALLBACK (response_cb), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->saver));
}

static const GActionEntry entries[] = {
  { "open-trace", open_trace_action, NULL, NULL, NULL },
};

void
ql_window_add_trace_actions (QlWindow *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
}
