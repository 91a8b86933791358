#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/**
 * b2_bf16_to_f32:
 * @b: the sixteen bits: the upper half of a float32
 *
 * Exact. Threads: any. Allocates: nothing.
 */
static inline float
b2_bf16_to_f32 (uint16_t b)
{
  uint32_t bits = (uint32_t) b << 16;
  float f;

  memcpy (&f, &bits, 4);
  return f;
}

/**
 * b2_f32_to_bf16:
 *
 * To nearest, ties to even; NaN becomes a quiet NaN of the same sign, never infinity.
 *
 * Threads: any. Allocates: nothing.
 */
static inline uint16_t
b2_f32_to_bf16 (float f)
{
  uint32_t bits;

  memcpy (&bits, &f, 4);
  if ((bits & 0x7fffffff) > 0x7f800000)
    return (uint16_t) ((bits >> 16) | 0x40);
  return (uint16_t) ((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

/**
 * b2_bf16_encode_row:
 * @src: [@n] f32
 * @dst: (out caller-allocates): @n bfloat16, any alignment
 */
void b2_bf16_encode_row (const float *src, void *dst, size_t n);

/**
 * b2_bf16_decode_row:
 * @src: @n bfloat16, any alignment
 * @dst: (out caller-allocates): [@n] f32
 */
void b2_bf16_decode_row (const void *src, float *dst, size_t n);
