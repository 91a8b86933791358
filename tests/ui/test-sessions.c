/* The list of sessions: what was said is there again, also after the program has ended. */

#include <math.h>
#include <string.h>

#include <glib/gstdio.h>

#include "app/journal.h"
#include "app/session-read.h"
#include "tests/ui/harness.h"

#define SAMPLE "12-carrot-watermelon.png"
#define OTHER "02-tent.png"

static QlSessionStore *
store (void)
{
  return ql_application_get_sessions (app);
}

static QlSession *
session_at (guint i)
{
  g_autoptr (QlSession) session = g_list_model_get_item (G_LIST_MODEL (store ()), i);

  g_assert_nonnull (session);
  return session; /* the store keeps it */
}

static char *
journal_path (const char *id)
{
  g_autofree char *base = g_strconcat (id, ".jsonl", NULL);

  return g_build_filename (ql_session_store_get_dirs (store ())->sessions, base, NULL);
}

static void
act_on (QlWindow *window, const char *name, const char *id)
{
  g_assert_true (g_action_group_get_action_enabled (G_ACTION_GROUP (window), name));
  g_action_group_activate_action (G_ACTION_GROUP (window), name, g_variant_new_string (id));
}

/* Empty lists are where all tests begin. */
static void
delete_all (QlWindow *window)
{
  while (n_sessions () > 0)
    {
      g_autofree char *id = g_strdup (ql_session_get_id (session_at (0)));
      guint n = ql_session_store_get_n_deleted (store ());

      act_on (window, "delete-session", id);
      WAIT (ql_session_store_get_n_deleted (store ()) == n + 1
            && ql_session_store_find (store (), id) == NULL);
    }
}

static gboolean
titled (const char *id, const char *title)
{
  QlSession *session = ql_session_store_find (store (), id);

  return session != NULL && g_strcmp0 (ql_session_get_title (session), title) == 0;
}

static char *
session_id (QlWindow *window)
{
  g_assert_nonnull (window->session);
  return g_strdup (ql_open_session_get_id (window->session));
}

/* Nobody has it open any more. */
static gboolean
is_path_closed (const char *path)
{
  gboolean busy = TRUE;
  g_autoptr (QlSessionState) state = ql_journal_read (path, &busy, NULL);

  return state != NULL && !busy;
}

static gboolean
is_closed (const char *id)
{
  g_autofree char *path = journal_path (id);

  return is_path_closed (path);
}

static void
test_again (void)
{
  QlWindow *window = new_window ();
  json_t *qa = json_array_get (json_object_get (sample_json (SAMPLE), "qa"), 0);
  const char *question = json_string_value (json_object_get (qa, "question"));
  g_autofree char *id = NULL, *answer = NULL;
  g_autofree char *path = NULL;
  g_autoptr (QlSessionState) state = NULL;
  const QlSavedTurn *saved;
  guint n_words, n_words_before;
  double probability;
  QlTurn *turn;

  delete_all (window);
  open_sample (window, SAMPLE);
  id = session_id (window);
  WAIT (titled (id, sample_caption (SAMPLE)));
  WAIT (ql_session_get_thumbnail (ql_session_store_find (store (), id)) != NULL);
  act_on (window, "ask-text", question);
  WAIT (idle (window));
  turn = ql_conversation_get_last (window->conversation);
  answer = g_strdup (ql_turn_get_text (turn));
  probability = ql_turn_get_words (turn, &n_words_before)[0].probability;
  g_assert_cmpuint (n_words_before, >, 0);
  WAIT (ql_session_get_n_turns (ql_session_store_find (store (), id)) == 2);

  act (window, "new");
  g_assert_null (window->conversation);
  act_on (window, "open-session", id);
  WAIT (window->session != NULL);
  g_assert_cmpuint (n_turns (window), ==, 2);
  turn = ql_conversation_get_last (window->conversation);
  g_assert_cmpstr (ql_turn_get_question (turn), ==, question);
  g_assert_cmpstr (ql_turn_get_text (turn), ==, answer);
  g_assert_cmpint (ql_turn_get_state (turn), ==, QL_TURN_DONE);
  g_assert_cmpint (ql_turn_get_style (turn)->preset, ==, QL_PRESET_SHORT);
  g_assert_cmpfloat_with_epsilon (ql_turn_get_words (turn, &n_words)[0].probability, probability, 1e-6);
  g_assert_cmpuint (n_words, ==, n_words_before);
  g_assert_cmpstr (gtk_label_get_text (row_label (window, "ql-answer")), ==, answer);
  gtk_test_accessible_assert_property (window->canvas, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                       sample_caption (SAMPLE));

  /* And it goes on. */
  act_on (window, "ask-text", question);
  WAIT (idle (window));
  g_assert_cmpuint (n_turns (window), ==, 3);
  g_assert_cmpstr (last_text (window), ==, answer);
  WAIT (ql_session_get_n_turns (ql_session_store_find (store (), id)) == 3);
  close_window (window);
  WAIT (is_closed (id));

  /* For whoever wants to know later: by what it was answered, and how. */
  path = journal_path (id);
  state = ql_journal_read (path, NULL, NULL);
  saved = g_ptr_array_index (state->turns, 1);
  g_assert_nonnull (saved->model_name);
  g_assert_cmpuint (strlen (saved->model_fingerprint), ==, 64);
  g_assert_nonnull (strstr (saved->settings, "\"beams\""));
  g_assert_cmpfloat (saved->timings.decode, >, 0);
  g_assert_true (isfinite (saved->score));
}

static void
test_list (void)
{
  QlWindow *window = new_window ();
  g_autofree char *first = NULL, *second = NULL;
  GtkSelectionModel *selection;

  delete_all (window);
  WAIT (ql_sessions_view_neighbour (window->sessions_view, 1) == NULL);
  open_sample (window, SAMPLE);
  first = session_id (window);
  WAIT (titled (first, sample_caption (SAMPLE)));
  open_sample (window, OTHER);
  second = session_id (window);
  WAIT (titled (second, sample_caption (OTHER)));
  g_assert_cmpstr (ql_session_get_id (session_at (0)), ==, second);

  /* Selecting shows; what is shown is selected. */
  selection = gtk_list_view_get_model (ql_sessions_view_get_list (window->sessions_view));
  WAIT (gtk_selection_model_is_selected (selection, 0));
  gtk_selection_model_select_item (selection, 1, TRUE);
  WAIT (window->loading == NULL && g_strcmp0 (ql_open_session_get_id (window->session), first) == 0);
  g_assert_cmpstr (last_text (window), ==, sample_caption (SAMPLE));
  act (window, "previous-session");
  WAIT (window->loading == NULL && g_strcmp0 (ql_open_session_get_id (window->session), second) == 0);
  act (window, "next-session");
  WAIT (window->loading == NULL && g_strcmp0 (ql_open_session_get_id (window->session), first) == 0);

  /* Search finds what was answered. */
  act (window, "search-sessions");
  gtk_editable_set_text (ql_sessions_view_get_search (window->sessions_view), "TENT orange");
  WAIT (g_list_model_get_n_items (G_LIST_MODEL (selection)) == 1);
  gtk_editable_set_text (ql_sessions_view_get_search (window->sessions_view), "no such thing");
  WAIT (g_list_model_get_n_items (G_LIST_MODEL (selection)) == 0);
  gtk_editable_set_text (ql_sessions_view_get_search (window->sessions_view), "");
  WAIT (g_list_model_get_n_items (G_LIST_MODEL (selection)) == 2);
  close_window (window);
}

static void
test_delete (void)
{
  QlWindow *window = new_window ();
  g_autofree char *id = NULL;

  delete_all (window);
  open_sample (window, SAMPLE);
  id = session_id (window);
  WAIT (titled (id, sample_caption (SAMPLE)));
  act_on (window, "delete-session", "");
  g_assert_null (window->conversation);
  WAIT (n_sessions () == 0);
  WAIT (enabled (window, "undelete-session"));
  /* Ctrl+Z */
  act (window, "undo");
  WAIT (window->session != NULL && g_strcmp0 (ql_open_session_get_id (window->session), id) == 0);
  g_assert_cmpstr (last_text (window), ==, sample_caption (SAMPLE));
  WAIT (n_sessions () == 1);

  /* What was answered after it was deleted elsewhere would be lost: it is closed first. */
  gate_set (QL_ENGINE_PHASE_DECODE, 1);
  act (window, "describe");
  WAIT (gate_held ());
  act_on (window, "delete-session", "");
  gate_open ();
  WAIT (enabled (window, "undelete-session"));
  act (window, "undelete-session");
  WAIT (window->session != NULL);
  g_assert_cmpuint (n_turns (window), ==, 2);
  g_assert_cmpint (ql_turn_get_state (ql_conversation_get_last (window->conversation)), ==, QL_TURN_STOPPED);
  close_window (window);
}

/* The dialog of the window. */
static GtkDialog *
dialog (QlWindow *window)
{
  g_autoptr (GListModel) toplevels = g_object_ref (gtk_window_get_toplevels ());

  for (guint i = 0; i < g_list_model_get_n_items (toplevels); i++)
    {
      g_autoptr (GtkWindow) toplevel = g_list_model_get_item (toplevels, i);

      if (GTK_IS_DIALOG (toplevel) && gtk_window_get_transient_for (toplevel) == GTK_WINDOW (window))
        return GTK_DIALOG (toplevel);
    }
  return NULL;
}

static void
test_empty_bin (void)
{
  QlWindow *window = new_window ();
  const QlSessionDirs *dirs = ql_session_store_get_dirs (store ());
  g_autofree char *id = NULL, *base = NULL, *path = NULL;

  delete_all (window);
  open_sample (window, OTHER);
  id = session_id (window);
  base = g_strconcat (id, ".deleted", NULL);
  path = g_build_filename (dirs->sessions, base, NULL);
  WAIT (titled (id, sample_caption (OTHER)));
  act_on (window, "delete-session", "");
  WAIT (g_file_test (path, G_FILE_TEST_EXISTS));
  WAIT (is_path_closed (path));
  act (window, "empty-bin");
  gtk_dialog_response (dialog (window), GTK_RESPONSE_CANCEL);
  WAIT (dialog (window) == NULL);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  act (window, "empty-bin");
  gtk_dialog_response (dialog (window), GTK_RESPONSE_ACCEPT);
  WAIT (!g_file_test (path, G_FILE_TEST_EXISTS));
  WAIT (!enabled (window, "empty-bin"));
  g_assert_false (enabled (window, "undelete-session"));
  close_window (window);
}

/* Leaving while an answer is written: it ends as stopped, in the journal too. */
static void
test_leave_while_busy (void)
{
  QlWindow *window = new_window ();
  g_autofree char *id = NULL, *path = NULL;
  g_autoptr (QlSessionState) state = NULL;
  const QlSavedTurn *turn;

  delete_all (window);
  open_sample (window, SAMPLE);
  id = session_id (window);
  gate_set (QL_ENGINE_PHASE_DECODE, 2);
  act (window, "describe");
  WAIT (gate_held ());
  close_window (window);
  gate_open ();
  WAIT (is_closed (id));
  path = journal_path (id);
  state = ql_journal_read (path, NULL, NULL);
  g_assert_cmpuint (state->turns->len, ==, 2);
  turn = g_ptr_array_index (state->turns, 1);
  g_assert_cmpint (turn->status, ==, QL_SAVED_STOPPED);
  g_assert_cmpuint (state->n_unreadable, ==, 0);
}

/* From one to the other and back, before the first has been let go of. */
static void
test_back_and_forth (void)
{
  QlWindow *window = new_window ();
  g_autofree char *first = NULL, *second = NULL;

  delete_all (window);
  open_sample (window, SAMPLE);
  first = session_id (window);
  open_sample (window, OTHER);
  second = session_id (window);
  for (int i = 0; i < 5; i++)
    {
      act_on (window, "open-session", first);
      WAIT (window->loading == NULL);
      g_assert_cmpstr (ql_open_session_get_id (window->session), ==, first);
      act_on (window, "open-session", second);
      act_on (window, "open-session", first);
      act_on (window, "open-session", second);
      WAIT (window->loading == NULL);
      g_assert_cmpstr (ql_open_session_get_id (window->session), ==, second);
      g_assert_false (ql_message_bar_is_shown (window->message_bar));
    }
  close_window (window);
}

static void
test_second_window (void)
{
  QlWindow *window = new_window (), *other = new_window ();
  g_autofree char *id = NULL;

  delete_all (window);
  open_sample (window, SAMPLE);
  id = session_id (window);
  WAIT (titled (id, sample_caption (SAMPLE)));
  act_on (other, "open-session", id);
  WAIT (other->loading == NULL);
  /* It is written by one window only, which comes up. */
  g_assert_null (other->session);
  close_window (window);
  act_on (other, "open-session", id);
  WAIT (other->session != NULL);
  g_assert_cmpstr (last_text (other), ==, sample_caption (SAMPLE));
  close_window (other);
}

/* Killed in the midst of an answer: made here by hand, as test-journal-kill makes it by killing. */
static void
test_recovered (void)
{
  QlWindow *window = new_window ();
  g_autofree char *id = NULL, *path = NULL;
  g_autofree char *more
      = g_strdup ("{\"event\":\"turn-begin\",\"time\":1700000000000,\"turn\":9,\"kind\":"
                  "\"question\",\"question\":\"what is it?\"}\n"
                  "{\"event\":\"words\",\"time\":1700000000001,\"turn\":9,\"text\":\"a gre\"}\n"
                  "{\"event\":\"turn-e");
  FILE *file;

  delete_all (window);
  open_sample (window, SAMPLE);
  id = session_id (window);
  act (window, "new");
  WAIT (is_closed (id));
  path = journal_path (id);
  file = g_fopen (path, "a");
  g_assert_cmpint (fputs (more, file), >=, 0);
  fclose (file);
  ql_session_store_refresh (store (), id);
  WAIT (ql_session_get_unfinished (ql_session_store_find (store (), id)));
  act_on (window, "open-session", id);
  WAIT (window->session != NULL);
  g_assert_cmpuint (n_turns (window), ==, 2);
  g_assert_cmpstr (last_text (window), ==, "a gre");
  g_assert_cmpint (ql_turn_get_state (ql_conversation_get_last (window->conversation)), ==, QL_TURN_STOPPED);
  g_assert_true (ql_message_bar_is_shown (window->message_bar));
  act (window, "again");
  WAIT (idle (window) && n_turns (window) == 3);
  g_assert_cmpstr (last_text (window), !=, "");
  close_window (window);
}

static void
test_picture_gone (void)
{
  QlWindow *window = new_window ();
  g_autoptr (GFile) sample = sample_file (SAMPLE);
  g_autofree char *copy_path = g_build_filename (g_get_tmp_dir (), "qlens-gone.png", NULL);
  g_autoptr (GFile) copy = g_file_new_for_path (copy_path);
  g_autofree char *id = NULL;

  delete_all (window);
  g_assert_true (g_file_copy (sample, copy, G_FILE_COPY_OVERWRITE, NULL, NULL, NULL, NULL));
  ql_window_open_files (window, &copy, 1);
  WAIT (idle (window));
  id = session_id (window);
  WAIT (titled (id, sample_caption (SAMPLE)));
  act (window, "new");
  WAIT (is_closed (id));
  g_assert_true (g_file_delete (copy, NULL, NULL));

  act_on (window, "open-session", id);
  WAIT (window->session != NULL);
  g_assert_cmpstr (last_text (window), ==, sample_caption (SAMPLE));
  g_assert_true (ql_message_bar_is_shown (window->message_bar));
  g_assert_nonnull (strstr (ql_message_bar_get_what (window->message_bar), "qlens-gone.png"));
  g_assert_false (enabled (window, "describe"));
  g_assert_false (enabled (window, "ask-text"));
  /* Its thumbnail is shown. */
  g_assert_nonnull (ql_canvas_get_picture (window->canvas));
  g_assert_true (enabled (window, "save"));
  close_window (window);
}

/* A journal of a newer program: told so, and left to the byte. */
static void
test_newer (void)
{
  QlWindow *window = new_window ();
  g_autofree char *id = ql_session_id_new (), *path = journal_path (id), *after = NULL;
  g_autofree char *text = g_strdup_printf (
      "{\"format\":\"qlens-session\",\"version\":99,\"id\":\"%s\",\"created\":1700000000000}\n", id);

  delete_all (window);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  ql_session_store_refresh (store (), id);
  WAIT (n_sessions () == 1 && ql_session_get_problem (session_at (0)) != NULL);
  act_on (window, "open-session", id);
  WAIT (ql_message_bar_is_shown (window->message_bar));
  g_assert_nonnull (strstr (ql_message_bar_get_details (window->message_bar), "99"));
  g_assert_null (window->session);
  g_assert_true (g_file_get_contents (path, &after, NULL, NULL));
  g_assert_cmpstr (after, ==, text);
  close_window (window);
}

static void
test_sidebar (void)
{
  QlWindow *window = new_window ();

  g_assert_true (ql_shell_get_sidebar_shown (window->shell));
  act (window, "sidebar");
  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (window->sessions_view)));
  act (window, "sidebar");
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (window->sessions_view)));
  gtk_window_set_default_size (GTK_WINDOW (window), 360, 640);
  WAIT (ql_shell_get_overlaid (window->shell));
  g_assert_false (ql_shell_get_sidebar_shown (window->shell));
  act (window, "sidebar");
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (window->sessions_view)));
  /* Esc closes what lies above the picture. */
  act (window, "stop");
  g_assert_false (ql_shell_get_sidebar_shown (window->shell));
  gtk_window_set_default_size (GTK_WINDOW (window), 1280, 800);
  WAIT (!ql_shell_get_overlaid (window->shell));
  g_assert_true (ql_shell_get_sidebar_shown (window->shell));
  close_window (window);
}

int
main (int argc, char **argv)
{
  harness_init (&argc, &argv);

  g_test_add_func ("/sessions/again", test_again);
  g_test_add_func ("/sessions/list", test_list);
  g_test_add_func ("/sessions/delete", test_delete);
  g_test_add_func ("/sessions/empty-bin", test_empty_bin);
  g_test_add_func ("/sessions/leave-while-busy", test_leave_while_busy);
  g_test_add_func ("/sessions/back-and-forth", test_back_and_forth);
  g_test_add_func ("/sessions/second-window", test_second_window);
  g_test_add_func ("/sessions/recovered", test_recovered);
  g_test_add_func ("/sessions/picture-gone", test_picture_gone);
  g_test_add_func ("/sessions/newer", test_newer);
  g_test_add_func ("/sessions/sidebar", test_sidebar);
  return harness_run ();
}
