#pragma once

#include <gtk/gtk.h>

#include "app/lab-queries.h"

#define QL_TYPE_SIMILARITY_VIEW (ql_similarity_view_get_type ())
G_DECLARE_FINAL_TYPE (QlSimilarityView, ql_similarity_view, QL, SIMILARITY_VIEW, GtkWidget)

/**
 * QlSimilarityView:
 *
 * How like the queries are to each other, as a square of squares. The selected query's row and column have a frame; a click
 * or the arrow keys select another.
 */
/** ql_similarity_view_set_lab: once */
void ql_similarity_view_set_lab (QlSimilarityView *self, QlLab *lab);
