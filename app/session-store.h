#pragma once

#include <gio/gio.h>

#include "app/recorder.h"
#include "app/session.h"

/* After this long, deleted sessions are gone for good. */
#define QL_SESSION_BIN_S ((gint64) 30 * 24 * 60 * 60)

#define QL_TYPE_SESSION_STORE (ql_session_store_get_type ())
G_DECLARE_FINAL_TYPE (QlSessionStore, ql_session_store, QL, SESSION_STORE, GObject)

/**
 * QlSessionStore:
 *
 * All sessions that were not deleted: a GListModel of QlSession, the one that changed last
 * first. Rows are there as soon as the folder has been listed; what is in them is read
 * afterwards, the newest first, except where the index knows it.
 *
 * To search, filter the model by ql_session_matches().
 *
 * Properties: "loading" (rows are still being read) and "n-deleted", announced by ::notify.
 *
 * Threads: that of the main context; all that blocks happens on workers.
 */

/** ql_session_store_new: Returns: (transfer full): an empty list: nothing is read yet */
QlSessionStore *ql_session_store_new (const QlSessionDirs *dirs);

const QlSessionDirs *ql_session_store_get_dirs (QlSessionStore *self);
gboolean ql_session_store_get_loading (QlSessionStore *self);
/** ql_session_store_get_n_deleted: how many can be brought back */
guint ql_session_store_get_n_deleted (QlSessionStore *self);

/**
 * ql_session_store_load_async:
 *
 * Lists the sessions, and removes those for good that were deleted long ago. Ends when all
 * rows are there; "loading" ends when they are filled.
 */
void ql_session_store_load_async (QlSessionStore *self, GAsyncReadyCallback callback, gpointer data);
gboolean ql_session_store_load_finish (QlSessionStore *self, GAsyncResult *result, GError **error);

/** ql_session_store_find: Returns: (nullable) (transfer none) */
QlSession *ql_session_store_find (QlSessionStore *self, const char *id);

/** ql_session_store_refresh: looks into a journal again, or for the first time: it has been written to */
void ql_session_store_refresh (QlSessionStore *self, const char *id);

/** ql_session_store_want_thumbnail: its row is shown: finds or makes the thumbnail, one at a time */
void ql_session_store_want_thumbnail (QlSessionStore *self, QlSession *session);

/** ql_session_store_create: Returns: (transfer full): a new one, which gets its file by the first event */
QlRecorder *ql_session_store_create (QlSessionStore *self);

/** ql_session_store_open_async: reads a session, and opens it for writing */
void ql_session_store_open_async (QlSessionStore *self, const char *id, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer data);
/**
 * ql_session_store_open_finish:
 * @state: (out) (transfer full): what was said so far
 *
 * Returns: (transfer full): %NULL with %QL_SESSION_ERROR or %G_IO_ERROR
 */
QlRecorder *ql_session_store_open_finish (QlSessionStore *self, GAsyncResult *result, QlSessionState **state,
                                          GError **error);

/**
 * ql_session_store_delete_async:
 *
 * Puts a session into the bin. Its row goes at once, and comes back if that fails.
 */
void ql_session_store_delete_async (QlSessionStore *self, const char *id, GAsyncReadyCallback callback,
                                    gpointer data);
/** ql_session_store_undelete_async: takes it out again */
void ql_session_store_undelete_async (QlSessionStore *self, const char *id, GAsyncReadyCallback callback,
                                      gpointer data);
/** ql_session_store_bin_finish: ends both. Returns: %FALSE with %G_IO_ERROR */
gboolean ql_session_store_bin_finish (QlSessionStore *self, GAsyncResult *result, GError **error);

/** ql_session_store_purge_async: empties the bin, except of what was deleted less than @older_than_s ago */
void ql_session_store_purge_async (QlSessionStore *self, gint64 older_than_s, GAsyncReadyCallback callback,
                                   gpointer data);
/** ql_session_store_purge_finish: Returns: how many sessions are gone for good */
guint ql_session_store_purge_finish (QlSessionStore *self, GAsyncResult *result);
