#pragma once

#include <gtk/gtk.h>

#include "app/picture.h"

/**
 * ql_texture_from_picture:
 *
 * Shares the picture's pixels, or those of its smaller preview where it has one.
 *
 * Returns: (transfer full)
 */
GdkTexture *ql_texture_from_picture (QlPicture *picture);

/**
 * ql_texture_to_picture_async:
 *
 * For pictures that arrive as textures. Converts on a worker thread: textures are immutable.
 */
void ql_texture_to_picture_async (GdkTexture *texture, const char *name, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer data);
/** ql_texture_to_picture_finish: Returns: (transfer full) */
QlPicture *ql_texture_to_picture_finish (GAsyncResult *result, GError **error);
