#pragma once

#include <gtk/gtk.h>

/**
 * ql_show_in_files:
 * @uris: (array zero-terminated=1): of files
 *
 * Opens their folder in the desktop's file manager with the files selected or, where it has none
 * that can, the folder of the first.
 */
void ql_show_in_files (GtkWindow *parent, const char *const *uris);
