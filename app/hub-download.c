#include "app/hub-download.h"

#include <string.h>

#include <glib/gi18n.h>

#include "app/hub-address.h"
#include "app/hub-run.h"

#define TELL_MS 100

/* What the worker and the main context share. */
typedef struct
{
  gatomicrefcount n_references;
  QlHubRun run;
  char *repo, *dir, *base;
  gboolean discards; /* instead of fetching */
  GMainContext *context;
  QlHubDownload *self; /* (transfer full); used in the main context only */

  GMutex lock;
  QlHubProgress progress;
  gboolean telling; /* a source waits to tell */

  /* Read after the thread was joined. */
  GError *error; /* (nullable): how it ended */
  guint64 kept_bytes;
} Job;

struct _QlHubDownload
{
  GObject parent_instance;

  char *repo, *dir, *address;
  QlHubPatience patience;
  QlHubState state;
  QlHubState wanted; /* while stopping */
  GError *error;
  QlHubProgress progress;
  guint64 kept_bytes, total_bytes; /* of what lies in the folder; of all of it, 0: not known */
  Job *job; /* while it runs */
  GThread *thread;
};

enum
{
  CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (QlHubDownload, ql_hub_download, G_TYPE_OBJECT)

/* ---- the worker --------------------------------------------------------------------- */

static void
job_unref (gpointer data)
{
  Job *job = data;

  if (!g_atomic_ref_count_dec (&job->n_references))
    return;
  g_object_unref (job->run.cancellable);
  g_main_context_unref (job->context);
  g_mutex_clear (&job->lock);
  g_clear_error (&job->error);
  g_free (job->repo);
  g_free (job->dir);
  g_free (job->base);
  g_free (job);
}

static void
attach (Job *job, GSource *source, GSourceFunc callback)
{
  g_atomic_ref_count_inc (&job->n_references);
  g_source_set_callback (source, callback, job, job_unref);
  g_source_attach (source, job->context);
  g_source_unref (source);
}

static gboolean
tell_cb (gpointer data)
{
  Job *job = data;

  g_mutex_lock (&job->lock);
  job->telling = FALSE;
  if (job->self != NULL)
    {
      job->self->progress = job->progress;
      if (job->progress.total_bytes > 0)
        job->self->total_bytes = job->progress.total_bytes;
    }
  g_mutex_unlock (&job->lock);
  if (job->self != NULL)
    g_signal_emit (job->self, signals[CHANGED], 0);
  return G_SOURCE_REMOVE;
}

static void
report_cb (const QlHubProgress *progress, gpointer data)
{
  Job *job = data;
  gboolean tell;

  g_mutex_lock (&job->lock);
  job->progress = *progress;
  tell = !job->telling;
  job->telling = TRUE;
  g_mutex_unlock (&job->lock);
  if (tell)
    attach (job, g_timeout_source_new (TELL_MS), tell_cb);
}

static gboolean
ended_cb (gpointer data)
{
  Job *job = data;
  g_autoptr (QlHubDownload) self = g_steal_pointer (&job->self);

  g_thread_join (g_steal_pointer (&self->thread));
  self->progress = job->progress;
  self->kept_bytes = job->kept_bytes;
  if (job->progress.total_bytes > 0)
    self->total_bytes = job->progress.total_bytes;
  if (job->error == NULL)
    self->state = job->discards ? QL_HUB_IDLE : QL_HUB_FINISHED;
  else if (g_error_matches (job->error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    self->state = self->wanted;
  else
    {
      self->state = QL_HUB_FAILED;
      self->error = g_steal_pointer (&job->error);
    }
  g_clear_pointer (&self->job, job_unref);
  g_signal_emit (self, signals[CHANGED], 0);
  return G_SOURCE_REMOVE;
}

static void
count_kept (Job *job)
{
  g_autoptr (QlHubParts) parts = ql_hub_parts_find (job->dir);

  if (parts != NULL && strcmp (ql_hub_parts_get_repo (parts), job->repo) == 0)
    job->kept_bytes = ql_hub_parts_get_kept (parts);
}

static gpointer
thread_main (gpointer data)
{
  Job *job = data;
  g_autoptr (GMainContext) context = g_main_context_new ();

  /* libsoup keeps to the context of the thread it works on */
  g_main_context_push_thread_default (context);
  if (job->discards)
    ql_hub_job_discard (&job->run, &job->error);
  else
    ql_hub_job_run (&job->run, &job->error);
  count_kept (job);
  g_main_context_pop_thread_default (context);
  attach (job, g_idle_source_new (), ended_cb);
  job_unref (job);
  return NULL;
}

static Job *
job_new (QlHubDownload *self, char *base)
{
  Job *job = g_new0 (Job, 1);

  g_atomic_ref_count_init (&job->n_references);
  g_mutex_init (&job->lock);
  job->self = g_object_ref (self);
  job->context = g_main_context_ref_thread_default ();
  job->repo = g_strdup (self->repo);
  job->dir = g_strdup (self->dir);
  job->base = base;
  job->run.repo = job->repo;
  job->run.dir = job->dir;
  job->run.base = job->base;
  job->run.patience = self->patience;
  job->run.cancellable = g_cancellable_new ();
  job->run.report = report_cb;
  job->run.report_data = job;
  job->run.progress.eta_s = job->progress.eta_s = -1;
  return job;
}

static void
begin (QlHubDownload *self, Job *job, QlHubState state)
{
  g_clear_error (&self->error);
  self->job = job;
  self->progress = job->progress;
  self->state = state;
  g_atomic_ref_count_inc (&job->n_references);
  self->thread = g_thread_new ("hub-download", thread_main, job);
  g_signal_emit (self, signals[CHANGED], 0);
}

/* ---- what people press ---------------------------------------------------------------- */

gboolean
ql_hub_download_is_built (void)
{
  return ql_hub_http_is_built ();
}

/* What is wrong with the name or the address shows as any other failure. */
static gboolean
refuse (QlHubDownload *self, GError *problem, GError **error)
{
  g_clear_error (&self->error);
  g_signal_emit (self, signals[CHANGED], 0); /* so that the same again is seen to be new */
  self->error = g_error_copy (problem);
  self->state = QL_HUB_FAILED;
  g_propagate_error (error, problem);
  g_signal_emit (self, signals[CHANGED], 0);
  return FALSE;
}

gboolean
ql_hub_download_start (QlHubDownload *self, GError **error)
{
  GError *problem = NULL;
  char *base;

  if (self->job != NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_PENDING, _ ("%s is being fetched already"), self->repo);
      return FALSE;
    }
  if (!ql_hub_http_is_built ())
    {
      g_set_error (error, QL_HUB_ERROR, QL_HUB_ERROR_NOT_BUILT,
                   _ ("%s: this build of Qlens cannot download; get the folder in another way and add it"),
                   self->repo);
      return FALSE;
    }
  if (!ql_hub_repo_is_valid (self->repo))
    {
      g_set_error (&problem, QL_HUB_ERROR, QL_HUB_ERROR_ADDRESS,
                   _ ("“%.200s” is not the name of a repository; give one like Salesforce/blip2-opt-2.7b"),
                   self->repo);
      return refuse (self, problem, error);
    }
  base = ql_hub_address_check (self->address, &problem);
  if (base == NULL)
    return refuse (self, problem, error);
  begin (self, job_new (self, base), QL_HUB_RUNNING);
  return TRUE;
}

static void
stop (QlHubDownload *self, QlHubState wanted)
{
  if (self->job == NULL || self->job->discards)
    return;
  self->wanted = wanted;
  self->state = QL_HUB_STOPPING;
  g_cancellable_cancel (self->job->run.cancellable);
  g_signal_emit (self, signals[CHANGED], 0);
}

void
ql_hub_download_pause (QlHubDownload *self)
{
  stop (self, QL_HUB_PAUSED);
}

void
ql_hub_download_cancel (QlHubDownload *self)
{
  if (self->state == QL_HUB_PAUSED || self->state == QL_HUB_FAILED)
    {
      self->state = QL_HUB_CANCELLED;
      g_signal_emit (self, signals[CHANGED], 0);
    }
  else
    stop (self, QL_HUB_CANCELLED);
}

gboolean
ql_hub_download_discard (QlHubDownload *self)
{
  Job *job;

  if (self->job != NULL || self->state == QL_HUB_FINISHED || !ql_hub_repo_is_valid (self->repo))
    return FALSE;
  job = job_new (self, NULL);
  job->discards = TRUE;
  begin (self, job, QL_HUB_DISCARDING);
  return TRUE;
}

void
ql_hub_download_set_address (QlHubDownload *self, const char *address)
{
  g_free (self->address);
  self->address = g_strdup (address != NULL && *address != '\0' ? address : QL_HUB_DEFAULT_ADDRESS);
}

void
ql_hub_download_set_dir (QlHubDownload *self, const char *dir)
{
  g_return_if_fail (self->job == NULL);
  g_free (self->dir);
  self->dir = g_canonicalize_filename (dir, NULL);
  g_clear_error (&self->error);
  self->state = QL_HUB_IDLE;
  self->kept_bytes = self->total_bytes = 0;
  g_signal_emit (self, signals[CHANGED], 0);
}

void
ql_hub_download_set_found (QlHubDownload *self, guint64 kept_bytes, guint64 total_bytes, gboolean complete)
{
  if (self->job != NULL)
    return;
  self->kept_bytes = kept_bytes;
  if (total_bytes > 0)
    self->total_bytes = total_bytes;
  if (complete)
    {
      g_clear_error (&self->error);
      self->state = QL_HUB_FINISHED;
    }
  else if (self->state == QL_HUB_IDLE || self->state == QL_HUB_FINISHED)
    self->state = kept_bytes > 0 ? QL_HUB_PAUSED : QL_HUB_IDLE;
  else if (kept_bytes == 0 && self->state != QL_HUB_FAILED)
    self->state = QL_HUB_IDLE;
  g_signal_emit (self, signals[CHANGED], 0);
}

/* ---- what is told ------------------------------------------------------------------------ */

QlHubState
ql_hub_download_get_state (QlHubDownload *self)
{
  return self->state;
}

const GError *
ql_hub_download_get_error (QlHubDownload *self)
{
  return self->error;
}

QlHubProgress
ql_hub_download_get_progress (QlHubDownload *self)
{
  return self->progress;
}

const char *
ql_hub_download_get_repo (QlHubDownload *self)
{
  return self->repo;
}

const char *
ql_hub_download_get_dir (QlHubDownload *self)
{
  return self->dir;
}

guint64
ql_hub_download_get_kept_bytes (QlHubDownload *self)
{
  return self->kept_bytes;
}

guint64
ql_hub_download_get_total_bytes (QlHubDownload *self)
{
  return self->total_bytes;
}

void
ql_hub_download_set_patience (QlHubDownload *self, guint first_wait_ms, guint timeout_s)
{
  self->patience.first_wait_ms = first_wait_ms;
  self->patience.timeout_s = timeout_s;
}

/* ---- life ------------------------------------------------------------------------------------ */

static void
ql_hub_download_finalize (GObject *object)
{
  QlHubDownload *self = QL_HUB_DOWNLOAD (object);

  g_free (self->repo);
  g_free (self->dir);
  g_free (self->address);
  g_clear_error (&self->error);
  G_OBJECT_CLASS (ql_hub_download_parent_class)->finalize (object);
}

static void
ql_hub_download_class_init (QlHubDownloadClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ql_hub_download_finalize;
  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
}

static void
ql_hub_download_init (QlHubDownload *self)
{
  ql_hub_download_set_patience (self, 1000, 60);
  self->progress.eta_s = -1;
}

char *
ql_hub_download_default_folder (void)
{
  return g_build_filename (g_get_user_data_dir (), "qlens", "models", NULL);
}

char *
ql_hub_download_dir_in (const char *folder, const char *repo)
{
  g_autofree char *name = g_strdelimit (g_strdup (repo), "/", '_');

  return g_build_filename (folder, name, NULL);
}

char *
ql_hub_download_default_dir (const char *repo)
{
  g_autofree char *folder = ql_hub_download_default_folder ();

  return ql_hub_download_dir_in (folder, repo);
}

QlHubDownload *
ql_hub_download_new (const char *repo, const char *dir, const char *address)
{
  QlHubDownload *self = g_object_new (QL_TYPE_HUB_DOWNLOAD, NULL);

  self->repo = g_strdup (repo);
  self->dir = dir != NULL ? g_canonicalize_filename (dir, NULL) : ql_hub_download_default_dir (repo);
  ql_hub_download_set_address (self, address);
  return self;
}
