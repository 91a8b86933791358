/*
 * AVX-512 BF16: vdpbf16ps, two products per 32-bit lane. Activations are rounded to bfloat16, as transformers' are; sums
 * are f32. The instruction counts denormals as zero.
 */
#include <immintrin.h>
#include <math.h>
#include <string.h>

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
pack (const void *w, size_t row_bytes, size_t n, size_t k_from, size_t k_to, ptrdiff_t ahead, void *panel)
{
  const unsigned char *rows = (const unsigned char *) w + 2 * k_from;

  for (size_t r = 0; ahead != 0 && r < n; r++)
    for (size_t i = 0; i < 2 * (k_to - k_from); i += 64)
      __builtin_prefetch (rows + (ptrdiff_t) (r * row_bytes + i) + ahead, 0, 2);
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

void
b2_kernels_init_avx512bf16 (B2Kernels *table)
{
  table->name = "avx512bf16";
  table->gemm[B2_WEIGHT_BF16] = &gemm_bf16;
}
