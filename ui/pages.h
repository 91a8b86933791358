#pragma once

#include "ui/page.h"

/** ql_pages_fill: makes every page there is, in order, each under its name */
void ql_pages_fill (GtkStack *stack);
/** ql_pages_set_lab: once, after they were made */
void ql_pages_set_lab (GtkStack *stack, QlLab *lab);
/** ql_pages_set_conversation: tells all of them. @conversation: (nullable) */
void ql_pages_set_conversation (GtkStack *stack, QlConversation *conversation);
