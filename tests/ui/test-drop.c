/* Real drags by a real pointer, of what browsers and file managers offer. */

#include "tests/ui/harness.h"

#include <string.h>

static GdkContentProvider *offered;
static int n_prepared;

static GdkContentProvider *
prepare_cb (GtkDragSource *source, double x, double y, gpointer data)
{
  n_prepared++;
  return g_object_ref (offered);
}

/* Within one window: without a window manager, X has no other to find. */
static void
set_up (QlWindow *window)
{
  GtkDragSource *source = gtk_drag_source_new ();

  g_signal_connect (source, "prepare", G_CALLBACK (prepare_cb), NULL);
  gtk_widget_add_controller (GTK_WIDGET (window->chat_page), GTK_EVENT_CONTROLLER (source));
}

static void
done_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_subprocess_wait_finish (G_SUBPROCESS (source), result, NULL);
  *(gboolean *) data = TRUE;
}

static void
xdotool (const char *command, int x, int y)
{
  g_autofree char *a = g_strdup_printf ("%d", x);
  g_autofree char *b = y >= 0 ? g_strdup_printf ("%d", y) : NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process
      = g_subprocess_new (G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error, "xdotool", command, a, b, NULL);
  gboolean done = FALSE;

  g_assert_no_error (error);
  g_subprocess_wait_async (process, NULL, done_cb, &done);
  WAIT (done);
}

static gboolean
late_cb (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

static void
drain (void)
{
  gboolean late = FALSE;

  g_timeout_add (50, late_cb, &late);
  WAIT (late);
}

/* From the upper end of the conversation to the picture. */
static void
try_drag (QlWindow *window)
{
  n_prepared = 0;
  xdotool ("mousemove", 1100, 200);
  drain ();
  xdotool ("mousedown", 1, -1);
  for (int i = 0; i < 10 && n_prepared == 0; i++)
    {
      xdotool ("mousemove", 1060 + 10 * (i % 2), 230);
      drain ();
    }
  for (int i = 0; i < 20 && n_prepared > 0 && !gtk_revealer_get_reveal_child (window->drop_revealer); i++)
    {
      xdotool ("mousemove", 400 + 10 * (i % 2), 400);
      drain ();
    }
  /* The source must have heard that the target would take it: a few motions later it has. */
  for (int i = 0; i < 4; i++)
    {
      xdotool ("mousemove", 420 + i, 420);
      drain ();
    }
  xdotool ("mouseup", 1, -1);
  drain ();
}

/* Drags until @cond; a drag on a machine too busy to follow is made again. */
#define DRAG_UNTIL(content, cond)                                                                            \
  G_STMT_START                                                                                               \
  {                                                                                                          \
    int tries_ = 0;                                                                                          \
    g_set_object (&offered, content);                                                                        \
    do                                                                                                       \
      {                                                                                                      \
        g_assert_cmpint (tries_++, <, 10);                                                                   \
        try_drag (window);                                                                                   \
        for (int wait_ = 0; wait_ < 40 && !(cond); wait_++)                                                  \
          drain ();                                                                                          \
      }                                                                                                      \
    while (!(cond));                                                                                         \
  }                                                                                                          \
  G_STMT_END

static GdkContentProvider *
files_provider (const char *uri)
{
  GFile *file = g_file_new_for_uri (uri);
  GdkFileList *list = gdk_file_list_new_from_array (&file, 1);
  GdkContentProvider *provider = gdk_content_provider_new_typed (GDK_TYPE_FILE_LIST, list);

  g_boxed_free (GDK_TYPE_FILE_LIST, list);
  g_object_unref (file);
  return provider;
}

static GdkContentProvider *
bytes_provider (const char *sample)
{
  g_autoptr (GFile) file = sample_file (sample);
  g_autoptr (GBytes) bytes = g_file_load_bytes (file, NULL, NULL, NULL);

  return gdk_content_provider_new_for_bytes ("image/png", bytes);
}

static GdkContentProvider *
folder_provider (void)
{
  g_autofree char *path = g_build_filename (g_getenv ("QLENS_SRC"), "data", "samples", NULL);
  g_autofree char *uri = g_filename_to_uri (path, NULL, NULL);

  return files_provider (uri);
}

static void
test_drag (void)
{
  g_autofree char *program = g_find_program_in_path ("xdotool");
  g_autoptr (GFile) file = sample_file ("02-tent.png");
  g_autofree char *uri = g_file_get_uri (file);
  g_autoptr (GdkContentProvider) own = NULL, address = NULL, both = NULL, folder = NULL;
  QlWindow *window;

  if (program == NULL)
    {
      g_test_skip ("xdotool is not installed");
      return;
    }
  window = new_window ();
  set_up (window);

  /* A file manager's file. */
  own = files_provider (uri);
  DRAG_UNTIL (own, idle (window));
  g_assert_cmpstr (last_text (window), ==, sample_caption ("02-tent.png"));
  g_assert_false (gtk_revealer_get_reveal_child (window->drop_revealer));

  /* A browser's picture: an address, which is left alone, and the bytes, which are taken. */
  address = files_provider ("https://example.org/cat.png");
  both = gdk_content_provider_new_union (
      (GdkContentProvider *[]){ g_object_ref (address), bytes_provider ("01-donut.png") }, 2);
  DRAG_UNTIL (both, g_str_equal (gtk_window_get_title (GTK_WINDOW (window)), "Dropped picture"));
  WAIT (idle (window));
  g_assert_cmpstr (last_text (window), ==, sample_caption ("01-donut.png"));

  /* An address alone is not followed. */
  DRAG_UNTIL (address, ql_message_bar_is_shown (window->message_bar));
  g_assert_nonnull (strstr (ql_message_bar_get_advice (window->message_bar), "network"));
  g_assert_cmpstr (last_text (window), ==, sample_caption ("01-donut.png"));

  /* A folder is for the batch. */
  ql_message_bar_dismiss (window->message_bar); /* which lies where the drag begins */
  folder = folder_provider ();
  DRAG_UNTIL (folder, ql_window_shows_batch (window));
  WAIT (!ql_batch_view_is_adding (window->batch_view));
  g_assert_cmpuint (
      g_list_model_get_n_items (ql_batch_get_items (ql_batch_view_get_batch (window->batch_view))), ==, 16);
  g_clear_object (&offered);
  close_window (window);
}

/* An empty one says so, there. */
static void
test_folder (void)
{
  QlWindow *window = new_window ();
  g_autofree char *dir = g_dir_make_tmp ("qlens-test-XXXXXX", NULL);
  g_autoptr (GFile) folder = g_file_new_for_path (dir);

  ql_window_open_files (window, &folder, 1);
  WAIT (ql_window_shows_batch (window) && ql_batch_view_has_message (window->batch_view));
  g_assert_false (ql_message_bar_is_shown (window->message_bar));
  g_assert_null (window->conversation);
  close_window (window);
  g_file_delete (folder, NULL, NULL);
}

static void
test_recent (void)
{
  QlWindow *window = new_window ();
  GMenuModel *menu = G_MENU_MODEL (window->open_menu);
  g_autoptr (GMenuModel) recent
      = g_menu_model_get_item_link (menu, g_menu_model_get_n_items (menu) - 1, G_MENU_LINK_SUBMENU);
  g_autoptr (GVariant) target = NULL;
  g_autoptr (GFile) file = sample_file ("05-basketball.png");
  g_autofree char *uri = g_file_get_uri (file);

  g_assert_nonnull (recent);
  open_sample (window, "05-basketball.png");
  WAIT (g_menu_model_get_n_items (recent) > 0);
  target = g_menu_model_get_item_attribute_value (recent, 0, G_MENU_ATTRIBUTE_TARGET, G_VARIANT_TYPE_STRING);
  g_assert_cmpstr (g_variant_get_string (target, NULL), ==, uri);
  close_window (window);
}

int
main (int argc, char **argv)
{
  harness_init (&argc, &argv);
  g_test_add_func ("/drop/recent", test_recent);
  g_test_add_func ("/drop/drag", test_drag);
  g_test_add_func ("/drop/folder", test_folder);
  return harness_run ();
}
