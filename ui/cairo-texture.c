#include "ui/cairo-texture.h"

GdkTexture *
ql_cairo_texture_new (GtkWidget *widget, int width, int height, QlCairoDraw draw, gpointer data)
{
  int factor = gtk_widget_get_scale_factor (widget);
  cairo_surface_t *surface
      = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, width * factor, height * factor);
  cairo_t *cr = cairo_create (surface);
  gsize stride = (gsize) cairo_image_surface_get_stride (surface);
  g_autoptr (GBytes) bytes = NULL;

  cairo_scale (cr, factor, factor);
  draw (cr, width, height, data);
  cairo_destroy (cr);
  cairo_surface_flush (surface);
  bytes = g_bytes_new (cairo_image_surface_get_data (surface), stride * (gsize) (height * factor));
  cairo_surface_destroy (surface);
  return gdk_memory_texture_new (width * factor, height * factor, GDK_MEMORY_DEFAULT, bytes, stride);
}

QlColor
ql_widget_ink (GtkWidget *widget)
{
  GdkRGBA color;

  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &color);
  return (QlColor){ (double) color.red, (double) color.green, (double) color.blue };
}
