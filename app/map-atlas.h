#pragma once

#include "app/map-draw.h"

/**
 * QlAtlas:
 *
 * Small maps side by side: of one query every layer (rows) and head (columns), or of one head every query.
 * Reference counted; one thread.
 */
typedef struct QlAtlas QlAtlas;

#define QL_ATLAS_QUERY_COLUMNS 8

/** ql_atlas_new_for_query: Returns: (transfer full) */
QlAtlas *ql_atlas_new_for_query (QlTrace *trace, int query);
/**
 * ql_atlas_new_for_word: as for a query, of the word's mixtures
 *
 * Returns: (transfer full) (nullable): %NULL where the trace has no attention of the language model
 */
QlAtlas *ql_atlas_new_for_word (QlTrace *trace, int word, QlLmHead lm);
/**
 * ql_atlas_new_for_head:
 *
 * @key's layer, head and method of all queries; @key must be possible. Returns: (transfer full)
 */
QlAtlas *ql_atlas_new_for_head (QlTrace *trace, const QlMapKey *key);
QlAtlas *ql_atlas_ref (QlAtlas *self);
void ql_atlas_unref (QlAtlas *self);

/** ql_atlas_sort: %QL_MAP_SORT_NONE brings the model's order back; @box only for overlap */
void ql_atlas_sort (QlAtlas *self, QlMapSort sort, const QlMapBox *box);

int ql_atlas_get_n_maps (QlAtlas *self);
/** ql_atlas_get_map: Returns: (transfer none): in the present order, row by row */
QlMap *ql_atlas_get_map (QlAtlas *self, int i);
int ql_atlas_get_columns (QlAtlas *self);
int ql_atlas_get_rows (QlAtlas *self);
/** ql_atlas_get_trace: Returns: (transfer none) */
QlTrace *ql_atlas_get_trace (QlAtlas *self);
/** ql_atlas_get_title: Returns: (transfer none): "Query 5: every layer and head", translated */
const char *ql_atlas_get_title (QlAtlas *self);
/**
 * ql_atlas_is_ordered:
 *
 * rows and columns are layers and heads, and labelled so; else each map has a label of its own
 */
gboolean ql_atlas_is_ordered (QlAtlas *self);
/** ql_atlas_get_label: Returns: (transfer full): of a map: "layer 8, head 3", "query 5", translated */
char *ql_atlas_get_label (QlAtlas *self, int i);

/** QlAtlasRect: in the units of the drawing. */
typedef struct
{
  double x, y, width, height;
} QlAtlasRect;

/** ql_atlas_get_rect: where map @i is drawn, of an atlas drawn in @all */
void ql_atlas_get_rect (QlAtlas *self, const QlAtlasRect *all, int i, QlAtlasRect *rect);
/** ql_atlas_locate: Returns: the map at a point; -1: none */
int ql_atlas_locate (QlAtlas *self, const QlAtlasRect *all, double x, double y);

/**
 * ql_atlas_draw:
 *
 * The maps and their labels. With own scales each map has one; a shared one is that of the method.
 */
void ql_atlas_draw (QlAtlas *self, const QlMapLook *look, cairo_t *cr, double x, double y, double width,
                    double height);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlAtlas, ql_atlas_unref)
