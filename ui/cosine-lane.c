#include "ui/cosine-lane.h"

#include <glib/gi18n.h>
#include <math.h>

#include "ui/query-bars.h"

#define HEIGHT_PX 48
#define GAP_PX 2
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
ql_cosine_lane_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  QlCosineLane *self = QL_COSINE_LANE (widget);
  double width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  double middle = height / 2, most = 0, room = middle - QL_QUERY_BARS_FRAME_PX;
  GdkRGBA plain, strong;

  ql_query_bars_get_colors (widget, &plain, &strong);
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
        ql_query_bars_append_frame (widget, snapshot, self->n, i, &strong);
    }
}

static void
ql_cosine_lane_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                        int *natural, int *minimum_baseline, int *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_VERTICAL ? HEIGHT_PX : 120;
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
  int query = keyboard ? self->selected : ql_query_bars_find (widget, self->n, x);
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
  choose (self, ql_query_bars_find (GTK_WIDGET (self), self->n, x));
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
  ql_query_bars_class_init (widget_class, step_key_cb);
}

static void
ql_cosine_lane_init (QlCosineLane *self)
{
  self->winner = self->selected = -1;
  ql_query_bars_init (GTK_WIDGET (self), _ ("How like each query is to the text"), G_CALLBACK (pressed_cb));
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
