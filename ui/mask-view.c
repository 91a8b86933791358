#include "ui/mask-view.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app/mask-draw.h"
#include "ui/lab-keys.h"

#define LEAST_PX 220
#define ZOOM_PX 340 /* of the first step, beyond which each adds half as much */
#define N_ZOOMS 4

struct _QlMaskView
{
  GtkWidget parent_instance;

  QlLabMask *mask;
  int row, column; /* of the cursor */
  int zoom; /* 0: as wide as there is room */
  gboolean painting, paint; /* and with what */
  int last_row, last_column; /* where the drag was */
};

enum
{
  CURSOR_MOVED,
  ZOOM,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (QlMaskView, ql_mask_view, GTK_TYPE_WIDGET)

static int
get_size (QlMaskView *self)
{
  return MIN (gtk_widget_get_width (GTK_WIDGET (self)), gtk_widget_get_height (GTK_WIDGET (self)));
}

static QlColor
to_color (const GdkRGBA *color)
{
  return (QlColor){ (double) color->red, (double) color->green, (double) color->blue };
}

static void
ql_mask_view_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  QlMaskView *self = QL_MASK_VIEW (widget);
  GtkStyleContext *style = gtk_widget_get_style_context (widget);
  int size = get_size (self);
  QlMaskLook look = { .row = self->row, .column = self->column };
  GdkRGBA ink, accent;
  cairo_t *cr;

  gtk_style_context_get_color (style, &ink);
  if (!gtk_style_context_lookup_color (style, "theme_selected_bg_color", &accent))
    accent = ink;
  look.ink = to_color (&ink);
  look.seen = to_color (&accent);
  look.mark = look.ink;
  if (!gtk_widget_has_focus (widget))
    look.row = look.column = -1;
  cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, (float) size, (float) size));
  ql_mask_draw (self->mask, &look, cr, 0, 0, size);
  cairo_destroy (cr);
}

static void
ql_mask_view_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                      int *minimum_baseline, int *natural_baseline)
{
  QlMaskView *self = QL_MASK_VIEW (widget);

  /* and what more there is in the scrolled window around it */
  *minimum = *natural = self->zoom == 0 ? LEAST_PX : ZOOM_PX + ZOOM_PX / 2 * self->zoom;
}

/* ---- the cursor ---- */

gboolean
ql_mask_view_get_cursor (QlMaskView *self, int *row, int *column)
{
  if (ql_lab_mask_get_n_rows (self->mask) == 0)
    return FALSE;
  *row = self->row;
  *column = self->column;
  return TRUE;
}

char *
ql_mask_view_describe_cursor (QlMaskView *self)
{
  g_autofree char *row = NULL, *column = NULL, *text = NULL;
  gboolean sees;

  if (ql_lab_mask_get_n_rows (self->mask) == 0)
    return g_strdup ("");
  row = ql_lab_mask_describe_row (self->mask, self->row);
  column = ql_lab_mask_describe_row (self->mask, self->column);
  sees = ql_lab_mask_get_cell (self->mask, self->row, self->column);
  /* Translators: a query or word, and another: "“donut” sees query 5". */
  text = sees ? g_strdup_printf (_ ("%s sees %s"), row, column)
              : g_strdup_printf (_ ("%s does not see %s"), row, column);
  if (sees == ql_lab_mask_preset_cell (self->mask, self->row, self->column))
    return g_steal_pointer (&text);
  return g_strdup_printf (_ ("%s (changed)"), text);
}

static void
tell (QlMaskView *self)
{
  g_autofree char *text = ql_mask_view_describe_cursor (self);

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
  g_signal_emit (self, signals[CURSOR_MOVED], 0);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
move_to (QlMaskView *self, int row, int column)
{
  int n = ql_lab_mask_get_n_rows (self->mask);

  self->row = CLAMP (row, 0, MAX (n - 1, 0));
  self->column = CLAMP (column, 0, MAX (n - 1, 0));
  tell (self);
}

static void
toggle (QlMaskView *self, int row, int column)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.mask-cell", "(ii)", row, column);
}

static gboolean
move_key_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  QlMaskView *self = QL_MASK_VIEW (widget);
  int dx, dy;

  g_variant_get (args, "(ii)", &dx, &dy);
  move_to (self, self->row + dy, self->column + dx);
  return TRUE;
}

/* The cell, or of the cursor's row or column all of it. */
static gboolean
toggle_key_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  QlMaskView *self = QL_MASK_VIEW (widget);
  gboolean of_row, of_column;

  g_variant_get (args, "(bb)", &of_row, &of_column);
  toggle (self, of_row ? self->row : -1, of_column ? self->column : -1);
  return TRUE;
}

static gboolean
zoom_key_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  g_signal_emit (widget, signals[ZOOM], 0, g_variant_get_int32 (args));
  return TRUE;
}

/* ---- the pointer ---- */

static void
drag_begin_cb (GtkGestureDrag *gesture, double x, double y, QlMaskView *self)
{
  int row, column;

  gtk_widget_grab_focus (GTK_WIDGET (self));
  self->painting = FALSE;
  if (ql_lab_mask_get_n_rows (self->mask) == 0
      || !ql_mask_locate (self->mask, 0, 0, get_size (self), x, y, &row, &column))
    return;
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  self->painting = row >= 0 && column >= 0;
  if (self->painting)
    {
      self->paint = !ql_lab_mask_get_cell (self->mask, row, column);
      self->last_row = row;
      self->last_column = column;
      move_to (self, row, column);
    }
  toggle (self, row, column);
}

static void
drag_update_cb (GtkGestureDrag *gesture, double dx, double dy, QlMaskView *self)
{
  double x, y;
  int row, column, n;

  gtk_gesture_drag_get_start_point (gesture, &x, &y);
  if (!self->painting || !ql_mask_locate (self->mask, 0, 0, get_size (self), x + dx, y + dy, &row, &column)
      || row < 0 || column < 0)
    return;
  /* All cells between: the pointer is faster than its news. */
  n = MAX (MAX (ABS (row - self->last_row), ABS (column - self->last_column)), 1);
  for (int i = 1; i <= n; i++)
    ql_lab_mask_set_cell (self->mask, self->last_row + (int) round ((double) (row - self->last_row) * i / n),
                          self->last_column + (int) round ((double) (column - self->last_column) * i / n),
                          self->paint);
  self->last_row = row;
  self->last_column = column;
  move_to (self, row, column);
}

static gboolean
ql_mask_view_query_tooltip (GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  QlMaskView *self = QL_MASK_VIEW (widget);
  g_autofree char *left = NULL, *above = NULL, *text = NULL;
  int row, column;

  if (keyboard || ql_lab_mask_get_n_rows (self->mask) == 0
      || !ql_mask_locate (self->mask, 0, 0, get_size (self), x, y, &row, &column))
    return FALSE;
  left = row >= 0 ? ql_lab_mask_describe_row (self->mask, row) : NULL;
  above = column >= 0 ? ql_lab_mask_describe_row (self->mask, column) : NULL;
  if (left == NULL || above == NULL)
    text = g_strdup (left != NULL ? left : above);
  else if (ql_lab_mask_get_cell (self->mask, row, column))
    text = g_strdup_printf (_ ("%s sees %s"), left, above);
  else
    text = g_strdup_printf (_ ("%s does not see %s"), left, above);
  gtk_tooltip_set_text (tooltip, text);
  return TRUE;
}

/* ---- life ---- */

static void
ql_mask_view_dispose (GObject *object)
{
  g_clear_object (&QL_MASK_VIEW (object)->mask);
  G_OBJECT_CLASS (ql_mask_view_parent_class)->dispose (object);
}

static void
add_keys (GtkWidgetClass *widget_class)
{
  static const struct
  {
    guint key;
    gboolean row, column;
  } toggles[] = { { GDK_KEY_space, TRUE, TRUE },
                  { GDK_KEY_Return, TRUE, TRUE },
                  { GDK_KEY_r, TRUE, FALSE },
                  { GDK_KEY_c, FALSE, TRUE } };
  static const struct
  {
    guint key;
    int steps;
  } zooms[]
      = { { GDK_KEY_plus, 1 }, { GDK_KEY_KP_Add, 1 }, { GDK_KEY_minus, -1 }, { GDK_KEY_KP_Subtract, -1 } };

  ql_move_keys_add (widget_class, move_key_cb, 8);
  for (gsize i = 0; i < G_N_ELEMENTS (toggles); i++)
    gtk_widget_class_add_binding (widget_class, toggles[i].key, 0, toggle_key_cb, "(bb)", toggles[i].row,
                                  toggles[i].column);
  for (gsize i = 0; i < G_N_ELEMENTS (zooms); i++)
    gtk_widget_class_add_binding (widget_class, zooms[i].key, 0, zoom_key_cb, "i", zooms[i].steps);
}

static void
ql_mask_view_class_init (QlMaskViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ql_mask_view_dispose;
  widget_class->snapshot = ql_mask_view_snapshot;
  widget_class->measure = ql_mask_view_measure;
  widget_class->query_tooltip = ql_mask_view_query_tooltip;
  signals[CURSOR_MOVED] = g_signal_new ("cursor-moved", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                        NULL, NULL, G_TYPE_NONE, 0);
  signals[ZOOM] = g_signal_new ("zoom", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 1, G_TYPE_INT);
  gtk_widget_class_set_css_name (widget_class, "maskgrid");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  add_keys (widget_class);
}

static void
ql_mask_view_init (QlMaskView *self)
{
  GtkGesture *drag = gtk_gesture_drag_new ();

  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  /* A table of the model's, which has no language. */
  gtk_widget_set_direction (GTK_WIDGET (self), GTK_TEXT_DIR_LTR);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Self-attention mask: rows see columns"), -1);
  g_signal_connect_object (drag, "drag-begin", G_CALLBACK (drag_begin_cb), self, 0);
  g_signal_connect_object (drag, "drag-update", G_CALLBACK (drag_update_cb), self, 0);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
}

static void
changed_cb (QlMaskView *self)
{
  move_to (self, self->row, self->column);
}

void
ql_mask_view_set_mask (QlMaskView *self, QlLabMask *mask)
{
  g_return_if_fail (self->mask == NULL);
  self->mask = g_object_ref (mask);
  g_signal_connect_object (mask, "changed", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  changed_cb (self);
}

gboolean
ql_mask_view_can_zoom (QlMaskView *self, int steps)
{
  return self->zoom + steps >= 0 && self->zoom + steps < N_ZOOMS;
}

void
ql_mask_view_zoom (QlMaskView *self, int steps)
{
  if (!ql_mask_view_can_zoom (self, steps))
    return;
  self->zoom += steps;
  gtk_widget_queue_resize (GTK_WIDGET (self));
}
