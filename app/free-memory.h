#pragma once

#include <glib.h>

/**
 * ql_free_memory_parse:
 * @text: what /proc/meminfo says
 *
 * Returns: bytes of MemAvailable; 0 where it is not told
 */
guint64 ql_free_memory_parse (const char *text);

/** ql_free_memory: Returns: bytes that programs may still take without swapping; 0: not known */
guint64 ql_free_memory (void);
