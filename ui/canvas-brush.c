#include "ui/canvas-private.h"

#include <math.h>

/* Patches that are dropped from what the model sees, by dragging over them. */

gboolean
ql_canvas_brushes (QlCanvas *self)
{
  return ql_canvas_shows_map (self) && ql_lab_test_get_brushes (ql_lab_get_test (self->lab));
}

static void
touch (QlCanvas *self, double x, double y)
{
  QlLabTest *test = ql_lab_get_test (self->lab);
  QlIntervention *now = ql_lab_test_get_intervention (test);
  g_autoptr (QlIntervention) next = NULL;
  int column, row;

  if (now == NULL || !ql_canvas_find_patch (self, x, y, &column, &row)
      || ql_intervention_has_patch (now, column, row) != self->giving_back)
    return;
  next = ql_intervention_with_patch (now, column, row, !self->giving_back);
  ql_lab_test_set_intervention (test, next);
}

void
ql_canvas_brush_begin (QlCanvas *self, double x, double y, gboolean give_back)
{
  self->brushing = TRUE;
  self->giving_back = give_back;
  self->brush_x = x;
  self->brush_y = y;
  ql_lab_test_begin_stroke (ql_lab_get_test (self->lab));
  touch (self, x, y);
}

/* A fast pointer tells of few places: what lies between them is touched as well. */
void
ql_canvas_brush_to (QlCanvas *self, double x, double y)
{
  double dx = x - self->brush_x, dy = y - self->brush_y;
  int n = MAX (1, (int) (MAX (fabs (dx), fabs (dy)) / 4));

  if (!self->brushing || self->lab == NULL)
    return;
  for (int i = 1; i <= n; i++)
    touch (self, self->brush_x + dx * i / n, self->brush_y + dy * i / n);
  self->brush_x = x;
  self->brush_y = y;
}

void
ql_canvas_brush_end (QlCanvas *self)
{
  if (self->brushing && self->lab != NULL)
    ql_lab_test_end_stroke (ql_lab_get_test (self->lab));
  self->brushing = FALSE;
}

void
ql_canvas_snapshot_patches (QlCanvas *self, GtkSnapshot *snapshot, const graphene_rect_t *rect)
{
  QlIntervention *shown = ql_trace_get_intervention (ql_lab_get_trace (self->lab));
  QlIntervention *now = ql_lab_test_get_intervention (ql_lab_get_test (self->lab));
  graphene_rect_t area = GRAPHENE_RECT_INIT (0, 0, (float) gtk_widget_get_width (GTK_WIDGET (self)),
                                             (float) gtk_widget_get_height (GTK_WIDGET (self)));
  cairo_t *cr;

  /* What the person has dropped by now; of a trace from a file, what was. */
  if (now == NULL)
    now = shown;
  if (now == NULL || ql_intervention_get_n_patches (now) == 0
      || !graphene_rect_intersection (&area, rect, &area))
    return;
  cr = gtk_snapshot_append_cairo (snapshot, &area);
  ql_intervention_draw (now, cr, (double) rect->origin.x, (double) rect->origin.y, (double) rect->size.width,
                        (double) rect->size.height);
  cairo_destroy (cr);
}

static void
tested_cb (QlLabTest *test, guint change, QlCanvas *self)
{
  if ((change & QL_LAB_TEST_CHANGED_MODE) != 0)
    gtk_widget_set_cursor_from_name (GTK_WIDGET (self), ql_canvas_brushes (self) ? "crosshair" : NULL);
  if ((change & QL_LAB_TEST_CHANGED_INTERVENTION) != 0)
    gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
ql_canvas_follow_test (QlCanvas *self, QlLab *earlier)
{
  ql_canvas_brush_end (self);
  if (earlier != NULL)
    g_signal_handlers_disconnect_by_data (ql_lab_get_test (earlier), self);
  if (self->lab != NULL)
    g_signal_connect_object (ql_lab_get_test (self->lab), "changed", G_CALLBACK (tested_cb), self, 0);
  gtk_widget_set_cursor_from_name (GTK_WIDGET (self), ql_canvas_brushes (self) ? "crosshair" : NULL);
}
