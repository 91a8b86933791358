#include "ui/canvas.h"

#include <glib/gi18n.h>

#include "ui/letterbox.h"
#include "ui/texture.h"

#define MARGIN_PX 24

struct _QlCanvas
{
  GtkWidget parent_instance;

  QlPicture *picture;
  GdkTexture *texture;
};

G_DEFINE_FINAL_TYPE (QlCanvas, ql_canvas, GTK_TYPE_WIDGET)

static void
ql_canvas_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                   int *minimum_baseline, int *natural_baseline)
{
  *minimum = 120;
  *natural = 480;
}

static void
ql_canvas_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  QlCanvas *self = QL_CANVAS (widget);
  graphene_rect_t rect;

  if (ql_canvas_get_picture_rect (self, &rect))
    gtk_snapshot_append_texture (snapshot, self->texture, &rect);
}

static void
ql_canvas_dispose (GObject *object)
{
  QlCanvas *self = QL_CANVAS (object);

  g_clear_object (&self->picture);
  g_clear_object (&self->texture);
  G_OBJECT_CLASS (ql_canvas_parent_class)->dispose (object);
}

static void
ql_canvas_class_init (QlCanvasClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ql_canvas_dispose;
  widget_class->measure = ql_canvas_measure;
  widget_class->snapshot = ql_canvas_snapshot;
  gtk_widget_class_set_css_name (widget_class, "canvas");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
ql_canvas_init (QlCanvas *self)
{
  gtk_widget_add_css_class (GTK_WIDGET (self), "ql-canvas");
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_hexpand (GTK_WIDGET (self), TRUE);
  gtk_widget_set_vexpand (GTK_WIDGET (self), TRUE);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  ql_canvas_set_picture (self, NULL);
}

void
ql_canvas_set_picture (QlCanvas *self, QlPicture *picture)
{
  g_autofree char *label = NULL;

  g_set_object (&self->picture, picture);
  g_clear_object (&self->texture);
  if (picture != NULL)
    {
      self->texture = ql_texture_from_picture (picture);
      /* Translators: name, width and height of a picture, for screen readers. */
      label = g_strdup_printf (_ ("Picture %s, %d by %d pixels"), ql_picture_get_name (picture),
                               ql_picture_get_width (picture), ql_picture_get_height (picture));
    }
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  label != NULL ? label : _ ("No picture"), -1);
  ql_canvas_set_description (self, NULL);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

QlPicture *
ql_canvas_get_picture (QlCanvas *self)
{
  return self->picture;
}

void
ql_canvas_set_description (QlCanvas *self, const char *caption)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  caption != NULL ? caption : "", -1);
}

gboolean
ql_canvas_get_picture_rect (QlCanvas *self, graphene_rect_t *out)
{
  if (self->texture == NULL)
    return FALSE;
  ql_letterbox_contain (gdk_texture_get_width (self->texture), gdk_texture_get_height (self->texture),
                        gtk_widget_get_width (GTK_WIDGET (self)), gtk_widget_get_height (GTK_WIDGET (self)),
                        MARGIN_PX, out);
  return TRUE;
}
