#pragma once

#include "app/figure.h"

/** QlFigure: its fields, for the files figure*.c only. */
struct QlFigure
{
  gatomicrefcount ref_count;
  QlMap *map; /* or */
  QlAtlas *atlas; /* or */
  QlCurve *curve; /* or */
  QlBeamLayout *beams;
  QlTrace *trace; /* of any of them */
  QlMapLook look;
  char *caption, *small_print;
  double width, picture_width, picture_height, height; /* points */
};

/** ql_figure_make_caption, _small_print: Returns: (transfer full): lines, fit for a terminal and for XML */
char *ql_figure_make_caption (const QlFigure *self);
char *ql_figure_make_small_print (const QlFigure *self);
/** ql_figure_make: one of @map, @atlas and @beams. Returns: (transfer full) */
QlFigure *ql_figure_make (QlTrace *trace, const QlMapLook *look, QlMap *map, QlAtlas *atlas,
                          QlBeamLayout *beams);
/* figure-beams.c: of a figure of beams */
void ql_figure_draw_beams (const QlFigure *self, cairo_t *cr, double x, double y);
char *ql_figure_beams_caption (const QlFigure *self);
void ql_figure_beams_csv (const QlFigure *self, GString *csv);
/** ql_figure_csv: Returns: (transfer full) */
GString *ql_figure_csv (const QlFigure *self);
/** ql_figure_clean: Returns: (transfer full): one line of @text, no control characters, at most @max_chars */
char *ql_figure_clean (const char *text, int max_chars);
/** ql_figure_max: the end of the scale; 0: an atlas of maps with their own */
double ql_figure_max (const QlFigure *self);
