#include "ui/overlay-bar.h"

#include <glib/gi18n.h>

#include "ui/color-scheme.h"
#include "ui/cut-label.h"
#include "ui/figure-drag.h"

struct _QlOverlayBar
{
  GtkWidget parent_instance;

  GtkLabel *style_label;
  GtkWidget *opacity_scale;
  GtkAdjustment *opacity;
  GtkDrawingArea *bar;
  GtkWidget *ends; /* of the colours: both labels and the bar between */
  GtkLabel *min_label;
  GtkLabel *max_label;
  GtkLabel *scale_label;
  QlLab *lab;
  gboolean updating; /* controls follow what is set, not the person */
};

G_DEFINE_FINAL_TYPE (QlOverlayBar, ql_overlay_bar, GTK_TYPE_WIDGET)

static void
opacity_cb (QlOverlayBar *self)
{
  if (!self->updating)
    ql_lab_set_opacity (self->lab, gtk_adjustment_get_value (self->opacity));
}

/* The colours alone: their ends are labels beside them, which screen readers read. */
static void
draw_bar_cb (GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data)
{
  QlOverlayBar *self = data;
  const guint32 *table
      = ql_color_map_table (ql_lab_get_difference (self->lab) ? QL_COLOR_MAP_DIVERGING : QL_COLOR_MAP_VIRIDIS,
                            ql_color_scheme_is_high_contrast ());
  cairo_pattern_t *pattern = cairo_pattern_create_linear (0, 0, width, 0);

  for (int i = 0; i < QL_COLOR_MAP_ENTRIES; i += 15)
    cairo_pattern_add_color_stop_rgb (pattern, i / (QL_COLOR_MAP_ENTRIES - 1.0),
                                      (table[i] >> 16 & 0xff) / 255.0, (table[i] >> 8 & 0xff) / 255.0,
                                      (table[i] & 0xff) / 255.0);
  cairo_set_source (cr, pattern);
  cairo_paint (cr);
  cairo_pattern_destroy (pattern);
}

static void
changed_cb (QlLab *lab, guint change, QlOverlayBar *self)
{
  g_autofree char *most = NULL, *least = NULL;
  double max = ql_lab_get_scale_max (lab);

  self->updating = TRUE;
  gtk_adjustment_set_value (self->opacity, ql_lab_get_opacity (lab));
  self->updating = FALSE;
  gtk_label_set_text (self->style_label, ql_map_style_title (ql_lab_get_style (lab)));
  /* In a narrow window they are shortened. */
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->style_label), gtk_label_get_text (self->style_label));
  most = ql_percent_text (max);
  least = ql_lab_get_difference (lab) ? ql_percent_text (-max) : g_strdup ("0");
  gtk_label_set_text (self->max_label, most);
  gtk_label_set_text (self->min_label, least);
  gtk_widget_queue_draw (GTK_WIDGET (self->bar));
  /* What a colour stands for is always said: two maps of own scales must not be compared. */
  gtk_label_set_text (self->scale_label,
                      ql_lab_get_scale (lab) == QL_MAP_SCALE_SHARED ? _ ("shared scale") : _ ("own scale"));
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->scale_label), gtk_label_get_text (self->scale_label));
}

static QlFigure *
make_figure (GtkWidget *widget, char **name)
{
  QlLab *lab = QL_OVERLAY_BAR (widget)->lab;
  QlMap *map = ql_lab_get_map (lab);
  QlMapLook look;

  if (map == NULL)
    return NULL;
  ql_lab_get_look (lab, &look); /* black ink: figures are on white */
  *name = ql_map_describe_key (map);
  return ql_figure_new (map, &look);
}

static void
ql_overlay_bar_dispose (GObject *object)
{
  QlOverlayBar *self = QL_OVERLAY_BAR (object);
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  g_clear_object (&self->lab);
  G_OBJECT_CLASS (ql_overlay_bar_parent_class)->dispose (object);
}

static void
ql_overlay_bar_class_init (QlOverlayBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ql_overlay_bar_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/qlens/Qlens/overlay-bar.ui");
  gtk_widget_class_bind_template_child (widget_class, QlOverlayBar, style_label);
  gtk_widget_class_bind_template_child (widget_class, QlOverlayBar, opacity);
  gtk_widget_class_bind_template_child (widget_class, QlOverlayBar, opacity_scale);
  gtk_widget_class_bind_template_child (widget_class, QlOverlayBar, bar);
  gtk_widget_class_bind_template_child (widget_class, QlOverlayBar, max_label);
  gtk_widget_class_bind_template_child (widget_class, QlOverlayBar, ends);
  gtk_widget_class_bind_template_child (widget_class, QlOverlayBar, min_label);
  gtk_widget_class_bind_template_child (widget_class, QlOverlayBar, scale_label);
}

static void
ql_overlay_bar_init (QlOverlayBar *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  ql_cut_label_has_tooltip (self->style_label);
  ql_cut_label_has_tooltip (self->scale_label);
  /* Numbers rise to the right in every language of ours. */
  gtk_widget_set_direction (self->ends, GTK_TEXT_DIR_LTR);
  gtk_drawing_area_set_draw_func (self->bar, draw_bar_cb, self, NULL);
  ql_figure_drag_add (GTK_WIDGET (self), make_figure);
  g_signal_connect_object (self->opacity, "value-changed", G_CALLBACK (opacity_cb), self, G_CONNECT_SWAPPED);
}

void
ql_overlay_bar_set_lab (QlOverlayBar *self, QlLab *lab)
{
  g_return_if_fail (self->lab == NULL);
  self->lab = g_object_ref (lab);
  g_signal_connect_object (lab, "changed", G_CALLBACK (changed_cb), self, 0);
  changed_cb (lab, QL_LAB_CHANGED_LOOK, self);
}

void
ql_overlay_bar_set_compact (QlOverlayBar *self, gboolean compact)
{
  gtk_widget_set_visible (GTK_WIDGET (self->style_label), !compact);
  gtk_widget_set_visible (self->opacity_scale, !compact);
  gtk_widget_set_visible (GTK_WIDGET (self->scale_label), !compact);
}
