#pragma once

#include <glib.h>

/** ql_time_left_text: "about 3 minutes left", translated. Returns: (transfer full) */
char *ql_time_left_text (double seconds);
