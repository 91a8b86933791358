#include <arm_neon.h>

#include "engine/kernels/peak.h"

/* Without dot products 16 products of bytes take three instructions: two to 16 bits, one to add pairs of these to 32. */
#define N_CHAINS 8
#define REGISTER "+w"
#define VECTOR int32x4_t
#define START(i) vdupq_n_s32 (i)
#define OPERANDS int8x16_t a = vdupq_n_s8 (3), b = vdupq_n_s8 (-5)
#define ROUND(chain) vpadalq_s16 (chain, vmlal_high_s8 (vmull_s8 (vget_low_s8 (a), vget_low_s8 (b)), a, b))
#define TOTAL(chain) (float) vgetq_lane_s32 (chain, 0)
#include "engine/kernels/peak-loop.inc"

const B2PeakLoop b2_peak_neon_int8 = { "neon smull, smlal2, sadalp", B2_PEAK_INT8, N_CHAINS * 16 * 2, run };
