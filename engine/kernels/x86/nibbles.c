/*
 * Q4_0 without vpdpbusd: vpmaddubsw, weights as unsigned nibbles, activations as signed bytes, and sums of 16 bits. Two products of
 * 15 · 127 don't saturate, and the sixteen of a block that meet in a lane don't overflow once the 8 that a nibble is too much has
 * been taken off: twice as many products per instruction as pairs of 16-bit integers have. Compiled twice: of 256 bits for AVX2,
 * of 512 for AVX-512 (BW).
 */
#include <immintrin.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "engine/kernels/gemm.h"
#include "engine/kernels/kernels.h"
#include "engine/quant/q4.h"
#include "engine/quant/q8.h"

#ifdef __AVX512BW__
#define NAME(x) b2_avx512nibbles_##x
#define VEC(x) _mm512_##x
#define AND(a, b) _mm512_and_si512 (a, b)
#else
#define NAME(x) b2_avx2nibbles_##x
#define VEC(x) _mm256_##x
#define AND(a, b) _mm256_and_si256 (a, b)
#define ROWS 6
#endif
#define WITH_Q4
#define STEP 4
#define FIRST_SUM(p) VEC (set1_epi32) (*(const int32_t *) (const void *) (p))
#define DOT(sum, w, x) IN_ORDER (VEC (add_epi16) (sum, VEC (maddubs_epi16) (w, x)))
#define TO_F(sum) VEC (cvtepi32_ps) (VEC (madd_epi16) (sum, VEC (set1_epi16) (1)))

#ifdef __AVX512BW__
#include "engine/kernels/x86/int8-zmm.inc"
#else
#include "engine/kernels/x86/int8-ymm.inc"
#endif
#include "engine/kernels/x86/round-bytes.inc"

/* Returns: -8 times the sums of the integers that go into the lower and the upper 16 bits of a lane */
static inline int32_t
NAME (round_block) (const float *x, float inverse, int8_t *q)
{
  __m256i bytes = NAME (round_bytes) (x, inverse),
          eights = _mm256_maddubs_epi16 (_mm256_set1_epi8 (8), bytes);
  __m128i s = _mm_add_epi16 (_mm256_castsi256_si128 (eights), _mm256_extracti128_si256 (eights, 1));

  _mm256_storeu_si256 ((__m256i *) (void *) q, bytes);
  s = _mm_add_epi16 (s, _mm_shuffle_epi32 (s, 0x4e));
  s = _mm_add_epi16 (s, _mm_shuffle_epi32 (s, 0xb1));
  return _mm_cvtsi128_si32 (_mm_sub_epi16 (_mm_setzero_si128 (), s));
}

static inline __attribute__ ((always_inline)) void
NAME (steps_q4) (const uint8_t *const *p, size_t stride, size_t stride3, VI *steps)
{
  VI lower = VEC (set1_epi8) (0x0f), both[4];

  NAME (transpose) (p, stride, stride3, 2, both);
  for (int s = 0; s < 4; s++)
    {
      steps[s] = AND (both[s], lower);
      steps[4 + s] = AND (VEC (srli_epi16) (both[s], 4), lower);
    }
}

#include "engine/kernels/int8.inc"

#ifdef __AVX512BW__
void
b2_kernels_init_avx512_nibbles (B2Kernels *table)
#else
void
b2_kernels_init_avx2_nibbles (B2Kernels *table)
#endif
{
  table->gemm[B2_WEIGHT_Q4_0] = &NAME (gemm_q4);
}
