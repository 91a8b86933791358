#pragma once

#include <gtk/gtk.h>

#include "app/conversation.h"

#define QL_TYPE_CHAT_PAGE (ql_chat_page_get_type ())
G_DECLARE_FINAL_TYPE (QlChatPage, ql_chat_page, QL, CHAT_PAGE, GtkWidget)

/**
 * QlChatPage:
 *
 * The transcript of a conversation and the box for the next question.
 *
 * Signals: "question-changed".
 */

/** ql_chat_page_set_conversation: @conversation: (nullable): without one nothing can be asked */
void ql_chat_page_set_conversation (QlChatPage *self, QlConversation *conversation);
/** ql_chat_page_set_busy: Stop in the place of Ask */
void ql_chat_page_set_busy (QlChatPage *self, gboolean busy);
/** ql_chat_page_set_status: what is being done for the turn that is being answered */
void ql_chat_page_set_status (QlChatPage *self, const char *status);
/** ql_chat_page_get_question: Returns: (transfer full): what is in the box */
char *ql_chat_page_get_question (QlChatPage *self);
void ql_chat_page_set_question (QlChatPage *self, const char *text);
void ql_chat_page_focus_question (QlChatPage *self);
/** ql_chat_page_get_view: Returns: (transfer none): the text view of the question box */
GtkWidget *ql_chat_page_get_view (QlChatPage *self);
