/* Hashing an entry's files on a worker thread. */

#include "app/model-store-private.h"

#include <glib/gi18n.h>

#include "app/model-check.h"
#include "app/model-sums.h"

#define TELL_MS 100
#define PARTS 1000

typedef struct
{
  char *dir;
  GHashTable *recorded;
  gint done; /* of PARTS; atomic */

  /* in the main context only */
  QlModelEntry *entry; /* (transfer full) */
  GCancellable *outer; /* (nullable): the caller's */
  gulong outer_handler;
  GSource *tell;
  QlVerification before;
  double told;
  char *before_text;
} Verify;

static void
verify_free (gpointer data)
{
  Verify *verify = data;

  g_free (verify->dir);
  g_hash_table_unref (verify->recorded);
  g_free (verify->before_text);
  g_free (verify);
}

static void
progress_cb (guint64 done, guint64 total, gpointer data)
{
  Verify *verify = data;

  g_atomic_int_set (&verify->done, (gint) ((double) done / (double) MAX (total, 1) * PARTS));
}

static void
verify_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Verify *verify = data;
  GError *error = NULL;
  QlModelCheck *check
      = ql_model_check_run (verify->dir, verify->recorded, progress_cb, verify, cancellable, &error);

  if (check != NULL)
    g_task_return_pointer (task, check, (GDestroyNotify) ql_model_check_free);
  else
    g_task_return_error (task, error);
}

static gboolean
tell_cb (gpointer data)
{
  Verify *verify = data;
  double fraction = g_atomic_int_get (&verify->done) / (double) PARTS;

  if (fraction != verify->told)
    ql_model_entry_set_verification (verify->entry, QL_VERIFICATION_RUNNING, fraction, NULL);
  verify->told = fraction;
  return G_SOURCE_CONTINUE;
}

static void
take_check (QlModelStore *self, QlModelEntry *entry, QlModelCheck *check)
{
  g_autofree char *text = ql_model_check_describe (check);
  gboolean sound = ql_model_check_is_sound (check);
  QlVerification outcome = QL_VERIFICATION_CHANGED;

  if (check->first_seen)
    outcome = QL_VERIFICATION_FIRST_SEEN;
  else if (sound)
    outcome = QL_VERIFICATION_SOUND;
  g_clear_pointer (&entry->found_sums, g_hash_table_unref);
  entry->found_sums = g_hash_table_ref (check->sums);
  /* a demo model changes with the program; its own list is what counts */
  if (sound && !entry->is_demo)
    ql_model_entry_set_sums (entry, check->sums);
  entry->verified_at = g_get_real_time () / G_USEC_PER_SEC;
  ql_model_entry_set_verification (entry, outcome, 1, text);
  ql_model_entry_keep_verification (entry);
  if (!entry->is_demo)
    ql_model_store_save (self);
}

static void
verified_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  QlModelStore *self = g_task_get_source_object (task);
  Verify *verify = g_task_get_task_data (G_TASK (result));
  /* taken from what the worker may free last */
  g_autoptr (QlModelEntry) entry = g_steal_pointer (&verify->entry);
  g_autoptr (GCancellable) outer = g_steal_pointer (&verify->outer);
  GError *error = NULL;
  g_autoptr (QlModelCheck) check = g_task_propagate_pointer (G_TASK (result), &error);

  g_source_destroy (verify->tell);
  g_source_unref (verify->tell);
  g_cancellable_disconnect (outer, verify->outer_handler);
  g_clear_object (&entry->verifying);
  if (check != NULL)
    {
      take_check (self, entry, check);
      g_task_return_boolean (task, ql_model_check_is_sound (check));
      return;
    }
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    ql_model_entry_set_verification (entry, verify->before, 0, verify->before_text);
  else
    ql_model_entry_set_verification (entry, QL_VERIFICATION_FAILED, 0, error->message);
  g_task_return_error (task, error);
}

static void
outer_cancelled_cb (GCancellable *outer, gpointer data)
{
  g_cancellable_cancel (data);
}

static Verify *
verify_new (QlModelEntry *entry, GCancellable *outer)
{
  Verify *verify = g_new0 (Verify, 1);

  verify->entry = g_object_ref (entry);
  verify->dir = g_strdup (entry->dir);
  verify->recorded = ql_model_entry_get_sums (entry);
  verify->before = entry->verification;
  verify->before_text = g_strdup (entry->text);
  if (outer != NULL)
    {
      verify->outer = g_object_ref (outer);
      verify->outer_handler = g_cancellable_connect (outer, G_CALLBACK (outer_cancelled_cb),
                                                     g_object_ref (entry->verifying), g_object_unref);
    }
  verify->tell = g_timeout_source_new (TELL_MS);
  g_source_set_callback (verify->tell, tell_cb, verify, NULL);
  g_source_attach (verify->tell, g_main_context_get_thread_default ());
  return verify;
}

void
ql_model_store_verify_async (QlModelStore *self, QlModelEntry *entry, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, data);
  g_autoptr (GTask) work = NULL;
  Verify *verify;

  g_task_set_source_tag (task, ql_model_store_verify_async);
  g_task_set_check_cancellable (task, FALSE); /* the worker tells whether it was stopped in time */
  if (entry->verifying != NULL)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_PENDING, _ ("“%s” is being verified already"),
                               entry->name);
      return;
    }
  entry->verifying = g_cancellable_new ();
  verify = verify_new (entry, cancellable);
  ql_model_entry_set_verification (entry, QL_VERIFICATION_RUNNING, 0, NULL);
  work = g_task_new (NULL, entry->verifying, verified_cb, g_steal_pointer (&task));
  g_task_set_task_data (work, verify, verify_free);
  g_task_run_in_thread (work, verify_thread);
}

gboolean
ql_model_store_verify_finish (QlModelStore *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
ql_model_store_cancel_verify (QlModelStore *self, QlModelEntry *entry)
{
  g_cancellable_cancel (entry->verifying);
}

gboolean
ql_model_store_accept (QlModelStore *self, QlModelEntry *entry)
{
  if (entry->is_demo || entry->found_sums == NULL || entry->verification != QL_VERIFICATION_CHANGED)
    return FALSE;
  ql_model_entry_set_sums (entry, entry->found_sums);
  ql_model_entry_set_verification (entry, QL_VERIFICATION_FIRST_SEEN, 1,
                                   _ ("The files are expected as they are now."));
  ql_model_entry_keep_verification (entry);
  ql_model_store_save (self);
  return TRUE;
}
