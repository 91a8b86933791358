#pragma once

#include "app/session-state.h"

/*
 * Events as lines of a journal. Every function returns (transfer full) one line of JSON
 * without its end, in UTF-8; text that is no UTF-8 is made so.
 */

/** ql_session_line_header: the first line of a journal */
char *ql_session_line_header (const char *id, gint64 created_ms);
/** ql_session_line_picture: the session is about this picture from now on */
char *ql_session_line_picture (const QlSavedPicture *picture);
/** ql_session_line_begin: a turn was asked for; what is known then of @turn counts */
char *ql_session_line_begin (const QlSavedTurn *turn);
/**
 * ql_session_line_words:
 * @text: the whole answer so far: with beams earlier words may change
 */
char *ql_session_line_words (guint turn, const char *text, gint64 time_ms);
/**
 * ql_session_line_end:
 *
 * The answer as it stays. Tokens are left out where the line would be longer than a
 * reader takes.
 */
char *ql_session_line_end (const QlSavedTurn *turn);
/** ql_session_line_delete, ql_session_line_restore: a turn, and the undoing of it */
char *ql_session_line_delete (guint turn);
char *ql_session_line_restore (guint turn);
/** ql_session_line_title: @title may be %NULL: the one made from the conversation again */
char *ql_session_line_title (const char *title);
/** ql_session_line_deleted, ql_session_line_undeleted: the session as a whole; @time_ms 0: now */
char *ql_session_line_deleted (gint64 time_ms);
char *ql_session_line_undeleted (void);

/** ql_session_state_wants_compacting: whether most of the file is needless, and all of it is understood */
gboolean ql_session_state_wants_compacting (const QlSessionState *self);
/** ql_session_state_to_text: Returns: (transfer full): a journal that says the same, without deleted turns */
GString *ql_session_state_to_text (const QlSessionState *self);
