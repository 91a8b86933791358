#pragma once

#include <gio/gio.h>

#include "app/engine-service.h"
#include "app/picture.h"

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
/** ql_turn_get_question: Returns: (nullable): %NULL for a description */
const char *ql_turn_get_question (QlTurn *self);
/** ql_turn_get_text: Returns: the answer so far, never %NULL */
const char *ql_turn_get_text (QlTurn *self);
QlTurnState ql_turn_get_state (QlTurn *self);
/** ql_turn_is_over: neither waiting nor streaming */
gboolean ql_turn_is_over (QlTurn *self);
double ql_turn_get_seconds (QlTurn *self);
gboolean ql_turn_get_picture_reused (QlTurn *self);

#define QL_TYPE_CONVERSATION (ql_conversation_get_type ())
G_DECLARE_FINAL_TYPE (QlConversation, ql_conversation, QL, CONVERSATION, GObject)

/**
 * QlConversation:
 *
 * One picture and the turns about it. At most one turn is being answered.
 *
 * Signals: "failed" (QlTurn *turn, const GError *error), after the turn's state changed.
 * Properties: "busy", announced by ::notify.
 */

/** ql_conversation_new: Returns: (transfer full) */
QlConversation *ql_conversation_new (QlEngineService *engine, QlPicture *picture);

/** ql_conversation_get_picture: Returns: (transfer none) */
QlPicture *ql_conversation_get_picture (QlConversation *self);
/** ql_conversation_get_turns: Returns: (transfer none): of QlTurn, oldest first */
GListModel *ql_conversation_get_turns (QlConversation *self);
gboolean ql_conversation_get_busy (QlConversation *self);
/** ql_conversation_get_current: Returns: (nullable) (transfer none): the turn being answered */
QlTurn *ql_conversation_get_current (QlConversation *self);
/** ql_conversation_get_last: Returns: (nullable) (transfer none) */
QlTurn *ql_conversation_get_last (QlConversation *self);

/**
 * ql_conversation_ask:
 * @question: (nullable): %NULL describes the picture
 *
 * Returns: %FALSE while busy: nothing was asked
 */
gboolean ql_conversation_ask (QlConversation *self, const char *question);

/** ql_conversation_stop: the answer so far stays; "busy" ends when the engine has stopped */
void ql_conversation_stop (QlConversation *self);
