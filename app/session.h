#pragma once

#include <gio/gio.h>

#include "app/session-head.h"
#include "app/text-fold.h"

#define QL_TYPE_SESSION (ql_session_get_type ())
G_DECLARE_FINAL_TYPE (QlSession, ql_session, QL, SESSION, GObject)

/**
 * QlSession:
 *
 * A row of the list of sessions.
 *
 * Properties, all read-only and announced by ::notify: "title", "thumbnail" (a path, or
 * %NULL), "n-turns", "changed" (milliseconds since 1970), "unfinished" and "problem".
 */

/** ql_session_new: @head: (transfer full) */
QlSession *ql_session_new (QlSessionHead *head);

const char *ql_session_get_id (QlSession *self);
/** ql_session_get_title: one line; empty while it has not been read, or where nothing names it */
const char *ql_session_get_title (QlSession *self);
/** ql_session_get_thumbnail: Returns: (nullable): a path; see ql_session_store_want_thumbnail() */
const char *ql_session_get_thumbnail (QlSession *self);
guint ql_session_get_n_turns (QlSession *self);
gint64 ql_session_get_changed_ms (QlSession *self);
/** ql_session_get_unfinished: an answer broke off when the program was killed */
gboolean ql_session_get_unfinished (QlSession *self);
/** ql_session_get_problem: Returns: (nullable): why it cannot be opened, for people */
const char *ql_session_get_problem (QlSession *self);
/** ql_session_get_is_read: whether the journal has been looked into yet */
gboolean ql_session_get_is_read (QlSession *self);
/** ql_session_get_picture: Returns: (nullable) (transfer none) */
const QlSavedPicture *ql_session_get_picture (QlSession *self);

/** ql_session_matches: whether title, picture's name, questions and answers hold all the words */
gboolean ql_session_matches (QlSession *self, const QlTextQuery *query);

/* For the store. */
/** ql_session_get_head: Returns: (transfer none) */
const QlSessionHead *ql_session_get_head (QlSession *self);
/** ql_session_set_head: @head: (transfer full) */
void ql_session_set_head (QlSession *self, QlSessionHead *head);
/** ql_session_set_thumbnail: @path: (nullable) */
void ql_session_set_thumbnail (QlSession *self, const char *path);
