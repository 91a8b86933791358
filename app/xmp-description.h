#pragma once

#include <glib.h>

/**
 * The description of a picture in XMP: dc:description, a text per language, of which the
 * one for "x-default" is ours. XMP is XML; only what GMarkup parses is touched.
 *
 * Errors: %G_MARKUP_ERROR, translated, "what; advice", without a file's name.
 */

#define QL_XMP_MAX_BYTES ((gsize) 4 * 1024 * 1024)

/**
 * ql_xmp_description_get:
 * @xmp: @n_bytes of an XMP file
 * @text: (out) (optional) (nullable): the description for x-default
 *
 * Returns: whether there is any description; %FALSE with @error set where that cannot be told
 */
gboolean ql_xmp_description_get (const char *xmp, gsize n_bytes, char **text, GError **error);

/**
 * ql_xmp_description_set:
 * @text: UTF-8; what XML cannot hold (most control characters) becomes U+FFFD
 *
 * All bytes outside the description for x-default stay as they are.
 *
 * Returns: (transfer full): %NULL with an error where that is not possible
 */
char *ql_xmp_description_set (const char *xmp, gsize n_bytes, const char *text, GError **error);

/** ql_xmp_description_new: Returns: (transfer full): an XMP file with nothing but @text */
char *ql_xmp_description_new (const char *text);
