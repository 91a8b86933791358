#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * IEEE 754 half precision, in software: the baseline x86-64 has no F16C. Neither
 * function goes through a float32 denormal, so flush-to-zero modes do not change them.
 */

/**
 * b2_f16_to_f32:
 * @h: the sixteen bits
 *
 * Exact. NaN keeps its sign and the top of its payload.
 *
 * Threads: any. Allocates: nothing.
 */
static inline float
b2_f16_to_f32 (uint16_t h)
{
  uint32_t sign = (uint32_t) (h & 0x8000) << 16;
  uint32_t rest = (uint32_t) (h & 0x7fff) << 13;
  uint32_t bits;
  float f;

  if (rest >= 0x0f800000) /* infinity, NaN */
    bits = rest + 0x70000000;
  else if (rest >= 0x00800000)
    bits = rest + 0x38000000;
  else
    {
      /* One unit in the last place of 0.5 is 2^-24, the step of half's denormals. */
      bits = 0x3f000000 | (rest >> 13);
      memcpy (&f, &bits, 4);
      f -= 0.5f;
      memcpy (&bits, &f, 4);
    }
  bits |= sign;
  memcpy (&f, &bits, 4);
  return f;
}

/**
 * b2_f32_to_f16:
 *
 * To nearest, ties to even; from 65520 on to infinity; NaN becomes a quiet NaN of the same sign.
 * Expects the default rounding mode.
 *
 * Threads: any. Allocates: nothing.
 */
static inline uint16_t
b2_f32_to_f16 (float f)
{
  uint32_t bits;
  uint32_t sign;

  memcpy (&bits, &f, 4);
  sign = (bits >> 16) & 0x8000;
  bits &= 0x7fffffff;
  if (bits > 0x7f800000)
    return (uint16_t) (sign | 0x7e00 | ((bits >> 13) & 0x3ff));
  if (bits >= 0x477ff000)
    return (uint16_t) (sign | 0x7c00);
  if (bits < 0x38800000)
    {
      /* A half's denormal or zero: the addition to 0.5 does the rounding. */
      float shifted;

      memcpy (&shifted, &bits, 4);
      shifted += 0.5f;
      memcpy (&bits, &shifted, 4);
      return (uint16_t) (sign | (bits - 0x3f000000));
    }
  bits += 0x0fff + ((bits >> 13) & 1);
  return (uint16_t) (sign | ((bits - 0x38000000) >> 13));
}

/**
 * b2_f16_encode_row:
 * @src: [@n] f32
 * @dst: (out caller-allocates): @n halves, any alignment
 */
void b2_f16_encode_row (const float *src, void *dst, size_t n);

/**
 * b2_f16_decode_row:
 * @src: @n halves, any alignment
 * @dst: (out caller-allocates): [@n] f32
 */
void b2_f16_decode_row (const void *src, float *dst, size_t n);
