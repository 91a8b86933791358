#include "app/map-draw-private.h"

#include <math.h>

/* The gap between a colour bar and its numbers. */
#define BAR_GAP_PX 2
#define BAR_TEXT_PX 9
#define BAR_STOPS 33

gboolean
ql_draw_is_vector (cairo_t *cr)
{
  switch (cairo_surface_get_type (cairo_get_target (cr)))
    {
    case CAIRO_SURFACE_TYPE_SVG:
    case CAIRO_SURFACE_TYPE_PDF:
    case CAIRO_SURFACE_TYPE_PS:
      return TRUE;
    default:
      return FALSE;
    }
}

PangoLayout *
ql_text_layout (cairo_t *cr, const char *text, double size_px, double width)
{
  PangoLayout *layout = pango_cairo_create_layout (cr);
  PangoContext *context = pango_layout_get_context (layout);
  cairo_font_options_t *options = cairo_font_options_create ();
  PangoFontDescription *font = pango_font_description_new ();

  /* Lines break at the same words on screen and on paper. */
  cairo_font_options_set_hint_style (options, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics (options, CAIRO_HINT_METRICS_OFF);
  cairo_font_options_set_antialias (options, CAIRO_ANTIALIAS_GRAY);
  pango_cairo_context_set_font_options (context, options);
  pango_context_set_round_glyph_positions (context, FALSE);
  cairo_font_options_destroy (options);
  pango_font_description_set_family (font, "Sans");
  pango_font_description_set_absolute_size (font, size_px * PANGO_SCALE);
  pango_layout_set_font_description (layout, font);
  pango_font_description_free (font);
  if (width > 0)
    {
      pango_layout_set_width (layout, (int) (width * PANGO_SCALE));
      pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
    }
  pango_layout_set_text (layout, text, -1);
  return layout;
}

double
ql_draw_text_height (double size_px)
{
  return ceil (size_px * 1.4); /* what common fonts need for ascenders and descenders */
}

double
ql_draw_text_width (cairo_t *cr, const char *text, double size_px)
{
  g_autoptr (PangoLayout) layout = ql_text_layout (cr, text, size_px, 0);
  PangoRectangle extents;

  pango_layout_get_extents (layout, NULL, &extents);
  return (double) extents.width / PANGO_SCALE;
}

void
ql_draw_text (cairo_t *cr, const char *text, double size_px, const QlColor *ink, QlTextAnchor anchor,
              double x, double y)
{
  g_autoptr (PangoLayout) layout = ql_text_layout (cr, text, size_px, 0);
  PangoRectangle extents;
  double width;

  pango_layout_get_extents (layout, NULL, &extents);
  width = (double) extents.width / PANGO_SCALE;
  cairo_move_to (cr, anchor == QL_TEXT_LEFT ? x : anchor == QL_TEXT_CENTER ? x - width / 2 : x - width, y);
  cairo_set_source_rgb (cr, ink->red, ink->green, ink->blue);
  pango_cairo_show_layout (cr, layout);
}

/* ---- the colour bar ---------------------------------------------------------------------- */

static void
add_stops (const QlMapLook *look, gboolean is_signed, cairo_pattern_t *pattern)
{
  for (int i = 0; i < BAR_STOPS; i++)
    {
      double t = (double) i / (BAR_STOPS - 1);
      QlColor c;

      if (look->style == QL_MAP_STYLE_SPOTLIGHT && !is_signed)
        c = (QlColor){ 1 - look->opacity * (1 - t), 1 - look->opacity * (1 - t),
                       1 - look->opacity * (1 - t) };
      else
        ql_color_map_get (is_signed ? QL_COLOR_MAP_DIVERGING : look->color_map, look->high_contrast, t, &c);
      cairo_pattern_add_color_stop_rgb (pattern, t, c.red, c.green, c.blue);
    }
}

void
ql_color_bar_draw (const QlMapLook *look, double max, gboolean is_signed, cairo_t *cr, double x, double y,
                   double width, double height)
{
  double text_height = ql_draw_text_height (BAR_TEXT_PX);
  double bar = MAX (1, height - text_height - BAR_GAP_PX);
  cairo_pattern_t *pattern = cairo_pattern_create_linear (x, 0, x + width, 0);
  g_autofree char *low = ql_percent_text (is_signed ? -max : 0);
  g_autofree char *high = ql_percent_text (max);
  double text_y = y + bar + BAR_GAP_PX;

  cairo_save (cr);
  add_stops (look, is_signed, pattern);
  cairo_rectangle (cr, x, y, width, bar);
  cairo_set_source (cr, pattern);
  cairo_fill_preserve (cr);
  cairo_pattern_destroy (pattern);
  cairo_set_line_width (cr, 0.5);
  cairo_set_source_rgb (cr, look->ink.red, look->ink.green, look->ink.blue);
  cairo_stroke (cr);
  ql_draw_text (cr, low, BAR_TEXT_PX, &look->ink, QL_TEXT_LEFT, x, text_y);
  ql_draw_text (cr, high, BAR_TEXT_PX, &look->ink, QL_TEXT_RIGHT, x + width, text_y);
  if (is_signed)
    {
      g_autofree char *none = ql_percent_text (0);

      ql_draw_text (cr, none, BAR_TEXT_PX, &look->ink, QL_TEXT_CENTER, x + width / 2, text_y);
    }
  cairo_restore (cr);
}
