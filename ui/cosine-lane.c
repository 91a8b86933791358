#include "ui/cosine-lane.h"

#include <glib/gi18n.h>
#include <math.h>

#define HEIGHT_PX 48
#define GAP_PX 2
#define FRAME_PX 2
#define LEAST_PX 2

struct _QlCosineLane
{
  GtkWidget parent_instance;

  double *values;
  int n, winner, selected;
};

enum
{
  SELECTED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (QlCosineLane, ql_cosine_lane, GTK_TYPE_WIDGET)

static void
append_frame (GtkSnapshot *snapshot, const graphene_rect_t *rect, const GdkRGBA *color)
{
  GskRoundedRect frame;

  gsk_rounded_rect_init_from_rect (&frame, rect, 3);
  gtk_snapshot_append_border (snapshot, &frame, (float[4]){ FRAME_PX, FRAME_PX, FRAME_PX, FRAME_PX },
                              (GdkRGBA[4]){ *color, *color, *color, *color });
}

static void
ql_cosine_lane_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  QlCosineLane *self = QL_COSINE_LANE (widget);
  double width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  double middle = height / 2, most = 0, room = middle - FRAME_PX;
  GtkStyleContext *style = gtk_widget_get_style_context (widget);
  GdkRGBA plain, strong;

  gtk_style_context_get_color (style, &plain);
  if (!gtk_style_context_lookup_color (style, "theme_selected_bg_color", &strong))
    strong = plain;
  plain.alpha *= 0.35f;
  for (int i = 0; i < self->n; i++)
    most = MAX (most, fabs (self->values[i]));
  gtk_snapshot_append_color (snapshot, &plain,
                             &GRAPHENE_RECT_INIT (0, (float) middle - 0.5f, (float) width, 1));
  for (int i = 0; i < self->n; i++)
    {
      double left = width * i / self->n, right = width * (i + 1) / self->n;
      double bar = most > 0 ? self->values[i] / most * room : 0;
      double top = bar >= 0 ? middle - MAX (bar, LEAST_PX) : middle;

      gtk_snapshot_append_color (snapshot, i == self->winner ? &strong : &plain,
                                 &GRAPHENE_RECT_INIT ((float) left + GAP_PX / 2.0f, (float) top,
                                                      (float) MAX (right - left - GAP_PX, 1),
                                                      (float) MAX (fabs (bar), LEAST_PX)));
      if (i == self->selected)
        append_frame (snapshot, &GRAPHENE_RECT_INIT ((float) left, 0, (float) (right - left), (float) height),
                      &strong);
    }
}

static void
ql_cosine_lane_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                        int *natural, int *minimum_baseline, int *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_VERTICAL ? HEIGHT_PX : 120;
}

static int
find (QlCosineLane *self, double x)
{
  int width = gtk_widget_get_width (GTK_WIDGET (self));

  return self->n > 0 && x >= 0 && x < width ? MIN ((int) (x * self->n / width), self->n - 1) : -1;
}

static char *
describe (QlCosineLane *self, int query)
{
  /* Translators: a query's number and how like it is to a text: −1.000 to 1.000 */
  return g_strdup_printf (_ ("Query %d: %.3f"), query, self->values[query]);
}

static gboolean
ql_cosine_lane_query_tooltip (GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  QlCosineLane *self = QL_COSINE_LANE (widget);
  int query = keyboard ? self->selected : find (self, x);
  g_autofree char *text = NULL;

  if (query < 0 || query >= self->n)
    return FALSE;
  text = describe (self, query);
  gtk_tooltip_set_text (tooltip, text);
  return TRUE;
}

static void
choose (QlCosineLane *self, int query)
{
  if (query < 0 || query >= self->n)
    return;
  ql_cosine_lane_set_selected (self, query);
  g_signal_emit (self, signals[SELECTED], 0, query);
}

static void
pressed_cb (GtkGestureClick *gesture, int n_press, double x, double y, QlCosineLane *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self));
  choose (self, find (self, x));
}

static gboolean
step_key_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  choose (QL_COSINE_LANE (widget), QL_COSINE_LANE (widget)->selected + g_variant_get_int32 (args));
  return TRUE;
}

static void
ql_cosine_lane_finalize (GObject *object)
{
  g_free (QL_COSINE_LANE (object)->values);
  G_OBJECT_CLASS (ql_cosine_lane_parent_class)->finalize (object);
}

static void
ql_cosine_lane_class_init (QlCosineLaneClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = ql_cosine_lane_finalize;
  widget_class->measure = ql_cosine_lane_measure;
  widget_class->snapshot = ql_cosine_lane_snapshot;
  widget_class->query_tooltip = ql_cosine_lane_query_tooltip;
  signals[SELECTED] = g_signal_new ("selected", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                    NULL, G_TYPE_NONE, 1, G_TYPE_INT);
  gtk_widget_class_set_css_name (widget_class, "querylane");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Left, 0, step_key_cb, "i", -1);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Right, 0, step_key_cb, "i", 1);
}

static void
ql_cosine_lane_init (QlCosineLane *self)
{
  GtkGesture *click = gtk_gesture_click_new ();

  self->winner = self->selected = -1;
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  gtk_widget_set_direction (GTK_WIDGET (self), GTK_TEXT_DIR_LTR);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("How like each query is to the text"), -1);
  g_signal_connect_object (click, "pressed", G_CALLBACK (pressed_cb), self, 0);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
}

void
ql_cosine_lane_set_values (QlCosineLane *self, const double *values, int n, int winner)
{
  g_free (self->values);
  self->values = g_memdup2 (values, (gsize) n * sizeof *values);
  self->n = n;
  self->winner = winner;
  ql_cosine_lane_set_selected (self, winner);
}

void
ql_cosine_lane_set_selected (QlCosineLane *self, int query)
{
  g_autofree char *text = NULL;

  self->selected = query;
  text = query >= 0 && query < self->n ? describe (self, query) : g_strdup ("");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

int
ql_cosine_lane_get_selected (QlCosineLane *self)
{
  return self->selected;
}
