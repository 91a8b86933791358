#pragma once

#include <gtk/gtk.h>

#define QL_TYPE_LESSONS_WINDOW (ql_lessons_window_get_type ())
G_DECLARE_FINAL_TYPE (QlLessonsWindow, ql_lessons_window, QL, LESSONS_WINDOW, GtkWindow)

/**
 * QlLessonsWindow:
 *
 * The list of lessons. One that is chosen is begun in the window it belongs to ("win.lesson" with its id), and
 * this one closes.
 */

/** ql_lessons_window_new: @settings: (nullable): which were done. Returns: (transfer none): as of all windows */
GtkWidget *ql_lessons_window_new (GtkWindow *parent, GSettings *settings);
