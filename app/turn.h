#pragma once

#include <gio/gio.h>

#include "app/answer-style.h"
#include "app/answer-words.h"

/** QlTurnState: how far the answer of a turn has come. */
typedef enum
{
  QL_TURN_WAITING, /* no word yet */
  QL_TURN_STREAMING,
  QL_TURN_DONE,
  QL_TURN_STOPPED, /* by the person; what was written stays */
  QL_TURN_FAILED,
} QlTurnState;

#define QL_TYPE_TURN (ql_turn_get_type ())
G_DECLARE_FINAL_TYPE (QlTurn, ql_turn, QL, TURN, GObject)

/**
 * QlTurn:
 *
 * A question (or the wish to have the picture described) and its answer. Changes of the
 * answer are announced by the signal "changed".
 */
/** ql_turn_get_number: which turn of its conversation this is, from 1; stays when others are removed */
guint ql_turn_get_number (QlTurn *self);
/** ql_turn_get_question: Returns: (nullable): %NULL for a description */
const char *ql_turn_get_question (QlTurn *self);
/** ql_turn_get_text: Returns: the answer so far, never %NULL */
const char *ql_turn_get_text (QlTurn *self);
QlTurnState ql_turn_get_state (QlTurn *self);
/** ql_turn_is_over: neither waiting nor streaming */
gboolean ql_turn_is_over (QlTurn *self);
double ql_turn_get_seconds (QlTurn *self);
gboolean ql_turn_get_picture_reused (QlTurn *self);
/** ql_turn_get_words: Returns: (transfer none): the words of an answer that was finished; else none */
const QlWord *ql_turn_get_words (QlTurn *self, guint *n_words);
/** ql_turn_get_tokens: Returns: (nullable) (transfer none) (element-type QlSavedToken): of an answer that was finished */
const GArray *ql_turn_get_tokens (QlTurn *self);
/** ql_turn_get_prompt: Returns: (nullable): what the model read before the answer; %NULL: nothing, or not known */
const char *ql_turn_get_prompt (QlTurn *self);
/** ql_turn_get_fingerprint: Returns: (nullable): of the model that wrote the answer, where it is known */
const char *ql_turn_get_fingerprint (QlTurn *self);
/** ql_turn_get_beams: Returns: (nullable): the search, as a trace has it (JSON); not of answers of an earlier run of Qlens */
const char *ql_turn_get_beams (QlTurn *self);
/** ql_turn_get_timings: Returns: (transfer none): zeros until the answer is finished */
const QlSavedTimings *ql_turn_get_timings (QlTurn *self);
/** ql_turn_get_n_earlier: how many earlier turns the model read before answering */
int ql_turn_get_n_earlier (QlTurn *self);
/** ql_turn_get_style: Returns: (transfer none): how the answer was, or is, to be written */
const QlAnswerStyle *ql_turn_get_style (QlTurn *self);
