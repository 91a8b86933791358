/* The real window with the real engine on the demo model. Run through run-ui-test.sh. */

#include <string.h>

#include <glib/gstdio.h>
#include "tests/ui/harness.h"

#define ASK_SAMPLE "12-carrot-watermelon.png"

/* ---- tests ---- */

/* The program was started with a model folder that does not exist: said so, and mended. */
static void
test_model_error_and_stop (void)
{
  QlEngineService *engine = ql_application_get_engine (app);
  QlWindow *window = QL_WINDOW (gtk_application_get_active_window (GTK_APPLICATION (app)));

  WAIT (ql_engine_service_get_state (engine) == QL_ENGINE_ERROR);
  WAIT (ql_message_bar_is_shown (window->message_bar));
  g_assert_nonnull (strstr (ql_message_bar_get_what (window->message_bar), "no-such-model"));
  g_assert_nonnull (strstr (ql_message_bar_get_details (window->message_bar), "no-such-model"));
  g_assert_cmpstr (ql_message_bar_get_advice (window->message_bar), !=, "");
  g_unsetenv ("QLENS_MODEL");

  gate_set (QL_ENGINE_PHASE_OPEN, 1);
  g_action_group_activate_action (G_ACTION_GROUP (app), "reload-model", NULL);
  WAIT (gate_held ());
  g_assert_cmpint (ql_engine_service_get_state (engine), ==, QL_ENGINE_LOADING);
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (window->progress)));
  act (window, "stop");
  gate_open ();
  WAIT (ql_engine_service_get_state (engine) == QL_ENGINE_NO_MODEL);

  /* A picture opens the model again by itself. */
  open_sample (window, "01-donut.png");
  g_assert_cmpint (ql_engine_service_get_state (engine), ==, QL_ENGINE_READY);
  close_window (window);
}

static void
test_empty (void)
{
  QlWindow *window = new_window ();

  g_assert_cmpstr (gtk_stack_get_visible_child_name (window->centre), ==, "start");
  g_assert_false (enabled (window, "ask"));
  g_assert_false (enabled (window, "describe"));
  g_assert_false (enabled (window, "new"));
  g_assert_true (enabled (window, "open"));
  g_assert_true (enabled (window, "paste"));
  close_window (window);
}

static void
test_drop_file (void)
{
  QlWindow *window = new_window ();

  open_sample (window, "02-tent.png");
  /* The box has room for a line, whenever GtkTextView gets to know its size. */
  g_assert_cmpint (gtk_widget_get_height (ql_chat_page_get_view (window->chat_page)), >=, 30);
  g_assert_cmpstr (gtk_stack_get_visible_child_name (window->centre), ==, "canvas");
  g_assert_cmpstr (gtk_window_get_title (GTK_WINDOW (window)), ==, "02-tent.png");
  g_assert_cmpstr (gtk_label_get_text (row_label (window, "ql-answer")), ==, sample_caption ("02-tent.png"));
  gtk_test_accessible_assert_property (window->canvas, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                       sample_caption ("02-tent.png"));
  act (window, "new");
  g_assert_cmpstr (gtk_stack_get_visible_child_name (window->centre), ==, "start");
  g_assert_null (window->conversation);
  close_window (window);
}

static void
test_drop_texture (void)
{
  QlWindow *window = new_window ();
  g_autoptr (GFile) file = sample_file ("04-candle.png");
  g_autoptr (GError) error = NULL;
  g_autoptr (GdkTexture) texture = gdk_texture_new_from_file (file, &error);
  g_auto (GValue) value = G_VALUE_INIT;

  g_assert_no_error (error);
  g_value_init (&value, GDK_TYPE_TEXTURE);
  g_value_set_object (&value, texture);
  g_assert_true (drop_value (window, &value));
  WAIT (idle (window));
  g_assert_cmpstr (last_text (window), ==, sample_caption ("04-candle.png"));
  close_window (window);
}

static void
test_drop_several (void)
{
  QlWindow *window = new_window ();

  drop_files (window, "03-tree.jpg", "02-tent.png");
  WAIT (idle (window));
  g_assert_cmpstr (last_text (window), ==, sample_caption ("03-tree.jpg"));
  g_assert_true (ql_message_bar_is_shown (window->message_bar));
  g_assert_nonnull (strchr (ql_message_bar_get_what (window->message_bar), '2'));
  /* The other one is in the list, not described yet. */
  WAIT (n_sessions () >= 2);
  close_window (window);
}

static void
test_paste_texture (void)
{
  QlWindow *window = new_window ();
  g_autoptr (GFile) file = sample_file ("05-basketball.png");
  g_autoptr (GError) error = NULL;
  g_autoptr (GdkTexture) texture = gdk_texture_new_from_file (file, &error);

  g_assert_no_error (error);
  gdk_clipboard_set_texture (gtk_widget_get_clipboard (GTK_WIDGET (window)), texture);
  act (window, "paste");
  WAIT (idle (window));
  g_assert_cmpstr (last_text (window), ==, sample_caption ("05-basketball.png"));
  close_window (window);
}

static void
test_paste_files (void)
{
  QlWindow *window = new_window ();
  GFile *file = sample_file ("06-spider.png");
  GdkFileList *list = gdk_file_list_new_from_array (&file, 1);

  gdk_clipboard_set (gtk_widget_get_clipboard (GTK_WIDGET (window)), GDK_TYPE_FILE_LIST, list);
  act (window, "paste");
  WAIT (idle (window));
  g_assert_cmpstr (last_text (window), ==, sample_caption ("06-spider.png"));
  g_boxed_free (GDK_TYPE_FILE_LIST, list);
  g_object_unref (file);
  close_window (window);
}

static void
test_paste_text (void)
{
  QlWindow *window = new_window ();

  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (window)), "is there a donut?");
  /* Without a picture there is nothing to ask about: said so. */
  act (window, "paste");
  g_assert_true (ql_message_bar_is_shown (window->message_bar));
  open_sample (window, "01-donut.png");
  act (window, "paste");
  WAIT (question_is (window, "is there a donut?"));
  close_window (window);
}

static void
test_bad_file (void)
{
  QlWindow *window = new_window ();
  g_autofree char *path = g_build_filename (g_get_tmp_dir (), "qlens-not-a-picture.png", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autofree char *uri = g_file_get_uri (file);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, "this is text", -1, &error);
  g_assert_no_error (error);
  open_sample (window, "01-donut.png");
  g_action_group_activate_action (G_ACTION_GROUP (window), "open-uri", g_variant_new_string (uri));
  WAIT (ql_message_bar_is_shown (window->message_bar));
  g_assert_nonnull (strstr (ql_message_bar_get_what (window->message_bar), "qlens-not-a-picture.png"));
  g_assert_cmpstr (ql_message_bar_get_advice (window->message_bar), !=, "");
  g_assert_cmpstr (ql_message_bar_get_details (window->message_bar), !=, "");
  /* The picture that was there stays. */
  g_assert_cmpstr (ql_picture_get_name (ql_canvas_get_picture (window->canvas)), ==, "01-donut.png");
  act (window, "stop");
  g_assert_false (ql_message_bar_is_shown (window->message_bar));
  g_remove (path);

  g_action_group_activate_action (G_ACTION_GROUP (window), "open-uri",
                                  g_variant_new_string ("https://example.org/cat.png"));
  WAIT (ql_message_bar_is_shown (window->message_bar));
  g_assert_nonnull (strstr (ql_message_bar_get_advice (window->message_bar), "network"));
  close_window (window);
}

/* Typed and sent as a person does: Enter in the box. */
static void
press_enter (QlWindow *window)
{
  g_autoptr (GListModel) controllers
      = gtk_widget_observe_controllers (ql_chat_page_get_view (window->chat_page));
  gboolean handled = FALSE;

  for (guint i = 0; i < g_list_model_get_n_items (controllers) && !handled; i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);

      if (GTK_IS_EVENT_CONTROLLER_KEY (controller)
          && gtk_event_controller_get_propagation_phase (controller) == GTK_PHASE_CAPTURE)
        g_signal_emit_by_name (controller, "key-pressed", GDK_KEY_Return, 0, 0, &handled);
    }
  g_assert_true (handled);
}

static void
test_ask (void)
{
  QlWindow *window = new_window ();
  json_t *qa;
  size_t i;

  /* A picture of which beam search, which the window uses, and greedy decoding, which the
   * list of samples was made with, say the same. */
  open_sample (window, ASK_SAMPLE);
  json_array_foreach (json_object_get (sample_json (ASK_SAMPLE), "qa"), i, qa)
  {
    const char *question = json_string_value (json_object_get (qa, "question"));

    ql_chat_page_set_question (window->chat_page, question);
    press_enter (window);
    g_assert_true (question_is (window, ""));
    g_assert_true (ql_conversation_get_busy (window->conversation));
    WAIT (idle (window));
    g_assert_cmpstr (last_text (window), ==, json_string_value (json_object_get (qa, "answer")));
    g_assert_cmpstr (gtk_label_get_text (row_label (window, "ql-question")), ==, question);
    g_assert_true (ql_turn_get_picture_reused (ql_conversation_get_last (window->conversation)));
  }
  act (window, "edit");
  g_assert_true (
      question_is (window, ql_turn_get_question (ql_conversation_get_last (window->conversation))));
  act (window, "again");
  WAIT (idle (window));
  act (window, "describe");
  WAIT (idle (window));
  g_assert_cmpstr (last_text (window), ==, sample_caption (ASK_SAMPLE));
  close_window (window);
}

static void
test_stop (gconstpointer data)
{
  QlEnginePhase phase = (QlEnginePhase) GPOINTER_TO_INT (data);
  /* Each its own picture: of one that was seen already, the engine keeps what it found. */
  const char *name = phase == QL_ENGINE_PHASE_VISION    ? "07-tiger.png"
                     : phase == QL_ENGINE_PHASE_PREFILL ? "13-bear-pig.png"
                                                        : "10-palmtree-rose.jpg";
  QlWindow *window = new_window ();
  QlTurn *turn;

  gate_set (phase, phase == QL_ENGINE_PHASE_DECODE ? 3 : 1);
  drop_files (window, name, NULL);
  WAIT (gate_held ());
  turn = ql_conversation_get_current (window->conversation);
  if (phase == QL_ENGINE_PHASE_DECODE)
    WAIT (ql_turn_get_state (turn) == QL_TURN_STREAMING);
  WAIT (ql_engine_service_get_progress (window->engine).phase == phase);
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (window->progress)));
  {
    g_autofree char *before = g_strdup (ql_turn_get_text (turn));

    act (window, "stop");
    gate_open ();
    WAIT (idle (window));
    g_assert_cmpint (ql_turn_get_state (turn), ==, QL_TURN_STOPPED);
    g_assert_cmpstr (ql_turn_get_text (turn), ==, before);
    g_assert_cmpstr (gtk_label_get_text (row_label (window, "ql-answer")), ==, before);
    if (phase == QL_ENGINE_PHASE_DECODE)
      g_assert_cmpstr (before, !=, "");
  }
  g_assert_cmpstr (gtk_label_get_text (row_label (window, "ql-meta")), ==, "Stopped");
  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (window->progress)));
  act (window, "again");
  WAIT (idle (window));
  g_assert_cmpstr (last_text (window), ==, sample_caption (name));
  close_window (window);
}

static void
test_question_kept (void)
{
  QlWindow *window = new_window ();
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *question = NULL;

  open_sample (window, "01-donut.png");
  /* More words than the model has room for. */
  for (int i = 0; i < 4000; i++)
    g_string_append (text, "donut ");
  question = g_strchomp (g_string_free (g_steal_pointer (&text), FALSE));
  ql_chat_page_set_question (window->chat_page, question);
  act (window, "ask");
  WAIT (idle (window));
  g_assert_true (ql_message_bar_is_shown (window->message_bar));
  g_assert_cmpint (ql_turn_get_state (ql_conversation_get_last (window->conversation)), ==, QL_TURN_FAILED);
  g_assert_true (question_is (window, question));
  /* And the way on is open. */
  ql_chat_page_set_question (window->chat_page, "is there a donut?");
  act (window, "ask");
  WAIT (idle (window));
  g_assert_cmpstr (last_text (window), ==, "yes");
  g_assert_false (ql_message_bar_is_shown (window->message_bar));
  close_window (window);
}

static void
test_no_markup (void)
{
  QlWindow *window = new_window ();

  open_sample (window, "01-donut.png");
  ql_chat_page_set_question (window->chat_page, "<b>what</b> & <i>");
  act (window, "ask");
  WAIT (idle (window));
  g_assert_cmpstr (gtk_label_get_text (row_label (window, "ql-question")), ==, "<b>what</b> & <i>");
  g_assert_false (gtk_label_get_use_markup (row_label (window, "ql-question")));
  g_assert_false (gtk_label_get_use_markup (row_label (window, "ql-answer")));
  close_window (window);
}

static gboolean
count_cb (gpointer data)
{
  ++*(int *) data;
  return G_SOURCE_CONTINUE;
}

/* While the engine makes no progress at all, the main loop keeps its beat. */
static void
test_never_blocks (void)
{
  QlWindow *window = new_window ();
  int beats = 0;
  guint source;

  gate_set (QL_ENGINE_PHASE_VISION, 1);
  drop_files (window, "08-bell.png", NULL);
  WAIT (gate_held ());
  source = g_timeout_add (10, count_cb, &beats);
  WAIT (beats >= 50);
  g_assert_true (ql_conversation_get_busy (window->conversation));
  g_source_remove (source);
  gate_open ();
  WAIT (idle (window));
  close_window (window);
}

/* A new picture in the middle of an answer: nothing of the old one appears any more. */
static void
test_new_picture_while_busy (void)
{
  QlWindow *window = new_window ();

  gate_set (QL_ENGINE_PHASE_DECODE, 2);
  drop_files (window, "01-donut.png", NULL);
  WAIT (gate_held ());
  drop_files (window, "02-tent.png", NULL);
  WAIT (g_str_equal (gtk_window_get_title (GTK_WINDOW (window)), "02-tent.png"));
  gate_open ();
  WAIT (idle (window));
  g_assert_cmpuint (n_turns (window), ==, 1);
  g_assert_cmpstr (last_text (window), ==, sample_caption ("02-tent.png"));
  close_window (window);
}

static void
test_close_while_busy (void)
{
  QlWindow *window = new_window ();
  QlEngineService *engine = ql_application_get_engine (app);

  gate_set (QL_ENGINE_PHASE_VISION, 1);
  drop_files (window, "09-clock-cow.png", NULL);
  WAIT (gate_held ());
  close_window (window);
  gate_open ();
  WAIT (ql_engine_service_get_state (engine) == QL_ENGINE_READY);
}

static void
collect_shortcuts (GtkWidget *widget, GHashTable *names)
{
  if (GTK_IS_SHORTCUTS_SHORTCUT (widget))
    {
      char *name = NULL;

      g_object_get (widget, "action-name", &name, NULL);
      if (name != NULL && *name != '\0')
        g_hash_table_add (names, g_steal_pointer (&name));
      g_free (name);
    }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    collect_shortcuts (child, names);
}

static void
test_actions_in_help (void)
{
  QlWindow *window = new_window ();
  GtkShortcutsWindow *help = gtk_application_window_get_help_overlay (GTK_APPLICATION_WINDOW (window));
  g_autoptr (GHashTable) shown = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_auto (GStrv) with_keys = gtk_application_list_action_descriptions (GTK_APPLICATION (app));
  GHashTableIter iter;
  gpointer key;

  g_assert_nonnull (help);
  collect_shortcuts (GTK_WIDGET (help), shown);
  g_assert_cmpuint (g_hash_table_size (shown), >, 5);
  for (int i = 0; with_keys[i] != NULL; i++)
    if (!g_hash_table_contains (shown, with_keys[i]))
      g_error ("%s has a key and is not in the shortcuts window", with_keys[i]);
  g_hash_table_iter_init (&iter, shown);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      g_autofree char *name = NULL;
      g_autoptr (GVariant) target = NULL;
      GActionGroup *group;

      /* "win.page::chat" is "win.page" with a parameter. */
      g_assert_true (g_action_parse_detailed_name (key, &name, &target, NULL));
      group = g_str_has_prefix (name, "app.") ? G_ACTION_GROUP (app) : G_ACTION_GROUP (window);

      if (!g_action_group_has_action (group, strchr (name, '.') + 1))
        g_error ("%s is in the shortcuts window and is no action", name);
    }
  close_window (window);
}

static void
test_narrow (void)
{
  QlWindow *window = new_window ();

  g_assert_cmpint (gtk_orientable_get_orientation (GTK_ORIENTABLE (window->paned)), ==,
                   GTK_ORIENTATION_HORIZONTAL);
  gtk_window_set_default_size (GTK_WINDOW (window), 360, 640);
  WAIT (gtk_orientable_get_orientation (GTK_ORIENTABLE (window->paned)) == GTK_ORIENTATION_VERTICAL);
  WAIT (gtk_widget_get_width (GTK_WIDGET (window)) <= 360);
  g_assert_false (gtk_widget_get_visible (window->side));
  open_sample (window, "01-donut.png");
  g_assert_true (gtk_widget_get_visible (window->side));
  gtk_window_set_default_size (GTK_WINDOW (window), 1280, 800);
  WAIT (gtk_orientable_get_orientation (GTK_ORIENTABLE (window->paned)) == GTK_ORIENTATION_HORIZONTAL);
  close_window (window);
}

int
main (int argc, char **argv)
{
  g_setenv ("QLENS_MODEL", "/nowhere/no-such-model", TRUE);
  harness_init (&argc, &argv);
  g_application_activate (G_APPLICATION (app));

  /* First: it finds the program as it was started. */
  g_test_add_func ("/window/model-error-and-stop", test_model_error_and_stop);
  g_test_add_func ("/window/empty", test_empty);
  g_test_add_func ("/window/drop/file", test_drop_file);
  g_test_add_func ("/window/drop/texture", test_drop_texture);
  g_test_add_func ("/window/drop/several", test_drop_several);
  g_test_add_func ("/window/paste/texture", test_paste_texture);
  g_test_add_func ("/window/paste/files", test_paste_files);
  g_test_add_func ("/window/paste/text", test_paste_text);
  g_test_add_func ("/window/bad-file", test_bad_file);
  g_test_add_func ("/window/ask", test_ask);
  g_test_add_data_func ("/window/stop/vision", GINT_TO_POINTER (QL_ENGINE_PHASE_VISION), test_stop);
  g_test_add_data_func ("/window/stop/prefill", GINT_TO_POINTER (QL_ENGINE_PHASE_PREFILL), test_stop);
  g_test_add_data_func ("/window/stop/decode", GINT_TO_POINTER (QL_ENGINE_PHASE_DECODE), test_stop);
  g_test_add_func ("/window/question-kept", test_question_kept);
  g_test_add_func ("/window/no-markup", test_no_markup);
  g_test_add_func ("/window/never-blocks", test_never_blocks);
  g_test_add_func ("/window/new-picture-while-busy", test_new_picture_while_busy);
  g_test_add_func ("/window/close-while-busy", test_close_while_busy);
  g_test_add_func ("/window/actions-in-help", test_actions_in_help);
  g_test_add_func ("/window/narrow", test_narrow);
  return harness_run ();
}
