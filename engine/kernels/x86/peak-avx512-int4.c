#include <immintrin.h>

#include "engine/kernels/peak.h"

/* 4-bit weights without VNNI: pairs of products to 16 bits, and their sum. */
#define N_CHAINS 8
#define VECTOR __m512i
#define START(i) _mm512_set1_epi16 (i)
#define OPERANDS __m512i a = _mm512_set1_epi8 (3), b = _mm512_set1_epi8 (-5)
#define ROUND(chain) _mm512_add_epi16 (chain, _mm512_maddubs_epi16 (a, b))
#define TOTAL(chain) (float) _mm_cvtsi128_si32 (_mm512_castsi512_si128 (chain))
#include "engine/kernels/peak-loop.inc"

const B2PeakLoop b2_peak_avx512_int4 = { "avx512 vpmaddubsw", B2_PEAK_INT4, N_CHAINS * 64 * 2, run };
