#pragma once

#include <gtk/gtk.h>

#include "app/session-store.h"

#define QL_TYPE_SESSIONS_VIEW (ql_sessions_view_get_type ())
G_DECLARE_FINAL_TYPE (QlSessionsView, ql_sessions_view, QL, SESSIONS_VIEW, GtkWidget)

/**
 * QlSessionsView:
 *
 * The list of sessions, with a search, and what was deleted to be had back. The selected one
 * is the one the window shows: selecting another activates "win.open-session" with its id.
 */
void ql_sessions_view_set_store (QlSessionsView *self, QlSessionStore *store);
/** ql_sessions_view_set_current: @id: (nullable): of the session that the window shows */
void ql_sessions_view_set_current (QlSessionsView *self, const char *id);
void ql_sessions_view_focus_search (QlSessionsView *self);
/** ql_sessions_view_set_undo: whether to tell that a session was deleted, and can be had back */
void ql_sessions_view_set_undo (QlSessionsView *self, gboolean shown);
/**
 * ql_sessions_view_neighbour:
 * @step: 1: below, -1: above, in what is shown now
 *
 * Returns: (nullable) (transfer full): the id of the session beside the current one
 */
char *ql_sessions_view_neighbour (QlSessionsView *self, int step);

/* For tests. */
GtkListView *ql_sessions_view_get_list (QlSessionsView *self);
GtkEditable *ql_sessions_view_get_search (QlSessionsView *self);
