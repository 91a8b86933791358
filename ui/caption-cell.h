#pragma once

#include "app/batch-item.h"

#include <gtk/gtk.h>

#define QL_TYPE_CAPTION_CELL (ql_caption_cell_get_type ())
G_DECLARE_FINAL_TYPE (QlCaptionCell, ql_caption_cell, QL, CAPTION_CELL, GtkWidget)

/**
 * QlCaptionCell:
 *
 * The caption of a picture in a table, or why it has none; changed in place. Enter, and going
 * elsewhere, take what was typed; Esc does not.
 *
 * Signals: "edited" (QlBatchItem *item, const char *text), where there is something to be saved;
 * "notify::editing". Properties: "editing".
 */
GtkWidget *ql_caption_cell_new (void);

/** ql_caption_cell_set_item: @item: (nullable); what is being typed goes to the item it is for */
void ql_caption_cell_set_item (QlCaptionCell *self, QlBatchItem *item);
/** ql_caption_cell_get_item: Returns: (nullable) (transfer none) */
QlBatchItem *ql_caption_cell_get_item (QlCaptionCell *self);

/** ql_caption_cell_can_edit: whether @item has a caption to be changed, or may be given one */
gboolean ql_caption_cell_can_edit (QlBatchItem *item);

/** ql_caption_cell_edit: begins */
void ql_caption_cell_edit (QlCaptionCell *self);
/** ql_caption_cell_end: @take: what was typed */
void ql_caption_cell_end (QlCaptionCell *self, gboolean take);
gboolean ql_caption_cell_get_editing (QlCaptionCell *self);

/** ql_caption_cell_get_entry: Returns: (nullable) (transfer none): while it is being changed; for tests */
GtkText *ql_caption_cell_get_entry (QlCaptionCell *self);
/** ql_caption_cell_get_text: what is shown; for tests */
const char *ql_caption_cell_get_text (QlCaptionCell *self);
