#pragma once

#include "app/batch-item.h"

#include <gtk/gtk.h>

/** QlBatchCellKind: what of a row it shows. */
typedef enum
{
  QL_BATCH_CELL_FILE,
  QL_BATCH_CELL_STATUS,
  QL_BATCH_CELL_SECONDS,
} QlBatchCellKind;

/** QlBatchCellBelow: what stands under a file's name. */
typedef enum
{
  QL_BATCH_CELL_NOTHING,
  QL_BATCH_CELL_FOLDER,
  QL_BATCH_CELL_OWN_STATUS, /* where there is no room for a column of it */
} QlBatchCellBelow;

#define QL_TYPE_BATCH_CELL (ql_batch_cell_get_type ())
G_DECLARE_FINAL_TYPE (QlBatchCell, ql_batch_cell, QL, BATCH_CELL, GtkWidget)

/**
 * QlBatchCell:
 *
 * A cell of the batch's table that is only looked at. It has no parts and asks for the same room
 * whatever it says: so scrolling changes texts and measures nothing.
 */
GtkWidget *ql_batch_cell_new (QlBatchCellKind kind);

/** ql_batch_cell_set_item: @item: (nullable); the cell follows it */
void ql_batch_cell_set_item (QlBatchCell *self, QlBatchItem *item);
/** ql_batch_cell_set_below: of cells of the kind FILE */
void ql_batch_cell_set_below (QlBatchCell *self, QlBatchCellBelow below);

QlBatchCellKind ql_batch_cell_get_kind (QlBatchCell *self);
/** ql_batch_cell_get_text: what is shown; for tests */
const char *ql_batch_cell_get_text (QlBatchCell *self);
