#include <glib/gi18n.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "app/cli-output.h"
#include "app/cli-run.h"
#include "app/cli.h"
#include "app/lesson-run.h"
#include "app/settings.h"

/* lesson list: which there are; lesson check FILE…: whether they can be handed out; --run: whether they can be done. */

static gboolean
check (QlCliOptions *options)
{
  const char *verb = options->words->len > 0 ? options->words->pdata[0] : NULL;

  if (verb == NULL)
    return ql_cli_usage_error (options->command, _ ("say “list” or “check FILE…”"));
  if (g_str_equal (verb, "list"))
    return options->words->len == 1
           || ql_cli_usage_error (options->command, _ ("“%s”: “list” takes no files"),
                                  (const char *) options->words->pdata[1]);
  if (!g_str_equal (verb, "check"))
    return ql_cli_usage_error (options->command, _ ("“%s” is neither “list” nor “check”"), verb);
  return options->words->len > 1 || ql_cli_usage_error (options->command, _ ("no lesson is named"));
}

/* ---- list ---- */

static gboolean
emit_lesson (const QlCliOptions *options, QlLesson *lesson)
{
  g_autofree char *line = NULL;
  json_t *object;

  if (!options->json)
    {
      line = g_strdup_printf ("%-14s %s", ql_lesson_get_id (lesson), ql_lesson_get_title (lesson));
      return ql_cli_emit_text (NULL, line);
    }
  object = json_object ();
  json_object_set_new (object, "id", ql_cli_json_string (ql_lesson_get_id (lesson)));
  json_object_set_new (object, "title", ql_cli_json_string (ql_lesson_get_title (lesson)));
  json_object_set_new (object, "summary", ql_cli_json_string (ql_lesson_get_summary (lesson)));
  json_object_set_new (object, "minutes", json_integer (ql_lesson_get_minutes (lesson)));
  json_object_set_new (object, "steps", json_integer (ql_lesson_get_n_steps (lesson)));
  return ql_cli_emit_json (object);
}

/* It may quote the file. */
static void
print_complaint (const char *text)
{
  g_autofree char *line = ql_cli_printable (text);

  fprintf (stderr, "qlens-cli: %s\n", line);
}

static int
list (const QlCliOptions *options)
{
  g_autoptr (GPtrArray) complaints = NULL;
  g_autoptr (GPtrArray) lessons = ql_lessons_load (NULL, &complaints);
  int status = complaints->len == 0 ? QL_CLI_OK : QL_CLI_FAILED;

  for (guint i = 0; i < lessons->len; i++)
    if (!emit_lesson (options, lessons->pdata[i]))
      return QL_CLI_FAILED;
  for (guint i = 0; i < complaints->len; i++)
    print_complaint (complaints->pdata[i]);
  return status;
}

/* ---- check --run: the lesson is done, on the real model ---- */

typedef struct
{
  const QlCliOptions *options;
  QlEngineService *engine; /* nullable */
  QlConversation *conversation; /* nullable */
  QlLab *lab;
  GSettings *settings; /* nullable */
  GPtrArray *complaints;
} Walk;

static gboolean
stopped (void)
{
  return b2_cancel_is_triggered (ql_cli_cancel ());
}

static gboolean
wake_cb (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

/* Until nothing is on its way, or never will be. Returns: FALSE: stopped */
static gboolean
wait_for (Walk *self, QlLessonRun *run)
{
  guint wake = g_timeout_add (50, wake_cb, NULL);

  while (!stopped ()
         && ((self->conversation != NULL && ql_conversation_get_busy (self->conversation))
             || ql_lab_get_state (self->lab) == QL_LAB_WORKING
             || (run != NULL && ql_lesson_run_get_busy (run) && !ql_lesson_run_is_stuck (run))))
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (wake);
  return !stopped ();
}

static void
complain (Walk *self, int step, const char *what)
{
  g_ptr_array_add (self->complaints, g_strdup_printf (_ ("[Step %d]: %s"), step + 1, what));
}

static void
walk_settings (Walk *self, int nth, const char *key, const GPtrArray *settings)
{
  QlTrace *trace = ql_lab_get_trace (self->lab);

  for (guint i = 0; trace != NULL && i < settings->len; i++)
    if (!ql_lesson_setting_suits (settings->pdata[i], trace))
      {
        g_autofree char *text = ql_lesson_setting_to_text (settings->pdata[i]);
        g_autofree char *what = g_strdup_printf (_ ("%s: there is no “%s” in this trace"), key, text);

        complain (self, nth, what);
      }
}

static void
say (const QlCliOptions *options, int nth, const QlLessonStep *step, const char *what)
{
  g_autofree char *line = g_strdup_printf (_ ("  step %d, “%s”: %s"), nth + 1, step->title, what);

  if (!options->json)
    ql_cli_emit_text (NULL, line);
}

static void
walk_step (Walk *self, QlLessonRun *run, int nth)
{
  const QlLessonStep *step = ql_lesson_get_step (ql_lesson_run_get_lesson (run), nth);
  gboolean before;

  ql_lesson_run_go (run, nth);
  if (!wait_for (self, run))
    return;
  if (ql_lesson_run_is_stuck (run))
    {
      complain (self, nth, _ ("there is no answer to look at"));
      return;
    }
  walk_settings (self, nth, "Set", step->set);
  if (step->check == NULL)
    {
      say (self->options, nth, step, _ ("nothing to be done"));
      return;
    }
  if (step->needs != NULL || ql_lesson_check_needs_window (step->check))
    {
      say (self->options, nth, step, _ ("needs the window: not tried"));
      return;
    }
  before = ql_lesson_run_check_now (run);
  if (before)
    complain (self, nth, _ ("the check holds before anything is done"));
  ql_lesson_run_solve (run);
  if (!wait_for (self, run))
    return;
  walk_settings (self, nth, "Solve", step->solve);
  if (!ql_lesson_run_is_satisfied (run, nth))
    complain (self, nth, _ ("Solve= does not satisfy the check"));
  else if (!before)
    say (self->options, nth, step, _ ("false before, true with Solve="));
}

static void
opened_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  gboolean *over = data;
  g_autoptr (GError) error = NULL;

  if (!ql_engine_service_open_model_finish (QL_ENGINE_SERVICE (source), result, &error))
    ql_cli_error (ql_engine_service_get_model_dir (QL_ENGINE_SERVICE (source)), error);
  *over = TRUE;
}

typedef struct
{
  QlPicture *picture;
  GError *error;
  gboolean over;
} Loading;

static void
loaded_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Loading *loading = data;

  loading->picture = ql_picture_load_finish (result, &loading->error);
  loading->over = TRUE;
}

/* Returns: (transfer full) */
static QlPicture *
load_picture (const char *path, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  Loading loading = { NULL };

  ql_picture_load_async (file, 0, NULL, loaded_cb, &loading);
  while (!loading.over)
    g_main_context_iteration (NULL, TRUE);
  if (loading.error != NULL)
    g_propagate_error (error, loading.error);
  return loading.picture;
}

/* The picture, or the trace, and the model. Returns: FALSE, having told */
static gboolean
begin (Walk *self, QlLesson *lesson)
{
  g_autofree char *dir = ql_cli_model_dir (self->options, "qlens-demo-opt");
  g_autofree char *path = ql_lesson_find_picture (lesson), *trace_path = ql_lesson_find_trace (lesson);
  g_autoptr (GError) error = NULL;
  gboolean over = FALSE;

  if (trace_path != NULL)
    {
      g_autoptr (QlTrace) trace = ql_trace_open (trace_path, NULL, &error);

      if (trace != NULL)
        ql_lab_set_trace (self->lab, trace);
      else
        ql_cli_error (trace_path, error);
      return trace != NULL;
    }
  if (dir == NULL || path == NULL)
    return FALSE; /* a picture that is not there was complained of */
  {
    g_autoptr (QlPicture) picture = load_picture (path, &error);

    if (picture == NULL)
      {
        ql_cli_error (path, error);
        return FALSE;
      }
    self->conversation = ql_conversation_new (self->engine, ql_picture_get_name (picture), picture);
  }
  ql_conversation_set_settings (self->conversation, self->settings);
  ql_lab_set_conversation (self->lab, self->conversation);
  ql_engine_service_open_model_async (self->engine, dir, NULL, opened_cb, &over);
  while (!over)
    g_main_context_iteration (NULL, TRUE);
  return ql_engine_service_get_state (self->engine) == QL_ENGINE_READY;
}

static int
walk (const QlCliOptions *options, QlLesson *lesson, GPtrArray *complaints)
{
  Walk self = { .options = options, .complaints = complaints };
  guint before = complaints->len;
  int status = QL_CLI_FAILED;

  self.engine = ql_engine_service_new ();
  self.lab = ql_lab_new (self.engine);
  self.settings = ql_settings_new_in_memory ();
  ql_lab_set_looking (self.lab, TRUE);
  if (begin (&self, lesson))
    {
      QlLessonTarget target
          = { .lab = self.lab, .conversation = self.conversation, .settings = self.settings };
      g_autoptr (QlLessonRun) run = ql_lesson_run_new (lesson, &target);

      ql_lesson_run_begin (run);
      for (int i = 0; i < ql_lesson_get_n_steps (lesson) && !stopped (); i++)
        walk_step (&self, run, i);
      ql_lesson_run_end (run);
      status = complaints->len > before || stopped () ? QL_CLI_FAILED : QL_CLI_OK;
    }
  ql_lab_set_conversation (self.lab, NULL);
  ql_engine_service_shutdown (self.engine);
  g_clear_object (&self.conversation);
  g_clear_object (&self.lab);
  g_clear_object (&self.settings);
  g_clear_object (&self.engine);
  return status;
}

/* ---- check ---- */

static int
emit_result (const QlCliOptions *options, const char *path, const GPtrArray *complaints)
{
  json_t *object, *list;

  if (!options->json)
    {
      for (guint i = 0; i < complaints->len; i++)
        {
          g_autofree char *text = g_strdup_printf ("%s: %s", path, (const char *) complaints->pdata[i]);

          print_complaint (text);
        }
      return complaints->len > 0 || ql_cli_emit_text (path, _ ("sound")) ? QL_CLI_OK : QL_CLI_FAILED;
    }
  object = json_object ();
  list = json_array ();
  for (guint i = 0; i < complaints->len; i++)
    json_array_append_new (list, ql_cli_json_string (complaints->pdata[i]));
  json_object_set_new (object, "file", ql_cli_json_string (path));
  json_object_set_new (object, "complaints", list);
  return ql_cli_emit_json (object) ? QL_CLI_OK : QL_CLI_FAILED;
}

static int
check_file (const QlCliOptions *options, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QlLesson) lesson = ql_lesson_load (path, NULL, &error);
  g_auto (GStrv) languages = options->languages != NULL ? g_strsplit (options->languages, ",", 64) : NULL;
  g_autoptr (GPtrArray) complaints = NULL;
  int status, done = QL_CLI_OK, told;

  if (lesson == NULL)
    {
      complaints = g_ptr_array_new_with_free_func (g_free);
      g_ptr_array_add (complaints, g_strdup (error->message));
      emit_result (options, path, complaints);
      return QL_CLI_FAILED;
    }
  complaints = ql_lesson_review (lesson, (const char *const *) languages);
  status = complaints->len == 0 ? QL_CLI_OK : QL_CLI_FAILED;
  if (options->walk && !stopped ())
    done = walk (options, lesson, complaints);
  if (stopped ())
    return QL_CLI_FAILED;
  told = emit_result (options, path, complaints);
  return MAX (MAX (status, done), told);
}

static int
run (const QlCliOptions *options)
{
  int status = QL_CLI_OK;

  if (g_str_equal (options->words->pdata[0], "list"))
    return list (options);
  for (guint i = 1; i < options->words->len && !stopped (); i++)
    {
      int of_file = check_file (options, options->words->pdata[i]);

      status = MAX (status, of_file);
    }
  return status;
}

const QlCliCommand ql_cli_lesson = {
  .name = "lesson",
  .usage = "list|check …",
  .summary = N_ ("list the lessons, or check one before it is handed out"),
  .groups = QL_CLI_GROUP_LESSON | QL_CLI_GROUP_MODEL | QL_CLI_GROUP_JSON,
  .check = check,
  .run = run,
};
