#include "app/curve.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app/map-draw-private.h"

#define GAP_PX 14.0
#define TICK_PX 3.0
#define DOT_PX 2.2
#define LINE_PX 1.6
/* Narrower panels are put one below the other. */
#define MIN_PANEL_PX 200.0
#define BAND_ALPHA 0.25

/* A panel: where its plot is, and what its vertical ends stand for. */
typedef struct
{
  QlCurve *curve;
  QlCurveKind kind;
  const QlCurveLook *look;
  double x, y, width, height;
  double least, most;
} Panel;

void
ql_curve_look_init (QlCurveLook *self)
{
  *self = (QlCurveLook){ .ink = { 0, 0, 0 }, .random = { 0.13, 0.4, 0.67 }, .text_px = 9 };
}

static void
set_color (cairo_t *cr, const QlColor *color, double alpha)
{
  cairo_set_source_rgba (cr, color->red, color->green, color->blue, alpha);
}

static double
place_x (const Panel *p, int point)
{
  return p->x + ql_curve_get_share (p->curve, point) * p->width;
}

static double
place_y (const Panel *p, double value)
{
  return p->y + (p->most - value) / (p->most - p->least) * p->height;
}

/* Both panels have one scale: they are of the same answer. */
static void
find_range (QlCurve *self, double *least, double *most)
{
  double span;

  *least = G_MAXDOUBLE;
  *most = -G_MAXDOUBLE;
  for (int kind = 0; kind < 2; kind++)
    for (int i = 0; i < ql_curve_get_n_points (self); i++)
      {
        double value = ql_curve_get_value (self, (QlCurveKind) kind, i);
        QlCurveSpread random;

        ql_curve_get_random (self, (QlCurveKind) kind, i, &random);
        *least = MIN (*least, MIN (value, random.least));
        *most = MAX (*most, MAX (value, random.most));
      }
  span = MAX (*most - *least, 0.1);
  *least -= span * 0.05;
  *most += span * 0.05;
}

/* 1, 2 or 5 of a power of ten: at most some five of them fit. */
static double
find_step (double span)
{
  double power = pow (10, floor (log10 (span / 4))), factor = span / 4 / power;

  return power * (factor <= 1 ? 1 : factor <= 2 ? 2 : factor <= 5 ? 5 : 10);
}

static char *
tick_text (double value, double step)
{
  int n_digits = step >= 0.95 ? 0 : step >= 0.095 ? 1 : 2;
  const char *sign = value < -step / 2 ? "−" : "";

  return g_strdup_printf ("%s%.*f", sign, n_digits, fabs (value));
}

static void
draw_axes (const Panel *p, cairo_t *cr)
{
  double step = find_step (p->most - p->least), text = p->look->text_px;

  set_color (cr, &p->look->ink, 0.6);
  cairo_set_line_width (cr, 1);
  cairo_move_to (cr, p->x, p->y);
  cairo_line_to (cr, p->x, p->y + p->height);
  cairo_line_to (cr, p->x + p->width, p->y + p->height);
  cairo_stroke (cr);
  for (double v = ceil (p->least / step) * step; v <= p->most; v += step)
    {
      g_autofree char *label = tick_text (v, step);

      set_color (cr, &p->look->ink, 0.15);
      cairo_move_to (cr, p->x, place_y (p, v));
      cairo_line_to (cr, p->x + p->width, place_y (p, v));
      cairo_stroke (cr);
      ql_draw_text (cr, label, text, &p->look->ink, QL_TEXT_RIGHT, p->x - TICK_PX,
                    place_y (p, v) - ql_draw_text_height (text) / 2);
    }
  for (int i = 0; i <= 2; i++)
    {
      g_autofree char *label = ql_percent_text (i / 2.0);
      QlTextAnchor anchor = i == 0 ? QL_TEXT_LEFT : i == 1 ? QL_TEXT_CENTER : QL_TEXT_RIGHT;

      ql_draw_text (cr, label, text, &p->look->ink, anchor, p->x + p->width * i / 2,
                    p->y + p->height + TICK_PX);
    }
}

static void
draw_random (const Panel *p, cairo_t *cr)
{
  int n = ql_curve_get_n_points (p->curve);
  QlCurveSpread random;

  for (int i = 0; i < n; i++)
    {
      ql_curve_get_random (p->curve, p->kind, i, &random);
      cairo_line_to (cr, place_x (p, i), place_y (p, random.most));
    }
  for (int i = n - 1; i >= 0; i--)
    {
      ql_curve_get_random (p->curve, p->kind, i, &random);
      cairo_line_to (cr, place_x (p, i), place_y (p, random.least));
    }
  cairo_close_path (cr);
  set_color (cr, &p->look->random, BAND_ALPHA);
  cairo_fill (cr);
  for (int i = 0; i < n; i++)
    {
      ql_curve_get_random (p->curve, p->kind, i, &random);
      cairo_line_to (cr, place_x (p, i), place_y (p, random.mean));
    }
  set_color (cr, &p->look->random, 1);
  cairo_set_line_width (cr, LINE_PX);
  cairo_set_dash (cr, (double[]){ 5, 3 }, 2, 0);
  cairo_stroke (cr);
  cairo_set_dash (cr, NULL, 0, 0);
}

static void
draw_map_line (const Panel *p, cairo_t *cr)
{
  int n = ql_curve_get_n_points (p->curve);

  for (int i = 0; i < n; i++)
    cairo_line_to (cr, place_x (p, i), place_y (p, ql_curve_get_value (p->curve, p->kind, i)));
  set_color (cr, &p->look->ink, 1);
  cairo_set_line_width (cr, LINE_PX);
  cairo_stroke (cr);
  for (int i = 0; i < n; i++)
    {
      cairo_new_sub_path (cr);
      cairo_arc (cr, place_x (p, i), place_y (p, ql_curve_get_value (p->curve, p->kind, i)), DOT_PX, 0,
                 2 * G_PI);
      cairo_fill (cr);
    }
}

/* A piece of each line with its name. */
static void
draw_legend (const QlCurveLook *look, cairo_t *cr, double x, double y)
{
  double line = ql_draw_text_height (look->text_px), sample = 24;

  for (int i = 0; i < 2; i++)
    {
      double middle = y + line * i + line / 2;

      set_color (cr, i == 0 ? &look->ink : &look->random, 1);
      cairo_set_line_width (cr, LINE_PX);
      if (i == 1)
        {
          cairo_rectangle (cr, x, middle - 4, sample, 8);
          set_color (cr, &look->random, BAND_ALPHA);
          cairo_fill (cr);
          set_color (cr, &look->random, 1);
          cairo_set_dash (cr, (double[]){ 5, 3 }, 2, 0);
        }
      cairo_move_to (cr, x, middle);
      cairo_line_to (cr, x + sample, middle);
      cairo_stroke (cr);
      cairo_set_dash (cr, NULL, 0, 0);
      if (i == 0)
        {
          cairo_arc (cr, x + sample / 2, middle, DOT_PX, 0, 2 * G_PI);
          cairo_fill (cr);
        }
      ql_draw_text (cr, i == 0 ? _ ("in the map’s order") : _ ("in random orders: mean, least and most"),
                    look->text_px, &look->ink, QL_TEXT_LEFT, x + sample + 6, y + line * i);
    }
}

static void
draw_panel (QlCurve *self, QlCurveKind kind, const QlCurveLook *look, cairo_t *cr, double x, double y,
            double width, double height)
{
  double line = ql_draw_text_height (look->text_px), left = look->text_px * 4;
  Panel p = { self, kind, look, x + left, y + 2 * line, width - left - 2, height - 4 * line - TICK_PX, 0, 0 };

  if (p.width <= 0 || p.height <= 0)
    return;
  find_range (self, &p.least, &p.most);
  ql_draw_text (cr, ql_curve_kind_title (kind), look->text_px, &look->ink, QL_TEXT_LEFT, x, y);
  ql_draw_text (cr, _ ("log p of the answer"), look->text_px, &look->ink, QL_TEXT_LEFT, x, y + line * 0.85);
  draw_axes (&p, cr);
  ql_draw_text (cr, kind == QL_CURVE_DELETION ? _ ("patches taken away") : _ ("patches given"), look->text_px,
                &look->ink, QL_TEXT_CENTER, p.x + p.width / 2, p.y + p.height + TICK_PX + line * 0.9);
  draw_random (&p, cr);
  draw_map_line (&p, cr);
}

void
ql_curve_draw (QlCurve *self, const QlCurveLook *look, cairo_t *cr, double x, double y, double width,
               double height)
{
  double legend = ql_draw_text_height (look->text_px) * 2 + 4, room = height - legend;
  gboolean beside = (width - GAP_PX) / 2 >= MIN_PANEL_PX;

  cairo_save (cr);
  draw_legend (look, cr, x, y);
  for (int kind = 0; kind < 2; kind++)
    if (beside)
      draw_panel (self, (QlCurveKind) kind, look, cr, x + kind * (width + GAP_PX) / 2, y + legend,
                  (width - GAP_PX) / 2, room);
    else
      draw_panel (self, (QlCurveKind) kind, look, cr, x, y + legend + kind * (room + GAP_PX) / 2, width,
                  (room - GAP_PX) / 2);
  cairo_restore (cr);
}
