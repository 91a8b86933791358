#include <immintrin.h>

#include "engine/kernels/peak.h"

/* 4-bit weights without VNNI: pairs of products to 16 bits, and their sum. */
#define N_CHAINS 6 /* gcc stores more than eight */
#define VECTOR __m256i
#define START(i) _mm256_set1_epi16 (i)
#define OPERANDS __m256i a = _mm256_set1_epi8 (3), b = _mm256_set1_epi8 (-5)
#define ROUND(chain) _mm256_add_epi16 (chain, _mm256_maddubs_epi16 (a, b))
#define TOTAL(chain) (float) _mm256_extract_epi32 (chain, 0)
#include "engine/kernels/peak-loop.inc"

const B2PeakLoop b2_peak_avx2_int4 = { "avx2 vpmaddubsw", B2_PEAK_INT4, N_CHAINS * 32 * 2, run };
