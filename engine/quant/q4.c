#include "engine/quant/q4.h"

#include <math.h>
#include <string.h>

#include "engine/quant/f16.h"

#define HALF (B2_Q4_ELEMENTS / 2)

/* The products must round to float32 before the sum, as in the reference: this file
 * counts on -ffp-contract=off. What the bytes hold when 1/d overflows or d is infinite
 * is of no use, but the conversion to an integer has to stay within its range. */
static uint8_t
to_nibble (float v)
{
  if (isnan (v))
    return 8;
  v += 8.5f;
  return (uint8_t) (v < 0.0f ? 0.0f : v > 15.0f ? 15.0f : v);
}

static void
encode_block (const float *src, B2BlockQ4 *block)
{
  float peak = 0.0f;
  float extreme = isnan (src[0]) ? 0.0f : src[0];
  float d, inverse;
  uint16_t half;

  for (int i = 0; i < B2_Q4_ELEMENTS; i++)
    {
      float v = fabsf (src[i]);

      if (v > peak)
        {
          peak = v;
          extreme = src[i];
        }
    }
  d = extreme / -8.0f;
  inverse = d != 0.0f ? 1.0f / d : 0.0f;
  half = b2_f32_to_f16 (d);
  memcpy (block->d, &half, 2);
  for (int j = 0; j < HALF; j++)
    {
      uint8_t low = to_nibble (src[j] * inverse);
      uint8_t high = to_nibble (src[j + HALF] * inverse);

      block->q[j] = (uint8_t) (low | high << 4);
    }
}

void
b2_q4_encode_row (const float *src, void *dst, size_t n)
{
  B2BlockQ4 *blocks = dst;

  assert (n % B2_Q4_ELEMENTS == 0);
  for (size_t b = 0; b < n / B2_Q4_ELEMENTS; b++)
    encode_block (src + b * B2_Q4_ELEMENTS, &blocks[b]);
}

void
b2_q4_decode_row (const void *src, float *dst, size_t n)
{
  const B2BlockQ4 *blocks = src;

  assert (n % B2_Q4_ELEMENTS == 0);
  for (size_t b = 0; b < n / B2_Q4_ELEMENTS; b++)
    {
      float *out = dst + b * B2_Q4_ELEMENTS;
      uint16_t half;
      float d;

      memcpy (&half, blocks[b].d, 2);
      d = b2_f16_to_f32 (half);
      for (int j = 0; j < HALF; j++)
        {
          out[j] = d * (float) ((blocks[b].q[j] & 15) - 8);
          out[j + HALF] = d * (float) ((blocks[b].q[j] >> 4) - 8);
        }
    }
}
