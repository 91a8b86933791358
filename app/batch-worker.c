#include "app/batch-worker.h"

#include <gio/gio.h>
#include <glib/gi18n.h>
#include <string.h>

#include "app/answer-json.h"
#include "app/batch-loader.h"
#include "app/batch-table.h"
#include "app/encoding-cache-private.h"
#include "app/error-line.h"
#include "app/model-room.h"
#include "app/step-back.h"

/* A frame at 30 Hz, and rows that a main loop takes in without being missed. */
#define NEWS_INTERVAL_US 33000
#define MAX_EVENTS_AT_ONCE 64
/* Captions written together: with more a step of the model computes instead of waiting for memory, and there is more to lose. */
#define MOST_TOGETHER 6
/* Pictures that are skipped, or cannot be read, between them. */
#define MOST_PENDING 64
/* The pictures of a larger batch would push everything else out of the cache, and each other. */
#define MOST_REMEMBERED 100

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
  GPtrArray *pending; /* of Pending, in order */
  int n_drafts; /* of them */
};

void
ql_batch_settings_copy (QlBatchSettings *to, const QlBatchSettings *from)
{
  *to = *from;
  to->model_dir = g_strdup (from->model_dir);
  to->prompt = g_strdup (from->prompt);
  ql_batch_targets_copy (&to->targets, &from->targets);
  if (to->encodings != NULL)
    ql_encoding_cache_ref (to->encodings);
}

void
ql_batch_settings_clear (QlBatchSettings *self)
{
  g_clear_pointer (&self->model_dir, g_free);
  g_clear_pointer (&self->prompt, g_free);
  ql_batch_targets_clear (&self->targets);
  g_clear_pointer (&self->encodings, ql_encoding_cache_unref);
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
  B2SessionOptions options = { .n_threads = self->settings.n_threads,
                               .pin_threads = self->settings.pin_threads,
                               .measure = TRUE,
                               .exact = self->settings.exact };
  B2MemoryRun run = { .n_threads = self->settings.n_threads,
                      .n_prompt_tokens = 1,
                      .n_together = MOST_TOGETHER,
                      .n_ahead = MOST_TOGETHER,
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
  if (self->session == NULL)
    return FALSE;
  ql_encoding_cache_serve (self->settings.encodings, self->model, self->session,
                           self->items->len <= MOST_REMEMBERED ? QL_ENCODING_LOAD_AND_SAVE
                                                               : QL_ENCODING_LOAD);
  return TRUE;
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
finish (QlBatchWorker *self, guint index, const B2Answer *answer, const GError *error, double decode_seconds,
        double work_seconds, GError **failure)
{
  double seconds = decode_seconds + work_seconds;
  const char *path = self->paths->pdata[index];
  g_autofree char *name = ql_batch_table_name (path);
  QlBatchEvent *event = event_new (self, index, error != NULL ? QL_BATCH_FAILED : QL_BATCH_DONE);
  g_autoptr (GError) cause = NULL;
  QlBatchRow row = { .seconds = seconds };
  gboolean fatal;

  event->seconds = seconds;
  event->work_seconds = work_seconds;
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

/* ---- a few pictures at a time ------------------------------------------------------- */

/*
 * A picture that was taken and not yet told of. What the engine's language model waits for are its weights, which it reads once a
 * step for all captions that are written together. Whatever else comes between, as skipped pictures, waits its turn, so that
 * everything is told and written in order.
 */
typedef struct
{
  QlBatchLoaded *loaded;
  int ahead; /* which of the pictures encoded ahead; -1: not one of them */
  B2Draft *draft; /* NULL: nothing to write */
  B2Answer *answer;
  GError *error;
  double work_seconds;
} Pending;

static void
pending_free (gpointer data)
{
  Pending *self = data;

  ql_batch_loaded_free (self->loaded);
  b2_draft_free (self->draft);
  b2_answer_free (self->answer);
  g_clear_error (&self->error);
  g_free (self);
}

/* Those of the pictures at hand that have a draft. */
static void
write_drafts (QlBatchWorker *self)
{
  B2Watch watch = { .cancel = self->cancel };
  B2Draft *drafts[MOST_TOGETHER];
  B2Answer *answers[MOST_TOGETHER] = { NULL };
  GError *errors[MOST_TOGETHER] = { NULL };
  gint64 start = g_get_monotonic_time ();
  double share;
  int n = 0;

  for (guint i = 0; i < self->pending->len; i++)
    if (((Pending *) self->pending->pdata[i])->draft != NULL)
      drafts[n++] = ((Pending *) self->pending->pdata[i])->draft;
  if (n == 0)
    return;
  b2_session_write_drafts (self->session, drafts, n, &watch, answers, errors);
  share = (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC / n;
  n = 0;
  for (guint i = 0; i < self->pending->len; i++)
    {
      Pending *p = self->pending->pdata[i];

      if (p->draft == NULL)
        continue;
      p->answer = answers[n];
      p->error = errors[n++];
      p->work_seconds += share;
    }
}

static void
tell_skipped (QlBatchWorker *self, QlBatchLoaded *loaded)
{
  QlBatchEvent *event = event_new (self, loaded->index, QL_BATCH_SKIPPED);

  event->caption = g_steal_pointer (&loaded->caption);
  tell (self, event);
}

/* Returns: %FALSE where the run ends here, with @error or because it was stopped */
static gboolean
tell_pending (QlBatchWorker *self, Pending *p, GError **error)
{
  if (p->loaded->skip)
    {
      tell_skipped (self, p->loaded);
      return TRUE;
    }
  if (g_error_matches (p->error, B2_ERROR, B2_ERROR_CANCELLED))
    {
      tell (self, event_new (self, p->loaded->index, QL_BATCH_WAITING));
      return FALSE;
    }
  return finish (self, p->loaded->index, p->answer, p->loaded->error != NULL ? p->loaded->error : p->error,
                 p->loaded->seconds, p->work_seconds, error);
}

/* Writes what is begun and tells of all. Where the run ends in the midst of it, the rest waits again. */
static gboolean
flush (QlBatchWorker *self, GError **error)
{
  gboolean going = TRUE;

  write_drafts (self);
  for (guint i = 0; i < self->pending->len; i++)
    {
      Pending *p = self->pending->pdata[i];

      if (going)
        going = tell_pending (self, p, error);
      else if (!p->loaded->skip && p->loaded->error == NULL)
        tell (self, event_new (self, p->loaded->index, QL_BATCH_WAITING));
    }
  g_ptr_array_set_size (self->pending, 0);
  self->n_drafts = 0;
  return going;
}

/* Begins the caption of @p's picture; the model's copy of it is small, so it is not kept for as long as that works. */
static void
begin_caption (QlBatchWorker *self, Pending *p)
{
  B2Watch watch = { .cancel = self->cancel };
  const char *prompt = self->settings.prompt;
  gint64 start = g_get_monotonic_time ();
  const QlImage *image = p->loaded->image;

  g_clear_error (&p->error);
  if (p->ahead >= 0)
    b2_session_set_image_ahead (self->session, p->ahead);
  p->ahead = -1;
  if (image == NULL
      || b2_session_set_image (self->session, image->rgb, image->width, image->height, image->stride,
                               &p->error))
    {
      g_clear_pointer (&p->loaded->image, ql_image_unref);
      p->draft = b2_session_draft (self->session, prompt != NULL && *prompt != '\0' ? prompt : NULL,
                                   &self->settings.decode, &watch, &p->error);
    }
  p->work_seconds += (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
}

/* @p is the last that is pending. Returns: %FALSE where the run ends here, with @error or because it was stopped */
static gboolean
caption (QlBatchWorker *self, Pending *p, GError **error)
{
  gboolean going;

  begin_caption (self, p);
  if (self->n_drafts > 0 && g_error_matches (p->error, B2_ERROR, B2_ERROR_NO_MEMORY))
    {
      /* There may be room for one of them. */
      g_ptr_array_steal_index (self->pending, self->pending->len - 1);
      going = flush (self, error);
      g_ptr_array_add (self->pending, p);
      if (!going)
        {
          tell (self, event_new (self, p->loaded->index, QL_BATCH_WAITING));
          g_ptr_array_set_size (self->pending, 0);
          return FALSE;
        }
      begin_caption (self, p);
    }
  self->n_drafts += p->draft != NULL;
  return TRUE;
}

/* Whether what was begun is to be written now, before @p's successor. */
static gboolean
is_full (QlBatchWorker *self, const Pending *p)
{
  int most = 1;

  if (self->session != NULL)
    most = MIN (b2_session_max_drafts (self->session, self->settings.decode.n_beams), MOST_TOGETHER);
  return self->n_drafts == 0 || self->n_drafts >= most || self->pending->len >= MOST_PENDING
         || g_error_matches (p->error, B2_ERROR, B2_ERROR_CANCELLED);
}

/* ---- a few of them are encoded together ---------------------------------------------- */

static gboolean
has_picture (const Pending *p)
{
  return p->loaded->image != NULL;
}

/* What there is to take, up to as many pictures as the session encodes at once; before there is one, a single item, so that
 * all before the first picture has been told of when the model is opened. Returns: %FALSE at the end or after a stop */
static gboolean
take_group (QlBatchWorker *self, GPtrArray *group)
{
  int most = self->session != NULL ? MIN (b2_session_max_ahead (self->session), MOST_TOGETHER) : 1;
  int n_pictures = 0;

  ql_batch_loader_set_max_images (self->loader, (guint) most);
  do
    {
      QlBatchLoaded *loaded = ql_batch_loader_take (self->loader);
      Pending *p;

      if (loaded == NULL)
        break;
      if (g_error_matches (loaded->error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        {
          ql_batch_loaded_free (loaded);
          return FALSE;
        }
      p = g_new0 (Pending, 1);
      p->loaded = loaded;
      p->ahead = -1;
      n_pictures += has_picture (p);
      g_ptr_array_add (group, p);
    }
  while (self->session != NULL && n_pictures < most && group->len < MOST_PENDING
         && ql_batch_loader_has_next (self->loader));
  return group->len > 0;
}

/* A single picture needs no company. Where this fails, for want of memory or because it was stopped, each picture is begun alone in its
 * turn, and what there is to tell comes up there. */
static void
encode_group (QlBatchWorker *self, GPtrArray *group)
{
  B2Watch watch = { .cancel = self->cancel };
  B2Pixels pictures[MOST_TOGETHER];
  GError *errors[MOST_TOGETHER] = { NULL };
  Pending *of[MOST_TOGETHER];
  gint64 start = g_get_monotonic_time ();
  int n = 0;

  for (guint i = 0; i < group->len; i++)
    {
      Pending *p = group->pdata[i];
      const QlImage *image = p->loaded->image;

      if (!has_picture (p))
        continue;
      pictures[n] = (B2Pixels){ image->rgb, image->width, image->height, image->stride };
      of[n++] = p;
    }
  if (n < 2)
    return;
  if (b2_session_encode_ahead (self->session, pictures, n, &watch, errors, NULL))
    for (int i = 0; i < n; i++)
      {
        if (errors[i] == NULL)
          {
            of[i]->ahead = i;
            g_clear_pointer (&of[i]->loaded->image, ql_image_unref);
          }
        of[i]->work_seconds += (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC / n;
      }
  for (int i = 0; i < n; i++)
    g_clear_error (&errors[i]); /* they come up again in the picture's turn */
}

/* All of it waits again. */
static void
give_back (QlBatchWorker *self, GPtrArray *group)
{
  for (guint i = 0; i < group->len; i++)
    {
      Pending *p = group->pdata[i];

      if (!p->loaded->skip && p->loaded->error == NULL)
        tell (self, event_new (self, p->loaded->index, QL_BATCH_WAITING));
    }
}

/* Returns: %FALSE where the run ends here, with @error or because it was stopped */
static gboolean
work_at (QlBatchWorker *self, GPtrArray *group, GError **error)
{
  gboolean going = TRUE, any = FALSE;

  for (guint i = 0; i < group->len; i++)
    if (has_picture (group->pdata[i]))
      {
        any = TRUE;
        tell (self, event_new (self, ((Pending *) group->pdata[i])->loaded->index, QL_BATCH_WORKING));
      }
  if (any && self->session == NULL)
    going = open_model (self, error);
  if (any && going)
    encode_group (self, group);
  while (going && group->len > 0)
    {
      Pending *p = group->pdata[0];
      gboolean to_caption = has_picture (p) || p->ahead >= 0;

      g_ptr_array_add (self->pending, g_ptr_array_steal_index (group, 0));
      going = !to_caption || caption (self, p, error);
      if (going && is_full (self, p))
        going = flush (self, error);
    }
  give_back (self, group);
  return going;
}

static gboolean
is_paused (QlBatchWorker *self)
{
  gboolean paused;

  g_mutex_lock (&self->lock);
  paused = self->paused;
  g_mutex_unlock (&self->lock);
  return paused;
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
  while (going)
    {
      g_autoptr (GPtrArray) group = g_ptr_array_new_with_free_func (pending_free);

      /* Nothing waits for a picture that is long in coming, or for the end of a pause. */
      if (self->pending->len > 0 && (is_paused (self) || !ql_batch_loader_is_ready (self->loader)))
        going = flush (self, error);
      if (!going || !wait_while_paused (self))
        break;
      going = take_group (self, group) && work_at (self, group, error);
    }
  /* At the end they are written; after a stop they wait again. */
  if (self->pending->len > 0)
    flush (self, error);
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
  g_ptr_array_set_size (self->pending, 0); /* drafts before their session */
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
  self->pending = g_ptr_array_new_with_free_func (pending_free);
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
  g_ptr_array_unref (self->pending);
  ql_batch_output_unref (self->output);
  ql_batch_settings_clear (&self->settings);
  g_ptr_array_unref (self->paths);
  g_ptr_array_unref (self->items);
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->lock);
  g_free (self);
}
