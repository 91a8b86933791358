#include "app/cli-run.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/answer-json.h"
#include "app/cli-output.h"
#include "app/decoder.h"
#include "app/encoding-cache-private.h"
#include "app/image-loader.h"
#include "app/lab-trace-private.h"
#include "app/model-room.h"
#include "app/paths.h"

/* A progress line is worth its flicker only for what takes longer. */
#define QUIET_US (700 * 1000)

B2Cancel *
ql_cli_cancel (void)
{
  static B2Cancel *cancel;

  if (cancel == NULL)
    cancel = b2_cancel_new ();
  return cancel;
}

void
ql_cli_progress_cb (B2Phase phase, int done, int total, gpointer data)
{
  static gint64 start_us;
  gint64 now = g_get_monotonic_time ();

  if (start_us == 0)
    start_us = now;
  if (now - start_us < QUIET_US)
    return;
  /* the line is wiped with the last step, for the text comes next */
  if (phase == B2_PHASE_DECODE && done == total)
    fputs ("\r\033[K", stderr);
  else
    fprintf (stderr, "\r%s %d/%d\033[K", b2_phase_name (phase), done, total);
}

void
ql_cli_wipe_progress (void)
{
  if (isatty (STDERR_FILENO))
    fputs ("\r\033[K", stderr);
}

char *
ql_cli_model_dir (const QlCliOptions *options, const char *demo)
{
  char *dir = options->model ? g_strdup (options->model) : ql_paths_demo_model (demo);

  if (dir == NULL)
    fprintf (stderr, _ ("qlens-cli: %s: the demo model is not installed; name a model with --model\n"), demo);
  return dir;
}

B2MemoryRun
ql_cli_memory_run (const QlCliOptions *options)
{
  B2MemoryRun run;

  b2_memory_run_init (&run);
  run.n_threads = options->n_threads;
  if (options->decode.n_beams > 0)
    run.n_beams = options->decode.n_beams;
  if (options->decode.max_new_tokens > 0)
    run.max_new_tokens = options->decode.max_new_tokens;
  return run;
}

B2SessionOptions
ql_cli_session_options (const QlCliOptions *options)
{
  return (B2SessionOptions){ .n_threads = options->n_threads,
                             .pin_threads = options->pin,
                             .exact = options->exact };
}

static gboolean
check_task (QlCliRun *self, guint task)
{
  const B2ModelInfo *info = b2_model_info (self->model);
  g_autofree char *clean = NULL;

  if ((info->tasks & task) == task)
    return TRUE;
  clean = ql_cli_printable (self->dir);
  if (task == B2_TASK_MATCH)
    fprintf (stderr, _ ("qlens-cli: %s: %s has no matching heads; use a Blip2ForImageTextRetrieval folder\n"),
             clean, info->architecture);
  else
    fprintf (stderr,
             _ ("qlens-cli: %s: %s has no language model; use a Blip2ForConditionalGeneration folder\n"),
             clean, info->architecture);
  return FALSE;
}

gboolean
ql_cli_run_begin (QlCliRun *self, const QlCliOptions *options, const char *demo, guint task)
{
  gboolean cached = (options->command->groups & QL_CLI_GROUP_CACHE) != 0 && !options->no_cache;
  B2SessionOptions session_options = ql_cli_session_options (options);
  B2MemoryRun memory = ql_cli_memory_run (options);
  g_autoptr (GError) error = NULL;
  gint64 start;

  session_options.measure = cached;
  *self = (QlCliRun){ .options = options, .status = QL_CLI_OK };
  self->watch.cancel = ql_cli_cancel ();
  if (isatty (STDERR_FILENO))
    self->watch.progress = ql_cli_progress_cb;
  self->dir = ql_cli_model_dir (options, demo);
  if (self->dir == NULL)
    return FALSE;
  /* gets ready while the model is opened */
  ql_decoder_prepare ();
  start = g_get_monotonic_time ();
  self->model = b2_model_open (self->dir, &self->watch, &error);
  self->open_ms = (double) (g_get_monotonic_time () - start) / 1e3;
  if (self->model != NULL && !check_task (self, task))
    return FALSE;
  if (self->model != NULL && (options->open_anyway || ql_model_room_check (self->model, &memory, &error)))
    {
      session_options.weights = ql_model_room_policy (self->model, &memory,
                                                      (task & B2_TASK_GENERATE) && options->words->len != 1);
      self->session = b2_session_new (self->model, &session_options, &error);
    }
  if (self->session != NULL && cached)
    {
      self->encodings = ql_encoding_cache_new (NULL, QL_ENCODING_CACHE_MAX_BYTES);
      ql_encoding_cache_serve (self->encodings, self->model, self->session, QL_ENCODING_LOAD_AND_SAVE);
    }
  if (self->session != NULL)
    return TRUE;
  ql_cli_wipe_progress ();
  if (!g_error_matches (error, B2_ERROR, B2_ERROR_CANCELLED))
    ql_cli_error (self->dir, error);
  return FALSE;
}

void
ql_cli_run_clear (QlCliRun *self)
{
  g_clear_pointer (&self->session, b2_session_free);
  g_clear_pointer (&self->encodings, ql_encoding_cache_unref);
  g_clear_pointer (&self->model, b2_model_unref);
  g_clear_pointer (&self->dir, g_free);
  g_clear_object (&self->picture);
  ql_decoder_release ();
}

gboolean
ql_cli_run_picture (QlCliRun *self, const char *path, GError **error)
{
  QlImageOptions image_options = {
    .ignore_orientation = self->options->no_exif,
    .alpha = self->options->alpha_drop ? QL_ALPHA_DROP : QL_ALPHA_WHITE,
  };
  g_autoptr (QlImage) image = ql_image_load_file (path, &image_options, NULL, error);

  if (image == NULL)
    return FALSE;
  g_clear_object (&self->picture);
  if (self->keep_picture)
    self->picture = ql_picture_new (path, NULL, image->bytes, image->width, image->height, image->stride);
  return b2_session_set_image (self->session, image->rgb, image->width, image->height, image->stride, error);
}

B2Answer *
ql_cli_run_text (QlCliRun *self, const char *question, gboolean keep_trace, GError **error)
{
  const QlCliOptions *options = self->options;
  B2GenerateHooks hooks = { .watch = self->watch, .keep_trace = keep_trace };
  g_autofree char *made = NULL;
  const char *prompt = options->prompt;
  B2Answer *answer;

  if (question != NULL)
    {
      made = options->raw ? g_strdup (question) : b2_model_question_prompt (self->model, question);
      prompt = made;
    }
  if (prompt != NULL && prompt[0] == '\0')
    prompt = NULL;
  answer = b2_session_generate (self->session, prompt, &options->decode, &hooks, error);
  ql_cli_wipe_progress ();
  return answer;
}

QlTrace *
ql_cli_run_trace (QlCliRun *self, const B2Answer *answer, GError **error)
{
  return ql_trace_new_for_answer (self->model, answer, self->picture, error);
}

gboolean
ql_cli_check_output (const char *path, const char *output, GError **error)
{
  struct stat in, out;
  g_autofree char *folder = g_path_get_dirname (output);

  if (stat (output, &out) == 0)
    {
      if (!S_ISREG (out.st_mode))
        {
          g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                       _ ("it is not an ordinary file; name a file to write with -o"));
          return FALSE;
        }
      if (stat (path, &in) == 0 && in.st_dev == out.st_dev && in.st_ino == out.st_ino)
        {
          g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                       _ ("it is the picture itself; name another file with -o"));
          return FALSE;
        }
    }
  if (!g_file_test (folder, G_FILE_TEST_IS_DIR))
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
                   _ ("its folder is not there; make it or name another"));
      return FALSE;
    }
  return TRUE;
}

json_t *
ql_cli_run_answer_json (QlCliRun *self, const char *path, const char *question, const B2Answer *answer)
{
  return ql_answer_json (path, question, answer, self->open_ms);
}

gboolean
ql_cli_run_failed (QlCliRun *self, const char *path, const char *question, const GError *error)
{
  json_t *object;
  g_autofree char *what = NULL;

  self->status = QL_CLI_FAILED;
  ql_cli_wipe_progress ();
  if (g_error_matches (error, B2_ERROR, B2_ERROR_CANCELLED))
    return FALSE;
  ql_cli_error (path, error);
  if (!self->options->json)
    return TRUE;
  what = ql_cli_describe (path, error);
  object = json_object ();
  json_object_set_new (object, "image", ql_cli_json_string (path));
  if (question != NULL)
    json_object_set_new (object, "question", ql_cli_json_string (question));
  json_object_set_new (object, "error", ql_cli_json_string (what));
  return ql_cli_emit_json (object);
}
