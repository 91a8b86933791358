#pragma once

#include "engine/b2.h"

/** b2_trace_new: empty. Returns: (transfer full) */
B2Trace *b2_trace_new (void);
/** b2_trace_add: copies @values; @name must be new. */
void b2_trace_add (B2Trace *self, const char *name, const float *values, int n_dims, const gint64 *shape);
void b2_trace_set_metadata (B2Trace *self, const char *key, const char *value);
