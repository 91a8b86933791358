#pragma once

#include <gio/gio.h>

#include "app/engine-service.h"
#include "app/picture.h"
#include "app/turn.h"

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

/**
 * ql_conversation_new:
 * @name: of the picture, for people
 * @picture: (nullable): without it, the turns that are there can be read and nothing be asked
 *
 * Returns: (transfer full)
 */
QlConversation *ql_conversation_new (QlEngineService *engine, const char *name, QlPicture *picture);

/**
 * ql_conversation_set_settings:
 * @settings: (nullable): read at each question: how to write, and whether the model reads the
 *   earlier turns
 */
void ql_conversation_set_settings (QlConversation *self, GSettings *settings);

/** ql_conversation_set_recorded: it is what a trace tells, and has no picture to ask about */
void ql_conversation_set_recorded (QlConversation *self, gboolean recorded);
gboolean ql_conversation_get_recorded (QlConversation *self);
const char *ql_conversation_get_name (QlConversation *self);
/** ql_conversation_get_picture: Returns: (nullable) (transfer none) */
QlPicture *ql_conversation_get_picture (QlConversation *self);
/** ql_conversation_get_turns: Returns: (transfer none): of QlTurn, oldest first */
GListModel *ql_conversation_get_turns (QlConversation *self);
/** ql_conversation_get_turn: Returns: (nullable) (transfer none): the turn of that number */
QlTurn *ql_conversation_get_turn (QlConversation *self, guint number);
gboolean ql_conversation_get_busy (QlConversation *self);
/** ql_conversation_get_current: Returns: (nullable) (transfer none): the turn being answered */
QlTurn *ql_conversation_get_current (QlConversation *self);
/** ql_conversation_get_last: Returns: (nullable) (transfer none) */
QlTurn *ql_conversation_get_last (QlConversation *self);

/** ql_conversation_get_description: Returns: (nullable) (transfer none): the newest one that was finished */
QlTurn *ql_conversation_get_description (QlConversation *self);

/**
 * ql_conversation_ask:
 * @question: (nullable): %NULL describes the picture
 *
 * Returns: %FALSE while busy, or without a picture: nothing was asked
 */
gboolean ql_conversation_ask (QlConversation *self, const char *question);

/** ql_conversation_add_saved: a turn that a journal tells of; before any is asked */
void ql_conversation_add_saved (QlConversation *self, const QlSavedTurn *saved);

/** ql_conversation_stop: the answer so far stays; "busy" ends when the engine has stopped */
void ql_conversation_stop (QlConversation *self);

/**
 * ql_conversation_remove:
 * @turn: not the one that is being answered
 *
 * Returns: where it stood, for ql_conversation_insert(); -1 if nothing was removed
 */
int ql_conversation_remove (QlConversation *self, QlTurn *turn);
/** ql_conversation_insert: puts a turn that was removed back; @position may be past the end */
void ql_conversation_insert (QlConversation *self, QlTurn *turn, int position);
