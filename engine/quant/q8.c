#include "engine/quant/q8.h"

#include <math.h>
#include <string.h>

#include "engine/quant/f16.h"

/* What the bytes hold when 1/d overflows or d is infinite is of no use, but the
 * conversion to an integer has to stay within its range. */
static int8_t
round_to_int8 (float v)
{
  if (isnan (v))
    return 0;
  v = roundf (v);
  return (int8_t) (v < -127.0f ? -127.0f : v > 127.0f ? 127.0f : v);
}

static void
encode_block (const float *src, B2BlockQ8 *block)
{
  float peak = 0.0f;
  float d, inverse;
  uint16_t half;

  for (int i = 0; i < B2_Q8_ELEMENTS; i++)
    {
      float v = fabsf (src[i]);

      if (v > peak)
        peak = v;
    }
  d = peak / 127.0f;
  inverse = d > 0.0f ? 1.0f / d : 0.0f;
  half = b2_f32_to_f16 (d);
  memcpy (block->d, &half, 2);
  for (int i = 0; i < B2_Q8_ELEMENTS; i++)
    block->q[i] = round_to_int8 (src[i] * inverse);
}

void
b2_q8_encode_row (const float *src, void *dst, size_t n)
{
  B2BlockQ8 *blocks = dst;

  assert (n % B2_Q8_ELEMENTS == 0);
  for (size_t b = 0; b < n / B2_Q8_ELEMENTS; b++)
    encode_block (src + b * B2_Q8_ELEMENTS, &blocks[b]);
}

void
b2_q8_decode_row (const void *src, float *dst, size_t n)
{
  const B2BlockQ8 *blocks = src;

  assert (n % B2_Q8_ELEMENTS == 0);
  for (size_t b = 0; b < n / B2_Q8_ELEMENTS; b++)
    {
      uint16_t half;
      float d;

      memcpy (&half, blocks[b].d, 2);
      d = b2_f16_to_f32 (half);
      for (int i = 0; i < B2_Q8_ELEMENTS; i++)
        dst[b * B2_Q8_ELEMENTS + i] = d * (float) blocks[b].q[i];
    }
}
