#pragma once

#include <glib.h>

/** B2PageRange: a piece of a read-only mapping. */
typedef struct
{
  const guint8 *bytes;
  gsize n_bytes;
} B2PageRange;

/** b2_pages_are_cached: looks at a few pages of each range. Returns: whether all of those are in memory */
gboolean b2_pages_are_cached (const B2PageRange *ranges, gsize n_ranges);

/**
 * B2ReadAhead:
 *
 * A thread that has the kernel fetch pieces of files in the order given, while others compute with what is
 * there already. It maps nothing, so that what it fetches does not count as this process's memory.
 */
typedef struct B2ReadAhead B2ReadAhead;

/**
 * b2_read_ahead_new:
 * @ranges: (array length=n_ranges): copied; their mappings must outlive the result
 *
 * Returns: (transfer full) (nullable): %NULL where a thread cannot be had: then the pages come when they are needed
 */
B2ReadAhead *b2_read_ahead_new (const B2PageRange *ranges, gsize n_ranges);
/** b2_read_ahead_free: stops it, wherever it is. */
void b2_read_ahead_free (B2ReadAhead *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (B2ReadAhead, b2_read_ahead_free)
