#include "app/roofline.h"

#include <cairo-svg.h>
#include <glib/gi18n.h>
#include <math.h>

#include "app/map-draw-private.h"

#define WIDTH 760.0
#define HEIGHT 500.0
#define LEFT 62.0
#define RIGHT 16.0
#define TOP 34.0
#define BOTTOM 68.0
#define TITLE_PX 14.0
#define TEXT_PX 11.0
#define SMALL_PX 10.0
#define DOT_PX 5.0
#define LEGEND_LINE 17.0

typedef struct
{
  char *name;
  double gops;
} Roof;

typedef struct
{
  int phase, type; /* in @names */
  double intensity, gops;
} Dot;

typedef struct
{
  char *names[QL_ROOFLINE_MAX_NAMES];
  int n;
} Names;

struct QlRoofline
{
  double gbps;
  Roof roofs[QL_ROOFLINE_MAX_ROOFS];
  int n_roofs;
  Dot dots[QL_ROOFLINE_MAX_DOTS];
  int n_dots;
  Names phases, types;
  char *caption;
  double least_x, most_x, least_y, most_y; /* the axes' ends */
};

static const QlColor ink = { 0.1, 0.1, 0.1 };
static const QlColor faint = { 0.45, 0.45, 0.45 };
/* Okabe and Ito's, which stay apart for eyes that do not see all colours. */
static const QlColor colors[QL_ROOFLINE_MAX_NAMES]
    = { { 0, 0.45, 0.7 },     { 0.84, 0.37, 0 }, { 0, 0.62, 0.45 },    { 0.8, 0.47, 0.65 },
        { 0.34, 0.71, 0.91 }, { 0.9, 0.62, 0 },  { 0.35, 0.35, 0.35 }, { 0.6, 0.5, 0.1 } };

/* ---- what there is to draw -------------------------------------------------------------- */

static gboolean
is_positive (double value)
{
  return isfinite (value) && value > 0;
}

QlRoofline *
ql_roofline_new (double gbps)
{
  QlRoofline *self = g_new0 (QlRoofline, 1);

  self->gbps = is_positive (gbps) ? gbps : 1;
  return self;
}

void
ql_roofline_free (QlRoofline *self)
{
  for (int i = 0; i < self->n_roofs; i++)
    g_free (self->roofs[i].name);
  for (int i = 0; i < self->phases.n; i++)
    g_free (self->phases.names[i]);
  for (int i = 0; i < self->types.n; i++)
    g_free (self->types.names[i]);
  g_free (self->caption);
  g_free (self);
}

void
ql_roofline_add_roof (QlRoofline *self, const char *name, const char *unit, double gops)
{
  if (!is_positive (gops) || self->n_roofs == QL_ROOFLINE_MAX_ROOFS)
    return;
  self->roofs[self->n_roofs++] = (Roof){ g_strdup_printf ("%s %.0f %s", name, gops, unit), gops };
}

/* Returns: the place of @name, which is added where it is new; -1: there are too many */
static int
find_name (Names *names, const char *name)
{
  for (int i = 0; i < names->n; i++)
    if (g_str_equal (names->names[i], name))
      return i;
  if (names->n == QL_ROOFLINE_MAX_NAMES)
    return -1;
  names->names[names->n] = g_strdup (name);
  return names->n++;
}

gboolean
ql_roofline_add_dot (QlRoofline *self, const char *phase, const char *type, double intensity, double gops)
{
  Dot dot = { .intensity = intensity, .gops = gops };

  if (!is_positive (intensity) || !is_positive (gops) || self->n_dots == QL_ROOFLINE_MAX_DOTS)
    return FALSE;
  dot.phase = find_name (&self->phases, phase);
  dot.type = find_name (&self->types, type);
  if (dot.phase < 0 || dot.type < 0)
    return FALSE;
  self->dots[self->n_dots++] = dot;
  return TRUE;
}

void
ql_roofline_set_caption (QlRoofline *self, const char *caption)
{
  g_free (self->caption);
  self->caption = g_strdup (caption);
}

/* ---- axes --------------------------------------------------------------------------------- */

/* All dots and every roof's corner, with some room around. */
static void
find_range (QlRoofline *self)
{
  double least_x = 1, most_x = 10, least_y = G_MAXDOUBLE, most_y = 0;

  for (int i = 0; i < self->n_roofs; i++)
    {
      most_x = MAX (most_x, self->roofs[i].gops / self->gbps);
      most_y = MAX (most_y, self->roofs[i].gops);
    }
  for (int i = 0; i < self->n_dots; i++)
    {
      least_x = MIN (least_x, self->dots[i].intensity);
      most_x = MAX (most_x, self->dots[i].intensity);
      least_y = MIN (least_y, self->dots[i].gops);
      most_y = MAX (most_y, self->dots[i].gops);
    }
  self->least_x = least_x / 3;
  self->most_x = most_x * 4;
  most_y = MAX (most_y, 1);
  self->most_y = most_y * 2;
  self->least_y = MIN (MIN (least_y, self->gbps), most_y / 10) / 2;
}

static double
share (double value, double least, double most)
{
  return log (value / least) / log (most / least);
}

static double
place_x (const QlRoofline *self, double intensity)
{
  return LEFT + share (intensity, self->least_x, self->most_x) * (WIDTH - LEFT - RIGHT);
}

static double
place_y (const QlRoofline *self, double gops)
{
  return HEIGHT - BOTTOM - share (gops, self->least_y, self->most_y) * (HEIGHT - TOP - BOTTOM);
}

static void
set_color (cairo_t *cr, const QlColor *color, double alpha)
{
  cairo_set_source_rgba (cr, color->red, color->green, color->blue, alpha);
}

static void
draw_line (cairo_t *cr, double x1, double y1, double x2, double y2)
{
  cairo_move_to (cr, x1, y1);
  cairo_line_to (cr, x2, y2);
  cairo_stroke (cr);
}

/* A line for 1, 2 and 5 of every power of ten, a number at its start. */
static void
draw_grid (const QlRoofline *self, cairo_t *cr, gboolean vertical)
{
  static const int steps[] = { 1, 2, 5 };
  double least = vertical ? self->least_x : self->least_y, most = vertical ? self->most_x : self->most_y;

  cairo_set_line_width (cr, 0.7);
  for (int power = (int) floor (log10 (least)); power <= (int) ceil (log10 (most)); power++)
    for (gsize i = 0; i < G_N_ELEMENTS (steps); i++)
      {
        double value = steps[i] * pow (10, power);
        g_autofree char *label = g_strdup_printf ("%.*f", MAX (0, -power), value);

        if (value < least || value > most)
          continue;
        set_color (cr, &ink, steps[i] == 1 ? 0.2 : 0.07);
        if (vertical)
          draw_line (cr, place_x (self, value), TOP, place_x (self, value), HEIGHT - BOTTOM);
        else
          draw_line (cr, LEFT, place_y (self, value), WIDTH - RIGHT, place_y (self, value));
        if (steps[i] != 1)
          continue;
        if (vertical)
          ql_draw_text (cr, label, TEXT_PX, &ink, QL_TEXT_CENTER, place_x (self, value), HEIGHT - BOTTOM + 4);
        else
          ql_draw_text (cr, label, TEXT_PX, &ink, QL_TEXT_RIGHT, LEFT - 6,
                        place_y (self, value) - ql_draw_text_height (TEXT_PX) / 2);
      }
}

static void
draw_axes (const QlRoofline *self, cairo_t *cr)
{
  draw_grid (self, cr, TRUE);
  draw_grid (self, cr, FALSE);
  set_color (cr, &ink, 1);
  cairo_set_line_width (cr, 1);
  cairo_rectangle (cr, LEFT, TOP, WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM);
  cairo_stroke (cr);
  ql_draw_text (cr, _ ("operations per byte of weights read"), TEXT_PX, &ink, QL_TEXT_CENTER,
                (LEFT + WIDTH - RIGHT) / 2, HEIGHT - BOTTOM + 20);
  cairo_save (cr);
  cairo_translate (cr, 12, (TOP + HEIGHT - BOTTOM) / 2);
  cairo_rotate (cr, -G_PI / 2);
  ql_draw_text (cr, _ ("billion operations per second"), TEXT_PX, &ink, QL_TEXT_CENTER, 0, -6);
  cairo_restore (cr);
}

/* ---- roofs and dots -------------------------------------------------------------------------- */

static void
draw_memory (const QlRoofline *self, cairo_t *cr, double highest)
{
  double x1 = place_x (self, self->least_x), y1 = place_y (self, self->least_x * self->gbps);
  double x2 = place_x (self, highest / self->gbps), y2 = place_y (self, highest);
  g_autofree char *label = g_strdup_printf (_ ("memory %.1f GB/s"), self->gbps);

  cairo_save (cr);
  cairo_rectangle (cr, LEFT, TOP, WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM);
  cairo_clip (cr);
  set_color (cr, &ink, 1);
  draw_line (cr, x1, y1, x2, y2);
  /* far from the legend; dots lie below */
  cairo_translate (cr, x2, y2);
  cairo_rotate (cr, atan2 (y2 - y1, x2 - x1));
  ql_draw_text (cr, label, TEXT_PX, &ink, QL_TEXT_RIGHT, -2, -ql_draw_text_height (TEXT_PX) - 2);
  cairo_restore (cr);
}

/* Each name above the end of its line; where lines lie close together, beside the one before. */
static void
draw_roofs (const QlRoofline *self, cairo_t *cr)
{
  double highest = 0, end = WIDTH - RIGHT - 6, last_y = -HEIGHT, line = ql_draw_text_height (TEXT_PX);

  cairo_set_line_width (cr, 1.6);
  for (int i = 0; i < self->n_roofs; i++)
    {
      const Roof *roof = &self->roofs[i];
      double y = place_y (self, roof->gops);

      highest = MAX (highest, roof->gops);
      set_color (cr, &ink, 1);
      draw_line (cr, place_x (self, roof->gops / self->gbps), y, WIDTH - RIGHT, y);
      if (fabs (y - last_y) > line)
        end = WIDTH - RIGHT - 6;
      ql_draw_text (cr, roof->name, TEXT_PX, &ink, QL_TEXT_RIGHT, end, y - line - 1);
      end -= ql_draw_text_width (cr, roof->name, TEXT_PX) + 14;
      last_y = y;
    }
  if (highest > 0)
    draw_memory (self, cr, highest);
}

/* One of eight shapes, so that phases are told apart without colours. */
static void
draw_shape (cairo_t *cr, int shape, double x, double y, const QlColor *color)
{
  static const int corners[] = { 0, 4, 3, 4, 3, 6, 5, 8 };
  static const double turns[] = { 0, 0.125, -0.25, 0.25, 0.25, 0, -0.25, 0.0625 };
  double radius = corners[shape] == 3 ? DOT_PX * 1.25 : corners[shape] == 4 ? DOT_PX * 1.15 : DOT_PX;

  cairo_new_sub_path (cr);
  if (corners[shape] == 0)
    cairo_arc (cr, x, y, radius, 0, 2 * G_PI);
  for (int i = 0; i < corners[shape]; i++)
    {
      double angle = 2 * G_PI * (turns[shape] + (double) i / corners[shape]);

      cairo_line_to (cr, x + radius * cos (angle), y + radius * sin (angle));
    }
  cairo_close_path (cr);
  set_color (cr, color, 0.85);
  cairo_fill_preserve (cr);
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_set_line_width (cr, 0.8);
  cairo_stroke (cr);
}

/* Top left, above the memory's roof, no dot can be. */
static void
draw_legend (const QlRoofline *self, cairo_t *cr)
{
  double x = LEFT + 14, y = TOP + 10, middle = ql_draw_text_height (TEXT_PX) / 2;

  for (int i = 0; i < self->types.n; i++, y += LEGEND_LINE)
    {
      set_color (cr, &colors[i], 1);
      cairo_rectangle (cr, x - DOT_PX, y + middle - DOT_PX, 2 * DOT_PX, 2 * DOT_PX);
      cairo_fill (cr);
      ql_draw_text (cr, self->types.names[i], TEXT_PX, &ink, QL_TEXT_LEFT, x + 12, y);
    }
  y += LEGEND_LINE / 2;
  for (int i = 0; i < self->phases.n; i++, y += LEGEND_LINE)
    {
      draw_shape (cr, i, x, y + middle, &faint);
      ql_draw_text (cr, self->phases.names[i], TEXT_PX, &ink, QL_TEXT_LEFT, x + 12, y);
    }
}

static void
draw (QlRoofline *self, cairo_t *cr)
{
  find_range (self);
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_paint (cr);
  ql_draw_text (cr, _ ("What each phase reaches of what this machine can do"), TITLE_PX, &ink, QL_TEXT_LEFT,
                LEFT, 9);
  draw_axes (self, cr);
  draw_roofs (self, cr);
  for (int i = 0; i < self->n_dots; i++)
    {
      const Dot *dot = &self->dots[i];

      draw_shape (cr, dot->phase, place_x (self, dot->intensity), place_y (self, dot->gops),
                  &colors[dot->type]);
    }
  draw_legend (self, cr);
  if (self->caption != NULL)
    ql_draw_text (cr, self->caption, SMALL_PX, &faint, QL_TEXT_LEFT, LEFT, HEIGHT - 22);
}

/* ---- the file ----------------------------------------------------------------------------------- */

static cairo_status_t
write_cb (void *data, const unsigned char *bytes, unsigned int n_bytes)
{
  g_byte_array_append (data, bytes, n_bytes);
  return CAIRO_STATUS_SUCCESS;
}

GBytes *
ql_roofline_render (QlRoofline *self, GError **error)
{
  g_autoptr (GByteArray) file = g_byte_array_new ();
  cairo_surface_t *surface = cairo_svg_surface_create_for_stream (write_cb, file, WIDTH, HEIGHT);
  cairo_t *cr = cairo_create (surface);
  cairo_status_t status;

  cairo_svg_surface_set_document_unit (surface, CAIRO_SVG_UNIT_PX);
  draw (self, cr);
  status = cairo_status (cr);
  cairo_destroy (cr);
  cairo_surface_finish (surface);
  if (status == CAIRO_STATUS_SUCCESS)
    status = cairo_surface_status (surface);
  cairo_surface_destroy (surface);
  if (status == CAIRO_STATUS_SUCCESS)
    return g_byte_array_free_to_bytes (g_steal_pointer (&file));
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
               _ ("the figure cannot be drawn (%s); please report this"), cairo_status_to_string (status));
  return NULL;
}
