#include <arm_neon.h>

#include "engine/kernels/peak.h"

#define N_CHAINS 16
#define REGISTER "+w"
#define VECTOR int32x4_t
#define START(i) vdupq_n_s32 (i)
#define OPERANDS int8x16_t a = vdupq_n_s8 (3), b = vdupq_n_s8 (-5)
#define ROUND(chain) vdotq_s32 (chain, a, b)
#define TOTAL(chain) (float) vgetq_lane_s32 (chain, 0)
#include "engine/kernels/peak-loop.inc"

const B2PeakLoop b2_peak_dotprod_int8 = { "dotprod sdot", B2_PEAK_INT8, N_CHAINS * 16 * 2, run };
