#include "ui/figure-drag.h"

#include <glib/gstdio.h>

#define FILE_KEY "ql-dragged-figure"
#define OWN_KEY "ql-figure"
#define SCALE 2

/* It shows what was in a picture of the person's: not left behind. */
static void
remove_file (gpointer data)
{
  g_autofree char *path = data, *folder = g_path_get_dirname (path);

  g_unlink (path);
  g_rmdir (folder);
}

/* In a folder of its own, so that its name is the figure's. Returns: (nullable) (transfer full) */
static GFile *
write_file (GBytes *bytes, const char *name, const char *ending, GtkWidget *owner)
{
  g_autofree char *folder = g_dir_make_tmp ("qlens-figure-XXXXXX", NULL), *path = NULL;
  g_autofree char *file_name = g_strdelimit (g_strconcat (name, ending, NULL), "/", '-');

  if (folder == NULL)
    return NULL;
  path = g_build_filename (folder, file_name, NULL);
  if (!g_file_set_contents_full (path, g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes),
                                 G_FILE_SET_CONTENTS_NONE, 0600, NULL))
    {
      g_rmdir (folder);
      return NULL;
    }
  g_object_set_data_full (G_OBJECT (owner), FILE_KEY, g_strdup (path), remove_file);
  return g_file_new_for_path (path);
}

static GdkContentProvider *
make_content (QlFigure *figure, const char *name, GtkWidget *owner)
{
  g_autoptr (GBytes) png = ql_figure_render (figure, QL_FIGURE_PNG, SCALE, NULL);
  g_autoptr (GBytes) svg = ql_figure_render (figure, QL_FIGURE_SVG, 1, NULL);
  g_autoptr (GFile) file = NULL;
  GdkContentProvider *providers[3];
  gsize n = 0;

  if (svg == NULL)
    return NULL;
  /* What is too large for PNG is an SVG alone. */
  if (owner != NULL)
    file = png != NULL ? write_file (png, name, ".png", owner) : write_file (svg, name, ".svg", owner);
  if (png != NULL)
    providers[n++] = gdk_content_provider_new_for_bytes ("image/png", png);
  providers[n++] = gdk_content_provider_new_for_bytes ("image/svg+xml", svg);
  if (file != NULL)
    providers[n++] = gdk_content_provider_new_typed (G_TYPE_FILE, file);
  return gdk_content_provider_new_union (providers, n);
}

GdkContentProvider *
ql_figure_content (QlFigure *figure)
{
  return make_content (figure, NULL, NULL);
}

GdkContentProvider *
ql_figure_drag_content (QlFigure *figure, const char *name, GtkWidget *owner)
{
  return make_content (figure, name, owner);
}

static GdkContentProvider *
prepare_cb (GtkDragSource *source, double x, double y, gpointer data)
{
  GtkWidget *widget = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (source));
  QlFigureMake make = (QlFigureMake) data;
  g_autofree char *name = NULL;
  g_autoptr (QlFigure) figure = make (widget, &name);

  return figure != NULL ? ql_figure_drag_content (figure, name, widget) : NULL;
}

static void
begin_cb (GtkDragSource *source, GdkDrag *drag, gpointer data)
{
  g_object_set_data (G_OBJECT (drag), OWN_KEY, GINT_TO_POINTER (TRUE));
}

gboolean
ql_figure_drag_is_dropped (GdkDrop *drop)
{
  GdkDrag *drag = gdk_drop_get_drag (drop);

  return drag != NULL && g_object_get_data (G_OBJECT (drag), OWN_KEY) != NULL;
}

void
ql_figure_drag_add (GtkWidget *widget, QlFigureMake make)
{
  GtkDragSource *source = gtk_drag_source_new ();

  g_signal_connect (source, "prepare", G_CALLBACK (prepare_cb), (gpointer) make);
  g_signal_connect (source, "drag-begin", G_CALLBACK (begin_cb), NULL);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (source));
}
