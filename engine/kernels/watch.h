#pragma once

#include <stddef.h>

/**
 * B2_UNWATCHED:
 *
 * ThreadSanitizer looks at each load of an inner loop, which then takes ten times as long. A kernel that is B2_UNWATCHED, inlined
 * parts included, is spared that, and announces once a call what it reads and writes. Without that sanitizer all of it is nothing.
 */
#ifdef __SANITIZE_THREAD__
#define B2_UNWATCHED __attribute__ ((no_sanitize ("thread")))
#define B2_IS_WATCHED 1

extern void __tsan_read4 (void *data);
extern void __tsan_write4 (void *data);
#else
#define B2_UNWATCHED
#define B2_IS_WATCHED 0
#define __tsan_read4(data) ((void) (data))
#define __tsan_write4(data) ((void) (data))
#endif

/**
 * b2_watch_read, b2_watch_write: of every cache line of @data the first float; another thread that races is at work at whole lines,
 * too
 */
static inline void
b2_watch_read (const void *data, size_t n_bytes)
{
  for (size_t i = 0; i < n_bytes && B2_IS_WATCHED; i += 64)
    __tsan_read4 ((char *) data + i);
}

static inline void
b2_watch_write (void *data, size_t n_bytes)
{
  for (size_t i = 0; i < n_bytes && B2_IS_WATCHED; i += 64)
    __tsan_write4 ((char *) data + i);
}
