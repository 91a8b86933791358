#pragma once

#include <gtk/gtk.h>

/**
 * ql_lab_keys_add:
 *
 * The keys that change what of the attention is looked at, while the focus is in a widget of this class: they have
 * no modifiers, and so must not be the whole window's.
 */
void ql_lab_keys_add (GtkWidgetClass *widget_class);

/**
 * ql_move_keys_add:
 * @move: with "(ii)", columns and rows: arrows go by one, Home and End by more columns, Page Up and Down by @page rows
 */
void ql_move_keys_add (GtkWidgetClass *widget_class, GtkShortcutFunc move, int page);
