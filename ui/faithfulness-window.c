#include "ui/faithfulness-window.h"

#include <glib/gi18n.h>

#include "app/curve.h"
#include "ui/wrap-box.h"

#define TEXT_PX 11.0
/* Where both panels stand side by side, and where there is no room for that. */
#define BESIDE_PX 420
#define BESIDE_HEIGHT_PX 340
#define BELOW_HEIGHT_PX 540

struct _QlFaithfulnessWindow
{
  GtkWindow parent_instance;

  GtkLabel *map_label;
  GtkCheckButton *grey, *keep_cls;
  GtkWidget *work; /* progress and Stop */
  GtkProgressBar *progress;
  GtkLabel *error;
  GtkWidget *results; /* all that there is once there is a curve */
  GtkDrawingArea *plot;
  GtkLabel *sentence, *deletion, *insertion, *how;
  GtkGrid *table;
  QlLabTest *test;
  guint resizing; /* an idle */
  QlCurve *curve; /* nullable: the one that is shown */
};

G_DEFINE_FINAL_TYPE (QlFaithfulnessWindow, ql_faithfulness_window, GTK_TYPE_WINDOW)

/* ---- the curve ---- */

static void
draw_cb (GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data)
{
  QlFaithfulnessWindow *self = data;
  GtkStyleContext *style = gtk_widget_get_style_context (GTK_WIDGET (area));
  QlCurveLook look;
  GdkRGBA ink;

  if (self->curve == NULL)
    return;
  gtk_style_context_get_color (style, &ink);
  ql_curve_look_init (&look);
  look.ink = (QlColor){ (double) ink.red, (double) ink.green, (double) ink.blue };
  if (ql_color_lightness (&look.ink) > 50) /* on dark */
    look.random = (QlColor){ 0.55, 0.76, 1 };
  look.text_px = TEXT_PX;
  ql_curve_draw (self->curve, &look, cr, 0, 0, width, height);
}

static gboolean
resize_cb (gpointer data)
{
  QlFaithfulnessWindow *self = data;
  int width = gtk_widget_get_width (GTK_WIDGET (self->plot));

  self->resizing = 0;
  gtk_drawing_area_set_content_height (self->plot, width < BESIDE_PX ? BELOW_HEIGHT_PX : BESIDE_HEIGHT_PX);
  return G_SOURCE_REMOVE;
}

/* Sizes must not be changed while they are given out. */
static void
resized_cb (GtkDrawingArea *area, int width, int height, QlFaithfulnessWindow *self)
{
  if (self->resizing == 0)
    self->resizing = g_idle_add (resize_cb, self);
}

static void
add_cell (QlFaithfulnessWindow *self, const char *text, int column, int row, gboolean heading)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), heading ? 0.5f : 1);
  gtk_label_set_wrap (GTK_LABEL (label), heading);
  gtk_widget_set_hexpand (label, TRUE);
  gtk_widget_add_css_class (label, heading ? "ql-lab-heading" : "numeric");
  gtk_widget_add_css_class (label, "ql-small");
  gtk_grid_attach (self->table, label, column, row, 1, 1);
}

/* As text: a row for each point. */
static void
fill_table (QlFaithfulnessWindow *self)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->table))) != NULL)
    gtk_grid_remove (self->table, child);
  add_cell (self, _ ("Patches"), 0, 0, TRUE);
  add_cell (self, _ ("Deletion"), 1, 0, TRUE);
  add_cell (self, _ ("random"), 2, 0, TRUE);
  add_cell (self, _ ("Insertion"), 3, 0, TRUE);
  add_cell (self, _ ("random"), 4, 0, TRUE);
  for (int i = 0; i < ql_curve_get_n_points (self->curve); i++)
    {
      g_autofree char *share = ql_percent_text (ql_curve_get_share (self->curve, i));

      add_cell (self, share, 0, i + 1, FALSE);
      for (int kind = 0; kind < 2; kind++)
        {
          QlCurveSpread random;
          g_autofree char *value = ql_log_p_text (ql_curve_get_value (self->curve, (QlCurveKind) kind, i));
          g_autofree char *mean = NULL;

          ql_curve_get_random (self->curve, (QlCurveKind) kind, i, &random);
          mean = ql_log_p_text (random.mean);
          add_cell (self, value, 1 + 2 * kind, i + 1, FALSE);
          add_cell (self, mean, 2 + 2 * kind, i + 1, FALSE);
        }
    }
}

static void
set_areas (GtkLabel *label, QlCurve *curve, QlCurveKind kind)
{
  g_autofree char *areas = ql_curve_describe_areas (curve, kind);
  g_autofree char *text = g_strdup_printf (_ ("%s: %s"), ql_curve_kind_title (kind), areas);

  gtk_label_set_text (label, text);
}

static void
show_curve (QlFaithfulnessWindow *self, QlCurve *curve)
{
  g_autofree char *sentence = NULL, *how = NULL;

  g_clear_pointer (&self->curve, ql_curve_unref);
  gtk_widget_set_visible (self->results, curve != NULL);
  if (curve == NULL)
    return;
  self->curve = ql_curve_ref (curve);
  sentence = ql_curve_describe (curve);
  how = ql_curve_describe_how (curve);
  gtk_label_set_text (self->sentence, sentence);
  gtk_label_set_text (self->how, how);
  set_areas (self->deletion, curve, QL_CURVE_DELETION);
  set_areas (self->insertion, curve, QL_CURVE_INSERTION);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->plot), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, sentence,
                                  -1);
  fill_table (self);
  gtk_widget_queue_draw (GTK_WIDGET (self->plot));
}

/* ---- following ---- */

static void
update_map (QlFaithfulnessWindow *self)
{
  QlMap *map = ql_lab_test_get_curve_map (self->test);
  g_autofree char *key = NULL;

  if (map == NULL && self->curve != NULL)
    map = ql_curve_get_map (self->curve);
  if (map == NULL)
    return;
  key = ql_map_describe_key (map);
  gtk_label_set_text (self->map_label, key);
}

static void
tested_cb (QlLabTest *test, guint change, QlFaithfulnessWindow *self)
{
  gboolean working = ql_lab_test_get_curve_map (test) != NULL;
  const GError *error = ql_lab_test_get_curve_error (test);
  g_autofree char *text = NULL;

  if ((change & QL_LAB_TEST_CHANGED_CURVE) == 0)
    return;
  if (ql_lab_test_get_curve (test) != self->curve)
    show_curve (self, ql_lab_test_get_curve (test));
  update_map (self);
  gtk_widget_set_visible (self->work, working);
  gtk_progress_bar_set_fraction (self->progress, working ? ql_lab_test_get_curve_fraction (test) : 0);
  if (error != NULL)
    text = g_strdup_printf (_ ("This could not be computed: %s"), error->message);
  else if (!working && self->curve == NULL)
    text = g_strdup (_ ("Stopped."));
  gtk_label_set_text (self->error, text != NULL ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (self->error), text != NULL);
}

static void
run_cb (QlFaithfulnessWindow *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.run-faithfulness", "(bb)",
                              gtk_check_button_get_active (self->grey),
                              gtk_check_button_get_active (self->keep_cls));
}

/* ---- life ---- */

static void
ql_faithfulness_window_dispose (GObject *object)
{
  QlFaithfulnessWindow *self = QL_FAITHFULNESS_WINDOW (object);

  g_clear_handle_id (&self->resizing, g_source_remove);
  if (self->test != NULL)
    g_signal_handlers_disconnect_by_data (self->test, self);
  g_clear_object (&self->test);
  g_clear_pointer (&self->curve, ql_curve_unref);
  G_OBJECT_CLASS (ql_faithfulness_window_parent_class)->dispose (object);
}

static void
ql_faithfulness_window_class_init (QlFaithfulnessWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (QL_TYPE_WRAP_BOX);
  G_OBJECT_CLASS (klass)->dispose = ql_faithfulness_window_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/qlens/Qlens/faithfulness-window.ui");
  gtk_widget_class_bind_template_child (widget_class, QlFaithfulnessWindow, map_label);
  gtk_widget_class_bind_template_child (widget_class, QlFaithfulnessWindow, grey);
  gtk_widget_class_bind_template_child (widget_class, QlFaithfulnessWindow, keep_cls);
  gtk_widget_class_bind_template_child (widget_class, QlFaithfulnessWindow, work);
  gtk_widget_class_bind_template_child (widget_class, QlFaithfulnessWindow, progress);
  gtk_widget_class_bind_template_child (widget_class, QlFaithfulnessWindow, error);
  gtk_widget_class_bind_template_child (widget_class, QlFaithfulnessWindow, results);
  gtk_widget_class_bind_template_child (widget_class, QlFaithfulnessWindow, plot);
  gtk_widget_class_bind_template_child (widget_class, QlFaithfulnessWindow, sentence);
  gtk_widget_class_bind_template_child (widget_class, QlFaithfulnessWindow, deletion);
  gtk_widget_class_bind_template_child (widget_class, QlFaithfulnessWindow, insertion);
  gtk_widget_class_bind_template_child (widget_class, QlFaithfulnessWindow, how);
  gtk_widget_class_bind_template_child (widget_class, QlFaithfulnessWindow, table);
  gtk_widget_class_bind_template_callback (widget_class, run_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
ql_faithfulness_window_init (QlFaithfulnessWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_drawing_area_set_draw_func (self->plot, draw_cb, self, NULL);
  g_signal_connect_object (self->plot, "resize", G_CALLBACK (resized_cb), self, 0);
}

GtkWindow *
ql_faithfulness_window_new (GtkWindow *parent, QlLab *lab)
{
  QlFaithfulnessWindow *self = g_object_new (QL_TYPE_FAITHFULNESS_WINDOW, "transient-for", parent, NULL);
  QlIntervention *now;

  /* Its buttons are the window's actions. */
  gtk_widget_insert_action_group (GTK_WIDGET (self), "win", G_ACTION_GROUP (parent));
  self->test = g_object_ref (ql_lab_get_test (lab));
  now = ql_lab_test_get_intervention (self->test);
  gtk_check_button_set_active (self->grey, now != NULL && ql_intervention_get_grey (now));
  g_signal_connect_object (self->test, "changed", G_CALLBACK (tested_cb), self, 0);
  return GTK_WINDOW (self);
}

GtkLabel *
ql_faithfulness_window_get_sentence (QlFaithfulnessWindow *self)
{
  return self->sentence;
}

GtkWidget *
ql_faithfulness_window_get_table (QlFaithfulnessWindow *self)
{
  return GTK_WIDGET (self->table);
}
