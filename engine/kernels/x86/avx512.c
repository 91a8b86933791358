/* AVX-512 F, BW, DQ, VL; compiled with these flags, called only where dispatch.c found them. */
#include <immintrin.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "engine/kernels/gemm.h"
#include "engine/kernels/kernels.h"
#include "engine/kernels/watch.h"
#include "engine/quant/q8.h"

#define V __m512
#define GEMV_ROWS 4
#define KERNELS_NAME "avx512"
#define NAME(x) b2_avx512_##x
#define VEC(x) _mm512_##x
#define ZERO_I() _mm512_setzero_si512 ()
#define WITH_SIGN_OF(x, w) _mm512_mask_sub_epi8 (x, _mm512_movepi8_mask (w), ZERO_I (), x)
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

#define WITH_Q8
#include "engine/kernels/x86/int8-zmm.inc"
#include "engine/kernels/x86/round-bytes.inc"
#include "engine/kernels/x86/signed-bytes.inc"
#include "engine/kernels/int8.inc"

#define F32_ROWS 12
#include "engine/kernels/x86/gemm-f32.inc"

#define MUL(a, b) _mm512_mul_ps (a, b)
#define SUB(a, b) _mm512_sub_ps (a, b)
#define MINV(a, b) _mm512_min_ps (a, b)
#define MAXV(a, b) _mm512_max_ps (a, b)
#define ABS(a) _mm512_abs_ps (a)
#define LARGEST(v) _mm512_reduce_max_ps (v)
#define WHERE_LESS(a, b, x, y) _mm512_mask_blend_ps (_mm512_cmp_ps_mask (a, b, _CMP_LT_OQ), y, x)
#define WITH_SIGN(a, b) _mm512_or_ps (ABS (a), _mm512_and_ps (_mm512_set1_ps (-0.0f), b))
#define ROUND_INT(a) _mm512_roundscale_ps (a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)
#define TIMES_POWER(a, n)                                                                                    \
  _mm512_castsi512_ps (                                                                                      \
      _mm512_add_epi32 (_mm512_castps_si512 (a), _mm512_slli_epi32 (_mm512_cvtps_epi32 (n), 23)))
#define PD __m512d
#define PD_ZERO() _mm512_setzero_pd ()
#define PD_SET1(x) _mm512_set1_pd (x)
#define PD_LOAD(p) _mm512_cvtps_pd (_mm256_loadu_ps (p))
#define PD_ADD(a, b) _mm512_add_pd (a, b)
#define PD_SUB(a, b) _mm512_sub_pd (a, b)
#define PD_FMA(a, b, c) _mm512_fmadd_pd (a, b, c)
#define PD_SUM(v) _mm512_reduce_add_pd (v)

#include "engine/kernels/math.inc"

#define b2_avx512_init b2_kernels_init_avx512
#include "engine/kernels/simd-kernels.inc"
