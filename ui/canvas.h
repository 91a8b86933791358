#pragma once

#include <gtk/gtk.h>

#include "app/picture.h"

#define QL_TYPE_CANVAS (ql_canvas_get_type ())
G_DECLARE_FINAL_TYPE (QlCanvas, ql_canvas, QL, CANVAS, GtkWidget)

/**
 * QlCanvas:
 *
 * Shows a picture as large as fits. Its accessible description is what is known about it.
 */

/** ql_canvas_set_picture: @picture: (nullable) */
void ql_canvas_set_picture (QlCanvas *self, QlPicture *picture);
/** ql_canvas_get_picture: Returns: (nullable) (transfer none) */
QlPicture *ql_canvas_get_picture (QlCanvas *self);
/** ql_canvas_set_description: @caption: (nullable): for screen readers */
void ql_canvas_set_description (QlCanvas *self, const char *caption);
/** ql_canvas_get_picture_rect: where the picture lies. Returns: %FALSE without one */
gboolean ql_canvas_get_picture_rect (QlCanvas *self, graphene_rect_t *out);
