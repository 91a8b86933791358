#include "app/beam-layout.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "app/map-draw-private.h"

#define TEXT_PX 12.0
#define SMALL_PX 9.0
#define PAD 6.0
#define BOX_HEIGHT 34.0
#define LINE_HEIGHT 42.0
#define GAP 26.0
#define MIN_BOX 34.0
#define MAX_BOX 110.0
#define HEAD_HEIGHT 16.0

typedef struct
{
  int row; /* -1: not drawn */
} Place;

struct QlBeamLayout
{
  gatomicrefcount ref_count;
  QlBeamTree *tree;
  Place *places; /* [n_nodes] */
  double *column_x, *column_width; /* [n_steps] */
  int n_steps, n_rows;
};

QlBeamLayout *
ql_beam_layout_ref (QlBeamLayout *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
ql_beam_layout_unref (QlBeamLayout *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  ql_beam_tree_unref (self->tree);
  g_free (self->places);
  g_free (self->column_x);
  g_free (self->column_width);
  g_free (self);
}

void
ql_beam_look_init (QlBeamLook *self)
{
  *self = (QlBeamLook){ .paper = { 1, 1, 1 }, .accent = { 0.1, 0.3, 0.7 }, .selected = -1 };
}

/* What a box says: a space before a word is left out, a token that is nothing else is shown. */
static char *
label_of (const QlBeamNode *node)
{
  char *text = g_strstrip (g_strdup (node->text));

  if (node->fate == QL_BEAM_ENDED)
    {
      g_free (text);
      return g_strdup (_ ("end ■"));
    }
  if (*text != '\0')
    return text;
  g_free (text);
  return g_strdup ("␣");
}

/* ---- placing ------------------------------------------------------------------------------ */

static gboolean
leads_to_end (QlBeamTree *tree, guint8 *leads)
{
  int n = ql_beam_tree_get_n_nodes (tree);

  for (int i = n - 1; i >= 0; i--)
    {
      const QlBeamNode *node = ql_beam_tree_get_node (tree, i);

      if (node->fate >= QL_BEAM_ENDED)
        leads[i] = 1;
      if (leads[i] && node->parent >= 0)
        leads[node->parent] = 1;
    }
  return TRUE;
}

/* What follows @node on its line: the first of its children that is drawn; -1: nothing does. */
static int
next_in_line (QlBeamLayout *self, const guint8 *shown, int node)
{
  int child = ql_beam_tree_get_node (self->tree, node)->first_child;

  while (child >= 0 && !shown[child])
    child = ql_beam_tree_get_node (self->tree, child)->next;
  return child;
}

/* The first row from @row on that has room for the steps from @first to @last. */
static int
find_row (QlBeamLayout *self, GPtrArray *rows, int row, int first, int last)
{
  for (;; row++)
    {
      const guint8 *taken;

      if ((guint) row == rows->len)
        g_ptr_array_add (rows, g_malloc0 ((gsize) self->n_steps));
      taken = rows->pdata[row];
      if (memchr (taken + first, 1, (gsize) (last - first) + 1) == NULL)
        return row;
    }
}

/*
 * A node, the best of its children, the best of that one's… lie on one line; what branches off takes the next line below that has
 * room: so a tree is not much higher than there are beams. Nodes come step by step, so that a parent has been placed.
 */
static void
place_rows (QlBeamLayout *self, const guint8 *shown)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (g_free);

  for (int i = -1; i < ql_beam_tree_get_n_nodes (self->tree); i++)
    {
      /* The answer's line before all others. */
      int start = i < 0 ? ql_beam_tree_get_first (self->tree) : i, last = start, row;
      const QlBeamNode *node = ql_beam_tree_get_node (self->tree, start);

      if (!shown[start] || self->places[start].row >= 0)
        continue;
      for (int next = start; next >= 0; next = next_in_line (self, shown, next))
        last = next;
      row = find_row (self, rows, node->parent >= 0 ? self->places[node->parent].row + 1 : 0, node->step,
                      ql_beam_tree_get_node (self->tree, last)->step);
      for (int next = start; next >= 0; next = next_in_line (self, shown, next))
        {
          self->places[next].row = row;
          ((guint8 *) rows->pdata[row])[ql_beam_tree_get_node (self->tree, next)->step] = 1;
        }
    }
  self->n_rows = (int) rows->len;
}

static double
text_width (cairo_t *cr, const char *text, double size)
{
  g_autoptr (PangoLayout) layout = ql_text_layout (cr, text, size, 0);
  PangoRectangle extents;

  pango_layout_get_extents (layout, NULL, &extents);
  return (double) extents.width / PANGO_SCALE;
}

static void
place_columns (QlBeamLayout *self)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_A8, 1, 1);
  cairo_t *cr = cairo_create (surface);
  double x = 0;

  for (int i = 0; i < self->n_steps; i++)
    self->column_width[i] = MIN_BOX;
  for (int i = 0; i < ql_beam_tree_get_n_nodes (self->tree); i++)
    {
      const QlBeamNode *node = ql_beam_tree_get_node (self->tree, i);
      g_autofree char *label = label_of (node), *share = ql_percent_text (exp (node->log_prob));

      if (self->places[i].row < 0)
        continue;
      self->column_width[node->step]
          = MIN (MAX (self->column_width[node->step],
                      MAX (text_width (cr, label, TEXT_PX), text_width (cr, share, SMALL_PX)) + 2 * PAD),
                 MAX_BOX);
    }
  for (int i = 0; i < self->n_steps; i++)
    {
      self->column_x[i] = x;
      x += self->column_width[i] + GAP;
    }
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
}

QlBeamLayout *
ql_beam_layout_new (QlBeamTree *tree, gboolean dropped)
{
  QlBeamLayout *self = g_new0 (QlBeamLayout, 1);
  int n = ql_beam_tree_get_n_nodes (tree);
  g_autofree guint8 *shown = g_malloc0 ((gsize) n);

  g_atomic_ref_count_init (&self->ref_count);
  self->tree = ql_beam_tree_ref (tree);
  self->n_steps = ql_beam_tree_get_n_steps (tree);
  self->places = g_new (Place, n);
  self->column_x = g_new (double, self->n_steps);
  self->column_width = g_new (double, self->n_steps);
  leads_to_end (tree, shown);
  for (int i = 0; i < n; i++)
    {
      self->places[i].row = -1;
      shown[i] |= dropped;
    }
  place_rows (self, shown);
  place_columns (self);
  return self;
}

QlBeamTree *
ql_beam_layout_get_tree (QlBeamLayout *self)
{
  return self->tree;
}

void
ql_beam_layout_get_size (QlBeamLayout *self, double *width, double *height)
{
  int last = self->n_steps - 1;

  *width = ceil (self->column_x[last] + self->column_width[last]) + 4;
  *height = HEAD_HEIGHT + self->n_rows * LINE_HEIGHT;
}

gboolean
ql_beam_layout_get_rect (QlBeamLayout *self, int node, QlBeamRect *rect)
{
  int step = ql_beam_tree_get_node (self->tree, node)->step;

  if (self->places[node].row < 0)
    return FALSE;
  *rect = (QlBeamRect){ self->column_x[step] + 2, HEAD_HEIGHT + self->places[node].row * LINE_HEIGHT + 4,
                        self->column_width[step], BOX_HEIGHT };
  return TRUE;
}

int
ql_beam_layout_locate (QlBeamLayout *self, double x, double y)
{
  for (int i = 0; i < ql_beam_tree_get_n_nodes (self->tree); i++)
    {
      QlBeamRect r;

      if (ql_beam_layout_get_rect (self, i, &r) && x >= r.x && y >= r.y && x < r.x + r.width
          && y < r.y + r.height)
        return i;
    }
  return -1;
}

int
ql_beam_layout_move (QlBeamLayout *self, int node, int dx, int dy)
{
  const QlBeamNode *from = ql_beam_tree_get_node (self->tree, node);
  int to = node, distance = G_MAXINT;

  if (dx < 0)
    return from->parent >= 0 ? from->parent : node;
  if (dx > 0)
    {
      for (int i = from->first_child; i >= 0; i = ql_beam_tree_get_node (self->tree, i)->next)
        if (self->places[i].row >= 0)
          return i;
      return node;
    }
  for (int i = 0; i < ql_beam_tree_get_n_nodes (self->tree); i++)
    {
      int by = (self->places[i].row - self->places[node].row) * (dy < 0 ? -1 : 1);

      if (self->places[i].row < 0 || ql_beam_tree_get_node (self->tree, i)->step != from->step || by <= 0
          || by >= distance)
        continue;
      to = i;
      distance = by;
    }
  return to;
}

/* ---- drawing ------------------------------------------------------------------------------ */

static void
set_ink (cairo_t *cr, const QlColor *color, double alpha)
{
  cairo_set_source_rgba (cr, color->red, color->green, color->blue, alpha);
}

static void
draw_line (QlBeamLayout *self, const QlBeamLook *look, cairo_t *cr, int i)
{
  const QlBeamNode *node = ql_beam_tree_get_node (self->tree, i);
  QlBeamRect to, from;

  if (node->parent < 0 || !ql_beam_layout_get_rect (self, i, &to)
      || !ql_beam_layout_get_rect (self, node->parent, &from))
    return;
  cairo_move_to (cr, from.x + from.width, from.y + from.height / 2);
  cairo_curve_to (cr, from.x + from.width + GAP * 0.7, from.y + from.height / 2, to.x - GAP * 0.7,
                  to.y + to.height / 2, to.x, to.y + to.height / 2);
  cairo_set_line_width (cr, 0.75 + 3 * exp (node->log_prob));
  set_ink (cr, node->of_answer ? &look->accent : &look->ink, node->of_answer ? 1 : 0.5);
  cairo_stroke (cr);
}

static void
draw_text_within (cairo_t *cr, const char *text, double size, const QlColor *ink, const QlBeamRect *box,
                  double y)
{
  g_autoptr (PangoLayout) layout = ql_text_layout (cr, text, size, box->width - 4);

  pango_layout_set_height (layout, -1);
  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
  pango_layout_set_alignment (layout, PANGO_ALIGN_CENTER);
  cairo_move_to (cr, box->x + 2, y);
  set_ink (cr, ink, 1);
  pango_cairo_show_layout (cr, layout);
}

static void
draw_box (QlBeamLayout *self, const QlBeamLook *look, cairo_t *cr, int i)
{
  const QlBeamNode *node = ql_beam_tree_get_node (self->tree, i);
  g_autofree char *label = label_of (node), *share = ql_percent_text (exp (node->log_prob));
  QlBeamRect r;

  if (!ql_beam_layout_get_rect (self, i, &r))
    return;
  cairo_save (cr);
  cairo_rectangle (cr, r.x, r.y, r.width, r.height);
  set_ink (cr, &look->paper, 1);
  cairo_fill_preserve (cr);
  /* How probable, as a part of the box that is filled from below. */
  cairo_clip (cr);
  cairo_rectangle (cr, r.x, r.y + r.height * (1 - exp (node->log_prob)), r.width, r.height);
  set_ink (cr, node->of_answer ? &look->accent : &look->ink, 0.16);
  cairo_fill (cr);
  cairo_restore (cr);

  cairo_save (cr);
  if (i == look->selected)
    {
      cairo_rectangle (cr, r.x - 2, r.y - 2, r.width + 4, r.height + 4);
      cairo_set_line_width (cr, 3);
      set_ink (cr, &look->accent, 1);
      cairo_stroke (cr);
    }
  cairo_rectangle (cr, r.x + 0.5, r.y + 0.5, r.width - 1, r.height - 1);
  cairo_set_line_width (cr, node->of_answer ? 2 : 1);
  if (node->fate == QL_BEAM_DROPPED)
    cairo_set_dash (cr, (double[]){ 3, 3 }, 2, 0);
  set_ink (cr, node->of_answer ? &look->accent : &look->ink, node->fate == QL_BEAM_DROPPED ? 0.6 : 1);
  cairo_stroke (cr);
  cairo_restore (cr);
  draw_text_within (cr, label, TEXT_PX, &look->ink, &r, r.y + 2);
  draw_text_within (cr, share, SMALL_PX, &look->ink, &r, r.y + r.height - ql_draw_text_height (SMALL_PX));
}

void
ql_beam_layout_draw (QlBeamLayout *self, const QlBeamLook *look, cairo_t *cr, double x, double y)
{
  int n = ql_beam_tree_get_n_nodes (self->tree);

  cairo_save (cr);
  cairo_translate (cr, x, y);
  for (int step = 0; step < self->n_steps; step++)
    {
      g_autofree char *number = g_strdup_printf ("%d", step);

      ql_draw_text (cr, number, SMALL_PX, &look->ink, QL_TEXT_CENTER,
                    self->column_x[step] + self->column_width[step] / 2 + 2, 0);
    }
  for (int i = 0; i < n; i++)
    draw_line (self, look, cr, i);
  for (int i = 0; i < n; i++)
    draw_box (self, look, cr, i);
  cairo_restore (cr);
}
