#pragma once

#include "engine/io/safetensors.h"

/** B2GgufValue: types of metadata, numbered as in the files. */
typedef enum
{
  B2_GGUF_UINT8,
  B2_GGUF_INT8,
  B2_GGUF_UINT16,
  B2_GGUF_INT16,
  B2_GGUF_UINT32,
  B2_GGUF_INT32,
  B2_GGUF_FLOAT32,
  B2_GGUF_BOOL,
  B2_GGUF_STRING,
  B2_GGUF_ARRAY,
  B2_GGUF_UINT64,
  B2_GGUF_INT64,
  B2_GGUF_FLOAT64,
  B2_GGUF_N_VALUES
} B2GgufValue;

/** b2_gguf_value_size: bytes of one value; 0 for strings, arrays and what is no type */
gsize b2_gguf_value_size (guint32 type);

/** B2GgufType: a type of tensors. @id: its number in the files, which is GGML's. */
typedef struct
{
  const char *name;
  guint32 id;
  B2Dtype dtype; /* B2_DTYPE_OTHER: known by name alone */
  guint block_elements, block_bytes;
} B2GgufType;

/** b2_gguf_type_find: Returns: (nullable) */
const B2GgufType *b2_gguf_type_find (guint32 id);
/** b2_gguf_type_of: Returns: (nullable): %NULL for what GGUF cannot store */
const B2GgufType *b2_gguf_type_of (B2Dtype dtype);

/**
 * b2_gguf_name_shorten:
 * @name: of a tensor, as Hugging Face has it
 *
 * GGUF's names have at most %B2_GGUF_MAX_NAME_BYTES bytes with the terminating zero, Hugging Face's more. So
 * frequent beginnings stand for longer ones; no two names become one.
 *
 * Returns: (transfer full) (nullable): %NULL if it is still too long, or looks as if it had been
 *   shortened already
 */
char *b2_gguf_name_shorten (const char *name);
/** b2_gguf_name_expand: the way back, of every name. Returns: (transfer full) */
char *b2_gguf_name_expand (const char *name);
