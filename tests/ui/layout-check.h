#pragma once

#include <gtk/gtk.h>

/**
 * layout_check:
 * @complaints: (element-type utf8): what is wrong is added here, a line each
 *
 * Walks the tree of a window that has been drawn, with its open popovers: every widget has its
 * minimum size, lies within the window, or within what scrolls, and covers no neighbour; no text
 * is shortened but where the whole can be had from a tooltip; popovers lie within the screen.
 */
void layout_check (GtkWindow *window, GPtrArray *complaints);
