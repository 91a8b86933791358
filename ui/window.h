#pragma once

#include <gtk/gtk.h>

#include "ui/application.h"

#define QL_TYPE_WINDOW (ql_window_get_type ())
G_DECLARE_FINAL_TYPE (QlWindow, ql_window, QL, WINDOW, GtkApplicationWindow)

/**
 * QlWindow:
 *
 * The shell: a picture in the middle, the conversation about it beside or, in a narrow
 * window, below it. Everything it can do is an action.
 */
QlWindow *ql_window_new (QlApplication *app);

/** ql_window_open_files: shows the first; says so where there are more */
/** ql_window_open_session: shows the session of that id; where another window shows it, that one comes up */
void ql_window_open_session (QlWindow *self, const char *id);
void ql_window_open_files (QlWindow *self, GFile **files, int n_files);

/** ql_window_show_model_error: @error is one of opening the model in @dir */
void ql_window_show_model_error (QlWindow *self, const char *dir, const GError *error);
/** ql_window_forget_model_error: another model is open or being opened: such an error is past */
void ql_window_forget_model_error (QlWindow *self);
