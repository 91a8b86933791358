#pragma once

#include "app/lab-trace.h"
#include "engine/b2.h"

/* What only app/ sees of a QlTrace: the engine's tensors in it. */

#define QL_TRACE_MAX_ROWS 2048 /* of the Q-Former: queries and text */

/**
 * ql_trace_new:
 * @trace: (transfer full): not to be changed any more
 * @picture: (nullable)
 * @name: for messages: the file
 *
 * Returns: (transfer full): %NULL with B2_ERROR_SHAPE or B2_ERROR_FORMAT
 */
QlTrace *ql_trace_new (B2Trace *trace, QlPicture *picture, const char *name, GError **error);

/**
 * ql_trace_new_for_answer:
 * @answer: with a trace that nobody else has; it is given more metadata: tokens with alternatives
 */
QlTrace *ql_trace_new_for_answer (B2Model *model, const B2Answer *answer, QlPicture *picture, GError **error);

/**
 * ql_trace_new_for_tokens:
 * @trace: (transfer full): of a replay
 * @tokens: (element-type QlSavedToken): the answer that was replayed, as it was kept
 */
QlTrace *ql_trace_new_for_tokens (B2Trace *trace, const GArray *tokens, QlPicture *picture, GError **error);

/** QlTraceData: the tensors, all of the sizes that the trace tells; owned by it. */
typedef struct
{
  int n_queries, n_layers, n_heads, n_patches, columns, rows;
  int n_rows; /* of the Q-Former: queries, and the instruction's tokens */
  int n_all_layers; /* of the Q-Former; 0: no self-attention in the trace */
  const float *cross; /* [n_layers, n_heads, n_queries, 1 + n_patches] */
  const float *self; /* (nullable): [n_all_layers, n_heads, n_rows, n_rows] */
  int n_tokens, n_lm_layers, n_lm_heads;
  const float *lm; /* (nullable): [n_tokens, n_lm_layers, n_lm_heads, n_queries] */
} QlTraceData;

const QlTraceData *ql_trace_data (QlTrace *self);
/** ql_trace_get_tensors: the engine's trace itself; only what QlTraceData has is checked. Returns: (transfer none) */
B2Trace *ql_trace_get_tensors (QlTrace *self);

/** QlTraceMaps: maps that are made of others, [n_layers, n_queries, stride] */
typedef struct
{
  float *values; /* of each map: CLS, patches, and for a rollout the share that is still query tokens */
  int stride;
} QlTraceMaps;

/** QlTraceMade: which of them. */
typedef enum
{
  QL_TRACE_MEAN,
  QL_TRACE_MAX,
  QL_TRACE_ROLLOUT,
  QL_TRACE_N_MADE,
} QlTraceMade;

/**
 * ql_trace_maps:
 *
 * computed once. Returns: (transfer none) (nullable): %NULL: a rollout without self-attention
 */
const QlTraceMaps *ql_trace_maps (QlTrace *self, QlTraceMade which);

/** ql_trace_peak: the largest patch of all of @which's maps (of all heads' maps: QL_TRACE_N_MADE); kept */
double ql_trace_peak (QlTrace *self, QlTraceMade which, gboolean without_outliers);
/**
 * ql_trace_outliers:
 *
 * Returns: (nullable) (transfer none): for each patch, whether it is one; %NULL: none is
 */
const guint8 *ql_trace_outliers (QlTrace *self);
