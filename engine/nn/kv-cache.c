#include "engine/nn/kv-cache.h"

#include <string.h>

#include "engine/nn/softmax.h"

/* So that workers end together. */
#define ITEMS_PER_WORKER 8

struct B2KvCache
{
  int n_layers, n_heads, head_width;
  int max_prefix, n_prefix;
  B2Arena *prefix_arena;
  float *prefix_keys, *prefix_values; /* [n_layers, max_prefix, width] */

  int n_beams, max_steps, n_tail;
  B2Arena *tail_arena;
  float *tail_keys, *tail_values; /* [n_layers, max_steps, n_beams, width] */
  gint32 *lineage, *next_lineage; /* [n_beams, max_steps]: row of each step */
};

typedef struct
{
  B2KvCache *cache;
  B2Compute *compute;
  int layer;
  const float *q;
  float scale;
  const float *distance_bias;
  gsize distance_stride;
  float *out;
  int n_slices; /* of a beam's heads */
} Job;

static gsize
width (B2KvCache *self)
{
  return (gsize) self->n_heads * (gsize) self->head_width;
}

B2KvCache *
b2_kv_cache_new (int n_layers, int n_heads, int head_width, int max_prefix, GError **error)
{
  g_autoptr (B2KvCache) self = g_new0 (B2KvCache, 1);
  gsize n;

  self->n_layers = n_layers;
  self->n_heads = n_heads;
  self->head_width = head_width;
  self->max_prefix = max_prefix;
  n = (gsize) n_layers * (gsize) max_prefix * width (self);
  self->prefix_arena = b2_arena_new (2 * b2_arena_bytes_for_floats (n), error);
  if (self->prefix_arena == NULL)
    return NULL;
  self->prefix_keys = b2_arena_floats (self->prefix_arena, n);
  self->prefix_values = b2_arena_floats (self->prefix_arena, n);
  return g_steal_pointer (&self);
}

void
b2_kv_cache_free (B2KvCache *self)
{
  if (self == NULL)
    return;
  b2_arena_free (self->prefix_arena);
  b2_arena_free (self->tail_arena);
  g_free (self->lineage);
  g_free (self->next_lineage);
  g_free (self);
}

float *
b2_kv_cache_prefix_keys (B2KvCache *self, int layer)
{
  return self->prefix_keys + (gsize) layer * (gsize) self->max_prefix * width (self);
}

float *
b2_kv_cache_prefix_values (B2KvCache *self, int layer)
{
  return self->prefix_values + (gsize) layer * (gsize) self->max_prefix * width (self);
}

int
b2_kv_cache_max_prefix (B2KvCache *self)
{
  return self->max_prefix;
}

void
b2_kv_cache_set_prefix (B2KvCache *self, int n_prefix)
{
  g_assert (n_prefix <= self->max_prefix);
  self->n_prefix = n_prefix;
}

int
b2_kv_cache_n_prefix (B2KvCache *self)
{
  return self->n_prefix;
}

gboolean
b2_kv_cache_begin_tail (B2KvCache *self, int n_beams, int max_steps, GError **error)
{
  gsize n = (gsize) self->n_layers * (gsize) max_steps * (gsize) n_beams * width (self);

  g_clear_pointer (&self->tail_arena, b2_arena_free);
  g_clear_pointer (&self->lineage, g_free);
  g_clear_pointer (&self->next_lineage, g_free);
  self->tail_arena = b2_arena_new (2 * b2_arena_bytes_for_floats (n), error);
  if (self->tail_arena == NULL)
    return FALSE;
  self->tail_keys = b2_arena_floats (self->tail_arena, n);
  self->tail_values = b2_arena_floats (self->tail_arena, n);
  self->lineage = g_new0 (gint32, (gsize) n_beams * (gsize) max_steps);
  self->next_lineage = g_new0 (gint32, (gsize) n_beams * (gsize) max_steps);
  self->n_beams = n_beams;
  self->max_steps = max_steps;
  self->n_tail = 0;
  return TRUE;
}

void
b2_kv_cache_next_step (B2KvCache *self, const gint32 *parents)
{
  gint32 *swap = self->lineage;
  gsize n = (gsize) self->n_tail;

  g_assert (self->n_tail < self->max_steps);
  for (int b = 0; b < self->n_beams; b++)
    {
      gint32 *to = self->next_lineage + (gsize) b * (gsize) self->max_steps;

      if (n > 0)
        memcpy (to, self->lineage + (gsize) parents[b] * (gsize) self->max_steps, n * sizeof *to);
      to[n] = b;
    }
  self->lineage = self->next_lineage;
  self->next_lineage = swap;
  self->n_tail++;
}

int
b2_kv_cache_n_tail (B2KvCache *self)
{
  return self->n_tail;
}

static gsize
tail_offset (B2KvCache *self, int layer, int step)
{
  return ((gsize) layer * (gsize) self->max_steps + (gsize) step) * (gsize) self->n_beams * width (self);
}

float *
b2_kv_cache_tail_keys (B2KvCache *self, int layer)
{
  return self->tail_keys + tail_offset (self, layer, self->n_tail - 1);
}

float *
b2_kv_cache_tail_values (B2KvCache *self, int layer)
{
  return self->tail_values + tail_offset (self, layer, self->n_tail - 1);
}

static gsize
tail_row (const Job *job, int beam, int step)
{
  B2KvCache *self = job->cache;

  return tail_offset (self, job->layer, step)
         + (gsize) self->lineage[(gsize) beam * (gsize) self->max_steps + (gsize) step] * width (self);
}

/* Where the rows are that @beam attends to: of the prefix, then of its lineage. */
static void
find_rows (const Job *job, int beam, const float **keys, const float **values)
{
  B2KvCache *self = job->cache;
  const float *prefix_keys = b2_kv_cache_prefix_keys (self, job->layer);
  const float *prefix_values = b2_kv_cache_prefix_values (self, job->layer);
  gsize w = width (self);
  int n = 0;

  for (; n < self->n_prefix; n++)
    {
      keys[n] = prefix_keys + (gsize) n * w;
      values[n] = prefix_values + (gsize) n * w;
    }
  for (int t = 0; t < self->n_tail; t++, n++)
    {
      gsize at = tail_row (job, beam, t);

      keys[n] = self->tail_keys + at;
      values[n] = self->tail_values + at;
    }
}

/* A beam's heads, or as many of them as make enough items for the workers. */
static void
attend_beam_heads (gpointer data, gsize item, int worker)
{
  const Job *job = data;
  B2KvCache *self = job->cache;
  gsize hw = (gsize) self->head_width, n = (gsize) (self->n_prefix + self->n_tail);
  int beam = (int) (item / (gsize) job->n_slices), slice = (int) (item % (gsize) job->n_slices);
  const B2Kernels *kernels = job->compute->kernels;
  float *score = job->compute->scratch[worker];
  const float **keys = (const float **) (gpointer) (score + (n + 1) / 2 * 2), **values = keys + n;

  find_rows (job, beam, keys, values);
  for (int head = slice; head < self->n_heads; head += job->n_slices)
    {
      gsize column = (gsize) head * hw, at = (gsize) beam * width (self) + column;

      kernels->dots (job->q + at, keys, column, n, hw, job->scale, score);
      if (job->distance_bias != NULL)
        for (gsize j = 0; j < n; j++)
          score[j] += job->distance_bias[(gsize) head * job->distance_stride + (n - 1 - j)];
      b2_softmax (score, n);
      kernels->mix (score, values, column, n, hw, job->out + at);
    }
}

void
b2_kv_cache_attend (B2KvCache *self, B2Compute *compute, int layer, const float *q, float scale,
                    const float *distance_bias, gsize distance_stride, float *out)
{
  Job job = { self, compute, layer, q, scale, distance_bias, distance_stride, out, 1 };

  job.n_slices
      = CLAMP (ITEMS_PER_WORKER * b2_pool_n_threads (compute->pool) / self->n_beams, 1, self->n_heads);
  g_assert (6 * (gsize) (self->n_prefix + self->n_tail + 1) <= compute->scratch_floats);
  b2_pool_run (compute->pool, (gsize) self->n_beams * (gsize) job.n_slices, attend_beam_heads, &job);
}
