#pragma once

#include <gtk/gtk.h>

#include "app/map-draw.h"

#define QL_TYPE_MAP_VIEW (ql_map_view_get_type ())
G_DECLARE_FINAL_TYPE (QlMapView, ql_map_view, QL, MAP_VIEW, GtkWidget)

/**
 * QlMapView:
 *
 * One map over its picture, small, with its sentence for who does not see it. Nothing to be done with it.
 */
/** ql_map_view_set_map: @map: (nullable) */
void ql_map_view_set_map (QlMapView *self, QlMap *map, const QlMapLook *look);
/** ql_map_view_get_map: Returns: (nullable) (transfer none) */
QlMap *ql_map_view_get_map (QlMapView *self);
