/* Many pictures: the window's batch with the real engine on the demo model. */

#include <glib/gstdio.h>
#include <string.h>

#include "app/free-memory.h"
#include "app/png-text.h"
#include "tests/app/caption-files.h"
#include "tests/ui/harness.h"
#include "tests/ui/loop-probe.h"
#include "ui/batch-cell.h"
#include "ui/batch-view-private.h"
#include "ui/batch-words.h"
#include "ui/caption-cell.h"
#include "ui/thumbnail.h"

#define DONUT "a purple donut in the sky"
#define TENT "an orange tent on a red background"

typedef struct
{
  char *dir;
  QlWindow *window;
  QlBatchView *view;
  QlBatch *batch;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->dir = folder_new ();
  self->window = new_window ();
  self->view = self->window->batch_view;
  self->batch = ql_batch_view_get_batch (self->view);
  g_free (folder_copy (self->dir, "1.png", "data/samples/01-donut.png"));
  g_free (folder_copy (self->dir, "2.png", "data/samples/02-tent.png"));
  g_free (folder_copy (self->dir, "3.jpg", "data/samples/03-tree.jpg"));
  g_free (folder_put (self->dir, "4.png", "\x89PNG\r\n\x1a\n broken", -1));
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  static const char *const keys[]
      = { "batch-policy",   "batch-txt",   "batch-xmp",        "batch-png-text", "batch-csv",
          "batch-csv-file", "batch-jsonl", "batch-jsonl-file", "batch-recursive" };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    g_settings_reset (self->window->settings, keys[i]);
  close_window (self->window);
  folder_free (self->dir);
}

/* ---- what a person does, and sees ---------------------------------------------------------------- */

static void
act_with (Fixture *self, const char *name, GVariant *parameter)
{
  g_assert_true (enabled (self->window, name));
  g_action_group_activate_action (G_ACTION_GROUP (self->window), name, parameter);
}

static void
set (Fixture *self, const char *name, GVariant *state)
{
  g_action_group_change_action_state (G_ACTION_GROUP (self->window), name, state);
}

/* As it is dropped, or given on the command line. */
static void
add_folder (Fixture *self)
{
  g_autofree char *uri = g_filename_to_uri (self->dir, NULL, NULL);
  const char *uris[] = { uri, NULL };

  act_with (self, "batch-add-uris", g_variant_new_strv (uris, -1));
  WAIT (!ql_batch_view_is_adding (self->view));
}

static gboolean
idle_batch (Fixture *self)
{
  return ql_batch_get_state (self->batch) == QL_BATCH_IDLE;
}

static void
run (Fixture *self)
{
  act (self->window, "batch-start");
  g_assert_cmpint (ql_batch_get_state (self->batch), ==, QL_BATCH_RUNNING);
  WAIT (idle_batch (self));
}

static QlBatchItem *
item_at (Fixture *self, guint i)
{
  g_autoptr (QlBatchItem) item = g_list_model_get_item (G_LIST_MODEL (self->view->selection), i);

  g_assert_nonnull (item);
  return item; /* the list keeps it */
}

static void
assert_item (Fixture *self, guint i, QlBatchStatus status, const char *caption)
{
  g_assert_cmpint (ql_batch_item_get_status (item_at (self, i)), ==, status);
  g_assert_cmpstr (ql_batch_item_get_caption (item_at (self, i)), ==, caption);
}

static gboolean
file_is (Fixture *self, const char *name, const char *expected)
{
  g_autofree char *path = g_build_filename (self->dir, name, NULL);
  g_autofree char *content = file_read (path, NULL);

  return g_str_equal (content, expected);
}

static void
assert_file (Fixture *self, const char *name, const char *expected)
{
  g_autofree char *path = g_build_filename (self->dir, name, NULL);
  g_autofree char *content = file_read (path, NULL);

  g_assert_cmpstr (content, ==, expected);
}

static guint
n_lines (Fixture *self, const char *name)
{
  g_autofree char *path = g_build_filename (self->dir, name, NULL);
  g_autofree char *content = file_read (path, NULL);
  guint n = 0;

  for (const char *p = content; *p != '\0'; p++)
    n += *p == '\n';
  return n;
}

static void
select_row (Fixture *self, guint i)
{
  gtk_selection_model_select_item (GTK_SELECTION_MODEL (self->view->selection), i, TRUE);
}

/* The cell of a row that has widgets. */
static gpointer
find_cell (Fixture *self, GType type, QlBatchItem *item)
{
  GHashTableIter iter;
  gpointer cell;

  g_hash_table_iter_init (&iter, self->view->cells);
  while (g_hash_table_iter_next (&iter, &cell, NULL))
    if (G_TYPE_CHECK_INSTANCE_TYPE (cell, type)
        && gtk_list_item_get_item (g_object_get_data (cell, "row")) == item)
      return cell;
  return NULL;
}

static QlCaptionCell *
caption_cell (Fixture *self, guint i)
{
  QlCaptionCell *cell = find_cell (self, QL_TYPE_CAPTION_CELL, item_at (self, i));

  g_assert_nonnull (cell);
  return cell;
}

/* Begins as Enter on the row, or a double click, does. */
static GtkText *
edit (Fixture *self, guint i, const char *text)
{
  GtkText *entry;

  g_signal_emit_by_name (self->view->table, "activate", i);
  entry = ql_caption_cell_get_entry (caption_cell (self, i));
  g_assert_nonnull (entry);
  g_assert_true (gtk_widget_has_focus (GTK_WIDGET (entry)));
  g_assert_true (ql_batch_view_get_editing (self->view));
  gtk_editable_set_text (GTK_EDITABLE (entry), text);
  return entry;
}

/* What keys do that a widget gets. */
static gboolean
press (GtkWidget *widget, guint keyval)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (widget);
  gboolean taken = FALSE;

  for (guint i = 0; i < g_list_model_get_n_items (controllers) && !taken; i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);

      if (GTK_IS_EVENT_CONTROLLER_KEY (controller))
        g_signal_emit_by_name (controller, "key-pressed", keyval, 0, 0, &taken);
    }
  return taken;
}

static const char *
label (GtkLabel *widget)
{
  return gtk_label_get_text (widget);
}

/* ---- tests ------------------------------------------------------------------------------------------ */

static void
test_empty (Fixture *self, gconstpointer data)
{
  g_autoptr (GVariant) state = NULL;

  g_assert_false (ql_window_shows_batch (self->window));
  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (self->view)));
  set (self, "batch", g_variant_new_boolean (TRUE));
  g_assert_true (ql_window_shows_batch (self->window));
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (self->view)));
  /* what is not shown is not read either */
  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (self->window->paned)));
  g_assert_cmpstr (gtk_stack_get_visible_child_name (self->view->stack), ==, "empty");
  g_assert_cmpstr (label (self->window->title_label), ==, "Batch");
  g_assert_false (enabled (self->window, "batch-start"));
  g_assert_false (enabled (self->window, "batch-clear"));
  g_assert_true (enabled (self->window, "batch-open-folder"));
  act (self->window, "batch"); /* as its key and its menu item do */
  g_assert_false (ql_window_shows_batch (self->window));
  state = g_action_group_get_action_state (G_ACTION_GROUP (self->window), "batch");
  g_assert_false (g_variant_get_boolean (state));
}

static void
test_run (Fixture *self, gconstpointer data)
{
  QlBatchItem *failed;
  g_autofree char *error = NULL;
  g_autofree char *row_text = NULL;
  GtkWidget *row;

  add_folder (self);
  g_assert_true (ql_window_shows_batch (self->window));
  g_assert_cmpstr (gtk_stack_get_visible_child_name (self->view->stack), ==, "table");
  g_assert_cmpstr (label (self->view->progress_label), ==, "4 pictures");
  g_assert_cmpstr (label (self->view->plan_label), ==, "Pictures with a caption are skipped · .txt");
  assert_item (self, 0, QL_BATCH_WAITING, NULL);
  act (self->window, "batch-start");
  g_assert_true (gtk_widget_get_visible (self->view->pause_button));
  g_assert_true (gtk_widget_get_visible (self->view->stop_button));
  g_assert_false (gtk_widget_get_visible (self->view->start_button));
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (self->view->progress)));
  g_assert_false (enabled (self->window, "batch-clear"));
  WAIT (idle_batch (self));
  assert_item (self, 0, QL_BATCH_DONE, DONUT);
  assert_item (self, 1, QL_BATCH_DONE, TENT);
  assert_item (self, 3, QL_BATCH_FAILED, NULL);
  assert_file (self, "1.txt", DONUT "\n");
  g_assert_cmpstr (label (self->view->progress_label), ==, "3 described, 1 failed");
  g_assert_cmpstr (gtk_button_get_label (GTK_BUTTON (self->view->start_button)), ==, "Try Failed Again");
  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (self->view->progress)));
  gtk_test_accessible_assert_property (self->view->live, GTK_ACCESSIBLE_PROPERTY_LABEL,
                                       "3 described, 1 failed");
  /* why a row failed is there to be read, by whoever */
  failed = item_at (self, 3);
  error = g_strdup (ql_batch_item_get_error (failed));
  g_assert_cmpstr (ql_caption_cell_get_text (caption_cell (self, 3)), ==, error);
  row = gtk_widget_get_parent (gtk_widget_get_parent (GTK_WIDGET (caption_cell (self, 3))));
  row_text = g_strdup_printf ("4.png, Failed: %s", error);
  gtk_test_accessible_assert_property (row, GTK_ACCESSIBLE_PROPERTY_LABEL, row_text);
  act (self->window, "batch-show-failed");
  WAIT (gtk_selection_model_is_selected (GTK_SELECTION_MODEL (self->view->selection), 0));
  g_assert_true (item_at (self, 0) == failed);
  act (self->window, "batch-show-error");
  g_assert_true (ql_batch_view_has_message (self->view));
  g_assert_cmpstr (ql_message_bar_get_advice (self->view->message_bar), ==, error);
  /* Esc takes the message, not the batch */
  act (self->window, "stop");
  g_assert_false (ql_batch_view_has_message (self->view));
  act_with (self, "batch-sort", g_variant_new_string ("added"));
  g_assert_true (item_at (self, 3) == failed);
}

static void
test_outputs (Fixture *self, gconstpointer data)
{
  static const char *const keys[] = { "batch-xmp", "batch-png-text", "batch-csv", "batch-jsonl" };
  g_autofree char *png = g_build_filename (self->dir, "1.png", NULL);
  g_autofree char *xmp = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    act (self->window, keys[i]);
  add_folder (self);
  g_assert_cmpstr (label (self->view->plan_label), ==,
                   "Pictures with a caption are skipped · .txt, .xmp, inside PNG, CSV, JSON");
  run (self);
  assert_file (self, "1.txt", DONUT "\n");
  xmp = g_build_filename (self->dir, "1.png.xmp", NULL);
  g_assert_true (g_file_test (xmp, G_FILE_TEST_IS_REGULAR));
  g_assert_true (ql_png_text_is_there (png, NULL));
  /* the tables are where the pictures are */
  g_assert_cmpuint (n_lines (self, "captions.csv"), ==, 5);
  g_assert_cmpuint (n_lines (self, "captions.jsonl"), ==, 4);
  /* a person's caption goes everywhere */
  g_signal_emit_by_name (edit (self, 0, "mine"), "activate");
  WAIT (!ql_batch_item_get_unsaved (item_at (self, 0))
        && g_strcmp0 (ql_batch_item_get_written (item_at (self, 0)), "mine") == 0);
  assert_file (self, "1.txt", "mine\n");
  g_clear_pointer (&xmp, g_free);
  {
    g_autofree char *path = g_build_filename (self->dir, "1.png.xmp", NULL);
    g_autofree char *csv_path = g_build_filename (self->dir, "captions.csv", NULL);
    g_autofree char *csv = file_read (csv_path, NULL);

    xmp = file_read (path, NULL);
    g_assert_nonnull (strstr (xmp, ">mine<"));
    g_assert_null (strstr (xmp, DONUT));
    g_assert_nonnull (strstr (csv, "1.png,mine,"));
  }
  g_assert_cmpuint (n_lines (self, "captions.csv"), ==, 5);
}

static void
test_policies (Fixture *self, gconstpointer data)
{
  add_folder (self);
  run (self);
  /* again: nothing to do but what failed */
  act (self->window, "batch-start-over");
  WAIT (idle_batch (self));
  assert_item (self, 0, QL_BATCH_SKIPPED, DONUT);
  g_assert_cmpstr (label (self->view->progress_label), ==, "0 described, 3 skipped, 1 failed");
  g_free (folder_put (self->dir, "1.txt", "old\n", -1));
  set (self, "batch-policy", g_variant_new_string ("append"));
  g_assert_cmpstr (label (self->view->plan_label), ==, "New captions become further lines · .txt");
  act (self->window, "batch-start-over");
  WAIT (idle_batch (self));
  assert_file (self, "1.txt", "old\n" DONUT "\n");
  set (self, "batch-policy", g_variant_new_string ("overwrite"));
  act (self->window, "batch-start-over");
  WAIT (idle_batch (self));
  assert_file (self, "1.txt", DONUT "\n");
  g_assert_cmpint (g_settings_get_enum (self->window->settings, "batch-policy"), ==, QL_BATCH_OVERWRITE);
  /* captions must go somewhere */
  set (self, "batch-txt", g_variant_new_boolean (FALSE));
  g_assert_false (enabled (self->window, "batch-start"));
  g_assert_nonnull (strstr (label (self->view->plan_label), "nowhere"));
}

static void
add_tents (Fixture *self, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("m%u.png", i);

      g_free (folder_copy (self->dir, name, "data/samples/02-tent.png"));
    }
}

static guint
n_over (Fixture *self)
{
  return ql_batch_get_progress (self->batch).n_over;
}

static void
test_pause_and_stop (Fixture *self, gconstpointer data)
{
  guint n;

  add_tents (self, 60);
  add_folder (self);
  act (self->window, "batch-start");
  WAIT (n_over (self) >= 2);
  gtk_widget_grab_focus (self->view->pause_button);
  act (self->window, "batch-pause");
  g_assert_cmpint (ql_batch_get_state (self->batch), ==, QL_BATCH_PAUSED);
  g_assert_true (g_str_has_prefix (label (self->view->progress_label), "Paused · "));
  /* the focus does not get lost where one button takes another's place */
  g_assert_true (gtk_root_get_focus (GTK_ROOT (self->window)) == self->view->start_button);
  g_assert_cmpstr (gtk_button_get_label (GTK_BUTTON (self->view->start_button)), ==, "Go On");
  act (self->window, "batch-start");
  n = n_over (self);
  WAIT (n_over (self) >= n + 2);
  act (self->window, "batch-stop");
  WAIT (idle_batch (self));
  g_assert_cmpuint (n_over (self), <, 64);
  g_assert_cmpstr (gtk_button_get_label (GTK_BUTTON (self->view->start_button)), ==, "Go On");
  run (self);
  g_assert_cmpuint (n_over (self), ==, 64);
  for (guint i = 0; i < 64; i++)
    if (ql_batch_item_get_status (item_at (self, i)) != QL_BATCH_DONE)
      g_test_message ("%s: status %d, %s, %s", ql_batch_item_get_path (item_at (self, i)),
                      ql_batch_item_get_status (item_at (self, i)),
                      ql_batch_item_get_caption (item_at (self, i)),
                      ql_batch_item_get_error (item_at (self, i)));
  g_assert_cmpuint (ql_batch_get_progress (self->batch).n_done, ==, 63);
}

/* Enter takes what was typed, and so does going elsewhere; Esc does not. */
static void
test_edit (Fixture *self, gconstpointer data)
{
  GtkText *entry;

  add_folder (self);
  run (self);
  entry = edit (self, 0, "not this");
  g_assert_false (enabled (self->window, "stop")); /* whose key it is otherwise */
  g_assert_true (press (GTK_WIDGET (entry), GDK_KEY_Escape));
  g_assert_false (ql_batch_view_get_editing (self->view));
  assert_item (self, 0, QL_BATCH_DONE, DONUT);
  g_assert_cmpstr (ql_caption_cell_get_text (caption_cell (self, 0)), ==, DONUT);

  entry = edit (self, 0, "first");
  g_signal_emit_by_name (entry, "activate");
  g_assert_false (ql_batch_view_get_editing (self->view));
  g_assert_cmpstr (ql_caption_cell_get_text (caption_cell (self, 0)), ==, "first");
  WAIT (g_strcmp0 (ql_batch_item_get_written (item_at (self, 0)), "first") == 0);
  assert_file (self, "1.txt", "first\n");
  /* from the row the arrow keys go on */
  g_assert_true (
      gtk_widget_is_ancestor (gtk_root_get_focus (GTK_ROOT (self->window)), GTK_WIDGET (self->view->table)));

  edit (self, 0, "second");
  gtk_widget_grab_focus (GTK_WIDGET (self->view->options_button));
  WAIT (g_strcmp0 (ql_batch_item_get_written (item_at (self, 0)), "second") == 0);
  assert_file (self, "1.txt", "second\n");

  /* the row's place goes to another while it is typed in */
  edit (self, 0, "third");
  act_with (self, "batch-sort", g_variant_new_string ("seconds"));
  act (self->window, "batch-clear");
  WAIT (file_is (self, "1.txt", "third\n"));
}

static void
test_edit_fails (Fixture *self, gconstpointer data)
{
  g_autofree char *path = NULL;

  act (self->window, "batch-xmp");
  add_folder (self);
  run (self);
  g_free (folder_put (self->dir, "1.png.xmp", "<foreign>", -1));
  g_signal_emit_by_name (edit (self, 0, "mine"), "activate");
  WAIT (ql_batch_view_has_message (self->view));
  g_assert_nonnull (strstr (ql_message_bar_get_what (self->view->message_bar), "1.png"));
  g_assert_nonnull (strstr (ql_message_bar_get_details (self->view->message_bar), "1.png.xmp: "));
  /* what was typed is still there */
  assert_item (self, 0, QL_BATCH_DONE, "mine");
  g_assert_cmpstr (ql_caption_cell_get_text (caption_cell (self, 0)), ==, "Not saved: mine");
  path = g_build_filename (self->dir, "1.png.xmp", NULL);
  g_unlink (path);
  g_signal_emit_by_name (edit (self, 0, "mine"), "activate");
  WAIT (!ql_batch_item_get_unsaved (item_at (self, 0)));
  g_assert_cmpstr (ql_caption_cell_get_text (caption_cell (self, 0)), ==, "mine");
  g_assert_true (g_file_test (path, G_FILE_TEST_IS_REGULAR));
}

static void
test_rows (Fixture *self, gconstpointer data)
{
  g_autofree char *good = NULL;

  add_folder (self);
  g_assert_false (enabled (self->window, "batch-open"));
  run (self);
  /* mended, a failed one is tried again by itself */
  select_row (self, 0);
  g_assert_false (enabled (self->window, "batch-retry"));
  g_assert_true (enabled (self->window, "batch-edit"));
  select_row (self, 3);
  g_assert_true (enabled (self->window, "batch-retry"));
  g_assert_true (enabled (self->window, "batch-show-error"));
  good = folder_copy (self->dir, "4.png", "data/samples/02-tent.png");
  act (self->window, "batch-retry");
  WAIT (idle_batch (self));
  assert_item (self, 3, QL_BATCH_DONE, TENT);
  g_assert_cmpuint (ql_batch_get_progress (self->batch).n_done, ==, 4);
  g_assert_cmpstr (gtk_button_get_label (GTK_BUTTON (self->view->start_button)), ==, "Run Again");
  /* out of the list, not off the disk */
  gtk_selection_model_select_all (GTK_SELECTION_MODEL (self->view->selection));
  gtk_selection_model_unselect_item (GTK_SELECTION_MODEL (self->view->selection), 1);
  act (self->window, "batch-remove");
  g_assert_cmpuint (ql_batch_get_progress (self->batch).n_items, ==, 1);
  assert_item (self, 0, QL_BATCH_DONE, TENT);
  g_assert_true (g_file_test (good, G_FILE_TEST_IS_REGULAR));
  /* to be asked about */
  select_row (self, 0);
  act (self->window, "batch-open");
  WAIT (!ql_window_shows_batch (self->window));
  WAIT (idle (self->window));
  g_assert_cmpstr (last_text (self->window), ==, TENT);
  g_assert_cmpstr (label (self->window->title_label), ==, "2.png");
}

/* A file manager that can be asked to show files. */
static void
show_items_cb (GDBusConnection *bus, const char *sender, const char *path, const char *interface,
               const char *method, GVariant *parameters, GDBusMethodInvocation *invocation, gpointer data)
{
  g_auto (GStrv) uris = NULL;

  g_variant_get_child (parameters, 0, "^as", &uris);
  *(char **) data = g_strdup (uris[0]);
  g_dbus_method_invocation_return_value (invocation, NULL);
}

static void
test_show_in_files (Fixture *self, gconstpointer data)
{
  static const char xml[] = "<node><interface name='org.freedesktop.FileManager1'><method name='ShowItems'>"
                            "<arg type='as'/><arg type='s'/></method></interface></node>";
  static const GDBusInterfaceVTable table = { .method_call = show_items_cb };
  GDBusConnection *bus = g_application_get_dbus_connection (G_APPLICATION (app));
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (xml, NULL);
  g_autofree char *path = g_build_filename (self->dir, "2.png", NULL);
  g_autofree char *uri = g_filename_to_uri (path, NULL, NULL);
  g_autofree char *shown = NULL;
  guint name, object;

  if (bus == NULL)
    {
      g_test_skip ("no session bus");
      return;
    }
  object = g_dbus_connection_register_object (bus, "/org/freedesktop/FileManager1", node->interfaces[0],
                                              &table, &shown, NULL, NULL);
  name = g_bus_own_name_on_connection (bus, "org.freedesktop.FileManager1", 0, NULL, NULL, NULL, NULL);
  add_folder (self);
  select_row (self, 1);
  act (self->window, "batch-show-in-files");
  WAIT (shown != NULL);
  g_assert_cmpstr (shown, ==, uri);
  g_bus_unown_name (name);
  g_dbus_connection_unregister_object (bus, object);
}

static GSList *
one_file (GFile *file)
{
  return g_slist_append (NULL, file);
}

/* Folders are for the batch, from wherever they come; pictures while it is shown. */
static void
test_drop (Fixture *self, gconstpointer data)
{
  g_autoptr (GFile) folder = g_file_new_for_path (self->dir);
  g_autofree char *path = g_build_filename (self->dir, "1.png", NULL);
  g_autoptr (GFile) picture = g_file_new_for_path (path);
  g_autoptr (GFile) remote = g_file_new_for_uri ("https://example.org/x.png");
  GSList *files = one_file (folder);

  ql_window_take_files (self->window, files);
  WAIT (ql_window_shows_batch (self->window) && !ql_batch_view_is_adding (self->view)
        && ql_batch_get_progress (self->batch).n_items > 0);
  g_assert_cmpuint (ql_batch_get_progress (self->batch).n_items, ==, 4);
  g_assert_null (self->window->conversation);
  g_slist_free (files);

  act (self->window, "batch-clear");
  g_assert_cmpstr (gtk_stack_get_visible_child_name (self->view->stack), ==, "empty");
  files = one_file (picture);
  ql_window_take_files (self->window, files);
  WAIT (!ql_batch_view_is_adding (self->view));
  g_assert_cmpuint (ql_batch_get_progress (self->batch).n_items, ==, 1);
  g_assert_true (ql_window_shows_batch (self->window));
  g_slist_free (files);

  files = one_file (remote);
  ql_window_take_files (self->window, files);
  g_assert_true (ql_batch_view_has_message (self->view));
  g_slist_free (files);
  /* opened, not dropped, a picture is talked about */
  ql_window_open_files (self->window, &picture, 1);
  WAIT (!ql_window_shows_batch (self->window));
  WAIT (idle (self->window));
}

static void
test_sub_folders (Fixture *self, gconstpointer data)
{
  g_autofree char *sub = g_build_filename (self->dir, "sub", NULL);
  QlBatchCell *cell;

  g_mkdir (sub, 0755);
  g_free (folder_copy (sub, "5.png", "data/samples/02-tent.png"));
  add_folder (self);
  g_assert_cmpuint (ql_batch_get_progress (self->batch).n_items, ==, 4);
  act (self->window, "batch-recursive");
  add_folder (self);
  g_assert_cmpuint (ql_batch_get_progress (self->batch).n_items, ==, 5);
  /* two folders: names alone do not tell them apart */
  g_assert_true (self->view->several_folders);
  cell = find_cell (self, QL_TYPE_BATCH_CELL, item_at (self, 4));
  g_assert_nonnull (cell);
  act (self->window, "batch-clear");
  g_assert_false (self->view->several_folders);
}

static void
test_nothing_there (Fixture *self, gconstpointer data)
{
  g_autofree char *empty = g_build_filename (self->dir, "empty", NULL);
  g_autofree char *uri = g_filename_to_uri (empty, NULL, NULL);
  const char *uris[] = { uri };

  g_mkdir (empty, 0755);
  act_with (self, "batch-add-uris", g_variant_new_strv (uris, 1));
  WAIT (!ql_batch_view_is_adding (self->view));
  g_assert_true (ql_batch_view_has_message (self->view));
  g_assert_nonnull (strstr (ql_message_bar_get_advice (self->view->message_bar), "sub-folders"));
  g_assert_cmpstr (gtk_stack_get_visible_child_name (self->view->stack), ==, "empty");
}

static void
test_cancel_adding (Fixture *self, gconstpointer data)
{
  g_autofree char *uri = g_filename_to_uri (self->dir, NULL, NULL);
  const char *uris[] = { uri };

  act_with (self, "batch-add-uris", g_variant_new_strv (uris, 1));
  g_assert_true (ql_batch_view_is_adding (self->view));
  g_assert_true (gtk_widget_get_visible (self->view->cancel_button));
  act (self->window, "batch-cancel");
  g_assert_false (ql_batch_view_is_adding (self->view));
  g_assert_cmpuint (ql_batch_get_progress (self->batch).n_items, ==, 0);
  /* while one is read, another waits for it */
  act_with (self, "batch-add-uris", g_variant_new_strv (uris, 1));
  act_with (self, "batch-add-uris", g_variant_new_strv (uris, 1));
  WAIT (!ql_batch_view_is_adding (self->view));
  g_assert_cmpuint (ql_batch_get_progress (self->batch).n_items, ==, 4);
}

static void
test_table_refused (Fixture *self, gconstpointer data)
{
  g_free (folder_put (self->dir, "captions.csv", "mine\n", -1));
  act (self->window, "batch-csv");
  add_folder (self);
  run (self);
  g_assert_true (ql_batch_view_has_message (self->view));
  g_assert_nonnull (strstr (ql_message_bar_get_advice (self->view->message_bar), "captions.csv: "));
  assert_item (self, 0, QL_BATCH_WAITING, NULL);
  assert_file (self, "captions.csv", "mine\n");
}

static guint64
little_memory (void)
{
  return 9 * 1000 * 1000;
}

/* Not begun where the memory is too little, unless told so. */
static void
test_no_room (Fixture *self, gconstpointer data)
{
  add_folder (self);
  ql_free_memory_set_source (little_memory);
  run (self);
  g_assert_true (ql_message_bar_is_shown (self->view->message_bar));
  g_assert_cmpstr (ql_message_bar_get_action (self->view->message_bar), ==, "win.batch-start-anyway");
  g_assert_nonnull (strstr (ql_message_bar_get_advice (self->view->message_bar), "MB"));
  g_assert_cmpuint (n_over (self), ==, 0);
  act (self->window, "batch-start-anyway");
  g_assert_false (ql_message_bar_is_shown (self->view->message_bar));
  WAIT (idle_batch (self));
  g_assert_cmpuint (n_over (self), >, 0);
  ql_free_memory_set_source (NULL);
}

/* A window that is closed leaves a batch that can go on, and nothing half written. */
static void
test_close (Fixture *self, gconstpointer data)
{
  QlBatchProgress before;

  add_tents (self, 60);
  add_folder (self);
  act (self->window, "batch-start");
  WAIT (n_over (self) >= 2);
  g_object_ref (self->batch);
  edit (self, 0, "typed when it closed");
  close_window (self->window);
  WAIT (idle_batch (self));
  before = ql_batch_get_progress (self->batch);
  g_assert_cmpuint (before.n_over, <, 64);
  WAIT (g_strcmp0 (ql_batch_item_get_written (g_list_model_get_item (ql_batch_get_items (self->batch), 0)),
                   "typed when it closed")
        == 0);
  assert_file (self, "1.txt", "typed when it closed\n");
  g_assert_cmpint (folder_n_hidden (self->dir), ==, 0);
  g_object_unref (self->batch);
  /* the same batch goes on where it ended */
  self->window = new_window ();
  self->view = self->window->batch_view;
  self->batch = ql_batch_view_get_batch (self->view);
  add_folder (self);
  run (self);
  g_assert_cmpuint (ql_batch_get_progress (self->batch).n_skipped, >=, before.n_done);
  g_assert_cmpuint (n_over (self), ==, 64);
  assert_file (self, "1.txt", "typed when it closed\n");
}

/* It goes on while the picture is shown, and the header says so. */
static void
test_in_background (Fixture *self, gconstpointer data)
{
  add_tents (self, 60);
  add_folder (self);
  act (self->window, "batch-start");
  act (self->window, "batch");
  g_assert_false (ql_window_shows_batch (self->window));
  WAIT (n_over (self) >= 2);
  WAIT (g_str_has_prefix (label (self->window->subtitle_label), "Batch: "));
  act (self->window, "batch-stop");
  WAIT (idle_batch (self));
  WAIT (!g_str_has_prefix (label (self->window->subtitle_label), "Batch: "));
}

static gboolean
has_thumbnail (Fixture *self, guint i)
{
  QlThumbnail *thumbnail = find_cell (self, QL_TYPE_THUMBNAIL, item_at (self, i));

  return thumbnail != NULL && ql_thumbnail_get_texture (thumbnail) != NULL;
}

static void
test_thumbnails (Fixture *self, gconstpointer data)
{
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (self->view->scroller);

  add_tents (self, 100);
  add_folder (self);
  WAIT (has_thumbnail (self, 0) && has_thumbnail (self, 1) && has_thumbnail (self, 4));
  g_assert_false (has_thumbnail (self, 3)); /* damaged */
  /* those far below have widgets, but were not seen */
  g_assert_nonnull (find_cell (self, QL_TYPE_THUMBNAIL, item_at (self, 90)));
  WAIT (ql_thumbnails_get_n_running (self->view->thumbnails) == 0);
  /* A few rows that lay elsewhere until they were laid out may have been taken for seen. */
  g_assert_cmpuint (ql_thumbnails_get_n_kept (self->view->thumbnails), <, 60);
  gtk_adjustment_set_value (adjustment, gtk_adjustment_get_upper (adjustment));
  WAIT (has_thumbnail (self, 103));
}

/* An earlier size that the X server tells of late is taken for one that was asked for since. */
static gboolean
is_narrow (Fixture *self, int width)
{
  int now, height;

  gtk_window_get_default_size (GTK_WINDOW (self->window), &now, &height);
  if (now != width)
    gtk_window_set_default_size (GTK_WINDOW (self->window), width, 640);
  return !gtk_column_view_column_get_visible (self->view->status_column);
}

static void
test_narrow (Fixture *self, gconstpointer data)
{
  int minimum;

  add_folder (self);
  gtk_widget_measure (GTK_WIDGET (self->view), GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
  g_assert_cmpint (minimum, <=, 360);
  g_assert_true (gtk_column_view_column_get_visible (self->view->status_column));
  WAIT (is_narrow (self, 400));
  WAIT (!is_narrow (self, 1280));
}

/* Names for whoever does not see it: no part is announced by the name of its type. */
static void
assert_named (GtkWidget *widget)
{
  const char *css_name = gtk_widget_get_css_name (widget);

  if (!gtk_widget_get_visible (widget))
    return;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    assert_named (child);
  if (!g_str_equal (css_name, "row") && !g_str_equal (css_name, "cell") && !g_str_equal (css_name, "header")
      && !g_str_equal (css_name, "listview") && !g_str_equal (css_name, "columnview"))
    return;
  if (!gtk_test_accessible_has_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL))
    g_error ("a %s (%s) has no name", css_name, G_OBJECT_TYPE_NAME (widget));
}

static void
test_names (Fixture *self, gconstpointer data)
{
  add_folder (self);
  run (self);
  assert_named (GTK_WIDGET (self->view));
}

static void
test_options (Fixture *self, gconstpointer data)
{
  g_autofree char *path = g_build_filename (self->dir, "elsewhere.csv", NULL);
  g_autofree char *uri = g_filename_to_uri (path, NULL, NULL);

  act (self->window, "batch-options");
  WAIT (gtk_widget_get_mapped (GTK_WIDGET (self->view->options)));
  gtk_popover_popdown (GTK_POPOVER (self->view->options));
  act (self->window, "batch-csv");
  g_settings_set_string (self->window->settings, "batch-csv-file", uri);
  add_folder (self);
  run (self);
  g_assert_cmpuint (n_lines (self, "elsewhere.csv"), ==, 5);
  /* one file cannot be both tables */
  act (self->window, "batch-jsonl");
  g_settings_set_string (self->window->settings, "batch-jsonl-file", uri);
  g_assert_false (enabled (self->window, "batch-start"));
  act (self->window, "batch-reset-tables");
  g_assert_true (enabled (self->window, "batch-start"));
}

/* ---- 20,000 rows ------------------------------------------------------------------------------------- */

/* Until everything that was asked for is drawn. */
static void
frames (Fixture *self, int n)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (GTK_WIDGET (self->window));
  gint64 until = gdk_frame_clock_get_frame_counter (clock) + n;

  while (gdk_frame_clock_get_frame_counter (clock) < until)
    {
      gtk_widget_queue_draw (GTK_WIDGET (self->window));
      g_main_context_iteration (NULL, TRUE);
    }
}

#define N_MANY 20000

/* Rows of files that are not there: nothing but the table. */
static void
add_many (Fixture *self)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);

  for (int i = 0; i < N_MANY; i++)
    g_ptr_array_add (paths, g_strdup_printf ("%s/some picture %d.png", self->dir, i));
  ql_batch_view_add_paths (self->view, paths);
  WAIT (!ql_batch_view_is_adding (self->view));
  g_assert_cmpuint (ql_batch_get_progress (self->batch).n_items, ==, N_MANY);
}

static void
scroll (Fixture *self, double step, int n)
{
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (self->view->scroller);

  for (int i = 0; i < n; i++)
    {
      double end = gtk_adjustment_get_upper (adjustment) - gtk_adjustment_get_page_size (adjustment);
      double value = gtk_adjustment_get_value (adjustment) + step;

      gtk_adjustment_set_value (adjustment, value > end ? 0 : value);
      frames (self, 1);
    }
}

/* Far above what is measured on a machine that does nothing else (the messages say how much), far below
 * what all rows at once would take. */
#ifdef __SANITIZE_ADDRESS__
#define MOST_MS 500
#else
#define MOST_MS 120
#endif

static void
probe_end (const char *what)
{
  LoopReport report;

  loop_probe_stop (&report);
  g_test_message ("%s: at most %.1f ms of processor time at a time, %.1f ms in all", what, report.work.most,
                  report.busy.most);
  g_assert_cmpfloat (report.work.most, <, MOST_MS);
}

static void
test_many (Fixture *self, gconstpointer data)
{
  act (self->window, "batch");
  frames (self, 2);
  loop_probe_start (GTK_WIDGET (self->window));
  add_many (self);
  frames (self, 10);
  probe_end ("adding 20,000 rows");
  /* of all rows, those near what is seen have widgets */
  g_assert_cmpuint (g_hash_table_size (self->view->cells), <, 5 * 250);

  loop_probe_start (GTK_WIDGET (self->window));
  scroll (self, 50, 200);
  probe_end ("scrolling by lines");
  loop_probe_start (GTK_WIDGET (self->window));
  scroll (self, 600, 100);
  probe_end ("scrolling by pages");
  loop_probe_start (GTK_WIDGET (self->window));
  scroll (self, 24000, 40);
  probe_end ("scrolling from end to end");
  g_assert_cmpuint (g_hash_table_size (self->view->cells), <, 5 * 250);

  loop_probe_start (GTK_WIDGET (self->window));
  act_with (self, "batch-sort", g_variant_new_string ("file"));
  WAIT (gtk_sort_list_model_get_pending (self->view->sorted) == 0);
  frames (self, 3);
  probe_end ("ordering by file");
  loop_probe_start (GTK_WIDGET (self->window));
  gtk_selection_model_select_all (GTK_SELECTION_MODEL (self->view->selection));
  frames (self, 3);
  probe_end ("selecting all");
  loop_probe_start (GTK_WIDGET (self->window));
  act (self->window, "batch-start");
  frames (self, 3);
  probe_end ("starting");
  loop_probe_start (GTK_WIDGET (self->window));
  WAIT (n_over (self) > 2000);
  probe_end ("2,000 rows that change");
  act (self->window, "batch-stop");
  WAIT (idle_batch (self));
  loop_probe_start (GTK_WIDGET (self->window));
  act (self->window, "batch-clear");
  frames (self, 3);
  probe_end ("clearing");
}

#define ADD(name, func) g_test_add ("/batch-view/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  harness_init (&argc, &argv);
  ADD ("empty", test_empty);
  ADD ("run", test_run);
  ADD ("outputs", test_outputs);
  ADD ("policies", test_policies);
  ADD ("pause-and-stop", test_pause_and_stop);
  ADD ("edit", test_edit);
  ADD ("edit-fails", test_edit_fails);
  ADD ("rows", test_rows);
  ADD ("show-in-files", test_show_in_files);
  ADD ("drop", test_drop);
  ADD ("sub-folders", test_sub_folders);
  ADD ("nothing-there", test_nothing_there);
  ADD ("cancel-adding", test_cancel_adding);
  ADD ("table-refused", test_table_refused);
  ADD ("no-room", test_no_room);
  ADD ("close", test_close);
  ADD ("in-background", test_in_background);
  ADD ("thumbnails", test_thumbnails);
  ADD ("narrow", test_narrow);
  ADD ("names", test_names);
  ADD ("options", test_options);
  ADD ("many", test_many);
  return harness_run ();
}
