#pragma once

#include <gtk/gtk.h>

#include "app/lab.h"

#define QL_TYPE_TEST_CARD (ql_test_card_get_type ())
G_DECLARE_FINAL_TYPE (QlTestCard, ql_test_card, QL, TEST_CARD, GtkWidget)

/**
 * QlTestCard:
 *
 * Tests the map that is shown, instead of believing it: mutes heads, layers and queries, drops patches, and tells what becomes
 * of the answer. Its buttons are actions of the window (ui/window-test.c).
 */
/** ql_test_card_set_lab: once */
void ql_test_card_set_lab (QlTestCard *self, QlLab *lab);
/** ql_test_card_get_result, _queries, _brightest, _answer: Returns: (transfer none): the labels, for tests */
GtkLabel *ql_test_card_get_result (QlTestCard *self);
GtkLabel *ql_test_card_get_queries (QlTestCard *self);
GtkLabel *ql_test_card_get_brightest (QlTestCard *self);
GtkLabel *ql_test_card_get_answer (QlTestCard *self);
/** ql_test_card_get_list: Returns: (transfer none): a button for each thing that is changed */
GtkWidget *ql_test_card_get_list (QlTestCard *self);
