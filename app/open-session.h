#pragma once

#include <gio/gio.h>

#include "app/conversation.h"
#include "app/saved-picture.h"
#include "app/session-store.h"

#define QL_TYPE_OPEN_SESSION (ql_open_session_get_type ())
G_DECLARE_FINAL_TYPE (QlOpenSession, ql_open_session, QL, OPEN_SESSION, GObject)

/**
 * QlOpenSession:
 *
 * A session that is being worked at: a picture's conversation, and the journal that all of it
 * is written to as it happens. Its row in the store follows.
 *
 * Must be closed before the last unref.
 *
 * Signals: "failed" (const GError *error): something could not be written; words are kept and
 * tried again. "recovered": they have been written after all.
 *
 * Threads: that of the main context.
 */

/** ql_open_session_new: begins one. @settings: (nullable). Returns: (transfer full) */
QlOpenSession *ql_open_session_new (QlSessionStore *store, QlEngineService *engine, GSettings *settings,
                                    QlPicture *picture);

/**
 * ql_open_session_open_async:
 *
 * Goes on with one: reads its journal, looks for its picture and decodes it. Waits for a
 * session of that id that is being closed.
 */
void ql_open_session_open_async (QlSessionStore *store, QlEngineService *engine, GSettings *settings,
                                 const char *id, GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer data);
/**
 * ql_open_session_open_finish:
 *
 * A picture that cannot be had is no error: the conversation can be read then.
 *
 * Returns: (transfer full): %NULL with %QL_SESSION_ERROR or %G_IO_ERROR
 */
QlOpenSession *ql_open_session_open_finish (GAsyncResult *result, GError **error);

/**
 * ql_open_session_close:
 *
 * Stops an answer that is being written, and lets go of the journal when the engine has
 * stopped and all is on the disk. Until then the program is held.
 */
void ql_open_session_close (QlOpenSession *self);

const char *ql_open_session_get_id (QlOpenSession *self);
/** ql_open_session_get_conversation: Returns: (transfer none) */
QlConversation *ql_open_session_get_conversation (QlOpenSession *self);
/** ql_open_session_get_picture_state: whether the picture was there, and the same, when this was opened */
QlSavedPictureState ql_open_session_get_picture_state (QlOpenSession *self);
/** ql_open_session_get_picture_error: Returns: (nullable): why a picture that is there could not be decoded */
const GError *ql_open_session_get_picture_error (QlOpenSession *self);
/** ql_open_session_get_thumbnail: Returns: (nullable) (transfer none): a small copy, where the picture is not to be had */
QlPicture *ql_open_session_get_thumbnail (QlOpenSession *self);
/** ql_open_session_get_n_recovered: answers that had broken off when the program was killed */
guint ql_open_session_get_n_recovered (QlOpenSession *self);
