#pragma once

#include <jansson.h>

#include "engine/io/safetensors.h"

/**
 * b2_safetensors_read_entry:
 * @entry: the value of one name in a safetensors header
 * @data: what follows the header
 * @info: (inout): comes with name and path, gets the rest
 *
 * Type, shape and range of one tensor; they must agree and lie within @data.
 *
 * Returns: %FALSE with B2_ERROR_FORMAT
 */
gboolean b2_safetensors_read_entry (const json_t *entry, const guint8 *data, gsize n_data_bytes,
                                    B2TensorInfo *info, GError **error);

/** b2_safetensors_entry_error: "PATH: tensor "NAME": …". Returns: %FALSE */
gboolean b2_safetensors_entry_error (const char *path, const char *name, GError **error, const char *format,
                                     ...) G_GNUC_PRINTF (4, 5);
