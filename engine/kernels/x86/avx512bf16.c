/*
 * AVX-512 BF16: vdpbf16ps, two products per 32-bit lane. Activations are rounded to bfloat16, as transformers' are; sums
 * are f32. The instruction counts denormals as zero.
 */
#include <immintrin.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "engine/kernels/attend.h"
#include "engine/kernels/gemm.h"
#include "engine/kernels/kernels.h"

#define VECTORS 2
#define COLUMNS (16 * VECTORS)
#define ROWS 12

static size_t
act_bytes (size_t k)
{
  return ((k * 2 + 2 + 63) & ~(size_t) 63) | 64;
}

static size_t
panel_bytes (size_t k)
{
  return (k + 1) / 2 * VECTORS * 64;
}

static void
prepare (const float *x, size_t k, void *act)
{
  __mmask16 tail = (__mmask16) ((1u << (k % 16)) - 1);
  char *out = act;
  size_t i = 0;

  for (; i + 16 <= k; i += 16)
    _mm256_storeu_si256 ((__m256i *) (void *) (out + 2 * i),
                         (__m256i) _mm512_cvtneps_pbh (_mm512_loadu_ps (x + i)));
  /* An odd k has a pair's half behind it: zero. */
  memset (out + 2 * i, 0, act_bytes (k) - 2 * i);
  if (tail != 0)
    _mm256_mask_storeu_epi16 (out + 2 * i, tail,
                              (__m256i) _mm512_cvtneps_pbh (_mm512_maskz_loadu_ps (tail, x + i)));
}

/* 16 rows × 32 values of k into 16 vectors: vector p holds, per row, the pair p. */
static inline void
transpose (__m512i *v)
{
  __m512i t[16];

  for (int i = 0; i < 16; i += 2)
    {
      t[i] = _mm512_unpacklo_epi32 (v[i], v[i + 1]);
      t[i + 1] = _mm512_unpackhi_epi32 (v[i], v[i + 1]);
    }
  for (int i = 0; i < 16; i += 4)
    {
      v[i] = _mm512_unpacklo_epi64 (t[i], t[i + 2]);
      v[i + 1] = _mm512_unpackhi_epi64 (t[i], t[i + 2]);
      v[i + 2] = _mm512_unpacklo_epi64 (t[i + 1], t[i + 3]);
      v[i + 3] = _mm512_unpackhi_epi64 (t[i + 1], t[i + 3]);
    }
  /* v[4 a + b]: rows 4 a … 4 a + 3, pairs b, 4 + b, 8 + b, 12 + b in the four lanes of 128 bits */
  for (int b = 0; b < 4; b++)
    {
      __m512i even01 = _mm512_shuffle_i32x4 (v[b], v[4 + b], 0x88),
              odd01 = _mm512_shuffle_i32x4 (v[b], v[4 + b], 0xdd);
      __m512i even23 = _mm512_shuffle_i32x4 (v[8 + b], v[12 + b], 0x88);
      __m512i odd23 = _mm512_shuffle_i32x4 (v[8 + b], v[12 + b], 0xdd);

      t[b] = _mm512_shuffle_i32x4 (even01, even23, 0x88);
      t[8 + b] = _mm512_shuffle_i32x4 (even01, even23, 0xdd);
      t[4 + b] = _mm512_shuffle_i32x4 (odd01, odd23, 0x88);
      t[12 + b] = _mm512_shuffle_i32x4 (odd01, odd23, 0xdd);
    }
  memcpy (v, t, sizeof t);
}

static void
pack_vector (const unsigned char *w, size_t row_bytes, size_t n, size_t k, char *out)
{
  for (size_t from = 0; from < k; from += 32)
    {
      size_t left = k - from < 32 ? k - from : 32, n_pairs = (left + 1) / 2;
      __mmask32 mask = left == 32 ? ~(__mmask32) 0 : ((__mmask32) 1 << left) - 1;
      __m512i v[16];

      for (size_t r = 0; r < 16; r++)
        v[r]
            = r < n ? _mm512_maskz_loadu_epi16 (mask, w + r * row_bytes + 2 * from) : _mm512_setzero_si512 ();
      transpose (v);
      if (n_pairs == 16)
        for (size_t p = 0; p < 16; p++, out += VECTORS * 64)
          _mm512_store_si512 (out, v[p]);
      else
        for (size_t p = 0; p < n_pairs; p++, out += VECTORS * 64)
          _mm512_store_si512 (out, v[p]);
    }
}

static void
pack (const void *w, size_t row_bytes, size_t n, size_t k_from, size_t k_to, void *panel)
{
  const unsigned char *rows = (const unsigned char *) w + 2 * k_from;

  for (size_t v = 0; v < VECTORS; v++)
    pack_vector (rows + 16 * v * row_bytes, row_bytes, n > 16 * v ? n - 16 * v : 0, k_to - k_from,
                 (char *) panel + 64 * v);
}

static inline __attribute__ ((always_inline)) void
tile (const size_t m, const char *panel, size_t n_pairs, const char *x, size_t stride, bool first, float *c,
      size_t ldc)
{
  __m512 sum[ROWS][VECTORS];

  for (size_t r = 0; r < m; r++)
    for (size_t v = 0; v < VECTORS; v++)
      sum[r][v] = first ? _mm512_setzero_ps () : _mm512_loadu_ps (c + r * ldc + 16 * v);
  for (size_t p = 0; p < n_pairs; p++)
    {
      __m512bh w[VECTORS];

      for (size_t v = 0; v < VECTORS; v++)
        w[v] = (__m512bh) _mm512_load_si512 (panel + (p * VECTORS + v) * 64);
      for (size_t r = 0; r < m; r++)
        {
          int pair;
          __m512bh both;

          memcpy (&pair, x + r * stride + 4 * p, 4);
          both = (__m512bh) _mm512_set1_epi32 (pair);
          for (size_t v = 0; v < VECTORS; v++)
            sum[r][v] = _mm512_dpbf16_ps (sum[r][v], w[v], both);
        }
    }
  for (size_t r = 0; r < m; r++)
    for (size_t v = 0; v < VECTORS; v++)
      _mm512_storeu_ps (c + r * ldc + 16 * v, sum[r][v]);
}

#define TILE(n)                                                                                              \
  case n:                                                                                                    \
    tile (n, panel, n_pairs, x, act_stride, k_from == 0, c, ldc);                                            \
    break;

static void
multiply (const void *panel, size_t k, size_t k_from, size_t k_to, const void *acts, size_t act_stride,
          size_t m, float *c, size_t ldc)
{
  const char *x = (const char *) acts + 2 * k_from;
  size_t n_pairs = (k_to - k_from + 1) / 2;

  switch (m)
    {
      TILE (1)
      TILE (2) TILE (3) TILE (4) TILE (5) TILE (6) TILE (7) TILE (8) TILE (9) TILE (10) TILE (11) TILE (12)
    }
}

static const B2Gemm gemm_bf16 = { .n_columns = COLUMNS,
                                  .max_rows = ROWS,
                                  .k_step = 32,
                                  .act_bytes = act_bytes,
                                  .prepare = prepare,
                                  .panel_bytes = panel_bytes,
                                  .pack = pack,
                                  .multiply = multiply };

/* ---- attention ------------------------------------------------------------------- */

static size_t
n_strips (size_t n)
{
  return (n + COLUMNS - 1) / COLUMNS;
}

/* Strips of 32 keys over pairs of a row's values; behind them strips of 32 values over pairs of keys. */
static size_t
keys_bytes (size_t n_keys, size_t width)
{
  return n_strips (n_keys) * panel_bytes (width);
}

static size_t
attend_panel_bytes (size_t n_keys, size_t width)
{
  return keys_bytes (n_keys, width) + n_strips (width) * panel_bytes (n_keys);
}

/* @n rows of f32 as pack_vector() packs rows of bfloat16. */
static void
pack_keys (const float *k, size_t ldk, size_t n, size_t width, char *out)
{
  for (size_t from = 0; from < width; from += 32)
    {
      size_t left = width - from, n_pairs = left >= 32 ? 16 : (left + 1) / 2;
      __mmask16 low = left >= 16 ? 0xffff : (__mmask16) ((1u << left) - 1);
      __mmask16 high = left >= 32 ? 0xffff : left > 16 ? (__mmask16) ((1u << (left - 16)) - 1) : 0;
      __m512i v[16];

      for (size_t r = 0; r < 16; r++)
        v[r] = r < n ? (__m512i) _mm512_cvtne2ps_pbh (_mm512_maskz_loadu_ps (high, k + r * ldk + from + 16),
                                                      _mm512_maskz_loadu_ps (low, k + r * ldk + from))
                     : _mm512_setzero_si512 ();
      transpose (v);
      for (size_t p = 0; p < n_pairs; p++, out += VECTORS * 64)
        _mm512_store_si512 (out, v[p]);
    }
}

/* Columns [from, from + 16) of pairs of rows. */
static void
pack_values (const float *v, size_t ldv, size_t n_keys, size_t from, size_t width, char *out)
{
  size_t left = width > from ? width - from : 0;
  __mmask16 mask = left >= 16 ? 0xffff : (__mmask16) ((1u << left) - 1);

  for (size_t key = 0; key < n_keys; key += 2, out += VECTORS * 64)
    {
      const float *row = v + key * ldv + from;
      __m256i even = (__m256i) _mm512_cvtneps_pbh (_mm512_maskz_loadu_ps (mask, row));
      __m256i odd = key + 1 < n_keys ? (__m256i) _mm512_cvtneps_pbh (_mm512_maskz_loadu_ps (mask, row + ldv))
                                     : _mm256_setzero_si256 ();

      _mm512_store_si512 (out, _mm512_or_si512 (_mm512_cvtepu16_epi32 (even),
                                                _mm512_slli_epi32 (_mm512_cvtepu16_epi32 (odd), 16)));
    }
}

static void
attend_pack (const float *k, size_t ldk, const float *v, size_t ldv, size_t n_keys, size_t width,
             void *panels)
{
  char *keys = panels, *values = keys + keys_bytes (n_keys, width);

  for (size_t from = 0; from < n_keys; from += 16)
    pack_keys (k + from * ldk, ldk, n_keys - from < 16 ? n_keys - from : 16, width,
               keys + from / COLUMNS * panel_bytes (width) + from % COLUMNS * 4);
  /* An odd number of vectors leaves the last strip's second half: zero. */
  if ((n_keys + 15) / 16 % VECTORS != 0)
    pack_keys (k, ldk, 0, width, keys + n_keys / COLUMNS * panel_bytes (width) + 64);
  for (size_t from = 0; from < n_strips (width) * COLUMNS; from += 16)
    pack_values (v, ldv, n_keys, from, width,
                 values + from / COLUMNS * panel_bytes (n_keys) + from % COLUMNS * 4);
}

#define TILE_OF(n)                                                                                           \
  case n:                                                                                                    \
    tile (n, panel, n_pairs, x, stride, true, c, ldc);                                                       \
    break;

static void
multiply_rows (const char *panel, size_t n_pairs, const char *x, size_t stride, size_t m, float *c,
               size_t ldc)
{
  switch (m)
    {
      TILE_OF (1)
      TILE_OF (2)
      TILE_OF (3)
      TILE_OF (4) TILE_OF (5) TILE_OF (6) TILE_OF (7) TILE_OF (8) TILE_OF (9) TILE_OF (10) TILE_OF (11)
          TILE_OF (12)
    }
}

static void
attend_scores (const void *panels, size_t n_keys, size_t width, const float *q, size_t ldq, float scale,
               size_t m, float *s, size_t lds)
{
  char rows[ROWS][2 * B2_ATTEND_MAX_WIDTH + 64] __attribute__ ((aligned (64)));

  for (size_t r = 0; r < m; r++)
    {
      float scaled[B2_ATTEND_MAX_WIDTH];

      for (size_t i = 0; i < width; i++)
        scaled[i] = q[r * ldq + i] * scale;
      prepare (scaled, width, rows[r]);
    }
  for (size_t from = 0; from < n_keys; from += COLUMNS)
    multiply_rows ((const char *) panels + from / COLUMNS * panel_bytes (width), (width + 1) / 2, rows[0],
                   sizeof rows[0], m, s + from, lds);
}

/* So many keys at a time that what is prepared of the weights has a bound. */
#define VALUE_KEYS 1024

static void
attend_values (const void *panels, size_t n_keys, size_t width, const float *p, size_t ldp, size_t m,
               float *out, size_t ldo)
{
  const char *values = (const char *) panels + keys_bytes (n_keys, width);
  char rows[ROWS][2 * VALUE_KEYS + 64] __attribute__ ((aligned (64)));
  float sums[ROWS][B2_ATTEND_MAX_WIDTH + COLUMNS];

  for (size_t from = 0; from < n_keys; from += VALUE_KEYS)
    {
      size_t n = n_keys - from < VALUE_KEYS ? n_keys - from : VALUE_KEYS;

      for (size_t r = 0; r < m; r++)
        prepare (p + r * ldp + from, n, rows[r]);
      for (size_t column = 0; column < width; column += COLUMNS)
        {
          const char *panel = values + column / COLUMNS * panel_bytes (n_keys) + from / 2 * VECTORS * 64;
          float part[ROWS][COLUMNS];

          multiply_rows (panel, (n + 1) / 2, rows[0], sizeof rows[0], m, part[0], COLUMNS);
          for (size_t r = 0; r < m; r++)
            for (size_t j = 0; j < COLUMNS; j++)
              sums[r][column + j] = part[r][j] + (from == 0 ? 0 : sums[r][column + j]);
        }
    }
  for (size_t r = 0; r < m; r++)
    memcpy (out + r * ldo, sums[r], width * sizeof *out);
}

static const B2Attend attend = { .max_rows = ROWS,
                                 .panel_bytes = attend_panel_bytes,
                                 .pack = attend_pack,
                                 .scores = attend_scores,
                                 .values = attend_values };

void
b2_kernels_init_avx512bf16 (B2Kernels *table)
{
  table->name = "avx512bf16";
  table->gemm[B2_WEIGHT_BF16] = &gemm_bf16;
  table->attend = &attend;
}
