#include "ui/lab-keys.h"

void
ql_lab_keys_add (GtkWidgetClass *widget_class)
{
  static const struct
  {
    guint key;
    const char *action;
    int step;
  } steps[] = {
    { GDK_KEY_q, "win.step-query", 1 },
    { GDK_KEY_Q, "win.step-query", -1 },
    { GDK_KEY_l, "win.step-layer", 1 },
    { GDK_KEY_L, "win.step-layer", -1 },
    { GDK_KEY_h, "win.step-head", 1 },
    { GDK_KEY_H, "win.step-head", -1 },
    { GDK_KEY_w, "win.step-word", 1 },
    { GDK_KEY_W, "win.step-word", -1 },
    { GDK_KEY_m, "win.step-method", 1 },
    { GDK_KEY_M, "win.step-method", -1 },
    { GDK_KEY_s, "win.step-style", 1 },
    { GDK_KEY_S, "win.step-style", -1 },
    { GDK_KEY_bracketleft, "win.step-opacity", -1 },
    { GDK_KEY_bracketright, "win.step-opacity", 1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    gtk_widget_class_add_binding_action (
        widget_class, steps[i].key,
        g_ascii_isupper ((char) steps[i].key) && steps[i].key < 0x80 ? GDK_SHIFT_MASK : 0, steps[i].action,
        "i", steps[i].step);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_x, 0, "win.test-mute-head", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_X, GDK_SHIFT_MASK, "win.test-clear", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_o, 0, "win.lab-overlay", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_p, 0, "win.pin", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_d, 0, "win.difference", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_t, 0, "win.map-table", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_g, 0, "win.swap-scale", NULL);
}

void
ql_move_keys_add (GtkWidgetClass *widget_class, GtkShortcutFunc move, int page)
{
  const struct
  {
    guint key;
    int dx, dy;
  } moves[] = {
    { GDK_KEY_Left, -1, 0 },       { GDK_KEY_Right, 1, 0 },          { GDK_KEY_Up, 0, -1 },
    { GDK_KEY_Down, 0, 1 },        { GDK_KEY_Home, -G_MAXINT16, 0 }, { GDK_KEY_End, G_MAXINT16, 0 },
    { GDK_KEY_Page_Up, 0, -page }, { GDK_KEY_Page_Down, 0, page },
  };

  for (guint i = 0; i < G_N_ELEMENTS (moves); i++)
    gtk_widget_class_add_binding (widget_class, moves[i].key, 0, move, "(ii)", moves[i].dx, moves[i].dy);
}
