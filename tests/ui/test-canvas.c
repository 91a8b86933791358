/* Zoom, pan, and what is copied. */

#include "tests/ui/harness.h"
#include "ui/letterbox.h"

static graphene_rect_t
rect_of (QlWindow *window)
{
  graphene_rect_t rect;

  g_assert_true (ql_canvas_get_picture_rect (window->canvas, &rect));
  return rect;
}

static void
test_letterbox (void)
{
  graphene_rect_t r;

  ql_letterbox_contain (100, 50, 400, 400, 0, &r);
  g_assert_true (graphene_rect_equal (&r, &GRAPHENE_RECT_INIT (0, 100, 400, 200)));
  /* Smaller than the area: in the middle, whatever the centre. */
  ql_letterbox_zoom (100, 50, 400, 400, 1, &GRAPHENE_POINT_INIT (0, 1), &r);
  g_assert_true (graphene_rect_equal (&r, &GRAPHENE_RECT_INIT (150, 175, 100, 50)));
  /* Larger: no empty side. */
  ql_letterbox_zoom (100, 50, 400, 400, 8, &GRAPHENE_POINT_INIT (0, 0.5f), &r);
  g_assert_true (graphene_rect_equal (&r, &GRAPHENE_RECT_INIT (0, 0, 800, 400)));
  ql_letterbox_zoom (100, 50, 400, 400, 8, &GRAPHENE_POINT_INIT (1, 0.5f), &r);
  g_assert_true (graphene_rect_equal (&r, &GRAPHENE_RECT_INIT (-400, 0, 800, 400)));
  ql_letterbox_zoom (100, 50, 400, 400, 8, &GRAPHENE_POINT_INIT (0.5f, 0.5f), &r);
  g_assert_true (graphene_rect_equal (&r, &GRAPHENE_RECT_INIT (-200, 0, 800, 400)));
}

static void
test_zoom (void)
{
  QlWindow *window = new_window ();
  graphene_rect_t fit, near;
  int width;

  g_assert_false (enabled (window, "zoom-in"));
  open_sample (window, "01-donut.png");
  WAIT (gtk_widget_get_width (GTK_WIDGET (window->canvas)) > 0);
  width = ql_picture_get_width (ql_canvas_get_picture (window->canvas));
  fit = rect_of (window);
  g_assert_cmpfloat (ql_canvas_get_zoom (window->canvas), ==, 0);
  act (window, "zoom-in");
  near = rect_of (window);
  g_assert_cmpfloat_with_epsilon (near.size.width, fit.size.width * 1.25f, 0.5f);
  act (window, "zoom-out");
  near = rect_of (window);
  g_assert_cmpfloat_with_epsilon (near.size.width, fit.size.width, 0.5f);
  act (window, "zoom-actual");
  near = rect_of (window);
  g_assert_cmpfloat_with_epsilon (near.size.width, (float) width, 0.5f);
  g_assert_cmpfloat_with_epsilon (ql_canvas_get_zoom (window->canvas), 1, 1e-6);
  act (window, "zoom-fit");
  near = rect_of (window);
  g_assert_true (graphene_rect_equal (&near, &fit));
  /* There is an end to it either way. */
  for (int i = 0; i < 60; i++)
    act (window, "zoom-in");
  g_assert_cmpfloat (ql_canvas_get_zoom (window->canvas), <, 200);
  for (int i = 0; i < 90; i++)
    act (window, "zoom-out");
  g_assert_cmpfloat (rect_of (window).size.width, >=, 10);
  /* Another picture is seen whole. */
  drop_files (window, "02-tent.png", NULL);
  WAIT (g_str_equal (gtk_window_get_title (GTK_WINDOW (window)), "02-tent.png"));
  g_assert_cmpfloat (ql_canvas_get_zoom (window->canvas), ==, 0);
  close_window (window);
}

static GtkEventController *
controller_of (GtkWidget *widget, GType type)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (widget);

  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);

      if (G_TYPE_CHECK_INSTANCE_TYPE (controller, type)
          && (!GTK_IS_GESTURE_CLICK (controller)
              || gtk_gesture_single_get_button (GTK_GESTURE_SINGLE (controller)) == GDK_BUTTON_PRIMARY))
        return controller; /* the widget keeps it */
    }
  g_error ("no %s", g_type_name (type));
}

static void
test_pan (void)
{
  QlWindow *window = new_window ();
  GtkEventController *drag = controller_of (GTK_WIDGET (window->canvas), GTK_TYPE_GESTURE_DRAG);
  graphene_rect_t before, after;
  gboolean handled = FALSE;

  open_sample (window, "01-donut.png");
  WAIT (gtk_widget_get_width (GTK_WIDGET (window->canvas)) > 0);
  /* Seen whole there is nothing to move. */
  before = rect_of (window);
  g_signal_emit_by_name (controller_of (GTK_WIDGET (window->canvas), GTK_TYPE_EVENT_CONTROLLER_SCROLL),
                         "scroll", 0.0, 1.0, &handled);
  g_assert_false (handled);
  for (int i = 0; i < 8; i++)
    act (window, "zoom-in");
  before = rect_of (window);
  g_signal_emit_by_name (controller_of (GTK_WIDGET (window->canvas), GTK_TYPE_EVENT_CONTROLLER_SCROLL),
                         "scroll", 0.0, 1.0, &handled);
  g_assert_true (handled);
  after = rect_of (window);
  g_assert_cmpfloat (after.origin.y, <, before.origin.y);
  g_assert_cmpfloat_with_epsilon (after.origin.x, before.origin.x, 0.01f);
  before = after;
  g_signal_emit_by_name (drag, "drag-begin", 50.0, 50.0);
  g_signal_emit_by_name (drag, "drag-update", 30.0, 20.0);
  after = rect_of (window);
  g_assert_cmpfloat_with_epsilon (after.origin.x, before.origin.x + 30, 0.5f);
  g_assert_cmpfloat_with_epsilon (after.origin.y, before.origin.y + 20, 0.5f);
  /* However far one drags, the picture stays. */
  g_signal_emit_by_name (drag, "drag-update", 1e6, 1e6);
  after = rect_of (window);
  g_assert_cmpfloat_with_epsilon (after.origin.x, 0, 0.5f);
  close_window (window);
}

static void
test_double_click (void)
{
  QlWindow *window = new_window ();
  GtkEventController *click;
  graphene_rect_t before, after;
  double px;

  open_sample (window, "01-donut.png");
  WAIT (gtk_widget_get_width (GTK_WIDGET (window->canvas)) > 0);
  gtk_window_set_default_size (GTK_WINDOW (window), 420, 700);
  WAIT (gtk_widget_get_width (GTK_WIDGET (window->canvas)) <= 420);
  click = controller_of (GTK_WIDGET (window->canvas), GTK_TYPE_GESTURE_CLICK);
  before = rect_of (window);
  g_signal_emit_by_name (click, "pressed", 2, 100.0, 100.0);
  after = rect_of (window);
  g_assert_cmpfloat_with_epsilon (ql_canvas_get_zoom (window->canvas), 1, 1e-6);
  /* What is under the pointer stays there, unless the picture would leave a side empty. */
  px = (100 - before.origin.x) / before.size.width;
  if (after.size.width > gtk_widget_get_width (GTK_WIDGET (window->canvas)) && after.origin.x < -1)
    g_assert_cmpfloat_with_epsilon ((100 - after.origin.x) / after.size.width, px, 0.01);
  g_signal_emit_by_name (click, "pressed", 2, 100.0, 100.0);
  g_assert_cmpfloat (ql_canvas_get_zoom (window->canvas), ==, 0);
  gtk_window_set_default_size (GTK_WINDOW (window), 1280, 800);
  WAIT (gtk_widget_get_width (GTK_WIDGET (window)) > 1000);
  close_window (window);
}

static void
texture_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  *(GdkTexture **) data = gdk_clipboard_read_texture_finish (GDK_CLIPBOARD (source), result, &error);
  g_assert_no_error (error);
}

static void
test_copy (void)
{
  QlWindow *window = new_window ();
  QlPicture *picture;
  GdkTexture *texture = NULL;

  open_sample (window, "03-tree.jpg");
  picture = ql_canvas_get_picture (window->canvas);
  act (window, "copy-image");
  gdk_clipboard_read_texture_async (gtk_widget_get_clipboard (GTK_WIDGET (window)), NULL, texture_cb,
                                    &texture);
  WAIT (texture != NULL);
  g_assert_cmpint (gdk_texture_get_width (texture), ==, ql_picture_get_width (picture));
  g_assert_cmpint (gdk_texture_get_height (texture), ==, ql_picture_get_height (picture));
  g_object_unref (texture);
  close_window (window);
}

int
main (int argc, char **argv)
{
  harness_init (&argc, &argv);
  g_test_add_func ("/canvas/letterbox", test_letterbox);
  g_test_add_func ("/canvas/zoom", test_zoom);
  g_test_add_func ("/canvas/pan", test_pan);
  g_test_add_func ("/canvas/double-click", test_double_click);
  g_test_add_func ("/canvas/copy", test_copy);
  return harness_run ();
}
