#include <immintrin.h>

#include "engine/kernels/peak.h"

#define N_CHAINS 16
#define VECTOR __m512
#define START(i) _mm512_set1_ps ((float) (i))
#define OPERANDS __m512i a = _mm512_set1_epi16 (0x3f40), b = _mm512_set1_epi16 (0x3a83) /* 0.75 and 1e-3 */
#define ROUND(chain) _mm512_dpbf16_ps (chain, (__m512bh) a, (__m512bh) b)
#define TOTAL(chain) _mm512_cvtss_f32 (chain)
#include "engine/kernels/peak-loop.inc"

const B2PeakLoop b2_peak_avx512_bf16 = { "avx512 vdpbf16ps", B2_PEAK_BF16, N_CHAINS * 32 * 2, run };
