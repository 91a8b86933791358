#include "engine/nn/attention.h"

#include <math.h>
#include <string.h>

#include "engine/kernels/blas.h"
#include "engine/nn/softmax.h"

/* Queries per item: the block of scores stays in cache (64 × 677 × 4 B = 173 kB). */
#define QUERY_BLOCK 64

typedef struct
{
  B2Compute *compute;
  const B2Attention *a;
  gsize n_blocks;
} Job;

gsize
b2_attention_scratch_floats (gsize max_keys)
{
  return QUERY_BLOCK * max_keys;
}

/* Keys behind the returned number are not seen by query @i. */
static gsize
n_visible (const B2Attention *a, gsize i)
{
  return a->causal ? MIN (a->first_causal + i + 1, a->n_keys) : a->n_keys;
}

/* Takes the keys that query @i may not see out of its scores. Returns: whether any is left */
static gboolean
hide (const B2Attention *a, gsize i, float *row, gsize n)
{
  gboolean any = FALSE;

  for (gsize j = 0; j < n; j++)
    if ((a->mask != NULL && !a->mask[i * a->n_keys + j]) || (a->key_mask != NULL && !a->key_mask[j]))
      row[j] = -INFINITY;
    else
      any = TRUE;
  return any;
}

static void
weigh_row (const B2Attention *a, gsize head, gsize i, float *row)
{
  gsize n = n_visible (a, i);

  if (a->relative_bias != NULL)
    {
      const float *bias = a->relative_bias + head * a->relative_stride + a->relative_origin - (gssize) i;

      for (gsize j = 0; j < n; j++)
        row[j] += bias[j];
    }
  if ((a->mask != NULL || a->key_mask != NULL) && !hide (a, i, row, n))
    memset (row, 0, n * sizeof *row);
  else
    b2_softmax (row, n);
  memset (row + n, 0, (a->n_keys - n) * sizeof *row);
  if (a->map != NULL)
    memcpy (a->map + (head * a->n_queries + i) * a->n_keys, row, a->n_keys * sizeof *row);
}

static void
attend_block (gpointer data, gsize item, int worker)
{
  const Job *job = data;
  const B2Attention *a = job->a;
  gsize head = item / job->n_blocks, from = item % job->n_blocks * QUERY_BLOCK;
  gsize n = MIN (QUERY_BLOCK, a->n_queries - from);
  gsize column = head * (gsize) a->head_width, width = (gsize) a->head_width;
  float *scores = job->compute->scratch[worker];

  b2_blas_sgemm_nt (n, a->n_keys, width, a->scale, a->q + from * a->ldq + column, a->ldq, a->k + column,
                    a->ldk, scores, a->n_keys);
  for (gsize i = 0; i < n; i++)
    weigh_row (a, head, from + i, scores + i * a->n_keys);
  b2_blas_sgemm_nn (n, width, a->n_keys, scores, a->n_keys, a->v + column, a->ldv,
                    a->out + from * a->ldo + column, a->ldo);
}

/* The same with packed keys and values: all of a head's queries, or a part, where there are more workers than heads. */
static void
attend_packed (gpointer data, gsize item, int worker)
{
  const Job *job = data;
  const B2Attention *a = job->a;
  const B2Attend *kernel = job->compute->kernels->attend;
  gsize head = item / job->n_blocks, block = (a->n_queries + job->n_blocks - 1) / job->n_blocks;
  gsize from = item % job->n_blocks * block, to = MIN (from + block, a->n_queries);
  gsize column = head * (gsize) a->head_width, width = (gsize) a->head_width;
  gsize lds = (a->n_keys + B2_ATTEND_KEYS - 1) / B2_ATTEND_KEYS * B2_ATTEND_KEYS;
  char *panels = (char *) job->compute->scratch[worker];
  float *scores = (float *) (void *) (panels + kernel->panel_bytes (a->n_keys, width));

  if (from >= to)
    return;
  kernel->pack (a->k + column, a->ldk, a->v + column, a->ldv, a->n_keys, width, panels);
  for (gsize i = from; i < to; i += kernel->max_rows)
    {
      gsize m = MIN (kernel->max_rows, to - i);

      kernel->scores (panels, a->n_keys, width, a->q + i * a->ldq + column, a->ldq, a->scale, m, scores, lds);
      for (gsize r = 0; r < m; r++)
        weigh_row (a, head, i + r, scores + r * lds);
      kernel->values (panels, a->n_keys, width, scores, lds, m, a->out + i * a->ldo + column, a->ldo);
    }
}

/* Packing pays for itself from some queries on; it must fit, too. */
static gboolean
can_pack (B2Compute *compute, const B2Attention *a)
{
  const B2Attend *kernel = compute->kernels->attend;
  gsize lds = a->n_keys + B2_ATTEND_KEYS;

  return kernel != NULL && !compute->exact && a->rounds && a->n_queries >= kernel->max_rows
         && a->head_width <= B2_ATTEND_MAX_WIDTH
         && kernel->panel_bytes (a->n_keys, (gsize) a->head_width) / sizeof (float) + kernel->max_rows * lds
                <= compute->scratch_floats;
}

void
b2_attention_forward (B2Compute *compute, const B2Attention *a)
{
  Job job = { compute, a, (a->n_queries + QUERY_BLOCK - 1) / QUERY_BLOCK };

  g_assert (b2_attention_scratch_floats (a->n_keys) <= compute->scratch_floats);
  if (can_pack (compute, a))
    {
      job.n_blocks = (gsize) ((2 * b2_pool_n_threads (compute->pool) + a->n_heads - 1) / a->n_heads);
      b2_pool_run (compute->pool, job.n_blocks * (gsize) a->n_heads, attend_packed, &job);
      return;
    }
  b2_pool_run (compute->pool, job.n_blocks * (gsize) a->n_heads, attend_block, &job);
}
