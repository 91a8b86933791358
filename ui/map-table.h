#pragma once

#include <gtk/gtk.h>

#include "app/lab.h"

#define QL_TYPE_MAP_TABLE (ql_map_table_get_type ())
G_DECLARE_FINAL_TYPE (QlMapTable, ql_map_table, QL, MAP_TABLE, GtkWindow)

/**
 * QlMapTable:
 *
 * The map that is looked at as a table: row, column, value, how many times the even spread, outlier. Can be sorted by
 * each; choosing a row chooses the patch. Follows the selection. For who cannot see maps, and who wants the numbers.
 */
GtkWidget *ql_map_table_new (GtkWindow *parent, QlLab *lab);
/** ql_map_table_get_text: Returns: (transfer full): of the line at @place, in the order shown, as a screen reader speaks it */
char *ql_map_table_get_text (QlMapTable *self, guint place);
