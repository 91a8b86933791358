#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "engine/kernels/attend.h"
#include "engine/kernels/gemm.h"
#include "engine/quant/weight-types.h"

/** B2Finish: what may be done to outputs of a layer on their way out of the cache. */
typedef enum
{
  B2_FINISH_PLAIN,
  B2_FINISH_RELU,
  B2_FINISH_GELU,
} B2Finish;

/**
 * B2Kernels:
 *
 * The inner loops, one table per instruction set. Plain C11: no GLib, no threads, no
 * allocation. Arithmetic is f32; weights are decoded exactly as their type says. Every
 * implementation sums in a fixed order, so that the same call gives the same bits.
 * No pointer needs an alignment beyond that of float; weight rows need none.
 */
typedef struct
{
  const char *name; /* as B2_CPU has it: "ref", "avx2"… */

  /* Sum of a[i] * b[i]. */
  float (*dot) (const float *a, const float *b, size_t n);
  /* out[j] = scale · q·row j, and out = Σ weights[j] row j, of @n rows that lie anywhere: from @column on, @width values */
  void (*dots) (const float *q, const float *const *rows, size_t column, size_t n, size_t width, float scale,
                float *out);
  void (*mix) (const float *weights, const float *const *rows, size_t column, size_t n, size_t width,
               float *out);
  /* In place: x/2 (1 + erf (x/√2)), to 5e-7 absolute. */
  void (*gelu) (float *x, size_t n);
  float (*largest) (const float *x, size_t n);
  /* In place; -inf gives 0, at least one value must be finite. */
  void (*softmax) (float *x, size_t n);
  /* Σ exp (x[i] - largest); no x[i] may exceed @largest */
  double (*exp_sum) (const float *x, size_t n, float largest);
  /* Layer norm of a row with the biased variance; @rms: without the mean (T5). @bias: or NULL. @y may be @x.
   * Sums in f64: as exact as the reference's tree of f32, and simple. */
  void (*norm) (const float *x, size_t n, const float *weight, const float *bias, float eps, bool rms,
                float *y);
  /* y = function (tile + bias) + residual, for [m, n] of each; @bias [n] and @residual, as far apart as @y, may be NULL,
   * @residual may be @y */
  void (*finish) (const float *tile, size_t ld, size_t m, size_t n, const float *bias, B2Finish function,
                  const float *residual, float *y, size_t ldy);
  /* dst[0..n) = one weight row */
  void (*decode[B2_N_WEIGHT_TYPES]) (const void *src, float *dst, size_t n);
  /* y[r * ldy + j] = dot (weight row j, x row r) for j in [0, n) and r in [0, m), m ≤ B2_GEMV_MAX_ROWS.
   * @w: [n, k] rows of @row_bytes; @x: [m, ldx] f32. NULL for a type: decode the row and use dot. */
  void (*gemv[B2_N_WEIGHT_TYPES]) (const void *w, size_t row_bytes, size_t n, size_t k, const float *x,
                                   size_t m, size_t ldx, float *y, size_t ldy);
  /* Packed products for any number of rows; NULL for a type: decode and use OpenBLAS, or gemv. */
  const B2Gemm *gemm[B2_N_WEIGHT_TYPES];
  const B2Attend *attend; /* (nullable): use OpenBLAS */
} B2Kernels;

/* Beams of a decoding step go through gemv together; more rows go through GEMM. */
#define B2_GEMV_MAX_ROWS 8

/**
 * B2CpuLevel: tables, better ones later. A processor may lack one in the middle: AVX-VNNI came to processors
 * without AVX-512, and is rare beside it; and no processor has those of x86-64 and those of AArch64.
 */
typedef enum
{
  B2_CPU_REF,
  B2_CPU_AVX2, /* with FMA and F16C */
  B2_CPU_AVXVNNI, /* and 8-bit dot products of 256 bits */
  B2_CPU_AVX512, /* F, BW, DQ, VL */
  B2_CPU_AVX512_VNNI, /* and 8-bit dot products */
  B2_CPU_AVX512_BF16, /* and bfloat16 dot products */
  B2_CPU_NEON, /* all of AArch64 */
  B2_CPU_DOTPROD, /* and 8-bit dot products */
  B2_N_CPU_LEVELS
} B2CpuLevel;

/**
 * b2_kernels_get:
 *
 * The best table for this CPU, chosen once; the environment variable
 * B2_CPU=ref|avx2|avxvnni|avx512|avx512vnni|avx512bf16|neon|dotprod caps it. Threads: any.
 */
const B2Kernels *b2_kernels_get (void);

/** b2_kernels_for: the table of one level, or NULL where this CPU lacks it. For tests and benchmarks. */
const B2Kernels *b2_kernels_for (B2CpuLevel level);

/* Each fills in what it does better; registered in dispatch.c. */
void b2_kernels_init_ref (B2Kernels *table);
void b2_kernels_init_ref_gemm (B2Kernels *table);
void b2_kernels_init_avx2 (B2Kernels *table);
void b2_kernels_init_avx2_nibbles (B2Kernels *table);
void b2_kernels_init_avxvnni (B2Kernels *table);
void b2_kernels_init_evexvnni (B2Kernels *table); /* for tests: avxvnni, encoded for AVX-512 VNNI */
void b2_kernels_init_avx512 (B2Kernels *table);
void b2_kernels_init_avx512_nibbles (B2Kernels *table);
void b2_kernels_init_avx512vnni (B2Kernels *table);
void b2_kernels_init_avx512bf16 (B2Kernels *table);
void b2_kernels_init_neon (B2Kernels *table);
void b2_kernels_init_dotprod (B2Kernels *table);
