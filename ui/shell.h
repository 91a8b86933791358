#pragma once

#include <gtk/gtk.h>

#define QL_TYPE_SHELL (ql_shell_get_type ())
G_DECLARE_FINAL_TYPE (QlShell, ql_shell, QL, SHELL, GtkWidget)

/**
 * QlShell:
 *
 * A sidebar beside the content or, where there is no room for both, above it. Above it, a
 * click beside the sidebar closes it.
 *
 * Properties: "sidebar" and "content", widgets; "sidebar-shown", announced by ::notify: whether
 * it is shown as things are now, beside and above being remembered apart.
 */

/** ql_shell_set_overlaid: whether the sidebar lies above the content; it is closed then, at first */
void ql_shell_set_overlaid (QlShell *self, gboolean overlaid);
gboolean ql_shell_get_overlaid (QlShell *self);
void ql_shell_set_sidebar_shown (QlShell *self, gboolean shown);
gboolean ql_shell_get_sidebar_shown (QlShell *self);
