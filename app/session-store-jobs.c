/* What is done to one session, or to the bin, each on a worker. */
#include "app/saved-picture.h"
#include "app/session-bin.h"
#include "app/session-store-private.h"

QlRecorder *
ql_session_store_create (QlSessionStore *self)
{
  return ql_recorder_new (ql_journal_new (self->dirs->sessions), 1);
}

/* ---- opening ------------------------------------------------------------------- */

typedef struct
{
  QlJournal *journal;
  QlSessionState *state;
} Opened;

static void
opened_free (gpointer data)
{
  Opened *self = data;

  ql_journal_free (self->journal);
  ql_session_state_free (self->state);
  g_free (self);
}

static void
open_thread (GTask *task, gpointer source, gpointer id, GCancellable *cancellable)
{
  g_autofree char *base = g_strconcat (id, ".jsonl", NULL);
  g_autofree char *path = g_build_filename (QL_SESSION_STORE (source)->dirs->sessions, base, NULL);
  Opened *opened = g_new0 (Opened, 1);
  GError *error = NULL;

  opened->journal = ql_journal_open (path, &opened->state, &error);
  if (opened->journal != NULL)
    {
      g_task_return_pointer (task, opened, opened_free);
      return;
    }
  opened_free (opened);
  g_task_return_error (task, error);
}

void
ql_session_store_open_async (QlSessionStore *self, const char *id, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, data);

  g_return_if_fail (ql_session_id_is_valid (id));
  g_task_set_source_tag (task, ql_session_store_open_async);
  g_task_set_task_data (task, g_strdup (id), g_free);
  g_task_run_in_thread (task, open_thread);
}

QlRecorder *
ql_session_store_open_finish (QlSessionStore *self, GAsyncResult *result, QlSessionState **state,
                              GError **error)
{
  Opened *opened;
  QlRecorder *recorder;

  g_return_val_if_fail (g_async_result_is_tagged (result, ql_session_store_open_async), NULL);
  *state = NULL;
  opened = g_task_propagate_pointer (G_TASK (result), error);
  if (opened == NULL)
    return NULL;
  *state = g_steal_pointer (&opened->state);
  recorder = ql_recorder_new (g_steal_pointer (&opened->journal), ql_session_state_next_turn (*state));
  /* Its broken-off answers have an end now. */
  ql_session_store_refresh (self, (*state)->id);
  opened_free (opened);
  return recorder;
}

/* ---- the bin ------------------------------------------------------------------- */

static void
put_thread (GTask *task, gpointer source, gpointer id, GCancellable *cancellable)
{
  GError *error = NULL;

  if (ql_session_bin_put (QL_SESSION_STORE (source)->dirs, id, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
take_thread (GTask *task, gpointer source, gpointer id, GCancellable *cancellable)
{
  GError *error = NULL;

  if (ql_session_bin_take (QL_SESSION_STORE (source)->dirs, id, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

typedef struct
{
  GTask *task; /* of the caller */
  char *id;
  gboolean put;
} BinJob;

/* What was announced holds, or is taken back. */
static void
bin_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  QlSessionStore *self = QL_SESSION_STORE (source);
  BinJob *job = data;
  GError *error = NULL;
  gboolean ok = g_task_propagate_boolean (G_TASK (result), &error);

  ql_session_store_set_deleted (self, job->id, job->put == ok);
  if (job->put != ok)
    ql_session_store_refresh (self, job->id);
  if (ok)
    g_task_return_boolean (job->task, TRUE);
  else
    g_task_return_error (job->task, error);
  g_object_unref (job->task);
  g_free (job->id);
  g_free (job);
}

static void
start_bin_job (QlSessionStore *self, const char *id, gboolean put, GAsyncReadyCallback callback,
               gpointer data)
{
  BinJob *job = g_new0 (BinJob, 1);
  g_autoptr (GTask) worker = g_task_new (self, NULL, bin_cb, job);

  job->task = g_task_new (self, NULL, callback, data);
  job->id = g_strdup (id);
  job->put = put;
  g_task_set_source_tag (job->task, ql_session_store_delete_async);
  if (put)
    {
      ql_session_store_set_deleted (self, id, TRUE);
      ql_session_store_remove_row (self, job->id);
    }
  g_task_set_task_data (worker, g_strdup (job->id), g_free);
  g_task_run_in_thread (worker, put ? put_thread : take_thread);
}

void
ql_session_store_delete_async (QlSessionStore *self, const char *id, GAsyncReadyCallback callback,
                               gpointer data)
{
  g_return_if_fail (ql_session_id_is_valid (id));
  start_bin_job (self, id, TRUE, callback, data);
}

void
ql_session_store_undelete_async (QlSessionStore *self, const char *id, GAsyncReadyCallback callback,
                                 gpointer data)
{
  g_return_if_fail (ql_session_id_is_valid (id));
  start_bin_job (self, id, FALSE, callback, data);
}

gboolean
ql_session_store_bin_finish (QlSessionStore *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, ql_session_store_delete_async), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* What is left in the bin. */
static void
purge_thread (GTask *task, gpointer source, gpointer older_than_s, GCancellable *cancellable)
{
  QlSessionStore *self = QL_SESSION_STORE (source);

  g_task_return_int (task, ql_session_bin_purge (self->dirs, *(gint64 *) older_than_s));
}

static void
purged_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  QlSessionStore *self = QL_SESSION_STORE (source);
  g_autoptr (GTask) task = data;
  g_autofree const char **ids = (const char **) g_hash_table_get_keys_as_array (self->deleted, NULL);
  gssize n = g_task_propagate_int (G_TASK (result), NULL);

  for (guint i = 0; n > 0 && ids[i] != NULL; i++)
    {
      g_autofree char *base = g_strconcat (ids[i], ".deleted", NULL);
      g_autofree char *path = g_build_filename (self->dirs->sessions, base, NULL);

      if (!g_file_test (path, G_FILE_TEST_EXISTS))
        ql_session_store_set_deleted (self, ids[i], FALSE);
    }
  g_task_return_int (task, n);
}

void
ql_session_store_purge_async (QlSessionStore *self, gint64 older_than_s, GAsyncReadyCallback callback,
                              gpointer data)
{
  GTask *task = g_task_new (self, NULL, callback, data);
  g_autoptr (GTask) worker = g_task_new (self, NULL, purged_cb, task);

  g_task_set_source_tag (task, ql_session_store_purge_async);
  g_task_set_task_data (worker, g_memdup2 (&older_than_s, sizeof older_than_s), g_free);
  g_task_run_in_thread (worker, purge_thread);
}

guint
ql_session_store_purge_finish (QlSessionStore *self, GAsyncResult *result)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, ql_session_store_purge_async), 0);
  return (guint) g_task_propagate_int (G_TASK (result), NULL);
}

/* ---- thumbnails ----------------------------------------------------------------- */

static void
thumbnail_thread (GTask *task, gpointer source, gpointer picture, GCancellable *cancellable)
{
  GError *error = NULL;

  if (ql_thumbnail_make (QL_SESSION_STORE (source)->dirs, picture, cancellable, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static gboolean
has_picture (QlSession *session)
{
  const QlSavedPicture *picture = ql_session_get_picture (session);

  return picture != NULL && picture->sha256 != NULL;
}

static void make_next_thumbnail (QlSessionStore *self);

static void
thumbnail_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  QlSessionStore *self = QL_SESSION_STORE (source);
  const QlSavedPicture *picture = g_task_get_task_data (G_TASK (result));
  g_autoptr (QlSession) session = g_queue_pop_head (&self->thumbnails);
  const QlSavedPicture *now = ql_session_get_picture (session);
  g_autofree char *path = ql_thumbnail_path (self->dirs, picture->sha256);
  g_autoptr (GError) error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    g_debug ("%s", error->message); /* the row shows a blank */
  else if (now != NULL && g_strcmp0 (now->sha256, picture->sha256) == 0)
    ql_session_set_thumbnail (session, path);
  make_next_thumbnail (self);
}

static void
make_next_thumbnail (QlSessionStore *self)
{
  QlSession *session;
  g_autoptr (GTask) task = NULL;

  /* Its picture may have gone while it waited. */
  while ((session = g_queue_peek_head (&self->thumbnails)) != NULL && !has_picture (session))
    g_object_unref (g_queue_pop_head (&self->thumbnails));
  if (session == NULL)
    return;
  task = g_task_new (self, NULL, thumbnail_cb, NULL);
  g_task_set_task_data (task, ql_saved_picture_copy (ql_session_get_picture (session)),
                        (GDestroyNotify) ql_saved_picture_free);
  g_task_run_in_thread (task, thumbnail_thread);
}

void
ql_session_store_want_thumbnail (QlSessionStore *self, QlSession *session)
{
  const QlSavedPicture *picture = ql_session_get_picture (session);
  g_autofree char *path = NULL;

  if (!has_picture (session) || ql_session_get_thumbnail (session) != NULL)
    return;
  path = ql_thumbnail_path (self->dirs, picture->sha256);
  if (g_file_test (path, G_FILE_TEST_EXISTS))
    {
      ql_session_set_thumbnail (session, path);
      return;
    }
  if (g_queue_find (&self->thumbnails, session) != NULL)
    return;
  g_queue_push_tail (&self->thumbnails, g_object_ref (session));
  if (g_queue_get_length (&self->thumbnails) == 1)
    make_next_thumbnail (self);
}
