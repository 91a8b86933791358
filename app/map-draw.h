#pragma once

#include <cairo.h>

#include "app/attention-map.h"
#include "app/color-map.h"

/*
 * Maps on a cairo context: the screen, PNG, SVG and PDF are drawn by the same functions. On SVG and PDF
 * surfaces patches are rectangles; elsewhere an image of as many pixels, magnified without smoothing, which
 * looks the same and is faster.
 */

/**
 * QlMapStyle:
 * @QL_MAP_STYLE_CELLS: each patch one colour: what there is
 * @QL_MAP_STYLE_SMOOTH: values interpolated (bilinear) between the patches' centres: to be labelled so
 * @QL_MAP_STYLE_SPOTLIGHT: darkens the picture, the less the larger the value; of a difference, cells
 */
typedef enum
{
  QL_MAP_STYLE_CELLS,
  QL_MAP_STYLE_SMOOTH,
  QL_MAP_STYLE_SPOTLIGHT,
} QlMapStyle;

#define QL_MAP_N_STYLES 3

/** ql_map_style_to_string: "cells", "smooth", "spotlight" */
const char *ql_map_style_to_string (QlMapStyle style);
/** ql_map_style_title: translated, for people: "Smooth (interpolated)" */
const char *ql_map_style_title (QlMapStyle style);

/** QlMapLook: how maps are drawn. Fill with ql_map_look_init(). */
typedef struct
{
  QlMapStyle style;
  QlColorMap color_map; /* a difference takes the diverging one, whatever this says */
  gboolean high_contrast;
  double opacity; /* 0…1, over the picture */
  gboolean alpha_by_value; /* the smaller the value, the more of the picture shows */
  QlMapScale scale;
  double scale_max; /* > 0: overrides @scale: to compare maps of several traces */
  gboolean hide_outliers; /* hatched, and without them the scale is made */
  gboolean mark_outliers; /* outlined */
  QlColor ink; /* of labels and lines around maps */
} QlMapLook;

/** ql_map_look_init: cells, viridis, opacity 0.6, own scale, outliers marked, black ink */
void ql_map_look_init (QlMapLook *self);

/** ql_map_look_get_max: the value that the end of the colours stands for. Returns: > 0 */
double ql_map_look_get_max (const QlMapLook *self, QlMap *map);

/**
 * ql_map_draw:
 * @x: with @y, @width and @height, where the picture is: the grid is stretched over all of it
 */
void ql_map_draw (QlMap *map, const QlMapLook *look, cairo_t *cr, double x, double y, double width,
                  double height);

/** ql_map_locate: the patch at a point of that rectangle. Returns: %FALSE: outside */
gboolean ql_map_locate (QlMap *map, double x, double y, double width, double height, double at_x, double at_y,
                        int *column, int *row);

/**
 * ql_color_bar_draw:
 * @max: > 0
 * @is_signed: from minus @max, with the diverging colours
 *
 * Colours from left to right, and under their ends the values as percentages; in the look's ink. The bar
 * takes what the numbers leave of @height.
 */
void ql_color_bar_draw (const QlMapLook *look, double max, gboolean is_signed, cairo_t *cr, double x,
                        double y, double width, double height);

/** ql_draw_text_height: of the numbers and labels drawn at @size_px */
double ql_draw_text_height (double size_px);
