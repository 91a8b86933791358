#include "tests/ui/layout-check.h"

/* Rounding of a child's place, which is not in whole pixels after centring. */
#define SLACK_PX 0.6f

typedef struct
{
  GtkWidget *native; /* all places are in its coordinates */
  GPtrArray *complaints;
} Check;

/* Where a widget may lie; without end where one can scroll. */
typedef struct
{
  float left, top, right, bottom;
} Room;

/* "GtkLabel “Ask” in GtkButton#ask_button.suggested-action in …": enough to find it. */
static char *
describe (GtkWidget *widget)
{
  g_autoptr (GString) text = g_string_new (NULL);
  int depth = 0;

  for (; widget != NULL && depth < 5; widget = gtk_widget_get_parent (widget), depth++)
    {
      g_auto (GStrv) classes = gtk_widget_get_css_classes (widget);
      const char *id = gtk_buildable_get_buildable_id (GTK_BUILDABLE (widget));

      g_string_append_printf (text, "%s%s", depth > 0 ? " in " : "", G_OBJECT_TYPE_NAME (widget));
      if (id != NULL)
        g_string_append_printf (text, "#%s", id);
      for (int i = 0; classes[i] != NULL; i++)
        g_string_append_printf (text, ".%s", classes[i]);
      if (GTK_IS_LABEL (widget))
        g_string_append_printf (text, " “%s”", gtk_label_get_text (GTK_LABEL (widget)));
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void G_GNUC_PRINTF (3, 4) complain (Check *check, GtkWidget *widget, const char *format, ...)
{
  g_autofree char *what = NULL;
  g_autofree char *who = describe (widget);
  va_list args;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  g_ptr_array_add (check->complaints, g_strdup_printf ("%s: %s", what, who));
}

static void
check_minimum (Check *check, GtkWidget *widget)
{
  int width = gtk_widget_get_allocated_width (widget) + gtk_widget_get_margin_start (widget)
              + gtk_widget_get_margin_end (widget);
  int height = gtk_widget_get_allocated_height (widget) + gtk_widget_get_margin_top (widget)
               + gtk_widget_get_margin_bottom (widget);
  int least_width, least_height;

  gtk_widget_measure (widget, GTK_ORIENTATION_HORIZONTAL, -1, &least_width, NULL, NULL, NULL);
  if (width < least_width)
    {
      complain (check, widget, "%d px wide, needs %d", width, least_width);
      return;
    }
  gtk_widget_measure (widget, GTK_ORIENTATION_VERTICAL, width, &least_height, NULL, NULL, NULL);
  if (height < least_height)
    complain (check, widget, "%d px high, needs %d at %d px width", height, least_height, width);
}

static void
check_place (Check *check, GtkWidget *widget, const graphene_rect_t *at, const Room *room)
{
  float right = at->origin.x + at->size.width;
  float bottom = at->origin.y + at->size.height;

  if (at->origin.x < room->left - SLACK_PX || right > room->right + SLACK_PX)
    complain (check, widget, "from x = %.1f to %.1f, outside %.1f to %.1f", (double) at->origin.x,
              (double) right, (double) room->left, (double) room->right);
  if (at->origin.y < room->top - SLACK_PX || bottom > room->bottom + SLACK_PX)
    complain (check, widget, "from y = %.1f to %.1f, outside %.1f to %.1f", (double) at->origin.y,
              (double) bottom, (double) room->top, (double) room->bottom);
}

/* Shortened text must be had somewhere: by pointing at it or at what it is the name of. */
static gboolean
has_tooltip (GtkWidget *widget)
{
  for (int depth = 0; widget != NULL && depth < 3; widget = gtk_widget_get_parent (widget), depth++)
    if (gtk_widget_get_has_tooltip (widget))
      return TRUE;
  return FALSE;
}

static void
check_text (Check *check, GtkWidget *widget)
{
  /* What only screen readers are told may be cut. */
  if (gtk_widget_has_css_class (widget, "ql-live"))
    return;
  if (GTK_IS_LABEL (widget) && pango_layout_is_ellipsized (gtk_label_get_layout (GTK_LABEL (widget)))
      && !has_tooltip (widget))
    complain (check, widget, "shortened, and no tooltip has the whole");
}

/* Children of a box or a grid lie side by side. */
static void
check_overlap (Check *check, GtkWidget *parent)
{
  if (!GTK_IS_BOX (parent) && !GTK_IS_GRID (parent))
    return;
  for (GtkWidget *a = gtk_widget_get_first_child (parent); a != NULL; a = gtk_widget_get_next_sibling (a))
    for (GtkWidget *b = gtk_widget_get_next_sibling (a); b != NULL; b = gtk_widget_get_next_sibling (b))
      {
        graphene_rect_t at_a, at_b, both;

        if (!gtk_widget_get_mapped (a) || !gtk_widget_get_mapped (b) || GTK_IS_NATIVE (a) || GTK_IS_NATIVE (b)
            || !gtk_widget_compute_bounds (a, parent, &at_a) || !gtk_widget_compute_bounds (b, parent, &at_b)
            || !graphene_rect_intersection (&at_a, &at_b, &both))
          continue;
        if (both.size.width > SLACK_PX && both.size.height > SLACK_PX)
          complain (check, a, "%.1f × %.1f px cover the next %s", (double) both.size.width,
                    (double) both.size.height, G_OBJECT_TYPE_NAME (b));
      }
}

static void
open_up (GtkAdjustment *adjustment, float *from, float *to)
{
  if (adjustment != NULL
      && gtk_adjustment_get_upper (adjustment) - gtk_adjustment_get_lower (adjustment)
             > gtk_adjustment_get_page_size (adjustment))
    {
      *from = -G_MAXFLOAT;
      *to = G_MAXFLOAT;
    }
}

static void
walk (Check *check, GtkWidget *widget, Room room)
{
  graphene_rect_t at;

  if (!gtk_widget_get_mapped (widget) || !gtk_widget_compute_bounds (widget, check->native, &at))
    return;
  if (!GTK_IS_SCROLLABLE (widget))
    check_minimum (check, widget);
  check_place (check, widget, &at, &room);
  check_text (check, widget);
  check_overlap (check, widget);
  if (GTK_IS_SCROLLABLE (widget))
    {
      room = (Room){ at.origin.x, at.origin.y, at.origin.x + at.size.width, at.origin.y + at.size.height };
      open_up (gtk_scrollable_get_hadjustment (GTK_SCROLLABLE (widget)), &room.left, &room.right);
      open_up (gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (widget)), &room.top, &room.bottom);
    }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (!GTK_IS_NATIVE (child))
      walk (check, child, room);
}

static void
walk_native (GtkWidget *native, GPtrArray *complaints)
{
  Check check = { native, complaints };
  graphene_rect_t own;

  if (gtk_widget_compute_bounds (native, native, &own))
    walk (
        &check, native,
        (Room){ own.origin.x, own.origin.y, own.origin.x + own.size.width, own.origin.y + own.size.height });
}

/* Without a window manager a window lies in the corner of the screen. What counts of a popover is
 * its content: the arrow and the shadow around it may be beyond the edge. */
static void
check_on_screen (GtkWidget *popover, GPtrArray *complaints)
{
  Check check = { popover, complaints };
  GdkSurface *surface = gtk_native_get_surface (GTK_NATIVE (popover));
  GdkMonitor *monitor = gdk_display_get_monitor_at_surface (gtk_widget_get_display (popover),
                                                            gdk_popup_get_parent (GDK_POPUP (surface)));
  graphene_rect_t at;
  GdkRectangle screen;
  double dx, dy;

  gdk_monitor_get_geometry (monitor, &screen);
  gtk_native_get_surface_transform (GTK_NATIVE (popover), &dx, &dy);
  if (!gtk_widget_compute_bounds (gtk_widget_get_first_child (popover), popover, &at))
    return;
  graphene_rect_offset (&at, (float) (gdk_popup_get_position_x (GDK_POPUP (surface)) + dx),
                        (float) (gdk_popup_get_position_y (GDK_POPUP (surface)) + dy));
  check_place (&check, popover, &at, &(Room){ 0, 0, (float) screen.width, (float) screen.height });
}

static void
check_window_on_screen (GtkWidget *window, GPtrArray *complaints)
{
  Check check = { window, complaints };
  GdkMonitor *monitor = gdk_display_get_monitor_at_surface (gtk_widget_get_display (window),
                                                            gtk_native_get_surface (GTK_NATIVE (window)));
  graphene_rect_t at;
  GdkRectangle screen;

  gdk_monitor_get_geometry (monitor, &screen);
  if (gtk_widget_compute_bounds (window, window, &at))
    check_place (&check, window, &at, &(Room){ 0, 0, (float) screen.width, (float) screen.height });
}

static void
walk_popovers (GtkWidget *widget, GPtrArray *complaints)
{
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      if (GTK_IS_POPOVER (child) && gtk_widget_get_mapped (child))
        {
          walk_native (child, complaints);
          check_on_screen (child, complaints);
        }
      walk_popovers (child, complaints);
    }
}

void
layout_check (GtkWindow *window, GPtrArray *complaints)
{
  check_window_on_screen (GTK_WIDGET (window), complaints);
  walk_native (GTK_WIDGET (window), complaints);
  walk_popovers (GTK_WIDGET (window), complaints);
}
