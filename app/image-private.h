#pragma once

#include "app/image-format.h"
#include "app/image-loader.h"

/* What image-loader.c, image-file.c and image-pixels.c share; not for others. */

/** ql_image_set_no_memory, ql_image_set_unsupported: the two errors that come up in several places. */
void ql_image_set_no_memory (GError **error);
void ql_image_set_unsupported (const QlImageFormat *format, GError **error);

/** ql_image_fit: scales a size down, both sides alike and never to 0, until neither is above @max_side_px. */
void ql_image_fit (int *width, int *height, int max_side_px);

/** ql_image_check_head: Returns: %FALSE with an error if nothing that begins like this can be read */
gboolean ql_image_check_head (const guint8 *head, gsize n_bytes, GError **error);

/** ql_image_check_size: Returns: %FALSE with an error if a file of @n_bytes is over the limit */
gboolean ql_image_check_size (gint64 n_bytes, const QlImageOptions *options, GError **error);

/**
 * ql_image_read_file:
 *
 * Reads a regular file of a known kind within the limit; of others no more than the first bytes.
 *
 * Returns: (transfer full): %NULL with %QL_IMAGE_ERROR or %G_IO_ERROR_CANCELLED
 */
GBytes *ql_image_read_file (const char *path, const QlImageOptions *options, GCancellable *cancellable,
                            GError **error);
