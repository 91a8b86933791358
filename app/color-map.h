#pragma once

#include <glib.h>

/** QlColor: sRGB, 0…1. */
typedef struct
{
  double red, green, blue;
} QlColor;

/**
 * QlColorMap:
 * @QL_COLOR_MAP_VIRIDIS: dark violet, green, yellow: lightness rises evenly; also for colour-blind people
 *   and in print
 * @QL_COLOR_MAP_GREY: black to white, evenly light
 * @QL_COLOR_MAP_DIVERGING: for differences: blue, white (none), red; both ends are equally dark
 */
typedef enum
{
  QL_COLOR_MAP_VIRIDIS,
  QL_COLOR_MAP_GREY,
  QL_COLOR_MAP_DIVERGING,
} QlColorMap;

#define QL_COLOR_MAP_N 3
#define QL_COLOR_MAP_ENTRIES 256

/**
 * ql_color_map_get:
 * @high_contrast: from black to white (diverging: from white to darker ends), for who sees little
 * @t: 0…1, others count as the nearer end; of a diverging map ½ is none
 */
void ql_color_map_get (QlColorMap self, gboolean high_contrast, double t, QlColor *color);

/** ql_color_map_table: Returns: (transfer none): %QL_COLOR_MAP_ENTRIES entries 0xffRRGGBB; any thread */
const guint32 *ql_color_map_table (QlColorMap self, gboolean high_contrast);

/** ql_color_lightness: CIE L* of @color: 0 black, 100 white */
double ql_color_lightness (const QlColor *color);
