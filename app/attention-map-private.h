#pragma once

#include "app/attention-map.h"
#include "app/lab-trace-private.h"

/** QlMap: its fields, for the files attention-map*.c and map-draw*.c only. */
struct QlMap
{
  gatomicrefcount ref_count;
  QlTrace *trace;
  QlMapKind kind;
  QlMapKey key;
  int word;
  QlLmHead lm;
  QlMap *a, *b; /* of a difference */

  const float *patches; /* [rows, columns]: in the trace, or owned */
  float *owned;
  int columns, rows;
  double cls, query_share, sum, entropy;
  QlMapCell peaks[2]; /* of all patches; without outliers */
};

/** ql_map_cell_is_outlier: @i: row by row; of a difference: of A or B */
gboolean ql_map_cell_is_outlier (const QlMap *self, int i);
