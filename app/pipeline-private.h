#pragma once

#include "app/lab-trace-measures.h"
#include "app/lab-trace-private.h"
#include "app/pipeline.h"

/** QlMatrix: a tensor of two dimensions, or one; NULL values: there is none. */
typedef struct
{
  const float *values; /* [rows, columns] */
  int rows, columns;
} QlMatrix;

/** QlPipeline: pipeline.c makes it, pipeline-views.c its pictures. */
struct QlPipeline
{
  int ref_count;
  QlTrace *trace;
  const QlTraceData *data;
  GArray *stages; /* of QlStage */
  QlTraceMeasures measures;
  QlBeamTree *beams; /* (nullable) */

  const float *pixels; /* (nullable): [3, height, width] */
  int pixels_width, pixels_height;
  QlMatrix features; /* the image encoder's output: [1 + patches, width] */
  QlMatrix norms; /* of its rows, where the features are not there: [1 + patches, 1] */
  QlMatrix block_norms; /* [1 + blocks, 1 + patches] */
  QlMatrix queries; /* the Q-Former's output: [rows, width] */
  QlMatrix layer_norms; /* [1 + layers, rows] */
  QlMatrix projection; /* [queries, width] */
  QlMatrix logits; /* first ones: [1, vocabulary], or [1, the largest] with: */
  const float *logit_ids; /* (nullable): [largest] */
  int n_layers; /* of the Q-Former */
};
