#pragma once

#include <glib.h>

/**
 * B2Pieces:
 *
 * A vocabulary: pieces of text and their ids, looked up both ways.
 *
 * Threads: immutable once filled; any.
 */
typedef struct B2Pieces B2Pieces;

/* Ids reach into tables of this size, so a file may not name a larger one. */
#define B2_PIECES_MAX_ID ((1 << 20) - 1)

/** b2_pieces_new: @n_expected: a hint. Returns: (transfer full) */
B2Pieces *b2_pieces_new (gsize n_expected);
void b2_pieces_free (B2Pieces *self);

/**
 * b2_pieces_add:
 * @id: 0 to B2_PIECES_MAX_ID
 *
 * A piece that is there already gets the new id; its old id keeps its text, and so
 * does an id that already has one.
 *
 * Returns: %FALSE if the piece was there already
 */
gboolean b2_pieces_add (B2Pieces *self, const char *text, gsize len, gint32 id);

/** b2_pieces_find: the id of a piece, or -1. */
gint32 b2_pieces_find (const B2Pieces *self, const char *text, gsize len);

/** b2_pieces_text: NUL-terminated; @len may be %NULL. Returns: (nullable) */
const char *b2_pieces_text (const B2Pieces *self, gint32 id, gsize *len);

/** b2_pieces_forget: from now on @id has no text. */
void b2_pieces_forget (B2Pieces *self, gint32 id);

/** b2_pieces_count: how many different pieces. */
gint32 b2_pieces_count (const B2Pieces *self);

/** b2_pieces_n_ids: one more than the largest id. */
gint32 b2_pieces_n_ids (const B2Pieces *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (B2Pieces, b2_pieces_free)
