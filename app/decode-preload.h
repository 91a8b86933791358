#pragma once

#include "app/image-private.h"

/**
 * ql_decode_preload:
 * @encoded: the picture; only searched for names of fonts
 *
 * Opens what decoding this kind of file opens, while files can still be opened: GdkPixbuf's loader, its
 * libraries, and for drawings fonts, by drawing a few letters.
 *
 * Returns: (transfer full): the loader; %NULL: not installed
 */
GdkPixbufLoader *ql_decode_preload (const QlImageFormat *format, GBytes *encoded);
