/* The window of models and the header's button, on copies of the demo model. */

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "app/free-memory.h"
#include "app/model-files.h"
#include "tests/ui/harness.h"
#include "ui/models-window-private.h"
#include "ui/shrink-window.h"
#include "ui/supported-view.h"

#define SAMPLE "01-donut.png"

static char *root; /* of the folders that the tests make */

/* ---- help ---- */

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) listing = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open (path, 0, NULL);
  const char *name;

  while (listing != NULL && (name = g_dir_read_name (listing)) != NULL)
    {
      g_autofree char *inner = g_build_filename (path, name, NULL);
      remove_tree (inner);
    }
  g_remove (path);
}

static char *
source (const char *relative)
{
  return g_build_filename (g_getenv ("QLENS_SRC"), relative, NULL);
}

static void
put (const char *dir, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

/* A folder with copies of the demo model's files, without its list of sums. */
static char *
make_model (const char *name)
{
  g_autofree char *from = source ("data/models/qlens-demo-opt");
  char *dir = g_build_filename (root, name, NULL);
  g_autoptr (GPtrArray) names = ql_model_files_list (from, NULL);

  g_assert_nonnull (names);
  g_assert_cmpint (g_mkdir (dir, 0700), ==, 0);
  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *path = g_build_filename (from, names->pdata[i], NULL);
      g_autofree char *target = g_build_filename (dir, names->pdata[i], NULL);
      g_autofree char *bytes = NULL;
      gsize n_bytes;

      g_assert_true (g_file_get_contents (path, &bytes, &n_bytes, NULL));
      g_assert_true (g_file_set_contents (target, bytes, (gssize) n_bytes, NULL));
    }
  return dir;
}

static QlModelStore *
store (void)
{
  return ql_application_get_models (app);
}

static QlEngineState
state (void)
{
  return ql_engine_service_get_state (ql_application_get_engine (app));
}

static QlModelsWindow *
open_models (void)
{
  QlModelsWindow *found = NULL;

  g_action_group_activate_action (G_ACTION_GROUP (app), "models", NULL);
  for (GList *l = gtk_application_get_windows (GTK_APPLICATION (app)); l != NULL; l = l->next)
    if (QL_IS_MODELS_WINDOW (l->data))
      found = l->data;
  g_assert_nonnull (found);
  WAIT (gtk_widget_get_mapped (GTK_WIDGET (found)));
  return found;
}

static void
close_models (QlModelsWindow *self)
{
  g_object_add_weak_pointer (G_OBJECT (self), (gpointer *) &self);
  gtk_window_close (GTK_WINDOW (self));
  WAIT (self == NULL);
}

/* Of what can be seen below @widget: the first for which @match says so. */
static GtkWidget *
find (GtkWidget *widget, gboolean (*match) (GtkWidget *, const char *), const char *what)
{
  if (!gtk_widget_get_visible (widget))
    return NULL;
  if (match (widget, what))
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find (child, match, what);

      if (found != NULL)
        return found;
    }
  return NULL;
}

static gboolean
is_label_with (GtkWidget *widget, const char *text)
{
  return GTK_IS_LABEL (widget) && strstr (gtk_label_get_text (GTK_LABEL (widget)), text) != NULL;
}

static gboolean
is_button_for (GtkWidget *widget, const char *action)
{
  return GTK_IS_BUTTON (widget)
         && g_strcmp0 (gtk_actionable_get_action_name (GTK_ACTIONABLE (widget)), action) == 0;
}

static gboolean
is_shown (gpointer widget, const char *text)
{
  return find (GTK_WIDGET (widget), is_label_with, text) != NULL;
}

static void
click (gpointer widget, const char *action)
{
  GtkWidget *button = find (GTK_WIDGET (widget), is_button_for, action);

  g_assert_nonnull (button);
  g_assert_true (gtk_widget_is_sensitive (button));
  g_signal_emit_by_name (button, "clicked");
}

static GtkWidget *
row_of (QlModelsWindow *self, const char *name)
{
  for (GtkWidget *row = gtk_widget_get_first_child (GTK_WIDGET (self->list)); row != NULL;
       row = gtk_widget_get_next_sibling (row))
    if (QL_IS_MODEL_ROW (row)
        && g_str_equal (ql_model_entry_get_name (ql_model_row_get_entry (QL_MODEL_ROW (row))), name))
      return row;
  return NULL;
}

/* What @entry needs, with words around it: it is more with more threads. */
static char *
memory_of (QlModelEntry *entry, const char *format)
{
  g_autofree char *size = g_format_size (ql_model_entry_get_facts (entry)->memory_bytes);
  GString *text = g_string_new (format);

  g_string_replace (text, "%s", size, 0);
  return g_string_free (text, FALSE);
}

/* As from the row's menu. */
static void
do_models (QlModelsWindow *self, const char *action, const char *name)
{
  QlModelEntry *entry = ql_model_row_get_entry (QL_MODEL_ROW (row_of (self, name)));

  g_action_group_activate_action (G_ACTION_GROUP (self->actions), action,
                                  g_variant_new_string (ql_model_entry_get_id (entry)));
}

static void
import (QlModelsWindow *self, const char *dir)
{
  g_autofree char *uri = g_filename_to_uri (dir, NULL, NULL);

  g_action_group_activate_action (G_ACTION_GROUP (self->actions), "import-folder",
                                  g_variant_new_string (uri));
}

static guint
n_models (void)
{
  return g_list_model_get_n_items (G_LIST_MODEL (store ()));
}

/* As it was before the test: only the demo models, the first of which is open. */
static void
start_over (QlModelsWindow *self)
{
  g_autofree char *demo = source ("data/models/qlens-demo-opt");

  g_settings_reset (ql_application_get_settings (app), "default-model");
  for (guint i = n_models (); i > 0; i--)
    {
      g_autoptr (QlModelEntry) entry = g_list_model_get_item (G_LIST_MODEL (store ()), i - 1);

      ql_model_store_remove (store (), entry);
    }
  g_assert_cmpuint (n_models (), ==, 2);
  if (self != NULL)
    close_models (self);
  ql_model_loader_load (ql_application_get_loader (app), demo, TRUE);
  WAIT (state () == QL_ENGINE_READY);
}

static char *
subtitle (QlWindow *window)
{
  return g_strdup (gtk_label_get_text (window->subtitle_label));
}

/* ---- the list ---- */

static void
test_list (void)
{
  QlWindow *window = new_window ();
  QlModelsWindow *self = open_models ();
  GtkWidget *demo = row_of (self, "Demo model");
  QlSupportedView *known;
  g_autofree char *text = NULL;

  g_assert_true (open_models () == self); /* the same */
  g_assert_true (gtk_window_get_transient_for (GTK_WINDOW (self)) == GTK_WINDOW (window));
  g_assert_true (gtk_window_get_modal (GTK_WINDOW (self)));
  g_assert_nonnull (demo);
  g_assert_nonnull (row_of (self, "Demo model for matching"));
  WAIT (is_shown (demo, "BLIP-2 with OPT · 7.4 million parameters · F16"));
  WAIT (is_shown (demo, "Loaded"));
  g_assert_true (is_shown (demo, "Default"));
  g_assert_true (is_shown (demo, "14.9\302\240MB of weights"));
  g_assert_false (is_shown (row_of (self, "Demo model for matching"), "Loaded"));
  g_assert_true (is_shown (self, "of memory free"));
  g_assert_true (is_shown (self, "nothing is copied"));
  /* What it knows is told on demand. */
  WAIT (is_shown (demo, "What it knows"));
  g_assert_false (is_shown (demo, "palm tree"));
  known = QL_SUPPORTED_VIEW (
      gtk_widget_get_ancestor (find (demo, is_label_with, "What it knows"), QL_TYPE_SUPPORTED_VIEW));
  text = ql_supported_view_get_text (known);
  g_assert_nonnull (strstr (text, "Animals (19)\ncat, dog, "));
  g_assert_nonnull (strstr (text, "Colours (11)\nred, "));
  g_assert_nonnull (strstr (text, "Numbers (5)\none, two, three, four, five\n"));
  close_models (self);
  close_window (window);
}

static void
test_import (void)
{
  QlWindow *window = new_window ();
  QlModelsWindow *self = open_models ();
  g_autofree char *first = make_model ("first model");
  g_autofree char *second = make_model ("second & <b>odd");
  GFile *folders[] = { g_file_new_for_path (first), g_file_new_for_path (second) };
  GdkFileList *list = gdk_file_list_new_from_array (folders, 2);
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (GTK_WIDGET (self));
  gboolean taken = FALSE;

  import (self, first);
  g_assert_true (is_shown (self, "Looking at “first model”…"));
  WAIT (n_models () == 3);
  WAIT (row_of (self, "first model") != NULL && is_shown (row_of (self, "first model"), "7.4 million"));
  g_assert_true (is_shown (self, "Your models"));
  WAIT (!is_shown (self, "Looking at"));
  /* Dropped, both: one is there already, which is said, the other is added. */
  g_value_init (&value, GDK_TYPE_FILE_LIST);
  g_value_take_boxed (&value, list);
  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GObject) controller = g_list_model_get_item (controllers, i);

      if (GTK_IS_DROP_TARGET (controller))
        g_signal_emit_by_name (controller, "drop", &value, 1.0, 1.0, &taken);
    }
  g_assert_true (taken);
  WAIT (n_models () == 4);
  WAIT (row_of (self, "second & <b>odd") != NULL);
  g_assert_true (is_shown (row_of (self, "second & <b>odd"), "second & <b>odd")); /* no markup */
  g_assert_true (is_shown (self, "“first model” is in the list already"));
  /* The focus is at the new one, to load it. */
  g_assert_true (
      gtk_widget_is_ancestor (gtk_root_get_focus (GTK_ROOT (self)), row_of (self, "second & <b>odd")));
  g_object_unref (folders[0]);
  g_object_unref (folders[1]);
  start_over (self);
  close_window (window);
}

/* A model in one file: asked for by its own button, listed and loaded as a folder is. */
static void
test_import_gguf (void)
{
  QlWindow *window = new_window ();
  QlModelsWindow *self = open_models ();
  g_autofree char *program = g_build_filename (g_getenv ("QLENS_BUILD"), "qlens-cli", NULL);
  g_autofree char *demo = source ("data/models/qlens-demo-opt");
  g_autofree char *path = g_build_filename (root, "small.gguf", NULL);
  char *argv[]
      = { program, (char *) "convert", demo, (char *) "-t", (char *) "q8_0", (char *) "-o", path, NULL };
  int status = -1;

  g_assert_true (
      g_spawn_sync (NULL, argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, NULL, &status, NULL));
  g_assert_cmpint (status, ==, 0);
#ifndef __SANITIZE_ADDRESS__ /* GTK's dialog leaks in libcloudproviders, of which a leak's stack shows nothing */
  g_action_group_activate_action (G_ACTION_GROUP (self->actions), "import-file", NULL);
  g_assert_nonnull (self->chooser);
  g_assert_cmpint (gtk_file_chooser_get_action (GTK_FILE_CHOOSER (self->chooser)), ==,
                   GTK_FILE_CHOOSER_ACTION_OPEN);
  g_signal_emit_by_name (self->chooser, "response", GTK_RESPONSE_CANCEL);
  g_assert_null (self->chooser);
#endif

  import (self, path);
  WAIT (row_of (self, "small.gguf") != NULL);
  g_assert_true (is_shown (row_of (self, "small.gguf"), "Q8_0"));
  do_models (self, "load", "small.gguf");
  WAIT (is_shown (row_of (self, "small.gguf"), "Loaded"));
  g_remove (path);
  start_over (self);
  close_window (window);
}

static QlShrinkWindow *
find_shrink (void)
{
  QlShrinkWindow *found = NULL;
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWindow) window = g_list_model_get_item (windows, i);

      if (QL_IS_SHRINK_WINDOW (window) && gtk_widget_get_visible (GTK_WIDGET (window)))
        found = QL_SHRINK_WINDOW (window);
    }
  g_assert_nonnull (found);
  return found;
}

static QlShrinkWindow *
open_shrink (QlModelsWindow *self, const char *name)
{
  do_models (self, "shrink", name);
  return find_shrink ();
}

/* Whoever brings in a large model is offered a smaller copy; of one that is small already, nothing is said. */
static void
test_offer (void)
{
  QlWindow *window = new_window ();
  QlModelsWindow *self = open_models ();
  g_autofree char *path = g_build_filename (root, "copy.gguf", NULL);
  g_autofree char *large = make_model ("full size");
  g_autoptr (GFile) file = g_file_new_for_path (path);
  QlShrinkWindow *shrink;
  QlMessageBar *bar;

  ql_models_window_set_large_bytes (10 * 1000 * 1000);
  import (self, large);
  WAIT (is_shown (self, "“full size” can be made smaller."));
  g_assert_true (is_shown (self, "A copy with fewer bits a weight takes 7.6\302\240MB instead of "));
  bar = QL_MESSAGE_BAR (gtk_widget_get_first_child (GTK_WIDGET (self->messages)));
  g_assert_cmpstr (ql_message_bar_get_action (bar), ==, "models.shrink");
  click (bar, "models.shrink");
  shrink = find_shrink ();
  WAIT (ql_shrink_window_is_ready (shrink));
  ql_message_bar_dismiss (bar);
  ql_shrink_window_start (shrink, file);
  WAIT (row_of (self, "copy.gguf") != NULL);
  WAIT (is_shown (row_of (self, "copy.gguf"), "Q8_0"));
  g_assert_false (is_shown (self, "can be made smaller."));
  ql_models_window_set_large_bytes (1000 * 1000 * 1000);
  g_remove (path);
  start_over (self);
  close_window (window);
}

/* A smaller copy: sizes are told, it comes into the list, and can be made smaller again, but not
 * as large as it is; stopped, there is none; where it cannot be written, that is told. */
static void
test_shrink (void)
{
  QlWindow *window = new_window ();
  QlModelsWindow *self = open_models ();
  g_autofree char *path = g_build_filename (root, "copy.gguf", NULL);
  g_autofree char *nowhere = g_build_filename (root, "none", "copy.gguf", NULL);
  g_autofree char *stopped = g_build_filename (root, "stopped.gguf", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFile) bad = g_file_new_for_path (nowhere);
  g_autoptr (GFile) other = g_file_new_for_path (stopped);
  QlShrinkWindow *shrink;

  WAIT (is_shown (row_of (self, "Demo model"), "7.4 million"));
  shrink = open_shrink (self, "Demo model");
  WAIT (ql_shrink_window_is_ready (shrink));
  g_assert_true (is_shown (shrink, "8 bits a weight"));
  g_assert_true (is_shown (shrink, "8.5\302\240MB"));
  g_assert_false (ql_shrink_window_choose (shrink, "f32"));
  g_assert_true (ql_shrink_window_choose (shrink, "q4_0"));
  g_assert_true (ql_shrink_window_choose (shrink, "q8_0"));
  ql_shrink_window_start (shrink, file);
  WAIT (row_of (self, "copy.gguf") != NULL);
  WAIT (is_shown (row_of (self, "copy.gguf"), "Q8_0"));

  shrink = open_shrink (self, "copy.gguf");
  WAIT (ql_shrink_window_is_ready (shrink));
  g_assert_false (ql_shrink_window_choose (shrink, "q8_0"));
  ql_shrink_window_start (shrink, bad);
  WAIT (is_shown (self, "was not made"));

  shrink = open_shrink (self, "Demo model");
  WAIT (ql_shrink_window_is_ready (shrink));
  ql_shrink_window_start (shrink, other);
  gtk_window_close (GTK_WINDOW (shrink));
  WAIT (!g_file_test (stopped, G_FILE_TEST_EXISTS));
  g_remove (path);
  start_over (self);
  close_window (window);
}

/* What cannot be used is told, here, and until it is dismissed. */
static void
test_broken (void)
{
  QlWindow *window = new_window ();
  QlModelsWindow *self = open_models ();
  g_autofree char *broken = make_model ("broken <i>");
  g_autofree char *empty = source ("data/samples");
  g_autofree char *later = make_model ("later broken");

  put (broken, "model.safetensors", "not one");
  import (self, broken);
  import (self, empty);
  g_action_group_activate_action (G_ACTION_GROUP (self->actions), "import-folder",
                                  g_variant_new_string ("https://example.invalid/model"));
  WAIT (is_shown (self, "https://example.invalid/model"));
  /* All three are told at once. */
  g_assert_true (is_shown (self, "“broken <i>” was not added to the list."));
  g_assert_true (is_shown (self, "A file of the model is damaged or incomplete."));
  g_assert_true (is_shown (self, "“samples” was not added to the list."));
  g_assert_true (is_shown (self, "holds a BLIP-2 model"));
  g_assert_true (is_shown (self, "Copy the folder to this computer first."));
  g_assert_cmpuint (n_models (), ==, 2);
  for (int i = 0; i < 3; i++)
    {
      GtkWidget *bar = gtk_widget_get_first_child (GTK_WIDGET (self->messages));

      g_assert_cmpstr (ql_message_bar_get_details (QL_MESSAGE_BAR (bar)), !=, "");
      click (bar, "message.dismiss");
      WAIT (gtk_widget_get_first_child (GTK_WIDGET (self->messages)) != bar);
    }
  g_assert_null (gtk_widget_get_first_child (GTK_WIDGET (self->messages)));

  /* One of the list that breaks: its row says so, and a try to load it too. */
  import (self, later);
  WAIT (n_models () == 3);
  put (later, "config.json", "{");
  click (row_of (self, "later broken"), "models.load");
  WAIT (gtk_widget_get_first_child (GTK_WIDGET (self->messages)) != NULL);
  g_assert_true (is_shown (self, "The model “later broken” could not be opened."));
  WAIT (is_shown (row_of (self, "later broken"), "config.json"));
  g_assert_true (is_shown (row_of (self, "later broken"), "A file of the model is damaged"));
  /* The one that was open still is. */
  g_assert_cmpint (state (), ==, QL_ENGINE_READY);
  g_assert_true (is_shown (row_of (self, "Demo model"), "Loaded"));
  g_assert_true (ql_message_bar_is_shown (window->message_bar));
  close_models (self);

  /* A new window finds out by itself. */
  self = open_models ();
  WAIT (is_shown (row_of (self, "later broken"), "A file of the model is damaged"));
  start_over (self);
  g_assert_false (ql_message_bar_is_shown (window->message_bar)); /* past, with another model opened */
  close_window (window);
}

/* ---- loading ---- */

static void
test_load (void)
{
  QlWindow *window = new_window ();
  QlModelsWindow *self = open_models ();
  g_autofree char *dir = make_model ("mine");
  g_autofree char *title = NULL;

  import (self, dir);
  WAIT (n_models () == 3);
  click (row_of (self, "mine"), "models.load");
  WAIT (is_shown (row_of (self, "mine"), "Loaded"));
  g_assert_false (is_shown (row_of (self, "Demo model"), "Loaded"));
  g_assert_true (is_shown (row_of (self, "Demo model"), "Default")); /* that is another matter */
  g_assert_true (is_shown (window->model_button, "mine"));
  title = subtitle (window);
  g_assert_cmpstr (title, ==, "mine · ready");
  open_sample (window, SAMPLE);

  click (row_of (self, "mine"), "models.unload");
  WAIT (!is_shown (row_of (self, "mine"), "Loaded"));
  g_assert_cmpint (state (), ==, QL_ENGINE_NO_MODEL);
  /* The next question loads the same again. */
  act (window, "describe");
  WAIT (idle (window));
  g_assert_cmpstr (last_text (window), ==, sample_caption (SAMPLE));
  g_assert_true (is_shown (row_of (self, "mine"), "Loaded"));
  start_over (self);
  close_window (window);
}

static void
test_stop_loading (void)
{
  QlWindow *window = new_window ();
  QlModelsWindow *self = open_models ();
  g_autofree char *dir = make_model ("slow");
  GtkWidget *row;

  import (self, dir);
  WAIT (n_models () == 3);
  row = row_of (self, "slow");
  gate_set (QL_ENGINE_PHASE_OPEN, 1);
  click (row, "models.load");
  WAIT (gate_held ());
  WAIT (is_shown (row, "Opening the model… part"));
  g_assert_true (g_action_group_get_action_enabled (G_ACTION_GROUP (app), "stop-model"));
  click (row, "models.stop");
  gate_open ();
  WAIT (state () == QL_ENGINE_READY);
  /* As before, and nothing to complain about. */
  g_assert_true (is_shown (row_of (self, "Demo model"), "Loaded"));
  g_assert_false (is_shown (row, "Opening"));
  g_assert_null (gtk_widget_get_first_child (GTK_WIDGET (self->messages)));
  g_assert_false (ql_message_bar_is_shown (window->message_bar));
  start_over (self);
  close_window (window);
}

static guint64
little (void)
{
  return 3900 * 1000;
}

static void
test_no_room (void)
{
  QlWindow *window = new_window ();
  QlModelsWindow *self = open_models ();
  g_autofree char *dir = make_model ("large");
  g_autofree char *needs = NULL;

  import (self, dir);
  WAIT (n_models () == 3);
  ql_free_memory_set_source (little);
  click (row_of (self, "large"), "models.load");
  WAIT (is_shown (self, "The model “large” was not loaded."));
  needs = memory_of (ql_model_row_get_entry (QL_MODEL_ROW (row_of (self, "large"))), "Needs about %s, ");
  g_assert_true (is_shown (self, needs));
  g_assert_true (is_shown (self, "3.9\302\240MB free."));
  WAIT (is_shown (row_of (self, "large"), "but only 3.9\302\240MB are free"));
  /* Nothing was loaded, and nothing lost. */
  g_assert_true (is_shown (row_of (self, "Demo model"), "Loaded"));
  click (self, "app.load-anyway");
  WAIT (is_shown (row_of (self, "large"), "Loaded"));
  WAIT (gtk_widget_get_first_child (GTK_WIDGET (self->messages)) == NULL);
  g_assert_false (ql_message_bar_is_shown (window->message_bar));
  click (row_of (self, "large"), "models.unload");
  WAIT (state () == QL_ENGINE_NO_MODEL);
  close_models (self);

  /* The same of a model that a question needs: in the window that asks, with the question kept. */
  drop_files (window, SAMPLE, NULL);
  WAIT (idle (window));
  WAIT (ql_message_bar_is_shown (window->message_bar));
  ql_message_bar_dismiss (window->message_bar);
  ql_chat_page_set_question (window->chat_page, "is there a donut?");
  act (window, "ask");
  WAIT (idle (window));
  g_assert_nonnull (strstr (ql_message_bar_get_advice (window->message_bar), "3.9\302\240MB free."));
  g_assert_true (question_is (window, "is there a donut?"));
  click (window->message_bar, "app.load-anyway");
  WAIT (state () == QL_ENGINE_READY);
  g_assert_false (ql_message_bar_is_shown (window->message_bar));
  act (window, "ask");
  WAIT (idle (window));
  g_assert_cmpstr (last_text (window), ==, "yes");
  ql_free_memory_set_source (NULL);
  start_over (NULL);
  close_window (window);
}

/* ---- the default ---- */

static void
test_default (void)
{
  QlWindow *window = new_window ();
  QlModelsWindow *self = open_models ();
  g_autofree char *dir = make_model ("chosen");
  g_autofree char *uri = g_filename_to_uri (dir, NULL, NULL);
  g_autofree char *kept = NULL;
  g_autoptr (GError) error = NULL;
  QlApplication *next;
  QlEngineService *engine;

  import (self, dir);
  WAIT (n_models () == 3);
  g_assert_false (is_shown (row_of (self, "chosen"), "Default"));
  do_models (self, "make-default", "chosen");
  g_assert_true (is_shown (row_of (self, "chosen"), "Default"));
  g_assert_false (is_shown (row_of (self, "Demo model"), "Default"));
  kept = g_settings_get_string (ql_application_get_settings (app), "default-model");
  g_assert_cmpstr (kept, ==, uri);
  /* What is open stays so. */
  g_assert_true (is_shown (row_of (self, "Demo model"), "Loaded"));
  WAIT (!ql_model_store_is_saving (store ()));

  /* The program, started anew, opens it. Beside this one, so without its name on the bus. */
  next = ql_application_new ();
  g_application_set_application_id (G_APPLICATION (next), NULL);
  g_assert_true (g_application_register (G_APPLICATION (next), NULL, &error));
  engine = ql_application_get_engine (next);
  WAIT (ql_engine_service_get_state (engine) == QL_ENGINE_READY);
  g_assert_cmpstr (ql_engine_service_get_model_dir (engine), ==, dir);
  ql_engine_service_shutdown (engine);
  g_object_unref (next);
  start_over (self);
  close_window (window);
}

/* ---- verifying ---- */

static void
test_verify (void)
{
  QlWindow *window = new_window ();
  QlModelsWindow *self = open_models ();
  g_autofree char *dir = make_model ("checked");
  g_autofree char *huge = NULL;
  GtkWidget *row;
  int fd;

  import (self, dir);
  WAIT (n_models () == 3);
  row = row_of (self, "checked");
  g_assert_true (is_shown (row, "have not been verified"));
  click (row, "models.verify");
  WAIT (is_shown (row, "Nothing was known of these files."));
  click (row, "models.verify");
  WAIT (is_shown (row, "All files are as expected."));

  put (dir, "merges.txt", "other");
  click (row, "models.verify");
  WAIT (is_shown (row, "Changed: merges.txt."));
  click (row, "models.accept");
  WAIT (is_shown (row, "expected as they are now"));
  g_assert_null (find (row, is_button_for, "models.accept"));

  /* More than is read in the time of a test: so it is stopped in the midst of it. */
  huge = g_build_filename (dir, "huge.safetensors", NULL);
  fd = g_open (huge, O_WRONLY | O_CREAT, 0600);
  g_assert_cmpint (ftruncate (fd, (off_t) 1 << 40), ==, 0);
  close (fd);
  click (row, "models.verify");
  WAIT (is_shown (row, "Verifying the files… 0 %"));
  g_assert_null (find (row, is_button_for, "models.verify"));
  close_models (self);
  /* It goes on without its window, and can be stopped from the next. */
  self = open_models ();
  row = row_of (self, "checked");
  g_assert_true (is_shown (row, "Verifying the files…"));
  click (row, "models.stop-verify");
  WAIT (is_shown (row, "expected as they are now"));
  g_remove (huge);

  /* What a demo model must be, the program knows. */
  row = row_of (self, "Demo model");
  click (row, "models.verify");
  WAIT (is_shown (row, "All files are as expected."));
  start_over (self);
  close_window (window);
}

/* ---- removing ---- */

static void
test_remove (void)
{
  QlWindow *window = new_window ();
  QlModelsWindow *self = open_models ();
  g_autofree char *dir = make_model ("unwanted");
  g_autofree char *file = g_build_filename (dir, "config.json", NULL);

  import (self, dir);
  WAIT (n_models () == 3);
  do_models (self, "make-default", "unwanted");
  do_models (self, "remove", "unwanted");
  g_assert_null (row_of (self, "unwanted"));
  g_assert_true (is_shown (self, "“unwanted” was removed from the list. Its files stay where they are."));
  g_assert_true (is_shown (row_of (self, "Demo model"), "Default"));
  g_assert_true (g_file_test (file, G_FILE_TEST_EXISTS));
  g_assert_true (gtk_root_get_focus (GTK_ROOT (self)) == self->undo_button);
  click (self, "models.undo");
  g_assert_nonnull (row_of (self, "unwanted"));
  g_assert_true (is_shown (row_of (self, "unwanted"), "Default"));
  g_assert_false (is_shown (self, "was removed"));

  do_models (self, "remove", "unwanted");
  click (self, "models.dismiss-undo");
  g_assert_false (is_shown (self, "was removed"));
  g_assert_null (row_of (self, "unwanted"));
  /* Demo models stay. */
  do_models (self, "remove", "Demo model");
  g_assert_nonnull (row_of (self, "Demo model"));
  start_over (self);
  close_window (window);
}

/* ---- the header's button ---- */

static void
test_button (void)
{
  QlWindow *window = new_window ();
  GtkWidget *button = gtk_widget_get_first_child (GTK_WIDGET (window->model_button));
  GtkWidget *popover = GTK_WIDGET (gtk_menu_button_get_popover (GTK_MENU_BUTTON (button)));
  g_autoptr (QlModelEntry) demo = g_list_model_get_item (G_LIST_MODEL (store ()), 0);
  g_autofree char *uses = memory_of (demo, "Uses up to about %s"),
                  *needs = memory_of (demo, "Needs about %s");

  g_assert_true (is_shown (button, "Demo model"));
  gtk_test_accessible_assert_property (button, GTK_ACCESSIBLE_PROPERTY_LABEL, "Model: Demo model · ready");
  gtk_menu_button_popup (GTK_MENU_BUTTON (button));
  WAIT (gtk_widget_get_mapped (popover));
  g_assert_true (is_shown (popover, "Demo model · ready"));
  g_assert_true (is_shown (popover, "BLIP-2 with OPT"));
  g_assert_true (is_shown (popover, uses));
  g_assert_true (is_shown (popover, "of memory free"));
  g_assert_true (is_shown (popover, "thread"));
  click (popover, "app.unload-model");
  WAIT (is_shown (popover, "Demo model · not open"));
  gtk_test_accessible_assert_property (button, GTK_ACCESSIBLE_PROPERTY_LABEL, "Model: Demo model · not open");
  g_assert_true (is_shown (popover, needs));

  gate_set (QL_ENGINE_PHASE_OPEN, 1);
  click (popover, "app.reload-model");
  WAIT (gate_held ());
  WAIT (is_shown (popover, "Opening the model… part"));
  click (popover, "app.stop-model");
  gate_open ();
  WAIT (state () == QL_ENGINE_NO_MODEL);
  click (popover, "app.reload-model");
  WAIT (is_shown (popover, "Demo model · ready"));

  click (popover, "app.models");
  WAIT (!gtk_widget_get_mapped (popover));
  close_models (open_models ());
  close_window (window);
}

/* All is within reach of the Tab key, with a message too, and with what is folded up. */
static void
test_keyboard (void)
{
  QlWindow *window = new_window ();
  QlModelsWindow *self = open_models ();
  g_autofree char *pictures = source ("data/samples");
  static const char *const wanted[] = { "message.dismiss", "models.load", "models.verify", "models.import" };
  gboolean seen[G_N_ELEMENTS (wanted)] = { FALSE };
  gboolean menu = FALSE;
  GtkWidget *first = NULL;

  WAIT (is_shown (row_of (self, "Demo model"), "7.4 million"));
  import (self, pictures);
  WAIT (is_shown (self, "was not added"));
  for (int i = 0; i < 60; i++)
    {
      GtkWidget *focus;

      gtk_widget_child_focus (GTK_WIDGET (self), GTK_DIR_TAB_FORWARD);
      focus = gtk_root_get_focus (GTK_ROOT (self));
      g_assert_nonnull (focus);
      if (focus == first)
        break;
      if (first == NULL)
        first = focus;
      menu = menu || gtk_widget_get_ancestor (focus, GTK_TYPE_MENU_BUTTON) != NULL;
      for (guint j = 0; j < G_N_ELEMENTS (wanted); j++)
        seen[j] = seen[j] || is_button_for (focus, wanted[j]);
    }
  for (guint j = 0; j < G_N_ELEMENTS (wanted); j++)
    g_assert_true (seen[j]);
  g_assert_true (menu);
  start_over (self);
  close_window (window);
}

int
main (int argc, char **argv)
{
  int result;

  harness_init (&argc, &argv);
  root = g_dir_make_tmp ("qlens-models-XXXXXX", NULL);
  WAIT (state () == QL_ENGINE_READY);
  g_test_add_func ("/models/list", test_list);
  g_test_add_func ("/models/import", test_import);
  g_test_add_func ("/models/import-gguf", test_import_gguf);
  g_test_add_func ("/models/shrink", test_shrink);
  g_test_add_func ("/models/offer", test_offer);
  g_test_add_func ("/models/broken", test_broken);
  g_test_add_func ("/models/load", test_load);
  g_test_add_func ("/models/stop-loading", test_stop_loading);
  g_test_add_func ("/models/no-room", test_no_room);
  g_test_add_func ("/models/default", test_default);
  g_test_add_func ("/models/verify", test_verify);
  g_test_add_func ("/models/remove", test_remove);
  g_test_add_func ("/models/button", test_button);
  g_test_add_func ("/models/keyboard", test_keyboard);
  result = harness_run ();
  remove_tree (root);
  g_free (root);
  return result;
}
