#pragma once

#include <glib.h>

/**
 * ql_free_memory_parse:
 * @text: what /proc/meminfo says
 *
 * Returns: bytes of MemAvailable; 0 where it is not told
 */
guint64 ql_free_memory_parse (const char *text);

/** QlFreeMemoryFunc: bytes; may be called on any thread */
typedef guint64 (*QlFreeMemoryFunc) (void);

/**
 * ql_free_memory_set_source:
 * @source: (nullable): asked from now on, in the place of the system
 *
 * For tests, which need a computer with little memory. Threads: any.
 */
void ql_free_memory_set_source (QlFreeMemoryFunc source);

/**
 * ql_free_memory:
 *
 * What the computer has, or the control groups that this process is in where that is less; or what
 * $QLENS_FREE_MEMORY says. Threads: any.
 *
 * Returns: bytes that programs may still take without swapping; 0: not known
 */
guint64 ql_free_memory (void);
