#include "ui/canvas-private.h"

#include <glib/gi18n.h>

#include "ui/letterbox.h"
#include "ui/texture.h"

#define MARGIN_PX 24
#define LABEL_MARGIN_PX 12
#define MOST_ZOOM 32.0

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
    {
      gtk_snapshot_append_texture (snapshot, self->texture, &rect);
      ql_canvas_snapshot_map (self, snapshot, &rect);
    }
  gtk_widget_snapshot_child (widget, self->zoom_label, snapshot);
}

static void
ql_canvas_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  QlCanvas *self = QL_CANVAS (widget);
  gboolean rtl = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  GtkRequisition size;

  if (gtk_widget_should_layout (self->zoom_label))
    {
      gtk_widget_get_preferred_size (self->zoom_label, &size, NULL);
      gtk_widget_size_allocate (
          self->zoom_label,
          &(GtkAllocation){ rtl ? LABEL_MARGIN_PX : MAX (width - size.width - LABEL_MARGIN_PX, 0),
                            MAX (height - size.height - LABEL_MARGIN_PX, 0), size.width, size.height },
          -1);
    }
  if (self->menu != NULL)
    gtk_popover_present (GTK_POPOVER (self->menu));
}

static void
ql_canvas_dispose (GObject *object)
{
  QlCanvas *self = QL_CANVAS (object);

  g_clear_pointer (&self->menu, gtk_widget_unparent);
  g_clear_pointer (&self->zoom_label, gtk_widget_unparent);
  g_clear_object (&self->picture);
  g_clear_object (&self->texture);
  g_clear_object (&self->lab);
  G_OBJECT_CLASS (ql_canvas_parent_class)->dispose (object);
}

static void
ql_canvas_class_init (QlCanvasClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ql_canvas_dispose;
  widget_class->measure = ql_canvas_measure;
  widget_class->snapshot = ql_canvas_snapshot;
  widget_class->size_allocate = ql_canvas_size_allocate;
  widget_class->query_tooltip = ql_canvas_query_tooltip;
  ql_canvas_add_bindings (widget_class);
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
  self->zoom_label = gtk_label_new ("100 %");
  gtk_widget_add_css_class (self->zoom_label, "ql-zoom");
  gtk_widget_add_css_class (self->zoom_label, "osd");
  gtk_widget_set_can_target (self->zoom_label, FALSE);
  gtk_widget_set_parent (self->zoom_label, GTK_WIDGET (self));
  ql_canvas_add_input (self);
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
  ql_canvas_zoom_fit (self);
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

static void
picture_rect (QlCanvas *self, double scale, graphene_rect_t *out)
{
  int width = ql_picture_get_width (self->picture), height = ql_picture_get_height (self->picture);
  int area_width = gtk_widget_get_width (GTK_WIDGET (self));
  int area_height = gtk_widget_get_height (GTK_WIDGET (self));

  if (scale > 0)
    ql_letterbox_zoom (width, height, area_width, area_height, scale, &self->centre, out);
  else
    ql_letterbox_contain (width, height, area_width, area_height, MARGIN_PX, out);
}

gboolean
ql_canvas_get_picture_rect (QlCanvas *self, graphene_rect_t *out)
{
  if (self->picture == NULL)
    return FALSE;
  picture_rect (self, self->scale, out);
  return TRUE;
}

/* ---- zoom ---- */

static double
fitting_scale (QlCanvas *self)
{
  graphene_rect_t rect;

  picture_rect (self, 0, &rect);
  return (double) rect.size.width / ql_picture_get_width (self->picture);
}

double
ql_canvas_current_scale (QlCanvas *self)
{
  if (self->picture == NULL)
    return 1;
  return self->scale > 0 ? self->scale : fitting_scale (self);
}

static void
view_changed (QlCanvas *self)
{
  int percent = (int) (ql_canvas_get_zoom (self) * 100 + 0.5);
  g_autofree char *text = g_strdup_printf (_ ("%d %%"), MAX (percent, 1));

  gtk_label_set_text (GTK_LABEL (self->zoom_label), text);
  gtk_widget_set_visible (self->zoom_label, self->scale > 0);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* What is in the middle now: after clamping at the edges it need not be what was asked for. */
static void
settle (QlCanvas *self)
{
  graphene_rect_t rect;

  picture_rect (self, self->scale, &rect);
  self->centre.x = (gtk_widget_get_width (GTK_WIDGET (self)) / 2.0f - rect.origin.x) / rect.size.width;
  self->centre.y = (gtk_widget_get_height (GTK_WIDGET (self)) / 2.0f - rect.origin.y) / rect.size.height;
}

void
ql_canvas_zoom_to (QlCanvas *self, double scale, double x, double y)
{
  graphene_rect_t rect;
  double px, py, w, h, fit;

  if (!ql_canvas_get_picture_rect (self, &rect))
    return;
  fit = fitting_scale (self);
  scale = CLAMP (scale, MIN (fit, 1) / 4, MAX (fit, 1) * MOST_ZOOM);
  px = (x - (double) rect.origin.x) / (double) rect.size.width;
  py = (y - (double) rect.origin.y) / (double) rect.size.height;
  w = ql_picture_get_width (self->picture) * scale;
  h = ql_picture_get_height (self->picture) * scale;
  self->scale = scale;
  self->centre.x = (float) ((gtk_widget_get_width (GTK_WIDGET (self)) / 2.0 - x) / w + px);
  self->centre.y = (float) ((gtk_widget_get_height (GTK_WIDGET (self)) / 2.0 - y) / h + py);
  settle (self);
  view_changed (self);
}

gboolean
ql_canvas_pan (QlCanvas *self, double dx, double dy)
{
  graphene_rect_t rect;

  if (self->scale <= 0 || !ql_canvas_get_picture_rect (self, &rect))
    return FALSE;
  self->centre.x += (float) dx / rect.size.width;
  self->centre.y += (float) dy / rect.size.height;
  settle (self);
  view_changed (self);
  return TRUE;
}

void
ql_canvas_zoom (QlCanvas *self, double factor)
{
  ql_canvas_zoom_to (self, ql_canvas_current_scale (self) * factor,
                     gtk_widget_get_width (GTK_WIDGET (self)) / 2.0,
                     gtk_widget_get_height (GTK_WIDGET (self)) / 2.0);
}

void
ql_canvas_zoom_fit (QlCanvas *self)
{
  self->scale = 0;
  graphene_point_init (&self->centre, 0.5f, 0.5f);
  view_changed (self);
}

void
ql_canvas_zoom_actual (QlCanvas *self)
{
  ql_canvas_zoom_to (self, 1.0 / gtk_widget_get_scale_factor (GTK_WIDGET (self)),
                     gtk_widget_get_width (GTK_WIDGET (self)) / 2.0,
                     gtk_widget_get_height (GTK_WIDGET (self)) / 2.0);
}

double
ql_canvas_get_zoom (QlCanvas *self)
{
  return self->scale * gtk_widget_get_scale_factor (GTK_WIDGET (self));
}

void
ql_canvas_copy (QlCanvas *self)
{
  g_autoptr (GdkTexture) texture = NULL;

  if (self->picture == NULL)
    return;
  texture = gdk_memory_texture_new (
      ql_picture_get_width (self->picture), ql_picture_get_height (self->picture), GDK_MEMORY_R8G8B8,
      ql_picture_get_rgb (self->picture), ql_picture_get_stride (self->picture));
  gdk_clipboard_set_texture (gtk_widget_get_clipboard (GTK_WIDGET (self)), texture);
}
