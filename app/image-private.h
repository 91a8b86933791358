#pragma once

#include "app/image-format.h"
#include "app/image-loader.h"

/* What the image-*.c files share with the decoder process and its client; not for others. */

/**
 * QlImageFault:
 * @kind: what is wrong
 * @width: as the file says, of %QL_IMAGE_FAULT_TOO_MANY_PIXELS; so @height
 * @number: errno of %QL_IMAGE_FAULT_READ
 * @detail: valid UTF-8, a sentence of the loader's, of %QL_IMAGE_FAULT_DAMAGED; or empty
 *
 * An error without words: so it can come from a process whose words are not to be trusted.
 */
typedef enum
{
  QL_IMAGE_FAULT_NONE,
  QL_IMAGE_FAULT_CANCELLED,
  QL_IMAGE_FAULT_DAMAGED,
  QL_IMAGE_FAULT_TOO_MANY_PIXELS,
  QL_IMAGE_FAULT_UNSUPPORTED,
  QL_IMAGE_FAULT_NO_MEMORY,
  QL_IMAGE_FAULT_READ,
  QL_IMAGE_N_FAULTS,
} QlImageFaultKind;

#define QL_IMAGE_FAULT_DETAIL_BYTES 256

typedef struct
{
  QlImageFaultKind kind;
  int width, height;
  int number;
  char detail[QL_IMAGE_FAULT_DETAIL_BYTES];
} QlImageFault;

/** ql_image_fault_set_detail: copies what fits of @text, made valid UTF-8. @text: (nullable) */
void ql_image_fault_set_detail (QlImageFault *self, const char *text);

/** ql_image_fault_set_error: the fault in words. @options: those that were decoded with */
void ql_image_fault_set_error (const QlImageFault *self, const QlImageFormat *format,
                               const QlImageOptions *options, GError **error);

/** ql_image_set_no_memory, ql_image_set_unsupported, ql_image_set_read_error: those that come up alone. */
void ql_image_set_no_memory (GError **error);
void ql_image_set_unsupported (const QlImageFormat *format, GError **error);
void ql_image_set_read_error (int number, GError **error);

/** ql_image_new: of decoded pixels. @bytes: (transfer none) Returns: (transfer full): the rest is to be set */
QlImage *ql_image_new (int width, int height, gsize stride, GBytes *bytes);

/** ql_image_max_pixels: the limit that @options set, or the usual one */
gint64 ql_image_max_pixels (const QlImageOptions *options);

/** ql_image_fit: scales a size down, both sides alike and never to 0, until neither is above @max_side_px. */
void ql_image_fit (int *width, int *height, int max_side_px);

/**
 * ql_image_check_head:
 *
 * Returns: (transfer none): what the file is; %NULL with an error if nothing that begins like this can be read
 */
const QlImageFormat *ql_image_check_head (const guint8 *head, gsize n_bytes, GError **error);

/** ql_image_check_size: Returns: %FALSE with an error if a file of @n_bytes is over the limit */
gboolean ql_image_check_size (gint64 n_bytes, const QlImageOptions *options, GError **error);

/**
 * ql_image_open_file:
 * @n_bytes: (out): its size
 * @format: (out): what its first bytes say
 *
 * Opens a regular file of a known kind within the limit; of others no more than the first bytes are read.
 *
 * Returns: a file descriptor; -1 with %QL_IMAGE_ERROR
 */
int ql_image_open_file (const char *path, const QlImageOptions *options, gsize *n_bytes,
                        const QlImageFormat **format, GError **error);

/**
 * ql_image_read_fd:
 * @n_bytes: how many at most; what is appended meanwhile is not read
 *
 * Reads a file from its start, wherever the descriptor stands.
 *
 * Returns: (transfer full): %NULL with @fault set
 */
GBytes *ql_image_read_fd (int fd, gsize n_bytes, GCancellable *cancellable, QlImageFault *fault);

/** ql_image_loader_new: GdkPixbuf's loader for @format. Returns: (transfer full) (nullable): not installed */
GdkPixbufLoader *ql_image_loader_new (const QlImageFormat *format);

/**
 * ql_image_decode:
 * @loader: a fresh one, for @format; it is closed
 *
 * Decodes in this process. Whatever @encoded is, the answer is a picture or a fault; unless there is a
 * mistake in the decoder, which is why this had better happen in another process.
 *
 * Returns: (transfer full): without a path; %NULL with @fault set
 */
QlImage *ql_image_decode (GdkPixbufLoader *loader, GBytes *encoded, const QlImageFormat *format,
                          const QlImageOptions *options, GCancellable *cancellable, QlImageFault *fault);
