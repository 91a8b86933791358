/* Which model is opened, refused, kept: the engine and the list of models together. */

#include <string.h>

#include <glib/gstdio.h>

#include "app/free-memory.h"
#include "app/model-loader.h"
#include "engine/b2.h"

typedef struct
{
  char *config;
  QlEngineService *engine;
  QlModelStore *store;
  QlModelLoader *loader;
  char *failed_dir; /* of the newest "failed" */
  GError *failed;
} Fixture;

static char *
source (const char *relative)
{
  return g_build_filename (g_getenv ("QLENS_SRC"), relative, NULL);
}

static void
failed_cb (QlModelLoader *loader, const char *dir, const GError *error, gpointer data)
{
  Fixture *f = data;

  g_clear_error (&f->failed);
  g_free (f->failed_dir);
  f->failed_dir = g_strdup (dir);
  f->failed = g_error_copy (error);
}

static void
start (Fixture *f, const char *start_dir)
{
  f->engine = ql_engine_service_new ();
  f->store = ql_model_store_new (f->config, NULL);
  f->loader = ql_model_loader_new (f->engine, f->store, start_dir);
  g_signal_connect (f->loader, "failed", G_CALLBACK (failed_cb), f);
}

static void
stop (Fixture *f)
{
  ql_engine_service_shutdown (f->engine);
  g_clear_object (&f->loader);
  ql_model_store_flush (f->store, NULL);
  /* what is saved in the background holds it */
  g_object_add_weak_pointer (G_OBJECT (f->store), (gpointer *) &f->store);
  g_object_unref (f->store);
  while (f->store != NULL || g_main_context_pending (NULL))
    g_main_context_iteration (NULL, f->store != NULL);
  g_assert_finalize_object (f->engine);
  g_clear_error (&f->failed);
  g_clear_pointer (&f->failed_dir, g_free);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_unsetenv ("QLENS_MODEL");
  f->config = g_dir_make_tmp ("qlens-loader-XXXXXX", NULL);
  start (f, NULL);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_autofree char *list = g_build_filename (f->config, "models.json", NULL);

  ql_free_memory_set_source (NULL);
  stop (f);
  g_remove (list);
  g_assert_cmpint (g_rmdir (f->config), ==, 0);
  g_free (f->config);
}

static void
wait_while (Fixture *f, QlEngineState state)
{
  while (ql_engine_service_get_state (f->engine) == state)
    g_main_context_iteration (NULL, TRUE);
}

/* Waits until the newest opening has ended. */
static void
settle (Fixture *f)
{
  wait_while (f, QL_ENGINE_LOADING);
  while (g_main_context_pending (NULL))
    g_main_context_iteration (NULL, FALSE);
}

static gboolean
has_open (Fixture *f, const char *relative)
{
  g_autofree char *dir = source (relative);

  return ql_engine_service_get_state (f->engine) == QL_ENGINE_READY
         && g_strcmp0 (ql_engine_service_get_model_dir (f->engine), dir) == 0;
}

static void
import_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  *(QlModelEntry **) data = ql_model_store_import_finish (QL_MODEL_STORE (object), result, NULL);
}

static QlModelEntry *
import (Fixture *f, const char *relative)
{
  g_autofree char *dir = source (relative);
  QlModelEntry *entry = NULL;

  ql_model_store_import_async (f->store, dir, NULL, import_cb, &entry);
  while (entry == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_object_unref (entry); /* the store has it */
  return entry;
}

#define DEMO "data/models/qlens-demo-opt"
#define OPT "tests/golden/opt-basic"
#define T5 "tests/golden/t5-basic"

static void
load (Fixture *f, const char *relative, gboolean anyway)
{
  g_autofree char *dir = source (relative);

  ql_model_loader_load (f->loader, dir, anyway);
}

/* By option, else by environment, else the list's default, else the demo model. */
static void
test_which (Fixture *f, gconstpointer data)
{
  g_autofree char *opt = source (OPT), *t5 = source (T5);

  ql_model_loader_ensure (f->loader);
  settle (f);
  g_assert_true (has_open (f, DEMO));
  g_assert_true (ql_model_loader_get_entry (f->loader) == ql_model_store_get_default (f->store));
  /* What opening told, the list knows. */
  g_assert_cmpint (ql_model_entry_get_state (ql_model_loader_get_entry (f->loader)), ==, QL_MODEL_SOUND);

  /* Another default changes nothing of what is open, and is opened by the next run. */
  ql_model_store_set_default (f->store, import (f, OPT));
  ql_model_loader_ensure (f->loader);
  settle (f);
  g_assert_true (has_open (f, DEMO));

  stop (f);
  g_setenv ("QLENS_MODEL", t5, TRUE);
  start (f, opt);
  ql_model_loader_ensure (f->loader);
  settle (f);
  g_assert_true (has_open (f, OPT));
  stop (f);
  start (f, NULL);
  ql_model_loader_ensure (f->loader);
  settle (f);
  g_assert_true (has_open (f, T5));
}

static void
test_load_unload (Fixture *f, gconstpointer data)
{
  load (f, OPT, FALSE);
  settle (f);
  g_assert_true (has_open (f, OPT));
  g_assert_null (ql_model_loader_get_entry (f->loader)); /* it is not in the list, and need not be */
  ql_model_loader_unload (f->loader);
  settle (f);
  g_assert_cmpint (ql_engine_service_get_state (f->engine), ==, QL_ENGINE_NO_MODEL);
  /* The same again, not the default. */
  ql_model_loader_ensure (f->loader);
  settle (f);
  g_assert_true (has_open (f, OPT));

  /* While none is open, a new default is what comes next. */
  ql_model_loader_unload (f->loader);
  ql_model_store_set_default (f->store, import (f, T5));
  ql_model_loader_ensure (f->loader);
  settle (f);
  g_assert_true (has_open (f, T5));
}

static void
test_broken (Fixture *f, gconstpointer data)
{
  g_autofree char *samples = source ("data/samples");
  g_autofree char *malformed = source ("tests/golden/malformed/folders/config-not-json");
  QlModelEntry *entry = import (f, OPT);
  GError *error = g_error_new_literal (B2_ERROR, B2_ERROR_FORMAT, "once");

  ql_model_loader_load (f->loader, samples, FALSE);
  settle (f);
  g_assert_cmpstr (f->failed_dir, ==, samples);
  g_assert_true (f->failed->domain == B2_ERROR);
  g_assert_cmpint (ql_engine_service_get_state (f->engine), ==, QL_ENGINE_ERROR);

  /* With one open, a broken one changes nothing. */
  ql_model_store_take_outcome (f->store, ql_model_entry_get_dir (entry), NULL, error);
  g_error_free (error);
  load (f, OPT, FALSE);
  settle (f);
  g_assert_cmpint (ql_model_entry_get_state (entry), ==, QL_MODEL_SOUND);
  ql_model_loader_load (f->loader, malformed, FALSE);
  settle (f);
  g_assert_cmpstr (f->failed_dir, ==, malformed);
  g_assert_true (has_open (f, OPT));
  ql_model_loader_unload (f->loader);
  ql_model_loader_ensure (f->loader);
  settle (f);
  g_assert_true (has_open (f, OPT));
}

static guint64
little (void)
{
  return 10 * 1000 * 1000;
}

static void
test_no_room (Fixture *f, gconstpointer data)
{
  g_autofree char *demo = source (DEMO);

  ql_free_memory_set_source (little);
  ql_model_loader_ensure (f->loader);
  settle (f);
  g_assert_error (f->failed, QL_MODEL_ERROR, QL_MODEL_ERROR_NO_ROOM);
  g_assert_cmpstr (ql_model_loader_get_refused (f->loader), ==, demo);
  /* Nothing is wrong with the folder. */
  g_assert_cmpint (ql_model_entry_get_state (ql_model_store_get_default (f->store)), ==, QL_MODEL_UNTRIED);
  ql_model_loader_load_refused (f->loader);
  g_assert_null (ql_model_loader_get_refused (f->loader));
  settle (f);
  g_assert_true (has_open (f, DEMO));
  ql_model_loader_load_refused (f->loader); /* nothing is refused: nothing happens */
  g_assert_cmpint (ql_engine_service_get_state (f->engine), ==, QL_ENGINE_READY);
}

/* ---- stopping ---- */

static struct
{
  GMutex lock;
  GCond cond;
  gboolean held, open;
} gate;

static void
probe (QlEnginePhase phase, int done, int total, gpointer data)
{
  g_mutex_lock (&gate.lock);
  gate.held = TRUE;
  g_cond_broadcast (&gate.cond);
  while (!gate.open)
    g_cond_wait (&gate.cond, &gate.lock);
  g_mutex_unlock (&gate.lock);
}

static void
wait_held (void)
{
  g_mutex_lock (&gate.lock);
  while (!gate.held)
    g_cond_wait (&gate.cond, &gate.lock);
  g_mutex_unlock (&gate.lock);
}

static void
open_gate (void)
{
  g_mutex_lock (&gate.lock);
  gate.open = TRUE;
  g_cond_broadcast (&gate.cond);
  g_mutex_unlock (&gate.lock);
}

static void
test_stop (Fixture *f, gconstpointer data)
{
  gate.held = gate.open = FALSE;
  ql_engine_service_set_probe (f->engine, probe, NULL);
  ql_model_loader_ensure (f->loader);
  wait_held ();
  ql_model_loader_ensure (f->loader); /* being opened: nothing more to do */
  ql_model_loader_stop (f->loader);
  open_gate ();
  settle (f);
  g_assert_cmpint (ql_engine_service_get_state (f->engine), ==, QL_ENGINE_NO_MODEL);
  g_assert_no_error (f->failed);

  /* Who asks for one before the stop has come through gets it; and the newest wish counts. */
  gate.held = gate.open = FALSE;
  ql_model_loader_ensure (f->loader);
  wait_held ();
  ql_model_loader_stop (f->loader);
  ql_model_loader_ensure (f->loader);
  load (f, OPT, FALSE);
  open_gate ();
  settle (f);
  g_assert_true (has_open (f, OPT));
  g_assert_no_error (f->failed);
}

#define ADD(name, function) g_test_add ("/model-loader/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("which", test_which);
  ADD ("load-unload", test_load_unload);
  ADD ("broken", test_broken);
  ADD ("no-room", test_no_room);
  ADD ("stop", test_stop);
  return g_test_run ();
}
