#include "engine/run/resample-weights.h"

#include <math.h>

#include "engine/core/error.h"

void
b2_axis_weights_clear (B2AxisWeights *self)
{
  g_clear_pointer (&self->windows, g_free);
  g_clear_pointer (&self->pairs, g_free);
}

/* Keys' cubic with a = -0.5, each step as Pillow writes it: the order of operations decides last bits. */
static double
bicubic (double x)
{
  x = fabs (x);
  if (x < 1.0)
    return ((-0.5 + 2.0) * x - (-0.5 + 3.0)) * x * x + 1;
  if (x < 2.0)
    return (((x - 5) * x + 8) * x - 4) * -0.5;
  return 0.0;
}

static void
set_tap (B2TapPair *pairs, int i, double weight)
{
  gint32 fixed = (gint32) (weight * (1 << B2_RESAMPLE_BITS) + (weight < 0 ? -0.5 : 0.5));
  gint32 low = fixed & 0x7fff;

  pairs[i / 2].low[i % 2] = (gint16) low;
  pairs[i / 2].high[i % 2] = (gint16) ((fixed - low) / 0x8000);
}

gboolean
b2_axis_weights_init (B2AxisWeights *self, int n_in, int n_out, GError **error)
{
  double scale = (double) n_in / n_out;
  double filter_scale = MAX (scale, 1.0);
  double support = 2.0 * filter_scale;
  gsize max_taps = (gsize) ceil (support) * 2 + 1;
  gsize max_pairs = (max_taps + 1) / 2;
  g_autofree double *taps = g_try_new (double, max_taps);
  gsize n_pairs = 0;

  self->n_out = n_out;
  self->windows = g_try_new (B2TapWindow, (gsize) n_out);
  self->pairs = g_try_new0 (B2TapPair, max_pairs * (gsize) n_out);
  if (taps == NULL || self->windows == NULL || self->pairs == NULL)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_NO_MEMORY, "not enough memory to resize %d to %d pixels", n_in,
                   n_out);
      return FALSE;
    }
  for (int x = 0; x < n_out; x++)
    {
      double centre = (x + 0.5) * scale;
      int first = MAX ((int) (centre - support + 0.5), 0);
      int n = MIN ((int) (centre + support + 0.5), n_in) - first;
      double sum = 0.0;

      for (int i = 0; i < n; i++)
        sum += taps[i] = bicubic ((i + first - centre + 0.5) * (1.0 / filter_scale));
      for (int i = 0; i < n; i++)
        set_tap (self->pairs + n_pairs, i, sum != 0.0 ? taps[i] / sum : taps[i]);
      self->windows[x] = (B2TapWindow){ first, n, n_pairs };
      n_pairs += (gsize) (n + 1) / 2;
    }
  return TRUE;
}
