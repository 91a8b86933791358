#pragma once

#include "engine/b2.h"

/* How a B2BeamTree grows; see engine/b2.h. */

#define B2_BEAM_ROOT (-1)
/* Of a beam that is none: ruled out, there only because the search keeps their number. */
#define B2_BEAM_NOWHERE (-2)

/** b2_beam_tree_new: with room for @max_new steps of beams that go on and as many that end. Returns: (transfer full) */
B2BeamTree *b2_beam_tree_new (int n_beams, int max_new, double length_penalty);

/**
 * b2_beam_tree_add:
 * @parent: a node, %B2_BEAM_ROOT or %B2_BEAM_NOWHERE
 * @node: its parent is not regarded
 *
 * Allocates: nothing.
 *
 * Returns: the node's number; %B2_BEAM_NOWHERE for a child of nowhere
 */
int b2_beam_tree_add (B2BeamTree *self, int parent, const B2BeamNode *node);

/** b2_beam_tree_finish: @answer: the node it ends with. Leaves %B2_BEAM_TREE_MAX nodes at most. */
void b2_beam_tree_finish (B2BeamTree *self, int answer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (B2BeamTree, b2_beam_tree_free)
