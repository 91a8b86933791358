#pragma once

#include <pango/pangocairo.h>

#include "app/map-draw.h"

/** QlTextAnchor: which part of a text lies at the given point. */
typedef enum
{
  QL_TEXT_LEFT,
  QL_TEXT_CENTER,
  QL_TEXT_RIGHT,
} QlTextAnchor;

/**
 * ql_text_layout:
 *
 * one line, or wrapped at @width where > 0; the same on every surface. Returns: (transfer full)
 */
PangoLayout *ql_text_layout (cairo_t *cr, const char *text, double size_px, double width);
/** ql_draw_text_width: of one line, as ql_draw_text() draws it */
double ql_draw_text_width (cairo_t *cr, const char *text, double size_px);
/** ql_draw_text: @y: the top of the line; in @ink */
void ql_draw_text (cairo_t *cr, const char *text, double size_px, const QlColor *ink, QlTextAnchor anchor,
                   double x, double y);

/** ql_draw_is_vector: whether what is drawn on @cr stays shapes */
gboolean ql_draw_is_vector (cairo_t *cr);
