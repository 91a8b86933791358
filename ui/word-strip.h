#pragma once

#include <gtk/gtk.h>

#include "app/lab.h"

#define QL_TYPE_WORD_STRIP (ql_word_strip_get_type ())
G_DECLARE_FINAL_TYPE (QlWordStrip, ql_word_strip, QL, WORD_STRIP, GtkWidget)

/**
 * QlWordStrip:
 *
 * Under the picture: the words of the answer that is looked at, how much the selected one came from each query, and that
 * in a sentence. Words and queries are selected here, by pointer or arrow keys.
 */
/** ql_word_strip_set_lab: once */
void ql_word_strip_set_lab (QlWordStrip *self, QlLab *lab);
