#include <immintrin.h>

#include "engine/kernels/peak.h"

/* Without VNNI a product of bytes takes three instructions: pairs to 16 bits, pairs of these to 32, a sum. */
#define N_CHAINS 8
#define VECTOR __m256i
#define START(i) _mm256_set1_epi32 (i)
#define OPERANDS __m256i a = _mm256_set1_epi8 (3), b = _mm256_set1_epi8 (-5), ones = _mm256_set1_epi16 (1)
#define ROUND(chain) _mm256_add_epi32 (chain, _mm256_madd_epi16 (_mm256_maddubs_epi16 (a, b), ones))
#define TOTAL(chain) (float) _mm256_extract_epi32 (chain, 0)
#include "engine/kernels/peak-loop.inc"

const B2PeakLoop b2_peak_avx2_int8 = { "avx2 vpmaddubsw, vpmaddwd", B2_PEAK_INT8, N_CHAINS * 32 * 2, run };
