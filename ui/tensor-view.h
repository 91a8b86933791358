#pragma once

#include <gtk/gtk.h>

#include "app/tensor-picture.h"

#define QL_TYPE_TENSOR_VIEW (ql_tensor_view_get_type ())
G_DECLARE_FINAL_TYPE (QlTensorView, ql_tensor_view, QL, TENSOR_VIEW, GtkWidget)

/**
 * QlTensorView:
 *
 * A tensor, drawn. A small one is only that. Else there is a cursor, which arrows and clicks move, and which tells the value
 * that it is on.
 *
 * Signals: "cell" (gint column, gint row): where the cursor, or the pointer, is now; -1, -1: nowhere.
 */

/** ql_tensor_view_new: @size_px: side of a small one; 0: as wide as there is room. Returns: (transfer floating) */
GtkWidget *ql_tensor_view_new (int size_px);
/** ql_tensor_view_set: @picture: (nullable) */
void ql_tensor_view_set (QlTensorView *self, QlTensorPicture *picture);
/** ql_tensor_view_get: Returns: (nullable) (transfer none) */
QlTensorPicture *ql_tensor_view_get (QlTensorView *self);
/** ql_tensor_view_get_cursor: Returns: %FALSE: nowhere yet */
gboolean ql_tensor_view_get_cursor (QlTensorView *self, int *column, int *row);
