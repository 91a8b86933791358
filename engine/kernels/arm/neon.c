/*
 * NEON, which every AArch64 processor has. Bytes are multiplied to 16 bits, which hold the sum of two products and no
 * more: 2 · 127 · 128 < 2¹⁵. Pairs of such sums are added to 32 bits.
 */
#include <arm_neon.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "engine/kernels/gemm.h"
#include "engine/kernels/kernels.h"
#include "engine/quant/q4.h"
#include "engine/quant/q8.h"

#define V float32x4_t
#define GEMV_ROWS 4
#define KERNELS_NAME "neon"
#define NAME(x) b2_neon_##x
#define ZERO() vdupq_n_f32 (0)
#define LOADF(p) vld1q_f32 (p)
#define STOREF(p, v) vst1q_f32 (p, v)
#define SET1(x) vdupq_n_f32 (x)
#define ADD(a, b) vaddq_f32 (a, b)
#define SUM(v) vaddvq_f32 (v)
#define LOAD_F32_BYTES(p) vreinterpretq_f32_u8 (vld1q_u8 (p))
#define LOAD_F16(p) vcvt_f32_f16 (vreinterpret_f16_u8 (vld1_u8 (p)))
#define LOAD_BF16(p) vreinterpretq_f32_u32 (vshlq_n_u32 (vmovl_u16 (vreinterpret_u16_u8 (vld1_u8 (p))), 16))

/* Two sums for each of four rows, those of rows 0 and 1 in one vector. */
typedef struct
{
  int32x4_t low, high;
} Sums;

#define WITH_Q8
#define WITH_Q4
#define QUADS 2
#define VECTORS 2
#define ROWS 4
#define VX VI
#define VSUM Sums
#define FIRST_SUM(p)                                                                                         \
  (Sums) { vdupq_n_s32 (0), vdupq_n_s32 (0) }
#define DOT(sum, w, x) dot_quads (sum, w, x)
#define TO_F(sum) vcvtq_f32_s32 (vpaddq_s32 ((sum).low, (sum).high))

#include "engine/kernels/arm/int8-neon.inc"

static inline __attribute__ ((always_inline)) VI
NAME (load_x) (const int8_t *p)
{
  VI v;

  for (int i = 0; i < QUADS; i++)
    {
      int32_t four;

      memcpy (&four, p + 4 * i, sizeof four);
      v.quad[i] = vreinterpretq_s8_s32 (vdupq_n_s32 (four));
    }
  return v;
}

static inline __attribute__ ((always_inline)) Sums
dot_quads (Sums sum, VI w, VI x)
{
  int16x8_t low = vmull_s8 (vget_low_s8 (w.quad[0]), vget_low_s8 (x.quad[0]));
  int16x8_t high = vmull_high_s8 (w.quad[0], x.quad[0]);

  low = vmlal_s8 (low, vget_low_s8 (w.quad[1]), vget_low_s8 (x.quad[1]));
  high = vmlal_high_s8 (high, w.quad[1], x.quad[1]);
  return (Sums){ vpadalq_s16 (sum.low, low), vpadalq_s16 (sum.high, high) };
}

#include "engine/kernels/int8.inc"

#define MUL(a, b) vmulq_f32 (a, b)
#define SUB(a, b) vsubq_f32 (a, b)
#define MINV(a, b) vminq_f32 (a, b)
#define MAXV(a, b) vmaxq_f32 (a, b)
#define ABS(a) vabsq_f32 (a)
#define LARGEST(v) vmaxvq_f32 (v)
#define WHERE_LESS(a, b, x, y) vbslq_f32 (vcltq_f32 (a, b), x, y)
#define WITH_SIGN(a, b) vbslq_f32 (vdupq_n_u32 (0x80000000), b, a)
#define ROUND_INT(a) vrndnq_f32 (a)
#define TIMES_POWER(a, n)                                                                                    \
  vreinterpretq_f32_s32 (vaddq_s32 (vreinterpretq_s32_f32 (a), vshlq_n_s32 (vcvtnq_s32_f32 (n), 23)))
#define PD float64x2_t
#define PD_ZERO() vdupq_n_f64 (0)
#define PD_SET1(x) vdupq_n_f64 (x)
#define PD_LOAD(p) vcvt_f64_f32 (vld1_f32 (p))
#define PD_ADD(a, b) vaddq_f64 (a, b)
#define PD_SUB(a, b) vsubq_f64 (a, b)
#define PD_FMA(a, b, c) vfmaq_f64 (c, a, b)
#define PD_SUM(v) vaddvq_f64 (v)

#include "engine/kernels/math.inc"

#define b2_neon_init b2_kernels_init_neon
#include "engine/kernels/simd-kernels.inc"
