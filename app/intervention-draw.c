#include "app/intervention.h"

/* Light in dark, to be seen on every picture. */
static void
cross_out (cairo_t *cr, double x, double y, double width, double height)
{
  double inset = MIN (width, height) * 0.2, thick = CLAMP (MIN (width, height) / 16, 0.75, 2);

  for (int i = 0; i < 2; i++)
    {
      cairo_move_to (cr, x + inset, y + inset);
      cairo_line_to (cr, x + width - inset, y + height - inset);
      cairo_move_to (cr, x + width - inset, y + inset);
      cairo_line_to (cr, x + inset, y + height - inset);
      cairo_set_line_width (cr, i == 0 ? thick * 2.5 : thick);
      cairo_set_source_rgb (cr, i, i, i);
      cairo_stroke (cr);
    }
}

void
ql_intervention_draw (const QlIntervention *self, cairo_t *cr, double x, double y, double width,
                      double height)
{
  const QlInterventionSizes *sizes = ql_intervention_get_sizes (self);
  double cell_width = width / sizes->columns, cell_height = height / sizes->rows;

  cairo_save (cr);
  cairo_set_line_cap (cr, CAIRO_LINE_CAP_ROUND);
  for (int row = 0; row < sizes->rows; row++)
    for (int column = 0; column < sizes->columns; column++)
      {
        double left = x + column * cell_width, top = y + row * cell_height;

        if (!ql_intervention_has_patch (self, column, row))
          continue;
        cairo_rectangle (cr, left, top, cell_width, cell_height);
        if (ql_intervention_get_grey (self))
          cairo_set_source_rgb (cr, 0.5, 0.5, 0.5);
        else
          cairo_set_source_rgba (cr, 0, 0, 0, 0.6);
        cairo_fill (cr);
        cross_out (cr, left, top, cell_width, cell_height);
      }
  cairo_restore (cr);
}
