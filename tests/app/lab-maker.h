#pragma once

#include "app/attention-map.h"
#include "app/lab-trace-private.h"
#include "engine/run/trace.h"

/** LabSizes: of a trace made up for a test. */
typedef struct
{
  int layers, all_layers, heads, queries, rows, columns; /* rows, columns: of the patches */
  int extra_rows; /* of an instruction */
  int tokens, lm_layers, lm_heads;
  int vision_width, lm_width, qformer_width, vocabulary, pixels_a_patch;
} LabSizes;

extern const LabSizes lab_small; /* some thousand values */
extern const LabSizes lab_full; /* those of blip2-opt-2.7b with 30 new tokens */

/** lab_make: random attention with rows that sum to 1, all tensors and metadata; the same every time. */
B2Trace *lab_make (const LabSizes *sizes);
/** lab_make_uniform: as lab_make(), but every patch and CLS has the same; then lab_set() */
B2Trace *lab_make_uniform (const LabSizes *sizes);
/** lab_values: Returns: the values of a tensor, to be changed before the trace is used */
float *lab_values (B2Trace *trace, const char *name);
/** lab_trace: asserts that it is sound. @trace: (transfer full) */
QlTrace *lab_trace (B2Trace *trace);
/** lab_demo: of the demo model and a sample picture. Returns: (transfer full) */
QlTrace *lab_demo (const char *sample, const char *question);
/** lab_picture: (transfer full): colours that change over it */
QlPicture *lab_picture (int width, int height);
