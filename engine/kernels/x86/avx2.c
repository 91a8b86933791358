/* AVX2 + FMA + F16C; compiled with these flags, called only where dispatch.c found them. */
#include <assert.h>
#include <immintrin.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "engine/kernels/gemm.h"
#include "engine/kernels/kernels.h"
#include "engine/kernels/watch.h"
#include "engine/quant/q4.h"
#include "engine/quant/q8.h"

#define V __m256
#define GEMV_ROWS 2
#define KERNELS_NAME "avx2"
#define NAME(x) b2_avx2_##x
#define ZERO() _mm256_setzero_ps ()
#define LOADF(p) _mm256_loadu_ps (p)
#define STOREF(p, v) _mm256_storeu_ps (p, v)
#define SET1(x) _mm256_set1_ps (x)
#define ADD(a, b) _mm256_add_ps (a, b)
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

#define WITH_Q8
#define ROWS 5
#define VEC(x) _mm256_##x
#define ZERO_I() _mm256_setzero_si256 ()
#define WITH_SIGN_OF(x, w) _mm256_sign_epi8 (x, w)
#include "engine/kernels/x86/int8-ymm.inc"
#include "engine/kernels/x86/round-bytes.inc"
#include "engine/kernels/x86/signed-bytes.inc"
#include "engine/kernels/int8.inc"

#define WITH_DECODE_BLOCKS
#include "engine/kernels/x86/decode-blocks.inc"

#define F32_ROWS 6
#include "engine/kernels/x86/gemm-f32.inc"

#define MUL(a, b) _mm256_mul_ps (a, b)
#define SUB(a, b) _mm256_sub_ps (a, b)
#define MINV(a, b) _mm256_min_ps (a, b)
#define MAXV(a, b) _mm256_max_ps (a, b)
#define ABS(a) _mm256_andnot_ps (_mm256_set1_ps (-0.0f), a)
#define LARGEST(v) largest8 (v)
#define WHERE_LESS(a, b, x, y) _mm256_blendv_ps (y, x, _mm256_cmp_ps (a, b, _CMP_LT_OQ))
#define WITH_SIGN(a, b) _mm256_or_ps (ABS (a), _mm256_and_ps (_mm256_set1_ps (-0.0f), b))
#define ROUND_INT(a) _mm256_round_ps (a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)
#define TIMES_POWER(a, n)                                                                                    \
  _mm256_castsi256_ps (                                                                                      \
      _mm256_add_epi32 (_mm256_castps_si256 (a), _mm256_slli_epi32 (_mm256_cvtps_epi32 (n), 23)))
#define PD __m256d
#define PD_ZERO() _mm256_setzero_pd ()
#define PD_SET1(x) _mm256_set1_pd (x)
#define PD_LOAD(p) _mm256_cvtps_pd (_mm_loadu_ps (p))
#define PD_ADD(a, b) _mm256_add_pd (a, b)
#define PD_SUB(a, b) _mm256_sub_pd (a, b)
#define PD_FMA(a, b, c) _mm256_fmadd_pd (a, b, c)
#define PD_SUM(v) sum4_pd (v)

static inline float
largest8 (__m256 v)
{
  __m128 m = _mm_max_ps (_mm256_castps256_ps128 (v), _mm256_extractf128_ps (v, 1));

  m = _mm_max_ps (m, _mm_movehl_ps (m, m));
  m = _mm_max_ss (m, _mm_movehdup_ps (m));
  return _mm_cvtss_f32 (m);
}

static inline double
sum4_pd (__m256d v)
{
  __m128d s = _mm_add_pd (_mm256_castpd256_pd128 (v), _mm256_extractf128_pd (v, 1));

  return _mm_cvtsd_f64 (_mm_add_sd (s, _mm_unpackhi_pd (s, s)));
}

#include "engine/kernels/math.inc"

#define b2_avx2_init b2_kernels_init_avx2
#include "engine/kernels/simd-kernels.inc"
