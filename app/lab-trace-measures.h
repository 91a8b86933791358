#pragma once

#include "app/session-state.h"
#include "engine/b2.h"

/** QlTraceMeasures: a trace's "timings" and "preprocess". Times that were not measured are NAN, bytes 0. */
typedef struct
{
  double preprocess_ms;
  double vision_ms, embed_ms;
  double *blocks_ms; /* (nullable): [n_blocks] */
  int n_blocks;
  double qformer_ms, image_ms; /* @image_ms: the image's keys and values, a part of @qformer_ms */
  double *layers_ms; /* (nullable): [n_layers] */
  int n_layers;
  double projection_ms, prefill_ms, decode_ms;
  gint64 vision_scratch, qformer_scratch; /* working memory at its peak */
  gint64 vision_weights, qformer_weights, projection_weights, lm_weights;
  gboolean has_colors;
  double rescale, mean[3], std[3]; /* pixel value = (pixel · rescale - mean) / std */
} QlTraceMeasures;

/** ql_trace_measures_read: what is damaged counts as not measured. */
void ql_trace_measures_read (B2Trace *trace, QlTraceMeasures *out);
void ql_trace_measures_clear (QlTraceMeasures *self);

/** ql_trace_measures_add: how long the answer took that a replay's @trace is of */
void ql_trace_measures_add (B2Trace *trace, const QlSavedTimings *timings);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (QlTraceMeasures, ql_trace_measures_clear)
