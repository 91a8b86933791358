#pragma once

#include <jansson.h>

#include "app/session-state.h"

/* How an event changes what is known of a session. Private to the reader. */

/** ql_session_event_time: milliseconds since 1970; 0 where @value is none that could be */
gint64 ql_session_event_time (const json_t *value);

/**
 * ql_session_event_apply:
 * @n_bytes: that the line takes in the file
 * @reason: (out) (transfer full): what is wrong with the event, translated
 *
 * Returns: %FALSE where the event makes no sense; @state is as before then
 */
gboolean ql_session_event_apply (QlSessionState *state, const json_t *event, gsize n_bytes, char **reason);
