#include "ui/canvas-private.h"

#include <glib/gi18n.h>
#include <math.h>

#include "ui/lab-keys.h"

#define WHEEL_STEP_PX 64
#define KEY_STEP_PX 48
#define WHEEL_ZOOM 1.15

/* ---- wheel ---- */

static void
motion_cb (GtkEventControllerMotion *motion, double x, double y, QlCanvas *self)
{
  self->pointer_x = x;
  self->pointer_y = y;
}

static gboolean
scroll_cb (GtkEventControllerScroll *scroll, double dx, double dy, QlCanvas *self)
{
  GdkModifierType state = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (scroll));
  double unit = gtk_event_controller_scroll_get_unit (scroll) == GDK_SCROLL_UNIT_WHEEL ? WHEEL_STEP_PX : 1;

  if ((state & GDK_CONTROL_MASK) != 0)
    {
      double steps = dy * unit / WHEEL_STEP_PX;

      ql_canvas_zoom_to (self, ql_canvas_current_scale (self) * pow (WHEEL_ZOOM, -steps), self->pointer_x,
                         self->pointer_y);
      return GDK_EVENT_STOP;
    }
  if ((state & GDK_SHIFT_MASK) != 0 && dx == 0)
    return ql_canvas_pan (self, dy * unit, 0);
  return ql_canvas_pan (self, dx * unit, dy * unit);
}

/* ---- pinch, drag, double click ---- */

static void
pinch_begin_cb (GtkGesture *gesture, GdkEventSequence *sequence, QlCanvas *self)
{
  self->pinch_scale = ql_canvas_current_scale (self);
}

static void
pinch_cb (GtkGestureZoom *gesture, double scale, QlCanvas *self)
{
  double x = self->pointer_x, y = self->pointer_y;

  gtk_gesture_get_bounding_box_center (GTK_GESTURE (gesture), &x, &y);
  ql_canvas_zoom_to (self, self->pinch_scale * scale, x, y);
}

static void
drag_begin_cb (GtkGestureDrag *gesture, double x, double y, QlCanvas *self)
{
  GdkModifierType state = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (gesture));

  self->drag_centre = self->centre;
  if (ql_canvas_brushes (self))
    ql_canvas_brush_begin (self, x, y, (state & GDK_SHIFT_MASK) != 0);
  else
    self->boxing = (state & GDK_SHIFT_MASK) != 0
                   && ql_canvas_find_patch (self, x, y, &self->box_column, &self->box_row);
}

static void
drag_update_cb (GtkGestureDrag *gesture, double dx, double dy, QlCanvas *self)
{
  double x, y;

  if (self->brushing && gtk_gesture_drag_get_start_point (gesture, &x, &y))
    {
      gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
      ql_canvas_brush_to (self, x + dx, y + dy);
      return;
    }
  if (self->boxing && gtk_gesture_drag_get_start_point (gesture, &x, &y))
    {
      gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
      ql_canvas_box_to (self, x + dx, y + dy);
      return;
    }
  if (self->scale <= 0)
    return;
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  self->centre = self->drag_centre;
  ql_canvas_pan (self, -dx, -dy);
}

static void
drag_end_cb (GtkGesture *gesture, GdkEventSequence *sequence, QlCanvas *self)
{
  ql_canvas_brush_end (self);
  self->boxing = FALSE;
}

static void
pressed_cb (GtkGestureClick *gesture, int n_press, double x, double y, QlCanvas *self)
{
  int column, row;

  gtk_widget_grab_focus (GTK_WIDGET (self));
  if (n_press == 1 && ql_canvas_find_patch (self, x, y, &column, &row))
    gtk_widget_activate_action (GTK_WIDGET (self), "win.patch", "(ii)", column, row);
  if (n_press != 2 || ql_canvas_brushes (self))
    return;
  if (self->scale > 0)
    ql_canvas_zoom_fit (self);
  else
    ql_canvas_zoom_to (self, 1.0 / gtk_widget_get_scale_factor (GTK_WIDGET (self)), x, y);
}

/* ---- menu ---- */

static void
open_menu (QlCanvas *self, double x, double y)
{
  if (self->picture == NULL)
    return;
  if (self->menu == NULL)
    {
      g_autoptr (GMenu) menu = g_menu_new ();
      g_autoptr (GMenu) copy = g_menu_new ();
      g_autoptr (GMenu) zoom = g_menu_new ();

      g_menu_append (copy, _ ("_Copy Image"), "win.copy-image");
      g_menu_append (zoom, _ ("Zoom _In"), "win.zoom-in");
      g_menu_append (zoom, _ ("Zoom _Out"), "win.zoom-out");
      g_menu_append (zoom, _ ("_Actual Size"), "win.zoom-actual");
      g_menu_append (zoom, _ ("_Reset View"), "win.zoom-fit");
      g_menu_append_section (menu, NULL, G_MENU_MODEL (copy));
      g_menu_append_section (menu, NULL, G_MENU_MODEL (zoom));
      self->menu = gtk_popover_menu_new_from_model (G_MENU_MODEL (menu));
      gtk_popover_set_has_arrow (GTK_POPOVER (self->menu), FALSE);
      gtk_widget_set_halign (self->menu, GTK_ALIGN_START);
      gtk_accessible_update_property (GTK_ACCESSIBLE (self->menu), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                      _ ("Picture"), -1);
      gtk_widget_set_parent (self->menu, GTK_WIDGET (self));
    }
  gtk_popover_set_pointing_to (GTK_POPOVER (self->menu), &(GdkRectangle){ (int) x, (int) y, 1, 1 });
  gtk_popover_popup (GTK_POPOVER (self->menu));
}

static void
menu_pressed_cb (GtkGestureClick *gesture, int n_press, double x, double y, QlCanvas *self)
{
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  open_menu (self, x, y);
}

static void
held_cb (GtkGestureLongPress *gesture, double x, double y, QlCanvas *self)
{
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  open_menu (self, x, y);
}

static gboolean
menu_key_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  open_menu (QL_CANVAS (widget), gtk_widget_get_width (widget) / 2.0, gtk_widget_get_height (widget) / 2.0);
  return TRUE;
}

/* ---- keys ---- */

static gboolean
pan_key_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  int dx, dy;

  g_variant_get (args, "(ii)", &dx, &dy);
  if (ql_canvas_shows_map (QL_CANVAS (widget)))
    return gtk_widget_activate_action (widget, "win.step-patch", "(ii)", dx, dy);
  return ql_canvas_pan (QL_CANVAS (widget), dx * KEY_STEP_PX, dy * KEY_STEP_PX);
}

static gboolean
extend_key_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  int dx, dy;

  g_variant_get (args, "(ii)", &dx, &dy);
  return ql_canvas_shows_map (QL_CANVAS (widget))
         && gtk_widget_activate_action (widget, "win.extend-box", "(ii)", dx, dy);
}

void
ql_canvas_add_bindings (GtkWidgetClass *widget_class)
{
  static const struct
  {
    guint key, keypad;
    int dx, dy;
  } arrows[] = {
    { GDK_KEY_Left, GDK_KEY_KP_Left, -1, 0 },
    { GDK_KEY_Right, GDK_KEY_KP_Right, 1, 0 },
    { GDK_KEY_Up, GDK_KEY_KP_Up, 0, -1 },
    { GDK_KEY_Down, GDK_KEY_KP_Down, 0, 1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (arrows); i++)
    {
      gtk_widget_class_add_binding (widget_class, arrows[i].key, 0, pan_key_cb, "(ii)", arrows[i].dx,
                                    arrows[i].dy);
      gtk_widget_class_add_binding (widget_class, arrows[i].keypad, 0, pan_key_cb, "(ii)", arrows[i].dx,
                                    arrows[i].dy);
      gtk_widget_class_add_binding (widget_class, arrows[i].key, GDK_SHIFT_MASK, extend_key_cb, "(ii)",
                                    arrows[i].dx, arrows[i].dy);
    }
  ql_lab_keys_add (widget_class);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Delete, 0, "win.test-patch", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_KP_Delete, 0, "win.test-patch", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_BackSpace, 0, "win.test-patch", NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Menu, 0, menu_key_cb, NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_F10, GDK_SHIFT_MASK, menu_key_cb, NULL);
}

static void
add_click (QlCanvas *self, guint button, GCallback callback)
{
  GtkGesture *click = gtk_gesture_click_new ();

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), button);
  g_signal_connect_object (click, "pressed", callback, self, 0);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
}

void
ql_canvas_add_input (QlCanvas *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *scroll = gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES);
  GtkGesture *pinch = gtk_gesture_zoom_new ();
  GtkGesture *drag = gtk_gesture_drag_new ();
  GtkGesture *hold = gtk_gesture_long_press_new ();

  g_signal_connect_object (motion, "motion", G_CALLBACK (motion_cb), self, 0);
  g_signal_connect_object (motion, "enter", G_CALLBACK (motion_cb), self, 0);
  gtk_widget_add_controller (widget, motion);
  g_signal_connect_object (scroll, "scroll", G_CALLBACK (scroll_cb), self, 0);
  gtk_widget_add_controller (widget, scroll);
  g_signal_connect_object (pinch, "begin", G_CALLBACK (pinch_begin_cb), self, 0);
  g_signal_connect_object (pinch, "scale-changed", G_CALLBACK (pinch_cb), self, 0);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (pinch));
  g_signal_connect_object (drag, "drag-begin", G_CALLBACK (drag_begin_cb), self, 0);
  g_signal_connect_object (drag, "drag-update", G_CALLBACK (drag_update_cb), self, 0);
  g_signal_connect_object (drag, "end", G_CALLBACK (drag_end_cb), self, 0);
  g_signal_connect_object (drag, "cancel", G_CALLBACK (drag_end_cb), self, 0);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (drag));
  gtk_gesture_single_set_touch_only (GTK_GESTURE_SINGLE (hold), TRUE);
  g_signal_connect_object (hold, "pressed", G_CALLBACK (held_cb), self, 0);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (hold));
  add_click (self, GDK_BUTTON_PRIMARY, G_CALLBACK (pressed_cb));
  add_click (self, GDK_BUTTON_SECONDARY, G_CALLBACK (menu_pressed_cb));
}
