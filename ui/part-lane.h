#pragma once

#include <gtk/gtk.h>

#include "app/lab.h"

#define QL_TYPE_PART_LANE (ql_part_lane_get_type ())
G_DECLARE_FINAL_TYPE (QlPartLane, ql_part_lane, QL, PART_LANE, GtkWidget)

/**
 * QlPartLane:
 *
 * How long each block or layer of a stage took, as bars; a click selects one. What it shows, the controls beside it say in numbers.
 */

/** ql_part_lane_set_lab: once */
void ql_part_lane_set_lab (QlPartLane *self, QlLab *lab);
