#include "app/batch-worker.h"

#include <gio/gio.h>
#include <glib/gi18n.h>
#include <string.h>

#include "app/answer-json.h"
#include "app/batch-loader.h"
#include "app/batch-table.h"
#include "app/error-line.h"
#include "app/model-room.h"
#include "app/step-back.h"

/* A frame at 30 Hz, and rows that a main loop takes in without being missed. */
#define NEWS_INTERVAL_US 33000
#define MAX_EVENTS_AT_ONCE 64

struct QlBatchWorker
{
  QlBatchSettings settings;
  GPtrArray *items;
  GPtrArray *paths; /* of the items */
  QlBatchOutput *output;
  B2Cancel *cancel;
  GThread *thread;
  GSource *source;
  QlBatchEventFunc func;
  gpointer func_data;

  GMutex lock;
  GCond changed;
  gboolean paused;
  gboolean armed;
  GQueue events;
  QlBatchLoader *loader; /* NULL before the tables are open */

  /* Of the thread alone. */
  B2Model *model;
  B2Session *session;
  double open_ms;
};

void
ql_batch_settings_copy (QlBatchSettings *to, const QlBatchSettings *from)
{
  *to = *from;
  to->model_dir = g_strdup (from->model_dir);
  to->prompt = g_strdup (from->prompt);
  ql_batch_targets_copy (&to->targets, &from->targets);
}

void
ql_batch_settings_clear (QlBatchSettings *self)
{
  g_clear_pointer (&self->model_dir, g_free);
  g_clear_pointer (&self->prompt, g_free);
  ql_batch_targets_clear (&self->targets);
}

/* ---- news ------------------------------------------------------------------------- */

static void
event_free (QlBatchEvent *self)
{
  g_clear_object (&self->item);
  g_free (self->caption);
  g_free (self->error);
  g_free (self->json);
  g_clear_error (&self->failure);
  g_free (self);
}

/* @event: (transfer full) */
static void
tell (QlBatchWorker *self, QlBatchEvent *event)
{
  event->time_us = g_get_monotonic_time ();
  g_mutex_lock (&self->lock);
  g_queue_push_tail (&self->events, event);
  if (event->item == NULL)
    g_source_set_ready_time (self->source, 0);
  else if (!self->armed)
    g_source_set_ready_time (self->source, event->time_us + NEWS_INTERVAL_US);
  self->armed = TRUE;
  g_mutex_unlock (&self->lock);
}

static QlBatchEvent *
event_new (QlBatchWorker *self, guint index, QlBatchStatus status)
{
  QlBatchEvent *event = g_new0 (QlBatchEvent, 1);

  event->item = g_object_ref (self->items->pdata[index]);
  event->status = status;
  return event;
}

static gboolean
dispatch_news (GSource *source, GSourceFunc callback, gpointer data)
{
  QlBatchWorker *self = data;
  GQueue now = G_QUEUE_INIT;
  QlBatchEvent *event;

  g_mutex_lock (&self->lock);
  while (now.length < MAX_EVENTS_AT_ONCE && (event = g_queue_pop_head (&self->events)) != NULL)
    g_queue_push_tail (&now, event);
  self->armed = !g_queue_is_empty (&self->events);
  g_source_set_ready_time (source, self->armed ? 0 : -1);
  g_mutex_unlock (&self->lock);

  while ((event = g_queue_pop_head (&now)) != NULL)
    {
      gboolean over = event->item == NULL;

      self->func (event, self->func_data);
      event_free (event);
      if (over) /* self may be gone by now */
        return G_SOURCE_REMOVE;
    }
  self->func (NULL, self->func_data);
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs news_source_funcs = { .dispatch = dispatch_news };

/* ---- the thread -------------------------------------------------------------------- */

static gboolean
open_model (QlBatchWorker *self, GError **error)
{
  B2Watch watch = { .cancel = self->cancel };
  B2SessionOptions options
      = { .n_threads = self->settings.n_threads, .pin_threads = self->settings.pin_threads };
  B2MemoryRun run = { .n_threads = self->settings.n_threads,
                      .n_prompt_tokens = 1,
                      .n_beams = self->settings.decode.n_beams,
                      .max_new_tokens = self->settings.decode.max_new_tokens };
  gint64 start = g_get_monotonic_time ();

  if (self->settings.model_dir == NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                           _ ("the demo model is not installed; name a model folder"));
      return FALSE;
    }
  self->model = b2_model_open (self->settings.model_dir, &watch, error);
  self->open_ms = (double) (g_get_monotonic_time () - start) / 1e3;
  if (self->model == NULL)
    return FALSE;
  if (!(b2_model_info (self->model)->tasks & B2_TASK_GENERATE))
    {
      g_set_error (error, B2_ERROR, B2_ERROR_UNSUPPORTED,
                   _ ("%s: this model only compares pictures with texts; it writes none"),
                   self->settings.model_dir);
      return FALSE;
    }
  if (self->settings.if_room && !ql_model_room_check (self->model, &run, error))
    return FALSE;
  options.weights = ql_model_room_policy (self->model, &run, TRUE);
  self->session = b2_session_new (self->model, &options, error);
  return self->session != NULL;
}

/* @image: (transfer full): the model's copy is small, so it is not kept for as long as that works */
static B2Answer *
caption (QlBatchWorker *self, QlImage *image, GError **error)
{
  B2GenerateHooks hooks = { .watch.cancel = self->cancel };
  const char *prompt = self->settings.prompt;
  gboolean ok
      = b2_session_set_image (self->session, image->rgb, image->width, image->height, image->stride, error);

  ql_image_unref (image);
  if (!ok)
    return NULL;
  return b2_session_generate (self->session, prompt != NULL && *prompt != '\0' ? prompt : NULL,
                              &self->settings.decode, &hooks, error);
}

/* Lines of their own mean something to whoever reads a .txt; a NUL would end the caption. */
static char *
plain_text (const B2Answer *answer)
{
  g_autofree char *flat = g_strndup (answer->text, answer->text_bytes);

  for (gsize i = 0; i < answer->text_bytes; i++)
    flat[i] = g_ascii_iscntrl (answer->text[i]) ? ' ' : answer->text[i];
  return g_utf8_make_valid (flat, (gssize) answer->text_bytes);
}

/* The row names the picture already, as its errors do; those of other files beside it stay named. */
static char *
line_of (const char *path, const GError *error)
{
  g_autofree char *name = g_filename_display_basename (path);

  return ql_error_line (g_str_has_prefix (error->message, path) ? path : name, error);
}

/* @answer or @error; writes and tells. Returns: %FALSE with @failure where there is no point in going on */
static gboolean
finish (QlBatchWorker *self, guint index, const B2Answer *answer, const GError *error, double seconds,
        GError **failure)
{
  const char *path = self->paths->pdata[index];
  g_autofree char *name = ql_batch_table_name (path);
  QlBatchEvent *event = event_new (self, index, error != NULL ? QL_BATCH_FAILED : QL_BATCH_DONE);
  g_autoptr (GError) cause = NULL;
  QlBatchRow row = { .seconds = seconds };
  gboolean fatal;

  event->seconds = seconds;
  if (answer != NULL)
    {
      json_t *object = ql_answer_json (name, NULL, answer, self->open_ms);

      event->json = ql_json_line (object);
      json_decref (object);
      event->caption = plain_text (answer);
    }
  else
    event->error = line_of (path, error);
  row.caption = event->caption;
  row.error = event->error;
  row.json = event->json;
  if (!ql_batch_output_write (self->output, path, &row, &fatal, &cause))
    {
      event->status = QL_BATCH_FAILED;
      g_free (event->error);
      event->error = line_of (path, cause);
    }
  tell (self, event);
  if (cause == NULL || !fatal)
    return TRUE;
  g_propagate_error (failure, g_steal_pointer (&cause));
  return FALSE;
}

/* Returns: %FALSE where the run ends here, with @error or because it was stopped */
static gboolean
work_at (QlBatchWorker *self, QlBatchLoaded *loaded, GError **error)
{
  g_autoptr (B2Answer) answer = NULL;
  g_autoptr (GError) cause = NULL;
  gint64 start;

  if (loaded->skip)
    {
      QlBatchEvent *event = event_new (self, loaded->index, QL_BATCH_SKIPPED);

      event->caption = g_steal_pointer (&loaded->caption);
      tell (self, event);
      return TRUE;
    }
  if (loaded->error != NULL)
    return g_error_matches (loaded->error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
               ? FALSE
               : finish (self, loaded->index, NULL, loaded->error, loaded->seconds, error);

  tell (self, event_new (self, loaded->index, QL_BATCH_WORKING));
  if (self->session == NULL && !open_model (self, error))
    {
      tell (self, event_new (self, loaded->index, QL_BATCH_WAITING));
      return FALSE;
    }
  start = g_get_monotonic_time ();
  answer = caption (self, g_steal_pointer (&loaded->image), &cause);
  if (g_error_matches (cause, B2_ERROR, B2_ERROR_CANCELLED))
    {
      tell (self, event_new (self, loaded->index, QL_BATCH_WAITING));
      return FALSE;
    }
  return finish (self, loaded->index, answer, cause,
                 loaded->seconds + (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC, error);
}

static gboolean
wait_while_paused (QlBatchWorker *self)
{
  g_mutex_lock (&self->lock);
  while (self->paused && !b2_cancel_is_triggered (self->cancel))
    g_cond_wait (&self->changed, &self->lock);
  g_mutex_unlock (&self->lock);
  return !b2_cancel_is_triggered (self->cancel);
}

static void
work (QlBatchWorker *self, GError **error)
{
  gboolean going = TRUE;

  g_mutex_lock (&self->lock);
  self->loader = ql_batch_loader_new (self->paths, &self->settings.image, self->output);
  g_mutex_unlock (&self->lock);
  while (going && wait_while_paused (self))
    {
      g_autoptr (QlBatchLoaded) loaded = ql_batch_loader_take (self->loader);

      going = loaded != NULL && work_at (self, loaded, error);
    }
}

static gpointer
worker_thread (gpointer data)
{
  QlBatchWorker *self = data;
  QlBatchEvent *end = g_new0 (QlBatchEvent, 1);
  g_autoptr (GError) error = NULL;

  if (self->settings.behind)
    ql_step_back ();
  if (ql_batch_output_begin (self->output, &error))
    {
      work (self, &error);
      ql_batch_output_end (self->output, error == NULL ? &error : NULL);
    }
  g_clear_pointer (&self->session, b2_session_free);
  g_clear_pointer (&self->model, b2_model_unref);
  if (error != NULL && !g_error_matches (error, B2_ERROR, B2_ERROR_CANCELLED))
    end->failure = g_steal_pointer (&error);
  tell (self, end);
  return NULL;
}

QlBatchWorker *
ql_batch_worker_new (const QlBatchSettings *settings, GPtrArray *items, QlBatchOutput *output,
                     QlBatchEventFunc func, gpointer data)
{
  QlBatchWorker *self = g_new0 (QlBatchWorker, 1);

  ql_batch_settings_copy (&self->settings, settings);
  self->items = items;
  self->paths = g_ptr_array_sized_new (items->len);
  for (guint i = 0; i < items->len; i++)
    g_ptr_array_add (self->paths, (gpointer) ql_batch_item_get_path (items->pdata[i]));
  self->output = ql_batch_output_ref (output);
  self->cancel = b2_cancel_new ();
  self->func = func;
  self->func_data = data;
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  g_queue_init (&self->events);
  self->source = g_source_new (&news_source_funcs, sizeof (GSource));
  g_source_set_static_name (self->source, "batch news");
  g_source_set_priority (self->source, G_PRIORITY_DEFAULT_IDLE); /* after input and drawing */
  g_source_set_callback (self->source, NULL, self, NULL);
  g_source_attach (self->source, g_main_context_get_thread_default ());
  self->thread = g_thread_new ("qlens-batch", worker_thread, self);
  return self;
}

void
ql_batch_worker_pause (QlBatchWorker *self, gboolean pause)
{
  g_mutex_lock (&self->lock);
  self->paused = pause;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

void
ql_batch_worker_stop (QlBatchWorker *self)
{
  b2_cancel_trigger (self->cancel);
  g_mutex_lock (&self->lock);
  if (self->loader != NULL)
    ql_batch_loader_stop (self->loader);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

void
ql_batch_worker_free (QlBatchWorker *self)
{
  QlBatchEvent *event;

  ql_batch_worker_stop (self);
  g_thread_join (self->thread);
  g_clear_pointer (&self->loader, ql_batch_loader_free);
  g_source_destroy (self->source);
  g_source_unref (self->source);
  while ((event = g_queue_pop_head (&self->events)) != NULL)
    {
      self->func (event, self->func_data);
      event_free (event);
    }
  b2_cancel_unref (self->cancel);
  ql_batch_output_unref (self->output);
  ql_batch_settings_clear (&self->settings);
  g_ptr_array_unref (self->paths);
  g_ptr_array_unref (self->items);
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->lock);
  g_free (self);
}
