#pragma once

#include <gtk/gtk.h>

#include "app/lab.h"

#define QL_TYPE_BEAM_VIEW (ql_beam_view_get_type ())
G_DECLARE_FINAL_TYPE (QlBeamView, ql_beam_view, QL, BEAM_VIEW, GtkWidget)

/**
 * QlBeamView:
 *
 * The tree of beams. Arrows go along it: left and right to what came before and after, up and down to other beams of the same
 * step. What is selected is described; the page says it in a label.
 */

/** ql_beam_view_set_lab: once */
void ql_beam_view_set_lab (QlBeamView *self, QlLab *lab);
/** ql_beam_view_get_rect: where the selected node is. Returns: %FALSE: there is none */
gboolean ql_beam_view_get_rect (QlBeamView *self, graphene_rect_t *rect);
