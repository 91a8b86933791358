#pragma once

#include "engine/core/model-files.h"
#include "engine/io/safetensors.h"

/* What a file may at most hold; the largest model that Qlens reads has 1,500 tensors. */
#define B2_GGUF_MAX_TENSORS 65536
#define B2_GGUF_MAX_KEYS 65536
#define B2_GGUF_MAX_NAME_BYTES 64
#define B2_GGUF_MAX_DIMS 4

/* A key beginning so holds a file of the model's folder, as a string or as bytes. */
#define B2_GGUF_FILE_PREFIX "qlens.file."

/**
 * B2Gguf:
 *
 * One mapped GGUF file (version 3, little endian): metadata and tensors of types F32, F16,
 * BF16, Q8_0 and Q4_0 (and integers, which no model of Qlens uses). Reference counted,
 * immutable after opening; any thread.
 *
 * Tensors are listed under their Hugging Face names, see b2_gguf_name_expand(), with the
 * slowest dimension first, as in safetensors.
 */
typedef struct B2Gguf B2Gguf;

/** b2_gguf_is_file: whether @path is a regular file that begins as GGUF files do. */
gboolean b2_gguf_is_file (const char *path);

/**
 * b2_gguf_open:
 *
 * Maps @path read-only and checks everything but the values of tensors: counts, lengths,
 * types, alignment; names must differ and tensors follow each other with no more between
 * them than alignment asks for.
 *
 * Allocates: an index, of at most some hundred bytes per key and tensor in the file.
 *
 * Returns: (transfer full): %NULL with B2_ERROR_IO, B2_ERROR_FORMAT or B2_ERROR_UNSUPPORTED
 *   (another version, byte order or type)
 */
B2Gguf *b2_gguf_open (const char *path, GError **error);
B2Gguf *b2_gguf_ref (B2Gguf *self);
void b2_gguf_unref (B2Gguf *self);

gsize b2_gguf_n_tensors (B2Gguf *self);
/** b2_gguf_nth: in the order of the data. */
const B2TensorInfo *b2_gguf_nth (B2Gguf *self, gsize i);
/** b2_gguf_lookup: Returns: (nullable) */
const B2TensorInfo *b2_gguf_lookup (B2Gguf *self, const char *name);
/** b2_gguf_string: the string of @key, not terminated. Returns: (nullable): where there is none */
const char *b2_gguf_string (B2Gguf *self, const char *key, gsize *n_bytes);
/** b2_gguf_header: all before the data, for fingerprints. */
const guint8 *b2_gguf_header (B2Gguf *self, gsize *n_bytes);
/** b2_gguf_files: what keys of %B2_GGUF_FILE_PREFIX hold. Returns: (transfer full): must not outlive @self */
B2ModelFiles *b2_gguf_files (B2Gguf *self);
/** b2_gguf_advise: b2_file_map_advise() on the mapping of @self, if it has one */
void b2_gguf_advise (B2Gguf *self, gboolean random);

/**
 * b2_gguf_open_memory:
 * @bytes: a whole file; must stay valid until the last reference is gone
 * @path: the name for messages
 *
 * The reader behind b2_gguf_open(), without the mapping. For fuzzing and tests.
 */
B2Gguf *b2_gguf_open_memory (const guint8 *bytes, gsize n_bytes, const char *path, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (B2Gguf, b2_gguf_unref)
