#include "ui/canvas-private.h"

#include <glib/gi18n.h>

#include "app/map-draw.h"
#include "ui/color-scheme.h"

/* The attention map over the picture, and the patch that is pointed at or chosen. */

#define FRAME_PX 2

gboolean
ql_canvas_shows_map (QlCanvas *self)
{
  return self->lab != NULL && self->picture != NULL && ql_lab_get_trace (self->lab) != NULL;
}

/* The grid is the model's, stretched over the picture as the preprocessor squashed it. */
static void
patch_rect (QlMap *map, const graphene_rect_t *rect, int column, int row, graphene_rect_t *out)
{
  float width = rect->size.width / (float) ql_map_get_columns (map);
  float height = rect->size.height / (float) ql_map_get_rows (map);

  graphene_rect_init (out, rect->origin.x + (float) column * width, rect->origin.y + (float) row * height,
                      width, height);
}

gboolean
ql_canvas_find_patch (QlCanvas *self, double x, double y, int *column, int *row)
{
  QlMap *map = ql_canvas_shows_map (self) ? ql_lab_get_map (self->lab) : NULL;
  graphene_rect_t rect;

  return map != NULL && ql_canvas_get_picture_rect (self, &rect)
         && ql_map_locate (map, (double) rect.origin.x, (double) rect.origin.y, (double) rect.size.width,
                           (double) rect.size.height, x, y, column, row);
}

void
ql_canvas_box_to (QlCanvas *self, double x, double y)
{
  graphene_rect_t rect;
  int column, row;

  if (!ql_canvas_shows_map (self) || !ql_canvas_get_picture_rect (self, &rect))
    return;
  x = CLAMP (x, (double) rect.origin.x, (double) (rect.origin.x + rect.size.width) - 1);
  y = CLAMP (y, (double) rect.origin.y, (double) (rect.origin.y + rect.size.height) - 1);
  if (ql_canvas_find_patch (self, x, y, &column, &row))
    gtk_widget_activate_action (GTK_WIDGET (self), "win.box", "(iiii)", self->box_column, self->box_row,
                                column, row);
}

/* White within black: to be seen on every picture. */
static void
append_frame (GtkSnapshot *snapshot, const graphene_rect_t *rect)
{
  static const GdkRGBA white = { 1, 1, 1, 1 }, black = { 0, 0, 0, 0.8f };
  graphene_rect_t outer;
  GskRoundedRect frame;

  graphene_rect_inset_r (rect, -1, -1, &outer);
  gsk_rounded_rect_init_from_rect (&frame, &outer, 1);
  gtk_snapshot_append_border (snapshot, &frame, (float[4]){ 1, 1, 1, 1 },
                              (GdkRGBA[4]){ black, black, black, black });
  gsk_rounded_rect_init_from_rect (&frame, rect, 0);
  gtk_snapshot_append_border (snapshot, &frame, (float[4]){ FRAME_PX, FRAME_PX, FRAME_PX, FRAME_PX },
                              (GdkRGBA[4]){ white, white, white, white });
}

void
ql_canvas_snapshot_map (QlCanvas *self, GtkSnapshot *snapshot, const graphene_rect_t *rect)
{
  QlMap *map;
  const QlMapBox *box;
  graphene_rect_t area, cell;
  int column, row;

  if (!ql_canvas_shows_map (self))
    return;
  map = ql_lab_get_map (self->lab);
  graphene_rect_init (&area, 0, 0, (float) gtk_widget_get_width (GTK_WIDGET (self)),
                      (float) gtk_widget_get_height (GTK_WIDGET (self)));
  if (ql_lab_get_overlay (self->lab) && graphene_rect_intersection (&area, rect, &area))
    {
      QlMapLook look;
      cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &area);

      ql_lab_get_look (self->lab, &look);
      look.high_contrast = ql_color_scheme_is_high_contrast ();
      ql_map_draw (map, &look, cr, (double) rect->origin.x, (double) rect->origin.y,
                   (double) rect->size.width, (double) rect->size.height);
      cairo_destroy (cr);
    }
  ql_canvas_snapshot_patches (self, snapshot, rect);
  box = ql_lab_get_box (self->lab);
  if (box != NULL)
    {
      graphene_rect_init (&cell, rect->origin.x + (float) box->x * rect->size.width,
                          rect->origin.y + (float) box->y * rect->size.height,
                          (float) box->width * rect->size.width, (float) box->height * rect->size.height);
      append_frame (snapshot, &cell);
    }
  if (ql_lab_get_patch (self->lab, &column, &row))
    {
      patch_rect (map, rect, column, row, &cell);
      append_frame (snapshot, &cell);
    }
}

/* For who does not see the map, and for who wants the number: the selection in a sentence, and the patch's value. */
static void
describe (QlCanvas *self)
{
  QlMap *map = ql_canvas_shows_map (self) ? ql_lab_get_map (self->lab) : NULL;
  g_autofree char *sentence = NULL, *patch = NULL, *text = NULL, *changed = NULL;
  int column, row;

  if (map == NULL)
    return;
  sentence = ql_map_describe (map);
  if (ql_lab_get_patch (self->lab, &column, &row))
    {
      patch = ql_map_describe_patch (map, column, row);
      /* Translators: a patch of the picture and its value: "Row 3, column 7: 0.4 %, 1.03× uniform. …" */
      text = g_strdup_printf (_ ("Row %d, column %d: %s. %s"), row, column, patch, sentence);
    }
  if (text == NULL)
    text = g_steal_pointer (&sentence);
  changed = ql_trace_describe_intervention (ql_lab_get_trace (self->lab));
  if (changed != NULL)
    {
      g_autofree char *both = g_strdup_printf (_ ("Changed run (%s). %s"), changed, text);

      ql_canvas_set_description (self, both);
    }
  else
    ql_canvas_set_description (self, text);
}

static void
changed_cb (QlLab *lab, guint change, QlCanvas *self)
{
  describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
ql_canvas_set_lab (QlCanvas *self, QlLab *lab)
{
  g_autoptr (QlLab) earlier = self->lab != NULL ? g_object_ref (self->lab) : NULL;

  if (lab == self->lab)
    return;
  if (self->lab != NULL)
    g_signal_handlers_disconnect_by_data (self->lab, self);
  g_set_object (&self->lab, lab);
  ql_canvas_follow_test (self, earlier);
  if (lab != NULL)
    g_signal_connect_object (lab, "changed", G_CALLBACK (changed_cb), self, 0);
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), lab != NULL);
  describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

gboolean
ql_canvas_query_tooltip (GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  QlCanvas *self = QL_CANVAS (widget);
  g_autofree char *text = NULL;
  graphene_rect_t rect, cell;
  int column, row;

  if (keyboard ? !ql_canvas_shows_map (self) || !ql_lab_get_patch (self->lab, &column, &row)
               : !ql_canvas_find_patch (self, x, y, &column, &row))
    return FALSE;
  ql_canvas_get_picture_rect (self, &rect);
  patch_rect (ql_lab_get_map (self->lab), &rect, column, row, &cell);
  text = ql_map_describe_patch (ql_lab_get_map (self->lab), column, row);
  gtk_tooltip_set_text (tooltip, text);
  gtk_tooltip_set_tip_area (tooltip,
                            &(GdkRectangle){ (int) cell.origin.x, (int) cell.origin.y,
                                             (int) cell.size.width + 1, (int) cell.size.height + 1 });
  return TRUE;
}
