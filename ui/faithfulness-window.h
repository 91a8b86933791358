#pragma once

#include <gtk/gtk.h>

#include "app/lab.h"

#define QL_TYPE_FAITHFULNESS_WINDOW (ql_faithfulness_window_get_type ())
G_DECLARE_FINAL_TYPE (QlFaithfulnessWindow, ql_faithfulness_window, QL, FAITHFULNESS_WINDOW, GtkWindow)

/**
 * QlFaithfulnessWindow:
 *
 * A map's faithfulness curve (app/curve.h): how far it is, the curve, what it means in one sentence, and all of its numbers
 * as text. Its commands are actions of the window that it belongs to.
 */
/** ql_faithfulness_window_new: Returns: (transfer none): belongs to GTK until it is closed */
GtkWindow *ql_faithfulness_window_new (GtkWindow *parent, QlLab *lab);
/** ql_faithfulness_window_get_sentence, _get_table: Returns: (transfer none): for tests */
GtkLabel *ql_faithfulness_window_get_sentence (QlFaithfulnessWindow *self);
GtkWidget *ql_faithfulness_window_get_table (QlFaithfulnessWindow *self);
