#pragma once

#include <glib.h>

#include "engine/text/pieces.h"

/**
 * B2Unigram:
 *
 * The best segmentation under a unigram language model. Math: Kudo 2018,
 * arXiv:1804.10959.
 *
 * Threads: immutable once its pieces are in; any, each with its own B2UnigramScratch.
 */
typedef struct B2Unigram B2Unigram;

/** B2UnigramScratch: kept from word to word. Zero-initialise; clear with b2_unigram_scratch_clear(). */
typedef struct
{
  GArray *nodes;
  GArray *path;
} B2UnigramScratch;

/**
 * b2_unigram_new:
 * @pieces: filled by b2_unigram_add(); borrowed
 * @unk_id: must get a piece
 * @byte_fallback: unknown text becomes pieces "<0x00>" to "<0xFF>" where all are there
 */
B2Unigram *b2_unigram_new (B2Pieces *pieces, gint32 unk_id, gboolean byte_fallback);
void b2_unigram_free (B2Unigram *self);

/**
 * b2_unigram_add:
 * @text: UTF-8, [len], at most B2_TRIE_MAX_BYTES
 * @score: a log probability
 *
 * Pieces come in order of id, from 0.
 *
 * Returns: %FALSE if there is no more room
 */
gboolean b2_unigram_add (B2Unigram *self, const char *text, gsize len, double score);

/**
 * b2_unigram_encode:
 * @word: UTF-8, [len]
 * @ids: (element-type gint32): appended to
 *
 * Viterbi over the bytes of the word. A character that is no piece costs the lowest
 * score less 10; neighbours among them become one unknown.
 */
void b2_unigram_encode (const B2Unigram *self, const char *word, gsize len, B2UnigramScratch *scratch,
                        GArray *ids);

void b2_unigram_scratch_clear (B2UnigramScratch *scratch);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (B2Unigram, b2_unigram_free)
