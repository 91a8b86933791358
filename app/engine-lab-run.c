#include <glib/gi18n.h>
#include <string.h>

#include "app/engine-answer.h"
#include "app/engine-lab-private.h"
#include "app/lab-trace-private.h"
#include "app/model-name.h"

/* The looks into the model, on the engine's thread. */

void
ql_lab_job_free (gpointer data)
{
  QlLabJob *self = data;

  g_free (self->text);
  g_free (self->cells);
  g_free (self);
}

gpointer
ql_lab_run_report (QlEngineWorker *worker, QlEngineJob *job, GError **error)
{
  const QlLabJob *lab = job->request;
  B2Watch watch = ql_engine_worker_watch (worker, job);
  B2Model *model;
  B2Session *session = ql_engine_worker_session (worker, job, &model, error);
  g_autoptr (B2QueryReport) report = NULL;

  if (session != NULL)
    report = b2_session_report_queries (session, job->prompt, lab->n_near, &watch, error);
  return report != NULL ? ql_query_report_new (model, report) : NULL;
}

gpointer
ql_lab_run_caption (QlEngineWorker *worker, QlEngineJob *job, GError **error)
{
  const QlLabJob *lab = job->request;
  B2GenerateHooks hooks = { .watch = ql_engine_worker_watch (worker, job) };
  B2Model *model;
  B2Session *session = ql_engine_worker_session (worker, job, &model, error);
  g_autofree int *muted = NULL;
  g_autoptr (B2Answer) answer = NULL;
  B2Intervention others = { 0 };
  B2DecodeOptions options;
  int n;

  if (session == NULL)
    return NULL;
  n = b2_model_info (model)->n_query;
  if (lab->query < 0 || lab->query >= n)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_ARGUMENT, "query %d: there are 0 to %d", lab->query, n - 1);
      return NULL;
    }
  muted = g_new (int, n);
  for (int i = 0; i < n; i++)
    if (i != lab->query)
      muted[others.n_queries++] = i;
  others.queries = muted;
  ql_engine_style_options (&job->style, &options);
  if (b2_session_set_intervention (session, &others, error))
    answer = b2_session_generate (session, job->prompt, &options, &hooks, error);
  b2_session_set_intervention (session, NULL, NULL);
  return answer != NULL ? g_utf8_make_valid (answer->text, -1) : NULL;
}

/* ---- matching ------------------------------------------------------------------------------ */

/* The maps of the queries, with no words: the text is one that was given, not written. */
static QlTrace *
make_trace (B2Trace *trace, QlPicture *picture, GError **error)
{
  b2_trace_set_metadata (trace, "tokens", "[]");
  return ql_trace_new (b2_trace_ref (trace), picture, "the match's trace", error);
}

gpointer
ql_lab_run_match (QlEngineWorker *worker, QlEngineJob *job, GError **error)
{
  const QlLabJob *lab = job->request;
  B2Watch watch = ql_engine_worker_watch (worker, job);
  B2Model *model;
  B2Session *session = ql_engine_worker_match_session (worker, job, &model, error);
  g_autoptr (B2MatchDetail) detail = NULL;
  g_autoptr (QlMatchReport) report = NULL;

  if (session != NULL)
    detail = b2_session_match_detail (session, lab->text, TRUE, &watch, error);
  if (detail == NULL)
    return NULL;
  report = g_new0 (QlMatchReport, 1);
  report->text = g_strdup (lab->text);
  report->model_name = ql_model_name (b2_model_info (model)->dir);
  report->itm = (double) detail->match.itm;
  report->itc = (double) detail->match.itc;
  report->itc_query = detail->match.itc_query;
  report->n_queries = detail->n_query;
  report->cosines = g_new (double, detail->n_query);
  for (int i = 0; i < detail->n_query; i++)
    report->cosines[i] = (double) detail->itc[i];
  report->trace = make_trace (detail->trace, job->picture, error);
  return report->trace != NULL ? g_steal_pointer (&report) : NULL;
}

/* ---- masks ----------------------------------------------------------------------------------- */

static gboolean
run_mask (B2Session *session, const char *text, gboolean written, const guint8 *cells, int n_rows,
          QlMaskScore *score, const B2Watch *watch, GError **error)
{
  g_autoptr (B2MaskRun) run
      = b2_session_run_masked (session, text, written, cells, n_rows, FALSE, watch, error);

  if (run == NULL)
    return FALSE;
  score->itm = (double) run->itm;
  score->itc = (double) run->itc_best;
  score->itc_query = run->itc_query;
  score->log_probs = g_steal_pointer (&run->log_probs);
  score->sum = run->sum;
  return TRUE;
}

static gboolean
run_presets (B2Session *session, const QlLabJob *lab, QlMaskRuns *runs, const B2Watch *watch, GError **error)
{
  int n = runs->n_query + runs->n_text;
  g_autofree guint8 *cells = g_new (guint8, (gsize) n * (gsize) n);

  for (int i = 0; i < QL_MASK_N_PRESETS; i++)
    {
      gboolean written = i == QL_MASK_ITG && runs->write_token != NULL;

      ql_mask_fill ((QlMaskPreset) i, runs->n_query, runs->n_text, cells);
      if (!run_mask (session, lab->text, written, cells, n, &runs->presets[i], watch, error))
        return FALSE;
    }
  runs->has_presets = TRUE;
  return TRUE;
}

static gboolean
read_text (B2Model *model, const char *text, QlMaskRuns *runs, GError **error)
{
  B2TextTokens tokens, written;

  if (!b2_model_text_rows (model, text, FALSE, &tokens, error))
    return FALSE;
  runs->n_text = tokens.n;
  runs->tokens = g_strdupv (tokens.pieces);
  b2_text_tokens_clear (&tokens);
  if (b2_model_text_rows (model, text, TRUE, &written, NULL))
    {
      runs->write_token = g_strdup (written.pieces[0]);
      b2_text_tokens_clear (&written);
    }
  return TRUE;
}

gpointer
ql_lab_run_masks (QlEngineWorker *worker, QlEngineJob *job, GError **error)
{
  const QlLabJob *lab = job->request;
  B2Watch watch = ql_engine_worker_watch (worker, job);
  B2Model *model;
  B2Session *session = ql_engine_worker_match_session (worker, job, &model, error);
  g_autoptr (QlMaskRuns) runs = NULL;

  if (session == NULL)
    return NULL;
  runs = g_new0 (QlMaskRuns, 1);
  runs->model_name = ql_model_name (b2_model_info (model)->dir);
  runs->n_query = b2_model_info (model)->n_query;
  if (!read_text (model, lab->text, runs, error)
      || (lab->presets && !run_presets (session, lab, runs, &watch, error)))
    return NULL;
  if (lab->cells != NULL)
    {
      if (!run_mask (session, lab->text, lab->written && runs->write_token != NULL, lab->cells, lab->n_rows,
                     &runs->own, &watch, error))
        return NULL;
      runs->has_own = TRUE;
    }
  return g_steal_pointer (&runs);
}
