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
  GMainContext *context;
  QlHubDownload *self; /* (transfer full); used in the main context only */

  GMutex lock;
  QlHubProgress progress;
  gboolean telling; /* a source waits to tell */

  GError *error; /* (nullable): how it ended; read after the thread was joined */
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
    job->self->progress = job->progress;
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
  if (job->error == NULL)
    self->state = QL_HUB_FINISHED;
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

static gpointer
thread_main (gpointer data)
{
  Job *job = data;
  g_autoptr (GMainContext) context = g_main_context_new ();

  /* libsoup keeps to the context of the thread it works on */
  g_main_context_push_thread_default (context);
  ql_hub_job_run (&job->run, &job->error);
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
  job->run.progress.eta_s = -1;
  return job;
}

/* ---- what people press ---------------------------------------------------------------- */

gboolean
ql_hub_download_is_built (void)
{
  return ql_hub_http_is_built ();
}

gboolean
ql_hub_download_start (QlHubDownload *self, GError **error)
{
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
      g_set_error (error, QL_HUB_ERROR, QL_HUB_ERROR_ADDRESS,
                   _ ("“%.200s” is not the name of a repository; give one like Salesforce/blip2-opt-2.7b"),
                   self->repo);
      return FALSE;
    }
  base = ql_hub_address_check (self->address, error);
  if (base == NULL)
    return FALSE;
  g_clear_error (&self->error);
  self->job = job_new (self, base);
  self->progress = self->job->run.progress;
  self->state = QL_HUB_RUNNING;
  g_atomic_ref_count_inc (&self->job->n_references);
  self->thread = g_thread_new ("hub-download", thread_main, self->job);
  g_signal_emit (self, signals[CHANGED], 0);
  return TRUE;
}

static void
stop (QlHubDownload *self, QlHubState wanted)
{
  if (self->job == NULL)
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
  g_autoptr (QlHubParts) parts = NULL;

  if (self->job != NULL || self->state == QL_HUB_FINISHED || !ql_hub_repo_is_valid (self->repo))
    return FALSE;
  parts = ql_hub_parts_open (self->dir, self->repo);
  ql_hub_parts_discard (parts);
  return TRUE;
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
ql_hub_download_default_dir (const char *repo)
{
  g_autofree char *name = g_strdelimit (g_strdup (repo), "/", '_');

  return g_build_filename (g_get_user_data_dir (), "qlens", "models", name, NULL);
}

QlHubDownload *
ql_hub_download_new (const char *repo, const char *dir, const char *address)
{
  QlHubDownload *self = g_object_new (QL_TYPE_HUB_DOWNLOAD, NULL);

  self->repo = g_strdup (repo);
  self->dir = dir != NULL ? g_canonicalize_filename (dir, NULL) : ql_hub_download_default_dir (repo);
  self->address = g_strdup (address != NULL && *address != '\0' ? address : QL_HUB_DEFAULT_ADDRESS);
  return self;
}
