#include "engine/quant/weight-types.h"

#include <assert.h>
#include <string.h>

#include "engine/quant/bf16.h"
#include "engine/quant/f16.h"
#include "engine/quant/q4.h"
#include "engine/quant/q8.h"

static void
f32_encode_row (const float *src, void *dst, size_t n)
{
  memcpy (dst, src, n * sizeof (float));
}

static void
f32_decode_row (const void *src, float *dst, size_t n)
{
  memcpy (dst, src, n * sizeof (float));
}

static const B2WeightTypeInfo types[B2_N_WEIGHT_TYPES] = {
  [B2_WEIGHT_F32] = { "F32", 1, 4, f32_encode_row, f32_decode_row },
  [B2_WEIGHT_F16] = { "F16", 1, 2, b2_f16_encode_row, b2_f16_decode_row },
  [B2_WEIGHT_BF16] = { "BF16", 1, 2, b2_bf16_encode_row, b2_bf16_decode_row },
  [B2_WEIGHT_Q8_0] = { "Q8_0", B2_Q8_ELEMENTS, sizeof (B2BlockQ8), b2_q8_encode_row, b2_q8_decode_row },
  [B2_WEIGHT_Q4_0] = { "Q4_0", B2_Q4_ELEMENTS, sizeof (B2BlockQ4), b2_q4_encode_row, b2_q4_decode_row },
};

const B2WeightTypeInfo *
b2_weight_type_info (B2WeightType type)
{
  assert ((unsigned int) type < B2_N_WEIGHT_TYPES);
  return &types[type];
}

size_t
b2_weight_row_bytes (B2WeightType type, size_t n)
{
  const B2WeightTypeInfo *info = b2_weight_type_info (type);
  size_t n_blocks = n / (size_t) info->block_elements;

  if (n % (size_t) info->block_elements != 0 || n_blocks > SIZE_MAX / info->block_bytes)
    return 0;
  return n_blocks * info->block_bytes;
}
