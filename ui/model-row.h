#pragma once

#include <gtk/gtk.h>

#include "app/model-loader.h"

#define QL_TYPE_MODEL_ROW (ql_model_row_get_type ())
G_DECLARE_FINAL_TYPE (QlModelRow, ql_model_row, QL, MODEL_ROW, GtkListBoxRow)

/**
 * QlModelRow:
 *
 * A model of the list: what it is, what it needs, whether it is sound, and what can be done with it:
 * the actions "models.*" with the entry's id.
 */
GtkWidget *ql_model_row_new (QlModelEntry *entry, QlEngineService *engine);

/** ql_model_row_get_entry: Returns: (transfer none) */
QlModelEntry *ql_model_row_get_entry (QlModelRow *self);
/** ql_model_row_set_free_memory: bytes; 0: not known */
void ql_model_row_set_free_memory (QlModelRow *self, guint64 free_bytes);
/** ql_model_row_focus: the button that loads the model */
void ql_model_row_focus (QlModelRow *self);
