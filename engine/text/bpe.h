#pragma once

#include <glib.h>

#include "engine/text/pieces.h"

/**
 * B2Bpe:
 *
 * Byte-pair encoding. Math: Sennrich et al. 2016, arXiv:1508.07909.
 *
 * Threads: immutable once its merges are in; any, each with its own B2BpeScratch.
 */
typedef struct B2Bpe B2Bpe;

/** B2BpeScratch: kept from word to word. Zero-initialise; clear with b2_bpe_scratch_clear(). */
typedef struct
{
  GArray *symbols;
  GArray *queue;
} B2BpeScratch;

/**
 * b2_bpe_new:
 * @pieces: the vocabulary, complete; borrowed
 * @unk_id: for characters outside the vocabulary, or -1 to leave them out
 * @fuse_unk: one @unk_id for a run of them
 * @whole_words: ignore_merges: a word in the vocabulary is not taken apart
 */
B2Bpe *b2_bpe_new (const B2Pieces *pieces, gint32 unk_id, gboolean fuse_unk, gboolean whole_words,
                   gsize n_merges_expected);
void b2_bpe_free (B2Bpe *self);

/**
 * b2_bpe_add_merge:
 *
 * Merges come in order of rank. One that is there already takes the new rank.
 *
 * Returns: (nullable): %NULL, or which of "left part", "right part" and "result" is
 *   not in the vocabulary
 */
const char *b2_bpe_add_merge (B2Bpe *self, const char *left, gsize n_left, const char *right, gsize n_right);

/** b2_bpe_has_merge: both parts must be in the vocabulary for it to be there. */
gboolean b2_bpe_has_merge (const B2Bpe *self, const char *left, gsize n_left, const char *right,
                           gsize n_right);

/**
 * b2_bpe_encode:
 * @word: UTF-8, [len], not empty
 * @ids: (element-type gint32): appended to
 *
 * Takes O(n log n) for a word of n characters.
 */
void b2_bpe_encode (const B2Bpe *self, const char *word, gsize len, B2BpeScratch *scratch, GArray *ids);

void b2_bpe_scratch_clear (B2BpeScratch *scratch);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (B2Bpe, b2_bpe_free)
