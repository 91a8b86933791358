#pragma once

#include "app/curve.h"
#include "app/engine-service.h"

/*
 * The jobs of QlEngineService that change a run: what becomes of an answer's probability, what would be
 * written instead. They leave the session as it was; nobody else's answer is touched. The service is not busy meanwhile
 * (its state and progress stay), since they are many and short; who asks is told how far they are.
 */

/** QlFractionFunc: called in the main context, at most every 33 ms; 0…1, never less than before */
typedef void (*QlFractionFunc) (double fraction, gpointer data);

/** QlScore: how probable the model holds an answer under an intervention. */
typedef struct
{
  double *log_probs; /* [n_tokens]: of each token after the ones before it */
  int n_tokens;
  double sum; /* of them */
  double *kept; /* [n_queries]: cosine of each query's output with that of the plain run */
  int n_queries;
  double seconds;
} QlScore;

QlScore *ql_score_new (int n_tokens, int n_queries);
void ql_score_free (QlScore *self);

/**
 * ql_engine_service_score_async:
 * @request: the answer; its own intervention is not regarded
 * @interventions: (element-type QlIntervention): each is scored, in this order
 * @progress: (nullable)
 */
void ql_engine_service_score_async (QlEngineService *self, QlPicture *picture, const QlTraceRequest *request,
                                    GPtrArray *interventions, GCancellable *cancellable,
                                    QlFractionFunc progress, gpointer progress_data,
                                    GAsyncReadyCallback callback, gpointer data);
/** ql_engine_service_score_finish: Returns: (transfer full) (element-type QlScore): %NULL as for asking */
GPtrArray *ql_engine_service_score_finish (QlEngineService *self, GAsyncResult *result, GError **error);

/** ql_engine_service_curve_async: @base: (nullable): what else is changed throughout */
void ql_engine_service_curve_async (QlEngineService *self, QlPicture *picture, const QlTraceRequest *request,
                                    QlMap *map, QlIntervention *base, const QlCurveOptions *options,
                                    GCancellable *cancellable, QlFractionFunc progress,
                                    gpointer progress_data, GAsyncReadyCallback callback, gpointer data);
/** ql_engine_service_curve_finish: Returns: (transfer full) */
QlCurve *ql_engine_service_curve_finish (QlEngineService *self, GAsyncResult *result, GError **error);

/** QlRewrite: what is written under an intervention. */
typedef struct
{
  QlAnswer *answer;
  QlTrace *trace;
} QlRewrite;

void ql_rewrite_free (QlRewrite *self);

/**
 * ql_engine_service_rewrite_async:
 * @request: what was asked; its tokens are not regarded
 * @style: as the first answer was written
 */
void ql_engine_service_rewrite_async (QlEngineService *self, QlPicture *picture,
                                      const QlTraceRequest *request, const QlAnswerStyle *style,
                                      QlIntervention *intervention, GCancellable *cancellable,
                                      QlFractionFunc progress, gpointer progress_data,
                                      GAsyncReadyCallback callback, gpointer data);
/** ql_engine_service_rewrite_finish: Returns: (transfer full) */
QlRewrite *ql_engine_service_rewrite_finish (QlEngineService *self, GAsyncResult *result, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlScore, ql_score_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlRewrite, ql_rewrite_free)
