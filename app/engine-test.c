#include "app/engine-test.h"

#include "app/engine-answer.h"
#include "app/engine-service-private.h"
#include "app/intervention-private.h"
#include "app/lab-trace-private.h"

QlScore *
ql_score_new (int n_tokens, int n_queries)
{
  QlScore *self = g_new0 (QlScore, 1);

  self->n_tokens = n_tokens;
  self->log_probs = g_new0 (double, n_tokens);
  self->n_queries = n_queries;
  self->kept = g_new0 (double, n_queries);
  return self;
}

void
ql_score_free (QlScore *self)
{
  if (self == NULL)
    return;
  g_free (self->log_probs);
  g_free (self->kept);
  g_free (self);
}

void
ql_rewrite_free (QlRewrite *self)
{
  if (self == NULL)
    return;
  ql_answer_free (self->answer);
  g_clear_object (&self->trace);
  g_free (self);
}

/* ---- what all have -------------------------------------------------------------------- */

/* What a test does in its session; leaves its output in the job, or an error. */
typedef void (*RunFunc) (B2Model *model, B2Session *session, QlEngineJob *job, const B2Watch *watch);

typedef struct
{
  RunFunc run;
  gpointer input; /* nullable */
  GDestroyNotify input_free;
  gpointer output;
} TestJob;

static void
test_job_free (gpointer data)
{
  TestJob *self = data;

  if (self->input != NULL)
    self->input_free (self->input);
  g_free (self);
}

static TestJob *
test_of (QlEngineJob *job)
{
  return job->request;
}

static gpointer
call (QlEngineWorker *worker, QlEngineJob *job, GError **error)
{
  B2Watch watch = ql_engine_worker_watch (worker, job);
  B2Model *model;
  B2Session *session = ql_engine_worker_session (worker, job, &model, error);

  if (session == NULL)
    return NULL;
  test_of (job)->run (model, session, job, &watch);
  return g_steal_pointer (&test_of (job)->output);
}

/* @input: (transfer full) (nullable) */
static QlEngineJob *
new_job (QlPicture *picture, const QlTraceRequest *request, RunFunc run, gpointer input,
         GDestroyNotify input_free, GDestroyNotify output_free)
{
  QlEngineJob *job = ql_engine_job_new (QL_JOB_CALL);
  TestJob *test = g_new0 (TestJob, 1);

  *test = (TestJob){ run, input, input_free, NULL };
  job->func = call;
  job->request = test;
  job->request_free = test_job_free;
  job->result_free = output_free;
  job->picture = g_object_ref (picture);
  job->question = g_strdup (request->question);
  job->prompt = g_strdup (request->prompt);
  if (request->tokens != NULL)
    job->tokens = g_array_ref ((GArray *) request->tokens);
  return job;
}

static void
report_to (QlEngineJob *job, QlFractionFunc progress, gpointer data)
{
  job->fraction = progress;
  job->fraction_data = data;
}

static char *
make_prompt (B2Model *model, const QlEngineJob *job)
{
  if (job->prompt != NULL)
    return g_strdup (job->prompt);
  return job->question != NULL ? b2_model_question_prompt (model, job->question) : NULL;
}

static gint32 *
make_ids (const QlEngineJob *job)
{
  gint32 *ids = g_new (gint32, job->tokens->len);

  for (guint i = 0; i < job->tokens->len; i++)
    ids[i] = g_array_index (job->tokens, QlSavedToken, i).id;
  return ids;
}

/* ---- scores ------------------------------------------------------------------------------ */

static QlScore *
score (B2Model *model, B2Session *session, QlEngineJob *job, const QlIntervention *intervention,
       const B2Watch *watch, GError **error)
{
  g_autofree char *prompt = make_prompt (model, job);
  g_autofree gint32 *ids = make_ids (job);
  B2GenerateHooks hooks = { .watch = *watch };
  gint64 start = g_get_monotonic_time ();
  g_autoptr (B2Replay) replay = NULL;
  g_autoptr (B2QueryReport) report = NULL;
  QlScore *self;

  if (!ql_intervention_apply (intervention, session, error))
    return NULL;
  replay = b2_session_replay (session, prompt, ids, (int) job->tokens->len, &hooks, error);
  if (replay != NULL)
    report = b2_session_report_queries (session, prompt, 0, watch, error);
  if (report == NULL)
    return NULL;
  self = ql_score_new (replay->n_tokens, report->n_query);
  for (int i = 0; i < self->n_tokens; i++)
    self->log_probs[i] = replay->log_probs[i];
  self->sum = replay->sum;
  for (int q = 0; q < self->n_queries; q++)
    self->kept[q] = (double) report->kept[q];
  self->seconds = (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
  return self;
}

static void
run_scores (B2Model *model, B2Session *session, QlEngineJob *job, const B2Watch *watch)
{
  GPtrArray *interventions = test_of (job)->input;
  g_autoptr (GPtrArray) scores = g_ptr_array_new_with_free_func ((GDestroyNotify) ql_score_free);

  g_atomic_int_set (&job->n_parts, (int) interventions->len);
  for (guint i = 0; i < interventions->len && job->error == NULL; i++)
    {
      QlScore *one;

      g_atomic_int_set (&job->part, (int) i);
      one = score (model, session, job, interventions->pdata[i], watch, &job->error);
      if (one != NULL)
        g_ptr_array_add (scores, one);
    }
  ql_intervention_apply (NULL, session, NULL);
  if (job->error == NULL)
    test_of (job)->output = g_steal_pointer (&scores);
}

void
ql_engine_service_score_async (QlEngineService *self, QlPicture *picture, const QlTraceRequest *request,
                               GPtrArray *interventions, GCancellable *cancellable, QlFractionFunc progress,
                               gpointer progress_data, GAsyncReadyCallback callback, gpointer data)
{
  QlEngineJob *job;

  g_return_if_fail (QL_IS_ENGINE_SERVICE (self) && QL_IS_PICTURE (picture));
  g_return_if_fail (request->tokens != NULL && request->tokens->len > 0 && interventions->len > 0);
  job = new_job (picture, request, run_scores, g_ptr_array_ref (interventions),
                 (GDestroyNotify) g_ptr_array_unref, (GDestroyNotify) g_ptr_array_unref);
  report_to (job, progress, progress_data);
  ql_engine_service_submit (self, job, cancellable, callback, data, ql_engine_service_score_async);
}

GPtrArray *
ql_engine_service_score_finish (QlEngineService *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, ql_engine_service_score_async), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- faithfulness ---------------------------------------------------------------------------- */

typedef struct
{
  QlMap *map;
  QlIntervention *base;
  QlCurveOptions options;
} CurveInput;

static void
curve_input_free (gpointer data)
{
  CurveInput *self = data;

  ql_map_unref (self->map);
  ql_intervention_unref (self->base);
  g_free (self);
}

typedef struct
{
  B2Session *session;
  QlEngineJob *job;
  const B2Watch *watch;
  const char *prompt;
  const gint32 *ids;
  const CurveInput *input;
  QlCurveData data;
} CurveRun;

/* From the point @first on @n points of an order (-1: the map's). */
static gboolean
run_order (CurveRun *run, QlCurveKind kind, int draw, int first, int n, double *sums)
{
  g_autofree int *order = ql_curve_order (run->input->map, draw);
  int n_patches = run->data.counts[run->data.n_points - 1];
  B2Curve curve = { .kind = kind == QL_CURVE_DELETION ? B2_CURVE_DELETION : B2_CURVE_INSERTION,
                    .order = order,
                    .n_order = n_patches,
                    .counts = run->data.counts + first,
                    .n_counts = n,
                    .grey = run->input->options.grey,
                    .drop_cls = !run->input->options.keep_cls };
  gboolean ok = n < 1
                || b2_session_faithfulness (run->session, run->prompt, run->ids, (int) run->job->tokens->len,
                                            &curve, sums + first, run->watch, &run->job->error);

  g_atomic_int_inc (&run->job->part);
  return ok;
}

/* Where nothing or everything is there, all orders are the same. */
static gboolean
run_ends (CurveRun *run)
{
  int last = run->data.n_points - 1;
  double *map = run->data.map[QL_CURVE_DELETION];

  if (!run_order (run, QL_CURVE_DELETION, -1, 0, 1, map)
      || !run_order (run, QL_CURVE_DELETION, -1, last, 1, map))
    return FALSE;
  for (int i = -1; i < QL_CURVE_DRAWS; i++)
    {
      double (*sums)[QL_CURVE_POINTS] = i < 0 ? run->data.map : run->data.random[i];

      sums[QL_CURVE_DELETION][0] = sums[QL_CURVE_INSERTION][last] = map[0];
      sums[QL_CURVE_DELETION][last] = sums[QL_CURVE_INSERTION][0] = map[last];
    }
  return TRUE;
}

static void
run_curve (B2Model *model, B2Session *session, QlEngineJob *job, const B2Watch *watch)
{
  const CurveInput *input = test_of (job)->input;
  g_autofree char *prompt = make_prompt (model, job);
  g_autofree gint32 *ids = make_ids (job);
  CurveRun run = { session, job, watch, prompt, ids, input, { 0 } };
  gboolean ok;

  run.data.n_points
      = ql_curve_counts (ql_map_get_columns (input->map) * ql_map_get_rows (input->map), run.data.counts);
  g_atomic_int_set (&job->n_parts, 2 + 2 * (1 + QL_CURVE_DRAWS));
  ok = ql_intervention_apply (input->base, session, &job->error) && run_ends (&run);
  for (int draw = -1; ok && draw < QL_CURVE_DRAWS; draw++)
    for (int kind = 0; ok && kind < 2; kind++)
      ok = run_order (&run, (QlCurveKind) kind, draw, 1, run.data.n_points - 2,
                      draw < 0 ? run.data.map[kind] : run.data.random[draw][kind]);
  ql_intervention_apply (NULL, session, NULL);
  if (!ok)
    return;
  test_of (job)->output = ql_curve_new (input->map, input->base, &input->options, &run.data);
}

void
ql_engine_service_curve_async (QlEngineService *self, QlPicture *picture, const QlTraceRequest *request,
                               QlMap *map, QlIntervention *base, const QlCurveOptions *options,
                               GCancellable *cancellable, QlFractionFunc progress, gpointer progress_data,
                               GAsyncReadyCallback callback, gpointer data)
{
  QlEngineJob *job;
  CurveInput *input;
  QlInterventionSizes sizes;

  g_return_if_fail (QL_IS_ENGINE_SERVICE (self) && QL_IS_PICTURE (picture));
  g_return_if_fail (request->tokens != NULL && request->tokens->len > 0);
  ql_intervention_sizes_of (ql_map_get_trace (map), &sizes);
  input = g_new0 (CurveInput, 1);
  input->map = ql_map_ref (map);
  input->base = base != NULL ? ql_intervention_ref (base) : ql_intervention_new (&sizes);
  input->options = *options;
  job = new_job (picture, request, run_curve, input, curve_input_free, (GDestroyNotify) ql_curve_unref);
  report_to (job, progress, progress_data);
  ql_engine_service_submit (self, job, cancellable, callback, data, ql_engine_service_curve_async);
}

QlCurve *
ql_engine_service_curve_finish (QlEngineService *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, ql_engine_service_curve_async), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- another answer ------------------------------------------------------------------------------ */

/* Written first and then read once more for its trace: the way in which every trace is made. */
static void
run_rewrite (B2Model *model, B2Session *session, QlEngineJob *job, const B2Watch *watch)
{
  B2GenerateHooks hooks = { .watch = *watch };
  g_autoptr (QlRewrite) rewrite = g_new0 (QlRewrite, 1);

  if (ql_intervention_apply (job->intervention, session, &job->error))
    rewrite->answer = ql_engine_answer (model, session, job, &hooks, &job->error);
  ql_intervention_apply (NULL, session, NULL);
  if (rewrite->answer == NULL)
    return;
  if (rewrite->answer->tokens->len > 0)
    {
      g_clear_pointer (&job->tokens, g_array_unref);
      job->tokens = g_array_ref (rewrite->answer->tokens);
      hooks.keep_trace = TRUE;
      rewrite->trace = ql_engine_trace (model, session, job, &hooks, &job->error);
      if (rewrite->trace == NULL)
        return;
    }
  test_of (job)->output = g_steal_pointer (&rewrite);
}

void
ql_engine_service_rewrite_async (QlEngineService *self, QlPicture *picture, const QlTraceRequest *request,
                                 const QlAnswerStyle *style, QlIntervention *intervention,
                                 GCancellable *cancellable, QlFractionFunc progress, gpointer progress_data,
                                 GAsyncReadyCallback callback, gpointer data)
{
  QlEngineJob *job;

  g_return_if_fail (QL_IS_ENGINE_SERVICE (self) && QL_IS_PICTURE (picture));
  job = new_job (picture, request, run_rewrite, NULL, NULL, (GDestroyNotify) ql_rewrite_free);
  report_to (job, progress, progress_data);
  job->style = *style;
  job->intervention = ql_intervention_ref (intervention);
  ql_engine_service_submit (self, job, cancellable, callback, data, ql_engine_service_rewrite_async);
}

QlRewrite *
ql_engine_service_rewrite_finish (QlEngineService *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, ql_engine_service_rewrite_async), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
