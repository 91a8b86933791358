/*
 * Dot products of ARMv8.2: sdot, four products of signed bytes per 32-bit lane; compiled for it, called only where
 * dispatch.c found it. One factor may be four bytes of a vector, so that sixteen values of x are one load.
 */
#include <arm_neon.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "engine/kernels/gemm.h"
#include "engine/kernels/kernels.h"
#include "engine/quant/q4.h"
#include "engine/quant/q8.h"

#define NAME(x) b2_dotprod_##x
#define WITH_Q8
#define WITH_Q4
#define QUADS 4
#define VECTORS 2
#define ROWS 5 /* with two vectors each of sums and of floats, and eight of weights, they fill 32 registers */
#define VX int8x16_t
#define VSUM int32x4_t
#define FIRST_SUM(p) vdupq_n_s32 (0)
#define DOT(sum, w, x) dot_quads (sum, w, x)
#define TO_F(sum) vcvtq_f32_s32 (sum)

#include "engine/kernels/arm/int8-neon.inc"

/* Sixteen values once: dot_quads() picks four at a time. */
static inline __attribute__ ((always_inline)) int8x16_t
NAME (load_x) (const int8_t *p)
{
  return vld1q_s8 (p);
}

static inline __attribute__ ((always_inline)) int32x4_t
dot_quads (int32x4_t sum, VI w, int8x16_t x)
{
  sum = vdotq_laneq_s32 (sum, w.quad[0], x, 0);
  sum = vdotq_laneq_s32 (sum, w.quad[1], x, 1);
  sum = vdotq_laneq_s32 (sum, w.quad[2], x, 2);
  return vdotq_laneq_s32 (sum, w.quad[3], x, 3);
}

#include "engine/kernels/int8.inc"

void
b2_kernels_init_dotprod (B2Kernels *table)
{
  table->name = "dotprod";
  table->gemm[B2_WEIGHT_Q8_0] = &NAME (gemm_q8);
  table->gemm[B2_WEIGHT_Q4_0] = &NAME (gemm_q4);
}
