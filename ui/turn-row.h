#pragma once

#include <gtk/gtk.h>

#include "app/conversation.h"
#include "ui/answer-view.h"

#define QL_TYPE_TURN_ROW (ql_turn_row_get_type ())
G_DECLARE_FINAL_TYPE (QlTurnRow, ql_turn_row, QL, TURN_ROW, GtkListBoxRow)

/**
 * QlTurnRow:
 *
 * A question and its answer in the transcript; follows the turn. What can be done with it
 * are buttons, to be seen while the row has the pointer or the focus, a menu, and keys.
 */
GtkWidget *ql_turn_row_new (QlTurn *turn);
QlTurn *ql_turn_row_get_turn (QlTurnRow *self);
QlAnswerView *ql_turn_row_get_answer (QlTurnRow *self);
/** ql_turn_row_update_buttons: what the window's actions allow may have changed */
void ql_turn_row_update_buttons (QlTurnRow *self);
/** ql_turn_row_set_reading: whether the answer is being read aloud */
void ql_turn_row_set_reading (QlTurnRow *self, gboolean reading);
/** ql_turn_row_set_status: what is being done; shown under an answer that is not over */
void ql_turn_row_set_status (QlTurnRow *self, const char *status);
