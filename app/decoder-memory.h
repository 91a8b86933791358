#pragma once

#include <glib.h>

/**
 * ql_decoder_memory_new:
 *
 * Shared memory whose size can not be changed any more, by nobody: reading it can not fail. It costs what is
 * written to it.
 *
 * Returns: a file descriptor; -1 with errno set
 */
int ql_decoder_memory_new (guint64 n_bytes);

/** ql_decoder_memory_new_with: the same with content, and read-only. */
int ql_decoder_memory_new_with (GBytes *content);

/**
 * ql_decoder_memory_freeze:
 *
 * Makes sure that nobody can write to it any more, and maps the beginning.
 *
 * Returns: (transfer full) (nullable): %NULL if somebody still can, or it is too small
 */
GBytes *ql_decoder_memory_freeze (int fd, gsize n_bytes);
