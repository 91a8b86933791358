#pragma once

#include <stddef.h>

/**
 * B2_UNWATCHED:
 *
 * ThreadSanitizer looks at each load of an inner loop, which then takes several times as long. A kernel that is B2_UNWATCHED, inlined
 * parts included, is spared that, and announces once a call what it reads and writes. Without that sanitizer all of it is nothing.
 */
#ifdef __SANITIZE_THREAD__
#define B2_UNWATCHED __attribute__ ((no_sanitize ("thread")))

extern void __tsan_read1 (void *data);
extern void __tsan_write1 (void *data);

/**
 * b2_watch_read, b2_watch_write: the first byte of each 64 of @data, whose alignment may be any; another thread that races is at
 * work at whole tiles, too
 */
static inline void
b2_watch_read (const void *data, size_t n_bytes)
{
  for (size_t i = 0; i < n_bytes; i += 64)
    __tsan_read1 ((char *) data + i);
}

static inline void
b2_watch_write (void *data, size_t n_bytes)
{
  for (size_t i = 0; i < n_bytes; i += 64)
    __tsan_write1 ((char *) data + i);
}
#else
#define B2_UNWATCHED
#define b2_watch_read(data, n_bytes) ((void) 0)
#define b2_watch_write(data, n_bytes) ((void) 0)
#endif
