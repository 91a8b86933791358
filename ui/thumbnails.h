#pragma once

#include <gtk/gtk.h>

#define QL_TYPE_THUMBNAILS (ql_thumbnails_get_type ())
G_DECLARE_FINAL_TYPE (QlThumbnails, ql_thumbnails, QL, THUMBNAILS, GObject)

/**
 * QlThumbnails:
 *
 * Small pictures of files, made on worker threads for those that are wanted now, two at a time; the
 * ones seen last are kept.
 *
 * Signals: "ready" (const char *path): one came, or cannot be had.
 */

/** ql_thumbnails_new: @size_px: of the longer side */
QlThumbnails *ql_thumbnails_new (int size_px);

/**
 * ql_thumbnails_get:
 *
 * Returns: (transfer none) (nullable): where it is there already
 */
GdkTexture *ql_thumbnails_get (QlThumbnails *self, const char *path);

/**
 * ql_thumbnails_want:
 * @paths: of char *, in the order they should come in
 *
 * What was wanted before, and is not among these, is given up.
 */
void ql_thumbnails_want (QlThumbnails *self, const GPtrArray *paths);

/** ql_thumbnails_stop: gives up all that was wanted */
void ql_thumbnails_stop (QlThumbnails *self);

/** ql_thumbnails_get_n_running: for tests */
guint ql_thumbnails_get_n_running (QlThumbnails *self);
/** ql_thumbnails_get_n_kept: for tests */
guint ql_thumbnails_get_n_kept (QlThumbnails *self);
/** QL_THUMBNAILS_MAX_KEPT: of 80 px, that is 8 MB */
#define QL_THUMBNAILS_MAX_KEPT 400
