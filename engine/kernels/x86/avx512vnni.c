/* AVX-512 VNNI: vpdpbusd, four products of unsigned weights and signed activations per 32-bit lane. */
#include <immintrin.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "engine/kernels/gemm.h"
#include "engine/kernels/kernels.h"
#include "engine/quant/q4.h"
#include "engine/quant/q8.h"

#define NAME(x) b2_avx512vnni_##x
#define VEC(x) _mm512_##x
#define AND(a, b) _mm512_and_si512 (a, b)
#define XOR(a, b) _mm512_xor_si512 (a, b)
#define WITH_Q8
#define WITH_Q4
#define STEP 4
#define Q4_FACTOR 0.0625f /* the panel holds 16 times a nibble: a mask is enough to get at the upper one */
#define FIRST_SUM(p) _mm512_set1_epi32 (*(const int32_t *) (const void *) (p))
#define DOT(sum, w, x) _mm512_dpbusd_epi32 (sum, w, x)

#include "engine/kernels/x86/int8-zmm.inc"

/* Rounds 32 values to nearest even. Returns: -128 times their sum */
static inline int32_t
NAME (round_block) (const float *x, float inverse, int8_t *q)
{
  __m512 scale = _mm512_set1_ps (inverse);
  __m512i a = _mm512_cvtps_epi32 (_mm512_mul_ps (_mm512_loadu_ps (x), scale));
  __m512i b = _mm512_cvtps_epi32 (_mm512_mul_ps (_mm512_loadu_ps (x + 16), scale));

  _mm_storeu_si128 ((__m128i *) (void *) q, _mm512_cvtepi32_epi8 (a));
  _mm_storeu_si128 ((__m128i *) (void *) (q + 16), _mm512_cvtepi32_epi8 (b));
  return -128 * NAME (sum) (_mm512_add_epi32 (a, b));
}

#include "engine/kernels/x86/int8-bytes.inc"
#include "engine/kernels/int8.inc"

void
b2_kernels_init_avx512vnni (B2Kernels *table)
{
  table->name = "avx512vnni";
  table->gemm[B2_WEIGHT_Q8_0] = &NAME (gemm_q8);
  table->gemm[B2_WEIGHT_Q4_0] = &NAME (gemm_q4);
}
