#include "app/similarity-draw.h"

#include <math.h>

#include "app/map-draw-private.h"

#define TEXT_PX 9
#define GUTTER_PX 18 /* left of and above the squares, for numbers */
#define BAR_PX 8
#define BAR_GAP_PX 6
#define LABEL_STEP 4
#define BAR_STOPS 33

double
ql_similarity_height (double width)
{
  return width + BAR_GAP_PX + BAR_PX + 2 + ql_draw_text_height (TEXT_PX);
}

static double
cell_size (QlQueryReport *report, double width)
{
  return (width - GUTTER_PX) / ql_query_report_get_n_queries (report);
}

gboolean
ql_similarity_locate (QlQueryReport *report, double x, double y, double width, double at_x, double at_y,
                      int *row, int *column)
{
  double cell = cell_size (report, width);
  double c = floor ((at_x - x - GUTTER_PX) / cell), r = floor ((at_y - y - GUTTER_PX) / cell);
  int n = ql_query_report_get_n_queries (report);

  if (!(cell > 0 && c >= 0 && r >= 0 && c < n && r < n))
    return FALSE;
  *row = (int) r;
  *column = (int) c;
  return TRUE;
}

static void
draw_cells (QlQueryReport *report, QlSimilarity which, const QlSimilarityLook *look, cairo_t *cr, double cell)
{
  int n = ql_query_report_get_n_queries (report);

  cairo_set_antialias (cr, CAIRO_ANTIALIAS_NONE); /* no seams between squares */
  for (int row = 0; row < n; row++)
    for (int column = 0; column < n; column++)
      {
        double value = ql_query_report_get_similarity (report, which, row, column);
        QlColor color;

        ql_color_map_get (QL_COLOR_MAP_DIVERGING, look->high_contrast, (value + 1) / 2, &color);
        cairo_set_source_rgb (cr, color.red, color.green, color.blue);
        cairo_rectangle (cr, column * cell, row * cell, cell, cell);
        cairo_fill (cr);
      }
  cairo_set_antialias (cr, CAIRO_ANTIALIAS_DEFAULT);
}

static void
draw_labels (int n, const QlSimilarityLook *look, cairo_t *cr, double cell)
{
  double height = ql_draw_text_height (TEXT_PX);

  for (int i = 0; i < n; i += LABEL_STEP)
    {
      g_autofree char *number = g_strdup_printf ("%d", i);

      ql_draw_text (cr, number, TEXT_PX, &look->ink, QL_TEXT_RIGHT, -3, (i + 0.5) * cell - height / 2);
      ql_draw_text (cr, number, TEXT_PX, &look->ink, QL_TEXT_CENTER, (i + 0.5) * cell, -3 - height);
    }
}

static void
draw_bar (const QlSimilarityLook *look, cairo_t *cr, double y, double width)
{
  static const int values[] = { -1, 0, 1 };
  static const QlTextAnchor anchors[] = { QL_TEXT_LEFT, QL_TEXT_CENTER, QL_TEXT_RIGHT };
  cairo_pattern_t *pattern = cairo_pattern_create_linear (0, 0, width, 0);

  for (int i = 0; i < BAR_STOPS; i++)
    {
      QlColor color;

      ql_color_map_get (QL_COLOR_MAP_DIVERGING, look->high_contrast, (double) i / (BAR_STOPS - 1), &color);
      cairo_pattern_add_color_stop_rgb (pattern, (double) i / (BAR_STOPS - 1), color.red, color.green,
                                        color.blue);
    }
  cairo_rectangle (cr, 0, y, width, BAR_PX);
  cairo_set_source (cr, pattern);
  cairo_fill (cr);
  cairo_pattern_destroy (pattern);
  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autofree char *number = g_strdup_printf ("%d", values[i]);

      ql_draw_text (cr, number, TEXT_PX, &look->ink, anchors[i], width * (values[i] + 1) / 2, y + BAR_PX + 2);
    }
}

void
ql_similarity_draw (QlQueryReport *report, QlSimilarity which, int selected, const QlSimilarityLook *look,
                    cairo_t *cr, double x, double y, double width)
{
  double cell = cell_size (report, width), size = width - GUTTER_PX;
  int n = ql_query_report_get_n_queries (report);

  if (!(cell > 0) || !ql_query_report_has (report, which))
    return;
  cairo_save (cr);
  cairo_translate (cr, x + GUTTER_PX, y + GUTTER_PX);
  draw_cells (report, which, look, cr, cell);
  draw_labels (n, look, cr, cell);
  if (selected >= 0 && selected < n)
    {
      cairo_set_source_rgb (cr, look->mark.red, look->mark.green, look->mark.blue);
      cairo_set_line_width (cr, 2);
      cairo_rectangle (cr, -1, selected * cell - 1, size + 2, cell + 2);
      cairo_rectangle (cr, selected * cell - 1, -1, cell + 2, size + 2);
      cairo_stroke (cr);
    }
  draw_bar (look, cr, size + BAR_GAP_PX, size);
  cairo_restore (cr);
}
