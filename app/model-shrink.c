#include "app/model-shrink.h"

#include <string.h>

#include <glib/gi18n.h>

#include "engine/b2.h"

#define TELL_MS 100
#define PARTS 1000

typedef struct
{
  char *path;
  char *file; /* (nullable): only sizes are asked for */
  const char *type;
  gint done; /* of PARTS; atomic */

  /* in the main context only */
  QlShrinkProgressFunc progress;
  gpointer progress_data;
  GSource *tell; /* (nullable) */
} Shrink;

static void
shrink_free (gpointer data)
{
  Shrink *self = data;

  g_free (self->path);
  g_free (self->file);
  g_free (self);
}

/* ---- on the worker ---------------------------------------------------------------- */

static void
cancelled_cb (GCancellable *cancellable, gpointer data)
{
  b2_cancel_trigger (data);
}

static void
progress_cb (B2Phase phase, int done, int total, gpointer data)
{
  Shrink *self = data;

  if (phase == B2_PHASE_CONVERT)
    g_atomic_int_set (&self->done, (gint) ((double) done / MAX (total, 1) * PARTS));
}

/* The types with fewer bits than the weights at hand have. */
static QlShrinkSize *
find_sizes (B2Model *model, GError **error)
{
  const char *const *types = b2_convert_types ();
  guint64 now = b2_model_info (model)->n_bytes;
  g_autofree QlShrinkSize *sizes = g_new0 (QlShrinkSize, g_strv_length ((char **) types) + 1);
  int n = 0;

  for (int i = 0; types[i] != NULL; i++)
    {
      guint64 n_bytes;

      /* As large as F16, and fitter only for what was made in it. */
      if (strcmp (types[i], "bf16") == 0)
        continue;
      n_bytes = b2_convert_size (model, types[i], error);
      if (n_bytes == 0)
        return NULL;
      if (n_bytes < now)
        sizes[n++] = (QlShrinkSize){ types[i], n_bytes };
    }
  return g_steal_pointer (&sizes);
}

static void
return_error (GTask *task, GError *error)
{
  if (!g_error_matches (error, B2_ERROR, B2_ERROR_CANCELLED))
    {
      g_task_return_error (task, error);
      return;
    }
  g_error_free (error);
  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "%s", _ ("stopped"));
}

static void
run (GTask *task, Shrink *self, const B2Watch *watch)
{
  B2ConvertOptions options = { .type = self->type, .overwrite = TRUE };
  g_autoptr (B2Model) model = NULL;
  B2ConvertReport *report = NULL;
  QlShrinkSize *sizes = NULL;
  GError *error = NULL;

  if (self->file != NULL)
    report = b2_convert (self->path, self->file, &options, watch, &error);
  else
    model = b2_model_open (self->path, watch, &error);
  if (model != NULL)
    sizes = find_sizes (model, &error);
  if (error != NULL)
    return_error (task, error);
  else if (report != NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_pointer (task, sizes, g_free);
  b2_convert_report_free (report);
}

static void
shrink_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_autoptr (B2Cancel) cancel = b2_cancel_new ();
  B2Watch watch = { .cancel = cancel, .progress = progress_cb, .progress_data = data };
  gulong handler = 0;

  if (cancellable != NULL)
    handler = g_cancellable_connect (cancellable, G_CALLBACK (cancelled_cb), b2_cancel_ref (cancel),
                                     (GDestroyNotify) b2_cancel_unref);
  run (task, data, &watch);
  g_cancellable_disconnect (cancellable, handler);
}

/* ---- in the main context ------------------------------------------------------------- */

static gboolean
tell_cb (gpointer data)
{
  Shrink *self = data;

  self->progress (g_atomic_int_get (&self->done) / (double) PARTS, self->progress_data);
  return G_SOURCE_CONTINUE;
}

static GTask *
start (Shrink *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, data);

  g_task_set_task_data (task, self, shrink_free);
  /* what the worker has done is done: it tells whether it was stopped in time */
  g_task_set_check_cancellable (task, FALSE);
  return task;
}

void
ql_model_shrink_sizes_async (const char *path, GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer data)
{
  Shrink *self = g_new0 (Shrink, 1);
  g_autoptr (GTask) task = start (self, cancellable, callback, data);

  self->path = g_strdup (path);
  g_task_set_source_tag (task, ql_model_shrink_sizes_async);
  g_task_run_in_thread (task, shrink_thread);
}

QlShrinkSize *
ql_model_shrink_sizes_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, ql_model_shrink_sizes_async), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
ql_model_shrink_async (const char *path, const char *type, const char *file, QlShrinkProgressFunc progress,
                       gpointer progress_data, GCancellable *cancellable, GAsyncReadyCallback callback,
                       gpointer data)
{
  Shrink *self = g_new0 (Shrink, 1);
  g_autoptr (GTask) task = start (self, cancellable, callback, data);

  self->path = g_strdup (path);
  self->file = g_strdup (file);
  self->type = g_intern_string (type);
  self->progress = progress;
  self->progress_data = progress_data;
  if (progress != NULL)
    {
      self->tell = g_timeout_source_new (TELL_MS);
      g_source_set_callback (self->tell, tell_cb, self, NULL);
      g_source_attach (self->tell, g_main_context_get_thread_default ());
    }
  g_task_set_source_tag (task, ql_model_shrink_async);
  g_task_run_in_thread (task, shrink_thread);
}

gboolean
ql_model_shrink_finish (GAsyncResult *result, GError **error)
{
  Shrink *self;

  g_return_val_if_fail (g_async_result_is_tagged (result, ql_model_shrink_async), FALSE);
  self = g_task_get_task_data (G_TASK (result));
  if (self->tell != NULL)
    {
      g_source_destroy (self->tell);
      g_clear_pointer (&self->tell, g_source_unref);
    }
  return g_task_propagate_boolean (G_TASK (result), error);
}
