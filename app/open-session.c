#include "app/open-session.h"

#include "app/conversation-recorder.h"

struct _QlOpenSession
{
  GObject parent_instance;

  QlSessionStore *store;
  QlEngineService *engine;
  QlConversation *conversation;
  QlRecorder *recorder; /* NULL: closed */
  QlConversationRecorder *listener;
  char *id;
  QlPicture *thumbnail; /* nullable */
  QlSavedPictureState picture_state;
  GError *picture_error; /* nullable */
  guint n_recovered;
  gboolean noting; /* the picture is being hashed, to be noted */
  gboolean closing;
};

enum
{
  FAILED,
  RECOVERED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

/* Ids of those that are being closed, each with the GTasks that wait to open it again. */
static GHashTable *closing;

G_DEFINE_FINAL_TYPE (QlOpenSession, ql_open_session, G_TYPE_OBJECT)

static void
ql_open_session_finalize (GObject *object)
{
  QlOpenSession *self = QL_OPEN_SESSION (object);

  g_warn_if_fail (self->recorder == NULL);
  g_clear_pointer (&self->listener, ql_conversation_recorder_free);
  g_clear_object (&self->recorder);
  g_clear_object (&self->conversation);
  g_clear_object (&self->engine);
  g_clear_object (&self->store);
  g_clear_object (&self->thumbnail);
  g_clear_error (&self->picture_error);
  g_free (self->id);
  G_OBJECT_CLASS (ql_open_session_parent_class)->finalize (object);
}

static void
ql_open_session_class_init (QlOpenSessionClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ql_open_session_finalize;
  signals[FAILED] = g_signal_new ("failed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 1, G_TYPE_ERROR | G_SIGNAL_TYPE_STATIC_SCOPE);
  signals[RECOVERED] = g_signal_new ("recovered", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                     NULL, G_TYPE_NONE, 0);
}

static void
ql_open_session_init (QlOpenSession *self)
{
}

static void
failed_cb (QlOpenSession *self, const GError *error)
{
  g_signal_emit (self, signals[FAILED], 0, error);
}

static void
recovered_cb (QlOpenSession *self)
{
  g_signal_emit (self, signals[RECOVERED], 0);
}

static void
written_cb (QlOpenSession *self)
{
  ql_session_store_refresh (self->store, self->id);
}

static void
model_cb (QlOpenSession *self)
{
  g_autofree char *name = ql_engine_service_get_model_name (self->engine);
  const QlModelFacts *facts = ql_engine_service_get_model_facts (self->engine);

  ql_conversation_recorder_set_model (self->listener, name, facts != NULL ? facts->fingerprint : NULL);
}

/* @recorder: (transfer full); @ids: (nullable): those of the turns that are there */
static void
begin (QlOpenSession *self, QlSessionStore *store, QlEngineService *engine, QlRecorder *recorder,
       const guint *ids)
{
  self->store = g_object_ref (store);
  self->engine = g_object_ref (engine);
  self->recorder = recorder;
  self->id = g_strdup (ql_recorder_get_id (recorder));
  if (ql_conversation_get_picture (self->conversation) != NULL)
    ql_picture_set_remembered (ql_conversation_get_picture (self->conversation));
  self->listener = ql_conversation_recorder_new (self->conversation, recorder, ids);
  g_signal_connect_object (recorder, "failed", G_CALLBACK (failed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (recorder, "recovered", G_CALLBACK (recovered_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (recorder, "written", G_CALLBACK (written_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (engine, "notify::state", G_CALLBACK (model_cb), self, G_CONNECT_SWAPPED);
  model_cb (self);
}

/* ---- a new one ---- */

static void try_close (QlOpenSession *self);

static void
noted_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (QlOpenSession) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (QlSavedPicture) saved = ql_saved_picture_new_finish (result, &error);

  self->noting = FALSE;
  if (saved != NULL)
    ql_recorder_picture (self->recorder, saved);
  else
    g_signal_emit (self, signals[FAILED], 0, error);
  if (self->closing)
    try_close (self);
}

QlOpenSession *
ql_open_session_new (QlSessionStore *store, QlEngineService *engine, GSettings *settings, QlPicture *picture)
{
  QlOpenSession *self = g_object_new (QL_TYPE_OPEN_SESSION, NULL);

  self->conversation = ql_conversation_new (engine, ql_picture_get_name (picture), picture);
  ql_conversation_set_settings (self->conversation, settings);
  begin (self, store, engine, ql_session_store_create (store), NULL);
  self->noting = TRUE;
  ql_saved_picture_new_async (ql_session_store_get_dirs (store), picture, NULL, noted_cb,
                              g_object_ref (self));
  return self;
}

/* ---- one that is there ---- */

/* What is needed to open a session, and what has been found so far. */
typedef struct
{
  QlSessionStore *store;
  QlEngineService *engine;
  GSettings *settings;
  char *id;
  QlRecorder *recorder;
  QlSessionState *state;
  QlSavedPictureState picture_state;
  char *path; /* of the file to decode: the picture, or its thumbnail */
  gboolean is_thumbnail;
} Opening;

/* Joining the recorder's thread waits for the disk. */
static void
close_thread (GTask *task, gpointer source, gpointer recorder, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;

  if (!ql_recorder_close (recorder, &error))
    g_warning ("a session could not be written: %s", error->message);
  g_task_return_boolean (task, TRUE);
}

static void
opening_free (gpointer data)
{
  Opening *self = data;

  /* Given up on its way. */
  if (self->recorder != NULL)
    {
      g_autoptr (GTask) task = g_task_new (NULL, NULL, NULL, NULL);

      g_task_set_task_data (task, g_steal_pointer (&self->recorder), g_object_unref);
      g_task_run_in_thread (task, close_thread);
    }
  g_clear_pointer (&self->state, ql_session_state_free);
  g_object_unref (self->store);
  g_object_unref (self->engine);
  g_clear_object (&self->settings);
  g_free (self->id);
  g_free (self->path);
  g_free (self);
}

/* @picture: (nullable) */
static void
finish (GTask *task, QlPicture *picture, const GError *error)
{
  Opening *opening = g_task_get_task_data (task);
  const QlSessionState *state = opening->state;
  g_autoptr (QlOpenSession) self = g_object_new (QL_TYPE_OPEN_SESSION, NULL);
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autofree char *title = ql_session_state_title (state);

  self->picture_state = opening->picture_state;
  self->picture_error = error != NULL ? g_error_copy (error) : NULL;
  self->n_recovered = state->n_recovered;
  if (picture != NULL && opening->is_thumbnail)
    self->thumbnail = g_object_ref (picture);
  self->conversation
      = ql_conversation_new (opening->engine, state->picture != NULL ? state->picture->name : title,
                             opening->is_thumbnail ? NULL : picture);
  ql_conversation_set_settings (self->conversation, opening->settings);
  for (guint i = 0; i < state->turns->len; i++)
    {
      const QlSavedTurn *turn = g_ptr_array_index (state->turns, i);

      if (turn->deleted)
        continue;
      ql_conversation_add_saved (self->conversation, turn);
      g_array_append_val (ids, turn->id);
    }
  begin (self, opening->store, opening->engine, g_steal_pointer (&opening->recorder),
         (const guint *) (gpointer) ids->data);
  /* Whoever waited for it may have gone meanwhile. */
  if (g_task_return_error_if_cancelled (task))
    ql_open_session_close (self);
  else
    g_task_return_pointer (task, g_steal_pointer (&self), g_object_unref);
}

static void
picture_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Opening *opening = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (QlPicture) picture = ql_picture_load_finish (result, &error);

  if (opening->is_thumbnail)
    g_clear_error (&error); /* only a cache */
  finish (task, picture, error);
}

static void
look_thread (GTask *worker, gpointer source, gpointer data, GCancellable *cancellable)
{
  GTask *task = data;
  Opening *opening = g_task_get_task_data (task);
  const QlSessionDirs *dirs = ql_session_store_get_dirs (opening->store);
  const QlSavedPicture *picture = opening->state->picture;

  opening->picture_state = ql_saved_picture_check (picture, dirs, FALSE, &opening->path);
  if (opening->picture_state != QL_SAVED_PICTURE_PRESENT)
    {
      g_free (opening->path);
      opening->path = picture->sha256 != NULL ? ql_thumbnail_path (dirs, picture->sha256) : NULL;
      opening->is_thumbnail = TRUE;
    }
  g_task_return_boolean (worker, TRUE);
}

static void
looked_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Opening *opening = g_task_get_task_data (task);
  g_autoptr (GFile) file = opening->path != NULL ? g_file_new_for_path (opening->path) : NULL;

  if (file != NULL)
    ql_picture_load_async (file, 0, g_task_get_cancellable (task), picture_cb, g_object_ref (task));
  else
    finish (task, NULL, NULL);
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Opening *opening = g_task_get_task_data (task);
  GError *error = NULL;

  opening->recorder
      = ql_session_store_open_finish (QL_SESSION_STORE (source), result, &opening->state, &error);
  if (opening->recorder == NULL)
    g_task_return_error (task, error);
  else if (opening->state->picture == NULL)
    {
      opening->picture_state = QL_SAVED_PICTURE_MISSING;
      opening->is_thumbnail = TRUE;
      finish (task, NULL, NULL);
    }
  else
    {
      g_autoptr (GTask) worker = g_task_new (NULL, NULL, looked_cb, g_object_ref (task));

      g_task_set_task_data (worker, task, NULL);
      g_task_run_in_thread (worker, look_thread);
    }
}

/* Takes @task. */
static void
start_opening (GTask *task)
{
  Opening *opening = g_task_get_task_data (task);

  ql_session_store_open_async (opening->store, opening->id, NULL, read_cb, task);
}

void
ql_open_session_open_async (QlSessionStore *store, QlEngineService *engine, GSettings *settings,
                            const char *id, GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, data);
  Opening *opening = g_new0 (Opening, 1);
  GPtrArray *waiting = closing != NULL ? g_hash_table_lookup (closing, id) : NULL;

  g_task_set_source_tag (task, ql_open_session_open_async);
  opening->store = g_object_ref (store);
  opening->engine = g_object_ref (engine);
  g_set_object (&opening->settings, settings);
  opening->id = g_strdup (id);
  g_task_set_task_data (task, opening, opening_free);
  if (waiting != NULL)
    g_ptr_array_add (waiting, task);
  else
    start_opening (task);
}

QlOpenSession *
ql_open_session_open_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, ql_open_session_open_async), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- the end ---- */

static void
closed_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (QlOpenSession) self = data;
  GApplication *app = g_application_get_default ();
  g_autoptr (GPtrArray) waiting = NULL;

  g_hash_table_steal_extended (closing, self->id, NULL, (gpointer *) &waiting);
  ql_session_store_refresh (self->store, self->id);
  for (guint i = 0; i < waiting->len; i++)
    start_opening (g_ptr_array_index (waiting, i));
  if (app != NULL)
    g_application_release (app);
}

/* Once nothing more will be told to the recorder. */
static void
try_close (QlOpenSession *self)
{
  g_autoptr (GTask) task = NULL;

  if (self->noting || self->recorder == NULL || ql_conversation_get_busy (self->conversation))
    return;
  g_signal_handlers_disconnect_by_data (self->conversation, self);
  g_signal_handlers_disconnect_by_data (self->recorder, self);
  g_clear_pointer (&self->listener, ql_conversation_recorder_free);
  g_signal_handlers_disconnect_by_data (self->engine, self);
  task = g_task_new (NULL, NULL, closed_cb, self); /* with the reference of closing */
  g_task_set_task_data (task, g_steal_pointer (&self->recorder), g_object_unref);
  g_task_run_in_thread (task, close_thread);
}

static void
try_close_idle_cb (gpointer data)
{
  g_autoptr (QlOpenSession) self = data;

  try_close (self);
}

/* Not at once: an answer that failed is told of after the conversation has ceased to be busy. */
static void
busy_cb (QlOpenSession *self)
{
  g_idle_add_once (try_close_idle_cb, g_object_ref (self));
}

void
ql_open_session_close (QlOpenSession *self)
{
  GApplication *app = g_application_get_default ();

  if (self->closing)
    return;
  self->closing = TRUE;
  g_object_ref (self);
  if (closing == NULL)
    closing = g_hash_table_new (g_str_hash, g_str_equal);
  g_hash_table_insert (closing, self->id, g_ptr_array_new ());
  if (app != NULL)
    g_application_hold (app);
  g_signal_connect_object (self->conversation, "notify::busy", G_CALLBACK (busy_cb), self, G_CONNECT_SWAPPED);
  ql_conversation_stop (self->conversation);
  try_close (self);
}

const char *
ql_open_session_get_id (QlOpenSession *self)
{
  return self->id;
}

QlConversation *
ql_open_session_get_conversation (QlOpenSession *self)
{
  return self->conversation;
}

QlSavedPictureState
ql_open_session_get_picture_state (QlOpenSession *self)
{
  return self->picture_state;
}

const GError *
ql_open_session_get_picture_error (QlOpenSession *self)
{
  return self->picture_error;
}

QlPicture *
ql_open_session_get_thumbnail (QlOpenSession *self)
{
  return self->thumbnail;
}

guint
ql_open_session_get_n_recovered (QlOpenSession *self)
{
  return self->n_recovered;
}
