#include <immintrin.h>

#include "engine/kernels/peak.h"

#define N_CHAINS 16
#define VECTOR __m512
#define START(i) _mm512_set1_ps ((float) (i))
#define OPERANDS __m512 a = _mm512_set1_ps (0.75f), b = _mm512_set1_ps (1e-3f)
#define ROUND(chain) _mm512_fmadd_ps (a, b, chain)
#define TOTAL(chain) _mm512_cvtss_f32 (chain)
#include "engine/kernels/peak-loop.inc"

const B2PeakLoop b2_peak_avx512_f32 = { "avx512 vfmadd231ps", B2_PEAK_F32, N_CHAINS * 16 * 2, run };

#define READ b2_peak_read_avx512
#define WORDS __m512i
#define NOTHING() _mm512_setzero_si512 ()
#define OR(a, b) _mm512_or_si512 (a, b)
#define LOAD(p) _mm512_load_si512 (p)
#define BITS(v) (uint64_t) _mm512_reduce_or_epi64 (v)
#include "engine/kernels/peak-read.inc"
