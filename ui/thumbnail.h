#pragma once

#include <gtk/gtk.h>

#define QL_TYPE_THUMBNAIL (ql_thumbnail_get_type ())
G_DECLARE_FINAL_TYPE (QlThumbnail, ql_thumbnail, QL, THUMBNAIL, GtkWidget)

/** QL_THUMBNAIL_SIDE_PX: its width and height, whatever it shows */
#define QL_THUMBNAIL_SIDE_PX 40

/**
 * QlThumbnail:
 *
 * A small picture of a fixed size, so that a table in which it changes is not measured anew.
 * For the eye alone: what is beside it says what it is.
 */
GtkWidget *ql_thumbnail_new (void);

/** ql_thumbnail_set: @path: (nullable): of the file; @texture: (nullable): not there yet */
void ql_thumbnail_set (QlThumbnail *self, const char *path, GdkTexture *texture);

/** ql_thumbnail_get_path: Returns: (nullable) */
const char *ql_thumbnail_get_path (QlThumbnail *self);

/** ql_thumbnail_get_texture: Returns: (nullable) (transfer none) */
GdkTexture *ql_thumbnail_get_texture (QlThumbnail *self);
