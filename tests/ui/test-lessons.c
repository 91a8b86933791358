/* Every lesson from its first step to its end, by what keys do; and that afterwards all is as before. */

#include "tests/ui/harness.h"

#include <glib/gstdio.h>
#include <string.h>

#include "app/lesson-state.h"
#include "app/lesson.h"
#include "ui/lessons-window.h"
#include "ui/style-popover.h"

/* ---- doing what is asked ---- */

/* What satisfies each step, in keys: q, l, h, w, m with a number of times (below 0: with Shift), p with an arrow and a number of
 * times, g; and what is typed. "-": nothing is asked. */
static const struct
{
  const char *lesson;
  const char *steps[10];
} walks[] = {
  { "1-patches", { "p 0 1 1", "p 1 0 10;p 0 1 6", "p -1 0 9;p 0 -1 6", "q 17;l 1", "-" } },
  { "2-queries", { "q 5", "q 9", "q 13", "q 15", "l 2", "-" } },
  { "3-words", { "w 3", "w 7", "w 3", "w 1", "p 1 0 1;p -1 0 4;p 0 -1 5", "w 7" } },
  { "4-masks", { "l -1", "mask itc", "mask itm", "mask itg", "w 14", "-" } },
  { "5-not-an-explanation", { "h 7", "g", "m 3", "q 9", "ask what color is the watermelon?", "-" } },
  { "6-beams",
    { "w 3", "beams 1;describe", "penalty -1;describe", "beams 2;describe", "ask is there any fish?" } },
};

static void
activate (QlWindow *window, const char *action, GVariant *parameter)
{
  if (!enabled (window, action))
    g_error ("%s cannot be done in this step", action);
  g_action_group_activate_action (G_ACTION_GROUP (window), action, parameter);
}

static void
press (QlWindow *window, char key, int times)
{
  const char *action = key == 'q'   ? "step-query"
                       : key == 'l' ? "step-layer"
                       : key == 'h' ? "step-head"
                       : key == 'w' ? "step-word"
                                    : "step-method";

  for (int i = 0; i < ABS (times); i++)
    activate (window, action, g_variant_new_int32 (times < 0 ? -1 : 1));
}

static void
set_knob (QlWindow *window, QlKnob knob, double value)
{
  QlStylePopover *popover
      = QL_STYLE_POPOVER (find_type (GTK_WIDGET (window->chat_page), QL_TYPE_STYLE_POPOVER));
  GtkWidget *spin = ql_style_popover_get_knob (popover, knob);

  activate (window, "style", NULL);
  g_assert_true (gtk_widget_get_sensitive (spin));
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (spin), value);
  gtk_popover_popdown (GTK_POPOVER (popover));
}

static void
do_one (QlWindow *window, const char *command)
{
  int n = 0, dx = 0, dy = 0;

  if (sscanf (command, "p %d %d %d", &dx, &dy, &n) == 3)
    for (int i = 0; i < n; i++)
      activate (window, "step-patch", g_variant_new ("(ii)", dx, dy));
  else if (g_str_has_prefix (command, "ask "))
    activate (window, "ask-text", g_variant_new_string (command + 4));
  else if (g_str_has_prefix (command, "mask "))
    {
      if (g_action_group_has_action (G_ACTION_GROUP (window), "mask-preset"))
        activate (window, "mask-preset", g_variant_new_string (command + 5));
    }
  else if (g_str_has_prefix (command, "beams "))
    set_knob (window, QL_KNOB_BEAMS, atoi (command + 6));
  else if (g_str_has_prefix (command, "penalty "))
    set_knob (window, QL_KNOB_LENGTH_PENALTY, atoi (command + 8));
  else if (g_str_equal (command, "describe"))
    activate (window, "describe", NULL);
  else if (g_str_equal (command, "g"))
    activate (window, "swap-scale", NULL);
  else
    press (window, command[0], atoi (command + 1));
  WAIT (idle (window));
}

static QlLessonRun *
run_of (QlWindow *window)
{
  return ql_window_get_lesson_run (window);
}

static gboolean
satisfied (QlWindow *window)
{
  return ql_lesson_run_is_satisfied (run_of (window), ql_lesson_run_get_nth (run_of (window)));
}

static void
start (QlWindow *window, const char *lesson)
{
  activate (window, "lesson", g_variant_new_string (lesson));
  WAIT (run_of (window) != NULL && !ql_lesson_run_get_busy (run_of (window)) && idle (window));
}

/* Where the keyboard is, a person can go on. */
static void
assert_focus (QlWindow *window)
{
  GtkWidget *focus = gtk_root_get_focus (GTK_ROOT (window));

  g_assert_nonnull (focus);
  g_assert_true (gtk_widget_is_ancestor (focus, GTK_WIDGET (window->lesson_view)));
  g_assert_cmpstr (gtk_actionable_get_action_name (GTK_ACTIONABLE (focus)), ==, "win.lesson-next");
}

static gboolean
in_lesson (QlWindow *window)
{
  GtkWidget *focus = gtk_root_get_focus (GTK_ROOT (window));

  return focus != NULL && gtk_widget_is_ancestor (focus, GTK_WIDGET (window->lesson_view));
}

static void
walk_step (QlWindow *window, const char *commands)
{
  g_auto (GStrv) list = g_strsplit (commands, ";", -1);
  const QlLessonStep *step = ql_lesson_run_get_step (run_of (window));
  const char *said;

  WAIT (!ql_lesson_run_get_busy (run_of (window)));
  said = gtk_label_get_text (GTK_LABEL (window->live));
  assert_focus (window);
  /* Screen readers have been told the whole step. */
  g_assert_nonnull (strstr (said, step->title));
  g_assert_nonnull (strstr (said, step->text));
  if (!ql_lesson_run_has_check (run_of (window), ql_lesson_run_get_nth (run_of (window))))
    return;
  g_assert_cmpstr (commands, !=, "-");
  g_assert_false (satisfied (window));
  g_assert_nonnull (strstr (ql_lesson_view_get_state_text (window->lesson_view), step->task));
  for (int i = 0; list[i] != NULL; i++)
    do_one (window, list[i]);
  WAIT (satisfied (window));
  g_assert_nonnull (strstr (ql_lesson_view_get_state_text (window->lesson_view), step->done));
  g_assert_nonnull (strstr (gtk_label_get_text (GTK_LABEL (window->live)), step->done));
}

static gboolean
is_done (const char *lesson)
{
  g_auto (GStrv) done = g_settings_get_strv (ql_application_get_settings (app), "lessons-done");

  return g_strv_contains ((const char *const *) done, lesson);
}

static void
test_walk (gconstpointer data)
{
  QlWindow *window = new_window ();
  guint which = GPOINTER_TO_UINT (data);
  int n;

  g_assert_false (is_done (walks[which].lesson));
  start (window, walks[which].lesson);
  n = ql_lesson_get_n_steps (ql_lesson_run_get_lesson (run_of (window)));
  for (int i = 0; i < n; i++)
    {
      g_assert_cmpint (ql_lesson_run_get_nth (run_of (window)), ==, i);
      g_assert_nonnull (walks[which].steps[i]);
      walk_step (window, walks[which].steps[i]);
      /* F6 until one is there, then as Enter does. */
      for (int j = 0; j < 8 && !in_lesson (window); j++)
        act (window, "next-pane");
      assert_focus (window);
      gtk_widget_activate (gtk_root_get_focus (GTK_ROOT (window)));
      WAIT (run_of (window) == NULL || ql_lesson_run_get_nth (run_of (window)) == i + 1);
    }
  g_assert_null (run_of (window));
  g_assert_true (is_done (walks[which].lesson));
  close_window (window);
}

/* ---- and back ---- */

/* The window's session is in the list, where it comes a moment after it was saved. */
static gboolean
is_listed (QlWindow *window)
{
  return ql_session_store_find (ql_application_get_sessions (app), ql_window_get_session_id (window)) != NULL;
}

static void
test_restore (void)
{
  QlWindow *window = new_window ();
  GSettings *settings = ql_application_get_settings (app);
  g_autofree char *session = NULL;
  g_autoptr (GVariant) kept = NULL;
  QlAnswerStyle style;
  guint n;

  open_sample (window, "01-donut.png");
  g_action_group_change_action_state (G_ACTION_GROUP (window), "page", g_variant_new_string ("attention"));
  WAIT (ql_lab_get_state (window->lab) == QL_LAB_READY);
  ql_answer_style_store (settings, QL_PRESET_DESCRIBE, QL_KNOB_BEAMS, 3);
  g_settings_set_string (settings, "lab-scale", "own");
  ql_lab_set_key (window->lab, &(QlMapKey){ 7, 1, 2, QL_MAP_HEAD });
  ql_lab_set_patch (window->lab, 3, 8);
  session = g_strdup (ql_window_get_session_id (window));
  WAIT (is_listed (window));
  n = n_sessions ();

  start (window, "6-beams");
  g_assert_null (ql_window_get_session_id (window));
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (window->lesson_view)));
  g_assert_cmpint (g_settings_get_enum (settings, "lab-scale"), ==, QL_MAP_SCALE_SHARED);
  ql_answer_style_load (&style, settings, QL_PRESET_DESCRIBE);
  g_assert_cmpfloat (style.knobs[QL_KNOB_BEAMS], ==, 5);
  /* One lesson after the other: it is still the first place that is come back to. */
  start (window, "2-queries");
  act (window, "lesson-leave");
  WAIT (idle (window) && g_strcmp0 (ql_window_get_session_id (window), session) == 0);
  WAIT (ql_lab_get_state (window->lab) == QL_LAB_READY);

  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (window->lesson_view)));
  g_assert_cmpuint (n_sessions (), ==, n);
  g_assert_cmpint (g_settings_get_enum (settings, "lab-scale"), ==, QL_MAP_SCALE_OWN);
  ql_answer_style_load (&style, settings, QL_PRESET_DESCRIBE);
  g_assert_cmpfloat (style.knobs[QL_KNOB_BEAMS], ==, 3);
  kept = g_settings_get_user_value (settings, "lesson-restore");
  g_assert_null (kept);
  g_assert_cmpstr (gtk_stack_get_visible_child_name (window->pages), ==, "attention");
  g_assert_cmpint (ql_lab_get_query (window->lab), ==, 7);
  g_assert_cmpint (ql_lab_get_layer (window->lab), ==, 1);
  g_assert_cmpint (ql_lab_get_head (window->lab), ==, 2);
  g_assert_cmpint (ql_lab_get_method (window->lab), ==, QL_MAP_HEAD);
  {
    int column = -1, row = -1;

    g_assert_true (ql_lab_get_patch (window->lab, &column, &row));
    g_assert_cmpint (column, ==, 3);
    g_assert_cmpint (row, ==, 8);
  }
  ql_answer_style_reset (settings, QL_PRESET_DESCRIBE);
  g_settings_reset (settings, "lab-scale");
  close_window (window);
}

/* A picture that is opened meanwhile ends it; settings come back all the same. So they do after a kill. */
static void
test_dropped (void)
{
  QlWindow *window = new_window ();
  GSettings *settings = ql_application_get_settings (app);
  GVariantBuilder builder;

  g_settings_set_string (settings, "lab-style", "spotlight");
  start (window, "1-patches");
  g_assert_cmpint (g_settings_get_enum (settings, "lab-style"), ==, QL_MAP_STYLE_CELLS);
  open_sample (window, "01-donut.png");
  g_assert_null (run_of (window));
  g_assert_false (enabled (window, "lesson-next"));
  g_assert_cmpint (g_settings_get_enum (settings, "lab-style"), ==, QL_MAP_STYLE_SPOTLIGHT);
  close_window (window);

  /* What a file holds may be nonsense. */
  g_settings_reset (settings, "lab-style");
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{sv}"));
  g_variant_builder_add (&builder, "{sv}", "lesson", g_variant_new_string ("1-patches"));
  g_variant_builder_add (&builder, "{sv}", "lab-style", g_variant_new_string ("smooth"));
  g_variant_builder_add (&builder, "{sv}", "window-width", g_variant_new_int32 (1));
  g_settings_set_value (settings, "lesson-restore", g_variant_builder_end (&builder));
  window = new_window ();
  g_assert_cmpint (g_settings_get_enum (settings, "lab-style"), ==, QL_MAP_STYLE_SMOOTH);
  g_assert_cmpint (g_settings_get_int (settings, "window-width"), !=, 1);
  g_settings_reset (settings, "lab-style");
  close_window (window);
}

static void
test_locks_and_help (void)
{
  QlWindow *window = new_window ();
  const QlLessonStep *step;
  GtkWidget *row;
  GtkWidget *list;
  g_autoptr (GList) toplevels = NULL;

  /* The list, by keyboard: its first row has the focus. */
  act (window, "lessons");
  list = NULL;
  toplevels = gtk_window_list_toplevels ();
  for (GList *l = toplevels; l != NULL; l = l->next)
    if (QL_IS_LESSONS_WINDOW (l->data))
      list = l->data;
  g_assert_nonnull (list);
  row = gtk_root_get_focus (GTK_ROOT (list));
  g_assert_true (GTK_IS_LIST_BOX_ROW (row));
  gtk_widget_activate (row);
  WAIT (run_of (window) != NULL && !ql_lesson_run_get_busy (run_of (window)));
  step = ql_lesson_run_get_step (run_of (window));

  g_assert_false (enabled (window, "step-query"));
  g_assert_false (enabled (window, "map-method"));
  g_assert_true (enabled (window, "step-patch"));
  g_assert_false (ql_lesson_view_get_hint_shown (window->lesson_view));
  act (window, "lesson-hint");
  g_assert_true (ql_lesson_view_get_hint_shown (window->lesson_view));
  g_assert_cmpstr (gtk_label_get_text (GTK_LABEL (window->live)), ==, step->hint);
  act (window, "lesson-solve");
  WAIT (satisfied (window));
  act (window, "lesson-next");
  g_assert_false (ql_lesson_view_get_hint_shown (window->lesson_view));
  act (window, "lesson-back");
  g_assert_true (satisfied (window));
  g_assert_false (enabled (window, "lesson-back"));
  /* Skipped steps do not make it done. */
  g_settings_reset (ql_application_get_settings (app), "lessons-done");
  for (int i = 0; i < 5; i++)
    act (window, "lesson-next");
  g_assert_null (run_of (window));
  g_assert_false (is_done ("1-patches"));
  open_sample (window, "01-donut.png");
  g_action_group_change_action_state (G_ACTION_GROUP (window), "page", g_variant_new_string ("attention"));
  WAIT (enabled (window, "step-query"));
  WAIT (is_listed (window)); /* before the next test counts */
  close_window (window);
}

/* A lesson of a teacher's own, with a lock after the other: what each takes away is there again in the next step. */
static void
test_every_lock (void)
{
  static const struct
  {
    const char *lock, *action; /* (nullable) */
  } cases[] = {
    { "query", "step-query" },
    { "layer", "layer" },
    { "head", "step-head" },
    { "method", "map-method" },
    { "word", "step-word" },
    { "patch", "step-patch" },
    { "atlas", NULL },
    { "sort", "box" },
    { "style", "lab-style" },
    { "scale", "lab-scale" },
    { "opacity", "step-opacity" },
    { "overlay", "lab-overlay" },
    { "outliers", "lab-hide-outliers" },
    { "page", "attention-turn" },
    { "ask", "ask-text" },
    { "answers", "reset-style" },
  };
  g_autofree char *folder = g_build_filename (g_get_user_data_dir (), "qlens", "lessons", NULL);
  g_autofree char *path = g_build_filename (folder, "locks.lesson", NULL);
  GString *text = g_string_new ("[Lesson]\nFormat=1\nTitle=L\nSummary=S\nMinutes=1\nPicture=01-donut.png\n"
                                "Model=generate\n");
  QlWindow *window = new_window ();
  GActionGroup *actions = G_ACTION_GROUP (window);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_string_append_printf (
        text,
        "\n[Step %u]\nTitle=A\nText=B\nTask=D\nHint=E\nDone=F\nSet=page attention\nLock=%s\n"
        "Check=query == 9\nSolve=query 9\n",
        i + 1, cases[i].lock);
  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, text->str, (gssize) text->len, NULL));
  g_string_free (text, TRUE);
  start (window, "locks");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      /* every lock that there is */
      g_assert_cmpint (ql_lesson_lock_find (cases[i].lock), ==, (int) i);
      for (guint j = 0; j < G_N_ELEMENTS (cases); j++)
        if (cases[j].action != NULL)
          {
            gboolean there = g_action_group_has_action (actions, cases[j].action)
                             && g_action_group_get_action_enabled (actions, cases[j].action);

            if (i == j)
              g_assert_false (there);
            /* what others lock as well is not looked at: a head is a method, too */
            else if (g_str_has_prefix (cases[j].action, "lab-"))
              g_assert_true (there);
          }
      if (g_str_equal (cases[i].lock, "page"))
        {
          activate (window, "page", g_variant_new_string ("chat"));
          g_assert_cmpstr (gtk_stack_get_visible_child_name (window->pages), ==, "attention");
        }
      act (window, "lesson-next");
      WAIT (run_of (window) == NULL || (!ql_lesson_run_get_busy (run_of (window)) && idle (window)));
    }
  g_assert_null (run_of (window));
  activate (window, "page", g_variant_new_string ("chat"));
  g_assert_cmpstr (gtk_stack_get_visible_child_name (window->pages), ==, "chat");
  g_assert_true (g_action_group_has_action (actions, "lab-overlay"));
  g_unlink (path);
  close_window (window);
}

/* The whole of it is in the language of the program. */
static void
test_language (void)
{
  QlWindow *window = new_window ();
  const char *language = g_getenv ("LANGUAGE");
  g_autofree char *path
      = g_build_filename (g_getenv ("QLENS_SRC"), "data", "lessons", "1-patches.lesson", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (QlLesson) wanted
      = ql_lesson_load (path, language != NULL && *language != '\0' ? language : "C", &error);

  g_assert_no_error (error);
  start (window, "1-patches");
  g_assert_cmpstr (ql_lesson_run_get_step (run_of (window))->text, ==, ql_lesson_get_step (wanted, 0)->text);
  act (window, "lesson-leave");
  close_window (window);
}

int
main (int argc, char **argv)
{
  harness_init (&argc, &argv);
  for (guint i = 0; i < G_N_ELEMENTS (walks); i++)
    {
      g_autofree char *path = g_strdup_printf ("/lessons/walk/%s", walks[i].lesson);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_walk);
    }
  g_test_add_func ("/lessons/language", test_language);
  g_test_add_func ("/lessons/locks-and-help", test_locks_and_help);
  g_test_add_func ("/lessons/every-lock", test_every_lock);
  g_test_add_func ("/lessons/restore", test_restore);
  g_test_add_func ("/lessons/dropped", test_dropped);
  return harness_run ();
}
