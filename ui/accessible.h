#pragma once

#include <gtk/gtk.h>

/**
 * ql_accessible_name_internals:
 * @root: a widget whose children have all been built
 *
 * Names the parts that GTK builds inside its own widgets (scroll bars, their troughs, the
 * handle between panes): GTK 4.8 announces whatever has no name by the name of its type.
 */
void ql_accessible_name_internals (GtkWidget *root);
