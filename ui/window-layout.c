#include "ui/window-private.h"

#include <string.h>

/* Wide and narrow: where the sidebar lies, and the conversation. */

/* Below this the sidebar lies above the rest. */
#define SIDEBAR_PX 900
/* Below this the conversation goes under the picture. */
#define NARROW_PX 720
/* Below this a menu has no room for its keys. */
#define TINY_PX 480
#define CHAT_WIDTH_PX 372
#define HELP_HEIGHT_PX 620
#define MIN_PANE_PX 300
#define MIN_PANE_NARROW_PX 160

void
ql_window_update_layout (QlWindow *self)
{
  /* Where there is no room for both, the way to a first picture comes before the chat. */
  gboolean visible = !self->narrow || self->conversation != NULL;

  if (visible && !gtk_widget_get_visible (self->side))
    self->divide_wanted = TRUE;
  gtk_widget_set_visible (self->side, visible);
}

/* Both children may shrink, so that the window can become narrow enough for the other
 * layout; this is what keeps them usable within a layout. */
static void
position_cb (QlWindow *self)
{
  GtkWidget *paned = GTK_WIDGET (self->paned);
  int size = self->narrow ? gtk_widget_get_height (paned) : gtk_widget_get_width (paned);
  int least = self->narrow ? MIN_PANE_NARROW_PX : MIN_PANE_PX;
  int position = gtk_paned_get_position (self->paned);

  if (size >= 2 * least && position != CLAMP (position, least, size - least))
    gtk_paned_set_position (self->paned, CLAMP (position, least, size - least));
}

static gboolean
divide_idle_cb (gpointer data)
{
  QlWindow *self = data;
  int width = gtk_widget_get_width (GTK_WIDGET (self->paned));
  int height = gtk_widget_get_height (GTK_WIDGET (self->paned));

  self->divide_idle = 0;
  gtk_paned_set_position (self->paned, self->narrow ? height * 45 / 100 : width - CHAT_WIDTH_PX);
  return G_SOURCE_REMOVE;
}

/* The paned has been allocated. Only now: it takes a position set before for a share of its
 * old size. */
static void
max_position_cb (QlWindow *self)
{
  if (self->divide_wanted && self->divide_idle == 0)
    self->divide_idle = g_idle_add_full (GDK_PRIORITY_REDRAW + 10, divide_idle_cb, self, NULL);
  self->divide_wanted = FALSE;
}

/* Export and Open's name are in the main menu, too. */
static void
set_header_narrow (QlWindow *self, gboolean narrow)
{
  gtk_widget_set_visible (self->export_button, !narrow);
  gtk_widget_set_visible (self->open_icon, narrow);
  gtk_widget_set_visible (self->open_label, !narrow);
  ql_model_button_set_compact (self->model_button, narrow);
  ql_overlay_bar_set_compact (self->overlay_bar, narrow);
}

/* In the desktop's layout of window buttons only what closes it, on its side. */
static char *
close_button_alone (void)
{
  g_autofree char *all = NULL;
  const char *middle, *close;

  g_object_get (gtk_settings_get_default (), "gtk-decoration-layout", &all, NULL);
  close = all != NULL ? strstr (all, "close") : NULL;
  if (close == NULL)
    return g_strdup (":");
  middle = strchr (all, ':');
  return g_strdup (middle != NULL && close > middle ? ":close" : "close:");
}

/* The title needs the room more than buttons that the title bar's menu has, too. */
static void
set_header_tiny (QlWindow *self, gboolean tiny)
{
  g_autofree char *layout = tiny ? close_button_alone () : NULL;

  if (tiny == self->tiny)
    return; /* it would be laid out anew, without end */
  self->tiny = tiny;
  gtk_header_bar_set_decoration_layout (self->header, layout);
  gtk_menu_button_set_always_show_arrow (GTK_MENU_BUTTON (self->open_button), !tiny);
}

/* Before the window has the width: else what the header asks for would keep it from getting there. */
static void
default_width_cb (QlWindow *self)
{
  int width, height;

  gtk_window_get_default_size (GTK_WINDOW (self), &width, &height);
  if (width > 0 && width < NARROW_PX)
    set_header_narrow (self, TRUE);
}

static gboolean
layout_idle_cb (gpointer data)
{
  QlWindow *self = data;
  int width = gtk_widget_get_width (GTK_WIDGET (self));
  gboolean narrow = width < NARROW_PX;
  gboolean overlaid = width < SIDEBAR_PX;
  GtkOrientation orientation = narrow ? GTK_ORIENTATION_VERTICAL : GTK_ORIENTATION_HORIZONTAL;

  self->layout_idle = 0;
  if (width < TINY_PX)
    gtk_widget_add_css_class (GTK_WIDGET (self), "ql-tiny");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "ql-tiny");
  if (width > 0)
    {
      set_header_tiny (self, width < TINY_PX);
      ql_shell_set_overlaid (self->shell, overlaid);
      set_header_narrow (self, narrow);
      ql_window_lay_out_lesson (self, !overlaid);
    }
  if (width <= 0 || (self->laid_out && narrow == self->narrow))
    return G_SOURCE_REMOVE;
  self->laid_out = TRUE;
  self->narrow = narrow;
  /* A paned that lies as it should has its size already, and will not tell it again. */
  if (gtk_orientable_get_orientation (GTK_ORIENTABLE (self->paned)) == orientation && self->divide_idle == 0)
    self->divide_idle = g_idle_add_full (GDK_PRIORITY_REDRAW + 10, divide_idle_cb, self, NULL);
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self->paned), orientation);
  gtk_paned_set_resize_end_child (self->paned, narrow);
  ql_window_update_layout (self);
  self->divide_wanted = TRUE;
  return G_SOURCE_REMOVE;
}

/* Not while sizes are being allocated, which it would change, but once they have been. */
static void
surface_layout_cb (QlWindow *self)
{
  if (self->layout_idle == 0)
    self->layout_idle = g_idle_add_full (GDK_PRIORITY_REDRAW + 10, layout_idle_cb, self, NULL);
}

static void
sidebar_cb (QlWindow *self)
{
  /* Above the picture it comes and goes; beside it, it is as the person likes it. */
  if (self->settings != NULL && !ql_shell_get_overlaid (self->shell))
    g_settings_set_boolean (self->settings, "sidebar", ql_shell_get_sidebar_shown (self->shell));
  ql_window_update_actions (self);
}

/* As GTK makes it, it has one size, which may be larger than the screen. */
static void
make_help_scroll (QlWindow *self)
{
  GtkWindow *help = GTK_WINDOW (gtk_application_window_get_help_overlay (GTK_APPLICATION_WINDOW (self)));
  GtkWidget *scroller = gtk_scrolled_window_new ();
  g_autoptr (GtkWidget) content = g_object_ref (gtk_window_get_child (help));

  gtk_window_set_child (help, NULL);
  gtk_scrolled_window_set_propagate_natural_width (GTK_SCROLLED_WINDOW (scroller), TRUE);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scroller), TRUE);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scroller), HELP_HEIGHT_PX);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), content);
  gtk_window_set_child (help, scroller);
  gtk_window_set_resizable (help, TRUE);
}

void
ql_window_add_layout (QlWindow *self)
{
  make_help_scroll (self);
  if (self->settings != NULL)
    ql_shell_set_sidebar_shown (self->shell, g_settings_get_boolean (self->settings, "sidebar"));
  g_signal_connect_object (self->shell, "notify::sidebar-shown", G_CALLBACK (sidebar_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect (self, "notify::default-width", G_CALLBACK (default_width_cb), NULL);
  g_signal_connect_object (self->paned, "notify::position", G_CALLBACK (position_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->paned, "notify::max-position", G_CALLBACK (max_position_cb), self,
                           G_CONNECT_SWAPPED);
}

void
ql_window_watch_surface (QlWindow *self)
{
  g_signal_connect_object (gtk_native_get_surface (GTK_NATIVE (self)), "layout",
                           G_CALLBACK (surface_layout_cb), self, G_CONNECT_SWAPPED | G_CONNECT_AFTER);
}
