#include "engine/io/read-ahead.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/io/file-map.h"

/* Linux fetches no more than a device's read-ahead for one request, and drops the rest of it silently. */
#define SLICE_BYTES (128 * 1024)
#define N_SAMPLES 16

struct B2ReadAhead
{
  pthread_t thread;
  atomic_bool stop;
  gsize n_ranges;
  B2PageRange ranges[];
};

static gboolean
is_cached (const guint8 *at)
{
  uintptr_t page = (uintptr_t) sysconf (_SC_PAGESIZE);
  unsigned char in = 0;

  /* Where the kernel does not tell, the page counts as there. */
  return mincore ((void *) ((uintptr_t) at & ~(page - 1)), page, &in) != 0 || (in & 1) != 0;
}

gboolean
b2_pages_are_cached (const B2PageRange *ranges, gsize n_ranges)
{
  for (gsize r = 0; r < n_ranges; r++)
    for (gsize i = 0; i < N_SAMPLES; i++)
      if (ranges[r].n_bytes > 0 && !is_cached (ranges[r].bytes + (ranges[r].n_bytes - 1) / N_SAMPLES * i))
        return FALSE;
  return TRUE;
}

static void *
read_ahead (void *data)
{
  B2ReadAhead *self = data;

  for (gsize r = 0; r < self->n_ranges; r++)
    for (gsize at = 0; at < self->ranges[r].n_bytes; at += SLICE_BYTES)
      {
        if (atomic_load_explicit (&self->stop, memory_order_relaxed))
          return NULL;
        b2_pages_advise (self->ranges[r].bytes + at, MIN (SLICE_BYTES, self->ranges[r].n_bytes - at),
                         B2_PAGES_SOON);
      }
  return NULL;
}

B2ReadAhead *
b2_read_ahead_new (const B2PageRange *ranges, gsize n_ranges)
{
  B2ReadAhead *self = g_malloc0 (sizeof *self + n_ranges * sizeof *ranges);

  atomic_init (&self->stop, FALSE);
  self->n_ranges = n_ranges;
  for (gsize i = 0; i < n_ranges; i++)
    self->ranges[i] = ranges[i];
  if (pthread_create (&self->thread, NULL, read_ahead, self) != 0)
    g_clear_pointer (&self, g_free);
  return self;
}

void
b2_read_ahead_free (B2ReadAhead *self)
{
  if (self == NULL)
    return;
  atomic_store_explicit (&self->stop, TRUE, memory_order_relaxed);
  pthread_join (self->thread, NULL);
  g_free (self);
}
