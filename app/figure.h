#pragma once

#include "app/beam-layout.h"
#include "app/curve.h"
#include "app/map-atlas.h"

/**
 * QlFigure:
 *
 * A map over its picture, an atlas, a faithfulness curve or a tree of beams, with a colour bar, a caption and, in small print, the model's fingerprint and the
 * settings: fit to be passed on. Reference counted, immutable, one thread at a time.
 *
 * The caption is the map's sentence, the text it is of, how it was made, and what the scale is.
 */
typedef struct QlFigure QlFigure;

/**
 * QlFigureFormat:
 * @QL_FIGURE_SVG: vectors; letters as outlines, the caption also as <title> and <desc>
 * @QL_FIGURE_PDF: vectors and text, fonts embedded; the caption also as the document's title
 * @QL_FIGURE_PNG: one or two pixels a point
 * @QL_FIGURE_CSV: the numbers: lines that begin with “#” tell what they are; then row, column, value, x_uniform, outlier (of an
 *   atlas, query, layer and head before them; of a curve, share, patches and log-probabilities; of beams, a line for each node). Everything counts from 0; numbers have a decimal point in every locale.
 */
typedef enum
{
  QL_FIGURE_SVG,
  QL_FIGURE_PDF,
  QL_FIGURE_PNG,
  QL_FIGURE_CSV,
} QlFigureFormat;

/** ql_figure_new: of a map, over the trace's picture if it has one. Returns: (transfer full) */
QlFigure *ql_figure_new (QlMap *map, const QlMapLook *look);
/** ql_figure_new_atlas: Returns: (transfer full) */
QlFigure *ql_figure_new_atlas (QlAtlas *atlas, const QlMapLook *look);
/** ql_figure_new_curve: Returns: (transfer full) */
QlFigure *ql_figure_new_curve (QlCurve *curve);
/** ql_figure_new_beams: of a search: as wide as it needs; CSV has a line for each node. Returns: (transfer full) */
QlFigure *ql_figure_new_beams (QlTrace *trace, QlBeamLayout *beams);
QlFigure *ql_figure_ref (QlFigure *self);
void ql_figure_unref (QlFigure *self);

/** ql_figure_get_caption: Returns: (transfer none): translated */
const char *ql_figure_get_caption (QlFigure *self);
/** ql_figure_get_size: in points */
void ql_figure_get_size (QlFigure *self, double *width, double *height);
/** ql_figure_draw: on white, from 0, 0 on */
void ql_figure_draw (QlFigure *self, cairo_t *cr);

/**
 * ql_figure_render:
 * @scale: pixels a point, for PNG: 1 or 2
 *
 * Returns: (transfer full): the file; %NULL with %G_FILE_ERROR
 */
GBytes *ql_figure_render (QlFigure *self, QlFigureFormat format, int scale, GError **error);

/** ql_figure_save: renders and writes, all or nothing. Returns: %FALSE with %G_FILE_ERROR, translated */
gboolean ql_figure_save (QlFigure *self, const char *path, QlFigureFormat format, int scale, GError **error);

/** ql_figure_format_of: by the ending of a file's name. Returns: %FALSE for another */
gboolean ql_figure_format_of (const char *path, QlFigureFormat *format);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlFigure, ql_figure_unref)
