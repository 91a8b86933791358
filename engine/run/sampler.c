#include "engine/run/sampler.h"

#include <math.h>
#include <stdlib.h>

#include "engine/nn/softmax.h"

static guint64
rotate (guint64 x, int k)
{
  return (x << k) | (x >> (64 - k));
}

void
b2_rng_seed (B2Rng *self, guint64 seed)
{
  for (int i = 0; i < 4; i++)
    {
      guint64 z = (seed += 0x9e3779b97f4a7c15u);

      z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
      z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
      self->state[i] = z ^ (z >> 31);
    }
}

double
b2_rng_uniform (B2Rng *self)
{
  guint64 *s = self->state, result = rotate (s[1] * 5, 7) * 9, t = s[1] << 17;

  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = rotate (s[3], 45);
  return (double) (result >> 11) * 0x1.0p-53;
}

/* Ascending; equal scores by id, so that the result does not depend on the C library. */
static int
compare_ranked (const void *a, const void *b)
{
  const B2Ranked *x = a, *y = b;

  if (x->score != y->score)
    return x->score < y->score ? -1 : 1;
  return x->id < y->id ? -1 : x->id > y->id;
}

/* qsort() of the C library may allocate; a heap sort does not. */
static void
sift_down (B2Ranked *heap, gsize n, gsize root)
{
  for (gsize child; (child = 2 * root + 1) < n; root = child)
    {
      B2Ranked swap = heap[root];

      if (child + 1 < n && compare_ranked (&heap[child], &heap[child + 1]) < 0)
        child++;
      if (compare_ranked (&swap, &heap[child]) >= 0)
        return;
      heap[root] = heap[child];
      heap[child] = swap;
    }
}

static void
sort_ranked (B2Ranked *items, gsize n)
{
  for (gsize i = n / 2; i-- > 0;)
    sift_down (items, n, i);
  for (gsize end = n; end-- > 1;)
    {
      B2Ranked swap = items[0];

      items[0] = items[end];
      items[end] = swap;
      sift_down (items, end, 0);
    }
}

static void
keep_top_k (const B2Ranked *sorted, gsize n, gsize k, float *p)
{
  float least;

  if (k == 0 || k >= n)
    return;
  least = sorted[n - k].score;
  for (gsize i = 0; i < n && sorted[i].score < least; i++)
    p[sorted[i].id] = -INFINITY;
}

static void
keep_top_p (const B2Ranked *sorted, gsize n, float top_p, float *p)
{
  double sum = 0, seen = 0;
  float max = sorted[n - 1].score;

  if (top_p >= 1)
    return;
  for (gsize i = 0; i < n; i++)
    if (p[sorted[i].id] > -INFINITY)
      sum += expf (sorted[i].score - max);
  for (gsize i = 0; i + 1 < n; i++)
    {
      if (p[sorted[i].id] > -INFINITY)
        seen += expf (sorted[i].score - max) / sum;
      if (seen <= (double) (1 - top_p))
        p[sorted[i].id] = -INFINITY;
    }
}

void
b2_sampler_filter (const float *scores, gsize n, float temperature, int top_k, float top_p, B2Ranked *work,
                   float *probabilities)
{
  for (gsize i = 0; i < n; i++)
    {
      probabilities[i] = scores[i] / temperature;
      work[i] = (B2Ranked){ probabilities[i], (gint32) i };
    }
  if (top_k > 0 || top_p < 1)
    sort_ranked (work, n);
  keep_top_k (work, n, (gsize) top_k, probabilities);
  keep_top_p (work, n, top_p, probabilities);
  b2_softmax (probabilities, n);
}

gint32
b2_sampler_draw (B2Rng *rng, const float *probabilities, gsize n)
{
  double u = b2_rng_uniform (rng), sum = 0;
  gint32 last = 0;

  for (gsize i = 0; i < n; i++)
    {
      if (probabilities[i] <= 0)
        continue;
      last = (gint32) i;
      sum += probabilities[i];
      if (u < sum)
        break;
    }
  return last;
}
