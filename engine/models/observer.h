#pragma once

#include <glib.h>

/**
 * B2Observer:
 * @told: called with the rows between two blocks: @n_done blocks have run, 0: rows have been embedded
 *
 * Who looks at a tower of blocks while it runs. On the engine's thread; must not change @rows, which are worthless once a
 * run has been stopped.
 */
typedef struct
{
  void (*told) (int n_done, const float *rows, gsize n_rows, gsize width, gpointer data);
  gpointer data;
} B2Observer;

/** b2_observer_tell: @self may be %NULL */
static inline void
b2_observer_tell (const B2Observer *self, int n_done, const float *rows, gsize n_rows, gsize width)
{
  if (self != NULL)
    self->told (n_done, rows, n_rows, width, self->data);
}
