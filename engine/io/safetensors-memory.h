#pragma once

#include "engine/io/safetensors.h"

/**
 * b2_safetensors_open_memory:
 * @bytes: a whole file; must stay valid until closing
 * @path: the name for messages
 *
 * The reader behind b2_safetensors_open(), without the mapping. For fuzzing and tests.
 *
 * Returns: (transfer full): %NULL with B2_ERROR_FORMAT
 */
B2Safetensors *b2_safetensors_open_memory (const guint8 *bytes, gsize n_bytes, const char *path,
                                           GError **error);

/** b2_safetensors_advise: b2_file_map_advise() on the mapping of @self, if it has one */
void b2_safetensors_advise (B2Safetensors *self, gboolean random);
