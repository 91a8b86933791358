#include "engine/run/laps.h"

#include <math.h>

double
b2_ms_since (gint64 start)
{
  return (double) (g_get_monotonic_time () - start) / 1000.0;
}

static void
told (int n_done, const float *rows, gsize n_rows, gsize width, gpointer data)
{
  B2Laps *self = data;
  gint64 now = g_get_monotonic_time ();

  if (n_done > self->n_blocks || n_rows != self->n_rows)
    return;
  self->ms[n_done] = (double) (now - self->start) / 1000.0;
  for (gsize r = 0; r < n_rows; r++)
    {
      double sum = 0;

      for (gsize i = 0; i < width; i++)
        sum += (double) rows[r * width + i] * (double) rows[r * width + i];
      self->norms[(gsize) n_done * n_rows + r] = (float) sqrt (sum);
    }
  self->start = g_get_monotonic_time ();
}

B2Observer
b2_laps_begin (B2Laps *self, int n_blocks, gsize n_rows)
{
  b2_laps_clear (self);
  self->n_blocks = n_blocks;
  self->n_rows = n_rows;
  self->ms = g_new0 (double, n_blocks + 1);
  self->norms = g_new0 (float, ((gsize) n_blocks + 1) * n_rows);
  self->start = g_get_monotonic_time ();
  return (B2Observer){ told, self };
}

void
b2_laps_clear (B2Laps *self)
{
  g_free (self->ms);
  g_free (self->norms);
  *self = (B2Laps){ 0 };
}
