/* AVX-512 F, BW, DQ, VL; compiled with these flags, called only where dispatch.c found them. */
#include <immintrin.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "engine/kernels/gemm.h"
#include "engine/kernels/kernels.h"
#include "engine/quant/q4.h"
#include "engine/quant/q8.h"

#define V __m512
#define GEMV_ROWS 4
#define KERNELS_NAME "avx512"
#define NAME(x) b2_avx512_##x
#define VEC(x) _mm512_##x
#define Q4_FACTOR 1.0f
#define AND(a, b) _mm512_and_si512 (a, b)
#define TWICE_OR_MORE(v) _mm512_broadcast_i32x4 (v)
#define ZERO() _mm512_setzero_ps ()
#define LOADF(p) _mm512_loadu_ps (p)
#define STOREF(p, v) _mm512_storeu_ps (p, v)
#define SET1(x) _mm512_set1_ps (x)
#define ADD(a, b) _mm512_add_ps (a, b)
#define SUM(v) _mm512_reduce_add_ps (v)
#define LOAD_F32_BYTES(p) _mm512_castsi512_ps (_mm512_loadu_si512 (p))
#define LOAD_F16(p) _mm512_cvtph_ps (_mm256_loadu_si256 ((const __m256i *) (const void *) (p)))
#define LOAD_BF16(p)                                                                                         \
  _mm512_castsi512_ps (_mm512_slli_epi32 (                                                                   \
      _mm512_cvtepu16_epi32 (_mm256_loadu_si256 ((const __m256i *) (const void *) (p))), 16))

#include "engine/kernels/x86/int8-zmm.inc"
#include "engine/kernels/x86/int16-pairs.inc"

/* Rounds 32 values to nearest even. Returns: their sum */
static inline int
NAME (round_block) (const float *x, float inverse, int16_t *q)
{
  __m512 scale = _mm512_set1_ps (inverse);

  for (int j = 0; j < 32; j += 16)
    _mm256_storeu_si256 ((__m256i *) (void *) (q + j),
                         _mm512_cvtepi32_epi16 (_mm512_cvtps_epi32 (_mm512_mul_ps (_mm512_loadu_ps (x + j), scale))));
  return 0; /* weights are signed here: nothing to take off */
}

#include "engine/kernels/x86/int8.inc"

#define b2_avx512_init b2_kernels_init_avx512
#include "engine/kernels/x86/simd-kernels.inc"
