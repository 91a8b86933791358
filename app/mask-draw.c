#include "app/mask-draw.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app/map-draw-private.h"

/* Of all of the drawing: what labels may take. */
#define GUTTER_SHARE 0.2
#define MAX_GUTTER_PX 90
/* A text's row is so many times as high as a query's. */
#define TEXT_WEIGHT 2
#define MAX_TEXT_PX 11
#define MIN_TEXT_PX 5
#define QUERY_LABEL_STEP 8
/* Smaller cells are drawn without gaps. */
#define GAP_FROM_PX 3

typedef struct
{
  int n_query, n_text;
  double gutter, unit; /* unit: a query's cell */
} Layout;

static Layout
lay_out (QlLabMask *mask, double size)
{
  Layout l = { .n_query = ql_lab_mask_get_n_queries (mask) };

  l.n_text = ql_lab_mask_get_n_rows (mask) - l.n_query;
  l.gutter = MIN (size * GUTTER_SHARE, MAX_GUTTER_PX);
  l.unit = (size - l.gutter) / MAX (l.n_query + TEXT_WEIGHT * l.n_text, 1);
  return l;
}

/* Where row or column @i begins; also of the one behind the last. */
static double
start (const Layout *l, int i)
{
  return l->gutter + l->unit * (i <= l->n_query ? i : l->n_query + TEXT_WEIGHT * (i - l->n_query));
}

static int
find (const Layout *l, double at)
{
  double units = (at - l->gutter) / l->unit;

  if (units < 0)
    return -1;
  return units < l->n_query ? (int) units : l->n_query + (int) ((units - l->n_query) / TEXT_WEIGHT);
}

void
ql_mask_get_rect (QlLabMask *mask, double x, double y, double size, int row, int column, QlMaskRect *rect)
{
  Layout l = lay_out (mask, size);
  double left = column < 0 ? 0 : start (&l, column), top = row < 0 ? 0 : start (&l, row);
  double right = start (&l, column < 0 ? 0 : column + 1), bottom = start (&l, row < 0 ? 0 : row + 1);

  *rect = (QlMaskRect){ x + left, y + top, right - left, bottom - top };
}

gboolean
ql_mask_locate (QlLabMask *mask, double x, double y, double size, double at_x, double at_y, int *row,
                int *column)
{
  Layout l = lay_out (mask, size);
  int n = l.n_query + l.n_text, r = find (&l, at_y - y), c = find (&l, at_x - x);

  if (at_x < x || at_y < y || r >= n || c >= n || (r < 0 && c < 0) || !(l.unit > 0))
    return FALSE;
  *row = r;
  *column = c;
  return TRUE;
}

/* ---- drawing ---- */

static void
set_color (cairo_t *cr, const QlColor *color, double alpha)
{
  cairo_set_source_rgba (cr, color->red, color->green, color->blue, alpha);
}

static void
draw_cells (QlLabMask *mask, const QlMaskLook *look, cairo_t *cr, double x, double y, double size)
{
  Layout l = lay_out (mask, size);
  int n = l.n_query + l.n_text;
  double gap = l.unit >= GAP_FROM_PX ? 1 : 0;

  cairo_set_antialias (cr, CAIRO_ANTIALIAS_NONE);
  for (int row = 0; row < n; row++)
    for (int column = 0; column < n; column++)
      {
        gboolean sees = ql_lab_mask_get_cell (mask, row, column);
        QlMaskRect r;

        ql_mask_get_rect (mask, x, y, size, row, column, &r);
        set_color (cr, sees ? &look->seen : &look->ink, sees ? 1 : 0.08);
        cairo_rectangle (cr, r.x, r.y, r.width - gap, r.height - gap);
        cairo_fill (cr);
      }
  cairo_set_antialias (cr, CAIRO_ANTIALIAS_DEFAULT);
  /* A frame within: to be seen whatever the cell is. */
  set_color (cr, &look->ink, 1);
  cairo_set_line_width (cr, l.unit >= GAP_FROM_PX ? 1.5 : 1);
  for (int row = 0; row < n; row++)
    for (int column = 0; column < n; column++)
      {
        QlMaskRect r;

        if (ql_lab_mask_get_cell (mask, row, column) == ql_lab_mask_preset_cell (mask, row, column))
          continue;
        ql_mask_get_rect (mask, x, y, size, row, column, &r);
        cairo_rectangle (cr, r.x + 0.75, r.y + 0.75, r.width - gap - 1.5, r.height - gap - 1.5);
      }
  cairo_stroke (cr);
}

/* Cut to what the gutter has room for. */
static void
draw_label (cairo_t *cr, const char *text, double text_px, const QlColor *ink, double room, double y)
{
  g_autoptr (PangoLayout) layout = ql_text_layout (cr, text, text_px, 0);
  PangoRectangle extents;

  pango_layout_set_width (layout, (int) (room * PANGO_SCALE));
  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
  pango_layout_set_alignment (layout, PANGO_ALIGN_RIGHT);
  pango_layout_set_auto_dir (layout, FALSE);
  pango_layout_get_extents (layout, NULL, &extents);
  set_color (cr, ink, 1);
  cairo_move_to (cr, 0, y - (double) extents.height / PANGO_SCALE / 2);
  pango_cairo_show_layout (cr, layout);
}

/* From the edge to the grid, at the rows; @side: 1, or -1 where all is turned for the columns. */
static void
draw_labels (QlLabMask *mask, const QlMaskLook *look, cairo_t *cr, const Layout *l, int side)
{
  double text_px = CLAMP (l->unit * TEXT_WEIGHT * 0.9, MIN_TEXT_PX, MAX_TEXT_PX), room = l->gutter - 4;

  for (int i = 0; i < l->n_query; i += QUERY_LABEL_STEP)
    {
      g_autofree char *number = i == 0 ? g_strdup (_ ("query 0")) : g_strdup_printf ("%d", i);

      draw_label (cr, number, text_px, &look->ink, room, side * (start (l, i) + l->unit / 2));
    }
  for (int i = 0; i < l->n_text; i++)
    draw_label (cr, ql_lab_mask_get_token (mask, i), text_px, &look->ink, room,
                side * (start (l, l->n_query + i) + l->unit * TEXT_WEIGHT / 2));
}

static void
draw_lines (const QlMaskLook *look, cairo_t *cr, const Layout *l)
{
  double middle = start (l, l->n_query), end = start (l, l->n_query + l->n_text);

  set_color (cr, &look->ink, 0.8);
  cairo_set_line_width (cr, 1);
  cairo_rectangle (cr, l->gutter - 0.5, l->gutter - 0.5, end - l->gutter, end - l->gutter);
  cairo_move_to (cr, middle - 0.5, 0);
  cairo_line_to (cr, middle - 0.5, end);
  cairo_move_to (cr, 0, middle - 0.5);
  cairo_line_to (cr, end, middle - 0.5);
  cairo_stroke (cr);
}

void
ql_mask_draw (QlLabMask *mask, const QlMaskLook *look, cairo_t *cr, double x, double y, double size)
{
  Layout l = lay_out (mask, size);
  QlMaskRect r;

  if (ql_lab_mask_get_cells (mask) == NULL || !(l.unit > 0))
    return;
  cairo_save (cr);
  draw_cells (mask, look, cr, x, y, size);
  cairo_translate (cr, x, y);
  draw_lines (look, cr, &l);
  draw_labels (mask, look, cr, &l, 1);
  cairo_save (cr);
  cairo_rotate (cr, G_PI / 2); /* read downwards, to the grid */
  draw_labels (mask, look, cr, &l, -1);
  cairo_restore (cr);
  if (look->row >= 0 && look->column >= 0)
    {
      ql_mask_get_rect (mask, 0, 0, size, look->row, look->column, &r);
      set_color (cr, &look->mark, 1);
      cairo_set_line_width (cr, 2);
      cairo_rectangle (cr, r.x - 1, r.y - 1, r.width + 1, r.height + 1);
      cairo_stroke (cr);
    }
  cairo_restore (cr);
}
