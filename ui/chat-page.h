#pragma once

#include "ui/page.h"

#define QL_TYPE_CHAT_PAGE (ql_chat_page_get_type ())
G_DECLARE_FINAL_TYPE (QlChatPage, ql_chat_page, QL, CHAT_PAGE, QlPage)

/**
 * QlChatPage:
 *
 * The transcript of a conversation and the box for the next question. Without a conversation
 * nothing can be asked.
 *
 * Signals: "question-changed".
 */

/** ql_chat_page_set_settings: @settings: (nullable): without them nothing about writing can be set */
void ql_chat_page_set_settings (QlChatPage *self, GSettings *settings);
/** ql_chat_page_update_rows: what the window's actions allow may have changed */
void ql_chat_page_update_rows (QlChatPage *self);
/** ql_chat_page_set_reading: @turn: (nullable): the one that is being read aloud */
void ql_chat_page_set_reading (QlChatPage *self, QlTurn *turn);
/** ql_chat_page_set_undo: whether to tell that something was deleted, and can be had back */
void ql_chat_page_set_undo (QlChatPage *self, gboolean shown);
/** ql_chat_page_show_newest: scrolls to the end, and follows what is written from then on */
void ql_chat_page_show_newest (QlChatPage *self);
/** ql_chat_page_open_style: opens the settings of how answers are written */
void ql_chat_page_open_style (QlChatPage *self);
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
