#pragma once

#include <gtk/gtk.h>

/**
 * ql_recent_menu_new:
 *
 * The pictures opened last with this program, newest first, as the desktop keeps them.
 * Follows it. Items activate "win.open-uri".
 *
 * Returns: (transfer full)
 */
GMenuModel *ql_recent_menu_new (void);

/** ql_recent_menu_add: remembers a picture that could be opened. @file: native ones only are */
void ql_recent_menu_add (GFile *file);
