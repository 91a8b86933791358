/*
 * In no state is anything cut off, covered or squeezed: on a screen as large as the window, in both
 * directions, and in a language that is longer than any. Meson runs it once per size.
 */
#include <glib/gi18n.h>

#include "tests/ui/layout-check.h"
#include "tests/ui/shot.h"
#include "tests/ui/ui-states.h"

typedef struct
{
  const UiState *state;
  GtkTextDirection direction;
} Case;

static int width, height;

static void
test_state (gconstpointer data)
{
  const Case *one = data;
  g_autoptr (GPtrArray) complaints = g_ptr_array_new_with_free_func (g_free);
  QlWindow *main_window;
  GtkWindow *window;

  gtk_widget_set_default_direction (one->direction);
  window = ui_state_enter (one->state, width, height, &main_window);
  shot_settle (window);
  layout_check (window, complaints);
  ui_state_leave (one->state, main_window);
  for (guint i = 0; i < complaints->len; i++)
    g_test_message ("%s", (char *) complaints->pdata[i]);
  if (complaints->len > 0)
    g_test_fail ();
}

/* The check finds what it is there to find. */
static void
test_check (void)
{
  GtkWidget *window = gtk_window_new ();
  GtkWidget *fixed = gtk_fixed_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  GtkWidget *label = gtk_label_new ("a text that is too long by far");
  g_autoptr (GPtrArray) complaints = g_ptr_array_new_with_free_func (g_free);

  gtk_window_set_default_size (GTK_WINDOW (window), 300, 200);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 5);
  gtk_box_append (GTK_BOX (box), label);
  gtk_fixed_put (GTK_FIXED (fixed), box, -10, 20);
  gtk_widget_set_overflow (fixed, GTK_OVERFLOW_HIDDEN);
  gtk_window_set_child (GTK_WINDOW (window), fixed);
  gtk_window_present (GTK_WINDOW (window));
  shot_settle (GTK_WINDOW (window));
  layout_check (GTK_WINDOW (window), complaints);
  /* The box and its label begin left of the window, and the label is shortened. */
  g_assert_cmpuint (complaints->len, ==, 3);
  g_assert_true (g_str_has_prefix (complaints->pdata[0], "from x = -10.0"));
  g_assert_true (g_str_has_prefix (complaints->pdata[2], "shortened"));
  gtk_window_destroy (GTK_WINDOW (window));
}

static void
add (const UiState *state, GtkTextDirection direction)
{
  Case *one = g_new (Case, 1);
  g_autofree char *path
      = g_strdup_printf ("/layout/%s/%s", direction == GTK_TEXT_DIR_RTL ? "rtl" : "ltr", state->name);

  *one = (Case){ state, direction };
  g_test_add_data_func_full (path, one, test_state, g_free);
}

int
main (int argc, char **argv)
{
  g_autoptr (GdkMonitor) monitor = NULL;
  GdkRectangle screen;

  harness_init (&argc, &argv);
  ui_states_init ();
  monitor = g_list_model_get_item (gdk_display_get_monitors (gdk_display_get_default ()), 0);
  gdk_monitor_get_geometry (monitor, &screen);
  width = screen.width;
  height = screen.height;
  /* Else this would be a test of English. */
  g_assert_cmpstr (_ ("Stop"), !=, "Stop");
  WAIT (ql_engine_service_get_state (ql_application_get_engine (app)) == QL_ENGINE_READY);
  g_test_add_func ("/layout/check", test_check);
  for (guint i = 0; ui_states_get (i) != NULL; i++)
    add (ui_states_get (i), GTK_TEXT_DIR_LTR);
  for (guint i = 0; ui_states_get (i) != NULL; i++)
    if (!ui_states_get (i)->first_run) /* only the first time */
      add (ui_states_get (i), GTK_TEXT_DIR_RTL);
  return harness_run ();
}
