#include <immintrin.h>

#include "engine/kernels/peak.h"

#define N_CHAINS 16
#define VECTOR __m512i
#define START(i) _mm512_set1_epi32 (i)
#define OPERANDS __m512i a = _mm512_set1_epi8 (3), b = _mm512_set1_epi8 (-5)
#define ROUND(chain) _mm512_dpbusd_epi32 (chain, a, b)
#define TOTAL(chain) (float) _mm_cvtsi128_si32 (_mm512_castsi512_si128 (chain))
#include "engine/kernels/peak-loop.inc"

const B2PeakLoop b2_peak_avx512_int8 = { "avx512 vpdpbusd", B2_PEAK_INT8, N_CHAINS * 64 * 2, run };
