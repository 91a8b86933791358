#pragma once

#include "app/session-state.h"

#define QL_N_ALTERNATIVES 5

/** QlAlternative: what might have stood in a word's place. */
typedef struct
{
  char *text; /* "" for the end of the text */
  double probability;
  gboolean chosen; /* the one that was written */
} QlAlternative;

/**
 * QlWord:
 *
 * A word of an answer: one token or several. Its probability, given the words before it,
 * is the product of theirs. The alternatives are those at its least certain token, each
 * with the tokens of the word before it put in front.
 */
typedef struct
{
  gsize start, end; /* bytes of the answer's text */
  double probability;
  int first_token, last_token; /* of those it was made from: the parts of a character included */
  QlAlternative alternatives[QL_N_ALTERNATIVES]; /* best first */
  int n_alternatives;
} QlWord;

void ql_word_clear (QlWord *self);

/** QlWordToken: what the engine tells of a token. */
typedef struct
{
  const char *piece; /* its text */
  double probability;
  const char *alternatives[QL_N_ALTERNATIVES]; /* pieces, %NULL: none */
  double alternative_probabilities[QL_N_ALTERNATIVES];
} QlWordToken;

/**
 * ql_answer_words_new:
 * @text: UTF-8, of which @tokens are the parts; tokens that are not in it (end marks) are
 *   passed over
 *
 * A word is what stands between spaces; in scripts without spaces, a token.
 *
 * Returns: (transfer full) (element-type QlWord): in order, not overlapping
 */
GArray *ql_answer_words_new (const char *text, const QlWordToken *tokens, int n_tokens);

/** ql_answer_words_of_saved: the same of @tokens (element-type QlSavedToken) */
GArray *ql_answer_words_of_saved (const char *text, const GArray *tokens);
