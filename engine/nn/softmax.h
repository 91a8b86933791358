#pragma once

#include <glib.h>

/** b2_softmax: in place over @n values; -inf gives 0, at least one must be finite. */
void b2_softmax (float *x, gsize n);

/** b2_log_softmax: @out may be @x. Sums in f64. */
void b2_log_softmax (const float *x, gsize n, float *out);
