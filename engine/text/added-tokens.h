#pragma once

#include <glib.h>

#include "engine/text/pieces.h"

/** B2AddedToken: a token that is looked for in the text before the model sees it. */
typedef struct
{
  char *content;
  gboolean single_word; /* only where no word character touches it */
  gboolean lstrip; /* takes the white space on its left */
  gboolean rstrip; /* ... on its right */
  gboolean normalized; /* is looked for in the normalised text */
  gboolean special; /* left out when decoding */
} B2AddedToken;

void b2_added_token_clear (B2AddedToken *token);
/** b2_added_token_copy: @to: (out caller-allocates) (transfer full) */
void b2_added_token_copy (const B2AddedToken *from, B2AddedToken *to);
gboolean b2_added_token_equal (const B2AddedToken *a, const B2AddedToken *b);

/**
 * B2AddedTokens:
 *
 * The added vocabulary of a fast tokenizer: gives ids as it does, in order of arrival.
 *
 * Threads: immutable after b2_added_tokens_build(); any.
 */
typedef struct B2AddedTokens B2AddedTokens;

/**
 * b2_added_tokens_new:
 * @model: the model's vocabulary, complete; borrowed
 * @n_model: its size; ids of new tokens begin there
 */
B2AddedTokens *b2_added_tokens_new (const B2Pieces *model, gint32 n_model);
void b2_added_tokens_free (B2AddedTokens *self);

/**
 * b2_added_tokens_add:
 *
 * A token of the model's vocabulary keeps its id. Empty tokens are ignored.
 *
 * Returns: %FALSE if ids run out
 */
gboolean b2_added_tokens_add (B2AddedTokens *self, const B2AddedToken *token);

/** b2_added_tokens_has_equal: whether there is one with the same content and settings. */
gboolean b2_added_tokens_has_equal (const B2AddedTokens *self, const B2AddedToken *token);

/** b2_added_tokens_find: Returns: the id or -1 */
gint32 b2_added_tokens_find (const B2AddedTokens *self, const char *content);

/** b2_added_tokens_get: Returns: (nullable) */
const B2AddedToken *b2_added_tokens_get (const B2AddedTokens *self, gint32 id);

/** b2_added_tokens_is_special: whether a token of this spelling is left out when decoding. */
gboolean b2_added_tokens_is_special (const B2AddedTokens *self, const char *content);

/** b2_added_tokens_n_ids: one more than the largest id, or 0. */
gint32 b2_added_tokens_n_ids (const B2AddedTokens *self);

/** b2_added_tokens_set_split_special: special tokens in the text are text. */
void b2_added_tokens_set_split_special (B2AddedTokens *self, gboolean split_special);

/**
 * b2_added_tokens_build:
 * @normalize_steps: (element-type B2NormalizeStep)
 * @name: what messages call the file
 *
 * To be called once all are there, before looking for them.
 *
 * Returns: %FALSE with B2_ERROR_UNSUPPORTED or B2_ERROR_LIMIT
 */
gboolean b2_added_tokens_build (B2AddedTokens *self, const GArray *normalize_steps, const char *name,
                                GError **error);

/** B2SegmentFunc: @id: an added token, or -1 for other text. Returns: %FALSE to stop */
typedef gboolean (*B2SegmentFunc) (const char *text, gsize len, gint32 id, gpointer data, GError **error);

/**
 * b2_added_tokens_split:
 * @normalized: which of the two sets to look for
 * @text: UTF-8, [len]
 *
 * Calls @func for the tokens in the text and for what lies between them.
 *
 * Returns: %FALSE with @func's error
 */
gboolean b2_added_tokens_split (const B2AddedTokens *self, gboolean normalized, const char *text, gsize len,
                                B2SegmentFunc func, gpointer data, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (B2AddedTokens, b2_added_tokens_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (B2AddedToken, b2_added_token_clear)
