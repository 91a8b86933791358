#pragma once

#include "app/engine-service.h"
#include "app/turn.h"

/* What only the conversation does with its turns. */

/** ql_turn_new: @question: (nullable). Returns: (transfer full): a waiting turn */
QlTurn *ql_turn_new (guint number, const char *question, const QlAnswerStyle *style);

/** ql_turn_new_saved: Returns: (transfer full): a turn that is over, as a journal tells of it */
QlTurn *ql_turn_new_saved (const QlSavedTurn *saved);

/** ql_turn_save: all that is known of the answer, into @saved */
void ql_turn_save (QlTurn *self, QlSavedTurn *saved);

/** ql_turn_set: @text: (nullable): %NULL leaves the text as it is */
void ql_turn_set (QlTurn *self, QlTurnState state, const char *text);

/** ql_turn_take_answer: the turn is done; takes the tokens out of @answer */
void ql_turn_take_answer (QlTurn *self, QlAnswer *answer);
