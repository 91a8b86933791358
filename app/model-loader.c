#include "app/model-loader.h"

#include "app/paths.h"
#include "engine/b2.h"

struct _QlModelLoader
{
  GObject parent_instance;

  QlEngineService *engine;
  QlModelStore *store;
  char *start_dir; /* nullable */
  char *dir; /* the one loaded last; NULL: none was */
  char *refused; /* nullable */
  GCancellable *opening; /* of the newest opening, while it runs */
};

enum
{
  FAILED,
  CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (QlModelLoader, ql_model_loader, G_TYPE_OBJECT)

/* One opening. */
typedef struct
{
  QlModelLoader *loader;
  GCancellable *cancellable;
  char *dir;
} Opening;

static void
opening_free (Opening *self)
{
  g_object_unref (self->loader);
  g_object_unref (self->cancellable);
  g_free (self->dir);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Opening, opening_free)

static gboolean
is_open (QlModelLoader *self)
{
  QlEngineState state = ql_engine_service_get_state (self->engine);

  return state == QL_ENGINE_READY || state == QL_ENGINE_BUSY;
}

static void
set_refused (QlModelLoader *self, const char *dir)
{
  g_free (self->refused);
  self->refused = g_strdup (dir);
}

static void
set_dir (QlModelLoader *self, const char *dir)
{
  g_free (self->dir);
  self->dir = g_strdup (dir);
}

static void
take_failure (QlModelLoader *self, Opening *opening, const GError *error)
{
  /* The one that stayed is the one in use. */
  if (is_open (self))
    set_dir (self, ql_engine_service_get_model_dir (self->engine));
  if (g_error_matches (error, QL_MODEL_ERROR, QL_MODEL_ERROR_NO_ROOM))
    set_refused (self, opening->dir);
  /* Want of memory says nothing of the folder. */
  else if (error->domain == B2_ERROR && error->code != B2_ERROR_NO_MEMORY)
    ql_model_store_take_outcome (self->store, opening->dir, NULL, error);
}

static void
opened_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Opening) opening = data;
  QlModelLoader *self = opening->loader;
  g_autoptr (GError) error = NULL;
  gboolean ok = ql_engine_service_open_model_finish (self->engine, result, &error);
  gboolean stopped = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  if (self->opening == opening->cancellable)
    g_clear_object (&self->opening);
  if (ok)
    {
      set_dir (self, opening->dir);
      ql_model_store_take_outcome (self->store, opening->dir,
                                   ql_engine_service_get_model_facts (self->engine), NULL);
    }
  else if (!stopped)
    take_failure (self, opening, error);
  g_signal_emit (self, signals[CHANGED], 0);
  if (!ok && !stopped)
    g_signal_emit (self, signals[FAILED], 0, opening->dir, error);
}

static void
open (QlModelLoader *self, const char *dir, gboolean anyway)
{
  Opening *opening = g_new0 (Opening, 1);

  ql_model_loader_stop (self);
  set_refused (self, NULL);
  g_clear_object (&self->opening);
  self->opening = g_cancellable_new ();
  opening->loader = g_object_ref (self);
  opening->cancellable = g_object_ref (self->opening);
  opening->dir = g_strdup (dir);
  if (anyway)
    ql_engine_service_open_model_async (self->engine, opening->dir, self->opening, opened_cb, opening);
  else
    ql_engine_service_open_model_if_room_async (self->engine, opening->dir, self->opening, opened_cb,
                                                opening);
  g_signal_emit (self, signals[CHANGED], 0);
}

static gboolean
must_open (QlModelLoader *self)
{
  switch (ql_engine_service_get_state (self->engine))
    {
    case QL_ENGINE_NO_MODEL:
    case QL_ENGINE_ERROR:
      return TRUE;
    case QL_ENGINE_LOADING: /* one that is being stopped is as good as none */
      return self->opening != NULL && g_cancellable_is_cancelled (self->opening)
             && ql_engine_service_get_model_facts (self->engine) == NULL;
    case QL_ENGINE_READY:
    case QL_ENGINE_BUSY:
    default:
      return FALSE;
    }
}

static char *
next_dir (QlModelLoader *self)
{
  const char *env = g_getenv ("QLENS_MODEL");
  QlModelEntry *chosen = ql_model_store_get_default (self->store);

  if (self->dir != NULL)
    return g_strdup (self->dir);
  if (self->start_dir != NULL)
    return g_strdup (self->start_dir);
  if (env != NULL && *env != '\0')
    return g_strdup (env);
  /* Where no model is installed, opening its would-be folder fails with the right words. */
  return g_strdup (chosen != NULL ? ql_model_entry_get_dir (chosen) : "qlens-demo-opt");
}

void
ql_model_loader_ensure (QlModelLoader *self)
{
  g_autofree char *dir = NULL;

  if (!must_open (self))
    return;
  dir = next_dir (self);
  open (self, dir, FALSE);
}

void
ql_model_loader_load (QlModelLoader *self, const char *dir, gboolean anyway)
{
  g_autofree char *wanted = g_strdup (dir);

  set_dir (self, wanted);
  open (self, wanted, anyway);
}

const char *
ql_model_loader_get_refused (QlModelLoader *self)
{
  return self->refused;
}

void
ql_model_loader_load_refused (QlModelLoader *self)
{
  g_autofree char *dir = g_steal_pointer (&self->refused);

  if (dir != NULL)
    ql_model_loader_load (self, dir, TRUE);
}

void
ql_model_loader_stop (QlModelLoader *self)
{
  if (self->opening != NULL)
    g_cancellable_cancel (self->opening);
}

void
ql_model_loader_unload (QlModelLoader *self)
{
  ql_model_loader_stop (self);
  ql_engine_service_close_model_async (self->engine, NULL, NULL, NULL);
}

QlModelEntry *
ql_model_loader_get_entry (QlModelLoader *self)
{
  const char *dir = ql_engine_service_get_model_dir (self->engine);

  return dir != NULL ? ql_model_store_find (self->store, dir) : NULL;
}

/* Who chooses another default while nothing is open means the next opening. */
static void
default_changed_cb (QlModelLoader *self)
{
  QlEngineState state = ql_engine_service_get_state (self->engine);

  if (state == QL_ENGINE_NO_MODEL || state == QL_ENGINE_ERROR)
    set_dir (self, ql_model_entry_get_dir (ql_model_store_get_default (self->store)));
}

static void
ql_model_loader_finalize (GObject *object)
{
  QlModelLoader *self = QL_MODEL_LOADER (object);

  g_clear_object (&self->opening);
  g_clear_object (&self->engine);
  g_clear_object (&self->store);
  g_free (self->start_dir);
  g_free (self->dir);
  g_free (self->refused);
  G_OBJECT_CLASS (ql_model_loader_parent_class)->finalize (object);
}

static void
ql_model_loader_class_init (QlModelLoaderClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ql_model_loader_finalize;
  signals[FAILED] = g_signal_new ("failed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_ERROR);
  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
}

static void
ql_model_loader_init (QlModelLoader *self)
{
}

QlModelLoader *
ql_model_loader_new (QlEngineService *engine, QlModelStore *store, const char *start_dir)
{
  QlModelLoader *self = g_object_new (QL_TYPE_MODEL_LOADER, NULL);

  self->engine = g_object_ref (engine);
  self->store = g_object_ref (store);
  self->start_dir = g_strdup (start_dir);
  g_signal_connect_object (store, "default-changed", G_CALLBACK (default_changed_cb), self,
                           G_CONNECT_SWAPPED);
  return self;
}
