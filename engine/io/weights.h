#pragma once

#include "engine/core/cancel.h"
#include "engine/io/model-source.h"
#include "engine/io/safetensors.h"

#define B2_WEIGHTS_SINGLE_NAME "model.safetensors"
#define B2_WEIGHTS_INDEX_NAME "model.safetensors.index.json"

/**
 * B2Weights:
 *
 * The tensors of a model: those of a GGUF file, or of a folder's model.safetensors, or of the shards
 * that model.safetensors.index.json names (plain file names inside the folder only). Everything stays in the read-only mappings.
 *
 * Threads: immutable after opening; any.
 */
typedef struct B2Weights B2Weights;

/** b2_weights_open: @path: as b2_model_source_open() has it */
B2Weights *b2_weights_open (const char *path, B2Cancel *cancel, GError **error);
B2Weights *b2_weights_open_source (const B2ModelSource *source, B2Cancel *cancel, GError **error);
/** b2_weights_open_file: one .safetensors file by itself, such as a head that lies beside the model. */
B2Weights *b2_weights_open_file (const char *path, B2Cancel *cancel, GError **error);
void b2_weights_close (B2Weights *self);

/** b2_weights_lookup: Returns: (nullable) */
const B2TensorInfo *b2_weights_lookup (B2Weights *self, const char *name);
gsize b2_weights_n_tensors (B2Weights *self);
gsize b2_weights_n_bytes (B2Weights *self);
const B2TensorInfo *b2_weights_nth (B2Weights *self, gsize i);

/** b2_weights_dir: the folder or GGUF file, for messages. */
const char *b2_weights_dir (B2Weights *self);
/** b2_weights_advise: b2_file_map_advise() on all mappings */
void b2_weights_advise (B2Weights *self, gboolean random);

/**
 * b2_weights_fingerprint:
 *
 * SHA-256, as 64 hexadecimal digits, over the headers of all files and the first
 * 4096 bytes of every tensor (in name order): tells models apart without reading 15 GB.
 *
 * Returns: (transfer full)
 */
char *b2_weights_fingerprint (B2Weights *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (B2Weights, b2_weights_close)
