#pragma once

#include <gtk/gtk.h>

#include "app/encoding-cache.h"

#define QL_TYPE_PREFERENCES_WINDOW (ql_preferences_window_get_type ())
G_DECLARE_FINAL_TYPE (QlPreferencesWindow, ql_preferences_window, QL, PREFERENCES_WINDOW, GtkWindow)

/**
 * QlPreferencesWindow:
 *
 * What is kept in the settings, each with a line that says what it does. Holds at once;
 * there is nothing to confirm.
 */
GtkWidget *ql_preferences_window_new (GtkWindow *parent, GSettings *settings, QlEncodingCache *encodings);
/** ql_preferences_window_get_control: Returns: (nullable) (transfer none): what sets @key */
GtkWidget *ql_preferences_window_get_control (QlPreferencesWindow *self, const char *key);
