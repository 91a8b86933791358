#pragma once

#include <stddef.h>
#include <stdint.h>

/** B2PeakKind: the arithmetic that a kind of weights is multiplied in where the CPU has it. */
typedef enum
{
  B2_PEAK_F32,
  B2_PEAK_BF16, /* products of bf16, sums of f32 */
  B2_PEAK_INT8, /* products of 8-bit integers, sums of 32-bit ones */
  B2_PEAK_INT4, /* products of 4- and 8-bit integers, where 16 bits for their sums make them quicker */
  B2_N_PEAK_KINDS
} B2PeakKind;

/**
 * B2PeakLoop:
 * @name: the instruction
 * @n_ops: multiplications and additions of a round
 * @run: does @n_rounds of them in registers, and returns what came out, so that no compiler drops them
 *
 * A loop that does nothing but the instruction that kernels of its kind are made of, in as many
 * independent chains as it takes to hide its latency: no kernel can do more. Plain C11 as kernels are.
 */
typedef struct
{
  const char *name;
  B2PeakKind kind;
  double n_ops;
  float (*run) (size_t n_rounds);
} B2PeakLoop;

/**
 * b2_peak_loop:
 *
 * Threads: any.
 *
 * Returns: (transfer none): the @i-th loop that this CPU and operating system can run and that B2_CPU
 *   allows; NULL where there are no more
 */
const B2PeakLoop *b2_peak_loop (int i);

/**
 * b2_peak_read:
 * @data: 64-byte aligned
 * @n_bytes: a multiple of %B2_PEAK_READ_BYTES
 *
 * Loads all of @data, 64 bytes at a time, and does nothing with it.
 *
 * Returns: something that depends on every byte
 */
uint64_t b2_peak_read (const void *data, size_t n_bytes);
#define B2_PEAK_READ_BYTES 1024

/* What the files of x86/ and arm/ hold; registered in peak.c. */
extern const B2PeakLoop b2_peak_avx2_f32, b2_peak_avx2_int8, b2_peak_avx2_int4, b2_peak_avxvnni_int8;
extern const B2PeakLoop b2_peak_avx512_f32, b2_peak_avx512_bf16, b2_peak_avx512_int8, b2_peak_avx512_int4;
extern const B2PeakLoop b2_peak_neon_f32, b2_peak_neon_int8, b2_peak_dotprod_int8;
uint64_t b2_peak_read_avx2 (const void *data, size_t n_bytes);
uint64_t b2_peak_read_avx512 (const void *data, size_t n_bytes);
