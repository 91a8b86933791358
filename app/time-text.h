#pragma once

#include <glib.h>

/**
 * ql_time_text:
 * @ms: milliseconds since 1970
 * @now: in the time zone of the person
 *
 * When something happened, as short as it can be said: "now", "5 min", "14:30", "yesterday", "Mon",
 * "12 Nov", "12 Nov 2025".
 *
 * Returns: (transfer full)
 */
char *ql_time_text (gint64 ms, GDateTime *now);
