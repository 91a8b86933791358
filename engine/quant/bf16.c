#include "engine/quant/bf16.h"

void
b2_bf16_encode_row (const float *src, void *dst, size_t n)
{
  unsigned char *out = dst;

  for (size_t i = 0; i < n; i++)
    {
      uint16_t b = b2_f32_to_bf16 (src[i]);

      memcpy (out + 2 * i, &b, 2);
    }
}

void
b2_bf16_decode_row (const void *src, float *dst, size_t n)
{
  const unsigned char *in = src;

  for (size_t i = 0; i < n; i++)
    {
      uint16_t b;

      memcpy (&b, in + 2 * i, 2);
      dst[i] = b2_bf16_to_f32 (b);
    }
}
