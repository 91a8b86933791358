#pragma once

#include <gtk/gtk.h>

#include "app/encoding-cache.h"

#define QL_TYPE_ENCODINGS_ROW (ql_encodings_row_get_type ())
G_DECLARE_FINAL_TYPE (QlEncodingsRow, ql_encodings_row, QL, ENCODINGS_ROW, GtkWidget)

/**
 * QlEncodingsRow:
 *
 * How much is kept of what the model made of pictures, and a button that deletes it.
 */
GtkWidget *ql_encodings_row_new (QlEncodingCache *cache);

/** ql_encodings_row_get_button: Returns: (transfer none): insensitive while it counts or deletes, and while there is nothing */
GtkWidget *ql_encodings_row_get_button (QlEncodingsRow *self);
/** ql_encodings_row_get_text: Returns: (transfer none): what is shown */
const char *ql_encodings_row_get_text (QlEncodingsRow *self);
