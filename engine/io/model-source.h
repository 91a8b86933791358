#pragma once

#include "engine/io/gguf.h"

/**
 * B2ModelSource:
 *
 * Where a model comes from: a Hugging Face folder, or one GGUF file that holds all of it.
 */
typedef struct
{
  char *path; /* the folder or the GGUF file */
  B2ModelFiles *files; /* its configuration and tokenizers */
  B2Gguf *gguf; /* (nullable): %NULL for a folder */
} B2ModelSource;

/**
 * b2_model_source_open:
 * @path: a folder, a GGUF file, or a folder with one GGUF file and no safetensors
 *
 * Of a folder nothing is looked at yet.
 *
 * Returns: (transfer full): %NULL with B2_ERROR_IO, B2_ERROR_FORMAT or B2_ERROR_UNSUPPORTED
 */
B2ModelSource *b2_model_source_open (const char *path, GError **error);
void b2_model_source_close (B2ModelSource *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (B2ModelSource, b2_model_source_close)
