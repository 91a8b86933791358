#include "ui/query-lane.h"

#include <glib/gi18n.h>

#include "ui/query-bars.h"

#define HEIGHT_PX 44
#define GAP_PX 2
#define LEAST_PX 2
/* How many of the largest are drawn strong: as many as the sentence names. */
#define N_STRONG 3

struct _QlQueryLane
{
  GtkWidget parent_instance;

  QlLab *lab;
  double *weights; /* of each query; all 0 while no word is selected */
  int n;
};

G_DEFINE_FINAL_TYPE (QlQueryLane, ql_query_lane, GTK_TYPE_WIDGET)

static double
bar_left (QlQueryLane *self, int query)
{
  return (double) gtk_widget_get_width (GTK_WIDGET (self)) * query / self->n;
}

int
ql_query_lane_find (QlQueryLane *self, double x)
{
  return ql_query_bars_find (GTK_WIDGET (self), self->n, x);
}

/* Whether no more than N_STRONG queries have as much. */
static gboolean
is_strong (QlQueryLane *self, int query)
{
  int n_above = 0;

  for (int i = 0; i < self->n; i++)
    n_above += self->weights[i] > self->weights[query];
  return self->weights[query] > 0 && n_above < N_STRONG;
}

static void
ql_query_lane_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  QlQueryLane *self = QL_QUERY_LANE (widget);
  int height = gtk_widget_get_height (widget), selected = ql_lab_get_query (self->lab);
  double most = 0;
  GdkRGBA plain, strong;

  ql_query_bars_get_colors (widget, &plain, &strong);
  for (int i = 0; i < self->n; i++)
    most = MAX (most, self->weights[i]);
  for (int i = 0; i < self->n; i++)
    {
      double left = bar_left (self, i) + GAP_PX / 2.0, right = bar_left (self, i + 1) - GAP_PX / 2.0;
      double share = most > 0 ? self->weights[i] / most : 0;
      double bar = MAX (share * (height - 2 * QL_QUERY_BARS_FRAME_PX), LEAST_PX);
      graphene_rect_t rect
          = GRAPHENE_RECT_INIT ((float) left, (float) (height - QL_QUERY_BARS_FRAME_PX - bar),
                                (float) MAX (right - left, 1), (float) bar);

      gtk_snapshot_append_color (snapshot, is_strong (self, i) ? &strong : &plain, &rect);
      if (i == selected)
        ql_query_bars_append_frame (widget, snapshot, self->n, i, &strong);
    }
}

static void
ql_query_lane_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                       int *natural, int *minimum_baseline, int *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_VERTICAL ? HEIGHT_PX : 120;
}

static void
describe (QlQueryLane *self)
{
  int query = ql_lab_get_query (self->lab);
  g_autofree char *share = NULL, *text = NULL;

  if (self->n == 0)
    text = g_strdup (_ ("No queries"));
  else if (ql_lab_get_word (self->lab) < 0)
    text = g_strdup_printf (_ ("Query %d"), query);
  else
    {
      share = ql_percent_text (self->weights[query]);
      /* Translators: a query's number, and how much of the selected word came from it. */
      text = g_strdup_printf (_ ("Query %d: %s"), query, share);
    }
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
}

static void
changed_cb (QlLab *lab, guint change, QlQueryLane *self)
{
  QlTrace *trace = ql_lab_get_trace (lab);
  int n = trace != NULL ? ql_trace_get_n_queries (trace) : 0, word = ql_lab_get_word (lab);

  if ((change & (QL_LAB_CHANGED_TRACE | QL_LAB_CHANGED_MAP)) == 0)
    return;
  if (n != self->n)
    self->weights = g_renew (double, self->weights, MAX (n, 1));
  self->n = n;
  for (int i = 0; i < n; i++)
    self->weights[i] = 0;
  if (word >= 0)
    ql_trace_get_word_weights (trace, word, QL_LM_MEAN, self->weights);
  describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
pressed_cb (GtkGestureClick *gesture, int n_press, double x, double y, QlQueryLane *self)
{
  int query = ql_query_lane_find (self, x);

  gtk_widget_grab_focus (GTK_WIDGET (self));
  if (query >= 0)
    gtk_widget_activate_action (GTK_WIDGET (self), "win.query", "i", query);
}

static gboolean
ql_query_lane_query_tooltip (GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  QlQueryLane *self = QL_QUERY_LANE (widget);
  int query = keyboard ? ql_lab_get_query (self->lab) : ql_query_lane_find (self, x);
  g_autofree char *share = NULL, *text = NULL;

  if (query < 0 || query >= self->n)
    return FALSE;
  share = ql_percent_text (self->weights[query]);
  text = ql_lab_get_word (self->lab) >= 0 ? g_strdup_printf (_ ("Query %d: %s"), query, share)
                                          : g_strdup_printf (_ ("Query %d"), query);
  gtk_tooltip_set_text (tooltip, text);
  return TRUE;
}

static gboolean
step_key_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  return gtk_widget_activate_action (widget, "win.step-query", "i", g_variant_get_int32 (args));
}

static void
ql_query_lane_dispose (GObject *object)
{
  g_clear_object (&QL_QUERY_LANE (object)->lab);
  G_OBJECT_CLASS (ql_query_lane_parent_class)->dispose (object);
}

static void
ql_query_lane_finalize (GObject *object)
{
  g_free (QL_QUERY_LANE (object)->weights);
  G_OBJECT_CLASS (ql_query_lane_parent_class)->finalize (object);
}

static void
ql_query_lane_class_init (QlQueryLaneClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ql_query_lane_dispose;
  G_OBJECT_CLASS (klass)->finalize = ql_query_lane_finalize;
  widget_class->measure = ql_query_lane_measure;
  widget_class->snapshot = ql_query_lane_snapshot;
  widget_class->query_tooltip = ql_query_lane_query_tooltip;
  ql_query_bars_class_init (widget_class, step_key_cb);
}

static void
ql_query_lane_init (QlQueryLane *self)
{
  ql_query_bars_init (GTK_WIDGET (self), _ ("How much the word came from each query"),
                      G_CALLBACK (pressed_cb));
}

void
ql_query_lane_set_lab (QlQueryLane *self, QlLab *lab)
{
  g_return_if_fail (self->lab == NULL);
  self->lab = g_object_ref (lab);
  g_signal_connect_object (lab, "changed", G_CALLBACK (changed_cb), self, 0);
  changed_cb (lab, QL_LAB_CHANGED_TRACE, self);
}
