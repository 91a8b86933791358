/* AVX2 + FMA + F16C; compiled with these flags, called only where dispatch.c found them. */
#include <immintrin.h>

#include "engine/kernels/kernels.h"

#define V __m256
#define LANES 8
#define KERNELS_NAME "avx2"
#define NAME(x) b2_avx2_##x
#define ZERO() _mm256_setzero_ps ()
#define LOADF(p) _mm256_loadu_ps (p)
#define STOREF(p, v) _mm256_storeu_ps (p, v)
#define SET1(x) _mm256_set1_ps (x)
#define ADD(a, b) _mm256_add_ps (a, b)
#define FMA(a, b, c) _mm256_fmadd_ps (a, b, c)
#define SUM(v) sum8 (v)
#define LOAD_F32_BYTES(p) _mm256_castsi256_ps (_mm256_loadu_si256 ((const __m256i *) (const void *) (p)))
#define LOAD_F16(p) _mm256_cvtph_ps (_mm_loadu_si128 ((const __m128i *) (const void *) (p)))
#define LOAD_BF16(p)                                                                                         \
  _mm256_castsi256_ps (_mm256_slli_epi32 (                                                                   \
      _mm256_cvtepu16_epi32 (_mm_loadu_si128 ((const __m128i *) (const void *) (p))), 16))

static inline float
sum8 (__m256 v)
{
  __m128 s = _mm_add_ps (_mm256_castps256_ps128 (v), _mm256_extractf128_ps (v, 1));

  s = _mm_add_ps (s, _mm_movehl_ps (s, s));
  s = _mm_add_ss (s, _mm_movehdup_ps (s));
  return _mm_cvtss_f32 (s);
}

#define b2_avx2_init b2_kernels_init_avx2
#include "engine/kernels/x86/simd-kernels.inc"
