#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "app/attention-map-private.h"
#include "app/map-draw-private.h"

/* Interpolated maps have so many pixels a patch, and no more in all than makes sense on a screen. */
#define SMOOTH_PX 12
#define MAX_SMOOTH_PX 1024
/* Smaller cells have no room for hatching. */
#define MIN_HATCHED_PX 6

/* What a drawing call needs of a map and a look. */
typedef struct
{
  const QlMap *map;
  const QlMapLook *look;
  double max;
  gboolean is_signed;
  gboolean spotlight;
  const guint32 *colors;
} Drawing;

void
ql_map_look_init (QlMapLook *self)
{
  *self = (QlMapLook){ .style = QL_MAP_STYLE_CELLS,
                       .color_map = QL_COLOR_MAP_VIRIDIS,
                       .opacity = 0.6,
                       .scale = QL_MAP_SCALE_OWN,
                       .mark_outliers = TRUE };
}

const char *
ql_map_style_to_string (QlMapStyle style)
{
  static const char *const names[] = { "cells", "smooth", "spotlight" };

  g_return_val_if_fail ((guint) style < G_N_ELEMENTS (names), "");
  return names[style];
}

const char *
ql_map_style_title (QlMapStyle style)
{
  switch (style)
    {
    case QL_MAP_STYLE_CELLS:
      return _ ("Cells");
    case QL_MAP_STYLE_SMOOTH:
      return _ ("Smooth (interpolated)");
    case QL_MAP_STYLE_SPOTLIGHT:
      return _ ("Spotlight");
    }
  return "";
}

double
ql_map_look_get_max (const QlMapLook *self, QlMap *map)
{
  return self->scale_max > 0 ? self->scale_max : ql_map_get_scale_max (map, self->scale, self->hide_outliers);
}

gboolean
ql_map_locate (QlMap *map, double x, double y, double width, double height, double at_x, double at_y,
               int *column, int *row)
{
  if (!(width > 0 && height > 0 && at_x >= x && at_y >= y && at_x < x + width && at_y < y + height))
    return FALSE;
  *column = MIN ((int) ((at_x - x) / width * map->columns), map->columns - 1);
  *row = MIN ((int) ((at_y - y) / height * map->rows), map->rows - 1);
  return TRUE;
}

/* ---- colours ----------------------------------------------------------------------------- */

static gboolean
is_hidden (const Drawing *d, int i)
{
  return d->look->hide_outliers && ql_map_cell_is_outlier (d->map, i);
}

/* @value's colour 0xffRRGGBB and how opaque it is */
static guint32
color_of (const Drawing *d, double value, double *alpha)
{
  double share = CLAMP (value / d->max, -1, 1);
  double t = d->is_signed ? (share + 1) / 2 : MAX (share, 0);

  if (d->spotlight)
    {
      *alpha = d->look->opacity * (1 - t);
      return 0xff000000u;
    }
  *alpha = d->look->opacity * (d->look->alpha_by_value ? fabs (share) : 1);
  return d->colors[(int) (t * (QL_COLOR_MAP_ENTRIES - 1) + 0.5)];
}

static guint32
premultiply (guint32 color, double alpha)
{
  guint32 a = (guint32) (CLAMP (alpha, 0, 1) * 255 + 0.5);
  guint32 r = ((color >> 16 & 255) * a + 127) / 255;
  guint32 g = ((color >> 8 & 255) * a + 127) / 255;
  guint32 b = ((color & 255) * a + 127) / 255;

  return a << 24 | r << 16 | g << 8 | b;
}

static void
set_color (cairo_t *cr, guint32 color, double alpha)
{
  cairo_set_source_rgba (cr, (color >> 16 & 255) / 255.0, (color >> 8 & 255) / 255.0, (color & 255) / 255.0,
                         alpha);
}

/* ---- an image of the map --------------------------------------------------------------- */

static void
fill_cells (const Drawing *d, guint8 *pixels, int stride)
{
  const QlMap *map = d->map;

  for (int row = 0; row < map->rows; row++)
    {
      guint32 *line = (guint32 *) (gpointer) (pixels + (gsize) row * (gsize) stride);

      for (int column = 0; column < map->columns; column++)
        {
          int i = row * map->columns + column;
          double alpha;
          guint32 color = color_of (d, (double) map->patches[i], &alpha);

          line[column] = is_hidden (d, i) ? 0 : premultiply (color, alpha);
        }
    }
}

/* The nearest patches at a point between centres, and how far it is from the first to the second. */
static void
neighbours (double at, int n, int *first, int *second, double *part)
{
  double center = CLAMP (at * n - 0.5, 0, n - 1);

  *first = (int) center;
  *second = MIN (*first + 1, n - 1);
  *part = center - *first;
}

static double
value_or_none (const Drawing *d, int i)
{
  return is_hidden (d, i) ? 0 : (double) d->map->patches[i];
}

static void
fill_smooth (const Drawing *d, guint8 *pixels, int stride, int width, int height)
{
  const QlMap *map = d->map;

  for (int py = 0; py < height; py++)
    {
      guint32 *line = (guint32 *) (gpointer) (pixels + (gsize) py * (gsize) stride);
      int y0, y1;
      double fy;

      neighbours ((py + 0.5) / height, map->rows, &y0, &y1, &fy);
      for (int px = 0; px < width; px++)
        {
          int x0, x1;
          double fx, upper, lower, alpha;
          guint32 color;

          neighbours ((px + 0.5) / width, map->columns, &x0, &x1, &fx);
          upper = value_or_none (d, y0 * map->columns + x0) * (1 - fx)
                  + value_or_none (d, y0 * map->columns + x1) * fx;
          lower = value_or_none (d, y1 * map->columns + x0) * (1 - fx)
                  + value_or_none (d, y1 * map->columns + x1) * fx;
          color = color_of (d, upper * (1 - fy) + lower * fy, &alpha);
          line[px] = premultiply (color, alpha);
        }
    }
}

static cairo_surface_t *
make_image (const Drawing *d)
{
  gboolean smooth = d->look->style == QL_MAP_STYLE_SMOOTH;
  int columns = d->map->columns, rows = d->map->rows;
  int factor = smooth ? CLAMP (MAX_SMOOTH_PX / MAX (columns, rows), 1, SMOOTH_PX) : 1;
  cairo_surface_t *image = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, columns * factor, rows * factor);
  guint8 *pixels = cairo_image_surface_get_data (image);

  if (pixels == NULL) /* no memory: nothing is painted */
    return image;
  cairo_surface_flush (image);
  if (smooth)
    fill_smooth (d, pixels, cairo_image_surface_get_stride (image), columns * factor, rows * factor);
  else
    fill_cells (d, pixels, cairo_image_surface_get_stride (image));
  cairo_surface_mark_dirty (image);
  return image;
}

static void
draw_image (const Drawing *d, cairo_t *cr, double width, double height)
{
  cairo_surface_t *image = make_image (d);
  cairo_pattern_t *pattern = cairo_pattern_create_for_surface (image);

  cairo_save (cr);
  cairo_rectangle (cr, 0, 0, width, height);
  cairo_clip (cr);
  cairo_scale (cr, width / cairo_image_surface_get_width (image),
               height / cairo_image_surface_get_height (image));
  cairo_pattern_set_filter (pattern, d->look->style == QL_MAP_STYLE_SMOOTH ? CAIRO_FILTER_BILINEAR
                                                                           : CAIRO_FILTER_NEAREST);
  cairo_pattern_set_extend (pattern, CAIRO_EXTEND_PAD);
  cairo_set_source (cr, pattern);
  cairo_paint (cr);
  cairo_restore (cr);
  cairo_pattern_destroy (pattern);
  cairo_surface_destroy (image);
}

/* ---- rectangles --------------------------------------------------------------------------- */

/*
 * Cells of the same opacity each reach beyond their ends and are covered by the next, so that no seams show where a
 * viewer smooths edges; what is seen of them is then made transparent as a whole. Cells of different opacity can only
 * lie side by side, and so do transparent ones in an SVG: cairo 1.16 leaks the group's surface there. Figures
 * tell viewers of SVG not to smooth.
 */
static void
draw_rectangles (const Drawing *d, cairo_t *cr, double width, double height)
{
  const QlMap *map = d->map;
  gboolean is_svg = cairo_surface_get_type (cairo_get_target (cr)) == CAIRO_SURFACE_TYPE_SVG;
  gboolean even = !d->spotlight && !d->look->alpha_by_value && !d->look->hide_outliers;
  gboolean group = even && d->look->opacity < 1;
  gboolean covering = even && !(group && is_svg);
  double cell_width = width / map->columns, cell_height = height / map->rows;

  group = group && covering;
  cairo_save (cr);
  cairo_set_antialias (cr, CAIRO_ANTIALIAS_NONE);
  if (group)
    cairo_push_group (cr);
  for (int i = 0; i < map->columns * map->rows; i++)
    {
      double x = i % map->columns * cell_width, y = i / map->columns * cell_height;
      double alpha;
      guint32 color = color_of (d, (double) map->patches[i], &alpha);

      if (is_hidden (d, i))
        continue;
      set_color (cr, color, covering ? 1 : alpha);
      if (covering)
        cairo_rectangle (cr, x, y, MIN (2 * cell_width, width - x), MIN (2 * cell_height, height - y));
      else
        cairo_rectangle (cr, x, y, cell_width, cell_height);
      cairo_fill (cr);
    }
  if (group)
    {
      cairo_pop_group_to_source (cr);
      cairo_paint_with_alpha (cr, CLAMP (d->look->opacity, 0, 1));
    }
  cairo_restore (cr);
}

/* ---- outliers ------------------------------------------------------------------------------- */

static void
hatch (cairo_t *cr, double x, double y, double width, double height)
{
  double step = MAX (width, height) / 4;

  cairo_save (cr);
  cairo_rectangle (cr, x, y, width, height);
  cairo_clip_preserve (cr);
  cairo_set_source_rgba (cr, 0.75, 0.75, 0.75, 0.5);
  cairo_fill (cr);
  if (MIN (width, height) >= MIN_HATCHED_PX)
    {
      cairo_set_source_rgb (cr, 0.25, 0.25, 0.25);
      cairo_set_line_width (cr, MAX (0.5, step / 8));
      for (double at = step / 2; at < width + height; at += step)
        {
          cairo_move_to (cr, x + at, y);
          cairo_line_to (cr, x + at - height, y + height);
        }
      cairo_stroke (cr);
    }
  cairo_restore (cr);
}

/* Dark in light, to be seen on every colour. */
static void
outline (cairo_t *cr, double x, double y, double width, double height)
{
  double thick = CLAMP (MIN (width, height) / 24, 0.5, 1.5);

  cairo_save (cr);
  cairo_rectangle (cr, x + thick / 2, y + thick / 2, width - thick, height - thick);
  cairo_set_line_width (cr, thick);
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_stroke_preserve (cr);
  cairo_set_dash (cr, &(double){ thick * 2 }, 1, 0);
  cairo_set_source_rgb (cr, 0, 0, 0);
  cairo_stroke (cr);
  cairo_restore (cr);
}

static void
draw_outliers (const Drawing *d, cairo_t *cr, double width, double height)
{
  const QlMap *map = d->map;
  double cell_width = width / map->columns, cell_height = height / map->rows;

  for (int i = 0; i < map->columns * map->rows; i++)
    {
      double x = i % map->columns * cell_width, y = i / map->columns * cell_height;

      if (!ql_map_cell_is_outlier (map, i))
        continue;
      if (d->look->hide_outliers)
        hatch (cr, x, y, cell_width, cell_height);
      else if (MIN (cell_width, cell_height) >= MIN_HATCHED_PX)
        outline (cr, x, y, cell_width, cell_height);
    }
}

void
ql_map_draw (QlMap *map, const QlMapLook *look, cairo_t *cr, double x, double y, double width, double height)
{
  gboolean is_signed = map->kind == QL_MAP_DIFFERENCE;
  Drawing d = { .map = map,
                .look = look,
                .max = ql_map_look_get_max (look, map),
                .is_signed = is_signed,
                .spotlight = look->style == QL_MAP_STYLE_SPOTLIGHT && !is_signed };

  if (!(width > 0 && height > 0))
    return;
  d.colors = ql_color_map_table (is_signed ? QL_COLOR_MAP_DIVERGING : look->color_map, look->high_contrast);
  cairo_save (cr);
  cairo_translate (cr, x, y);
  if (look->style == QL_MAP_STYLE_SMOOTH || !ql_draw_is_vector (cr))
    draw_image (&d, cr, width, height);
  else
    draw_rectangles (&d, cr, width, height);
  if (look->hide_outliers || look->mark_outliers)
    draw_outliers (&d, cr, width, height);
  cairo_restore (cr);
}
