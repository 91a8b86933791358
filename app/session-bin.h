#pragma once

#include "app/session-dirs.h"

/*
 * Deleting sessions, such that it can be undone: the journal is renamed. Everything here blocks
 * on the disk.
 */

/** ql_session_bin_put: ID.jsonl becomes ID.deleted, even while open. Returns: %FALSE with %G_IO_ERROR */
gboolean ql_session_bin_put (const QlSessionDirs *dirs, const char *id, GError **error);
/** ql_session_bin_take: the other way round */
gboolean ql_session_bin_take (const QlSessionDirs *dirs, const char *id, GError **error);

/**
 * ql_session_bin_purge:
 * @older_than_s: only what was deleted so many seconds ago
 *
 * Removes deleted sessions for good, except those that are open somewhere; and the copies of
 * pictures and the thumbnails that no session is about any more.
 *
 * Returns: how many sessions are gone
 */
guint ql_session_bin_purge (const QlSessionDirs *dirs, gint64 older_than_s);
