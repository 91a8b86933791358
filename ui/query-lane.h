#pragma once

#include <gtk/gtk.h>

#include "app/lab.h"

#define QL_TYPE_QUERY_LANE (ql_query_lane_get_type ())
G_DECLARE_FINAL_TYPE (QlQueryLane, ql_query_lane, QL, QUERY_LANE, GtkWidget)

/**
 * QlQueryLane:
 *
 * A bar for each query: how much the selected word came from it. The selected query has a frame; a click or the
 * arrow keys select another. Queries stand in their order from left to right in every language, as in the tables.
 */
/** ql_query_lane_set_lab: once */
void ql_query_lane_set_lab (QlQueryLane *self, QlLab *lab);
/** ql_query_lane_find: Returns: the query at @x; -1: none */
int ql_query_lane_find (QlQueryLane *self, double x);
