#pragma once

#include <gtk/gtk.h>

#define QL_TYPE_QUESTION_ENTRY (ql_question_entry_get_type ())
G_DECLARE_FINAL_TYPE (QlQuestionEntry, ql_question_entry, QL, QUESTION_ENTRY, GtkWidget)

/**
 * QlQuestionEntry:
 *
 * A text box that grows with its lines. Enter activates "win.ask", unless an input method
 * wants it to commit what is being composed; Shift+Enter begins a line.
 *
 * Signals: "changed".
 */

/** ql_question_entry_get_text: Returns: (transfer full): as typed, spaces at the ends removed */
char *ql_question_entry_get_text (QlQuestionEntry *self);
/** ql_question_entry_set_text: the cursor goes to the end */
void ql_question_entry_set_text (QlQuestionEntry *self, const char *text);
void ql_question_entry_set_placeholder (QlQuestionEntry *self, const char *text);
/** ql_question_entry_get_view: Returns: (transfer none): the widget that takes the focus */
GtkWidget *ql_question_entry_get_view (QlQuestionEntry *self);
