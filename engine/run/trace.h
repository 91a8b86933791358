#pragma once

#include "engine/b2.h"
#include "engine/io/safetensors.h"

/** B2TraceTensor: @values of the product of @shape; owned. */
typedef struct
{
  char *name;
  float *values;
  gsize n_values;
  int n_dims;
  gint64 shape[B2_MAX_DIMS];
} B2TraceTensor;

/** B2Trace: see engine/b2.h. trace.c holds it, trace-save.c and trace-open.c are its files. */
struct B2Trace
{
  gint n_refs; /* atomic */
  GPtrArray *tensors; /* of B2TraceTensor */
  GHashTable *metadata; /* string to string */
  GHashTable *bytes; /* string to GBytes */
};

#define B2_TRACE_FORMAT "qlens-trace"

/** b2_trace_new: empty. Returns: (transfer full) */
B2Trace *b2_trace_new (void);
/** b2_trace_add: copies @values; @name must be new. */
void b2_trace_add (B2Trace *self, const char *name, const float *values, int n_dims, const gint64 *shape);
/** b2_trace_find: Returns: (nullable) (transfer none) */
B2TraceTensor *b2_trace_find (B2Trace *self, const char *name);
/**
 * b2_trace_reserve:
 *
 * A tensor whose values are still to be written.
 *
 * Returns: (transfer none) (nullable): %NULL with B2_ERROR_NO_MEMORY
 */
B2TraceTensor *b2_trace_reserve (B2Trace *self, const char *name, int n_dims, const gint64 *shape,
                                 gsize n_values, GError **error);
