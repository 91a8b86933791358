#pragma once

#include <gtk/gtk.h>

#include "app/color-map.h"

/* What app/ draws on cairo, in a widget: drawn once, and then a texture, until it changes. */

/** QlCairoDraw: @width and @height as of the widget, whatever the screen's scale */
typedef void (*QlCairoDraw) (cairo_t *cr, int width, int height, gpointer data);

/** ql_cairo_texture_new: in as many pixels as the screen has for it. Returns: (transfer full) */
GdkTexture *ql_cairo_texture_new (GtkWidget *widget, int width, int height, QlCairoDraw draw, gpointer data);
/** ql_widget_ink: the colour of the widget's text */
QlColor ql_widget_ink (GtkWidget *widget);
