#pragma once

#include <gio/gio.h>

/**
 * Making a smaller copy of a model, as `qlens-cli convert` does: a GGUF file with fewer bits a
 * weight. The model itself is only read.
 */

/** QlShrinkSize: a type of weights, "q8_0", and the size of the file that it would give. */
typedef struct
{
  const char *type; /* static */
  guint64 n_bytes;
} QlShrinkSize;

/**
 * ql_model_shrink_sizes_async:
 * @path: a model folder or GGUF file
 *
 * Opens the model on a worker thread and tells how large it would be with fewer bits.
 */
void ql_model_shrink_sizes_async (const char *path, GCancellable *cancellable, GAsyncReadyCallback callback,
                                  gpointer data);

/**
 * ql_model_shrink_sizes_finish:
 *
 * Returns: (transfer full): the types that make it smaller, the largest first; ends with a type of %NULL;
 *   free with g_free(). %NULL with B2_ERROR or G_IO_ERROR_CANCELLED
 */
QlShrinkSize *ql_model_shrink_sizes_finish (GAsyncResult *result, GError **error);

/** QlShrinkProgressFunc: 0…1; called in the main context that started it */
typedef void (*QlShrinkProgressFunc) (double fraction, gpointer data);

/**
 * ql_model_shrink_async:
 * @file: the GGUF file to write; what is there under this name is replaced in the end
 *
 * Cancelled, it leaves nothing, and @file as it was.
 */
void ql_model_shrink_async (const char *path, const char *type, const char *file,
                            QlShrinkProgressFunc progress, gpointer progress_data, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer data);
/** ql_model_shrink_finish: Returns: %FALSE with B2_ERROR or G_IO_ERROR_CANCELLED */
gboolean ql_model_shrink_finish (GAsyncResult *result, GError **error);
