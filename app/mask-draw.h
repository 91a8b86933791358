#pragma once

#include <cairo.h>

#include "app/color-map.h"
#include "app/lab-mask.h"

/*
 * A self-attention mask as a grid: filled where a row sees a column, empty where it does not; what differs from the preset
 * has a frame of its own. Text's rows and columns are wider than the queries', which come first: they are read. Row labels
 * are at the left, column labels above; a line divides queries and text.
 */

/** QlMaskLook: */
typedef struct
{
  QlColor ink; /* of labels and lines */
  QlColor seen; /* of cells that are seen */
  QlColor mark; /* of the cursor */
  int row, column; /* of the cursor; -1: none */
} QlMaskLook;

/** QlMaskRect: */
typedef struct
{
  double x, y, width, height;
} QlMaskRect;

/** ql_mask_draw: @size: width and height; draws nothing while there is no mask */
void ql_mask_draw (QlLabMask *mask, const QlMaskLook *look, cairo_t *cr, double x, double y, double size);

/** ql_mask_get_rect: @row, @column: -1: the label of the column, or row. @rect: (out) */
void ql_mask_get_rect (QlLabMask *mask, double x, double y, double size, int row, int column,
                       QlMaskRect *rect);

/**
 * ql_mask_locate:
 * @row: (out): -1 above a column; the same of @column left of a row
 *
 * Returns: %FALSE: neither a cell nor a label is there
 */
gboolean ql_mask_locate (QlLabMask *mask, double x, double y, double size, double at_x, double at_y, int *row,
                         int *column);
