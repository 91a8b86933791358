#pragma once

#include <gtk/gtk.h>

#define QL_TYPE_COSINE_LANE (ql_cosine_lane_get_type ())
G_DECLARE_FINAL_TYPE (QlCosineLane, ql_cosine_lane, QL, COSINE_LANE, GtkWidget)

/**
 * QlCosineLane:
 *
 * A bar for each query, up from the middle line for how like it is to a text, down for how unlike. The largest is drawn
 * strong, the selected one has a frame; a click or the arrow keys select another.
 *
 * Signals: "selected" (int query), by a person.
 */
/** ql_cosine_lane_set_values: @values: [n], copied; @winner: the largest */
void ql_cosine_lane_set_values (QlCosineLane *self, const double *values, int n, int winner);
void ql_cosine_lane_set_selected (QlCosineLane *self, int query);
int ql_cosine_lane_get_selected (QlCosineLane *self);
