#include <math.h>
#include <string.h>

#include "app/lab-trace-store.h"

/* ---- over the heads --------------------------------------------------------------------- */

static void
combine_heads (const QlTraceData *d, QlTraceMade which, QlTraceMaps *maps)
{
  gsize n = (gsize) d->n_patches + 1;
  gsize n_map = n * (gsize) d->n_queries;

  maps->stride = (int) n;
  maps->values = g_new0 (float, (gsize) d->n_layers *n_map);
  for (int layer = 0; layer < d->n_layers; layer++)
    {
      float *out = maps->values + (gsize) layer * n_map;

      for (int head = 0; head < d->n_heads; head++)
        {
          const float *in = d->cross + ((gsize) layer * (gsize) d->n_heads + (gsize) head) * n_map;

          if (which == QL_TRACE_MEAN)
            for (gsize i = 0; i < n_map; i++)
              out[i] += in[i];
          else
            for (gsize i = 0; i < n_map; i++)
              out[i] = MAX (out[i], in[i]);
        }
      for (gsize i = 0; i < n_map && which == QL_TRACE_MEAN; i++)
        out[i] /= (float) d->n_heads;
    }
}

/* ---- rollout: attention-map.h says what it is --------------------------------------------- */

/* W ← ½·A·W + ½·W with A [rows, rows] and W [rows, width] */
static void
step_self (const float *a, int n_rows, gsize width, const float *w, float *next)
{
  for (int r = 0; r < n_rows; r++)
    {
      float *out = next + (gsize) r * width;

      memcpy (out, w + (gsize) r * width, width * sizeof *out);
      for (int k = 0; k < n_rows; k++)
        {
          float weight = a[(gsize) r * (gsize) n_rows + (gsize) k];
          const float *row = w + (gsize) k * width;

          for (gsize i = 0; i < width; i++)
            out[i] += weight * row[i];
        }
      for (gsize i = 0; i < width; i++)
        out[i] *= 0.5f;
    }
}

/* W ← ½·[0 | C] + ½·W for the queries: the rows of an instruction have no cross-attention */
static void
step_cross (const QlTraceData *d, const float *c, gsize width, float *w)
{
  gsize n_keys = (gsize) d->n_patches + 1;

  for (int q = 0; q < d->n_queries; q++)
    {
      float *row = w + (gsize) q * width;
      float *image = row + (width - n_keys);

      for (gsize i = 0; i < width; i++)
        row[i] *= 0.5f;
      for (gsize i = 0; i < n_keys; i++)
        image[i] += 0.5f * c[(gsize) q * n_keys + i];
    }
}

static void
take_map (const QlTraceData *d, const float *w, gsize width, float *out)
{
  gsize n_keys = (gsize) d->n_patches + 1;

  for (int q = 0; q < d->n_queries; q++)
    {
      const float *row = w + (gsize) q * width;
      float *map = out + (gsize) q * (n_keys + 1);
      double tokens = 0;

      for (gsize i = 0; i < width - n_keys; i++)
        tokens += (double) row[i];
      memcpy (map, row + (width - n_keys), n_keys * sizeof *map);
      map[n_keys] = (float) tokens;
    }
}

static void
mean_self (const QlTraceData *d, int layer, float *out)
{
  gsize n = (gsize) d->n_rows * (gsize) d->n_rows;

  memset (out, 0, n * sizeof *out);
  for (int head = 0; head < d->n_heads; head++)
    {
      const float *in = d->self + ((gsize) layer * (gsize) d->n_heads + (gsize) head) * n;

      for (gsize i = 0; i < n; i++)
        out[i] += in[i] / (float) d->n_heads;
    }
}

static void
roll_out (const QlTrace *self, const float *cross_mean, QlTraceMaps *maps)
{
  const QlTraceData *d = &self->data;
  gsize n_keys = (gsize) d->n_patches + 1;
  gsize width = (gsize) d->n_rows + n_keys;
  g_autofree float *w = g_new0 (float, (gsize) d->n_rows *width);
  g_autofree float *next = g_new (float, (gsize) d->n_rows *width);
  g_autofree float *a = g_new (float, (gsize) d->n_rows *(gsize) d->n_rows);
  int nth = 0;

  maps->stride = (int) n_keys + 1;
  maps->values = g_new0 (float, (gsize) d->n_layers *(gsize) d->n_queries *(n_keys + 1));
  for (int r = 0; r < d->n_rows; r++)
    w[(gsize) r * width + (gsize) r] = 1;
  for (int layer = 0; layer < d->n_all_layers && nth < d->n_layers; layer++)
    {
      float *spare = w;

      mean_self (d, layer, a);
      step_self (a, d->n_rows, width, w, next);
      w = next;
      next = spare;
      if (layer != self->layer_numbers[nth])
        continue;
      step_cross (d, cross_mean + (gsize) nth * (gsize) d->n_queries * n_keys, width, w);
      take_map (d, w, width, maps->values + (gsize) nth * (gsize) d->n_queries * (n_keys + 1));
      nth++;
    }
}

/* ---- kept --------------------------------------------------------------------------------- */

static const QlTraceMaps *
maps_locked (QlTrace *self, QlTraceMade which)
{
  QlTraceMaps *maps = &self->made[which];

  if (maps->values != NULL)
    return maps;
  if (which != QL_TRACE_ROLLOUT)
    combine_heads (&self->data, which, maps);
  else if (self->data.self != NULL)
    roll_out (self, maps_locked (self, QL_TRACE_MEAN)->values, maps);
  else
    return NULL;
  return maps;
}

const QlTraceMaps *
ql_trace_maps (QlTrace *self, QlTraceMade which)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return maps_locked (self, which);
}

static double
largest_patch (const float *maps, gsize n_maps, int stride, int n_patches, const guint8 *outliers)
{
  float largest = 0;

  for (gsize m = 0; m < n_maps; m++)
    {
      const float *patches = maps + m * (gsize) stride + 1;

      for (int i = 0; i < n_patches; i++)
        if (patches[i] > largest && (outliers == NULL || !outliers[i]))
          largest = patches[i];
    }
  return (double) largest;
}

double
ql_trace_peak (QlTrace *self, QlTraceMade which, gboolean without_outliers)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  const QlTraceData *d = &self->data;
  double *peak = &self->peaks[which][without_outliers ? 1 : 0];
  gsize n_maps = (gsize) d->n_layers * (gsize) d->n_queries;
  const QlTraceMaps *maps;

  if (*peak >= 0)
    return *peak;
  if (which == QL_TRACE_N_MADE)
    *peak = largest_patch (d->cross, n_maps * (gsize) d->n_heads, d->n_patches + 1, d->n_patches,
                           without_outliers ? ql_trace_outliers (self) : NULL);
  else
    {
      maps = maps_locked (self, which);
      *peak = maps == NULL ? 0
                           : largest_patch (maps->values, n_maps, maps->stride, d->n_patches,
                                            without_outliers ? ql_trace_outliers (self) : NULL);
    }
  return *peak;
}
