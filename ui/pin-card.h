#pragma once

#include <gtk/gtk.h>

#include "app/lab.h"

#define QL_TYPE_PIN_CARD (ql_pin_card_get_type ())
G_DECLARE_FINAL_TYPE (QlPinCard, ql_pin_card, QL, PIN_CARD, GtkWidget)

/**
 * QlPinCard:
 *
 * A and B: the map that was pinned, small and in words, and whether its difference to what is selected is shown.
 */
/** ql_pin_card_set_lab: once */
void ql_pin_card_set_lab (QlPinCard *self, QlLab *lab);
