#pragma once

#include <gtk/gtk.h>

#include "app/answer-words.h"

/** ql_percent: "58 %", "less than 1 %". Returns: (transfer full) */
char *ql_percent (double probability);

/** ql_word_style_class: how sure the model was, as a style; told by line as well as by colour */
const char *ql_word_style_class (const QlWord *word);

/**
 * ql_word_describe:
 *
 * "58 % sure. Instead: dog 30 %, cat 5 %": what the underline says, in words.
 *
 * Returns: (transfer full)
 */
char *ql_word_describe (const QlWord *word);

/** ql_word_card_new: @text: the word. What the model weighed, as a table with bars. */
GtkWidget *ql_word_card_new (const char *text, const QlWord *word);
