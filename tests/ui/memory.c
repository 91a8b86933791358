#include "tests/ui/memory.h"

#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

/* Of AddressSanitizer, whose allocator mallinfo() does not know; else not there. */
extern gsize __sanitizer_get_current_allocated_bytes (void) __attribute__ ((weak));

gsize
memory_rss (void)
{
  unsigned long pages = 0;
  FILE *file = fopen ("/proc/self/statm", "r");

  if (file == NULL || fscanf (file, "%*u %lu", &pages) != 1)
    g_error ("/proc/self/statm cannot be read");
  fclose (file);
  return (gsize) pages * (gsize) sysconf (_SC_PAGESIZE);
}

gsize
memory_heap (void)
{
  struct mallinfo2 info;

  if (__sanitizer_get_current_allocated_bytes != NULL)
    return __sanitizer_get_current_allocated_bytes ();
  info = mallinfo2 ();
  return info.uordblks + info.hblkhd;
}
