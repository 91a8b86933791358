#include "ui/window-private.h"

#include <glib/gi18n.h>

#include "ui/recent-menu.h"
#include "ui/texture.h"

/* How pictures come in: files, and paste. */

/* As the clipboard names them, best first. Read as bytes, so that they are decoded by the
 * loader with its limits on a worker thread, not by GTK on the main loop. */
static const char *const picture_types[]
    = { "image/png", "image/jpeg", "image/webp", "image/tiff", "image/bmp", "image/gif", NULL };

const char *const *
ql_window_picture_types (void)
{
  return picture_types;
}

gboolean
ql_window_has_picture_bytes (GdkContentFormats *formats)
{
  for (int i = 0; picture_types[i] != NULL; i++)
    if (gdk_content_formats_contain_mime_type (formats, picture_types[i]))
      return TRUE;
  return FALSE;
}

void
ql_window_cancel_loading (QlWindow *self)
{
  if (self->loading != NULL)
    g_cancellable_cancel (self->loading);
  g_clear_object (&self->loading);
}

/* A picture on its way. */
typedef struct
{
  QlWindow *window;
  GCancellable *cancellable;
  char *name;
} Loading;

/* Takes @name. A newer picture takes the place of one still on its way. */
static Loading *
loading_begin (QlWindow *window, char *name)
{
  Loading *self = g_new0 (Loading, 1);

  ql_window_cancel_loading (window);
  window->loading = g_cancellable_new ();
  self->window = g_object_ref (window);
  self->cancellable = g_object_ref (window->loading);
  self->name = name;
  ql_window_update (window);
  return self;
}

static void
loading_free (Loading *self)
{
  g_object_unref (self->window);
  g_object_unref (self->cancellable);
  g_free (self->name);
  g_free (self);
}

/* Frees @self. Both @picture and @error may be NULL: then nothing came. */
static void
loading_end (Loading *self, QlPicture *picture, const GError *error)
{
  QlWindow *window = self->window;

  /* Where it was cancelled the window has moved on, and window->loading is another's. */
  if (!g_cancellable_is_cancelled (self->cancellable))
    {
      g_clear_object (&window->loading);
      if (picture != NULL)
        {
          if (ql_picture_get_file (picture) != NULL)
            ql_recent_menu_add (ql_picture_get_file (picture));
          ql_window_set_picture (window, picture);
        }
      else if (error != NULL)
        {
          g_autoptr (QlErrorText) text = ql_error_text_new (QL_ERROR_TASK_OPEN_PICTURE, self->name, error);
          ql_message_bar_show_error (window->message_bar, text);
        }
      ql_window_update (window);
    }
  loading_free (self);
}

static void
picture_loaded_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QlPicture) picture = ql_picture_load_finish (result, &error);

  loading_end (data, picture, error);
}

void
ql_window_take_files (QlWindow *self, GSList *files)
{
  g_autoptr (GPtrArray) array = g_ptr_array_new ();

  for (GSList *l = files; l != NULL; l = l->next)
    g_ptr_array_add (array, l->data);
  if (ql_window_shows_batch (self))
    ql_batch_view_add_files (self->batch_view, (GFile **) array->pdata, array->len);
  else
    ql_window_open_files (self, (GFile **) array->pdata, (int) array->len);
}

static void
open_pictures (Loading *loading, GFile **files, int n_files)
{
  QlWindow *self = loading->window;

  if (n_files > 1)
    {
      g_autofree char *what = g_strdup_printf (
          ngettext ("%d picture came at once.", "%d pictures came at once.", (gulong) n_files), n_files);

      ql_message_bar_show_note (self->message_bar, what, _ ("All of them are in the list of pictures."));
      ql_window_add_sessions (self, files + 1, n_files - 1);
    }
  ql_picture_load_async (files[0], 0, loading->cancellable, picture_loaded_cb, loading);
}

/* What came. */
typedef enum
{
  CAME_PICTURES,
  CAME_FOLDER,
  CAME_TRACE,
} Came;

static void
look_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const GPtrArray *files = data;
  Came came = CAME_PICTURES;

  for (guint i = 0; i < files->len && came == CAME_PICTURES; i++)
    if (g_file_is_native (files->pdata[i])
        && g_file_query_file_type (files->pdata[i], G_FILE_QUERY_INFO_NONE, cancellable)
               == G_FILE_TYPE_DIRECTORY)
      came = CAME_FOLDER;
  if (came == CAME_PICTURES && files->len == 1 && g_file_is_native (files->pdata[0]))
    {
      g_autofree char *path = g_file_get_path (files->pdata[0]);

      if (path != NULL && ql_trace_is_file (path))
        came = CAME_TRACE;
    }
  g_task_return_int (task, came);
}

static void
trace_opened_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Loading *loading = data;
  g_autoptr (QlWindow) window = g_object_ref (loading->window);
  g_autofree char *name = g_strdup (loading->name);
  g_autoptr (GError) error = NULL;
  g_autoptr (QlTrace) trace = ql_trace_open_finish (result, &error);
  gboolean cancelled = g_cancellable_is_cancelled (loading->cancellable);

  loading_end (loading, NULL, NULL);
  if (trace != NULL && !cancelled)
    ql_window_show_trace (window, trace, name);
  else if (!cancelled)
    {
      g_autofree char *what = g_strdup_printf (_ ("The trace “%s” could not be opened."), name);
      QlErrorText text
          = { what, (char *) _ ("Save it again, or copy it again from where it came from."), error->message };

      ql_message_bar_show_error (window->message_bar, &text);
    }
}

static void
looked_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Loading *loading = data;
  g_autoptr (QlWindow) window = g_object_ref (loading->window);
  const GPtrArray *files = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  gssize came = g_task_propagate_int (G_TASK (result), &error);

  if (error != NULL)
    loading_end (loading, NULL, error);
  else if (came == CAME_TRACE)
    ql_trace_open_async (files->pdata[0], loading->cancellable, trace_opened_cb, loading);
  else if (came == CAME_PICTURES)
    open_pictures (loading, (GFile **) files->pdata, (int) files->len);
  else
    {
      loading_end (loading, NULL, NULL);
      ql_window_show_batch (window, TRUE);
      ql_batch_view_add_files (window->batch_view, (GFile **) files->pdata, files->len);
    }
}

/* Folders, and what came with them, are for the batch. */
void
ql_window_open_files (QlWindow *self, GFile **files, int n_files)
{
  g_autofree char *base = NULL;
  g_autoptr (GTask) task = NULL;
  GPtrArray *own;
  Loading *loading;

  if (n_files < 1)
    return;
  own = g_ptr_array_new_with_free_func (g_object_unref);
  for (int i = 0; i < n_files; i++)
    g_ptr_array_add (own, g_object_ref (files[i]));
  base = g_file_get_basename (files[0]);
  ql_message_bar_dismiss (self->message_bar);
  loading = loading_begin (self, base != NULL ? g_filename_display_name (base) : g_file_get_uri (files[0]));
  task = g_task_new (NULL, loading->cancellable, looked_cb, loading);
  g_task_set_source_tag (task, ql_window_open_files);
  g_task_set_task_data (task, own, (GDestroyNotify) g_ptr_array_unref);
  g_task_run_in_thread (task, look_thread);
}

static void
texture_converted_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QlPicture) picture = ql_texture_to_picture_finish (result, &error);

  loading_end (data, picture, error);
}

void
ql_window_open_texture (QlWindow *self, GdkTexture *texture)
{
  Loading *loading = loading_begin (self, g_strdup (_ ("Dropped picture")));

  ql_message_bar_dismiss (self->message_bar);
  ql_texture_to_picture_async (texture, loading->name, loading->cancellable, texture_converted_cb, loading);
}

/* ---- paste ---- */

static void
pasted_files_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Loading *loading = data;
  g_autoptr (QlWindow) window = g_object_ref (loading->window);
  g_autoptr (GError) error = NULL;
  const GValue *value = gdk_clipboard_read_value_finish (GDK_CLIPBOARD (source), result, &error);
  gboolean go_on = value != NULL && !g_cancellable_is_cancelled (loading->cancellable);

  loading_end (loading, NULL, error);
  if (go_on)
    ql_window_take_files (window, g_value_get_boxed (value));
}

static void
pasted_bytes_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Loading *loading = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;

  if (g_output_stream_splice_finish (G_OUTPUT_STREAM (source), result, &error) < 0)
    {
      loading_end (loading, NULL, error);
      return;
    }
  bytes = g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (source));
  ql_picture_load_bytes_async (bytes, loading->name, loading->cancellable, picture_loaded_cb, loading);
}

static void
read_stream (Loading *loading, GInputStream *stream)
{
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();

  g_output_stream_splice_async (memory, stream,
                                G_OUTPUT_STREAM_SPLICE_CLOSE_SOURCE | G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET,
                                G_PRIORITY_DEFAULT, loading->cancellable, pasted_bytes_cb, loading);
}

static void
pasted_stream_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Loading *loading = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GInputStream) stream = gdk_clipboard_read_finish (GDK_CLIPBOARD (source), result, NULL, &error);

  if (stream == NULL)
    loading_end (loading, NULL, error);
  else
    read_stream (loading, stream);
}

void
ql_window_open_stream (QlWindow *self, GInputStream *stream, const char *name, const GError *error)
{
  Loading *loading = loading_begin (self, g_strdup (name));

  ql_message_bar_dismiss (self->message_bar);
  if (stream == NULL)
    loading_end (loading, NULL, error);
  else
    read_stream (loading, stream);
}

static gboolean
has_text (GdkContentFormats *formats)
{
  return gdk_content_formats_contain_gtype (formats, G_TYPE_STRING)
         || gdk_content_formats_contain_mime_type (formats, "text/plain;charset=utf-8")
         || gdk_content_formats_contain_mime_type (formats, "text/plain");
}

void
ql_window_paste (QlWindow *self)
{
  GdkClipboard *clipboard = gtk_widget_get_clipboard (GTK_WIDGET (self));
  g_autoptr (GdkContentFormats) formats = gdk_content_formats_union_deserialize_gtypes (
      gdk_content_formats_ref (gdk_clipboard_get_formats (clipboard)));
  g_autoptr (GdkContentFormats) offered
      = gdk_content_formats_union_serialize_mime_types (gdk_content_formats_ref (formats));
  GtkWidget *focus = gtk_root_get_focus (GTK_ROOT (self));
  GtkWidget *view = ql_chat_page_get_view (self->chat_page);

  if (gdk_content_formats_contain_gtype (formats, GDK_TYPE_FILE_LIST))
    {
      Loading *loading = loading_begin (self, g_strdup (_ ("Pasted picture")));

      gdk_clipboard_read_value_async (clipboard, GDK_TYPE_FILE_LIST, G_PRIORITY_DEFAULT, loading->cancellable,
                                      pasted_files_cb, loading);
    }
  else if (has_text (formats) && GTK_IS_TEXT (focus)) /* a caption, a search */
    gtk_widget_activate_action (focus, "clipboard.paste", NULL);
  else if (has_text (formats) && self->conversation != NULL && !ql_window_shows_batch (self)
           && (focus == view || !ql_window_has_picture_bytes (offered)))
    {
      gtk_widget_grab_focus (view);
      gtk_widget_activate_action (view, "clipboard.paste", NULL);
    }
  else if (ql_window_has_picture_bytes (offered))
    {
      Loading *loading = loading_begin (self, g_strdup (_ ("Pasted picture")));

      ql_message_bar_dismiss (self->message_bar);
      gdk_clipboard_read_async (clipboard, (const char **) picture_types, G_PRIORITY_DEFAULT,
                                loading->cancellable, pasted_stream_cb, loading);
    }
  else
    ql_message_bar_show_note (self->message_bar, _ ("The clipboard holds no picture."),
                              _ ("Copy a picture or a picture file, then paste again."));
}

/* ---- file chooser ---- */

static void
chooser_response_cb (GtkNativeDialog *dialog, int response, gpointer data)
{
  QlWindow *self = data;

  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr (GListModel) chosen = gtk_file_chooser_get_files (GTK_FILE_CHOOSER (dialog));
      g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_object_unref);

      for (guint i = 0; i < g_list_model_get_n_items (chosen); i++)
        g_ptr_array_add (files, g_list_model_get_item (chosen, i));
      ql_window_open_files (self, (GFile **) files->pdata, (int) files->len);
    }
  g_clear_object (&self->chooser);
}

void
ql_window_choose_picture (QlWindow *self)
{
  g_autoptr (GtkFileFilter) pictures = gtk_file_filter_new ();
  g_autoptr (GtkFileFilter) all = gtk_file_filter_new ();

  if (self->chooser != NULL)
    {
      gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
      return;
    }
  self->chooser = gtk_file_chooser_native_new (_ ("Open Pictures"), GTK_WINDOW (self),
                                               GTK_FILE_CHOOSER_ACTION_OPEN, _ ("_Open"), _ ("_Cancel"));
  gtk_file_filter_set_name (pictures, _ ("Pictures"));
  gtk_file_filter_add_pixbuf_formats (pictures);
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (self->chooser), pictures);
  gtk_file_filter_set_name (all, _ ("All files"));
  gtk_file_filter_add_pattern (all, "*");
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (self->chooser), all);
  gtk_file_chooser_set_select_multiple (GTK_FILE_CHOOSER (self->chooser), TRUE);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (chooser_response_cb), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}
