#pragma once

#include <gtk/gtk.h>

#define QL_TYPE_ADDRESS_ENTRY (ql_address_entry_get_type ())
G_DECLARE_FINAL_TYPE (QlAddressEntry, ql_address_entry, QL, ADDRESS_ENTRY, GtkWidget)

/**
 * QlAddressEntry:
 *
 * Entry for the address of the hub or a mirror. What is typed holds when Enter is pressed or
 * the entry left, unless it is refused: then a message says why, and the setting stays.
 */
GtkWidget *ql_address_entry_new (GSettings *settings);

/** ql_address_entry_commit: as leaving it. Returns: %FALSE where the address is refused */
gboolean ql_address_entry_commit (QlAddressEntry *self);
/** ql_address_entry_get_entry: Returns: (transfer none): the entry itself */
GtkWidget *ql_address_entry_get_entry (QlAddressEntry *self);
/** ql_address_entry_get_refusal: Returns: (nullable): why the address is refused */
const char *ql_address_entry_get_refusal (QlAddressEntry *self);
