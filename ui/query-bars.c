#include "ui/query-bars.h"

void
ql_query_bars_class_init (GtkWidgetClass *widget_class, GtkShortcutFunc step)
{
  gtk_widget_class_set_css_name (widget_class, "querylane");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Left, 0, step, "i", -1);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Right, 0, step, "i", 1);
}

void
ql_query_bars_init (GtkWidget *widget, const char *label, GCallback pressed)
{
  GtkGesture *click = gtk_gesture_click_new ();

  gtk_widget_set_focusable (widget, TRUE);
  gtk_widget_set_has_tooltip (widget, TRUE);
  gtk_widget_set_direction (widget, GTK_TEXT_DIR_LTR);
  gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  g_signal_connect_object (click, "pressed", pressed, widget, 0);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (click));
}

int
ql_query_bars_find (GtkWidget *widget, int n, double x)
{
  int width = gtk_widget_get_width (widget);

  return n > 0 && x >= 0 && x < width ? MIN ((int) (x * n / width), n - 1) : -1;
}

void
ql_query_bars_get_colors (GtkWidget *widget, GdkRGBA *plain, GdkRGBA *strong)
{
  GtkStyleContext *style = gtk_widget_get_style_context (widget);

  gtk_style_context_get_color (style, plain);
  if (!gtk_style_context_lookup_color (style, "theme_selected_bg_color", strong))
    *strong = *plain;
  plain->alpha *= 0.35f;
}

void
ql_query_bars_append_frame (GtkWidget *widget, GtkSnapshot *snapshot, int n, int query, const GdkRGBA *color)
{
  double width = gtk_widget_get_width (widget), left = width * query / n, right = width * (query + 1) / n;
  GskRoundedRect frame;

  gsk_rounded_rect_init_from_rect (
      &frame,
      &GRAPHENE_RECT_INIT ((float) left, 0, (float) (right - left), (float) gtk_widget_get_height (widget)),
      3);
  gtk_snapshot_append_border (snapshot, &frame,
                              (float[4]){ QL_QUERY_BARS_FRAME_PX, QL_QUERY_BARS_FRAME_PX,
                                          QL_QUERY_BARS_FRAME_PX, QL_QUERY_BARS_FRAME_PX },
                              (GdkRGBA[4]){ *color, *color, *color, *color });
}
