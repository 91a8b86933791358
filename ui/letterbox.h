#pragma once

#include <gtk/gtk.h>

/**
 * ql_letterbox_contain:
 * @width, @height: of the picture, > 0
 * @area_width, @area_height: of the widget
 * @margin: kept free on every side where there is room for it
 * @out: (out caller-allocates): where the picture lies in the widget
 *
 * The largest rectangle of the picture's proportions. The one place that decides it: what
 * is drawn over a picture, found under the pointer or exported asks here.
 */
void ql_letterbox_contain (int width, int height, int area_width, int area_height, int margin,
                           graphene_rect_t *out);
