/*
 * AVX-VNNI: vpdpbusd on 256 bits, for processors without AVX-512. Compiled a second time, with AVX-512's encoding of
 * the same instruction, it runs where AVX-512 VNNI is: tests then cover it without such a processor.
 */
#include <immintrin.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "engine/kernels/gemm.h"
#include "engine/kernels/kernels.h"
#include "engine/quant/q4.h"
#include "engine/quant/q8.h"

#ifdef B2_EVEX_ENCODING
#define NAME(x) b2_evexvnni_##x
#define DOT(sum, w, x) _mm256_dpbusd_epi32 (sum, w, x)
#else
#define NAME(x) b2_avxvnni_##x
#define DOT(sum, w, x) _mm256_dpbusd_avx_epi32 (sum, w, x)
#endif
#define VEC(x) _mm256_##x
#define AND(a, b) _mm256_and_si256 (a, b)
#define XOR(a, b) _mm256_xor_si256 (a, b)
#define WITH_Q8
#define WITH_Q4
#define STEP 4
#define Q4_FACTOR 0.0625f /* the panel holds 16 times a nibble: a mask is enough to get at the upper one */
#define FIRST_SUM(p) _mm256_set1_epi32 (*(const int32_t *) (const void *) (p))

#include "engine/kernels/x86/int8-ymm.inc"
#include "engine/kernels/x86/round-bytes.inc"

/* Returns: -128 times the sum of the integers */
static inline int32_t
NAME (round_block) (const float *x, float inverse, int8_t *q)
{
  __m256i bytes = NAME (round_bytes) (x, inverse);

  _mm256_storeu_si256 ((__m256i *) (void *) q, bytes);
  return -NAME (sum) (DOT (_mm256_setzero_si256 (), _mm256_set1_epi8 ((char) 128), bytes));
}

#include "engine/kernels/x86/int8-bytes.inc"
#include "engine/kernels/int8.inc"

#ifdef B2_EVEX_ENCODING
void
b2_kernels_init_evexvnni (B2Kernels *table)
{
  table->name = "avxvnni (EVEX)";
#else
void
b2_kernels_init_avxvnni (B2Kernels *table)
{
  table->name = "avxvnni";
#endif
  table->gemm[B2_WEIGHT_Q8_0] = &NAME (gemm_q8);
  table->gemm[B2_WEIGHT_Q4_0] = &NAME (gemm_q4);
}
