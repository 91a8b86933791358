#pragma once

#include <glib.h>

/** B2Dtype: element types that a safetensors or GGUF file can name. */
typedef enum
{
  B2_DTYPE_F32,
  B2_DTYPE_F16,
  B2_DTYPE_BF16,
  B2_DTYPE_F64,
  B2_DTYPE_I64,
  B2_DTYPE_I32,
  B2_DTYPE_I16,
  B2_DTYPE_I8,
  B2_DTYPE_U8,
  B2_DTYPE_BOOL,
  B2_DTYPE_Q8_0, /* blocks of 32, GGUF only */
  B2_DTYPE_Q4_0,
  B2_DTYPE_OTHER, /* known to the format, not to Qlens (F8_E4M3, U64…) */
} B2Dtype;

#define B2_MAX_DIMS 8

/**
 * B2TensorInfo:
 * @data: first byte, inside the mapping; may be unaligned
 *
 * One tensor of a file. Lives as long as the file.
 */
typedef struct
{
  const char *name;
  B2Dtype dtype;
  int n_dims;
  gint64 shape[B2_MAX_DIMS];
  gsize n_elements;
  gsize n_bytes;
  const guint8 *data;
  const char *path; /* the file, for messages */
} B2TensorInfo;

/** B2Safetensors: one mapped file. Immutable after opening; any thread. */
typedef struct B2Safetensors B2Safetensors;

/**
 * b2_safetensors_open:
 * @path: a .safetensors file
 *
 * Maps @path read-only and checks the header: length, JSON, every dtype, shape and
 * offset; ranges must lie inside the file, not overlap and leave no hole.
 *
 * Allocates: the header (at most 100 MB by the format, refused above) and an index.
 *
 * Returns: (transfer full): %NULL with B2_ERROR_IO or B2_ERROR_FORMAT
 */
B2Safetensors *b2_safetensors_open (const char *path, GError **error);
void b2_safetensors_close (B2Safetensors *self);

gsize b2_safetensors_n_tensors (B2Safetensors *self);
/** b2_safetensors_nth: in the order of the data. */
const B2TensorInfo *b2_safetensors_nth (B2Safetensors *self, gsize i);
/** b2_safetensors_lookup: Returns: (nullable) */
const B2TensorInfo *b2_safetensors_lookup (B2Safetensors *self, const char *name);
/** b2_safetensors_metadata: (key) of __metadata__. Returns: (nullable) */
const char *b2_safetensors_metadata (B2Safetensors *self, const char *key);
/** b2_safetensors_header: the raw JSON header, not terminated. For fingerprints. */
const char *b2_safetensors_header (B2Safetensors *self, gsize *n_bytes);

/** b2_dtype_name: "F32"… */
const char *b2_dtype_name (B2Dtype dtype);
/** b2_dtype_size: bytes per element, 0 for B2_DTYPE_OTHER and where elements come in blocks */
gsize b2_dtype_size (B2Dtype dtype);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (B2Safetensors, b2_safetensors_close)
