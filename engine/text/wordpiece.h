#pragma once

#include <glib.h>

#include "engine/text/pieces.h"

/**
 * B2Wordpiece:
 *
 * Greedy longest match first. Math: Wu et al. 2016, arXiv:1609.08144 §4.1.
 *
 * Threads: immutable; any.
 */
typedef struct B2Wordpiece B2Wordpiece;

/**
 * b2_wordpiece_new:
 * @pieces: the vocabulary, complete; borrowed; none longer than B2_TRIE_MAX_BYTES
 * @unk_id: for words that cannot be spelled
 * @prefix: marks pieces that go on a word ("##")
 * @max_chars: longer words are unknown
 *
 * Returns: (transfer full): %NULL if the vocabulary is too large
 */
B2Wordpiece *b2_wordpiece_new (const B2Pieces *pieces, gint32 unk_id, const char *prefix, gsize max_chars);
void b2_wordpiece_free (B2Wordpiece *self);

/**
 * b2_wordpiece_encode:
 * @word: UTF-8, [len], not empty
 * @ids: (element-type gint32): appended to
 */
void b2_wordpiece_encode (const B2Wordpiece *self, const char *word, gsize len, GArray *ids);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (B2Wordpiece, b2_wordpiece_free)
