#include "ui/map-view.h"

#include <math.h>

#include "ui/color-scheme.h"
#include "ui/texture.h"

#define LEAST_PX 96
#define MOST_PX 240

struct _QlMapView
{
  GtkWidget parent_instance;

  QlMap *map; /* nullable */
  QlMapLook look;
  GdkTexture *texture; /* nullable: the picture */
};

G_DEFINE_FINAL_TYPE (QlMapView, ql_map_view, GTK_TYPE_WIDGET)

static double
get_aspect (QlMapView *self)
{
  if (self->texture == NULL)
    return 1;
  return (double) gdk_texture_get_width (self->texture) / gdk_texture_get_height (self->texture);
}

/* As large as there is room, in the picture's shape. */
static void
get_rect (QlMapView *self, graphene_rect_t *rect)
{
  double width = MIN (gtk_widget_get_width (GTK_WIDGET (self)), MOST_PX);
  double height = gtk_widget_get_height (GTK_WIDGET (self)), aspect = get_aspect (self);

  if (width > height * aspect)
    width = height * aspect;
  graphene_rect_init (rect, 0, 0, (float) width, (float) (width / aspect));
  if (gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL)
    rect->origin.x = (float) (gtk_widget_get_width (GTK_WIDGET (self)) - width);
}

static void
ql_map_view_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  QlMapView *self = QL_MAP_VIEW (widget);
  graphene_rect_t rect;
  cairo_t *cr;

  if (self->map == NULL)
    return;
  get_rect (self, &rect);
  if (self->texture != NULL)
    gtk_snapshot_append_texture (snapshot, self->texture, &rect);
  cr = gtk_snapshot_append_cairo (snapshot, &rect);
  ql_map_draw (self->map, &self->look, cr, (double) rect.origin.x, (double) rect.origin.y,
               (double) rect.size.width, (double) rect.size.height);
  cairo_destroy (cr);
}

static GtkSizeRequestMode
ql_map_view_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
ql_map_view_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                     int *minimum_baseline, int *natural_baseline)
{
  *minimum = *natural = LEAST_PX;
  if (orientation == GTK_ORIENTATION_VERTICAL)
    {
      int width = for_size < 0 ? MOST_PX : CLAMP (for_size, LEAST_PX, MOST_PX);

      *minimum = *natural = (int) CLAMP (ceil (width / get_aspect (QL_MAP_VIEW (widget))), 24, MOST_PX);
    }
}

static void
ql_map_view_finalize (GObject *object)
{
  QlMapView *self = QL_MAP_VIEW (object);

  g_clear_pointer (&self->map, ql_map_unref);
  g_clear_object (&self->texture);
  G_OBJECT_CLASS (ql_map_view_parent_class)->finalize (object);
}

static void
ql_map_view_class_init (QlMapViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = ql_map_view_finalize;
  widget_class->snapshot = ql_map_view_snapshot;
  widget_class->get_request_mode = ql_map_view_get_request_mode;
  widget_class->measure = ql_map_view_measure;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
ql_map_view_init (QlMapView *self)
{
}

void
ql_map_view_set_map (QlMapView *self, QlMap *map, const QlMapLook *look)
{
  QlPicture *picture = map != NULL ? ql_trace_get_picture (ql_map_get_trace (map)) : NULL;
  g_autofree char *text = map != NULL ? ql_map_describe (map) : g_strdup ("");

  if (map != NULL)
    ql_map_ref (map);
  g_clear_pointer (&self->map, ql_map_unref);
  self->map = map;
  self->look = *look;
  self->look.high_contrast = ql_color_scheme_is_high_contrast ();
  g_clear_object (&self->texture);
  if (picture != NULL)
    self->texture = ql_texture_from_picture (picture);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

QlMap *
ql_map_view_get_map (QlMapView *self)
{
  return self->map;
}
