#pragma once

#include <glib.h>

/**
 * b2_grapheme_length:
 * @text: UTF-8, [len]
 *
 * The extended grapheme cluster (UAX #29) that @text begins with. The Precompiled
 * normaliser goes by these.
 *
 * Returns: its length in bytes; 0 only for an empty text
 */
gsize b2_grapheme_length (const char *text, gsize len);
