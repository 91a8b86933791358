#pragma once

#include <gtk/gtk.h>

/**
 * ql_first_frame_tell:
 * @window: realized
 *
 * Writes to the debug log when the program's first window was first drawn, for ./dev bench.
 */
void ql_first_frame_tell (GtkWidget *window);
