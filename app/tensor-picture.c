#include "app/tensor-picture-private.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "app/map-draw-private.h"

#define BAR_ROW_PX 18.0
#define BAR_TEXT_PX 11.0
#define MIN_BAR_TEXT_PX 9.0
#define BAR_LABEL_SHARE 0.3
#define BAR_VALUE_PX 48.0
#define ROW_PX 6.0
#define MIN_HEIGHT_PX 60.0
#define MAX_HEIGHT_PX 260.0
#define MAX_SHAPED_PX 300.0
#define SCALE_TEXT_PX 9.0

/* A scale leaves out no more than this part, and only values this much larger. */
#define LEFT_OUT 0.005
#define FAR_BEYOND 2.0
#define N_BINS 2048

G_DEFINE_BOXED_TYPE (QlTensorPicture, ql_tensor_picture, ql_tensor_picture_ref, ql_tensor_picture_unref)

QlTensorPicture *
ql_tensor_picture_new (QlTensorKind kind, const char *title, int columns, int rows)
{
  QlTensorPicture *self = g_new0 (QlTensorPicture, 1);

  self->ref_count = 1;
  self->kind = kind;
  self->title = g_strdup (title);
  self->note = g_strdup ("");
  self->columns = columns;
  self->rows = rows;
  return self;
}

QlTensorPicture *
ql_tensor_picture_ref (QlTensorPicture *self)
{
  self->ref_count++;
  return self;
}

void
ql_tensor_picture_unref (QlTensorPicture *self)
{
  if (--self->ref_count > 0)
    return;
  g_free (self->title);
  g_free (self->note);
  g_clear_object (&self->owner);
  g_free (self->own);
  g_free (self->rgb);
  g_clear_pointer (&self->labels, g_ptr_array_unref);
  g_free (self);
}

/* ---- the scale ------------------------------------------------------------------------------ */

static char *
value_text (const QlTensorPicture *self, double value)
{
  if (self->unit == QL_TENSOR_SHARE)
    return ql_percent_text (value);
  return g_strdup_printf ("%.3g", value);
}

/* The magnitude that all but a few of the values reach at most. */
static double
most_reach (const QlTensorPicture *self, double largest)
{
  gsize n = (gsize) self->columns * (gsize) self->rows, n_left = 0;
  gsize bins[N_BINS] = { 0 };

  for (gsize i = 0; i < n; i++)
    if (isfinite (self->values[i]))
      bins[MIN ((int) (fabs ((double) self->values[i]) / largest * N_BINS), N_BINS - 1)]++;
  for (int bin = N_BINS - 1; bin > 0; bin--)
    {
      n_left += bins[bin];
      if ((double) n_left > LEFT_OUT * (double) n)
        return (bin + 1) * largest / N_BINS;
    }
  return largest;
}

void
ql_tensor_picture_find_scale (QlTensorPicture *self, gboolean is_signed)
{
  gsize n = (gsize) self->columns * (gsize) self->rows;
  double min = INFINITY, max = -INFINITY, most;

  for (gsize i = 0; i < n; i++)
    if (isfinite (self->values[i]))
      {
        min = MIN (min, (double) self->values[i]);
        max = MAX (max, (double) self->values[i]);
      }
  if (min > max)
    min = max = 0;
  self->is_signed = is_signed;
  self->largest = MAX (fabs (min), fabs (max));
  self->min = min;
  self->max = max;
  if (is_signed)
    {
      most = self->largest > 0 ? most_reach (self, self->largest) : 1;
      self->max = most * FAR_BEYOND < self->largest ? most : MAX (self->largest, 1e-30);
      self->min = -self->max;
      if (self->max < self->largest)
        {
          g_autofree char *largest = value_text (self, self->largest);
          g_autofree char *before = self->note;

          self->note
              = g_strdup_printf (_ ("%s%sThe colours end where 99.5 %% of the values do; the largest is %s."),
                                 before, *before != '\0' ? " " : "", largest);
        }
    }
  else if (!(self->max > self->min))
    self->max = self->min + MAX (fabs (self->min) * 1e-6, 1e-30); /* all the same, but not the same number */
}

gboolean
ql_tensor_picture_get_scale (QlTensorPicture *self, double *min, double *max)
{
  *min = self->min;
  *max = self->max;
  return self->kind == QL_TENSOR_CELLS;
}

/* ---- getters ------------------------------------------------------------------------------ */

QlTensorKind
ql_tensor_picture_get_kind (QlTensorPicture *self)
{
  return self->kind;
}

const char *
ql_tensor_picture_get_title (QlTensorPicture *self)
{
  return self->title;
}

const char *
ql_tensor_picture_get_note (QlTensorPicture *self)
{
  return self->note;
}

int
ql_tensor_picture_get_columns (QlTensorPicture *self)
{
  return self->grid_columns > 0 ? self->grid_columns : self->columns;
}

int
ql_tensor_picture_get_rows (QlTensorPicture *self)
{
  return self->grid_rows > 0 ? self->grid_rows : self->rows;
}

double
ql_tensor_picture_get_value (QlTensorPicture *self, int column, int row)
{
  if (self->values == NULL || column < 0 || row < 0 || column >= self->columns || row >= self->rows)
    return NAN;
  return (double) self->values[(gsize) row * (gsize) self->columns + (gsize) column];
}

double
ql_tensor_picture_get_aspect (QlTensorPicture *self)
{
  return self->aspect;
}

double
ql_tensor_picture_get_height (QlTensorPicture *self, double width)
{
  if (self->kind == QL_TENSOR_BARS)
    return self->rows * BAR_ROW_PX;
  if (self->aspect > 0)
    return MIN (width / self->aspect, MAX_SHAPED_PX);
  return CLAMP (self->rows * ROW_PX, MIN_HEIGHT_PX, MAX_HEIGHT_PX);
}

gboolean
ql_tensor_picture_locate (QlTensorPicture *self, double width, double height, double x, double y, int *column,
                          int *row)
{
  int columns = ql_tensor_picture_get_columns (self), rows = ql_tensor_picture_get_rows (self);

  if (!(width > 0 && height > 0 && x >= 0 && y >= 0 && x < width && y < height))
    return FALSE;
  *column = MIN ((int) (x / width * columns), columns - 1);
  *row = MIN ((int) (y / height * rows), rows - 1);
  return TRUE;
}

void
ql_tensor_picture_get_rect (QlTensorPicture *self, double width, double height, int column, int row,
                            double *x, double *y, double *cell_width, double *cell_height)
{
  *cell_width = width / ql_tensor_picture_get_columns (self);
  *cell_height = height / ql_tensor_picture_get_rows (self);
  *x = column * *cell_width;
  *y = row * *cell_height;
}

/* The mean colour of a patch, or a pixel's. */
static char *
describe_color (QlTensorPicture *self, int column, int row)
{
  int per_column = self->grid_columns > 0 ? self->columns / self->grid_columns : 1;
  int per_row = self->grid_rows > 0 ? self->rows / self->grid_rows : 1;
  double sum[3] = { 0 };
  double n = (double) per_column * per_row;

  for (int y = row * per_row; y < (row + 1) * per_row; y++)
    for (int x = column * per_column; x < (column + 1) * per_column; x++)
      for (int c = 0; c < 3; c++)
        sum[c] += self->rgb[((gsize) y * (gsize) self->columns + (gsize) x) * 3 + (gsize) c];
  if (self->grid_columns > 0)
    return g_strdup_printf (_ ("patch %d (row %d, column %d): mean colour #%02x%02x%02x"),
                            row * self->grid_columns + column, row, column, (guint) (sum[0] / n + 0.5),
                            (guint) (sum[1] / n + 0.5), (guint) (sum[2] / n + 0.5));
  return g_strdup_printf (_ ("row %d, column %d: colour #%02x%02x%02x"), row, column, (guint) sum[0],
                          (guint) sum[1], (guint) sum[2]);
}

char *
ql_tensor_picture_describe (QlTensorPicture *self, int column, int row)
{
  g_autofree char *value = NULL;

  if (column < 0 || row < 0 || column >= ql_tensor_picture_get_columns (self)
      || row >= ql_tensor_picture_get_rows (self))
    return g_strdup ("");
  if (self->kind == QL_TENSOR_COLORS)
    return describe_color (self, column, row);
  value = value_text (self, ql_tensor_picture_get_value (self, column, row));
  if (self->kind == QL_TENSOR_BARS)
    return g_strdup_printf (_ ("%s: %s"), (const char *) self->labels->pdata[row], value);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  return g_strdup_printf (self->format, row, column, value);
#pragma GCC diagnostic pop
}

/* ---- drawing ------------------------------------------------------------------------------ */

static guint32
color_at (const QlTensorPicture *self, const guint32 *colors, double value)
{
  double t = (value - self->min) / (self->max - self->min);

  if (!isfinite (value) || !isfinite (t))
    return 0;
  return colors[(int) (CLAMP (t, 0, 1) * (QL_COLOR_MAP_ENTRIES - 1) + 0.5)];
}

static double
mean_of (const QlTensorPicture *self, int x0, int x1, int y0, int y1)
{
  double sum = 0;

  for (int y = y0; y < y1; y++)
    for (int x = x0; x < x1; x++)
      sum += (double) self->values[(gsize) y * (gsize) self->columns + (gsize) x];
  return sum / ((double) (x1 - x0) * (y1 - y0));
}

static guint32
mean_color (const QlTensorPicture *self, int x0, int x1, int y0, int y1)
{
  double sum[3] = { 0 }, n = (double) (x1 - x0) * (y1 - y0);

  for (int y = y0; y < y1; y++)
    for (int x = x0; x < x1; x++)
      for (int c = 0; c < 3; c++)
        sum[c] += self->rgb[((gsize) y * (gsize) self->columns + (gsize) x) * 3 + (gsize) c];
  return 0xff000000u | (guint32) (sum[0] / n + 0.5) << 16 | (guint32) (sum[1] / n + 0.5) << 8
         | (guint32) (sum[2] / n + 0.5);
}

static cairo_surface_t *
make_image (const QlTensorPicture *self, const QlMapLook *look, int width, int height)
{
  const guint32 *colors
      = ql_color_map_table (self->is_signed ? QL_COLOR_MAP_DIVERGING : look->color_map, look->high_contrast);
  cairo_surface_t *image = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, width, height);
  guint8 *pixels = cairo_image_surface_get_data (image);
  gsize stride = (gsize) cairo_image_surface_get_stride (image);

  if (pixels == NULL) /* no memory: nothing is painted */
    return image;
  cairo_surface_flush (image);
  for (int y = 0; y < height; y++)
    {
      guint32 *line = (guint32 *) (gpointer) (pixels + (gsize) y * stride);
      int y0 = (int) ((gint64) y * self->rows / height), y1 = (int) ((gint64) (y + 1) * self->rows / height);

      for (int x = 0; x < width; x++)
        {
          int x0 = (int) ((gint64) x * self->columns / width);
          int x1 = (int) ((gint64) (x + 1) * self->columns / width);

          line[x] = self->rgb != NULL ? mean_color (self, x0, x1, y0, y1)
                                      : color_at (self, colors, mean_of (self, x0, x1, y0, y1));
        }
    }
  cairo_surface_mark_dirty (image);
  return image;
}

/* No more pixels than there are values: what is between them is cairo's to repeat. */
static void
draw_image (QlTensorPicture *self, const QlMapLook *look, cairo_t *cr, double width, double height)
{
  double scale_x = 1, scale_y = 1;
  cairo_surface_t *image;
  cairo_pattern_t *pattern;

  cairo_user_to_device_distance (cr, &scale_x, &scale_y);
  image = make_image (self, look, CLAMP ((int) (width * fabs (scale_x)), 1, self->columns),
                      CLAMP ((int) (height * fabs (scale_y)), 1, self->rows));
  pattern = cairo_pattern_create_for_surface (image);
  cairo_save (cr);
  cairo_rectangle (cr, 0, 0, width, height);
  cairo_clip (cr);
  cairo_scale (cr, width / cairo_image_surface_get_width (image),
               height / cairo_image_surface_get_height (image));
  cairo_pattern_set_filter (pattern, CAIRO_FILTER_NEAREST);
  cairo_pattern_set_extend (pattern, CAIRO_EXTEND_PAD);
  cairo_set_source (cr, pattern);
  cairo_paint (cr);
  cairo_restore (cr);
  cairo_pattern_destroy (pattern);
  cairo_surface_destroy (image);
}

/* Dark beside light, to be seen on every picture. */
static void
draw_grid (QlTensorPicture *self, cairo_t *cr, double width, double height)
{
  double thick = CLAMP (width / self->grid_columns / 12, 0.5, 1.5);

  cairo_save (cr);
  cairo_set_line_width (cr, thick);
  for (int pass = 0; pass < 2; pass++)
    {
      double shift = pass * thick;

      cairo_set_source_rgba (cr, pass, pass, pass, 0.8);
      for (int i = 1; i < self->grid_columns; i++)
        {
          cairo_move_to (cr, i * width / self->grid_columns + shift, 0);
          cairo_rel_line_to (cr, 0, height);
        }
      for (int i = 1; i < self->grid_rows; i++)
        {
          cairo_move_to (cr, 0, i * height / self->grid_rows + shift);
          cairo_rel_line_to (cr, width, 0);
        }
      cairo_stroke (cr);
    }
  cairo_restore (cr);
}

static void
draw_bar (QlTensorPicture *self, const QlMapLook *look, cairo_t *cr, int row, double width, double height)
{
  gboolean small = height < MIN_BAR_TEXT_PX; /* no room for words */
  double label = small ? 0 : width * BAR_LABEL_SHARE;
  double room = MAX (small ? width : width - label - BAR_VALUE_PX, 1);
  double value = ql_tensor_picture_get_value (self, 0, row);
  double low = MIN (self->min, 0), high = MAX (self->max, low + 1e-30);
  double part = isfinite (value) ? CLAMP ((value - low) / (high - low), 0, 1) : 0;
  double size = MIN (BAR_TEXT_PX, height * 0.7), top = row * height;
  g_autofree char *text = value_text (self, value);
  g_autoptr (PangoLayout) layout = ql_text_layout (cr, self->labels->pdata[row], size, MAX (label - 6, 1));
  QlColor color;

  if (!small)
    {
      pango_layout_set_height (layout, -1);
      pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
      cairo_set_source_rgb (cr, look->ink.red, look->ink.green, look->ink.blue);
      cairo_move_to (cr, 0, top + (height - ql_draw_text_height (size)) / 2);
      pango_cairo_show_layout (cr, layout);
    }
  ql_color_map_get (QL_COLOR_MAP_VIRIDIS, FALSE, 0.45, &color);
  cairo_rectangle (cr, label, top + height * 0.2, MAX (room * part, 0.5), height * 0.6);
  cairo_set_source_rgb (cr, color.red, color.green, color.blue);
  cairo_fill (cr);
  if (!small)
    ql_draw_text (cr, text, size, &look->ink, QL_TEXT_LEFT, label + room * part + 4,
                  top + (height - ql_draw_text_height (size)) / 2);
}

void
ql_tensor_picture_draw (QlTensorPicture *self, const QlMapLook *look, cairo_t *cr, double x, double y,
                        double width, double height)
{
  if (!(width > 0 && height > 0))
    return;
  cairo_save (cr);
  cairo_translate (cr, x, y);
  if (self->kind == QL_TENSOR_BARS)
    for (int row = 0; row < self->rows; row++)
      draw_bar (self, look, cr, row, width, height / self->rows);
  else
    draw_image (self, look, cr, width, height);
  if (self->grid_columns > 0)
    draw_grid (self, cr, width, height);
  cairo_restore (cr);
}

void
ql_tensor_picture_draw_scale (QlTensorPicture *self, const QlMapLook *look, cairo_t *cr, double x, double y,
                              double width, double height)
{
  double bar = MAX (height - ql_draw_text_height (SCALE_TEXT_PX) - 2, 1);
  cairo_pattern_t *pattern = cairo_pattern_create_linear (x, 0, x + width, 0);
  g_autofree char *low = value_text (self, self->min), *high = value_text (self, self->max);

  for (int i = 0; i <= 32; i++)
    {
      QlColor c;

      ql_color_map_get (self->is_signed ? QL_COLOR_MAP_DIVERGING : look->color_map, look->high_contrast,
                        i / 32.0, &c);
      cairo_pattern_add_color_stop_rgb (pattern, i / 32.0, c.red, c.green, c.blue);
    }
  if (self->kind == QL_TENSOR_CELLS)
    {
      cairo_save (cr);
      cairo_rectangle (cr, x, y, width, bar);
      cairo_set_source (cr, pattern);
      cairo_fill (cr);
      ql_draw_text (cr, low, SCALE_TEXT_PX, &look->ink, QL_TEXT_LEFT, x, y + bar + 2);
      ql_draw_text (cr, high, SCALE_TEXT_PX, &look->ink, QL_TEXT_RIGHT, x + width, y + bar + 2);
      if (self->is_signed)
        ql_draw_text (cr, "0", SCALE_TEXT_PX, &look->ink, QL_TEXT_CENTER, x + width / 2, y + bar + 2);
      cairo_restore (cr);
    }
  cairo_pattern_destroy (pattern);
}
