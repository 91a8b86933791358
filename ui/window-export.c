#include "ui/window-private.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app/caption-sidecar.h"
#include "app/conversation-export.h"

/* The conversation as a file, and the description in one beside the picture. */

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

/* ---- beside the picture ---- */

typedef struct
{
  QlSidecar kind;
  char *picture; /* path */
  char *caption;
} Caption;

static void
caption_free (gpointer data)
{
  Caption *self = data;

  g_free (self->picture);
  g_free (self->caption);
  g_free (self);
}

static void
caption_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Caption *self = data;
  g_autofree char *path = ql_caption_sidecar_path (self->kind, self->picture, NULL);
  GError *error = NULL;

  /* Whatever else is in the file stays; the same caption is not added twice. */
  if (ql_caption_sidecar_write (self->kind, path, QL_CAPTION_EDIT, self->caption, self->caption, &error))
    g_task_return_pointer (task, g_steal_pointer (&path), g_free);
  else
    g_task_return_error (task, error);
}

static void
caption_written_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  QlWindow *self = QL_WINDOW (source);
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_task_propagate_pointer (G_TASK (result), &error);

  if (path != NULL)
    {
      g_autofree char *name = g_filename_display_basename (path);
      g_autofree char *what = g_strdup_printf (_ ("Saved as “%s”."), name);
      ql_message_bar_show_note (self->message_bar, what, _ ("It is beside the picture."));
    }
  else
    {
      QlErrorText text
          = { (char *) _ ("The description could not be written beside the picture."),
              (char *) _ ("Check the folder's permissions, or export the conversation."), error->message };
      ql_message_bar_show_error (self->message_bar, &text);
    }
}

/* Returns: (nullable) (transfer full): where the picture came from, if it is a file here */
static char *
picture_path (QlWindow *self)
{
  QlPicture *picture = self->conversation != NULL ? ql_conversation_get_picture (self->conversation) : NULL;
  GFile *file = picture != NULL ? ql_picture_get_file (picture) : NULL;

  return file != NULL ? g_file_get_path (file) : NULL;
}

static void
write_caption_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlWindow *self = data;
  QlTurn *turn = self->conversation != NULL ? ql_conversation_get_description (self->conversation) : NULL;
  g_autofree char *path = picture_path (self);
  g_autoptr (GTask) task = NULL;
  Caption *caption;

  if (turn == NULL || path == NULL)
    return;
  caption = g_new0 (Caption, 1);
  caption->kind
      = g_str_equal (g_variant_get_string (parameter, NULL), "xmp") ? QL_SIDECAR_XMP : QL_SIDECAR_TXT;
  caption->picture = g_steal_pointer (&path);
  caption->caption = g_strdup (ql_turn_get_text (turn));
  task = g_task_new (self, NULL, caption_written_cb, NULL);
  g_task_set_task_data (task, caption, caption_free);
  g_task_run_in_thread (task, caption_thread);
}

void
ql_window_update_export_actions (QlWindow *self)
{
  g_autofree char *path = picture_path (self);
  gboolean any = self->conversation != NULL;

  ql_window_set_enabled (self, "save", any);
  ql_window_set_enabled (self, "save-json", any);
  ql_window_set_enabled (self, "save-as", any);
  ql_window_set_enabled (self, "write-caption",
                         path != NULL && ql_conversation_get_description (self->conversation) != NULL);
}

static const GActionEntry entries[] = {
  { "save", save_action, NULL, NULL, NULL },
  { "save-json", save_json_action, NULL, NULL, NULL },
  { "save-as", save_as_action, "s", NULL, NULL },
  { "write-caption", write_caption_action, "s", NULL, NULL },
};

void
ql_window_add_export_actions (QlWindow *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
}
