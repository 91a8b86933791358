#include "ui/window-private.h"

#include <glib/gi18n.h>

#include "ui/figure-drag.h"

/* What is dropped on the window. Asynchronous, so that of what a browser offers, the address
 * of a picture and the picture, the latter can be taken: nothing is fetched from the network. */

typedef struct
{
  QlWindow *window;
  GdkDrop *drop;
} Drop;

static void
drop_end (Drop *self, gboolean taken)
{
  gdk_drop_finish (self->drop, taken ? GDK_ACTION_COPY : 0);
  g_object_unref (self->window);
  g_object_unref (self->drop);
  g_free (self);
}

static void
stream_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Drop *self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GInputStream) stream = gdk_drop_read_finish (GDK_DROP (source), result, NULL, &error);

  ql_window_open_stream (self->window, stream, _ ("Dropped picture"), error);
  drop_end (self, stream != NULL);
}

static gboolean
read_picture (Drop *self)
{
  g_autoptr (GdkContentFormats) offered = gdk_content_formats_union_serialize_mime_types (
      gdk_content_formats_ref (gdk_drop_get_formats (self->drop)));

  if (!ql_window_has_picture_bytes (offered))
    return FALSE;
  gdk_drop_read_async (self->drop, (const char **) ql_window_picture_types (), G_PRIORITY_DEFAULT, NULL,
                       stream_cb, self);
  return TRUE;
}

static void
files_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Drop *self = data;
  const GValue *value = gdk_drop_read_value_finish (GDK_DROP (source), result, NULL);
  GSList *files = value != NULL ? g_value_get_boxed (value) : NULL;

  for (GSList *l = files; l != NULL; l = l->next)
    if (g_file_is_native (l->data))
      {
        ql_window_take_files (self->window, files);
        drop_end (self, TRUE);
        return;
      }
  if (read_picture (self))
    return;
  /* Only an address: said so. */
  if (files != NULL)
    ql_window_take_files (self->window, files);
  drop_end (self, FALSE);
}

static gboolean
drop_cb (GtkDropTargetAsync *target, GdkDrop *gdk_drop, double x, double y, QlWindow *window)
{
  Drop *self = g_new0 (Drop, 1);
  g_autoptr (GdkContentFormats) formats = gdk_content_formats_union_deserialize_gtypes (
      gdk_content_formats_ref (gdk_drop_get_formats (gdk_drop)));

  gtk_revealer_set_reveal_child (window->drop_revealer, FALSE);
  self->window = g_object_ref (window);
  self->drop = g_object_ref (gdk_drop);
  if (gdk_content_formats_contain_gtype (formats, GDK_TYPE_FILE_LIST))
    gdk_drop_read_value_async (gdk_drop, GDK_TYPE_FILE_LIST, G_PRIORITY_DEFAULT, NULL, files_cb, self);
  else if (!read_picture (self))
    drop_end (self, FALSE);
  return TRUE;
}

/* A figure that is dragged out of here, and let go too early, is no picture to ask about. */
static gboolean
accept_cb (GtkDropTargetAsync *target, GdkDrop *drop, QlWindow *window)
{
  return !ql_figure_drag_is_dropped (drop)
         && gdk_content_formats_match (gtk_drop_target_async_get_formats (target),
                                       gdk_drop_get_formats (drop));
}

static GdkDragAction
enter_cb (GtkDropTargetAsync *target, GdkDrop *drop, double x, double y, QlWindow *window)
{
  gtk_revealer_set_reveal_child (window->drop_revealer, TRUE);
  return GDK_ACTION_COPY;
}

static GdkDragAction
motion_cb (GtkDropTargetAsync *target, GdkDrop *drop, double x, double y, QlWindow *window)
{
  return GDK_ACTION_COPY;
}

static void
leave_cb (GtkDropTargetAsync *target, GdkDrop *drop, QlWindow *window)
{
  gtk_revealer_set_reveal_child (window->drop_revealer, FALSE);
}

void
ql_window_add_drop_target (QlWindow *self)
{
  GdkContentFormatsBuilder *builder = gdk_content_formats_builder_new ();
  const char *const *types = ql_window_picture_types ();
  GtkDropTargetAsync *target;

  gdk_content_formats_builder_add_gtype (builder, GDK_TYPE_FILE_LIST);
  gdk_content_formats_builder_add_gtype (builder, GDK_TYPE_TEXTURE);
  for (int i = 0; types[i] != NULL; i++)
    gdk_content_formats_builder_add_mime_type (builder, types[i]);
  target = gtk_drop_target_async_new (gdk_content_formats_builder_free_to_formats (builder), GDK_ACTION_COPY);
  /* Before the text view, which would take a file's name as text. */
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (target), GTK_PHASE_CAPTURE);
  g_signal_connect_object (target, "accept", G_CALLBACK (accept_cb), self, 0);
  g_signal_connect_object (target, "drop", G_CALLBACK (drop_cb), self, 0);
  g_signal_connect_object (target, "drag-enter", G_CALLBACK (enter_cb), self, 0);
  g_signal_connect_object (target, "drag-motion", G_CALLBACK (motion_cb), self, 0);
  g_signal_connect_object (target, "drag-leave", G_CALLBACK (leave_cb), self, 0);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (target));
}
