#pragma once

#include <glib.h>

/**
 * QlImageFormat:
 * @name: as people call it
 * @mime: by which GdkPixbuf finds its loader; %NULL where none is asked for
 * @package: (nullable): the Debian package with GdkPixbuf's loader, where GdkPixbuf itself has none
 * @readable: %FALSE for what is only recognised in order to say so
 * @threads: its loader may start threads of its own
 * @is_complete: (nullable): %FALSE if the file ends before its first picture does, or is built to keep a
 *   decoder busy. GdkPixbuf's loaders show what came so far and report nothing.
 *
 * A kind of file told by its first bytes. Only these are handed to GdkPixbuf: it also
 * has loaders for formats without a signature to speak of (TGA, XBM), which would take
 * any file for a picture.
 */
typedef struct
{
  const char *name;
  const char *mime;
  const char *package;
  gboolean readable;
  gboolean threads;
  gboolean (*is_complete) (const guint8 *data, gsize n_bytes);
} QlImageFormat;

/** QL_IMAGE_FORMAT_HEAD_BYTES: what ql_image_format_of() looks at, at most */
#define QL_IMAGE_FORMAT_HEAD_BYTES 4096

/**
 * ql_image_format_of:
 * @head: the first bytes of a file
 *
 * Threads: any.
 *
 * Returns: (nullable) (transfer none): %NULL where nothing is known that begins like this
 */
const QlImageFormat *ql_image_format_of (const guint8 *head, gsize n_bytes);
