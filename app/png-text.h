#pragma once

#include <glib.h>

#include "app/caption-sidecar.h"

/**
 * The description inside a PNG file: an iTXt chunk, "Description", UTF-8, not compressed.
 *
 * Errors: %G_FILE_ERROR, translated, "FILE: what; advice".
 */

/** ql_png_text_is_png: whether the file begins as a PNG does */
gboolean ql_png_text_is_png (const char *path);

/**
 * ql_png_text_is_there:
 *
 * Reads only the chunks' headers.
 *
 * Returns: whether there is a description, of whatever chunk type; %FALSE with @error set
 *   where the file is cut short or is no PNG
 */
gboolean ql_png_text_is_there (const char *path, GError **error);

/**
 * ql_png_text_write:
 * @mode: overwriting replaces every chunk with a description (tEXt and zTXt too), appending
 *   adds a chunk behind them, editing replaces the one that says @old or
 *   already @text, else appends
 * @text: UTF-8
 *
 * Writes a new file, which takes the picture's place at the end. All other chunks, and what
 * follows the last one, stay as they are to the byte. A file that is cut short, that changes
 * meanwhile or is write-protected is left alone.
 */
gboolean ql_png_text_write (const char *path, QlCaptionMode mode, const char *old, const char *text,
                            GError **error);
