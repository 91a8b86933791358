#include "tests/ui/shot.h"

#include <string.h>

#include "tests/ui/harness.h"

/* Where the widget of a native lies in its surface. */
static graphene_point_t
in_surface (GtkWidget *native)
{
  double x, y;

  gtk_native_get_surface_transform (GTK_NATIVE (native), &x, &y);
  return GRAPHENE_POINT_INIT ((float) x, (float) y);
}

static void
draw (GtkWidget *native, float x, float y, GtkSnapshot *snapshot)
{
  g_autoptr (GdkPaintable) paintable = gtk_widget_paintable_new (native);

  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (x, y));
  gdk_paintable_snapshot (paintable, GDK_SNAPSHOT (snapshot), gtk_widget_get_width (native),
                          gtk_widget_get_height (native));
  gtk_snapshot_restore (snapshot);
}

/* A popover has a surface of its own, beside the window's. @x, @y: of the surface around it. */
static void
draw_popovers (GtkWidget *widget, float x, float y, GtkSnapshot *snapshot)
{
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      float child_x = x, child_y = y;

      if (GTK_IS_POPOVER (child) && gtk_widget_get_mapped (child))
        {
          GdkPopup *popup = GDK_POPUP (gtk_native_get_surface (GTK_NATIVE (child)));
          graphene_point_t inner = in_surface (child);

          child_x += (float) gdk_popup_get_position_x (popup);
          child_y += (float) gdk_popup_get_position_y (popup);
          draw (child, child_x + inner.x, child_y + inner.y, snapshot);
        }
      draw_popovers (child, child_x, child_y, snapshot);
    }
}

/* NULL while there is a change that has not been drawn. */
static GdkTexture *
render (GtkWindow *window)
{
  GtkWidget *widget = GTK_WIDGET (window);
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  graphene_point_t inner = in_surface (widget);
  g_autoptr (GskRenderNode) node = NULL;

  draw (widget, 0, 0, snapshot);
  draw_popovers (widget, -inner.x, -inner.y, snapshot);
  node = gtk_snapshot_free_to_node (snapshot);
  if (node == NULL)
    return NULL;
  return gsk_renderer_render_texture (gtk_native_get_renderer (GTK_NATIVE (window)), node,
                                      &GRAPHENE_RECT_INIT (0, 0, (float) gtk_widget_get_width (widget),
                                                           (float) gtk_widget_get_height (widget)));
}

static GBytes *
pixels (GdkTexture *texture)
{
  gsize stride = (gsize) gdk_texture_get_width (texture) * 4;
  gsize n = stride * (gsize) gdk_texture_get_height (texture);
  guchar *data = g_malloc (n);

  gdk_texture_download (texture, data, stride);
  return g_bytes_new_take (data, n);
}

/* Twice the same: layout that takes several frames, as that of wide and narrow windows, is done. */
static GdkTexture *
settled (GtkWindow *window)
{
  g_autoptr (GBytes) before = NULL;

  for (int round = 0; round < 200; round++)
    {
      g_autoptr (GdkTexture) texture = NULL;
      g_autoptr (GBytes) now = NULL;

      gtk_widget_queue_draw (GTK_WIDGET (window));
      gtk_test_widget_wait_for_draw (GTK_WIDGET (window));
      while (g_main_context_iteration (NULL, FALSE))
        ;
      texture = render (window);
      if (texture == NULL)
        continue;
      now = pixels (texture);
      if (before != NULL && g_bytes_equal (before, now))
        return g_steal_pointer (&texture);
      g_clear_pointer (&before, g_bytes_unref);
      before = g_steal_pointer (&now);
    }
  g_error ("%s never comes to rest", gtk_window_get_title (window));
}

void
shot_settle (GtkWindow *window)
{
  g_autoptr (GdkTexture) texture = settled (window);
}

void
shot_save (GtkWindow *window, const char *path)
{
  g_autoptr (GdkTexture) texture = settled (window);

  if (!gdk_texture_save_to_png (texture, path))
    g_error ("%s could not be written", path);
}
