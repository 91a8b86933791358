/* Opening folders on a worker thread: importing one, refreshing all. */

#include "app/model-store-private.h"

#include <glib/gi18n.h>

#include "app/model-facts-private.h"
#include "app/model-files.h"
#include "app/model-name.h"

/* ---- on the worker ---------------------------------------------------------------- */

static void
cancelled_cb (GCancellable *cancellable, gpointer data)
{
  b2_cancel_trigger (data);
}

/* What was opened, as far as it could be. */
typedef struct
{
  char *dir; /* of the model; may lie in the one that was asked for */
  QlModelFacts *facts;
} Opened;

static void
opened_free (Opened *self)
{
  if (self == NULL)
    return;
  g_free (self->dir);
  ql_model_facts_free (self->facts);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Opened, opened_free)

static Opened *
opened_new (const char *dir, B2Model *model)
{
  Opened *self = g_new0 (Opened, 1);

  self->dir = g_strdup (dir);
  self->facts = ql_model_facts_from_info (b2_model_info (model));
  return self;
}

static void
open_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_autofree char *dir = ql_model_files_resolve (data);
  g_autoptr (B2Cancel) cancel = b2_cancel_new ();
  g_autoptr (B2Model) model = NULL;
  B2Watch watch = { .cancel = cancel };
  GError *error = NULL;
  gulong handler = 0;

  if (cancellable != NULL)
    handler = g_cancellable_connect (cancellable, G_CALLBACK (cancelled_cb), b2_cancel_ref (cancel),
                                     (GDestroyNotify) b2_cancel_unref);
  model = b2_model_open (dir, &watch, &error);
  g_cancellable_disconnect (cancellable, handler);
  if (model != NULL)
    g_task_return_pointer (task, opened_new (dir, model), (GDestroyNotify) opened_free);
  else if (g_error_matches (error, B2_ERROR, B2_ERROR_CANCELLED))
    {
      g_error_free (error);
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "%s", _ ("stopped"));
    }
  else
    g_task_return_error (task, error);
}

/* Without a source: a task may end on the worker, and what it holds with it. */
static void
open_async (const char *dir, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);

  g_task_set_task_data (task, g_strdup (dir), g_free);
  g_task_run_in_thread (task, open_thread);
}

/* ---- importing ------------------------------------------------------------------------ */

static gboolean
is_new (QlModelStore *self, const char *dir, GError **error)
{
  g_autofree char *name = ql_model_name (dir);

  if (ql_model_store_find (self, dir) == NULL)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS, _ ("“%s” is in the list already"), name);
  return FALSE;
}

static void
import_opened_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  QlModelStore *self = g_task_get_source_object (task);
  GError *error = NULL;
  g_autoptr (Opened) opened = g_task_propagate_pointer (G_TASK (result), &error);
  g_autofree char *uri = NULL;
  QlModelEntry *entry;

  if (opened == NULL || !is_new (self, opened->dir, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  uri = ql_model_store_uri (opened->dir);
  entry = ql_model_entry_new (uri, opened->dir, FALSE, NULL);
  json_object_set_new (entry->record, "uri", json_string (uri));
  ql_model_entry_set_sound (entry, g_steal_pointer (&opened->facts));
  ql_model_store_add (self, entry);
  g_task_return_pointer (task, g_object_ref (entry), g_object_unref);
}

void
ql_model_store_import_async (QlModelStore *self, const char *dir, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, data);
  char *path = g_canonicalize_filename (dir, NULL);
  GError *error = NULL;

  g_task_set_source_tag (task, ql_model_store_import_async);
  g_task_set_task_data (task, path, g_free);
  /* what is in the list by now was not stopped in time */
  g_task_set_check_cancellable (task, FALSE);
  if (!is_new (self, path, &error))
    g_task_return_error (task, error);
  else
    open_async (path, cancellable, import_opened_cb, g_steal_pointer (&task));
}

QlModelEntry *
ql_model_store_import_finish (QlModelStore *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- refreshing ------------------------------------------------------------------------- */

void
ql_model_store_take_outcome (QlModelStore *self, const char *dir, const QlModelFacts *facts,
                             const GError *error)
{
  QlModelEntry *entry = ql_model_store_find (self, dir);

  if (entry == NULL)
    return;
  if (facts != NULL)
    ql_model_entry_set_sound (entry, ql_model_facts_copy (facts));
  else
    ql_model_entry_set_broken (entry, g_error_copy (error));
}

static void refresh_next (GTask *task);

static void
refresh_opened_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  GPtrArray *waiting = g_task_get_task_data (task);
  QlModelEntry *entry = waiting->pdata[waiting->len - 1];
  GError *error = NULL;
  g_autoptr (Opened) opened = g_task_propagate_pointer (G_TASK (result), &error);

  if (opened != NULL)
    ql_model_entry_set_sound (entry, g_steal_pointer (&opened->facts));
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  else
    ql_model_entry_set_broken (entry, error);
  g_ptr_array_set_size (waiting, (int) waiting->len - 1);
  refresh_next (task);
}

static void
refresh_next (GTask *task)
{
  GPtrArray *waiting = g_task_get_task_data (task);

  if (waiting->len > 0)
    {
      QlModelEntry *entry = waiting->pdata[waiting->len - 1];

      open_async (ql_model_entry_get_dir (entry), g_task_get_cancellable (task), refresh_opened_cb, task);
      return;
    }
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

void
ql_model_store_refresh_async (QlModelStore *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer data)
{
  GTask *task = g_task_new (self, cancellable, callback, data);
  GPtrArray *waiting = g_ptr_array_new_with_free_func (g_object_unref);

  g_task_set_source_tag (task, ql_model_store_refresh_async);
  for (guint i = self->entries->len; i > 0; i--) /* taken from the end */
    g_ptr_array_add (waiting, g_object_ref (self->entries->pdata[i - 1]));
  g_task_set_task_data (task, waiting, (GDestroyNotify) g_ptr_array_unref);
  refresh_next (task);
}

gboolean
ql_model_store_refresh_finish (QlModelStore *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}
