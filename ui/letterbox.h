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

/**
 * ql_letterbox_zoom:
 * @scale: units of the widget for one pixel of the picture
 * @centre: the point of the picture, 0…1 each way, that is to be in the widget's middle
 *
 * A picture smaller than the widget is centred; a larger one leaves no side empty.
 */
void ql_letterbox_zoom (int width, int height, int area_width, int area_height, double scale,
                        const graphene_point_t *centre, graphene_rect_t *out);
