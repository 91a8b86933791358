#pragma once

#include <gtk/gtk.h>

#include "app/lab-queries.h"

#define QL_TYPE_MATCH_CARD (ql_match_card_get_type ())
G_DECLARE_FINAL_TYPE (QlMatchCard, ql_match_card, QL, MATCH_CARD, GtkWidget)

/**
 * QlMatchCard:
 *
 * How well a text matches the picture, by a retrieval model: the probability (ITM), how like each query is to the text (ITC),
 * which query won, and where it looks.
 */
/** ql_match_card_set_lab: once */
void ql_match_card_set_lab (QlMatchCard *self, QlLab *lab);
