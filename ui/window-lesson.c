#include "ui/window-private.h"

#include <glib/gi18n.h>

#include "ui/announce.h"
#include "ui/lessons-window.h"

/* Lessons: one runs at a time, since how maps look and answers are written is the same in all windows. What it changes is
 * put aside before, on the disk: a program that is killed puts it back when it starts. */

/* Who has not found it by then is helped. */
#define HINT_AFTER_S 60

#define RESTORE "lesson-restore"

/* What lessons change, or rely on. */
static const char *const keys[]
    = { "preset",      "style-describe", "style-short", "style-creative", "use-context",       "word-strip",
        "lab-overlay", "lab-style",      "lab-opacity", "lab-scale",      "lab-hide-outliers", "sidebar" };

typedef struct QlWindowLesson
{
  QlLesson *lesson;
  QlLessonRun *run; /* NULL: its picture is on its way */
  QlLessonLocks *locks;
  GCancellable *loading;
  GPtrArray *state; /* of QlLessonSetting: what the lab showed before */
  char *session; /* nullable: what the window showed before */
  gboolean batch; /* it showed the batch */
  int step; /* that is shown; -1: none */
  gboolean announced; /* it, to screen readers */
  guint hint_timeout;
  gboolean folded;
} QlWindowLesson;

/* The window in which the lesson runs. */
static QlWindow *teaching;

static const char *const step_actions[] = { "lesson-next",  "lesson-back",  "lesson-step", "lesson-hint",
                                            "lesson-solve", "lesson-leave", "lesson-fold" };

gboolean
ql_window_has_lesson (QlWindow *self)
{
  return self->lesson != NULL;
}

QlLessonRun *
ql_window_get_lesson_run (QlWindow *self)
{
  return self->lesson != NULL ? self->lesson->run : NULL;
}

gboolean
ql_window_lesson_locks (QlWindow *self, const char *action)
{
  return self->lesson != NULL && ql_lesson_locks_has_action (self->lesson->locks, action);
}

static void
update_fold (QlWindow *self)
{
  ql_lesson_view_set_folded (self->lesson_view, self->lesson != NULL && self->lesson->folded);
  gtk_widget_set_visible (GTK_WIDGET (self->paned),
                          self->lesson == NULL || !ql_lesson_view_hides_rest (self->lesson_view));
}

void
ql_window_lay_out_lesson (QlWindow *self, gboolean wide)
{
  GtkOrientation orientation = wide ? GTK_ORIENTATION_HORIZONTAL : GTK_ORIENTATION_VERTICAL;

  if (gtk_orientable_get_orientation (GTK_ORIENTABLE (self->lesson_box)) != orientation)
    gtk_orientable_set_orientation (GTK_ORIENTABLE (self->lesson_box), orientation);
  ql_lesson_view_set_compact (self->lesson_view, !wide);
  update_fold (self);
}

static void
update_lesson_actions (QlWindow *self)
{
  QlLessonRun *run = ql_window_get_lesson_run (self);

  for (guint i = 0; i < G_N_ELEMENTS (step_actions); i++)
    ql_window_set_enabled (self, step_actions[i], run != NULL);
  ql_window_set_enabled (self, "lesson-leave", self->lesson != NULL);
  if (run == NULL)
    return;
  ql_window_set_enabled (self, "lesson-back", ql_lesson_run_get_nth (run) > 0);
  ql_window_set_enabled (self, "lesson-hint", ql_lesson_run_get_step (run)->hint != NULL);
  ql_window_set_enabled (self, "lesson-solve",
                         ql_lesson_run_get_step (run)->solve->len > 0 && !ql_lesson_run_get_busy (run));
}

static double
delta_log_p (gpointer data)
{
  return ql_lab_test_get_delta (ql_lab_get_test (QL_WINDOW (data)->lab));
}

static gboolean
has_page (const char *page, gpointer data)
{
  return gtk_stack_get_child_by_name (QL_WINDOW (data)->pages, page) != NULL;
}

static void
set_state (QlWindow *self, const char *id)
{
  g_simple_action_set_state (G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self), "lesson")),
                             g_variant_new_string (id));
}

/* ---- settings, put aside and back ---- */

static void
put_settings_aside (QlWindow *self)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{sv}"));
  g_variant_builder_add (&builder, "{sv}", "lesson",
                         g_variant_new_string (ql_lesson_get_id (self->lesson->lesson)));
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autoptr (GVariant) value = g_settings_get_user_value (self->settings, keys[i]);

      if (value != NULL)
        g_variant_builder_add (&builder, "{sv}", keys[i], value);
    }
  g_settings_set_value (self->settings, RESTORE, g_variant_builder_end (&builder));
  g_settings_sync ();
  /* Every learner begins with the same: what a lesson says is true of that. */
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (!g_str_equal (keys[i], "sidebar"))
      g_settings_reset (self->settings, keys[i]);
}

static void
put_settings_back (GSettings *settings)
{
  g_autoptr (GVariant) saved = g_settings_get_value (settings, RESTORE);

  if (g_variant_n_children (saved) == 0)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autoptr (GVariant) value = g_variant_lookup_value (saved, keys[i], NULL);

      /* Of another type or out of range: not from here. */
      if (value == NULL || !g_settings_set_value (settings, keys[i], value))
        g_settings_reset (settings, keys[i]);
    }
  g_settings_reset (settings, RESTORE);
}

/* ---- the selection, put back once there is a trace of what was looked at ---- */

typedef struct
{
  GPtrArray *state;
  char *session;
  gulong handler;
} Restoring;

static void
restoring_free (gpointer data, GClosure *closure)
{
  Restoring *self = data;

  g_ptr_array_unref (self->state);
  g_free (self->session);
  g_free (self);
}

static void
restore_cb (QlLab *lab, guint change, gpointer data)
{
  Restoring *self = data;
  QlWindow *window = g_object_get_data (G_OBJECT (lab), "window");
  QlLessonTarget target = { .lab = lab };
  const char *session = ql_window_get_session_id (window);
  gulong handler = self->handler;

  if ((change & QL_LAB_CHANGED_TRACE) == 0 || window->loading != NULL)
    return;
  if (g_strcmp0 (session, self->session) == 0 && ql_lab_get_state (lab) != QL_LAB_READY)
    return;
  if (g_strcmp0 (session, self->session) == 0)
    {
      g_autoptr (GPtrArray) state = g_ptr_array_ref (self->state);

      g_signal_handler_block (lab, handler);
      for (guint i = 0; i < state->len; i++)
        ql_lesson_setting_apply (state->pdata[i], &target);
    }
  g_signal_handler_disconnect (lab, handler);
}

/* Takes both. */
static void
restore_selection (QlWindow *self, GPtrArray *state, char *session)
{
  Restoring *restoring = g_new0 (Restoring, 1);

  restoring->state = state;
  restoring->session = session;
  g_object_set_data (G_OBJECT (self->lab), "window", self);
  restoring->handler
      = g_signal_connect_data (self->lab, "changed", G_CALLBACK (restore_cb), restoring, restoring_free, 0);
}

/* ---- ending ---- */

/* What was shown before is not shown again: something else is about to be. */
static QlWindowLesson *
take_down (QlWindow *self)
{
  QlWindowLesson *lesson = g_steal_pointer (&self->lesson);

  g_clear_handle_id (&lesson->hint_timeout, g_source_remove);
  g_cancellable_cancel (lesson->loading);
  if (lesson->run != NULL)
    {
      g_signal_handlers_disconnect_by_data (lesson->run, self);
      ql_lesson_run_end (lesson->run);
    }
  ql_lesson_view_set_run (self->lesson_view, NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->lesson_view), FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->paned), TRUE);
  g_clear_pointer (&lesson->locks, ql_lesson_locks_free);
  if (self->conversation != NULL && self->session == NULL)
    ql_conversation_stop (self->conversation);
  if (self->settings != NULL)
    {
      put_settings_back (self->settings);
      if (!ql_shell_get_overlaid (self->shell))
        ql_shell_set_sidebar_shown (self->shell, g_settings_get_boolean (self->settings, "sidebar"));
    }
  teaching = NULL;
  set_state (self, "");
  update_lesson_actions (self);
  return lesson;
}

static void
lesson_free (QlWindowLesson *lesson)
{
  g_clear_object (&lesson->run);
  g_clear_object (&lesson->loading);
  g_clear_pointer (&lesson->state, g_ptr_array_unref);
  g_free (lesson->session);
  ql_lesson_unref (lesson->lesson);
  g_free (lesson);
}

void
ql_window_drop_lesson (QlWindow *self)
{
  if (self->lesson != NULL)
    lesson_free (take_down (self));
}

static void
leave (QlWindow *self)
{
  QlWindowLesson *lesson;

  if (self->lesson == NULL)
    return;
  lesson = take_down (self);
  /* The page first, which the selection's state has. */
  for (guint i = 0; i < lesson->state->len; i++)
    if (g_str_equal (ql_lesson_setting_get_name (lesson->state->pdata[i]), "page"))
      {
        QlLessonTarget target
            = { .lab = self->lab, .actions = G_ACTION_GROUP (self), .has_page = has_page, .data = self };

        ql_lesson_setting_apply (lesson->state->pdata[i], &target);
      }
  ql_window_set_picture (self, NULL);
  if (lesson->session != NULL)
    {
      restore_selection (self, g_ptr_array_ref (lesson->state), g_strdup (lesson->session));
      ql_window_open_session (self, lesson->session);
    }
  if (lesson->batch)
    ql_window_show_batch (self, TRUE);
  lesson_free (lesson);
  ql_window_update (self);
  ql_window_update_lab (self);
}

static void
remember_done (QlWindow *self, const char *id)
{
  g_auto (GStrv) done = NULL;
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) all = NULL;

  if (self->settings == NULL)
    return;
  done = g_settings_get_strv (self->settings, "lessons-done");
  if (g_strv_contains ((const char *const *) done, id))
    return;
  g_strv_builder_addv (builder, (const char **) done);
  g_strv_builder_add (builder, id);
  all = g_strv_builder_end (builder);
  g_settings_set_strv (self->settings, "lessons-done", (const char *const *) all);
}

/* ---- a step ---- */

static gboolean
hint_cb (gpointer data)
{
  QlWindow *self = data;
  QlLessonRun *run = self->lesson->run;

  self->lesson->hint_timeout = 0;
  if (!ql_lesson_run_is_satisfied (run, ql_lesson_run_get_nth (run)))
    ql_lesson_view_show_hint (self->lesson_view);
  return G_SOURCE_REMOVE;
}

static void
begin_step (QlWindow *self)
{
  QlWindowLesson *lesson = self->lesson;

  lesson->announced = FALSE;
  lesson->step = ql_lesson_run_get_nth (lesson->run);
  lesson->folded = FALSE;
  update_fold (self);
  g_clear_handle_id (&lesson->hint_timeout, g_source_remove);
  if (!ql_lesson_run_is_satisfied (lesson->run, lesson->step))
    lesson->hint_timeout = g_timeout_add_seconds (HINT_AFTER_S, hint_cb, self);
  ql_lesson_view_set_model_note (self->lesson_view, !ql_engine_service_is_demo_model (self->engine));
}

/* Once it is as it should be: an answer on its way would be told in between. */
static void
announce_step (QlWindow *self)
{
  QlLessonRun *run = self->lesson->run;
  g_autofree char *text = NULL;

  if (self->lesson->announced || (ql_lesson_run_get_busy (run) && !ql_lesson_run_is_stuck (run)))
    return;
  self->lesson->announced = TRUE;
  text = ql_lesson_view_describe (self->lesson_view);
  ql_announce_text (self->live, text);
}

static void
update_locks (QlWindow *self)
{
  QlLessonRun *run = self->lesson->run;

  ql_lesson_locks_set (self->lesson->locks, GTK_WIDGET (self->paned), ql_lesson_run_get_step (run)->locks);
  ql_window_update (self);
  ql_window_update_lab (self);
}

static void
run_changed_cb (QlWindow *self)
{
  if (self->lesson == NULL)
    return;
  if (self->lesson->step != ql_lesson_run_get_nth (self->lesson->run))
    {
      begin_step (self);
      update_locks (self);
    }
  announce_step (self);
  update_lesson_actions (self);
}

static void
satisfied_cb (QlWindow *self)
{
  /* Before "changed", after which the view says so too. */
  const QlLessonStep *step = ql_lesson_run_get_step (self->lesson->run);
  g_autofree char *text = g_strdup_printf (_ ("Done: %s"), step->done != NULL ? step->done : step->title);

  g_clear_handle_id (&self->lesson->hint_timeout, g_source_remove);
  ql_announce_text (self->live, text);
}

static void
go (QlWindow *self, int step)
{
  ql_lesson_run_go (self->lesson->run, step);
  ql_lesson_view_focus_next (self->lesson_view);
}

static void
next_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlWindow *self = data;
  QlLessonRun *run = self->lesson->run;
  QlLesson *lesson = ql_lesson_run_get_lesson (run);

  if (ql_lesson_run_get_nth (run) < ql_lesson_get_n_steps (lesson) - 1)
    {
      go (self, ql_lesson_run_get_nth (run) + 1);
      return;
    }
  if (ql_lesson_run_is_complete (run))
    remember_done (self, ql_lesson_get_id (lesson));
  leave (self);
}

static void
back_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlWindow *self = data;

  go (self, ql_lesson_run_get_nth (self->lesson->run) - 1);
}

static void
step_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  go (data, g_variant_get_int32 (parameter));
}

static void
hint_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlWindow *self = data;
  const char *hint = ql_lesson_run_get_step (self->lesson->run)->hint;

  ql_lesson_view_show_hint (self->lesson_view);
  ql_announce_text (self->live, hint);
}

static void
solve_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_lesson_run_solve (QL_WINDOW (data)->lesson->run);
}

static void
fold_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlWindow *self = data;

  self->lesson->folded = !self->lesson->folded;
  update_fold (self);
  ql_lesson_view_focus_next (self->lesson_view);
}

static void
leave_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  leave (data);
}

/* ---- beginning ---- */

static void
fail (QlWindow *self, const GError *error)
{
  QlErrorText text
      = { (char *) _ ("The lesson could not be begun."),
          (char *) _ ("“qlens-cli lesson check” tells what is wrong with a lesson's file."), error->message };

  leave (self);
  ql_message_bar_show_error (self->message_bar, &text);
}

/* @picture: (nullable); @trace: (nullable) */
static void
begin (QlWindow *self, QlPicture *picture, QlTrace *trace)
{
  QlWindowLesson *lesson = self->lesson;
  QlLessonTarget target = { .lab = self->lab,
                            .settings = self->settings,
                            .actions = G_ACTION_GROUP (self),
                            .has_page = has_page,
                            .delta_log_p = delta_log_p,
                            .data = self };
  g_autoptr (QlConversation) conversation = NULL;

  conversation = ql_conversation_new (
      self->engine, picture != NULL ? ql_picture_get_name (picture) : ql_lesson_get_title (lesson->lesson),
      picture);
  ql_conversation_set_settings (conversation, self->settings);
  /* To show it ends what is running; that is not meant. */
  self->lesson = NULL;
  ql_window_show_conversation (self, conversation, picture);
  ql_application_ensure_model (ql_window_get_app (self));
  self->lesson = lesson;
  if (trace != NULL)
    ql_lab_set_trace (self->lab, trace);
  target.conversation = conversation;
  lesson->run = ql_lesson_run_new (lesson->lesson, &target);
  /* The view first: what is told is what it shows. */
  ql_lesson_view_set_run (self->lesson_view, lesson->run);
  g_signal_connect_object (lesson->run, "changed", G_CALLBACK (run_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (lesson->run, "satisfied", G_CALLBACK (satisfied_cb), self, G_CONNECT_SWAPPED);
  gtk_widget_set_visible (GTK_WIDGET (self->lesson_view), TRUE);
  update_fold (self);
  if (!ql_shell_get_overlaid (self->shell))
    ql_shell_set_sidebar_shown (self->shell, FALSE);
  /* Now somebody looks, whatever page is shown. */
  ql_window_update_lab (self);
  ql_lesson_run_begin (lesson->run);
  ql_lesson_view_focus_next (self->lesson_view);
}

static void
picture_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (QlWindow) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (QlPicture) picture = ql_picture_load_finish (result, &error);

  /* Only its own end cancels it. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (picture != NULL)
    begin (self, picture, NULL);
  else
    fail (self, error);
}

static void
trace_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (QlWindow) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (QlTrace) trace = ql_trace_open_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (trace != NULL)
    begin (self, ql_trace_get_picture (trace), trace);
  else
    fail (self, error);
}

/* What to come back to. @earlier: (nullable): of the lesson that went before, which came from there, too */
static void
remember_place (QlWindow *self, QlWindowLesson *earlier)
{
  QlLessonTarget target
      = { .lab = self->lab, .actions = G_ACTION_GROUP (self), .has_page = has_page, .data = self };

  self->lesson->state = earlier != NULL ? g_ptr_array_ref (earlier->state) : ql_lesson_state_save (&target);
  self->lesson->session = g_strdup (earlier != NULL ? earlier->session : ql_window_get_session_id (self));
  self->lesson->batch = earlier != NULL ? earlier->batch : ql_window_shows_batch (self);
}

static void
start (QlWindow *self, QlLesson *lesson, QlWindowLesson *earlier)
{
  g_autofree char *picture = ql_lesson_find_picture (lesson), *trace = ql_lesson_find_trace (lesson);
  g_autoptr (GFile) file = g_file_new_for_path (trace != NULL ? trace : picture != NULL ? picture : "");

  self->lesson = g_new0 (QlWindowLesson, 1);
  self->lesson->lesson = ql_lesson_ref (lesson);
  self->lesson->locks = ql_lesson_locks_new ();
  self->lesson->loading = g_cancellable_new ();
  remember_place (self, earlier);
  self->lesson->step = -1;
  teaching = self;
  set_state (self, ql_lesson_get_id (lesson));
  if (self->settings != NULL)
    put_settings_aside (self);
  ql_message_bar_dismiss (self->message_bar);
  /* A picture or session on its way would end the lesson when it comes. */
  ql_window_cancel_loading (self);
  update_lesson_actions (self);
  if (trace != NULL)
    ql_trace_open_async (file, self->lesson->loading, trace_cb, g_object_ref (self));
  else
    ql_picture_load_async (file, 0, self->lesson->loading, picture_cb, g_object_ref (self));
}

static void
lesson_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlWindow *self = data;
  const char *id = g_variant_get_string (parameter, NULL);
  g_autoptr (GPtrArray) lessons = NULL;

  if (*id == '\0')
    {
      leave (self);
      return;
    }
  if (teaching != NULL && teaching != self)
    {
      gtk_window_present (GTK_WINDOW (teaching));
      ql_message_bar_show_note (teaching->message_bar, _ ("A lesson is going on in this window."),
                                _ ("Leave it, then begin another."));
      return;
    }
  lessons = ql_lessons_load (NULL, NULL);
  for (guint i = 0; i < lessons->len; i++)
    if (g_str_equal (ql_lesson_get_id (lessons->pdata[i]), id))
      {
        QlWindowLesson *earlier = self->lesson != NULL ? take_down (self) : NULL;

        start (self, lessons->pdata[i], earlier);
        g_clear_pointer (&earlier, lesson_free);
        return;
      }
}

static void
lessons_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlWindow *self = data;

  gtk_window_present (GTK_WINDOW (ql_lessons_window_new (GTK_WINDOW (self), self->settings)));
}

static const GActionEntry entries[] = {
  { "lessons", lessons_action, NULL, NULL, NULL },    { "lesson", lesson_action, "s", "''", NULL },
  { "lesson-next", next_action, NULL, NULL, NULL },   { "lesson-back", back_action, NULL, NULL, NULL },
  { "lesson-step", step_action, "i", NULL, NULL },    { "lesson-hint", hint_action, NULL, NULL, NULL },
  { "lesson-solve", solve_action, NULL, NULL, NULL }, { "lesson-fold", fold_action, NULL, NULL, NULL },
  { "lesson-leave", leave_action, NULL, NULL, NULL },
};

void
ql_window_add_lessons (QlWindow *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
  update_lesson_actions (self);
  if (self->settings != NULL && teaching == NULL)
    put_settings_back (self->settings);
}
