#include <arm_neon.h>

#include "engine/kernels/peak.h"

/* Of 32 registers, two hold the operands: enough chains for four pipes of four cycles. */
#define N_CHAINS 16
#define REGISTER "+w"
#define VECTOR float32x4_t
#define START(i) vdupq_n_f32 ((float) (i))
#define OPERANDS float32x4_t a = vdupq_n_f32 (0.75f), b = vdupq_n_f32 (1e-3f)
#define ROUND(chain) vfmaq_f32 (chain, a, b)
#define TOTAL(chain) vgetq_lane_f32 (chain, 0)
#include "engine/kernels/peak-loop.inc"

const B2PeakLoop b2_peak_neon_f32 = { "neon fmla", B2_PEAK_F32, N_CHAINS * 4 * 2, run };
