#pragma once

#include "app/figure.h"

/** QlFigure: its fields, for the files figure*.c only. */
struct QlFigure
{
  gatomicrefcount ref_count;
  QlMap *map; /* or */
  QlAtlas *atlas; /* or */
  QlCurve *curve;
  QlTrace *trace; /* of either */
  QlMapLook look;
  char *caption, *small_print;
  double width, picture_width, picture_height, height; /* points */
};

/** ql_figure_make_caption, _small_print: Returns: (transfer full): lines, fit for a terminal and for XML */
char *ql_figure_make_caption (const QlFigure *self);
char *ql_figure_make_small_print (const QlFigure *self);
/** ql_figure_csv: Returns: (transfer full) */
GString *ql_figure_csv (const QlFigure *self);
/** ql_figure_clean: Returns: (transfer full): one line of @text, no control characters, at most @max_chars */
char *ql_figure_clean (const char *text, int max_chars);
/** ql_figure_max: the end of the scale; 0: an atlas of maps with their own */
double ql_figure_max (const QlFigure *self);
