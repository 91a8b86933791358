#include <immintrin.h>

#include "engine/kernels/peak.h"

#define N_CHAINS 12
#define VECTOR __m256i
#define START(i) _mm256_set1_epi32 (i)
#define OPERANDS __m256i a = _mm256_set1_epi8 (3), b = _mm256_set1_epi8 (-5)
#define ROUND(chain) _mm256_dpbusd_avx_epi32 (chain, a, b)
#define TOTAL(chain) (float) _mm256_extract_epi32 (chain, 0)
#include "engine/kernels/peak-loop.inc"

const B2PeakLoop b2_peak_avxvnni_int8 = { "avx-vnni vpdpbusd", B2_PEAK_INT8, N_CHAINS * 32 * 2, run };
