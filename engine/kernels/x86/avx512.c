/* AVX-512 F, BW, DQ, VL; compiled with these flags, called only where dispatch.c found them. */
#include <immintrin.h>

#include "engine/kernels/kernels.h"

#define V __m512
#define LANES 16
#define KERNELS_NAME "avx512"
#define NAME(x) b2_avx512_##x
#define ZERO() _mm512_setzero_ps ()
#define LOADF(p) _mm512_loadu_ps (p)
#define STOREF(p, v) _mm512_storeu_ps (p, v)
#define SET1(x) _mm512_set1_ps (x)
#define ADD(a, b) _mm512_add_ps (a, b)
#define FMA(a, b, c) _mm512_fmadd_ps (a, b, c)
#define SUM(v) _mm512_reduce_add_ps (v)
#define LOAD_F32_BYTES(p) _mm512_castsi512_ps (_mm512_loadu_si512 (p))
#define LOAD_F16(p) _mm512_cvtph_ps (_mm256_loadu_si256 ((const __m256i *) (const void *) (p)))
#define LOAD_BF16(p)                                                                                         \
  _mm512_castsi512_ps (_mm512_slli_epi32 (                                                                   \
      _mm512_cvtepu16_epi32 (_mm256_loadu_si256 ((const __m256i *) (const void *) (p))), 16))

#define b2_avx512_init b2_kernels_init_avx512
#include "engine/kernels/x86/simd-kernels.inc"
