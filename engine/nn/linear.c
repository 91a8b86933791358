#include "engine/nn/linear.h"

#include <stdint.h>
#include <string.h>

#include "engine/kernels/blas.h"

/* Output columns per item. BLAS: wide enough for OpenBLAS to run at full speed. GEMV: small, so that threads end
 * together. */
#define BLAS_TILE 256
#define GEMV_TILE 64
/* Packed weights at hand: within the second-level cache. */
#define PANEL_BYTES (160 * 1024)
/* Strips of a kernel's width per item: with many rows, so that what is loaded of them serves twice. With few one: the pool
 * deals out neighbours together, which are read one after the other. */
#define MAX_STRIPS_MANY 2
/* Items per worker and layer that are enough for workers to end together; and with many workers, below which rows are shared
 * out, too, although each part of them packs the weights anew. */
#define ITEMS_PER_WORKER 12
#define LEAST_ITEMS_PER_WORKER 3

/* What the layers of a call have in common. */
typedef struct
{
  B2Compute *compute;
  const float *x;
  gsize n_rows, ldx;
  const B2LinearOut *outs;
  int n_outs;
  gsize first_item[B2_LINEAR_MAX_OUTS + 1];
  gsize tile; /* columns per item */
  const B2Gemm *gemm; /* packed products only: */
  const char *acts;
  gsize act_stride;
  gsize chunk; /* values of k per panel */
  gsize n_parts; /* of the rows */
} Job;

gsize
b2_linear_scratch_floats (gsize max_row)
{
  return BLAS_TILE * max_row + BLAS_TILE * B2_LINEAR_MAX_ROWS;
}

gsize
b2_linear_acts_bytes (gsize max_row)
{
  /* Rows of bytes, or of bfloat16, which need no scales. */
  return B2_LINEAR_MAX_ROWS * 2 * b2_act_bytes (max_row);
}

/* ---- what follows a product ------------------------------------------------------ */

/* @tile: [n_rows, ld]: rows from @row on, columns [from, to) of @out's product */
static void
finish_rows (const Job *job, const B2LinearOut *out, const float *tile, gsize ld, gsize row, gsize n_rows,
             gsize from, gsize to)
{
  const B2Kernels *kernels = job->compute->kernels;
  const float *bias = out->linear->bias != NULL ? out->linear->bias + from : NULL;
  const float *residual = out->residual != NULL ? out->residual + row * out->ldy + from : NULL;
  float *y = out->y + row * out->ldy + from;
  B2Finish function = out->activation == b2_gelu   ? B2_FINISH_GELU
                      : out->activation == b2_relu ? B2_FINISH_RELU
                                                   : B2_FINISH_PLAIN;

  kernels->finish (tile, ld, n_rows, to - from, bias, function, residual, y, out->ldy);
  if (out->activation == NULL || function != B2_FINISH_PLAIN)
    return;
  g_assert (residual == NULL); /* it would have to wait */
  for (gsize r = 0; r < n_rows; r++)
    out->activation (y + r * out->ldy, to - from);
}

static void
finish_tile (const Job *job, const B2LinearOut *out, const float *tile, gsize ld, gsize from, gsize to)
{
  finish_rows (job, out, tile, ld, 0, job->n_rows, from, to);
}

/* The layer that @item belongs to. Returns: its first column */
static gsize
out_of (const Job *job, gsize item, const B2LinearOut **out)
{
  int i = 0;

  while (item >= job->first_item[i + 1])
    i++;
  *out = &job->outs[i];
  return (item - job->first_item[i]) * job->tile;
}

static void
run_items (Job *job, gsize tile, B2PoolFunc func)
{
  job->tile = tile;
  for (int i = 0; i < job->n_outs; i++)
    job->first_item[i + 1] = job->first_item[i] + ((gsize) job->outs[i].linear->n_out + tile - 1) / tile;
  b2_pool_run (job->compute->pool, job->n_parts * job->first_item[job->n_outs], func, job);
}

/* ---- packed products --------------------------------------------------------------- */

static void
prepare_row (gpointer data, gsize item, int worker)
{
  const Job *job = data;

  job->gemm->prepare (job->x + item * job->ldx, (gsize) job->outs[0].linear->n_in,
                      (char *) job->compute->acts + item * job->act_stride);
}

/* What this worker will probably pack next: the pool deals several items at once. Fetched meanwhile, a little with each group of
 * rows, since packing alone would wait for memory. */
typedef struct
{
  const guint8 *at, *end;
  gsize share;
} Wanted;

static void
fetch_share (Wanted *wanted)
{
  const guint8 *to = wanted->at + MIN (wanted->share, (gsize) (wanted->end - wanted->at));

  for (; wanted->at < to; wanted->at += 64)
    __builtin_prefetch (wanted->at, 0, 2);
  wanted->at = MIN (wanted->at, wanted->end);
}

/* @n_rows rows from @row on with the panels of strips side by side, in groups of nearly the same size. */
static void
multiply_panels (const Job *job, const char *panels, gsize k, gsize k_from, gsize k_to, float *tile,
                 gsize n_strips, gsize ld, gsize row, gsize n_rows, Wanted *wanted)
{
  const B2Gemm *gemm = job->gemm;
  const char *acts = job->acts + row * job->act_stride;
  gsize r = 0;

  for (gsize left = (n_rows + gemm->max_rows - 1) / gemm->max_rows; left > 0; left--)
    {
      gsize m = (n_rows - r + left - 1) / left;

      for (gsize s = 0; s < n_strips; s++)
        gemm->multiply (panels + s * gemm->panel_bytes (job->chunk), k, k_from, k_to,
                        acts + r * job->act_stride, job->act_stride, m, tile + r * ld + s * gemm->n_columns,
                        ld);
      fetch_share (wanted);
      r += m;
    }
}

/* Many rows: the weights of an item, a chunk of k after the other, in panels. */
static void
packed_tile (gpointer data, gsize item, int worker)
{
  const Job *job = data;
  const B2Gemm *gemm = job->gemm;
  const B2LinearOut *out;
  gsize n_items = job->first_item[job->n_outs], part = item / n_items,
        part_rows = (job->n_rows + job->n_parts - 1) / job->n_parts;
  gsize row = part * part_rows, n_rows = MIN (part_rows, job->n_rows - MIN (row, job->n_rows));
  gsize width = gemm->n_columns, from = out_of (job, item % n_items, &out),
        n_out = (gsize) out->linear->n_out;
  gsize to = MIN (from + job->tile, n_out), n_strips = (to - from + width - 1) / width, ld = n_strips * width;
  gsize k = (gsize) out->linear->n_in, row_bytes = b2_weight_row_bytes (out->linear->type, k);
  const guint8 *all = out->linear->weight, *w = all + from * row_bytes;
  Wanted wanted = { all + to * row_bytes, all + MIN (to + job->tile, n_out) * row_bytes, 0 };
  float *tile = job->compute->scratch[worker];
  char *panels = (char *) (tile + B2_LINEAR_MAX_ROWS * BLAS_TILE);

  if (n_rows == 0)
    return;
  wanted.share
      = (gsize) (wanted.end - wanted.at) * gemm->max_rows / n_rows / ((k + job->chunk - 1) / job->chunk) + 64;
  for (gsize k_from = 0; k_from < k; k_from += job->chunk)
    {
      gsize k_to = MIN (k_from + job->chunk, k);

      for (gsize s = 0; s < n_strips; s++)
        gemm->pack (w + s * width * row_bytes, row_bytes, MIN (width, to - from - s * width), k_from, k_to,
                    panels + s * gemm->panel_bytes (job->chunk));
      multiply_panels (job, panels, k, k_from, k_to, tile, n_strips, ld, row, n_rows, &wanted);
    }
  finish_rows (job, out, tile, ld, row, n_rows, from, to);
}

/* Few rows: from memory through registers. */
static void
stream_tile (gpointer data, gsize item, int worker)
{
  const Job *job = data;
  const B2LinearOut *out;
  gsize from = out_of (job, item, &out), to = MIN (from + job->tile, (gsize) out->linear->n_out);
  gsize k = (gsize) out->linear->n_in, row_bytes = b2_weight_row_bytes (out->linear->type, k);
  float tile[B2_GEMV_MAX_ROWS * B2_GEMM_MAX_COLUMNS];

  job->gemm->stream ((const guint8 *) out->linear->weight + from * row_bytes, row_bytes, to - from, k,
                     job->acts, job->act_stride, job->n_rows, tile, job->tile);
  finish_tile (job, out, tile, job->tile, from, to);
}

/* Values of k in a panel: so many groups at most, and no short end. */
static gsize
chunk_of (gsize most_groups, gsize k)
{
  gsize n_chunks = MAX ((k + most_groups * B2_ACT_GROUP - 1) / (most_groups * B2_ACT_GROUP), 1);
  gsize chunk = (k + n_chunks - 1) / n_chunks;

  return MIN ((chunk + B2_ACT_GROUP - 1) / B2_ACT_GROUP * B2_ACT_GROUP, k);
}

static void
prepare_rows (Job *job, gsize k, gboolean few)
{
  job->acts = job->compute->acts;
  job->act_stride = job->gemm->act_bytes (k);
  if (!few)
    b2_pool_run (job->compute->pool, job->n_rows, prepare_row, job);
  else
    for (gsize r = 0; r < job->n_rows; r++)
      prepare_row (job, r, 0);
}

static void
run_packed (Job *job)
{
  B2Compute *compute = job->compute;
  const B2Gemm *gemm = job->gemm;
  gsize k = (gsize) job->outs[0].linear->n_in, n_threads = (gsize) b2_pool_n_threads (compute->pool),
        n_strips = 0, most;
  gboolean few = job->n_rows <= B2_GEMV_MAX_ROWS && gemm->stream != NULL;

  for (int i = 0; i < job->n_outs; i++)
    n_strips += ((gsize) job->outs[i].linear->n_out + gemm->n_columns - 1) / gemm->n_columns;
  most = CLAMP (n_strips / (ITEMS_PER_WORKER * n_threads), 1, few ? 1 : MAX_STRIPS_MANY);
  if (!few)
    job->n_parts
        = CLAMP (LEAST_ITEMS_PER_WORKER * n_threads / n_strips, 1, job->n_rows / (2 * gemm->max_rows) + 1);
  if (gemm->prepare == NULL)
    {
      job->acts = (const char *) job->x;
      job->act_stride = job->ldx * sizeof *job->x;
    }
  else
    prepare_rows (job, k, few);
  job->chunk = chunk_of (PANEL_BYTES / most / gemm->panel_bytes (B2_ACT_GROUP), k);
  run_items (job, most * gemm->n_columns, few ? stream_tile : packed_tile);
}

/* ---- decoding and OpenBLAS --------------------------------------------------------- */

static void
blas_tile (gpointer data, gsize item, int worker)
{
  const Job *job = data;
  const B2LinearOut *out;
  gsize from = out_of (job, item, &out), to = MIN (from + BLAS_TILE, (gsize) out->linear->n_out);
  const B2Linear *lin = out->linear;
  gsize k = (gsize) lin->n_in, row_bytes = b2_weight_row_bytes (lin->type, k);
  const guint8 *w = (const guint8 *) lin->weight + from * row_bytes;
  float *tile = job->compute->scratch[worker];
  const float *rows;

  if (lin->type == B2_WEIGHT_F32 && (uintptr_t) w % sizeof (float) == 0)
    rows = (const float *) (const void *) w;
  else
    {
      float *decoded = tile + BLAS_TILE * B2_LINEAR_MAX_ROWS;

      for (gsize j = from; j < to; j++)
        job->compute->kernels->decode[lin->type](w + (j - from) * row_bytes, decoded + (j - from) * k, k);
      rows = decoded;
    }
  b2_blas_sgemm_nt (job->n_rows, to - from, k, 1.0f, job->x, job->ldx, rows, k, tile, BLAS_TILE);
  finish_tile (job, out, tile, BLAS_TILE, from, to);
}

static void
gemv_tile (gpointer data, gsize item, int worker)
{
  const Job *job = data;
  const B2LinearOut *out;
  gsize from = out_of (job, item, &out), to = MIN (from + GEMV_TILE, (gsize) out->linear->n_out);
  const B2Linear *lin = out->linear;
  const B2Kernels *kernels = job->compute->kernels;
  gsize k = (gsize) lin->n_in, row_bytes = b2_weight_row_bytes (lin->type, k);
  const guint8 *w = (const guint8 *) lin->weight + from * row_bytes;
  float tile[B2_GEMV_MAX_ROWS * GEMV_TILE];

  if (kernels->gemv[lin->type] != NULL)
    kernels->gemv[lin->type](w, row_bytes, to - from, k, job->x, job->n_rows, job->ldx, tile, GEMV_TILE);
  else
    for (gsize j = from; j < to; j++)
      {
        float *row = job->compute->scratch[worker];

        kernels->decode[lin->type](w + (j - from) * row_bytes, row, k);
        for (gsize r = 0; r < job->n_rows; r++)
          tile[r * GEMV_TILE + j - from] = kernels->dot (row, job->x + r * job->ldx, k);
      }
  finish_tile (job, out, tile, GEMV_TILE, from, to);
}

/* ---- public ------------------------------------------------------------------------ */

/* The packed products to use for @type, or NULL. */
static const B2Gemm *
choose_gemm (B2Compute *compute, B2WeightType type, gsize n_rows)
{
  const B2Gemm *gemm = compute->kernels->gemm[type];

  if (gemm == NULL || (compute->exact && !gemm->exact))
    return NULL;
  return n_rows <= B2_GEMV_MAX_ROWS && compute->kernels->gemv[type] != NULL && !compute->rows_alike ? NULL
                                                                                                    : gemm;
}

static void
run_block (B2Compute *compute, const float *x, gsize n_rows, gsize ldx, const B2LinearOut *outs, int n_outs)
{
  Job job = {
    .compute = compute, .x = x, .n_rows = n_rows, .ldx = ldx, .outs = outs, .n_outs = n_outs, .n_parts = 1
  };

  job.gemm = choose_gemm (compute, outs[0].linear->type, n_rows);
  if (job.gemm != NULL)
    run_packed (&job);
  else if (n_rows <= B2_GEMV_MAX_ROWS)
    run_items (&job, GEMV_TILE, gemv_tile);
  else
    run_items (&job, BLAS_TILE, blas_tile);
}

void
b2_linear_run (B2Compute *compute, const float *x, gsize n_rows, gsize ldx, const B2LinearOut *outs,
               int n_outs)
{
  int together = 1;

  g_assert (n_outs <= B2_LINEAR_MAX_OUTS);
  while (together < n_outs && outs[together].linear->type == outs[0].linear->type)
    together++;
  for (gsize from = 0; from < n_rows; from += B2_LINEAR_MAX_ROWS)
    {
      B2LinearOut block[B2_LINEAR_MAX_OUTS];

      memcpy (block, outs, (gsize) together * sizeof *outs);
      for (int i = 0; i < together; i++)
        {
          g_assert (outs[i].linear->n_in == outs[0].linear->n_in);
          block[i].y += from * outs[i].ldy;
          if (block[i].residual != NULL)
            block[i].residual += from * outs[i].ldy;
        }
      run_block (compute, x + from * ldx, MIN (B2_LINEAR_MAX_ROWS, n_rows - from), ldx, block, together);
    }
  if (together < n_outs)
    b2_linear_run (compute, x, n_rows, ldx, outs + together, n_outs - together);
}

void
b2_linear_forward (B2Compute *compute, const B2Linear *linear, const float *x, gsize n_rows, gsize ldx,
                   float *y, gsize ldy)
{
  b2_linear_run (compute, x, n_rows, ldx, &(B2LinearOut){ .linear = linear, .y = y, .ldy = ldy }, 1);
}

gboolean
b2_linear_is_packed (B2Compute *compute, const B2Linear *linear)
{
  return choose_gemm (compute, linear->type, B2_GEMV_MAX_ROWS + 1) != NULL;
}

gboolean
b2_linear_rounds (B2Compute *compute, const B2Linear *linear, gsize n_rows)
{
  const B2Gemm *gemm = choose_gemm (compute, linear->type, n_rows);

  return gemm != NULL && !gemm->exact;
}

void
b2_linear_row (B2Compute *compute, const B2Linear *linear, int row, float *out)
{
  gsize row_bytes = b2_weight_row_bytes (linear->type, (size_t) linear->n_in);

  g_assert (row >= 0 && row < linear->n_out);
  compute->kernels->decode[linear->type]((const guint8 *) linear->weight + (gsize) row * row_bytes, out,
                                         (gsize) linear->n_in);
}
