#pragma once

#include "engine/models/observer.h"

/**
 * B2Laps:
 *
 * What a tower of blocks is measured by: how long each took, and the length of each of its rows. Zero-filled: not measured.
 * Looking itself is not counted.
 */
typedef struct
{
  int n_blocks;
  gsize n_rows;
  double *ms; /* [1 + n_blocks]: the embedding, then each block; NULL: not measured */
  float *norms; /* [1 + n_blocks, n_rows] */
  gint64 start; /* of the block that runs */
} B2Laps;

/** b2_ms_since: @start: of g_get_monotonic_time() */
double b2_ms_since (gint64 start);

/** b2_laps_begin: the tower starts now. Returns: what it is to tell, of @self */
B2Observer b2_laps_begin (B2Laps *self, int n_blocks, gsize n_rows);
void b2_laps_clear (B2Laps *self);
