#pragma once

#include "engine/io/safetensors.h"

/** What b2_gguf_header_finish() aligns data to: a cache line. */
#define B2_GGUF_ALIGNMENT 64

/**
 * B2GgufHeader:
 *
 * Builds all of a GGUF file but its data: metadata, and tensors with their places. Keys and
 * names must differ. general.alignment comes by itself.
 */
typedef struct B2GgufHeader B2GgufHeader;

B2GgufHeader *b2_gguf_header_new (void);
void b2_gguf_header_free (B2GgufHeader *self);

void b2_gguf_header_add_u32 (B2GgufHeader *self, const char *key, guint32 value);
/** b2_gguf_header_add_string: @n_bytes: -1: up to the zero; else any bytes, which should be UTF-8 */
void b2_gguf_header_add_string (B2GgufHeader *self, const char *key, const char *text, gssize n_bytes);
/** b2_gguf_header_add_bytes: an array of UINT8 */
void b2_gguf_header_add_bytes (B2GgufHeader *self, const char *key, const guint8 *bytes, gsize n_bytes);

/**
 * b2_gguf_header_add_tensor:
 * @name: as Hugging Face has it
 * @shape: the slowest dimension first, its rows whole blocks of @dtype
 *
 * Returns: %FALSE with B2_ERROR_UNSUPPORTED where GGUF has no such type, name or shape
 */
gboolean b2_gguf_header_add_tensor (B2GgufHeader *self, const char *name, B2Dtype dtype, int n_dims,
                                    const gint64 *shape, GError **error);

/**
 * b2_gguf_header_finish:
 * @n_file_bytes: (out): size of the whole file
 *
 * Returns: (transfer full): what the file begins with, padded up to the data
 */
GByteArray *b2_gguf_header_finish (const B2GgufHeader *self, guint64 *n_file_bytes);
/** b2_gguf_header_offset: where in the data the tensor lies that was added @i-th. */
guint64 b2_gguf_header_offset (const B2GgufHeader *self, guint i);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (B2GgufHeader, b2_gguf_header_free)
