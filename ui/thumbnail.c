#include "ui/thumbnail.h"

#include "ui/letterbox.h"

struct _QlThumbnail
{
  GtkWidget parent_instance;

  char *path;
  GdkTexture *texture;
};

G_DEFINE_FINAL_TYPE (QlThumbnail, ql_thumbnail, GTK_TYPE_WIDGET)

static void
ql_thumbnail_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                      int *minimum_baseline, int *natural_baseline)
{
  *minimum = *natural = QL_THUMBNAIL_SIDE_PX;
}

static void
ql_thumbnail_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  QlThumbnail *self = QL_THUMBNAIL (widget);
  graphene_rect_t box;

  if (self->texture == NULL)
    return;
  ql_letterbox_contain (gdk_texture_get_width (self->texture), gdk_texture_get_height (self->texture),
                        gtk_widget_get_width (widget), gtk_widget_get_height (widget), 0, &box);
  gtk_snapshot_append_texture (snapshot, self->texture, &box);
}

static void
ql_thumbnail_finalize (GObject *object)
{
  QlThumbnail *self = QL_THUMBNAIL (object);

  g_free (self->path);
  g_clear_object (&self->texture);
  G_OBJECT_CLASS (ql_thumbnail_parent_class)->finalize (object);
}

static void
ql_thumbnail_class_init (QlThumbnailClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = ql_thumbnail_finalize;
  widget_class->measure = ql_thumbnail_measure;
  widget_class->snapshot = ql_thumbnail_snapshot;
  gtk_widget_class_set_css_name (widget_class, "thumbnail");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
ql_thumbnail_init (QlThumbnail *self)
{
  gtk_widget_set_valign (GTK_WIDGET (self), GTK_ALIGN_CENTER);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
}

GtkWidget *
ql_thumbnail_new (void)
{
  return g_object_new (QL_TYPE_THUMBNAIL, NULL);
}

void
ql_thumbnail_set (QlThumbnail *self, const char *path, GdkTexture *texture)
{
  if (g_strcmp0 (path, self->path) != 0)
    {
      g_free (self->path);
      self->path = g_strdup (path);
    }
  if (g_set_object (&self->texture, texture))
    gtk_widget_queue_draw (GTK_WIDGET (self));
}

const char *
ql_thumbnail_get_path (QlThumbnail *self)
{
  return self->path;
}

GdkTexture *
ql_thumbnail_get_texture (QlThumbnail *self)
{
  return self->texture;
}
