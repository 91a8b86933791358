#include "ui/map-picture.h"

#include "ui/letterbox.h"
#include "ui/texture.h"

#define SIZE_PX 72

struct _QlMapPicture
{
  GtkWidget parent_instance;

  QlMap *map; /* nullable */
  QlMapLook look;
  QlPicture *picture; /* nullable: whose texture it is */
  GdkTexture *texture; /* nullable */
};

G_DEFINE_FINAL_TYPE (QlMapPicture, ql_map_picture, GTK_TYPE_WIDGET)

static void
ql_map_picture_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  QlMapPicture *self = QL_MAP_PICTURE (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  graphene_rect_t rect = GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height);
  cairo_t *cr;

  if (self->map == NULL)
    return;
  if (self->texture != NULL)
    {
      ql_letterbox_contain (ql_picture_get_width (self->picture), ql_picture_get_height (self->picture),
                            width, height, 0, &rect);
      gtk_snapshot_append_texture (snapshot, self->texture, &rect);
    }
  cr = gtk_snapshot_append_cairo (snapshot, &rect);
  ql_map_draw (self->map, &self->look, cr, (double) rect.origin.x, (double) rect.origin.y,
               (double) rect.size.width, (double) rect.size.height);
  cairo_destroy (cr);
}

static void
ql_map_picture_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                        int *natural, int *minimum_baseline, int *natural_baseline)
{
  *minimum = *natural = SIZE_PX;
}

static void
ql_map_picture_dispose (GObject *object)
{
  ql_map_picture_set (QL_MAP_PICTURE (object), NULL, NULL);
  G_OBJECT_CLASS (ql_map_picture_parent_class)->dispose (object);
}

static void
ql_map_picture_class_init (QlMapPictureClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ql_map_picture_dispose;
  widget_class->measure = ql_map_picture_measure;
  widget_class->snapshot = ql_map_picture_snapshot;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
ql_map_picture_init (QlMapPicture *self)
{
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
}

void
ql_map_picture_set (QlMapPicture *self, QlMap *map, const QlMapLook *look)
{
  QlPicture *picture = map != NULL ? ql_trace_get_picture (ql_map_get_trace (map)) : NULL;

  if (map != self->map)
    {
      g_clear_pointer (&self->map, ql_map_unref);
      self->map = map != NULL ? ql_map_ref (map) : NULL;
    }
  if (picture != self->picture)
    {
      g_clear_object (&self->texture);
      g_set_object (&self->picture, picture);
      self->texture = picture != NULL ? ql_texture_from_picture (picture) : NULL;
    }
  if (look != NULL)
    self->look = *look;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
