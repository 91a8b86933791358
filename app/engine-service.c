#include "app/engine-service.h"

#include <glib/gi18n.h>

#include "app/engine-service-private.h"
#include "app/model-name.h"

struct _QlEngineService
{
  GObject parent_instance;

  QlEngineWorker *worker; /* NULL after shutdown */
  GQueue jobs; /* QlEngineJob not yet over, in order, a reference each */
  QlEngineState state;
  QlEngineProgress progress;
  double fraction;
  char *text;
  char *model_dir; /* last asked for */
  char *open_dir; /* of the model that is open; NULL: none is */
  QlModelFacts *facts; /* of the same */
  gboolean model_failed;
  int n_threads;
  gboolean exact;
  QlEncodingCache *encodings; /* nullable */
  GWeakRef seen; /* the picture that the engine has, or will have, looked at last; weak */
};

enum
{
  PROP_STATE = 1,
  PROP_PROGRESS,
  PROP_TEXT,
  PROP_MODEL,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

/* clang-format off */
G_DEFINE_QUARK (ql-model-error-quark, ql_model_error)
/* clang-format on */
G_DEFINE_FINAL_TYPE (QlEngineService, ql_engine_service, G_TYPE_OBJECT)

void
ql_answer_free (QlAnswer *self)
{
  if (self == NULL)
    return;
  g_free (self->prompt);
  g_free (self->fingerprint);
  g_free (self->beams);
  g_free (self->text);
  g_clear_pointer (&self->tokens, g_array_unref);
  g_free (self);
}

static QlEngineState
current_state (QlEngineService *self)
{
  gboolean asking = FALSE;
  gboolean open = self->open_dir != NULL;

  for (GList *l = self->jobs.head; l != NULL; l = l->next)
    {
      const QlEngineJob *job = l->data;
      if (job->kind == QL_JOB_OPEN)
        return QL_ENGINE_LOADING;
      /* As good as closed: whoever asks from now on must open one first. */
      if (job->kind == QL_JOB_CLOSE)
        open = FALSE;
      else if (job->kind != QL_JOB_CALL)
        asking = TRUE;
    }
  if (asking)
    return QL_ENGINE_BUSY;
  if (open)
    return QL_ENGINE_READY;
  return self->model_failed ? QL_ENGINE_ERROR : QL_ENGINE_NO_MODEL;
}

static void
update_state (QlEngineService *self)
{
  QlEngineState state = current_state (self);

  if (state == self->state)
    return;
  self->state = state;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STATE]);
}

/* Where each phase lies in the whole of its request; shares as on a full-size model. */
static double
whole_fraction (QlEngineProgress p)
{
  static const struct
  {
    double from, to;
  } spans[] = {
    [QL_ENGINE_PHASE_OPEN] = { 0, 1 },         [QL_ENGINE_PHASE_VISION] = { 0, 0.5 },
    [QL_ENGINE_PHASE_QFORMER] = { 0.5, 0.55 }, [QL_ENGINE_PHASE_PREFILL] = { 0.55, 0.65 },
    [QL_ENGINE_PHASE_DECODE] = { 0.65, 1 },
  };
  double part = p.total > 0 ? CLAMP ((double) p.done / p.total, 0, 1) : 0;

  return spans[p.phase].from + part * (spans[p.phase].to - spans[p.phase].from);
}

static void
set_progress (QlEngineService *self, QlEngineProgress progress)
{
  if (progress.phase == QL_ENGINE_PHASE_NONE)
    self->fraction = 0;
  else
    self->fraction = MAX (self->fraction, whole_fraction (progress));
  self->progress = progress;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_PROGRESS]);
}

static void
set_text (QlEngineService *self, const char *text)
{
  if (g_strcmp0 (self->text, text) == 0)
    return;
  g_free (self->text);
  self->text = g_strdup (text);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_TEXT]);
}

static gboolean
job_cancelled (const QlEngineJob *job)
{
  GCancellable *cancellable = g_task_get_cancellable (job->task);

  return cancellable != NULL && g_cancellable_is_cancelled (cancellable);
}

/* The engine's way to say "stopped" becomes GIO's, so that callers need one test. */
static GError *
public_error (GError *error)
{
  if (!g_error_matches (error, B2_ERROR, B2_ERROR_CANCELLED))
    return error;
  g_error_free (error);
  return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("Stopped"));
}

static void
set_model_dir (QlEngineService *self, const char *dir)
{
  if (g_strcmp0 (self->model_dir, dir) == 0)
    return;
  g_free (self->model_dir);
  self->model_dir = g_strdup (dir);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_MODEL]);
}

static void
forget_model (QlEngineService *self)
{
  g_clear_pointer (&self->open_dir, g_free);
  g_clear_pointer (&self->facts, ql_model_facts_free);
}

static gboolean
is_opening (QlEngineService *self)
{
  for (GList *l = self->jobs.head; l != NULL; l = l->next)
    if (((const QlEngineJob *) l->data)->kind == QL_JOB_OPEN)
      return TRUE;
  return FALSE;
}

/* What a job of the thread did to the model that is open; @job is in the queue no more. */
static void
take_model (QlEngineService *self, QlEngineJob *job)
{
  if (job->kind == QL_JOB_ASK || job->kind == QL_JOB_TRACE || job->kind == QL_JOB_CALL || job->dropped)
    return;
  if (!job->earlier_stays)
    forget_model (self);
  self->model_failed = job->error != NULL && !job->earlier_stays
                       && !g_error_matches (job->error, B2_ERROR, B2_ERROR_CANCELLED);
  if (job->kind == QL_JOB_OPEN && job->error == NULL)
    {
      self->open_dir = g_strdup (job->dir);
      self->facts = g_steal_pointer (&job->facts);
    }
}

static void
finish_job (QlEngineService *self, QlEngineJob *job)
{
  GList *link = g_queue_find (&self->jobs, job);
  g_autoptr (GTask) task = NULL;

  if (link == NULL)
    return;
  g_queue_delete_link (&self->jobs, link);
  task = g_steal_pointer (&job->task);
  if (job->cancel_handler != 0)
    g_cancellable_disconnect (g_task_get_cancellable (task), job->cancel_handler);
  take_model (self, job);
  if (job->error != NULL && job->picture != NULL)
    g_weak_ref_set (&self->seen, NULL);
  if (job->kind == QL_JOB_OPEN && self->open_dir != NULL && !is_opening (self))
    set_model_dir (self, self->open_dir);
  if (job->kind != QL_JOB_CALL)
    {
      set_progress (self, (QlEngineProgress){ QL_ENGINE_PHASE_NONE, 0, 0 });
      set_text (self, NULL);
    }
  update_state (self);

  if (job->error != NULL)
    g_task_return_error (task, public_error (g_steal_pointer (&job->error)));
  else if (job->kind == QL_JOB_TRACE)
    g_task_return_pointer (task, g_steal_pointer (&job->trace), g_object_unref);
  else if (job->kind == QL_JOB_CALL)
    g_task_return_pointer (task, g_steal_pointer (&job->result), job->result_free);
  else if (job->kind != QL_JOB_ASK)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_pointer (task, g_steal_pointer (&job->answer), (GDestroyNotify) ql_answer_free);
  ql_engine_job_unref (job);
}

/* Of several parts, each is most of all its last phase. */
static void
tell_fraction (QlEngineJob *job, QlEngineProgress progress)
{
  int n_parts = MAX (g_atomic_int_get (&job->n_parts), 1);
  double steps = progress.total > 0 ? (double) progress.done / progress.total : 0;
  double part = n_parts == 1                               ? whole_fraction (progress)
                : progress.phase == QL_ENGINE_PHASE_DECODE ? steps
                                                           : 0;
  double fraction = (MIN (g_atomic_int_get (&job->part), n_parts - 1) + part) / n_parts;

  job->fraction_told = MAX (job->fraction_told, fraction);
  if (job->fraction != NULL)
    job->fraction (job->fraction_told, job->fraction_data);
}

static void
news_cb (QlEngineJob *job, QlEngineProgress progress, const char *text, gboolean done, gpointer data)
{
  g_autoptr (QlEngineService) self = g_object_ref (data);

  if (job->task == NULL)
    return;
  if (!job_cancelled (job))
    {
      if (job->kind == QL_JOB_CALL)
        tell_fraction (job, progress);
      else if (progress.phase != QL_ENGINE_PHASE_NONE)
        set_progress (self, progress);
      if (text != NULL && job->kind != QL_JOB_CALL)
        {
          set_text (self, text);
          if (job->text != NULL)
            job->text (text, job->text_data);
        }
    }
  if (done)
    finish_job (self, job);
}

static void
ql_engine_service_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  QlEngineService *self = QL_ENGINE_SERVICE (object);

  switch (id)
    {
    case PROP_STATE:
      g_value_set_int (value, (int) self->state);
      break;
    case PROP_PROGRESS:
      g_value_set_double (value, self->fraction);
      break;
    case PROP_TEXT:
      g_value_set_string (value, self->text);
      break;
    case PROP_MODEL:
      g_value_set_string (value, self->model_dir);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
ql_engine_service_finalize (GObject *object)
{
  QlEngineService *self = QL_ENGINE_SERVICE (object);

  ql_engine_service_shutdown (self);
  g_free (self->text);
  g_free (self->model_dir);
  forget_model (self);
  g_clear_pointer (&self->encodings, ql_encoding_cache_unref);
  g_weak_ref_clear (&self->seen);
  G_OBJECT_CLASS (ql_engine_service_parent_class)->finalize (object);
}

static void
ql_engine_service_class_init (QlEngineServiceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = ql_engine_service_get_property;
  object_class->finalize = ql_engine_service_finalize;
  props[PROP_STATE] = g_param_spec_int ("state", NULL, NULL, 0, QL_ENGINE_ERROR, QL_ENGINE_NO_MODEL, flags);
  props[PROP_PROGRESS] = g_param_spec_double ("progress", NULL, NULL, 0, 1, 0, flags);
  props[PROP_TEXT] = g_param_spec_string ("text", NULL, NULL, NULL, flags);
  props[PROP_MODEL] = g_param_spec_string ("model-dir", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
ql_engine_service_init (QlEngineService *self)
{
  g_queue_init (&self->jobs);
  g_weak_ref_init (&self->seen, NULL);
  self->worker = ql_engine_worker_new (news_cb, self);
}

QlEngineService *
ql_engine_service_new (void)
{
  return g_object_new (QL_TYPE_ENGINE_SERVICE, NULL);
}

void
ql_engine_service_shutdown (QlEngineService *self)
{
  g_return_if_fail (QL_IS_ENGINE_SERVICE (self));
  if (self->worker == NULL)
    return;
  for (GList *l = self->jobs.head; l != NULL; l = l->next)
    ql_engine_worker_cancel (self->worker, l->data);
  g_clear_pointer (&self->worker, ql_engine_worker_free);
  while (!g_queue_is_empty (&self->jobs))
    {
      QlEngineJob *job = g_queue_peek_head (&self->jobs);

      if (job->error == NULL)
        g_set_error_literal (&job->error, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("Stopped"));
      finish_job (self, job);
    }
  forget_model (self);
  update_state (self);
}

QlEngineState
ql_engine_service_get_state (QlEngineService *self)
{
  return self->state;
}

QlEngineProgress
ql_engine_service_get_progress (QlEngineService *self)
{
  return self->progress;
}

double
ql_engine_service_get_fraction (QlEngineService *self)
{
  return self->fraction;
}

const char *
ql_engine_service_get_model_dir (QlEngineService *self)
{
  return self->model_dir;
}

const QlModelFacts *
ql_engine_service_get_model_facts (QlEngineService *self)
{
  return self->facts;
}

const char *
ql_engine_service_get_text (QlEngineService *self)
{
  return self->text;
}

gboolean
ql_engine_service_is_demo_model (QlEngineService *self)
{
  g_autofree char *base = self->model_dir != NULL ? g_path_get_basename (self->model_dir) : NULL;

  return base != NULL && g_str_has_prefix (base, "qlens-demo-");
}

char *
ql_engine_service_get_model_name (QlEngineService *self)
{
  return self->model_dir != NULL ? ql_model_name (self->model_dir) : NULL;
}

void
ql_engine_service_set_probe (QlEngineService *self, QlEngineProbe probe, gpointer data)
{
  g_return_if_fail (self->worker != NULL);
  ql_engine_worker_set_probe (self->worker, probe, data);
}

void
ql_engine_service_set_threads (QlEngineService *self, int n_threads)
{
  self->n_threads = MAX (n_threads, 0);
}

void
ql_engine_service_set_exact (QlEngineService *self, gboolean exact)
{
  self->exact = exact;
}

void
ql_engine_service_set_encoding_cache (QlEngineService *self, QlEncodingCache *cache)
{
  if (cache != NULL)
    ql_encoding_cache_ref (cache);
  g_clear_pointer (&self->encodings, ql_encoding_cache_unref);
  self->encodings = cache;
}

QlEncodingCache *
ql_engine_service_get_encoding_cache (QlEngineService *self)
{
  return self->encodings;
}

static void
cancelled_cb (GCancellable *cancellable, gpointer data)
{
  QlEngineJob *job = data;
  QlEngineService *self = g_task_get_source_object (job->task);

  if (self->worker != NULL)
    ql_engine_worker_cancel (self->worker, job);
}

/* Who looks ahead must not be waited for, but by those who need what it finds. */
static void
give_way (QlEngineService *self, const QlEngineJob *to)
{
  for (GList *l = self->jobs.head; l != NULL; l = l->next)
    {
      QlEngineJob *job = l->data;

      if (job->looks_ahead && job->picture != to->picture)
        ql_engine_worker_cancel (self->worker, job);
    }
}

void
ql_engine_service_submit (QlEngineService *self, QlEngineJob *job, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer data, gpointer tag)
{
  job->n_threads = self->n_threads;
  job->exact = self->exact;
  if (self->encodings != NULL && job->picture != NULL && ql_picture_get_remembered (job->picture))
    job->encodings = ql_encoding_cache_ref (self->encodings);
  job->task = g_task_new (self, cancellable, callback, data);
  g_task_set_source_tag (job->task, tag);
  if (self->worker == NULL)
    {
      g_task_return_new_error (job->task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "%s", _ ("Stopped"));
      ql_engine_job_unref (job);
      return;
    }
  give_way (self, job);
  if (job->kind != QL_JOB_CALL || job->picture != NULL)
    g_weak_ref_set (&self->seen, job->picture);
  g_queue_push_tail (&self->jobs, job);
  if (cancellable != NULL)
    job->cancel_handler = g_cancellable_connect (cancellable, G_CALLBACK (cancelled_cb), job, NULL);
  ql_engine_worker_push (self->worker, job);
  update_state (self);
}

static gpointer
look (QlEngineWorker *worker, QlEngineJob *job, GError **error)
{
  B2Watch watch = ql_engine_worker_watch (worker, job);
  B2Model *model;
  B2Session *session = ql_engine_worker_session (worker, job, &model, error);

  if (session == NULL || !b2_session_look_ahead (session, &watch, error))
    return NULL;
  return g_object_ref (job->picture);
}

void
ql_engine_service_look_ahead (QlEngineService *self, QlPicture *picture)
{
  g_autoptr (QlPicture) seen = g_weak_ref_get (&self->seen);
  QlEngineJob *job;

  g_return_if_fail (QL_IS_ENGINE_SERVICE (self) && QL_IS_PICTURE (picture));
  if (self->state != QL_ENGINE_READY || !g_queue_is_empty (&self->jobs) || seen == picture)
    return;
  job = ql_engine_job_new (QL_JOB_CALL);
  job->looks_ahead = TRUE;
  job->picture = g_object_ref (picture);
  job->func = look;
  job->result_free = g_object_unref;
  ql_engine_service_submit (self, job, NULL, NULL, NULL, ql_engine_service_look_ahead);
}

static void
open_model (QlEngineService *self, const char *dir, gboolean if_room, GCancellable *cancellable,
            GAsyncReadyCallback callback, gpointer data)
{
  QlEngineJob *job = ql_engine_job_new (QL_JOB_OPEN);

  job->dir = g_strdup (dir);
  job->if_room = if_room;
  set_model_dir (self, dir);
  ql_engine_service_submit (self, job, cancellable, callback, data, ql_engine_service_open_model_async);
}

void
ql_engine_service_open_model_async (QlEngineService *self, const char *dir, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer data)
{
  g_return_if_fail (QL_IS_ENGINE_SERVICE (self) && dir != NULL);
  open_model (self, dir, FALSE, cancellable, callback, data);
}

void
ql_engine_service_open_model_if_room_async (QlEngineService *self, const char *dir, GCancellable *cancellable,
                                            GAsyncReadyCallback callback, gpointer data)
{
  g_return_if_fail (QL_IS_ENGINE_SERVICE (self) && dir != NULL);
  open_model (self, dir, TRUE, cancellable, callback, data);
}

gboolean
ql_engine_service_open_model_finish (QlEngineService *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, ql_engine_service_open_model_async), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
ql_engine_service_close_model_async (QlEngineService *self, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer data)
{
  g_return_if_fail (QL_IS_ENGINE_SERVICE (self));
  ql_engine_service_submit (self, ql_engine_job_new (QL_JOB_CLOSE), cancellable, callback, data,
                            ql_engine_service_close_model_async);
}

gboolean
ql_engine_service_close_model_finish (QlEngineService *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, ql_engine_service_close_model_async), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
ql_engine_service_ask_async (QlEngineService *self, QlPicture *picture, const char *question,
                             GCancellable *cancellable, QlTextFunc text, gpointer text_data,
                             GAsyncReadyCallback callback, gpointer data)
{
  QlAskOptions options = { .question = question };

  ql_engine_service_ask_with_async (self, picture, &options, cancellable, text, text_data, callback, data);
}

void
ql_engine_service_ask_with_async (QlEngineService *self, QlPicture *picture, const QlAskOptions *options,
                                  GCancellable *cancellable, QlTextFunc text, gpointer text_data,
                                  GAsyncReadyCallback callback, gpointer data)
{
  QlEngineJob *job = ql_engine_job_new (QL_JOB_ASK);

  g_return_if_fail (QL_IS_ENGINE_SERVICE (self) && QL_IS_PICTURE (picture));
  job->picture = g_object_ref (picture);
  job->question = g_strdup (options->question);
  job->earlier = g_strdupv ((GStrv) options->earlier);
  if (options->style != NULL)
    job->style = *options->style;
  else
    ql_answer_style_init (&job->style, ql_preset_resolve (QL_PRESET_AUTO, options->question != NULL));
  job->text = text;
  job->text_data = text_data;
  ql_engine_service_submit (self, job, cancellable, callback, data, ql_engine_service_ask_async);
}

QlAnswer *
ql_engine_service_ask_finish (QlEngineService *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, ql_engine_service_ask_async), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
ql_engine_service_trace_async (QlEngineService *self, QlPicture *picture, const QlTraceRequest *request,
                               GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  QlEngineJob *job = ql_engine_job_new (QL_JOB_TRACE);

  g_return_if_fail (QL_IS_ENGINE_SERVICE (self) && QL_IS_PICTURE (picture));
  g_return_if_fail (request->tokens != NULL && request->tokens->len > 0);
  job->picture = g_object_ref (picture);
  job->question = g_strdup (request->question);
  job->prompt = g_strdup (request->prompt);
  job->tokens = g_array_ref ((GArray *) request->tokens);
  if (request->intervention != NULL)
    job->intervention = ql_intervention_ref (request->intervention);
  job->fingerprint = g_strdup (request->fingerprint);
  job->beams = g_strdup (request->beams);
  job->timings = request->timings;
  ql_engine_service_submit (self, job, cancellable, callback, data, ql_engine_service_trace_async);
}

QlTrace *
ql_engine_service_trace_finish (QlEngineService *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, ql_engine_service_trace_async), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
