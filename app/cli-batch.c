#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/batch-engine.h"
#include "app/batch-list.h"
#include "app/cli-output.h"
#include "app/cli-run.h"
#include "app/cli.h"
#include "app/engine-service.h"
#include "app/time-left.h"

/* How long after Ctrl+C the batch hears of it. */
#define SIGNAL_POLL_MS 20
#define PROGRESS_INTERVAL_MS 250

typedef struct
{
  const QlCliOptions *options;
  GMainLoop *loop;
  GCancellable *cancellable; /* of collecting */
  QlBatch *batch;
  QlBatchList *list;
  char *dir; /* of the model */
  gboolean shows_progress;
  gboolean output_lost;
  int status; /* a QlCliStatus */
} Run;

static gboolean
check (QlCliOptions *options)
{
  QlBatchTargets *targets = &options->targets;

  if (options->words->len == 0)
    return ql_cli_usage_error (options->command, _ ("no folder or picture is named"));
  for (guint i = 0; i < options->words->len; i++)
    if (*(const char *) options->words->pdata[i] == '\0')
      return ql_cli_usage_error (options->command, _ ("the name is empty"));
  if (targets->csv != NULL && targets->jsonl != NULL)
    {
      g_autofree char *csv = g_canonicalize_filename (targets->csv, NULL);
      g_autofree char *jsonl = g_canonicalize_filename (targets->jsonl, NULL);

      if (strcmp (csv, jsonl) == 0)
        return ql_cli_usage_error (options->command, _ ("--csv and --jsonl are the same file"));
    }
  if (!targets->xmp && !targets->png_text && targets->csv == NULL && targets->jsonl == NULL)
    targets->txt = TRUE;
  return TRUE;
}

/* ---- telling ------------------------------------------------------------------------- */

static void
wipe_progress (Run *self)
{
  if (self->shows_progress)
    fputs ("\r\033[K", stderr);
}

static gboolean
progress_cb (gpointer data)
{
  Run *self = data;
  QlBatchProgress progress = ql_batch_get_progress (self->batch);
  g_autofree char *left = progress.eta_s >= 0 ? ql_time_left_text (progress.eta_s) : g_strdup ("");

  fprintf (stderr, "\r%u/%u", progress.n_over, progress.n_items);
  if (progress.n_failed > 0)
    fprintf (stderr, _ (", %u failed"), progress.n_failed);
  fprintf (stderr, "%s%s\033[K", *left ? ", " : "", left);
  return G_SOURCE_CONTINUE;
}

static void
tell_summary (Run *self)
{
  QlBatchProgress progress = ql_batch_get_progress (self->batch);

  wipe_progress (self);
  if (self->shows_progress)
    fprintf (stderr, _ ("%u captioned, %u had a caption, %u failed, %u left\n"), progress.n_done,
             progress.n_skipped, progress.n_failed, progress.n_items - progress.n_over);
}

static json_t *
json_of (QlBatchItem *item, const char *line)
{
  json_t *object = line != NULL ? json_loads (line, JSON_ALLOW_NUL, NULL) : NULL;

  if (object == NULL)
    {
      object = json_object ();
      json_object_set_new (object, "image", ql_cli_json_string (ql_batch_item_get_path (item)));
    }
  if (ql_batch_item_get_status (item) == QL_BATCH_SKIPPED)
    json_object_set_new (object, "skipped", json_true ());
  if (ql_batch_item_get_error (item) != NULL)
    json_object_set_new (object, "error", ql_cli_json_string (ql_batch_item_get_error (item)));
  return object;
}

static void
item_finished_cb (QlBatch *batch, QlBatchItem *item, const char *line, Run *self)
{
  const char *path = ql_batch_item_get_path (item);
  const char *error = ql_batch_item_get_error (item);
  gboolean ok = TRUE;

  if (self->output_lost)
    return;
  wipe_progress (self);
  if (error != NULL)
    {
      g_autofree char *clean = ql_cli_printable (error);
      g_autofree char *clean_path = ql_cli_printable (path);

      fprintf (stderr, "qlens-cli: %s: %s\n", clean_path, clean);
      self->status = QL_CLI_FAILED;
    }
  if (self->options->json)
    ok = ql_cli_emit_json (json_of (item, line));
  else if (ql_batch_item_get_status (item) == QL_BATCH_DONE)
    ok = ql_cli_emit_text (path, ql_batch_item_get_caption (item));
  if (!ok) /* as the other commands: no work for nobody, though here the files would be left */
    {
      self->output_lost = TRUE;
      self->status = QL_CLI_FAILED;
      ql_batch_stop (batch);
    }
}

static void
finished_cb (QlBatch *batch, const GError *error, Run *self)
{
  wipe_progress (self);
  if (error != NULL)
    {
      g_autofree char *clean = ql_cli_printable (error->message);

      self->status = QL_CLI_FAILED;
      if (error->domain == B2_ERROR || error->domain == QL_MODEL_ERROR)
        ql_cli_error (self->dir, error);
      else
        fprintf (stderr, "qlens-cli: %s\n", clean);
    }
  g_main_loop_quit (self->loop);
}

/* ---- running ------------------------------------------------------------------------- */

/* The signal handler may do no more than set a flag. */
static gboolean
poll_signal_cb (gpointer data)
{
  Run *self = data;

  if (b2_cancel_is_triggered (ql_cli_cancel ()))
    {
      g_cancellable_cancel (self->cancellable);
      ql_batch_stop (self->batch);
    }
  return G_SOURCE_CONTINUE;
}

static void
collected_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Run *self = data;
  g_autoptr (GError) error = NULL;

  self->list = ql_batch_list_collect_finish (result, &error);
  if (self->list == NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    fprintf (stderr, "qlens-cli: %s\n", error->message);
  g_main_loop_quit (self->loop);
}

static gboolean
collect (Run *self)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  QlBatchListOptions list_options = { .recursive = self->options->recursive };

  for (guint i = 0; i < self->options->words->len; i++)
    g_ptr_array_add (names, self->options->words->pdata[i]);
  g_ptr_array_add (names, NULL);
  ql_batch_list_collect_async ((const char *const *) names->pdata, &list_options, self->cancellable,
                               collected_cb, self);
  g_main_loop_run (self->loop);
  if (self->list == NULL)
    return FALSE;
  for (guint i = 0; i < self->list->problems->len; i++)
    {
      g_autofree char *clean = ql_cli_printable (self->list->problems->pdata[i]);

      fprintf (stderr, "qlens-cli: %s\n", clean);
      self->status = QL_CLI_FAILED;
    }
  return TRUE;
}

static void
set_up (Run *self)
{
  const QlCliOptions *options = self->options;
  QlImageOptions image_options = {
    .ignore_orientation = options->no_exif,
    .alpha = options->alpha_drop ? QL_ALPHA_DROP : QL_ALPHA_WHITE,
  };

  ql_batch_set_model_dir (self->batch, self->dir);
  ql_batch_set_prompt (self->batch, options->prompt);
  ql_batch_set_n_threads (self->batch, options->n_threads);
  ql_batch_set_exact (self->batch, options->exact);
  ql_batch_set_pin_threads (self->batch, options->pin);
  ql_batch_set_if_room (self->batch, !options->open_anyway);
  ql_batch_set_decode_options (self->batch, &options->decode);
  ql_batch_set_image_options (self->batch, &image_options);
  if (!options->no_cache)
    {
      g_autoptr (QlEncodingCache) encodings = ql_encoding_cache_new (NULL, QL_ENCODING_CACHE_MAX_BYTES);

      ql_batch_set_encoding_cache (self->batch, encodings);
    }
  ql_batch_set_targets (self->batch, &options->targets);
  ql_batch_add (self->batch, self->list->paths);
  g_signal_connect (self->batch, "item-finished", G_CALLBACK (item_finished_cb), self);
  g_signal_connect (self->batch, "finished", G_CALLBACK (finished_cb), self);
}

static void
run_batch (Run *self)
{
  guint poll_id = g_timeout_add (SIGNAL_POLL_MS, poll_signal_cb, self), progress_id = 0;

  self->status = QL_CLI_OK;
  if (!collect (self))
    self->status = QL_CLI_FAILED;
  else if (self->list->paths->len == 0)
    {
      fputs (_ ("qlens-cli: no pictures are there; name another folder, or add --recursive\n"), stderr);
      self->status = QL_CLI_FAILED;
    }
  else
    {
      set_up (self);
      if (self->shows_progress)
        progress_id = g_timeout_add (PROGRESS_INTERVAL_MS, progress_cb, self);
      ql_batch_start (self->batch);
      g_main_loop_run (self->loop);
      if (progress_id != 0)
        g_source_remove (progress_id);
      tell_summary (self);
    }
  g_source_remove (poll_id);
}

static int
batch (const QlCliOptions *options)
{
  Run self = { .options = options, .status = QL_CLI_FAILED, .shows_progress = isatty (STDERR_FILENO) };

  self.dir = ql_cli_model_dir (options, "qlens-demo-opt");
  if (self.dir == NULL)
    return QL_CLI_FAILED;
  self.loop = g_main_loop_new (NULL, FALSE);
  self.cancellable = g_cancellable_new ();
  self.batch = ql_batch_new ();
  run_batch (&self);
  g_clear_pointer (&self.list, ql_batch_list_free);
  g_object_unref (self.batch);
  g_object_unref (self.cancellable);
  g_main_loop_unref (self.loop);
  g_free (self.dir);
  return self.status;
}

const QlCliCommand ql_cli_batch = {
  .name = "batch",
  .usage = "DIR|IMAGE…",
  .summary = N_ ("describe all pictures of a folder, to files"),
  .groups = QL_CLI_GROUP_MODEL | QL_CLI_GROUP_BATCH | QL_CLI_GROUP_PROMPT | QL_CLI_GROUP_DECODE
            | QL_CLI_GROUP_THREADS | QL_CLI_GROUP_IMAGE | QL_CLI_GROUP_CACHE | QL_CLI_GROUP_JSON,
  .preset = B2_PRESET_CAPTION,
  .check = check,
  .run = batch,
};
