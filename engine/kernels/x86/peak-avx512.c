#include <immintrin.h>

#include "engine/kernels/peak.h"

#define N_CHAINS 16
#define VECTOR __m512
#define START(i) _mm512_set1_ps ((float) (i))
#define OPERANDS __m512 a = _mm512_set1_ps (0.75f), b = _mm512_set1_ps (1e-3f)
#define ROUND(chain) _mm512_fmadd_ps (a, b, chain)
#define TOTAL(chain) _mm512_cvtss_f32 (chain)
#include "engine/kernels/peak-loop.inc"

const B2PeakLoop b2_peak_avx512_f32 = { "avx512 vfmadd231ps", B2_PEAK_F32, N_CHAINS * 16 * 2, run };

uint64_t
b2_peak_read_avx512 (const void *data, size_t n_bytes)
{
  const __m512i *from = data;
  __m512i sums[8];

  for (int j = 0; j < 8; j++)
    sums[j] = _mm512_setzero_si512 ();
  for (size_t i = 0; i < n_bytes / sizeof *from; i += 8)
#pragma GCC unroll 8
    for (int j = 0; j < 8; j++)
      sums[j] = _mm512_or_si512 (sums[j], _mm512_load_si512 (from + i + j));
  for (int j = 1; j < 8; j++)
    sums[0] = _mm512_or_si512 (sums[0], sums[j]);
  return (uint64_t) _mm512_reduce_or_epi64 (sums[0]);
}
