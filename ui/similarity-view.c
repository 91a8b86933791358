#include "ui/similarity-view.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app/similarity-draw.h"
#include "ui/color-scheme.h"

#define LEAST_PX 200
/* Not as large as there is room: GTK takes it that what is wider is not higher. */
#define MOST_PX 264

struct _QlSimilarityView
{
  GtkWidget parent_instance;

  QlLab *lab;
  QlLabQueries *queries;
};

G_DEFINE_FINAL_TYPE (QlSimilarityView, ql_similarity_view, GTK_TYPE_WIDGET)

static double
get_size (QlSimilarityView *self)
{
  return MIN (gtk_widget_get_width (GTK_WIDGET (self)), MOST_PX);
}

static QlColor
to_color (const GdkRGBA *color)
{
  return (QlColor){ (double) color->red, (double) color->green, (double) color->blue };
}

static void
ql_similarity_view_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  QlSimilarityView *self = QL_SIMILARITY_VIEW (widget);
  QlQueryReport *report = ql_lab_queries_get_report (self->queries);
  GtkStyleContext *style = gtk_widget_get_style_context (widget);
  QlSimilarityLook look = { .high_contrast = ql_color_scheme_is_high_contrast () };
  GdkRGBA ink;
  cairo_t *cr;

  if (report == NULL)
    return;
  gtk_style_context_get_color (style, &ink);
  look.ink = to_color (&ink);
  look.mark = (QlColor){ 0, 0, 0 }; /* on colours that are light in the middle */
  cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, (float) gtk_widget_get_width (widget),
                                                                 (float) gtk_widget_get_height (widget)));
  ql_similarity_draw (report, ql_lab_queries_get_similarity (self->queries), ql_lab_get_query (self->lab),
                      &look, cr, 0, 0, get_size (self));
  cairo_destroy (cr);
}

static GtkSizeRequestMode
ql_similarity_view_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
ql_similarity_view_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                            int *natural, int *minimum_baseline, int *natural_baseline)
{
  *minimum = *natural = LEAST_PX;
  if (orientation == GTK_ORIENTATION_VERTICAL)
    *minimum = *natural = (int) ceil (ql_similarity_height (MOST_PX));
}

static gboolean
ql_similarity_view_query_tooltip (GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  QlSimilarityView *self = QL_SIMILARITY_VIEW (widget);
  QlQueryReport *report = ql_lab_queries_get_report (self->queries);
  g_autofree char *text = NULL;
  int row, column;

  if (keyboard || report == NULL
      || !ql_similarity_locate (report, 0, 0, get_size (self), x, y, &row, &column))
    return FALSE;
  /* Translators: the numbers of two of the model's queries, and how alike they are: −1.00 to 1.00. */
  text = g_strdup_printf (
      _ ("Queries %d and %d: %.2f"), row, column,
      ql_query_report_get_similarity (report, ql_lab_queries_get_similarity (self->queries), row, column));
  gtk_tooltip_set_text (tooltip, text);
  return TRUE;
}

static void
select_query (QlSimilarityView *self, int query)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.query", "i", query);
}

static void
pressed_cb (GtkGestureClick *gesture, int n_press, double x, double y, QlSimilarityView *self)
{
  QlQueryReport *report = ql_lab_queries_get_report (self->queries);
  int row, column;

  gtk_widget_grab_focus (GTK_WIDGET (self));
  if (report == NULL || !ql_similarity_locate (report, 0, 0, get_size (self), x, y, &row, &column))
    return;
  /* In the selected query's row the column is meant: whom it is like. */
  select_query (self, row == ql_lab_get_query (self->lab) ? column : row);
}

static gboolean
step_key_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  return gtk_widget_activate_action (widget, "win.step-query", "i", g_variant_get_int32 (args));
}

static void
describe (QlSimilarityView *self)
{
  QlQueryReport *report = ql_lab_queries_get_report (self->queries);
  QlSimilarity which = ql_lab_queries_get_similarity (self->queries);
  int query = ql_lab_get_query (self->lab), likest;
  g_autofree char *text = NULL;

  gtk_widget_queue_draw (GTK_WIDGET (self));
  if (report == NULL || query >= ql_query_report_get_n_queries (report))
    return;
  likest = ql_query_report_get_likest (report, which, query);
  if (likest < 0)
    return;
  text = g_strdup_printf (_ ("Query %d is most like query %d (%.2f)"), query, likest,
                          ql_query_report_get_similarity (report, which, query, likest));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
}

static void
lab_changed_cb (QlLab *lab, guint change, QlSimilarityView *self)
{
  if ((change & (QL_LAB_CHANGED_TRACE | QL_LAB_CHANGED_MAP)) != 0)
    describe (self);
}

static void
ql_similarity_view_dispose (GObject *object)
{
  QlSimilarityView *self = QL_SIMILARITY_VIEW (object);

  g_clear_object (&self->queries);
  g_clear_object (&self->lab);
  G_OBJECT_CLASS (ql_similarity_view_parent_class)->dispose (object);
}

static void
ql_similarity_view_class_init (QlSimilarityViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ql_similarity_view_dispose;
  widget_class->snapshot = ql_similarity_view_snapshot;
  widget_class->get_request_mode = ql_similarity_view_get_request_mode;
  widget_class->measure = ql_similarity_view_measure;
  widget_class->query_tooltip = ql_similarity_view_query_tooltip;
  gtk_widget_class_set_css_name (widget_class, "similarity");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Left, 0, step_key_cb, "i", -1);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Up, 0, step_key_cb, "i", -1);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Right, 0, step_key_cb, "i", 1);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Down, 0, step_key_cb, "i", 1);
}

static void
ql_similarity_view_init (QlSimilarityView *self)
{
  GtkGesture *click = gtk_gesture_click_new ();

  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  gtk_widget_set_direction (GTK_WIDGET (self), GTK_TEXT_DIR_LTR);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("How alike the queries are"), -1);
  g_signal_connect_object (click, "pressed", G_CALLBACK (pressed_cb), self, 0);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
}

void
ql_similarity_view_set_lab (QlSimilarityView *self, QlLab *lab)
{
  g_return_if_fail (self->lab == NULL);
  self->lab = g_object_ref (lab);
  self->queries = g_object_ref (ql_lab_get_queries (lab));
  g_signal_connect_object (lab, "changed", G_CALLBACK (lab_changed_cb), self, 0);
  g_signal_connect_object (self->queries, "changed", G_CALLBACK (describe), self, G_CONNECT_SWAPPED);
  describe (self);
}
