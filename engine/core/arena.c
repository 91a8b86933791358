#include "engine/core/arena.h"

#include <sys/mman.h>

#include "engine/core/error.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define POISON(p, n) ASAN_POISON_MEMORY_REGION (p, n)
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION (p, n)
#else
#define POISON(p, n) ((void) (p), (void) (n))
#define UNPOISON(p, n) ((void) (p), (void) (n))
#endif

#define ALIGNMENT 64
#define RED_ZONE 64

struct B2Arena
{
  guint8 *base;
  gsize capacity, used, peak;
};

B2Arena *
b2_arena_new (gsize capacity_bytes, GError **error)
{
  B2Arena *self;
  void *base;
  gsize capacity = MAX (capacity_bytes, 4096);

  base = mmap (NULL, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_NO_MEMORY,
                   "Not enough memory: %" G_GSIZE_FORMAT " MB of working memory are needed", capacity >> 20);
      return NULL;
    }
  self = g_new0 (B2Arena, 1);
  self->base = base;
  self->capacity = capacity;
  POISON (base, capacity);
  return self;
}

void
b2_arena_free (B2Arena *self)
{
  if (self == NULL)
    return;
  UNPOISON (self->base, self->capacity);
  munmap (self->base, self->capacity);
  g_free (self);
}

gsize
b2_arena_bytes_for_floats (gsize n)
{
  return ((n * sizeof (float) + ALIGNMENT - 1) & ~(gsize) (ALIGNMENT - 1)) + RED_ZONE;
}

float *
b2_arena_floats (B2Arena *self, gsize n)
{
  gsize bytes = b2_arena_bytes_for_floats (n);
  float *p;

  /* The sizes come from checked shapes; a shortfall is a mistake in a sizing formula. */
  if (bytes > self->capacity - self->used)
    g_error ("arena of %" G_GSIZE_FORMAT " bytes has no room for %" G_GSIZE_FORMAT " more", self->capacity,
             bytes);
  p = (float *) (void *) (self->base + self->used);
  UNPOISON (p, n * sizeof (float));
  self->used += bytes;
  self->peak = MAX (self->peak, self->used);
  return p;
}

gsize
b2_arena_mark (B2Arena *self)
{
  return self->used;
}

void
b2_arena_release (B2Arena *self, gsize mark)
{
  g_assert (mark <= self->used);
  POISON (self->base + mark, self->used - mark);
  self->used = mark;
}

gsize
b2_arena_capacity_bytes (B2Arena *self)
{
  return self->capacity;
}

gsize
b2_arena_peak_bytes (B2Arena *self)
{
  return self->peak;
}
