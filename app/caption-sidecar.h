#pragma once

#include "app/namesakes.h"

/**
 * A caption in a file beside its picture: `.txt` or XMP.
 *
 * Errors: %G_FILE_ERROR, translated, "FILE: what; advice".
 */

/**
 * QlCaptionMode: what becomes of a caption that is there already.
 * @QL_CAPTION_OVERWRITE: it is replaced
 * @QL_CAPTION_APPEND: the new one becomes a further line
 * @QL_CAPTION_EDIT: the last one is replaced if it is still the known old one; stays if it is the new
 *   one already; else as appending
 */
typedef enum
{
  QL_CAPTION_OVERWRITE,
  QL_CAPTION_APPEND,
  QL_CAPTION_EDIT,
} QlCaptionMode;

/** QlSidecar: how the file beside the picture is made. */
typedef enum
{
  QL_SIDECAR_TXT,
  QL_SIDECAR_XMP,
} QlSidecar;

/* Longer ones are not shown, nor added to. */
#define QL_CAPTION_MAX_BYTES ((gsize) 1024 * 1024)

/**
 * ql_caption_sidecar_path:
 * @known: (nullable): for a batch, where many pictures of a folder come one after the other
 *
 * "picture.txt" beside "picture.jpg", as other programs expect it; but "picture.jpg.txt" where
 * there is also, say, a "picture.png". For XMP always "picture.jpg.xmp".
 *
 * Returns: (transfer full)
 */
char *ql_caption_sidecar_path (QlSidecar kind, const char *picture, QlNamesakes *known);

/**
 * ql_caption_sidecar_read:
 * @path: as from ql_caption_sidecar_path()
 * @caption: (out) (optional) (nullable): where there is one that can be shown
 *
 * An empty file counts as none.
 *
 * Returns: whether there is a caption; %FALSE with @error set where that cannot be told
 */
gboolean ql_caption_sidecar_read (QlSidecar kind, const char *path, char **caption, GError **error);

/**
 * ql_caption_sidecar_write:
 * @path: as from ql_caption_sidecar_path()
 * @old: (nullable): for %QL_CAPTION_EDIT
 *
 * The file is replaced as a whole or not at all. Of an XMP file only dc:description changes;
 * one that cannot be parsed is left alone.
 */
gboolean ql_caption_sidecar_write (QlSidecar kind, const char *path, QlCaptionMode mode, const char *old,
                                   const char *caption, GError **error);

/** ql_caption_merge: what @existing becomes. Returns: (transfer full): without a line feed at the end */
char *ql_caption_merge (const char *existing, QlCaptionMode mode, const char *old, const char *caption);
