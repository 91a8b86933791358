#pragma once

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#define B2_Q8_ELEMENTS 32

/**
 * B2BlockQ8:
 *
 * 32 values as d·q: GGML's Q8_0. Bytes only, so that a block may lie at any address of a
 * mapped file.
 */
typedef struct
{
  uint8_t d[2]; /* half precision, little endian */
  int8_t q[B2_Q8_ELEMENTS];
} B2BlockQ8;

static_assert (sizeof (B2BlockQ8) == 34 && _Alignof(B2BlockQ8) == 1, "Q8_0's layout is that of the files");

/**
 * b2_q8_encode_row:
 * @src: [@n] f32; @n a multiple of 32
 * @dst: (out caller-allocates): @n / 32 blocks, any alignment
 *
 * d = max|x| / 127, q = round (x / d) with halves away from zero. The unrounded d makes the q, its
 * half-precision rounding is stored. A block with a value beyond ±127·65504 (or infinite) gets an infinite
 * scale, as in GGML: decode and look if that matters. NaN counts as 0.
 *
 * Golden: tests/golden/quant, equal bytes. Threads: any. Allocates: nothing.
 */
void b2_q8_encode_row (const float *src, void *dst, size_t n);

/**
 * b2_q8_decode_row:
 * @src: @n / 32 blocks, any alignment
 * @dst: (out caller-allocates): [@n] f32
 */
void b2_q8_decode_row (const void *src, float *dst, size_t n);
