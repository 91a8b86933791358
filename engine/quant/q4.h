#pragma once

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#define B2_Q4_ELEMENTS 32

/**
 * B2BlockQ4:
 *
 * 32 values as d·(q - 8): GGML's Q4_0. Byte j holds value j in its low half and value
 * j + 16 in its high half. Bytes only, so that a block may lie at any address of a
 * mapped file.
 */
typedef struct
{
  uint8_t d[2]; /* half precision, little endian */
  uint8_t q[B2_Q4_ELEMENTS / 2];
} B2BlockQ4;

static_assert (sizeof (B2BlockQ4) == 18 && _Alignof(B2BlockQ4) == 1, "Q4_0's layout is that of the files");

/**
 * b2_q4_encode_row:
 * @src: [@n] f32; @n a multiple of 32
 * @dst: (out caller-allocates): @n / 32 blocks, any alignment
 *
 * d = m / -8, where m is the value of largest magnitude (the first, of equals), so that m gets q = 0;
 * q = min (15, trunc (x / d + 8.5)). The unrounded d makes the q, its half-precision rounding is stored. A
 * block with a value beyond ±8·65504 (or infinite) gets an infinite scale, as in GGML. NaN counts as 0.
 *
 * Golden: tests/golden/quant, equal bytes. Threads: any. Allocates: nothing.
 */
void b2_q4_encode_row (const float *src, void *dst, size_t n);

/**
 * b2_q4_decode_row:
 * @src: @n / 32 blocks, any alignment
 * @dst: (out caller-allocates): [@n] f32
 */
void b2_q4_decode_row (const void *src, float *dst, size_t n);
