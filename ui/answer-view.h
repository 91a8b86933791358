#pragma once

#include <gtk/gtk.h>

#include "app/turn.h"

#define QL_TYPE_ANSWER_VIEW (ql_answer_view_get_type ())
G_DECLARE_FINAL_TYPE (QlAnswerView, ql_answer_view, QL, ANSWER_VIEW, GtkWidget)

/**
 * QlAnswerView:
 *
 * The text of an answer. Once it is finished, each word has an underline that tells how
 * sure the model was, and opens a card with what else it weighed: by click, or by Tab,
 * arrow keys and Enter. The text is one selectable label, never parsed as markup; over it
 * lie buttons that the pointer does not see.
 */
/** ql_answer_view_set_turn: follows nothing by itself; call again when the turn changed */
void ql_answer_view_set_turn (QlAnswerView *self, QlTurn *turn);
GtkLabel *ql_answer_view_get_label (QlAnswerView *self);
/** ql_answer_view_get_word: Returns: (nullable) (transfer none): the button of a word */
GtkWidget *ql_answer_view_get_word (QlAnswerView *self, guint i);
/** ql_answer_view_get_card: Returns: (nullable) (transfer none): the popover, while it is open */
GtkWidget *ql_answer_view_get_card (QlAnswerView *self);
