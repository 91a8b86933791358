#pragma once

#include <cairo.h>

#include "app/color-map.h"
#include "app/engine-lab.h"

/*
 * How like the queries are to each other, as a square of squares: blue for opposite, white for unlike, red for alike, with
 * the colours' meaning below. Rows and columns are the queries in their order.
 */

/** QlSimilarityLook: */
typedef struct
{
  QlColor ink; /* of numbers and lines */
  QlColor mark; /* of the selected query's row and column */
  gboolean high_contrast;
} QlSimilarityLook;

/** ql_similarity_height: of a drawing of @width, in the same unit */
double ql_similarity_height (double width);

/** ql_similarity_draw: @selected: -1: none */
void ql_similarity_draw (QlQueryReport *report, QlSimilarity which, int selected,
                         const QlSimilarityLook *look, cairo_t *cr, double x, double y, double width);

/** ql_similarity_locate: the cell at a point. Returns: %FALSE: there is none */
gboolean ql_similarity_locate (QlQueryReport *report, double x, double y, double width, double at_x,
                               double at_y, int *row, int *column);
