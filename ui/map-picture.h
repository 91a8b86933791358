#pragma once

#include <gtk/gtk.h>

#include "app/map-draw.h"

#define QL_TYPE_MAP_PICTURE (ql_map_picture_get_type ())
G_DECLARE_FINAL_TYPE (QlMapPicture, ql_map_picture, QL, MAP_PICTURE, GtkWidget)

/** QlMapPicture: a map over its trace's picture, small; who shows it says beside it what it is. */
/** ql_map_picture_set: @map: (nullable) */
void ql_map_picture_set (QlMapPicture *self, QlMap *map, const QlMapLook *look);
