#pragma once

#include <gtk/gtk.h>

#include "app/lab.h"

#define QL_TYPE_ATLAS_VIEW (ql_atlas_view_get_type ())
G_DECLARE_FINAL_TYPE (QlAtlasView, ql_atlas_view, QL, ATLAS_VIEW, GtkWidget)

/**
 * QlAtlasView:
 *
 * Many maps side by side: all heads of all layers for a query, or all queries for a head. The selected one has a frame;
 * a click or the arrow keys select another. It can be dragged out, as a figure. Fills its width.
 */
/** ql_atlas_view_set_lab: once */
void ql_atlas_view_set_lab (QlAtlasView *self, QlLab *lab);
/** ql_atlas_view_get_atlas: Returns: (nullable) (transfer none): what is shown */
QlAtlas *ql_atlas_view_get_atlas (QlAtlasView *self);
/** ql_atlas_view_get_rect: where map @i lies */
void ql_atlas_view_get_rect (QlAtlasView *self, int i, QlAtlasRect *rect);
