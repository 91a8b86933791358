#pragma once

#include <stddef.h>

/*
 * ThreadSanitizer looks at each load of an inner loop, which then takes ten times as long. A kernel that is B2_UNWATCHED, inlined
 * parts included, is spared that, and announces once a call what it reads and writes: of every cache line one float, for another
 * thread that races with it is at work at whole lines, too. Without that sanitizer all of it is nothing.
 */
#ifdef __SANITIZE_THREAD__
#define B2_UNWATCHED __attribute__ ((no_sanitize ("thread")))

extern void __tsan_read4 (void *data);
extern void __tsan_write4 (void *data);

static inline void
b2_watch_read (const void *data, size_t n_bytes)
{
  for (size_t i = 0; i < n_bytes; i += 64)
    __tsan_read4 ((char *) data + i);
}

static inline void
b2_watch_write (void *data, size_t n_bytes)
{
  for (size_t i = 0; i < n_bytes; i += 64)
    __tsan_write4 ((char *) data + i);
}
#else
#define B2_UNWATCHED
static inline void
b2_watch_read (const void *data, size_t n_bytes)
{
  (void) data;
  (void) n_bytes;
}

static inline void
b2_watch_write (void *data, size_t n_bytes)
{
  (void) data;
  (void) n_bytes;
}
#endif
