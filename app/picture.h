#pragma once

#include <gio/gio.h>

#define QL_TYPE_PICTURE (ql_picture_get_type ())
G_DECLARE_FINAL_TYPE (QlPicture, ql_picture, QL, PICTURE, GObject)

/**
 * QlPicture:
 *
 * A decoded picture: RGB8, upright, on white. Immutable, so that it may be read from any
 * thread.
 */

/**
 * ql_picture_new:
 * @name: for people: a file's name, or "Pasted picture"
 * @file: (nullable): where it came from
 * @rgb: [height, width, 3] u8, rows @stride bytes apart
 */
QlPicture *ql_picture_new (const char *name, GFile *file, GBytes *rgb, int width, int height, gsize stride);

const char *ql_picture_get_name (QlPicture *self);
/** ql_picture_get_file: Returns: (nullable) (transfer none) */
GFile *ql_picture_get_file (QlPicture *self);
int ql_picture_get_width (QlPicture *self);
int ql_picture_get_height (QlPicture *self);
gsize ql_picture_get_stride (QlPicture *self);
/** ql_picture_get_rgb: Returns: (transfer none) */
GBytes *ql_picture_get_rgb (QlPicture *self);

/**
 * ql_picture_set_remembered:
 *
 * What the model makes of the picture may be kept on the disk (#QlEncodingCache), as the picture's session is. Nothing is of one that
 * was not said so of. To be set before anything is asked about it.
 */
void ql_picture_set_remembered (QlPicture *self);
gboolean ql_picture_get_remembered (QlPicture *self);

/**
 * ql_picture_get_preview:
 *
 * The pixels to be drawn: of a picture larger than any screen, a smaller copy.
 *
 * Returns: (transfer none): laid out as the picture itself, of the size given back
 */
GBytes *ql_picture_get_preview (QlPicture *self, int *width, int *height, gsize *stride);

/**
 * ql_picture_load_async:
 * @max_size_px: 0, or the longest side wanted: a thumbnail
 *
 * Reads and decodes on a worker thread.
 */
void ql_picture_load_async (GFile *file, int max_size_px, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer data);

/** ql_picture_load_bytes_async: as above, for an encoded picture in memory. */
void ql_picture_load_bytes_async (GBytes *encoded, const char *name, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer data);

/** ql_picture_load_finish: ends both. Returns: (transfer full) */
QlPicture *ql_picture_load_finish (GAsyncResult *result, GError **error);
