#pragma once

#include <gtk/gtk.h>

#include "app/lab.h"
#include "app/picture.h"

#define QL_TYPE_CANVAS (ql_canvas_get_type ())
G_DECLARE_FINAL_TYPE (QlCanvas, ql_canvas, QL, CANVAS, GtkWidget)

/**
 * QlCanvas:
 *
 * Shows a picture as large as fits, or zoomed: with Ctrl and the wheel or by pinching where
 * the pointer is, moved by dragging, the wheel and arrow keys; a double click changes
 * between the size that fits and 100 %. Its accessible description is what is known of the
 * picture.
 */

/** ql_canvas_set_picture: @picture: (nullable); shown as large as fits */
void ql_canvas_set_picture (QlCanvas *self, QlPicture *picture);
/** ql_canvas_get_picture: Returns: (nullable) (transfer none) */
QlPicture *ql_canvas_get_picture (QlCanvas *self);
/** ql_canvas_set_description: @caption: (nullable): for screen readers */
void ql_canvas_set_description (QlCanvas *self, const char *caption);
/** ql_canvas_get_picture_rect: where the picture lies; it may be larger. Returns: %FALSE without one */
gboolean ql_canvas_get_picture_rect (QlCanvas *self, graphene_rect_t *out);

/** ql_canvas_zoom: @factor: > 1 is nearer; around the middle */
void ql_canvas_zoom (QlCanvas *self, double factor);
/** ql_canvas_zoom_fit: the whole picture, as large as it can be */
void ql_canvas_zoom_fit (QlCanvas *self);
/** ql_canvas_zoom_actual: one pixel of the picture is one of the screen */
void ql_canvas_zoom_actual (QlCanvas *self);
/** ql_canvas_get_zoom: 1 is 100 %; 0 while the picture is as large as fits */
double ql_canvas_get_zoom (QlCanvas *self);
/** ql_canvas_copy: puts the picture, in full size, on the clipboard */
void ql_canvas_copy (QlCanvas *self);

/** ql_canvas_set_lab: @lab: (nullable): its map lies over the picture; %NULL: none does */
void ql_canvas_set_lab (QlCanvas *self, QlLab *lab);
/** ql_canvas_find_patch: Returns: whether a patch of the map that is shown is at @x, @y */
gboolean ql_canvas_find_patch (QlCanvas *self, double x, double y, int *column, int *row);
