#pragma once

#include "app/engine-service.h"

/*
 * What the model can be asked about its insides: what each query says, how a text matches, and what the Q-Former makes of
 * masks. All of it runs on the engine's thread, as the service's other requests, can be cancelled through its
 * GCancellable, and leaves the session as it was.
 *
 * Matching needs a retrieval model. Where the model that is open is none, the one that ships with Qlens is opened
 * beside it, if there is memory for it, and stays open until the service's model is closed.
 */

/* ---- what a query says --------------------------------------------------------------- */

/** QlNearToken: a word (or part of one) of the language model's vocabulary. */
typedef struct
{
  char *text; /* stripped; may be empty: a space, an end mark */
  double cosine; /* with the query's projected row */
} QlNearToken;

/** QlSimilarity: of which rows. */
typedef enum
{
  QL_SIMILARITY_OUTPUT, /* the Q-Former's outputs */
  QL_SIMILARITY_PROJECTED, /* the soft prompt's rows: what the language model reads */
} QlSimilarity;

/** QlQueryReport: reference counted, immutable. */
typedef struct QlQueryReport QlQueryReport;

QlQueryReport *ql_query_report_ref (QlQueryReport *self);
void ql_query_report_unref (QlQueryReport *self);
int ql_query_report_get_n_queries (QlQueryReport *self);
/** ql_query_report_get_near: best first. Returns: (transfer none) (nullable): %NULL for models without a projection */
const QlNearToken *ql_query_report_get_near (QlQueryReport *self, int query, int *n_near);
/** ql_query_report_has: whether there are rows of that kind */
gboolean ql_query_report_has (QlQueryReport *self, QlSimilarity which);
/** ql_query_report_get_similarity: cosine, −1…1 */
double ql_query_report_get_similarity (QlQueryReport *self, QlSimilarity which, int a, int b);
/** ql_query_report_get_likest: the query that is most like @query. Returns: -1: there is no other */
int ql_query_report_get_likest (QlQueryReport *self, QlSimilarity which, int query);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlQueryReport, ql_query_report_unref)

/**
 * ql_engine_service_report_queries_async:
 * @prompt: (nullable): what the model read before the answer
 * @n_near: tokens for each query
 */
void ql_engine_service_report_queries_async (QlEngineService *self, QlPicture *picture, const char *prompt,
                                             int n_near, GCancellable *cancellable,
                                             GAsyncReadyCallback callback, gpointer data);
/** ql_engine_service_report_queries_finish: Returns: (transfer full): %NULL as ql_engine_service_ask_finish() */
QlQueryReport *ql_engine_service_report_queries_finish (QlEngineService *self, GAsyncResult *result,
                                                        GError **error);

/**
 * ql_engine_service_caption_query_async:
 * @prompt: (nullable): as for the answer that is looked at
 * @style: how to write
 *
 * What the model writes where every query but @query is muted (its row of the soft prompt is zero).
 */
void ql_engine_service_caption_query_async (QlEngineService *self, QlPicture *picture, int query,
                                            const char *prompt, const QlAnswerStyle *style,
                                            GCancellable *cancellable, GAsyncReadyCallback callback,
                                            gpointer data);
/** ql_engine_service_caption_query_finish: Returns: (transfer full): the text */
char *ql_engine_service_caption_query_finish (QlEngineService *self, GAsyncResult *result, GError **error);

/* ---- matching ---------------------------------------------------------------------------- */

/** QlMatchReport: */
typedef struct
{
  char *text;
  char *model_name; /* whose opinion it is */
  double itm; /* probability that text and picture match */
  double itc; /* the largest cosine of the queries with the text */
  int itc_query; /* whose that is */
  int n_queries;
  double *cosines; /* [n_queries] */
  QlTrace *trace; /* of the queries alone, which ITC compares: where they look; it has no words */
} QlMatchReport;

void ql_match_report_free (QlMatchReport *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlMatchReport, ql_match_report_free)

void ql_engine_service_match_async (QlEngineService *self, QlPicture *picture, const char *text,
                                    GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
/**
 * ql_engine_service_match_finish:
 *
 * Returns: (transfer full): %NULL with an error of the engine, QL_MODEL_ERROR_NO_ROOM, G_IO_ERROR_NOT_FOUND (there is no
 *   retrieval model) or G_IO_ERROR_CANCELLED
 */
QlMatchReport *ql_engine_service_match_finish (QlEngineService *self, GAsyncResult *result, GError **error);

/* ---- masks -------------------------------------------------------------------------------- */

/** QlMaskPreset: the masks of Figure 2 of the paper, arXiv:2301.12597. */
typedef enum
{
  QL_MASK_ITC,
  QL_MASK_ITM,
  QL_MASK_ITG,
} QlMaskPreset;

#define QL_MASK_N_PRESETS 3

/** ql_mask_preset_to_string: "itc", "itm", "itg" */
const char *ql_mask_preset_to_string (QlMaskPreset preset);
/** ql_mask_preset_parse: Returns: %FALSE: another name */
gboolean ql_mask_preset_parse (const char *name, QlMaskPreset *preset);

/** ql_mask_fill: @cells: (out caller-allocates): [n_query + n_text, n_query + n_text], 1 where a row sees a column */
void ql_mask_fill (QlMaskPreset preset, int n_query, int n_text, guint8 *cells);

/** QlMaskScore: what comes of one pass under one mask. */
typedef struct
{
  double itm; /* probability that text and picture match */
  double itc; /* the largest cosine of a query with the text's first row */
  int itc_query;
  double *log_probs; /* (nullable): [n_text - 1]: of text token i + 1, told at row i; natural logarithm */
  double sum; /* of @log_probs */
} QlMaskScore;

/** QlMaskRuns: */
typedef struct
{
  char *model_name;
  int n_query, n_text;
  GStrv tokens; /* [n_text]: as the vocabulary spells them; the first is that of reading, "[CLS]" */
  char *write_token; /* (nullable): the first one's of writing, "[DEC]"; %NULL: the model writes no text */
  gboolean has_presets;
  QlMaskScore presets[QL_MASK_N_PRESETS];
  gboolean has_own;
  QlMaskScore own;
} QlMaskRuns;

void ql_mask_runs_free (QlMaskRuns *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlMaskRuns, ql_mask_runs_free)

/** QlMaskRequest: copied where it is handed over. */
typedef struct
{
  const char *text;
  gboolean presets; /* run the three of them */
  const guint8 *cells; /* (nullable): and this one: [n_rows, n_rows] */
  int n_rows;
  gboolean written; /* for @cells: the text begins as where it is written; ITG's does */
} QlMaskRequest;

void ql_engine_service_run_masks_async (QlEngineService *self, QlPicture *picture,
                                        const QlMaskRequest *request, GCancellable *cancellable,
                                        GAsyncReadyCallback callback, gpointer data);
/** ql_engine_service_run_masks_finish: Returns: (transfer full): %NULL as ql_engine_service_match_finish() */
QlMaskRuns *ql_engine_service_run_masks_finish (QlEngineService *self, GAsyncResult *result, GError **error);
