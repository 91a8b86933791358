#pragma once

#include <cairo.h>

#include "app/lab-trace.h"

/** QlInterventionSizes: what can be changed in a model and a picture. */
typedef struct
{
  int n_layers; /* of the Q-Former, those with cross-attention */
  int n_heads;
  int n_queries;
  int columns, rows; /* of the patches */
} QlInterventionSizes;

/** ql_intervention_sizes_of: those of @trace */
void ql_intervention_sizes_of (QlTrace *trace, QlInterventionSizes *sizes);

/**
 * QlIntervention:
 *
 * What is changed in a run: heads, layers and queries that are muted, patches that are dropped or greyed. What each does
 * to the model, engine/MODEL.md says. A value: immutable, reference counted, any thread. Layers are the nth with
 * cross-attention; everything counts from 0.
 */
#define QL_TYPE_INTERVENTION (ql_intervention_get_type ())
GType ql_intervention_get_type (void);

/** ql_intervention_new: one that changes nothing. Returns: (transfer full) */
QlIntervention *ql_intervention_new (const QlInterventionSizes *sizes);
/**
 * ql_intervention_from_json:
 * @json: as the engine writes it into a trace; may come from a file
 *
 * What is out of range is passed over: it cannot have been changed in a run of these sizes.
 *
 * Returns: (transfer full) (nullable): %NULL where that says nothing
 */
QlIntervention *ql_intervention_from_json (const char *json, const QlInterventionSizes *sizes);
QlIntervention *ql_intervention_ref (QlIntervention *self);
void ql_intervention_unref (QlIntervention *self);

const QlInterventionSizes *ql_intervention_get_sizes (const QlIntervention *self);
/** ql_intervention_is_empty: whether the run is the plain one */
gboolean ql_intervention_is_empty (const QlIntervention *self);
/** ql_intervention_get_key: Returns: (transfer none): the same for two that change the same */
const char *ql_intervention_get_key (const QlIntervention *self);

gboolean ql_intervention_has_head (const QlIntervention *self, int layer, int head);
gboolean ql_intervention_has_layer (const QlIntervention *self, int layer);
gboolean ql_intervention_has_query (const QlIntervention *self, int query);
gboolean ql_intervention_has_patch (const QlIntervention *self, int column, int row);
/** ql_intervention_get_cls: whether the class token's key is dropped too; it is none of the patches */
gboolean ql_intervention_get_cls (const QlIntervention *self);
/** ql_intervention_get_grey: whether patches are greyed in the picture, and not dropped from the Q-Former's keys */
gboolean ql_intervention_get_grey (const QlIntervention *self);
int ql_intervention_get_n_patches (const QlIntervention *self);
/** ql_intervention_get_n_self_heads: of the Q-Former's self-attention, that a trace tells of: Qlens' window mutes none */
int ql_intervention_get_n_self_heads (const QlIntervention *self);

/* Each returns another one: (transfer full). Out of range changes nothing. */
QlIntervention *ql_intervention_with_head (const QlIntervention *self, int layer, int head, gboolean muted);
QlIntervention *ql_intervention_with_layer (const QlIntervention *self, int layer, gboolean muted);
QlIntervention *ql_intervention_with_query (const QlIntervention *self, int query, gboolean muted);
QlIntervention *ql_intervention_with_all_queries (const QlIntervention *self, gboolean muted);
QlIntervention *ql_intervention_with_patch (const QlIntervention *self, int column, int row,
                                            gboolean dropped);
/** ql_intervention_with_patches: @patches: [n] from 0, row by row: those and no others */
QlIntervention *ql_intervention_with_patches (const QlIntervention *self, const int *patches, int n);
QlIntervention *ql_intervention_with_cls (const QlIntervention *self, gboolean dropped);
QlIntervention *ql_intervention_with_grey (const QlIntervention *self, gboolean grey);

/** QlInterventionKind: of an item of the list. */
typedef enum
{
  QL_INTERVENTION_HEAD,
  QL_INTERVENTION_LAYER,
  QL_INTERVENTION_QUERY,
  QL_INTERVENTION_ALL_QUERIES,
  QL_INTERVENTION_PATCHES, /* all of them */
  QL_INTERVENTION_CLS,
} QlInterventionKind;

/** QlInterventionItem: one thing that can be taken back by itself; what its kind has no use for is -1. */
typedef struct
{
  QlInterventionKind kind;
  int layer, head, query;
} QlInterventionItem;

/** ql_intervention_list: Returns: (transfer full) (element-type QlInterventionItem) */
GArray *ql_intervention_list (const QlIntervention *self);
/** ql_intervention_without: Returns: (transfer full): another one, as if @item had never been */
QlIntervention *ql_intervention_without (const QlIntervention *self, const QlInterventionItem *item);
/** ql_intervention_item_title: Returns: (transfer full): "Head 3 of layer 8", translated. @trace: for its layers' numbers */
char *ql_intervention_item_title (const QlIntervention *self, const QlInterventionItem *item, QlTrace *trace);
/** ql_intervention_describe: Returns: (transfer full): "2 heads muted, 8 patches dropped", translated; "" for none */
char *ql_intervention_describe (const QlIntervention *self);

/**
 * ql_intervention_draw:
 * @x: with @y, @width and @height, where the picture is
 *
 * Marks the patches: dropped ones are dark and crossed out, greyed ones are as grey as the model sees them.
 */
void ql_intervention_draw (const QlIntervention *self, cairo_t *cr, double x, double y, double width,
                           double height);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlIntervention, ql_intervention_unref)
