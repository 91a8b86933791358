#pragma once

#include <glib.h>

/**
 * B2Charsmap:
 *
 * The normalisation table inside a sentencepiece model: a double array from UTF-8 to
 * offsets into a blob of NUL-terminated replacements.
 *
 * Threads: immutable; any.
 */
typedef struct B2Charsmap B2Charsmap;

/**
 * b2_charsmap_new:
 * @data: [len], as in the model's precompiled_charsmap; copied
 * @name: what messages call it
 *
 * Returns: (transfer full): %NULL with B2_ERROR_FORMAT
 */
B2Charsmap *b2_charsmap_new (const guint8 *data, gsize len, const char *name, GError **error);
void b2_charsmap_free (B2Charsmap *self);

/**
 * b2_charsmap_apply:
 * @text: UTF-8, [len]
 * @out: appended to
 * @limit: stops once @out is longer
 *
 * Goes cluster by cluster as the fast tokenizers' Precompiled does, whose results
 * are not quite sentencepiece's: a short cluster is replaced as a whole by what its
 * shortest mapped beginning maps to.
 *
 * Returns: %FALSE if it stopped at @limit
 */
gboolean b2_charsmap_apply (const B2Charsmap *self, const char *text, gsize len, GString *out, gsize limit);
