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

static inline uint64_t
bits (__m256i v)
{
  __m128i both = _mm_or_si128 (_mm256_castsi256_si128 (v), _mm256_extracti128_si256 (v, 1));

  return (uint64_t) _mm_cvtsi128_si64 (both) | (uint64_t) _mm_extract_epi64 (both, 1);
}

#define READ b2_peak_read_avx2
#define WORDS __m256i
#define NOTHING() _mm256_setzero_si256 ()
#define OR(a, b) _mm256_or_si256 (a, b)
#define LOAD(p) _mm256_load_si256 (p)
#define BITS(v) bits (v)
#include "engine/kernels/peak-read.inc"
