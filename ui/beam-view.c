#include "ui/beam-view.h"

#include <glib/gi18n.h>

#include "app/beam-layout.h"

#define USUAL_DPI 96

struct _QlBeamView
{
  GtkWidget parent_instance;

  QlLab *lab;
  QlBeamLayout *layout; /* nullable */
};

G_DEFINE_FINAL_TYPE (QlBeamView, ql_beam_view, GTK_TYPE_WIDGET)

/* As large as the desktop wants text to be. */
static double
text_scale (GtkWidget *widget)
{
  int dpi = 0;

  g_object_get (gtk_widget_get_settings (widget), "gtk-xft-dpi", &dpi, NULL);
  return dpi > 0 ? CLAMP (dpi / 1024.0 / USUAL_DPI, 0.5, 3) : 1;
}

static QlColor
color_of (GtkWidget *widget, const char *name)
{
  GdkRGBA color;

  if (name == NULL || !gtk_style_context_lookup_color (gtk_widget_get_style_context (widget), name, &color))
    gtk_style_context_get_color (gtk_widget_get_style_context (widget), &color);
  return (QlColor){ (double) color.red, (double) color.green, (double) color.blue };
}

static void
ql_beam_view_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  QlBeamView *self = QL_BEAM_VIEW (widget);
  QlBeamLook look;
  double width, height, scale = text_scale (widget);
  cairo_t *cr;

  if (self->layout == NULL)
    return;
  ql_beam_look_init (&look);
  look.ink = color_of (widget, NULL);
  look.paper = color_of (widget, "theme_base_color");
  look.accent = color_of (widget, "theme_selected_bg_color");
  look.selected = ql_lab_get_beam (self->lab);
  ql_beam_layout_get_size (self->layout, &width, &height);
  cr = gtk_snapshot_append_cairo (
      snapshot, &GRAPHENE_RECT_INIT (0, 0, (float) (width * scale), (float) (height * scale)));
  cairo_scale (cr, scale, scale);
  ql_beam_layout_draw (self->layout, &look, cr, 0, 0);
  cairo_destroy (cr);
}

static void
ql_beam_view_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                      int *minimum_baseline, int *natural_baseline)
{
  QlBeamView *self = QL_BEAM_VIEW (widget);
  double width = 0, height = 0;

  if (self->layout != NULL)
    ql_beam_layout_get_size (self->layout, &width, &height);
  *minimum = *natural
      = (int) ((orientation == GTK_ORIENTATION_HORIZONTAL ? width : height) * text_scale (widget) + 0.5);
}

gboolean
ql_beam_view_get_rect (QlBeamView *self, graphene_rect_t *rect)
{
  int node = self->layout != NULL ? ql_lab_get_beam (self->lab) : -1;
  float scale = (float) text_scale (GTK_WIDGET (self));
  QlBeamRect r;

  if (node < 0 || !ql_beam_layout_get_rect (self->layout, node, &r))
    return FALSE;
  *rect = GRAPHENE_RECT_INIT ((float) r.x * scale, (float) r.y * scale, (float) r.width * scale,
                              (float) r.height * scale);
  return TRUE;
}

static void
show_range (GtkAdjustment *adjustment, double from, double size)
{
  double page = gtk_adjustment_get_page_size (adjustment);

  gtk_adjustment_clamp_page (adjustment, MAX (from - page / 8, 0), from + size + page / 8);
}

/* Brings the selected node into the part of the tree that is seen. */
static void
scroll_to_selected (QlBeamView *self)
{
  GtkWidget *scrolled = gtk_widget_get_ancestor (GTK_WIDGET (self), GTK_TYPE_SCROLLED_WINDOW);
  graphene_rect_t r;

  if (scrolled == NULL || !gtk_widget_get_mapped (GTK_WIDGET (self)) || !ql_beam_view_get_rect (self, &r))
    return;
  show_range (gtk_scrolled_window_get_hadjustment (GTK_SCROLLED_WINDOW (scrolled)), (double) r.origin.x,
              (double) r.size.width);
  show_range (gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scrolled)), (double) r.origin.y,
              (double) r.size.height);
}

static void
describe (QlBeamView *self)
{
  int node = self->layout != NULL ? ql_lab_get_beam (self->lab) : -1;
  g_autofree char *text
      = node >= 0 ? ql_beam_tree_describe (ql_beam_layout_get_tree (self->layout), node) : g_strdup ("");

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Tree of beams"),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
}

static void
changed_cb (QlLab *lab, guint change, QlBeamView *self)
{
  const QlStage *stage = ql_lab_get_stage (lab);
  QlPipeline *pipeline = stage != NULL && stage->kind == QL_STAGE_BEAMS ? ql_lab_get_pipeline (lab) : NULL;
  QlBeamTree *tree = pipeline != NULL ? ql_pipeline_get_beams (pipeline) : NULL;

  if ((change & (QL_LAB_CHANGED_TRACE | QL_LAB_CHANGED_STAGE)) == 0)
    return;
  g_clear_pointer (&self->layout, ql_beam_layout_unref);
  if (tree != NULL)
    self->layout = ql_beam_layout_new (tree, ql_lab_get_shows_dropped (lab));
  describe (self);
  scroll_to_selected (self);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

/* ---- input ---- */

static gboolean
move_key_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  QlBeamView *self = QL_BEAM_VIEW (widget);
  int dx, dy, node;

  if (self->layout == NULL)
    return FALSE;
  g_variant_get (args, "(ii)", &dx, &dy);
  node = ql_lab_get_beam (self->lab);
  /* Out of sight, with the dropped ones: from the answer on. */
  if (!ql_beam_layout_get_rect (self->layout, node, &(QlBeamRect){ 0 }))
    node = ql_beam_tree_get_answer (ql_beam_layout_get_tree (self->layout));
  gtk_widget_activate_action (widget, "win.beam", "i", ql_beam_layout_move (self->layout, node, dx, dy));
  return TRUE;
}

static void
pressed_cb (GtkGestureClick *gesture, int n_press, double x, double y, QlBeamView *self)
{
  double scale = text_scale (GTK_WIDGET (self));
  int node = self->layout != NULL ? ql_beam_layout_locate (self->layout, x / scale, y / scale) : -1;

  gtk_widget_grab_focus (GTK_WIDGET (self));
  if (node >= 0)
    gtk_widget_activate_action (GTK_WIDGET (self), "win.beam", "i", node);
}

static gboolean
ql_beam_view_query_tooltip (GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  QlBeamView *self = QL_BEAM_VIEW (widget);
  double scale = text_scale (widget);
  int node
      = self->layout != NULL && !keyboard ? ql_beam_layout_locate (self->layout, x / scale, y / scale) : -1;
  g_autofree char *text = NULL;
  QlBeamRect r;

  if (node < 0 || !ql_beam_layout_get_rect (self->layout, node, &r))
    return FALSE;
  text = ql_beam_tree_describe (ql_beam_layout_get_tree (self->layout), node);
  gtk_tooltip_set_text (tooltip, text);
  gtk_tooltip_set_tip_area (tooltip, &(GdkRectangle){ (int) (r.x * scale), (int) (r.y * scale),
                                                      (int) (r.width * scale), (int) (r.height * scale) });
  return TRUE;
}

static void
ql_beam_view_dispose (GObject *object)
{
  QlBeamView *self = QL_BEAM_VIEW (object);

  g_clear_pointer (&self->layout, ql_beam_layout_unref);
  g_clear_object (&self->lab);
  G_OBJECT_CLASS (ql_beam_view_parent_class)->dispose (object);
}

static void
ql_beam_view_class_init (QlBeamViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  static const struct
  {
    guint key;
    int dx, dy;
  } moves[] = {
    { GDK_KEY_Left, -1, 0 },
    { GDK_KEY_Right, 1, 0 },
    { GDK_KEY_Up, 0, -1 },
    { GDK_KEY_Down, 0, 1 },
  };

  G_OBJECT_CLASS (klass)->dispose = ql_beam_view_dispose;
  widget_class->snapshot = ql_beam_view_snapshot;
  widget_class->measure = ql_beam_view_measure;
  widget_class->query_tooltip = ql_beam_view_query_tooltip;
  gtk_widget_class_set_css_name (widget_class, "beams");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  for (guint i = 0; i < G_N_ELEMENTS (moves); i++)
    gtk_widget_class_add_binding (widget_class, moves[i].key, 0, move_key_cb, "(ii)", moves[i].dx,
                                  moves[i].dy);
}

static void
ql_beam_view_init (QlBeamView *self)
{
  GtkGesture *click = gtk_gesture_click_new ();

  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  gtk_widget_set_direction (GTK_WIDGET (self), GTK_TEXT_DIR_LTR);
  g_signal_connect_object (click, "pressed", G_CALLBACK (pressed_cb), self, 0);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
}

void
ql_beam_view_set_lab (QlBeamView *self, QlLab *lab)
{
  g_return_if_fail (self->lab == NULL);
  self->lab = g_object_ref (lab);
  g_signal_connect_object (lab, "changed", G_CALLBACK (changed_cb), self, 0);
}
