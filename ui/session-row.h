#pragma once

#include <gtk/gtk.h>

#include "app/session.h"

#define QL_TYPE_SESSION_ROW (ql_session_row_get_type ())
G_DECLARE_FINAL_TYPE (QlSessionRow, ql_session_row, QL, SESSION_ROW, GtkWidget)

/**
 * QlSessionRow:
 *
 * What is in a row of the list of sessions: thumbnail, title, how many answers and when.
 */
GtkWidget *ql_session_row_new (void);
/** ql_session_row_set_session: @session: (nullable): shown, and followed */
void ql_session_row_set_session (QlSessionRow *self, QlSession *session);
/** ql_session_row_get_session: Returns: (nullable) (transfer none) */
QlSession *ql_session_row_get_session (QlSessionRow *self);
/** ql_session_row_update: what is shown of the time, which passes */
void ql_session_row_update (QlSessionRow *self);
/** ql_session_row_get_text: Returns: (transfer full): the row, as a screen reader speaks it */
char *ql_session_row_get_text (QlSessionRow *self);
