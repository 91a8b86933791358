/* What can be done with answers: words, actions, undo, presets, context, export. */

#include "tests/ui/harness.h"

#include <string.h>

#include <glib/gstdio.h>

#include "app/conversation-export.h"
#include "ui/style-popover.h"

static gboolean
shown (QlWindow *window, const char *css_class)
{
  return gtk_widget_get_mapped (find_class (GTK_WIDGET (window->chat_page), css_class));
}

static QlTurnRow *
last_row (QlWindow *window)
{
  return QL_TURN_ROW (find_type (GTK_WIDGET (window->chat_page), QL_TYPE_TURN_ROW));
}

static void
act_on (QlWindow *window, const char *action, guint number)
{
  g_assert_true (enabled (window, action));
  g_action_group_activate_action (G_ACTION_GROUP (window), action, g_variant_new_uint32 (number));
}

static void
ask (QlWindow *window, const char *question)
{
  g_action_group_activate_action (G_ACTION_GROUP (window), "ask-text", g_variant_new_string (question));
  WAIT (idle (window));
}

static void
move_focus (QlWindow *window, GtkDirectionType direction)
{
  g_signal_emit_by_name (window, "move-focus", direction);
}

static void
test_words (void)
{
  QlWindow *window = new_window ();
  QlAnswerView *answer;
  GtkWidget *word, *card;
  graphene_rect_t first, second, label;
  g_autoptr (GPtrArray) seen = g_ptr_array_new ();

  open_sample (window, "01-donut.png");
  answer = ql_turn_row_get_answer (last_row (window));
  WAIT (gtk_widget_get_height (ql_answer_view_get_word (answer, 0)) > 0);
  /* Six words, side by side on their text. */
  g_assert_nonnull (ql_answer_view_get_word (answer, 5));
  g_assert_null (ql_answer_view_get_word (answer, 6));
  g_assert_true (
      gtk_widget_compute_bounds (ql_answer_view_get_word (answer, 0), GTK_WIDGET (answer), &first));
  g_assert_true (
      gtk_widget_compute_bounds (ql_answer_view_get_word (answer, 1), GTK_WIDGET (answer), &second));
  g_assert_true (gtk_widget_compute_bounds (GTK_WIDGET (ql_answer_view_get_label (answer)),
                                            GTK_WIDGET (answer), &label));
  g_assert_cmpfloat (first.origin.x + first.size.width, <, second.origin.x + 1);
  g_assert_true (graphene_rect_contains_rect (&label, &second));

  /* Tab leads from the text to the words, arrows along them, Tab out of them. */
  gtk_widget_grab_focus (GTK_WIDGET (ql_answer_view_get_label (answer)));
  move_focus (window, GTK_DIR_TAB_FORWARD);
  g_assert_true (gtk_root_get_focus (GTK_ROOT (window)) == ql_answer_view_get_word (answer, 0));
  move_focus (window, GTK_DIR_RIGHT);
  move_focus (window, GTK_DIR_RIGHT);
  word = ql_answer_view_get_word (answer, 2);
  g_assert_true (gtk_root_get_focus (GTK_ROOT (window)) == word);
  gtk_test_accessible_assert_property (word, GTK_ACCESSIBLE_PROPERTY_LABEL, "donut");
  {
    guint n;
    const QlWord *words = ql_turn_get_words (ql_conversation_get_last (window->conversation), &n);
    g_autofree char *said = g_strdup_printf ("%d %% sure", (int) (words[2].probability * 100 + 0.5));
    char *all
        = gtk_test_accessible_check_property (GTK_ACCESSIBLE (word), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, "");

    g_assert_nonnull (strstr (all, said));
    g_assert_nonnull (strstr (all, "Instead: "));
    g_free (all);
  }
  gtk_widget_activate (word);
  WAIT (ql_answer_view_get_card (answer) != NULL && gtk_widget_get_mapped (ql_answer_view_get_card (answer)));
  g_assert_nonnull (find_type (ql_answer_view_get_card (answer), GTK_TYPE_LEVEL_BAR));
  g_assert_false (
      gtk_label_get_use_markup (GTK_LABEL (find_type (ql_answer_view_get_card (answer), GTK_TYPE_LABEL))));
  card = ql_answer_view_get_card (answer);
  g_object_add_weak_pointer (G_OBJECT (card), (gpointer *) &card);
  gtk_popover_popdown (GTK_POPOVER (card));
  WAIT (ql_answer_view_get_card (answer) == NULL && card == NULL);
  gtk_widget_grab_focus (word);
  move_focus (window, GTK_DIR_TAB_FORWARD);
  g_assert_false (gtk_widget_is_ancestor (gtk_root_get_focus (GTK_ROOT (window)), GTK_WIDGET (answer)));
  close_window (window);
}

static void
copied_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  *(char **) data = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (source), result, &error);
  g_assert_no_error (error);
}

static void
test_turn_actions (void)
{
  QlWindow *window = new_window ();
  g_autofree char *text = NULL;

  g_assert_false (enabled (window, "copy-turn"));
  g_assert_false (enabled (window, "undo"));
  open_sample (window, "01-donut.png");
  ask (window, "is there a donut?");
  ask (window, "is there a dog?");
  g_assert_cmpuint (n_turns (window), ==, 3);

  act_on (window, "copy-turn", 1);
  gdk_clipboard_read_text_async (gtk_widget_get_clipboard (GTK_WIDGET (window)), NULL, copied_cb, &text);
  WAIT (text != NULL);
  g_assert_cmpstr (text, ==, sample_caption ("01-donut.png"));

  act_on (window, "again-turn", 2);
  WAIT (idle (window));
  g_assert_cmpuint (n_turns (window), ==, 4);
  g_assert_cmpstr (ql_turn_get_question (ql_conversation_get_last (window->conversation)), ==,
                   "is there a donut?");
  act_on (window, "edit-turn", 3);
  g_assert_true (question_is (window, "is there a dog?"));
  /* A description has no question to edit; a turn that is not there changes nothing. */
  act_on (window, "edit-turn", 1);
  act_on (window, "delete-turn", 77);
  g_assert_true (question_is (window, "is there a dog?"));
  g_assert_cmpuint (n_turns (window), ==, 4);
  close_window (window);
}

static GtkWidget *
row_button (QlWindow *window, const char *tooltip)
{
  GtkWidget *button
      = gtk_widget_get_first_child (find_class (GTK_WIDGET (last_row (window)), "ql-turn-actions"));

  while (g_strcmp0 (gtk_widget_get_tooltip_text (button), tooltip) != 0)
    button = gtk_widget_get_next_sibling (button);
  return button;
}

/* The buttons beside an answer do what the actions do, and can be pressed when those can. */
static void
test_row_buttons (void)
{
  QlWindow *window = new_window ();
  GtkWidget *again, *delete;

  open_sample (window, "01-donut.png");
  ask (window, "is there a donut?");
  g_signal_emit_by_name (row_button (window, "Edit the question and ask"), "clicked");
  g_assert_true (question_is (window, "is there a donut?"));
  again = row_button (window, "Ask again");
  delete = row_button (window, "Delete question and answer");
  gtk_widget_set_state_flags (GTK_WIDGET (last_row (window)), GTK_STATE_FLAG_PRELIGHT, FALSE);
  g_assert_true (gtk_widget_is_sensitive (again));
  gate_set (QL_ENGINE_PHASE_DECODE, 1);
  g_signal_emit_by_name (again, "clicked");
  WAIT (gate_held ());
  g_assert_cmpuint (n_turns (window), ==, 3);
  g_assert_false (gtk_widget_is_sensitive (again));
  g_assert_false (gtk_widget_is_sensitive (delete));
  gate_open ();
  WAIT (idle (window));
  g_assert_true (gtk_widget_is_sensitive (again));
  g_signal_emit_by_name (delete, "clicked");
  g_assert_cmpuint (n_turns (window), ==, 2);
  close_window (window);
}

static void
test_delete_undo (void)
{
  QlWindow *window = new_window ();
  GListModel *turns;
  g_autoptr (QlTurn) second = NULL;

  open_sample (window, "01-donut.png");
  ask (window, "is there a donut?");
  ask (window, "is there a dog?");
  turns = ql_conversation_get_turns (window->conversation);
  act_on (window, "delete-turn", 2);
  act_on (window, "delete-turn", 0);
  g_assert_cmpuint (n_turns (window), ==, 1);
  WAIT (shown (window, "ql-undo-bar"));
  act (window, "undo");
  act (window, "undo");
  g_assert_cmpuint (n_turns (window), ==, 3);
  second = g_list_model_get_item (turns, 1);
  g_assert_cmpuint (ql_turn_get_number (second), ==, 2);
  g_assert_false (enabled (window, "undo"));
  g_assert_false (shown (window, "ql-undo-bar"));
  /* What is typed is undone first; then what was deleted. */
  act_on (window, "delete-turn", 0);
  ql_chat_page_focus_question (window->chat_page);
  gtk_text_buffer_insert_at_cursor (
      gtk_text_view_get_buffer (GTK_TEXT_VIEW (ql_chat_page_get_view (window->chat_page))), "x", -1);
  act (window, "undo");
  g_assert_true (question_is (window, ""));
  g_assert_cmpuint (n_turns (window), ==, 2);
  act (window, "undo");
  g_assert_cmpuint (n_turns (window), ==, 3);
  /* The description is gone from the picture with its turn, and comes back with it. */
  act_on (window, "delete-turn", 1);
  gtk_test_accessible_assert_property (window->canvas, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, "");
  act (window, "undo");
  gtk_test_accessible_assert_property (window->canvas, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                       sample_caption ("01-donut.png"));
  close_window (window);
}

static void
test_up_edits (void)
{
  QlWindow *window = new_window ();
  GtkWidget *view = ql_chat_page_get_view (window->chat_page);
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (view);

  open_sample (window, "01-donut.png");
  ask (window, "is there a donut?");
  for (int round = 0; round < 2; round++)
    {
      gboolean handled = FALSE;

      for (guint i = 0; i < g_list_model_get_n_items (controllers) && !handled; i++)
        {
          g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);

          if (GTK_IS_EVENT_CONTROLLER_KEY (controller)
              && gtk_event_controller_get_propagation_phase (controller) == GTK_PHASE_CAPTURE)
            g_signal_emit_by_name (controller, "key-pressed", GDK_KEY_Up, 0, 0, &handled);
        }
      /* In a box that is not empty, Up is the cursor's. */
      g_assert_cmpint (handled, ==, round == 0);
      g_assert_true (question_is (window, "is there a donut?"));
    }
  close_window (window);
}

/* Back from the question with Shift+Tab, part by part: nothing holds the focus for good. */
static void
test_tab_back (void)
{
  QlWindow *window = new_window ();
  GtkWidget *view = ql_chat_page_get_view (window->chat_page);
  GtkWidget *row;

  open_sample (window, "01-donut.png");
  row = GTK_WIDGET (last_row (window));
  WAIT (gtk_widget_get_height (ql_answer_view_get_word (ql_turn_row_get_answer (last_row (window)), 0)) > 0);
  ql_chat_page_focus_question (window->chat_page);
  ql_chat_page_focus_question (window->chat_page);
  for (int i = 0; i < 12; i++)
    {
      GtkWidget *focus;

      move_focus (window, GTK_DIR_TAB_BACKWARD);
      focus = gtk_root_get_focus (GTK_ROOT (window));
      g_assert_true (focus != view);
      if (gtk_widget_is_ancestor (focus, row))
        break;
    }
  g_assert_true (gtk_widget_is_ancestor (gtk_root_get_focus (GTK_ROOT (window)), row));
  close_window (window);
}

static void
test_style (void)
{
  QlWindow *window = new_window ();
  GSettings *settings = ql_application_get_settings (app);
  QlStylePopover *popover
      = QL_STYLE_POPOVER (find_type (GTK_WIDGET (window->chat_page), QL_TYPE_STYLE_POPOVER));
  GtkWidget *most = ql_style_popover_get_knob (popover, QL_KNOB_MOST_TOKENS);

  g_assert_nonnull (settings);
  open_sample (window, "01-donut.png");
  act (window, "style");
  WAIT (gtk_widget_get_mapped (GTK_WIDGET (popover)));
  g_assert_false (gtk_widget_get_sensitive (most));
  g_assert_false (enabled (window, "reset-style"));
  g_action_group_activate_action (G_ACTION_GROUP (window), "preset", g_variant_new_string ("describe"));
  g_assert_true (gtk_widget_get_sensitive (most));
  g_assert_false (gtk_widget_get_sensitive (ql_style_popover_get_knob (popover, QL_KNOB_TEMPERATURE)));
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (most), 2);
  gtk_popover_popdown (GTK_POPOVER (popover));
  act (window, "describe");
  WAIT (idle (window));
  g_assert_cmpstr (last_text (window), !=, sample_caption ("01-donut.png"));
  g_assert_cmpstr (last_text (window), !=, "");
  act (window, "reset-style");
  g_assert_cmpfloat (gtk_spin_button_get_value (GTK_SPIN_BUTTON (most)), ==, 30);
  act (window, "describe");
  WAIT (idle (window));
  g_assert_cmpstr (last_text (window), ==, sample_caption ("01-donut.png"));

  g_action_group_activate_action (G_ACTION_GROUP (window), "preset", g_variant_new_string ("creative"));
  g_assert_true (gtk_widget_get_sensitive (ql_style_popover_get_knob (popover, QL_KNOB_TEMPERATURE)));
  g_assert_false (gtk_widget_get_sensitive (ql_style_popover_get_knob (popover, QL_KNOB_BEAMS)));
  act (window, "describe");
  WAIT (idle (window));
  g_assert_nonnull (strstr (gtk_label_get_text (row_label (window, "ql-meta")), "seed "));
  g_settings_reset (settings, "preset");
  close_window (window);
}

static void
test_context (void)
{
  QlWindow *window = new_window ();

  open_sample (window, "01-donut.png");
  g_action_group_activate_action (G_ACTION_GROUP (window), "use-context", NULL);
  ask (window, "is there a donut?");
  ask (window, "is there a dog?");
  g_assert_cmpint (ql_turn_get_n_earlier (ql_conversation_get_last (window->conversation)), ==, 1);
  g_assert_nonnull (strstr (gtk_label_get_text (row_label (window, "ql-meta")), "1 earlier turn read"));
  g_action_group_activate_action (G_ACTION_GROUP (window), "use-context", NULL);
  g_assert_false (g_settings_get_boolean (ql_application_get_settings (app), "use-context"));
  close_window (window);
}

static void
test_newest (void)
{
  QlWindow *window = new_window ();
  GtkScrolledWindow *scroller;
  GtkAdjustment *adjustment;

  gtk_window_set_default_size (GTK_WINDOW (window), 1000, 500);
  open_sample (window, "01-donut.png");
  for (int i = 0; i < 8; i++)
    ask (window, "is there a donut?");
  scroller = GTK_SCROLLED_WINDOW (
      gtk_widget_get_ancestor (GTK_WIDGET (last_row (window)), GTK_TYPE_SCROLLED_WINDOW));
  adjustment = gtk_scrolled_window_get_vadjustment (scroller);
#define AT_END                                                                                               \
  (gtk_adjustment_get_upper (adjustment) - gtk_adjustment_get_page_size (adjustment)                         \
       - gtk_adjustment_get_value (adjustment)                                                               \
   < 2)
  WAIT (gtk_adjustment_get_upper (adjustment) > 2 * gtk_adjustment_get_page_size (adjustment) && AT_END);
  gate_set (QL_ENGINE_PHASE_DECODE, 1);
  g_action_group_activate_action (G_ACTION_GROUP (window), "ask-text",
                                  g_variant_new_string ("is there a dog?"));
  WAIT (gate_held () && AT_END);
  /* Who reads further up is not torn away from there. */
  gtk_adjustment_set_value (adjustment, 0);
  gate_open ();
  WAIT (idle (window));
  WAIT (shown (window, "ql-newest"));
  g_assert_cmpfloat (gtk_adjustment_get_value (adjustment), ==, 0);
  act (window, "newest");
  WAIT (AT_END);
  g_assert_false (shown (window, "ql-newest"));
  close_window (window);
}

static double
bottom_of (GtkWidget *widget, GtkWidget *in)
{
  graphene_rect_t bounds;

  g_assert_true (gtk_widget_compute_bounds (widget, in, &bounds));
  return (double) (bounds.origin.y + bounds.size.height);
}

/* Also in a small window, whose rows wrap. */
static void
test_follows (void)
{
  QlWindow *window = new_window ();
  GtkScrolledWindow *scroller;
  GtkAdjustment *adjustment;

  gtk_window_set_default_size (GTK_WINDOW (window), 360, 640);
  WAIT (gtk_widget_get_width (GTK_WIDGET (window)) <= 360);
  open_sample (window, "12-carrot-watermelon.png");
  scroller = GTK_SCROLLED_WINDOW (
      gtk_widget_get_ancestor (GTK_WIDGET (last_row (window)), GTK_TYPE_SCROLLED_WINDOW));
  adjustment = gtk_scrolled_window_get_vadjustment (scroller);
  for (int i = 0; i < 6; i++)
    {
      ask (window, i % 2 == 0 ? "what color is the carrot?" : "is there a dog?");
      WAIT (gtk_widget_get_height (ql_answer_view_get_word (ql_turn_row_get_answer (last_row (window)), 0))
            > 0);
      WAIT (AT_END
            && bottom_of (GTK_WIDGET (last_row (window)), GTK_WIDGET (scroller))
                   <= (double) gtk_widget_get_height (GTK_WIDGET (scroller)));
    }
  gtk_window_set_default_size (GTK_WINDOW (window), 1280, 800);
  WAIT (gtk_widget_get_width (GTK_WIDGET (window)) > 1000);
  close_window (window);
}

/* In a program that runs from right to left, an English answer does not. */
static void
test_right_to_left (void)
{
  QlWindow *window;
  QlAnswerView *answer;
  graphene_rect_t first, second, bubble;

  gtk_widget_set_default_direction (GTK_TEXT_DIR_RTL);
  window = new_window ();
  open_sample (window, "01-donut.png");
  answer = ql_turn_row_get_answer (last_row (window));
  WAIT (gtk_widget_get_height (ql_answer_view_get_word (answer, 1)) > 0);
  g_assert_true (
      gtk_widget_compute_bounds (ql_answer_view_get_word (answer, 0), GTK_WIDGET (window), &first));
  g_assert_true (
      gtk_widget_compute_bounds (ql_answer_view_get_word (answer, 1), GTK_WIDGET (window), &second));
  g_assert_true (gtk_widget_compute_bounds (GTK_WIDGET (answer), GTK_WIDGET (window), &bubble));
  g_assert_cmpfloat (first.origin.x, <, second.origin.x);
  g_assert_true (graphene_rect_contains_rect (&bubble, &first));
  gtk_widget_grab_focus (ql_answer_view_get_word (answer, 0));
  move_focus (window, GTK_DIR_RIGHT);
  g_assert_true (gtk_root_get_focus (GTK_ROOT (window)) == ql_answer_view_get_word (answer, 1));
  gtk_widget_set_default_direction (GTK_TEXT_DIR_LTR);
  close_window (window);
}

static void
test_stopped_again (void)
{
  QlWindow *window = new_window ();

  gate_set (QL_ENGINE_PHASE_DECODE, 2);
  drop_files (window, "10-palmtree-rose.jpg", NULL);
  WAIT (gate_held ());
  g_assert_false (enabled (window, "delete-turn"));
  act (window, "stop");
  gate_open ();
  WAIT (idle (window));
  g_assert_null (ql_answer_view_get_word (ql_turn_row_get_answer (last_row (window)), 0));
  act_on (window, "again-turn", 1);
  WAIT (idle (window));
  g_assert_cmpstr (last_text (window), ==, sample_caption ("10-palmtree-rose.jpg"));
  close_window (window);
}

static void
test_export (void)
{
  QlWindow *window = new_window ();
  g_autofree char *json_path = g_build_filename (g_get_tmp_dir (), "qlens-export.json", NULL);
  g_autofree char *json_uri = g_filename_to_uri (json_path, NULL, NULL);
  g_autofree char *md_path = g_build_filename (g_get_tmp_dir (), "qlens-export.md", NULL);
  g_autofree char *md_uri = g_filename_to_uri (md_path, NULL, NULL);
  g_autofree char *markdown = NULL;
  json_t *root, *turn;
  json_error_t error;

  open_sample (window, "01-donut.png");
  ask (window, "<b>is</b> *there* a [donut](x)?");
  g_action_group_activate_action (G_ACTION_GROUP (window), "save-as", g_variant_new_string (json_uri));
  WAIT (ql_message_bar_is_shown (window->message_bar));
  g_assert_nonnull (strstr (ql_message_bar_get_what (window->message_bar), "qlens-export.json"));
  root = json_load_file (json_path, 0, &error);
  g_assert_nonnull (root);
  g_assert_cmpstr (json_string_value (json_object_get (root, "format")), ==, "qlens-conversation");
  g_assert_cmpuint (json_array_size (json_object_get (root, "turns")), ==, 2);
  turn = json_array_get (json_object_get (root, "turns"), 0);
  g_assert_true (json_is_null (json_object_get (turn, "question")));
  g_assert_cmpstr (json_string_value (json_object_get (turn, "answer")), ==, sample_caption ("01-donut.png"));
  g_assert_cmpuint (json_array_size (json_object_get (turn, "words")), ==, 6);
  json_decref (root);

  ql_message_bar_dismiss (window->message_bar);
  g_action_group_activate_action (G_ACTION_GROUP (window), "save-as", g_variant_new_string (md_uri));
  WAIT (ql_message_bar_is_shown (window->message_bar));
  g_assert_true (g_file_get_contents (md_path, &markdown, NULL, NULL));
  g_assert_true (g_str_has_prefix (markdown, "# 01\\-donut\\.png\n"));
  g_assert_nonnull (strstr (markdown, "\\<b\\>is\\</b\\> \\*there\\* a \\[donut\\]\\(x\\)?"));
  g_assert_nonnull (strstr (markdown, sample_caption ("01-donut.png")));
  g_remove (json_path);
  g_remove (md_path);

  /* What cannot be written is said, with a way on. */
  ql_message_bar_dismiss (window->message_bar);
  g_action_group_activate_action (G_ACTION_GROUP (window), "save-as",
                                  g_variant_new_string ("file:///nowhere/at/all.md"));
  WAIT (ql_message_bar_is_shown (window->message_bar));
  g_assert_nonnull (strstr (ql_message_bar_get_what (window->message_bar), "all.md"));
  g_assert_cmpstr (ql_message_bar_get_advice (window->message_bar), !=, "");
  close_window (window);
}

/* Beside the picture, once only, and nothing that was there is lost. */
static void
test_write_caption (void)
{
  QlWindow *window = new_window ();
  g_autofree char *dir = g_dir_make_tmp ("qlens-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "tent.png", NULL);
  g_autofree char *txt = g_build_filename (dir, "tent.txt", NULL);
  g_autofree char *xmp = g_build_filename (dir, "tent.png.xmp", NULL);
  g_autofree char *expected = g_strdup_printf ("mine\n%s\n", sample_caption ("02-tent.png"));
  g_autofree char *text = NULL, *packet = NULL;
  g_autoptr (GFile) sample = sample_file ("02-tent.png"), file = g_file_new_for_path (path);

  g_assert_true (g_file_copy (sample, file, G_FILE_COPY_NONE, NULL, NULL, NULL, NULL));
  g_assert_true (g_file_set_contents (txt, "mine\n", -1, NULL));
  g_assert_false (enabled (window, "write-caption"));
  ql_window_open_files (window, &file, 1);
  WAIT (idle (window));
  for (int i = 0; i < 2; i++)
    {
      g_action_group_activate_action (G_ACTION_GROUP (window), "write-caption", g_variant_new_string ("txt"));
      WAIT (ql_message_bar_is_shown (window->message_bar));
      act (window, "stop");
    }
  g_assert_true (g_file_get_contents (txt, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, expected);
  g_action_group_activate_action (G_ACTION_GROUP (window), "write-caption", g_variant_new_string ("xmp"));
  WAIT (ql_message_bar_is_shown (window->message_bar));
  g_assert_true (g_file_get_contents (xmp, &packet, NULL, NULL));
  g_assert_nonnull (strstr (packet, sample_caption ("02-tent.png")));
  close_window (window);
  g_unlink (txt);
  g_unlink (xmp);
  g_unlink (path);
  g_rmdir (dir);
}

int
main (int argc, char **argv)
{
  harness_init (&argc, &argv);
  g_test_add_func ("/chat/words", test_words);
  g_test_add_func ("/chat/turn-actions", test_turn_actions);
  g_test_add_func ("/chat/row-buttons", test_row_buttons);
  g_test_add_func ("/chat/delete-undo", test_delete_undo);
  g_test_add_func ("/chat/up-edits", test_up_edits);
  g_test_add_func ("/chat/tab-back", test_tab_back);
  g_test_add_func ("/chat/style", test_style);
  g_test_add_func ("/chat/context", test_context);
  g_test_add_func ("/chat/newest", test_newest);
  g_test_add_func ("/chat/follows", test_follows);
  g_test_add_func ("/chat/right-to-left", test_right_to_left);
  g_test_add_func ("/chat/stopped-again", test_stopped_again);
  g_test_add_func ("/chat/export", test_export);
  g_test_add_func ("/chat/write-caption", test_write_caption);
  return harness_run ();
}
