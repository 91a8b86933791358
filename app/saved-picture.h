#pragma once

#include "app/picture.h"
#include "app/session-dirs.h"
#include "app/session-state.h"

#define QL_THUMBNAIL_PX 96

/** QlSavedPictureState: what has become of a session's picture. */
typedef enum
{
  QL_SAVED_PICTURE_PRESENT,
  QL_SAVED_PICTURE_CHANGED, /* there is another picture in its place */
  QL_SAVED_PICTURE_MISSING, /* or may not be read any more */
} QlSavedPictureState;

/**
 * ql_saved_picture_new:
 *
 * What a session notes of @picture. A picture that is no file on this computer (it came
 * over the clipboard) is kept as a copy in the folder of pictures. Its thumbnail is made, too.
 *
 * Blocks: it reads the whole file.
 *
 * Returns: (transfer full): %NULL with %G_IO_ERROR: the picture cannot be kept
 */
QlSavedPicture *ql_saved_picture_new (const QlSessionDirs *dirs, QlPicture *picture,
                                      GCancellable *cancellable, GError **error);

/** ql_saved_picture_new_async: the same on a worker thread */
void ql_saved_picture_new_async (const QlSessionDirs *dirs, QlPicture *picture, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer data);
QlSavedPicture *ql_saved_picture_new_finish (GAsyncResult *result, GError **error);

/**
 * ql_saved_picture_check:
 * @thorough: compare the bytes even where size and time are the same
 * @path: (out) (optional) (transfer full) (nullable): the file to read, in the file system's encoding
 *
 * Blocks: where the time of the file is another, it reads the whole file.
 */
QlSavedPictureState ql_saved_picture_check (const QlSavedPicture *self, const QlSessionDirs *dirs,
                                            gboolean thorough, char **path);

/** ql_thumbnail_path: Returns: (transfer full): where the thumbnail of @sha256 is, if it has been made */
char *ql_thumbnail_path (const QlSessionDirs *dirs, const char *sha256);
/**
 * ql_thumbnail_make:
 *
 * Makes it anew from the picture's file, if that is still the same. Blocks.
 *
 * Returns: %FALSE with %QL_IMAGE_ERROR or %G_IO_ERROR
 */
gboolean ql_thumbnail_make (const QlSessionDirs *dirs, const QlSavedPicture *picture,
                            GCancellable *cancellable, GError **error);
