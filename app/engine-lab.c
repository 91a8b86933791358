#include "app/engine-lab.h"

#include "app/engine-lab-private.h"
#include "app/engine-service-private.h"

void
ql_match_report_free (QlMatchReport *self)
{
  if (self == NULL)
    return;
  g_free (self->text);
  g_free (self->model_name);
  g_free (self->cosines);
  g_clear_object (&self->trace);
  g_free (self);
}

void
ql_mask_runs_free (QlMaskRuns *self)
{
  if (self == NULL)
    return;
  g_free (self->model_name);
  g_strfreev (self->tokens);
  g_free (self->write_token);
  for (int i = 0; i < QL_MASK_N_PRESETS; i++)
    g_free (self->presets[i].log_probs);
  g_free (self->own.log_probs);
  g_free (self);
}

const char *
ql_mask_preset_to_string (QlMaskPreset preset)
{
  static const char *const names[] = { "itc", "itm", "itg" };

  g_return_val_if_fail ((guint) preset < G_N_ELEMENTS (names), "");
  return names[preset];
}

gboolean
ql_mask_preset_parse (const char *name, QlMaskPreset *preset)
{
  for (int i = 0; i < QL_MASK_N_PRESETS; i++)
    if (g_str_equal (ql_mask_preset_to_string ((QlMaskPreset) i), name))
      {
        *preset = (QlMaskPreset) i;
        return TRUE;
      }
  return FALSE;
}

void
ql_mask_fill (QlMaskPreset preset, int n_query, int n_text, guint8 *cells)
{
  static const B2MaskPreset presets[] = { B2_MASK_ITC, B2_MASK_ITM, B2_MASK_ITG };

  g_return_if_fail ((guint) preset < G_N_ELEMENTS (presets));
  b2_mask_fill (presets[preset], n_query, n_text, cells);
}

/* ---- requests --------------------------------------------------------------------------- */

static QlEngineJob *
new_job (QlPicture *picture, QlJobFunc func, GDestroyNotify result_free)
{
  QlEngineJob *job = ql_engine_job_new (QL_JOB_CALL);

  job->picture = g_object_ref (picture);
  job->func = func;
  job->request = g_new0 (QlLabJob, 1);
  job->request_free = ql_lab_job_free;
  job->result_free = result_free;
  return job;
}

static gpointer
finish (GAsyncResult *result, gpointer tag, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, tag), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
ql_engine_service_report_queries_async (QlEngineService *self, QlPicture *picture, const char *prompt,
                                        int n_near, GCancellable *cancellable, GAsyncReadyCallback callback,
                                        gpointer data)
{
  QlEngineJob *job;

  g_return_if_fail (QL_IS_ENGINE_SERVICE (self) && QL_IS_PICTURE (picture));
  job = new_job (picture, ql_lab_run_report, (GDestroyNotify) ql_query_report_unref);
  job->prompt = g_strdup (prompt);
  ((QlLabJob *) job->request)->n_near = n_near;
  ql_engine_service_submit (self, job, cancellable, callback, data, ql_engine_service_report_queries_async);
}

QlQueryReport *
ql_engine_service_report_queries_finish (QlEngineService *self, GAsyncResult *result, GError **error)
{
  return finish (result, ql_engine_service_report_queries_async, error);
}

void
ql_engine_service_caption_query_async (QlEngineService *self, QlPicture *picture, int query,
                                       const char *prompt, const QlAnswerStyle *style,
                                       GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  QlEngineJob *job;

  g_return_if_fail (QL_IS_ENGINE_SERVICE (self) && QL_IS_PICTURE (picture));
  job = new_job (picture, ql_lab_run_caption, g_free);
  job->prompt = g_strdup (prompt);
  job->style = *style;
  ((QlLabJob *) job->request)->query = query;
  ql_engine_service_submit (self, job, cancellable, callback, data, ql_engine_service_caption_query_async);
}

char *
ql_engine_service_caption_query_finish (QlEngineService *self, GAsyncResult *result, GError **error)
{
  return finish (result, ql_engine_service_caption_query_async, error);
}

void
ql_engine_service_match_async (QlEngineService *self, QlPicture *picture, const char *text,
                               GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  QlEngineJob *job;

  g_return_if_fail (QL_IS_ENGINE_SERVICE (self) && QL_IS_PICTURE (picture) && text != NULL);
  job = new_job (picture, ql_lab_run_match, (GDestroyNotify) ql_match_report_free);
  ((QlLabJob *) job->request)->text = g_strdup (text);
  ql_engine_service_submit (self, job, cancellable, callback, data, ql_engine_service_match_async);
}

QlMatchReport *
ql_engine_service_match_finish (QlEngineService *self, GAsyncResult *result, GError **error)
{
  return finish (result, ql_engine_service_match_async, error);
}

void
ql_engine_service_run_masks_async (QlEngineService *self, QlPicture *picture, const QlMaskRequest *request,
                                   GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  QlEngineJob *job;
  QlLabJob *lab;

  g_return_if_fail (QL_IS_ENGINE_SERVICE (self) && QL_IS_PICTURE (picture) && request->text != NULL);
  job = new_job (picture, ql_lab_run_masks, (GDestroyNotify) ql_mask_runs_free);
  lab = job->request;
  lab->text = g_strdup (request->text);
  lab->presets = request->presets;
  lab->written = request->written;
  if (request->cells != NULL)
    {
      lab->n_rows = request->n_rows;
      lab->cells = g_memdup2 (request->cells, (gsize) request->n_rows * (gsize) request->n_rows);
    }
  ql_engine_service_submit (self, job, cancellable, callback, data, ql_engine_service_run_masks_async);
}

QlMaskRuns *
ql_engine_service_run_masks_finish (QlEngineService *self, GAsyncResult *result, GError **error)
{
  return finish (result, ql_engine_service_run_masks_async, error);
}
