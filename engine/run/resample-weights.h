#pragma once

#include <glib.h>

/* The weights of one axis of b2_resize_bicubic(): Pillow's, in its fixed point. */

#define B2_RESAMPLE_BITS 22
/* Sides beyond this are refused: keeps every index of an axis far from overflow. */
#define B2_RESAMPLE_MAX_PX (1 << 24)

/**
 * B2TapPair:
 *
 * A weight w of 22 fractional bits is kept as high·2^15 + low, and two taps side by
 * side, so that SSE2's 16-bit multiply-add does the work. Sums are taken modulo 2^32:
 * the parts may wrap, their total cannot, since the weights' magnitudes add up to less
 * than 1.5·2^22 and pixels are below 2^8.
 */
typedef struct
{
  gint16 low[2];
  gint16 high[2];
} B2TapPair;

/** B2TapWindow: the taps of one output pixel, from input pixel @first on. */
typedef struct
{
  int first;
  int n;
  gsize pairs; /* index into B2AxisWeights.pairs, (n + 1) / 2 of them; a last odd one has weight 0 */
} B2TapWindow;

typedef struct
{
  int n_out;
  B2TapWindow *windows; /* [n_out] */
  B2TapPair *pairs;
} B2AxisWeights;

/**
 * b2_axis_weights_init:
 * @n_in: pixels of the axis, 1 to %B2_RESAMPLE_MAX_PX
 * @n_out: pixels wanted, in the same limits
 *
 * Threads: any. Allocates: about 40 bytes per pixel of the longer of the two.
 *
 * Returns: %FALSE with B2_ERROR_NO_MEMORY; @self is to be cleared in any case
 */
gboolean b2_axis_weights_init (B2AxisWeights *self, int n_in, int n_out, GError **error);
void b2_axis_weights_clear (B2AxisWeights *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (B2AxisWeights, b2_axis_weights_clear)
