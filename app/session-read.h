#pragma once

#include "app/session-state.h"

/*
 * The format of a journal, and its reader. One JSON object a line, in UTF-8:
 *
 *   {"format":"qlens-session","version":1,"id":ID,"created":MS,"program":…}
 *   {"event":"picture","time":MS,"name":…,"uri":…,"sha256":…,"size":…,"mtime_us":…,
 *    "width":…,"height":…,"copy":…}
 *   {"event":"turn-begin","time":MS,"turn":N,"edits":N,"kind":"describe"|"question"|"raw",
 *    "question":…,"prompt":…,"settings":{…},"model":{"name":…,"fingerprint":…}}
 *   {"event":"words","time":MS,"turn":N,"text":…}           the whole text so far
 *   {"event":"turn-end","time":MS,"turn":N,"status":"ended"|"stopped"|"failed"|"interrupted",
 *    "text":…,"error":…,"prompt":…,"complete":true,"score":…,"seconds":…,"picture_reused":true,
 *    "timings":{"vision":MS…},"tokens":[[ID,TEXT,PROBABILITY,[[ID,TEXT,PROBABILITY]…]]…]}
 *   {"event":"turn-delete"|"turn-restore","time":MS,"turn":N}
 *   {"event":"title","time":MS,"title":…}
 *   {"event":"deleted"|"undeleted","time":MS}
 *
 * Keys that are not known, and events that are not known, are left alone: a version that
 * older readers can still make sense of keeps its number.
 */

#define QL_SESSION_FORMAT "qlens-session"
#define QL_SESSION_VERSION 1

#define QL_SESSION_MAX_FILE_BYTES ((gsize) 64 * 1024 * 1024)
#define QL_SESSION_MAX_LINE_BYTES ((gsize) 1024 * 1024)
#define QL_SESSION_MAX_EVENTS 100000
#define QL_SESSION_MAX_TURN_ID 1000000000

/** Names of the enumerations' values, in their order. */
extern const char *const ql_session_kind_names[3];
extern const char *const ql_session_status_names[5];

#define QL_SESSION_N_TIMINGS 7
typedef struct
{
  const char *name;
  gsize offset; /* of a double in QlSavedTimings */
} QlSessionTiming;
extern const QlSessionTiming ql_session_timings[QL_SESSION_N_TIMINGS];

/**
 * ql_session_read_bytes:
 * @name: of the file, for messages
 *
 * Replays a journal. Part of a line at the end, as a crash leaves it, is passed over;
 * lines that are no events are passed over and told of in the state.
 *
 * Returns: (transfer full): %NULL with %QL_SESSION_ERROR
 */
QlSessionState *ql_session_read_bytes (const char *bytes, gsize n_bytes, const char *name, GError **error);

/**
 * ql_session_read_fd: the same for an open file, from its start. Blocks.
 *
 * Returns: (transfer full): %NULL with %QL_SESSION_ERROR or %G_IO_ERROR
 */
QlSessionState *ql_session_read_fd (int fd, const char *path, GError **error);
