#include "ui/part-lane.h"

#include <glib/gi18n.h>
#include <math.h>

#define HEIGHT_PX 36
#define GAP_PX 2
#define FRAME_PX 2

struct _QlPartLane
{
  GtkWidget parent_instance;

  QlLab *lab;
};

G_DEFINE_FINAL_TYPE (QlPartLane, ql_part_lane, GTK_TYPE_WIDGET)

static void
ql_part_lane_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  QlPartLane *self = QL_PART_LANE (widget);
  QlPipeline *pipeline = ql_lab_get_pipeline (self->lab);
  const QlStage *stage = ql_lab_get_stage (self->lab);
  GtkStyleContext *style = gtk_widget_get_style_context (widget);
  int height = gtk_widget_get_height (widget);
  double most = 0, step;
  GdkRGBA plain, strong;

  if (stage == NULL)
    return;
  gtk_style_context_get_color (style, &plain);
  if (!gtk_style_context_lookup_color (style, "theme_selected_bg_color", &strong))
    strong = plain;
  plain.alpha *= 0.45f;
  step = (double) gtk_widget_get_width (widget) / stage->n_parts;
  for (int i = 0; i < stage->n_parts; i++)
    most = fmax (most, ql_pipeline_get_part_ms (pipeline, stage, i));
  for (int i = 0; i < stage->n_parts; i++)
    {
      double ms = ql_pipeline_get_part_ms (pipeline, stage, i);
      double bar = most > 0 && !isnan (ms) ? MAX (ms / most * (height - 2 * FRAME_PX), 1) : 1;
      gboolean selected = i == ql_lab_get_stage_part (self->lab);
      graphene_rect_t rect
          = GRAPHENE_RECT_INIT ((float) (i * step + GAP_PX), (float) (height - FRAME_PX - bar),
                                (float) MAX (step - 2 * GAP_PX, 1), (float) bar);
      GskRoundedRect frame;

      gtk_snapshot_append_color (snapshot, selected ? &strong : &plain, &rect);
      if (!selected)
        continue;
      gsk_rounded_rect_init_from_rect (
          &frame, &GRAPHENE_RECT_INIT ((float) (i * step), 0, (float) MAX (step, 4), (float) height), 2);
      gtk_snapshot_append_border (snapshot, &frame, (float[4]){ FRAME_PX, FRAME_PX, FRAME_PX, FRAME_PX },
                                  (GdkRGBA[4]){ strong, strong, strong, strong });
    }
}

static void
ql_part_lane_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                      int *minimum_baseline, int *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_VERTICAL ? HEIGHT_PX : 120;
}

static int
locate (QlPartLane *self, double x)
{
  const QlStage *stage = ql_lab_get_stage (self->lab);
  int width = gtk_widget_get_width (GTK_WIDGET (self));

  if (stage == NULL || x < 0 || x >= width)
    return -1;
  return MIN ((int) (x * stage->n_parts / width), stage->n_parts - 1);
}

static void
pressed_cb (GtkGestureClick *gesture, int n_press, double x, double y, QlPartLane *self)
{
  int part = locate (self, x);

  if (part >= 0)
    gtk_widget_activate_action (GTK_WIDGET (self), "win.pipeline-part", "i", part);
}

static gboolean
ql_part_lane_query_tooltip (GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  QlPartLane *self = QL_PART_LANE (widget);
  int part = keyboard ? -1 : locate (self, x);
  const QlStage *stage = ql_lab_get_stage (self->lab);
  g_autofree char *name = NULL, *time = NULL, *text = NULL;
  double ms;

  if (part < 0)
    return FALSE;
  name = ql_pipeline_get_part_name (ql_lab_get_pipeline (self->lab), stage, part);
  ms = ql_pipeline_get_part_ms (ql_lab_get_pipeline (self->lab), stage, part);
  time = isnan (ms) ? g_strdup (_ ("not measured")) : ql_ms_text (ms);
  text = g_strdup_printf (_ ("%s: %s"), name, time);
  gtk_tooltip_set_text (tooltip, text);
  return TRUE;
}

static void
changed_cb (QlLab *lab, guint change, QlPartLane *self)
{
  if ((change & (QL_LAB_CHANGED_TRACE | QL_LAB_CHANGED_STAGE)) != 0)
    gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
ql_part_lane_dispose (GObject *object)
{
  g_clear_object (&QL_PART_LANE (object)->lab);
  G_OBJECT_CLASS (ql_part_lane_parent_class)->dispose (object);
}

static void
ql_part_lane_class_init (QlPartLaneClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ql_part_lane_dispose;
  widget_class->snapshot = ql_part_lane_snapshot;
  widget_class->measure = ql_part_lane_measure;
  widget_class->query_tooltip = ql_part_lane_query_tooltip;
  gtk_widget_class_set_css_name (widget_class, "lane");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
ql_part_lane_init (QlPartLane *self)
{
  GtkGesture *click = gtk_gesture_click_new ();

  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  gtk_widget_set_direction (GTK_WIDGET (self), GTK_TEXT_DIR_LTR);
  g_signal_connect_object (click, "pressed", G_CALLBACK (pressed_cb), self, 0);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
}

void
ql_part_lane_set_lab (QlPartLane *self, QlLab *lab)
{
  g_return_if_fail (self->lab == NULL);
  self->lab = g_object_ref (lab);
  g_signal_connect_object (lab, "changed", G_CALLBACK (changed_cb), self, 0);
}
