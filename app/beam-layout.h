#pragma once

#include "app/beam-tree.h"
#include "app/map-draw.h"

/**
 * QlBeamLayout:
 *
 * Where a tree's nodes are drawn: steps from left to right, and from top to bottom one line for each beam that leads nowhere further.
 * The answer is the first line. For screen, PNG, SVG and PDF. Reference counted, immutable, one
 * thread at a time.
 */
typedef struct QlBeamLayout QlBeamLayout;

/** ql_beam_layout_new: @dropped: with the beams that were dropped, and not only those that ended. Returns: (transfer full) */
QlBeamLayout *ql_beam_layout_new (QlBeamTree *tree, gboolean dropped);
QlBeamLayout *ql_beam_layout_ref (QlBeamLayout *self);
void ql_beam_layout_unref (QlBeamLayout *self);

/** ql_beam_layout_get_tree: Returns: (transfer none) */
QlBeamTree *ql_beam_layout_get_tree (QlBeamLayout *self);
/** ql_beam_layout_get_size: in points, or pixels */
void ql_beam_layout_get_size (QlBeamLayout *self, double *width, double *height);

/** QlBeamRect: */
typedef struct
{
  double x, y, width, height;
} QlBeamRect;

/** ql_beam_layout_get_rect: Returns: %FALSE: the node is not drawn */
gboolean ql_beam_layout_get_rect (QlBeamLayout *self, int node, QlBeamRect *rect);
/** ql_beam_layout_locate: Returns: the node at a point; -1: none */
int ql_beam_layout_locate (QlBeamLayout *self, double x, double y);
/**
 * ql_beam_layout_move:
 * @node: one that is drawn
 * @dx: -1: to its parent, 1: to the best of its children
 * @dy: to the nodes above or below, of the same step
 *
 * Returns: the node one gets to; @node itself where there is none
 */
int ql_beam_layout_move (QlBeamLayout *self, int node, int dx, int dy);

/** QlBeamLook: how a tree is drawn. */
typedef struct
{
  QlColor ink; /* of text and lines */
  QlColor paper; /* behind it */
  QlColor accent; /* the answer's frames; thicker than others as well */
  int selected; /* a node, or -1 */
} QlBeamLook;

/** ql_beam_look_init: black on white, nothing selected */
void ql_beam_look_init (QlBeamLook *self);

/**
 * ql_beam_layout_draw:
 *
 * Each token with its probability; the answer's have a thick frame, beams that were dropped a dashed one, ends are marked ■. The
 * more probable a token, the thicker the line to it.
 */
void ql_beam_layout_draw (QlBeamLayout *self, const QlBeamLook *look, cairo_t *cr, double x, double y);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlBeamLayout, ql_beam_layout_unref)
