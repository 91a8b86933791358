#include <immintrin.h>

#include "engine/kernels/peak.h"

/* Of 16 registers, two hold the operands. */
#define N_CHAINS 12
#define VECTOR __m256
#define START(i) _mm256_set1_ps ((float) (i))
#define OPERANDS __m256 a = _mm256_set1_ps (0.75f), b = _mm256_set1_ps (1e-3f)
#define ROUND(chain) _mm256_fmadd_ps (a, b, chain)
#define TOTAL(chain) _mm256_cvtss_f32 (chain)
#include "engine/kernels/peak-loop.inc"

const B2PeakLoop b2_peak_avx2_f32 = { "avx2 vfmadd231ps", B2_PEAK_F32, N_CHAINS * 8 * 2, run };

/* Four loads at a time, so that no sum waits for another. */
uint64_t
b2_peak_read_avx2 (const void *data, size_t n_bytes)
{
  const __m256i *from = data;
  __m256i sums[8];

  for (int j = 0; j < 8; j++)
    sums[j] = _mm256_setzero_si256 ();
  for (size_t i = 0; i < n_bytes / sizeof *from; i += 8)
#pragma GCC unroll 8
    for (int j = 0; j < 8; j++)
      sums[j] = _mm256_or_si256 (sums[j], _mm256_load_si256 (from + i + j));
  for (int j = 1; j < 8; j++)
    sums[0] = _mm256_or_si256 (sums[0], sums[j]);
  return (uint64_t) _mm256_extract_epi64 (sums[0], 0) | (uint64_t) _mm256_extract_epi64 (sums[0], 1)
         | (uint64_t) _mm256_extract_epi64 (sums[0], 2) | (uint64_t) _mm256_extract_epi64 (sums[0], 3);
}
