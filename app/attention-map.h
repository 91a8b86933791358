#pragma once

#include "app/lab-trace.h"

/**
 * QlMapMethod: what a map shows.
 * @QL_MAP_HEAD: the attention of one head, as the model computed it; sums to 1 with CLS
 * @QL_MAP_HEAD_MEAN: the mean over the layer's heads
 * @QL_MAP_HEAD_MAX: of each patch the largest over the layer's heads; its sum may be above 1
 * @QL_MAP_ROLLOUT: what has reached the query through all layers up to this one (below); sums to 1 with CLS
 *   and the share that is still "query tokens"
 *
 * Rollout, after Abnar & Zuidema 2020 (arXiv:2005.00928), extended to cross-attention: a matrix W tells for
 * each row of the Q-Former how much of it comes from each query token's start and from each image feature.
 * It begins as [I | 0]. Self-attention, with A the mean over heads: W ← ½·A·W + ½·W (the half is the
 * residual connection). Cross-attention, C the mean over heads, only for the queries: W ← ½·[0 | C] + ½·W.
 * The FFN mixes no rows. The map is the image's part of the query's row after the layer. Values, norms and
 * the sizes of what is added are not regarded: it is an estimate of where information came from, not what
 * the model did with it.
 */
typedef enum
{
  QL_MAP_HEAD,
  QL_MAP_HEAD_MEAN,
  QL_MAP_HEAD_MAX,
  QL_MAP_ROLLOUT,
} QlMapMethod;

#define QL_MAP_N_METHODS 4

/** ql_map_method_to_string: "head", "mean", "max", "rollout": as on the command line and in files */
const char *ql_map_method_to_string (QlMapMethod method);
/** ql_map_method_title: translated, for people */
const char *ql_map_method_title (QlMapMethod method);

/** QlMapKey: which map. @layer is the nth with cross-attention; @head counts only for %QL_MAP_HEAD. */
typedef struct
{
  int query, layer, head;
  QlMapMethod method;
} QlMapKey;

/** QlMapKind: how a map came to be. */
typedef enum
{
  QL_MAP_OF_QUERY,
  QL_MAP_OF_WORD, /* mixture of the queries' maps */
  QL_MAP_DIFFERENCE, /* signed */
} QlMapKind;

/**
 * QlMap:
 *
 * How much of a query's attention goes to each patch, and to CLS. Immutable, reference counted, any thread.
 * Keeps its trace. Cheap: it points into the trace's tensors where it can.
 */
typedef struct QlMap QlMap;

#define QL_TYPE_MAP (ql_map_get_type ())
GType ql_map_get_type (void);

/**
 * ql_map_is_possible:
 *
 * Returns: whether @trace has such a map: indices within its sizes, and self-attention for a rollout
 */
gboolean ql_map_is_possible (QlTrace *trace, const QlMapKey *key);

/** ql_map_new: @key must be possible. Returns: (transfer full) */
QlMap *ql_map_new (QlTrace *trace, const QlMapKey *key);
/**
 * ql_map_new_for_word:
 * @key: possible; its query is not regarded
 *
 * Σ over queries of weight(word, query) · map(query).
 *
 * Returns: (transfer full) (nullable): %NULL where the trace has no attention of the language model
 */
QlMap *ql_map_new_for_word (QlTrace *trace, int word, QlLmHead lm, const QlMapKey *key);
/**
 * ql_map_new_difference:
 *
 * A − B, patch for patch; of one trace or of two.
 *
 * Returns: (transfer full) (nullable): %NULL where the grids differ, or one is a difference
 */
QlMap *ql_map_new_difference (QlMap *a, QlMap *b);
QlMap *ql_map_ref (QlMap *self);
void ql_map_unref (QlMap *self);

QlMapKind ql_map_get_kind (QlMap *self);
/** ql_map_get_trace: Returns: (transfer none): of a difference: A's */
QlTrace *ql_map_get_trace (QlMap *self);
const QlMapKey *ql_map_get_key (QlMap *self);
/** ql_map_get_word: -1 where it is no word's */
int ql_map_get_word (QlMap *self);

/* ---- numbers -------------------------------------------------------------------------- */

int ql_map_get_columns (QlMap *self);
int ql_map_get_rows (QlMap *self);
double ql_map_get_value (QlMap *self, int column, int row);
/** ql_map_get_cls: the share of CLS, which is no patch: it has seen the whole picture */
double ql_map_get_cls (QlMap *self);
/** ql_map_get_query_share: of a rollout: what is still "query tokens"; else 0 */
double ql_map_get_query_share (QlMap *self);
/** ql_map_get_sum: over patches and CLS */
double ql_map_get_sum (QlMap *self);
/** ql_map_get_uniform: 1/(patches+1): what each would have if the attention were spread evenly */
double ql_map_get_uniform (QlMap *self);
/** ql_map_get_ratio: the patch's value in units of an even spread of the map's sum; NAN for a difference */
double ql_map_get_ratio (QlMap *self, int column, int row);
/**
 * ql_map_get_entropy: in bits, of the distribution over patches and CLS (the map divided by its sum); 0:
 *   all in one place; NAN for a difference
 */
double ql_map_get_entropy (QlMap *self);
/** ql_map_get_max_entropy: that of the even spread: log2(patches+1) */
double ql_map_get_max_entropy (QlMap *self);
gboolean ql_map_is_outlier (QlMap *self, int column, int row);

/** QlMapCell: a patch. Of a difference, the value farthest from 0 is the peak. */
typedef struct
{
  int column, row;
  double value;
} QlMapCell;

/** ql_map_get_peak: @without_outliers: outlier patches do not count */
void ql_map_get_peak (QlMap *self, gboolean without_outliers, QlMapCell *peak);

/** QlMapScale: what the end of the colour map stands for. */
typedef enum
{
  QL_MAP_SCALE_OWN, /* the map's own largest patch */
  /* the largest patch of all of the trace's maps of the method; of a difference, of both its traces; so that
   * maps can be compared */
  QL_MAP_SCALE_SHARED,
} QlMapScale;

/**
 * ql_map_get_scale_max:
 *
 * Returns: > 0; a difference's scale goes from minus this to this
 */
double ql_map_get_scale_max (QlMap *self, QlMapScale scale, gboolean without_outliers);

/** QlMapBox: a part of the picture, in shares of its width and height (0…1). */
typedef struct
{
  double x, y, width, height;
} QlMapBox;

/**
 * ql_map_get_overlap:
 *
 * Returns: the share of the patches' mass that lies in @box; patches that it cuts count in part; 0…1
 */
double ql_map_get_overlap (QlMap *self, const QlMapBox *box);
/** ql_map_box_of_patches: the least box with both patches in it, which are taken to lie in the map */
void ql_map_box_of_patches (QlMap *self, int column, int row, int to_column, int to_row, QlMapBox *box);
/** ql_map_get_opposite: the patch in the opposite corner of a box. Returns: %FALSE if @column, @row is in none of its corners */
gboolean ql_map_get_opposite (QlMap *self, const QlMapBox *box, int column, int row, int *to_column,
                              int *to_row);

/** QlMapSort: what an atlas is sorted by. */
typedef enum
{
  QL_MAP_SORT_NONE, /* as the model has them */
  QL_MAP_SORT_ENTROPY, /* most concentrated first */
  QL_MAP_SORT_CLS, /* least on CLS first */
  QL_MAP_SORT_PEAK, /* largest peak first */
  QL_MAP_SORT_OVERLAP, /* most inside the box first */
} QlMapSort;

/** ql_map_get_sort_key: @box only for overlap. Returns: the smaller, the earlier */
double ql_map_get_sort_key (QlMap *self, QlMapSort sort, const QlMapBox *box);

/* ---- the other way round ---------------------------------------------------------------- */

/** QlPatchLook: who looks at a patch. */
typedef struct
{
  QlMapKey key;
  double value, ratio;
} QlPatchLook;

/**
 * ql_trace_rank_patch:
 * @method: of all the trace's maps of it
 *
 * Returns: (transfer full) (element-type QlPatchLook): the @n largest values at the patch, largest first
 */
GArray *ql_trace_rank_patch (QlTrace *trace, int column, int row, QlMapMethod method, int n);

/** QlPatchWord: a word and what its map has at a patch. */
typedef struct
{
  int word;
  double value, ratio;
} QlPatchWord;

/**
 * ql_trace_rank_patch_words:
 *
 * Returns: (transfer full) (element-type QlPatchWord): the @n largest, largest first
 */
GArray *ql_trace_rank_patch_words (QlTrace *trace, int column, int row, QlLmHead lm, const QlMapKey *key,
                                   int n);

/* ---- in words ------------------------------------------------------------------------------ */

/**
 * QlMapRegion:
 *
 * Where most is. Rows and columns from 0, ends included.
 */
typedef struct
{
  int first_column, last_column, first_row, last_row;
  double share; /* of the map's sum, CLS included; of a difference: the sum itself */
} QlMapRegion;

/**
 * ql_map_get_region:
 *
 * The smallest rectangle around the connected patches (side by side) that contain the peak and have at
 * least half of its value: the region at half maximum, as a peak's width is given in signal processing. Of
 * a difference: of the peak's sign.
 */
void ql_map_get_region (QlMap *self, QlMapRegion *region);

/** ql_map_describe_key: Returns: (transfer full): "Query 5, layer 8, head 3" translated */
char *ql_map_describe_key (QlMap *self);
/**
 * ql_map_describe:
 *
 * Returns: (transfer full): "Query 5, layer 8, head 3: 41 % on rows 3–5, columns 6–9, upper centre; CLS 12
 *   %", translated, numbers as the locale writes them
 */
char *ql_map_describe (QlMap *self);
/** ql_map_describe_patch: Returns: (transfer full): "0.4 %, 1.03× uniform", translated */
char *ql_map_describe_patch (QlMap *self, int column, int row);
/** ql_map_describe_numbers: Returns: (transfer full): sum, CLS, entropy and outliers, translated */
char *ql_map_describe_numbers (QlMap *self);
/** ql_percent_text: Returns: (transfer full): a share as "41 %", "0.4 %" or "0.03 %" */
char *ql_percent_text (double share);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlMap, ql_map_unref)
