#pragma once

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <jansson.h>

#include "engine/b2.h"
#include "engine/io/safetensors.h"
#include "tests/engine/model-folder.h"

/** golden_picture: a lossless picture without alpha. Returns: (transfer full) */
GdkPixbuf *golden_picture (const char *path);

void golden_set_image (B2Session *session, GdkPixbuf *picture);

/**
 * GoldenErrors: the largest difference seen for each kind of tensor, told at the end.
 */
typedef struct GoldenErrors GoldenErrors;

GoldenErrors *golden_errors_new (void);
/** golden_errors_tell: prints "kind: largest error (asked for)" as TAP diagnostics, and frees. */
void golden_errors_tell (GoldenErrors *self, const char *title);

/** golden_compare: @n values against tensor @name of @file; fails above @tolerance. */
void golden_compare (GoldenErrors *errors, const char *kind, B2Safetensors *file, const char *name,
                     const float *values, gsize n, double tolerance);
/** golden_compare_values: the same against given values. */
void golden_compare_values (GoldenErrors *errors, const char *kind, const char *name, const float *expected,
                            const float *values, gsize n, double tolerance);
/** golden_compare_trace: the trace's tensor @trace_name against tensor @name of @file. */
void golden_compare_trace (GoldenErrors *errors, const char *kind, B2Safetensors *file, const char *name,
                           B2Trace *trace, const char *trace_name, double tolerance);

/** golden_assert_ids: the answer's token ids against a JSON array. */
void golden_assert_ids (const char *what, const B2Answer *answer, const json_t *ids);
