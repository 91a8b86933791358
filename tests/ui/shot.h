#pragma once

#include <gtk/gtk.h>

/** shot_settle: waits until what @window shows no longer changes from one frame to the next */
void shot_settle (GtkWindow *window);

/** shot_save: writes what @window shows, with its open popovers, to a PNG file */
void shot_save (GtkWindow *window, const char *path);
