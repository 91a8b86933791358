#pragma once

#include <stddef.h>
#include <stdint.h>

/**
 * B2WeightType:
 *
 * How a weight matrix is stored. To add one: its codec in a file of its own, its name
 * here, its row in weight-types.c.
 */
typedef enum
{
  B2_WEIGHT_F32,
  B2_WEIGHT_F16,
  B2_WEIGHT_BF16,
  B2_WEIGHT_Q8_0,
  B2_WEIGHT_Q4_0,
  B2_N_WEIGHT_TYPES
} B2WeightType;

/**
 * B2WeightTypeInfo:
 * @name: as safetensors and GGUF spell it: "F32", "Q8_0"
 * @block_elements: values per block; 1 where there are no blocks
 * @block_bytes: bytes per block
 * @encode: rounds @n values of f32; @n a multiple of @block_elements
 * @decode: the way back, exact
 *
 * Neither function asks anything of the alignment of the stored bytes, nor allocates.
 */
typedef struct
{
  const char *name;
  int block_elements;
  size_t block_bytes;
  void (*encode) (const float *src, void *dst, size_t n);
  void (*decode) (const void *src, float *dst, size_t n);
} B2WeightTypeInfo;

/**
 * b2_weight_type_info:
 *
 * Threads: any.
 *
 * Returns: (transfer none) (not nullable): @type must be one of the enum
 */
const B2WeightTypeInfo *b2_weight_type_info (B2WeightType type);

/**
 * b2_weight_row_bytes:
 * @n: values in a row
 *
 * Threads: any.
 *
 * Returns: bytes of a stored row; 0 if @n is no whole number of blocks or the size
 *   does not fit a size_t
 */
size_t b2_weight_row_bytes (B2WeightType type, size_t n);
