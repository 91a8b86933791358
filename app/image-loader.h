#pragma once

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <gio/gio.h>

/**
 * QL_IMAGE_ERROR:
 *
 * What can be wrong with a picture. Messages are translated and say what happened and
 * what to do ("what; advice"), without the file's name and without a full stop.
 * Cancelling gives %G_IO_ERROR_CANCELLED instead.
 */
#define QL_IMAGE_ERROR (ql_image_error_quark ())

/**
 * QlImageError:
 * @QL_IMAGE_ERROR_NOT_FOUND: there is no such file
 * @QL_IMAGE_ERROR_DENIED: the file may not be read
 * @QL_IMAGE_ERROR_FOLDER: it is a folder
 * @QL_IMAGE_ERROR_SPECIAL: a device, pipe or socket
 * @QL_IMAGE_ERROR_READ: reading failed
 * @QL_IMAGE_ERROR_EMPTY: no bytes
 * @QL_IMAGE_ERROR_NOT_A_PICTURE: text, say
 * @QL_IMAGE_ERROR_UNSUPPORTED: a picture (or document) of a kind that cannot be read here
 * @QL_IMAGE_ERROR_DAMAGED: cut short, or damaged
 * @QL_IMAGE_ERROR_TOO_LARGE: over one of the limits
 * @QL_IMAGE_ERROR_NO_MEMORY: within the limits, but not to be had
 * @QL_IMAGE_ERROR_CRASHED: the decoder's process ended, or talked nonsense
 * @QL_IMAGE_ERROR_TIMEOUT: it took longer than any sound picture takes
 */
typedef enum
{
  QL_IMAGE_ERROR_NOT_FOUND,
  QL_IMAGE_ERROR_DENIED,
  QL_IMAGE_ERROR_FOLDER,
  QL_IMAGE_ERROR_SPECIAL,
  QL_IMAGE_ERROR_READ,
  QL_IMAGE_ERROR_EMPTY,
  QL_IMAGE_ERROR_NOT_A_PICTURE,
  QL_IMAGE_ERROR_UNSUPPORTED,
  QL_IMAGE_ERROR_DAMAGED,
  QL_IMAGE_ERROR_TOO_LARGE,
  QL_IMAGE_ERROR_NO_MEMORY,
  QL_IMAGE_ERROR_CRASHED,
  QL_IMAGE_ERROR_TIMEOUT,
} QlImageError;

GQuark ql_image_error_quark (void);

/**
 * QlAlpha:
 * @QL_ALPHA_WHITE: transparent pictures are laid on white
 * @QL_ALPHA_DROP: the colours stored under the transparency, as PIL's convert("RGB")
 */
typedef enum
{
  QL_ALPHA_WHITE,
  QL_ALPHA_DROP,
} QlAlpha;

#define QL_IMAGE_MAX_PIXELS ((gint64) 64 * 1000 * 1000)
#define QL_IMAGE_MAX_FILE_BYTES ((gint64) 512 * 1024 * 1024)
/* A drawing has no size of its own to speak of: rendered no larger than this. */
#define QL_IMAGE_MAX_DRAWING_PX 4096

/** QlImageOptions: zero-filled is the default. */
typedef struct
{
  gboolean ignore_orientation; /* leave pixels as stored: EXIF's orientation not applied */
  QlAlpha alpha;
  gint64 max_pixels; /* 0: %QL_IMAGE_MAX_PIXELS */
  gint64 max_file_bytes; /* 0: %QL_IMAGE_MAX_FILE_BYTES */
  int max_side_px; /* 0: full size; else scaled down to fit, for thumbnails */
} QlImageOptions;

/**
 * QlImage:
 * @rgb: [height, width, 3] u8, rows @stride bytes apart; owned by @bytes
 * @path: (nullable): where it came from
 * @format: (nullable): "PNG", "JPEG"…; untranslated
 * @file_width: as stored, before turning and scaling
 * @oriented: EXIF's orientation was there and has been applied
 *
 * A decoded picture: the first frame of an animated one. Immutable; reference counted; any thread.
 *
 * Lossless files give PIL's pixels under %QL_ALPHA_DROP and `ignore_orientation`, except
 * that GdkPixbuf keeps the high byte of 16-bit grey, where PIL clips at 255; and that a
 * GIF's transparent pixels are black, where PIL keeps the colour of the palette.
 */
typedef struct
{
  int width, height;
  gsize stride;
  const guint8 *rgb;
  GBytes *bytes;
  char *path;
  const char *format;
  int file_width, file_height;
  gboolean oriented;
} QlImage;

/**
 * ql_image_load_file:
 * @path: in the file system's encoding
 * @options: (nullable)
 *
 * Blocks; no GTK: for a worker thread. It is decoded in a process of its own (app/decoder.h) where one can
 * be started, and in this one otherwise. Sizes are checked before pixels are allocated. A PNG, JPEG, GIF or
 * BMP that ends early is an error, even if most of it could be shown.
 *
 * Returns: (transfer full): %NULL with %QL_IMAGE_ERROR or %G_IO_ERROR_CANCELLED
 */
QlImage *ql_image_load_file (const char *path, const QlImageOptions *options, GCancellable *cancellable,
                             GError **error);

/** ql_image_load_bytes: the same for an encoded picture in memory. */
QlImage *ql_image_load_bytes (GBytes *encoded, const QlImageOptions *options, GCancellable *cancellable,
                              GError **error);

/**
 * ql_image_new_from_pixbuf:
 * @pixbuf: may be shared, not copied: it must not change any more
 * @options: (nullable): orientation, transparency and @max_side_px count
 *
 * Returns: (transfer full): %NULL with %QL_IMAGE_ERROR_NO_MEMORY
 */
QlImage *ql_image_new_from_pixbuf (GdkPixbuf *pixbuf, const QlImageOptions *options, GError **error);

QlImage *ql_image_ref (QlImage *self);
void ql_image_unref (QlImage *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlImage, ql_image_unref)
