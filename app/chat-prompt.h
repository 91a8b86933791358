#pragma once

#include <glib.h>

/**
 * ql_chat_prompt:
 * @earlier: questions and answers in turn, oldest first, %NULL-terminated
 * @from: how many turns to leave out in front
 * @prompt: that of the new question
 *
 * The layout of LAVIS' chat: "Question: … Answer: …." for each turn, joined by spaces,
 * then @prompt.
 *
 * Returns: (transfer full)
 */
char *ql_chat_prompt (const char *const *earlier, guint from, const char *prompt);
