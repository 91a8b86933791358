#pragma once

#include <gtk/gtk.h>

#include "app/lab-mask.h"

#define QL_TYPE_MASK_VIEW (ql_mask_view_get_type ())
G_DECLARE_FINAL_TYPE (QlMaskView, ql_mask_view, QL, MASK_VIEW, GtkWidget)

/**
 * QlMaskView:
 *
 * The mask as a grid. A click toggles a cell, a drag gives all cells on its way the first one's new state, a click on a label
 * toggles its row or column. Arrow keys move a cursor, Space toggles its cell, r its row, c its column.
 *
 * Signals: "cursor-moved", after the cursor or what it is on changed; "zoom" (int steps), where a key asks for it.
 */
/** ql_mask_view_set_mask: once */
void ql_mask_view_set_mask (QlMaskView *self, QlLabMask *mask);
/** ql_mask_view_get_cursor: Returns: %FALSE: there is no mask */
gboolean ql_mask_view_get_cursor (QlMaskView *self, int *row, int *column);
/** ql_mask_view_describe_cursor: Returns: (transfer full): "“donut” sees query 5" */
char *ql_mask_view_describe_cursor (QlMaskView *self);
/** ql_mask_view_zoom: @steps: 1: larger, -1: smaller; the smallest fills the width */
void ql_mask_view_zoom (QlMaskView *self, int steps);
/** ql_mask_view_can_zoom: whether it can get larger, or smaller */
gboolean ql_mask_view_can_zoom (QlMaskView *self, int steps);
