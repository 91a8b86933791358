#pragma once

#include <gtk/gtk.h>

#include "app/error-text.h"

#define QL_TYPE_MESSAGE_BAR (ql_message_bar_get_type ())
G_DECLARE_FINAL_TYPE (QlMessageBar, ql_message_bar, QL, MESSAGE_BAR, GtkWidget)

/**
 * QlMessageBar:
 *
 * Tells in the window what went wrong, what to do, and the details to copy. One message
 * at a time: a new one takes the place of the old.
 *
 * Signals: "changed", when a message appears or goes.
 */
void ql_message_bar_show_error (QlMessageBar *self, const QlErrorText *text);
void ql_message_bar_show_note (QlMessageBar *self, const char *what, const char *advice);
/** ql_message_bar_set_action: a button that helps, with a detailed action; removed by the next message. */
void ql_message_bar_set_action (QlMessageBar *self, const char *label, const char *action);
/** ql_message_bar_get_action: Returns: (nullable): that of the button, while a message with one is shown */
const char *ql_message_bar_get_action (QlMessageBar *self);
void ql_message_bar_dismiss (QlMessageBar *self);
gboolean ql_message_bar_is_shown (QlMessageBar *self);
/** ql_message_bar_get_what, ql_message_bar_get_advice, ql_message_bar_get_details: for tests */
const char *ql_message_bar_get_what (QlMessageBar *self);
const char *ql_message_bar_get_advice (QlMessageBar *self);
const char *ql_message_bar_get_details (QlMessageBar *self);
