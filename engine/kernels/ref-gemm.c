/* The integer products of gemm.h, one value after the other: what every other table equals bit for bit. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "engine/kernels/gemm.h"
#include "engine/kernels/kernels.h"
#include "engine/quant/f16.h"
#include "engine/quant/q4.h"
#include "engine/quant/q8.h"

#define COLUMNS 8
#define ROWS 4

typedef struct
{
  float d[COLUMNS];
  int8_t q[COLUMNS][32];
} PanelBlock;

static size_t
act_bytes (size_t k)
{
  return b2_act_bytes (k);
}

static size_t
panel_bytes (size_t k)
{
  return (k / 32 * sizeof (PanelBlock) + 63) & ~(size_t) 63;
}

static void
prepare (const float *x, size_t k, void *act)
{
  int8_t *q = act;
  float *scales = (float *) (void *) ((char *) act + b2_act_scales (k));

  for (size_t from = 0; from < k; from += B2_ACT_GROUP)
    {
      size_t to = from + B2_ACT_GROUP < k ? from + B2_ACT_GROUP : k;
      float peak = 0, inverse = 0, scale = 0;

      for (size_t i = from; i < to; i++)
        if (!(fabsf (x[i]) <= peak))
          peak = isfinite (x[i]) ? fabsf (x[i]) : INFINITY;
      if (!(peak < INFINITY))
        scale = NAN;
      else if (peak >= B2_ACT_TINY)
        {
          scale = peak / 127.0f;
          inverse = 127.0f / peak;
        }
      scales[from / B2_ACT_GROUP] = scale;
      for (size_t i = from; i < to; i++)
        q[i] = isnan (scale) ? 0 : (int8_t) rintf (x[i] * inverse);
    }
}

static void
unpack_q8 (const uint8_t *block, int8_t *q)
{
  memcpy (q, block + 2, 32);
}

static void
unpack_q4 (const uint8_t *block, int8_t *q)
{
  for (int i = 0; i < 16; i++)
    {
      q[i] = (int8_t) ((block[2 + i] & 15) - 8);
      q[i + 16] = (int8_t) ((block[2 + i] >> 4) - 8);
    }
}

static void
pack (const uint8_t *w, size_t row_bytes, size_t n, size_t k_from, size_t k_to, void *panel,
      size_t block_bytes, void (*unpack) (const uint8_t *block, int8_t *q))
{
  PanelBlock *out = panel;

  for (size_t b = k_from / 32; b < k_to / 32; b++, out++)
    {
      memset (out, 0, sizeof *out);
      for (size_t j = 0; j < n; j++)
        {
          const uint8_t *block = w + j * row_bytes + b * block_bytes;
          uint16_t half;

          memcpy (&half, block, 2);
          out->d[j] = b2_f16_to_f32 (half);
          unpack (block, out->q[j]);
        }
    }
}

static void
pack_q8 (const void *w, size_t row_bytes, size_t n, size_t k_from, size_t k_to, void *panel)
{
  pack (w, row_bytes, n, k_from, k_to, panel, sizeof (B2BlockQ8), unpack_q8);
}

static void
pack_q4 (const void *w, size_t row_bytes, size_t n, size_t k_from, size_t k_to, void *panel)
{
  pack (w, row_bytes, n, k_from, k_to, panel, sizeof (B2BlockQ4), unpack_q4);
}

static float
product (const PanelBlock *blocks, size_t j, size_t n_blocks, const int8_t *x, const float *scales, float y)
{
  for (size_t b = 0; b < n_blocks;)
    {
      size_t end = b + B2_ACT_GROUP / 32 < n_blocks ? b + B2_ACT_GROUP / 32 : n_blocks;
      float t = 0;

      for (; b < end; b++, x += 32)
        {
          int32_t sum = 0;

          for (int i = 0; i < 32; i++)
            sum += blocks[b].q[j][i] * x[i];
          t = fmaf ((float) sum, blocks[b].d[j], t);
        }
      y = fmaf (t, *scales++, y);
    }
  return y;
}

static void
multiply (const void *panel, size_t k, size_t k_from, size_t k_to, const void *acts, size_t act_stride,
          size_t m, float *c, size_t ldc)
{
  for (size_t r = 0; r < m; r++)
    {
      const char *act = (const char *) acts + r * act_stride;
      const float *scales = (const float *) (const void *) (act + b2_act_scales (k)) + k_from / B2_ACT_GROUP;

      for (size_t j = 0; j < COLUMNS; j++)
        c[r * ldc + j] = product (panel, j, (k_to - k_from) / 32, (const int8_t *) act + k_from, scales,
                                  k_from == 0 ? 0 : c[r * ldc + j]);
    }
}

static void
stream (const uint8_t *w, size_t row_bytes, size_t n, size_t k, const void *acts, size_t act_stride, size_t m,
        float *c, size_t ldc, size_t block_bytes, void (*unpack) (const uint8_t *block, int8_t *q))
{
  PanelBlock panel[B2_ACT_GROUP / 32];

  for (size_t from = 0; from < n; from += COLUMNS)
    {
      size_t width = n - from < COLUMNS ? n - from : COLUMNS;

      for (size_t k_from = 0; k_from < k; k_from += B2_ACT_GROUP)
        {
          size_t k_to = k_from + B2_ACT_GROUP < k ? k_from + B2_ACT_GROUP : k;

          pack (w + from * row_bytes, row_bytes, width, k_from, k_to, panel, block_bytes, unpack);
          for (size_t r = 0; r < m; r++)
            {
              float tile[COLUMNS];

              memcpy (tile, c + r * ldc + from, width * sizeof *tile);
              multiply (panel, k, k_from, k_to, (const char *) acts + r * act_stride, act_stride, 1, tile,
                        COLUMNS);
              memcpy (c + r * ldc + from, tile, width * sizeof *tile);
            }
        }
    }
}

static void
stream_q8 (const void *w, size_t row_bytes, size_t n, size_t k, const void *acts, size_t act_stride, size_t m,
           float *c, size_t ldc)
{
  stream (w, row_bytes, n, k, acts, act_stride, m, c, ldc, sizeof (B2BlockQ8), unpack_q8);
}

static void
stream_q4 (const void *w, size_t row_bytes, size_t n, size_t k, const void *acts, size_t act_stride, size_t m,
           float *c, size_t ldc)
{
  stream (w, row_bytes, n, k, acts, act_stride, m, c, ldc, sizeof (B2BlockQ4), unpack_q4);
}

#define GEMM(type)                                                                                           \
  {                                                                                                          \
    .n_columns = COLUMNS, .max_rows = ROWS, .k_step = B2_ACT_GROUP, .act_bytes = act_bytes,                  \
    .prepare = prepare, .panel_bytes = panel_bytes, .pack = pack_##type, .multiply = multiply,               \
    .stream = stream_##type,                                                                                 \
  }
static const B2Gemm gemm_q8 = GEMM (q8);
static const B2Gemm gemm_q4 = GEMM (q4);

void
b2_kernels_init_ref_gemm (B2Kernels *table)
{
  for (int t = 0; t < B2_N_WEIGHT_TYPES; t++)
    table->gemm[t] = NULL;
  table->attend = NULL;
  table->gemm[B2_WEIGHT_Q8_0] = &gemm_q8;
  table->gemm[B2_WEIGHT_Q4_0] = &gemm_q4;
}
