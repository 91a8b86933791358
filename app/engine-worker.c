#include "app/engine-worker.h"

#include <glib/gi18n.h>

#include "app/encoding-cache-private.h"
#include "app/engine-answer.h"
#include "app/model-facts-private.h"
#include "app/model-room.h"
#include "app/paths.h"
#include "app/step-back.h"

/* A frame at 30 Hz: nobody reads faster, and the main loop is woken seldom. */
#define NEWS_INTERVAL_US 33000

struct QlEngineWorker
{
  GThread *thread;
  GAsyncQueue *jobs;
  GSource *source; /* fires when there are news */
  QlWorkerNews news;
  gpointer news_data;

  GMutex lock;
  gboolean armed;
  GQueue dirty; /* QlEngineJob, a reference each */
  QlEngineProbe probe;
  gpointer probe_data;

  /* Of the thread alone. */
  QlEngineJob *job;
  B2Model *model;
  B2Session *session;
  int session_threads; /* as asked for */
  gboolean session_exact;
  B2Model *match_model; /* nullable: beside the other, which cannot match */
  B2Session *match_session;
  int match_threads;
  gboolean match_exact;
};

QlEngineJob *
ql_engine_job_new (QlJobKind kind)
{
  QlEngineJob *self = g_new0 (QlEngineJob, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->kind = kind;
  self->cancel = b2_cancel_new ();
  return self;
}

QlEngineJob *
ql_engine_job_ref (QlEngineJob *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
ql_engine_job_unref (QlEngineJob *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_free (self->dir);
  g_free (self->question);
  g_strfreev (self->earlier);
  g_free (self->new_text);
  g_clear_object (&self->picture);
  g_clear_pointer (&self->encodings, ql_encoding_cache_unref);
  g_clear_error (&self->error);
  g_clear_pointer (&self->answer, ql_answer_free);
  g_clear_object (&self->trace);
  g_clear_pointer (&self->tokens, g_array_unref);
  g_clear_pointer (&self->intervention, ql_intervention_unref);
  g_free (self->prompt);
  g_free (self->fingerprint);
  g_free (self->beams);
  if (self->request != NULL)
    self->request_free (self->request);
  if (self->result != NULL)
    self->result_free (self->result);
  g_clear_pointer (&self->facts, ql_model_facts_free);
  b2_cancel_unref (self->cancel);
  g_clear_object (&self->task);
  g_free (self);
}

/* With the lock held. @now: something ended, which should not wait for the next frame. */
static void
mark_dirty (QlEngineWorker *self, QlEngineJob *job, gboolean now)
{
  if (!job->dirty)
    {
      job->dirty = TRUE;
      g_queue_push_tail (&self->dirty, ql_engine_job_ref (job));
    }
  if (now)
    g_source_set_ready_time (self->source, 0);
  else if (!self->armed)
    g_source_set_ready_time (self->source, g_get_monotonic_time () + NEWS_INTERVAL_US);
  self->armed = TRUE;
}

static gboolean
dispatch_news (GSource *source, GSourceFunc callback, gpointer data)
{
  QlEngineWorker *self = data;
  GQueue dirty = G_QUEUE_INIT;
  QlEngineJob *job;

  g_mutex_lock (&self->lock);
  self->armed = FALSE;
  g_source_set_ready_time (source, -1);
  while ((job = g_queue_pop_head (&self->dirty)) != NULL)
    {
      job->dirty = FALSE;
      g_queue_push_tail (&dirty, job);
    }
  g_mutex_unlock (&self->lock);

  while ((job = g_queue_pop_head (&dirty)) != NULL)
    {
      g_autofree char *text = NULL;
      QlEngineProgress progress;
      gboolean done;

      g_mutex_lock (&self->lock);
      text = g_steal_pointer (&job->new_text);
      progress = job->progress;
      done = job->done;
      g_mutex_unlock (&self->lock);
      /* The service is kept alive by the task of every job that is not done. */
      self->news (job, progress, text, done, self->news_data);
      ql_engine_job_unref (job);
      if (g_source_is_destroyed (source))
        break;
    }
  g_queue_clear_full (&dirty, (GDestroyNotify) ql_engine_job_unref);
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs news_source_funcs = { .dispatch = dispatch_news };

static QlEnginePhase
phase_from_engine (B2Phase phase)
{
  switch (phase)
    {
    case B2_PHASE_OPEN:
      return QL_ENGINE_PHASE_OPEN;
    case B2_PHASE_VISION:
      return QL_ENGINE_PHASE_VISION;
    case B2_PHASE_QFORMER:
      return QL_ENGINE_PHASE_QFORMER;
    case B2_PHASE_PREFILL:
      return QL_ENGINE_PHASE_PREFILL;
    case B2_PHASE_DECODE:
      return QL_ENGINE_PHASE_DECODE;
    default:
      return QL_ENGINE_PHASE_NONE;
    }
}

static void
progress_cb (B2Phase engine_phase, int done, int total, gpointer data)
{
  QlEngineWorker *self = data;
  QlEnginePhase phase = phase_from_engine (engine_phase);
  QlEngineProbe probe;
  gpointer probe_data;

  g_mutex_lock (&self->lock);
  self->job->progress = (QlEngineProgress){ phase, done, total };
  mark_dirty (self, self->job, FALSE);
  probe = self->probe;
  probe_data = self->probe_data;
  g_mutex_unlock (&self->lock);
  if (probe != NULL)
    probe (phase, done, total, probe_data);
}

static void
token_cb (const B2Token *token, int n_tokens, const char *text, gpointer data)
{
  QlEngineWorker *self = data;

  g_mutex_lock (&self->lock);
  g_free (self->job->new_text);
  self->job->new_text = g_strdup (text);
  mark_dirty (self, self->job, FALSE);
  g_mutex_unlock (&self->lock);
}

/* A caption stands for whatever will be asked. */
static B2MemoryRun
usual_run (int n_threads)
{
  B2MemoryRun run;

  b2_memory_run_init (&run);
  run.n_threads = n_threads;
  return run;
}

static gboolean
has_room (B2Model *model, int n_threads, GError **error)
{
  B2MemoryRun run = usual_run (n_threads);

  return ql_model_room_check (model, &run, error);
}

static void
make_session (QlEngineWorker *self, QlEngineJob *job)
{
  B2MemoryRun run = usual_run (job->n_threads);
  /* The trace comes after the answer, when the picture has long been read. */
  B2SessionOptions options = { .n_threads = job->n_threads,
                               .exact = job->exact,
                               .weights = ql_model_room_policy (self->model, &run, FALSE),
                               .measure = TRUE };

  g_clear_pointer (&self->session, b2_session_free);
  self->session = b2_session_new (self->model, &options, &job->error);
  self->session_threads = job->n_threads;
  self->session_exact = job->exact;
}

static void
close_model (QlEngineWorker *self)
{
  g_clear_pointer (&self->match_session, b2_session_free);
  g_clear_pointer (&self->match_model, b2_model_unref);
  g_clear_pointer (&self->session, b2_session_free);
  g_clear_pointer (&self->model, b2_model_unref);
}

static gboolean
is_usable (B2Model *model, QlEngineJob *job)
{
  const B2ModelInfo *info = b2_model_info (model);

  if ((info->tasks & B2_TASK_GENERATE) == 0)
    {
      g_set_error (&job->error, QL_MODEL_ERROR, QL_MODEL_ERROR_WRITES_NONE,
                   _ ("%s: this model only compares pictures with texts; it writes none"), job->dir);
      return FALSE;
    }
  return !job->if_room || has_room (model, job->n_threads, &job->error);
}

/* Opening maps files and takes next to no memory: what is open stays until the new one is known
 * to be good. */
static void
run_open (QlEngineWorker *self, QlEngineJob *job)
{
  B2Watch watch = { job->cancel, progress_cb, self };
  g_autoptr (B2Model) model = b2_model_open (job->dir, &watch, &job->error);

  job->earlier_stays = self->session != NULL;
  if (model == NULL || !is_usable (model, job) || !b2_cancel_check (job->cancel, &job->error))
    return;
  job->earlier_stays = FALSE;
  close_model (self);
  self->model = g_steal_pointer (&model);
  make_session (self, job);
  /* A stop that comes after the last check is a stop nevertheless. */
  if (self->session == NULL || !b2_cancel_check (job->cancel, &job->error))
    close_model (self);
  else
    job->facts = ql_model_facts_from_info (b2_model_info (self->model));
}

static gboolean
set_picture (B2Session *session, QlEngineJob *job, GError **error)
{
  return b2_session_set_image (session, g_bytes_get_data (ql_picture_get_rgb (job->picture), NULL),
                               ql_picture_get_width (job->picture), ql_picture_get_height (job->picture),
                               ql_picture_get_stride (job->picture), error);
}

/* The session, with the threads, the arithmetic and the picture of @job. */
static gboolean
prepare (QlEngineWorker *self, QlEngineJob *job)
{
  if (self->session != NULL && (self->session_threads != job->n_threads || self->session_exact != job->exact))
    make_session (self, job);
  if (self->session == NULL)
    {
      if (job->error == NULL)
        g_set_error_literal (&job->error, G_IO_ERROR, G_IO_ERROR_NOT_INITIALIZED, _ ("No model is open"));
      return FALSE;
    }
  ql_encoding_cache_serve (job->encodings, self->model, self->session, QL_ENCODING_LOAD_AND_SAVE);
  return set_picture (self->session, job, &job->error);
}

static void
run_ask (QlEngineWorker *self, QlEngineJob *job)
{
  B2GenerateHooks hooks = {
    .watch = { job->cancel, progress_cb, self }, .token = token_cb, .token_data = self, .keep_beams = TRUE
  };
  gint64 start = g_get_monotonic_time ();

  if (!prepare (self, job))
    return;
  job->answer = ql_engine_answer (self->model, self->session, job, &hooks, &job->error);
  if (job->answer != NULL)
    job->answer->seconds = (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
}

static void
run_trace (QlEngineWorker *self, QlEngineJob *job)
{
  B2GenerateHooks hooks = { .watch = { job->cancel, progress_cb, self }, .keep_trace = TRUE };

  if (prepare (self, job))
    job->trace = ql_engine_trace (self->model, self->session, job, &hooks, &job->error);
}

/* ---- calls ---- */

B2Watch
ql_engine_worker_watch (QlEngineWorker *self, QlEngineJob *job)
{
  return (B2Watch){ job->cancel, progress_cb, self };
}

B2Session *
ql_engine_worker_session (QlEngineWorker *self, QlEngineJob *job, B2Model **model, GError **error)
{
  if (!prepare (self, job))
    {
      g_propagate_error (error, g_steal_pointer (&job->error));
      return NULL;
    }
  *model = self->model;
  return self->session;
}

static gboolean
open_match_model (QlEngineWorker *self, QlEngineJob *job, GError **error)
{
  B2Watch watch = ql_engine_worker_watch (self, job);
  g_autofree char *dir = ql_paths_demo_model ("qlens-demo-itm");
  g_autoptr (B2Model) model = NULL;

  if (self->match_model != NULL)
    return TRUE;
  if (dir == NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                           _ ("The model that compares pictures with texts is not installed"));
      return FALSE;
    }
  model = b2_model_open (dir, &watch, error);
  if (model == NULL || !has_room (model, job->n_threads, error))
    return FALSE;
  self->match_model = g_steal_pointer (&model);
  return TRUE;
}

B2Session *
ql_engine_worker_match_session (QlEngineWorker *self, QlEngineJob *job, B2Model **model, GError **error)
{
  B2SessionOptions options = { .n_threads = job->n_threads, .exact = job->exact, .measure = TRUE };

  if (self->model != NULL && (b2_model_info (self->model)->tasks & B2_TASK_MATCH) != 0)
    return ql_engine_worker_session (self, job, model, error);
  if (!open_match_model (self, job, error))
    return NULL;
  if (self->match_session != NULL
      && (self->match_threads != job->n_threads || self->match_exact != job->exact))
    g_clear_pointer (&self->match_session, b2_session_free);
  if (self->match_session == NULL)
    self->match_session = b2_session_new (self->match_model, &options, error);
  self->match_threads = job->n_threads;
  self->match_exact = job->exact;
  if (self->match_session == NULL)
    return NULL;
  ql_encoding_cache_serve (job->encodings, self->match_model, self->match_session, QL_ENCODING_LOAD_AND_SAVE);
  if (!set_picture (self->match_session, job, error))
    return NULL;
  *model = self->match_model;
  return self->match_session;
}

static gpointer
worker_thread (gpointer data)
{
  QlEngineWorker *self = data;
  gboolean quit = FALSE;

  ql_step_back (); /* and with it the engine's own threads */
  while (!quit)
    {
      QlEngineJob *job = g_async_queue_pop (self->jobs);
      gboolean run;

      g_mutex_lock (&self->lock);
      run = !job->dropped;
      job->claimed = TRUE;
      g_mutex_unlock (&self->lock);

      self->job = job;
      if (job->kind == QL_JOB_QUIT)
        quit = TRUE;
      else if (run && job->kind == QL_JOB_OPEN)
        run_open (self, job);
      else if (run && job->kind == QL_JOB_CLOSE)
        close_model (self);
      else if (run && job->kind == QL_JOB_TRACE)
        run_trace (self, job);
      else if (run && job->kind == QL_JOB_CALL)
        job->result = job->func (self, job, &job->error);
      else if (run)
        run_ask (self, job);
      self->job = NULL;
      /* The cache was the job's. */
      if (self->session != NULL)
        b2_session_set_encoding_store (self->session, NULL);
      if (self->match_session != NULL)
        b2_session_set_encoding_store (self->match_session, NULL);

      if (run && !quit)
        {
          g_mutex_lock (&self->lock);
          job->done = TRUE;
          mark_dirty (self, job, TRUE);
          g_mutex_unlock (&self->lock);
        }
      ql_engine_job_unref (job);
    }
  close_model (self);
  return NULL;
}

QlEngineWorker *
ql_engine_worker_new (QlWorkerNews news, gpointer data)
{
  QlEngineWorker *self = g_new0 (QlEngineWorker, 1);

  self->news = news;
  self->news_data = data;
  self->jobs = g_async_queue_new_full ((GDestroyNotify) ql_engine_job_unref);
  g_mutex_init (&self->lock);
  g_queue_init (&self->dirty);
  self->source = g_source_new (&news_source_funcs, sizeof (GSource));
  g_source_set_static_name (self->source, "engine news");
  /* After input and drawing. */
  g_source_set_priority (self->source, G_PRIORITY_DEFAULT_IDLE);
  g_source_set_callback (self->source, NULL, self, NULL);
  g_source_attach (self->source, g_main_context_get_thread_default ());
  self->thread = g_thread_new ("qlens-engine", worker_thread, self);
  return self;
}

void
ql_engine_worker_set_probe (QlEngineWorker *self, QlEngineProbe probe, gpointer data)
{
  g_mutex_lock (&self->lock);
  self->probe = probe;
  self->probe_data = data;
  g_mutex_unlock (&self->lock);
}

void
ql_engine_worker_push (QlEngineWorker *self, QlEngineJob *job)
{
  g_async_queue_push (self->jobs, ql_engine_job_ref (job));
}

void
ql_engine_worker_cancel (QlEngineWorker *self, QlEngineJob *job)
{
  b2_cancel_trigger (job->cancel);
  g_mutex_lock (&self->lock);
  if (!job->claimed && !job->dropped)
    {
      job->dropped = TRUE;
      job->done = TRUE;
      g_set_error_literal (&job->error, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("Stopped"));
      mark_dirty (self, job, TRUE);
    }
  g_mutex_unlock (&self->lock);
}

void
ql_engine_worker_free (QlEngineWorker *self)
{
  g_async_queue_push (self->jobs, ql_engine_job_new (QL_JOB_QUIT));
  g_thread_join (self->thread);
  g_source_destroy (self->source);
  g_source_unref (self->source);
  g_queue_clear_full (&self->dirty, (GDestroyNotify) ql_engine_job_unref);
  g_async_queue_unref (self->jobs);
  g_mutex_clear (&self->lock);
  g_free (self);
}
