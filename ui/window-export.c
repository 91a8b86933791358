#include "ui/window-private.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app/conversation-export.h"

/* The conversation as a file. */

static void
saved_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (QlWindow) self = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *name = g_file_get_basename (G_FILE (source));
  g_autofree char *shown = g_filename_display_name (name);

  if (g_file_replace_contents_finish (G_FILE (source), result, NULL, &error))
    {
      g_autofree char *what = g_strdup_printf (_ ("Saved as “%s”."), shown);
      ql_message_bar_show_note (self->message_bar, what, "");
    }
  else
    {
      QlErrorText text = { .what = g_strdup_printf (_ ("“%s” could not be saved."), shown),
                           .advice = g_strdup (_ ("Choose another place or name.")),
                           .details = g_strdup (error->message) };
      ql_message_bar_show_error (self->message_bar, &text);
      ql_message_bar_set_action (self->message_bar, _ ("Save Elsewhere…"), "win.save");
      g_free (text.what);
      g_free (text.advice);
      g_free (text.details);
    }
}

void
ql_window_save_conversation (QlWindow *self, GFile *file)
{
  g_autofree char *name = g_file_get_basename (file);
  g_autofree char *lower = g_ascii_strdown (name, -1);
  g_autofree char *model = ql_engine_service_get_model_name (self->engine);
  g_autoptr (GBytes) bytes = NULL;
  char *text;

  if (self->conversation == NULL)
    return;
  text = g_str_has_suffix (lower, ".json") ? ql_conversation_to_json (self->conversation, model)
                                           : ql_conversation_to_markdown (self->conversation, model);
  bytes = g_bytes_new_take (text, strlen (text));
  g_file_replace_contents_bytes_async (file, bytes, NULL, FALSE, G_FILE_CREATE_NONE, NULL, saved_cb,
                                       g_object_ref (self));
}

static void
response_cb (GtkNativeDialog *dialog, int response, gpointer data)
{
  QlWindow *self = data;
  g_autoptr (GFile) file = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
  if (file != NULL)
    ql_window_save_conversation (self, file);
  g_clear_object (&self->saver);
}

/* The format is told by the name's ending alone, so that the chooser's own question about
 * replacing a file is about the right one. */
static void
choose (QlWindow *self, const char *ending)
{
  g_autofree char *name = NULL;
  g_autofree char *full = NULL;
  char *dot;

  if (self->conversation == NULL)
    return;
  if (self->saver != NULL)
    gtk_native_dialog_destroy (GTK_NATIVE_DIALOG (self->saver));
  g_clear_object (&self->saver);
  name = g_strdup (ql_conversation_get_name (self->conversation));
  dot = strrchr (name, '.');
  if (dot != NULL && dot != name)
    *dot = '\0';
  full = g_strconcat (g_strdelimit (name, "/", '-'), ending, NULL);
  self->saver = gtk_file_chooser_native_new (_ ("Save the Conversation"), GTK_WINDOW (self),
                                             GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Save"), _ ("_Cancel"));
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->saver), full);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->saver), TRUE);
  g_signal_connect_object (self->saver, "response", G_CALLBACK (response_cb), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->saver));
}

static void
save_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  choose (data, ".md");
}

static void
save_json_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  choose (data, ".json");
}

static void
save_as_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_autoptr (GFile) file = g_file_new_for_uri (g_variant_get_string (parameter, NULL));

  /* Like opening: nothing but files of this computer. */
  if (g_file_is_native (file))
    ql_window_save_conversation (data, file);
}

static const GActionEntry entries[] = {
  { "save", save_action, NULL, NULL, NULL },
  { "save-json", save_json_action, NULL, NULL, NULL },
  { "save-as", save_as_action, "s", NULL, NULL },
};

void
ql_window_add_export_actions (QlWindow *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
}
