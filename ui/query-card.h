#pragma once

#include <gtk/gtk.h>

#include "app/lab-queries.h"

#define QL_TYPE_QUERY_CARD (ql_query_card_get_type ())
G_DECLARE_FINAL_TYPE (QlQueryCard, ql_query_card, QL, QUERY_CARD, GtkWidget)

/**
 * QlQueryCard:
 *
 * What the selected query says: the words that it is nearest to, the queries it is like, what the model writes from it alone,
 * and how like all queries are to each other. With a small model it is looked up once the card is seen, else on demand.
 */
/** ql_query_card_set_lab: once */
void ql_query_card_set_lab (QlQueryCard *self, QlLab *lab);
