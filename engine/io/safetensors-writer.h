#pragma once

#include "engine/io/safetensors.h"

/**
 * B2SafetensorsWriter:
 *
 * Collects tensors (by reference: the data must stay valid until the write) and
 * metadata, then writes one file. The file appears under its name only when it is
 * complete and synced: a full disk leaves nothing behind.
 */
typedef struct B2SafetensorsWriter B2SafetensorsWriter;

B2SafetensorsWriter *b2_safetensors_writer_new (void);
void b2_safetensors_writer_free (B2SafetensorsWriter *self);
void b2_safetensors_writer_set_metadata (B2SafetensorsWriter *self, const char *key, const char *value);
/** b2_safetensors_writer_add: F32 row-major; names must differ. */
void b2_safetensors_writer_add (B2SafetensorsWriter *self, const char *name, const float *data, int n_dims,
                                const gint64 *shape);
/**
 * b2_safetensors_writer_add_stored:
 * @dtype: F32, F16, I32 or U8
 * @data: as it goes into the file, little-endian
 */
void b2_safetensors_writer_add_stored (B2SafetensorsWriter *self, const char *name, B2Dtype dtype,
                                       const void *data, int n_dims, const gint64 *shape);
/** b2_safetensors_writer_write: Returns: %FALSE with B2_ERROR_IO; @path is then as it was. */
gboolean b2_safetensors_writer_write (B2SafetensorsWriter *self, const char *path, GError **error);
/** b2_safetensors_writer_to_bytes: the file that would be written. Returns: (transfer full): %NULL with B2_ERROR_ARGUMENT or B2_ERROR_NO_MEMORY */
GBytes *b2_safetensors_writer_to_bytes (B2SafetensorsWriter *self, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (B2SafetensorsWriter, b2_safetensors_writer_free)
