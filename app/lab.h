#pragma once

#include "app/attention-map.h"
#include "app/conversation.h"
#include "app/lab-test.h"
#include "app/map-atlas.h"
#include "app/pipeline.h"

/** QlLabState: whether there is something to look at. */
typedef enum
{
  QL_LAB_NO_ANSWER, /* nothing has been answered yet */
  QL_LAB_NOT_KEPT, /* the answer's attention was not kept, and cannot be computed now */
  QL_LAB_WAITING, /* it will be computed once somebody looks */
  QL_LAB_WORKING, /* it is being computed */
  QL_LAB_READY,
  QL_LAB_FAILED,
} QlLabState;

/** QlLabAtlas: which maps stand side by side. */
typedef enum
{
  QL_LAB_ATLAS_HEADS, /* all heads of all layers, for the query */
  QL_LAB_ATLAS_QUERIES, /* all queries, for the layer, head and method */
} QlLabAtlas;

/** QlLabChange: what of it changed. */
typedef enum
{
  QL_LAB_CHANGED_TRACE = 1 << 0, /* the trace, or the state */
  QL_LAB_CHANGED_MAP = 1 << 1, /* word, query, layer, head, method */
  QL_LAB_CHANGED_PATCH = 1 << 2,
  QL_LAB_CHANGED_LOOK = 1 << 3, /* style, opacity, scale… */
  QL_LAB_CHANGED_PIN = 1 << 5, /* A, or whether its difference is shown */
  QL_LAB_CHANGED_ATLAS = 1 << 4, /* which maps it has and in which order; the box */
  QL_LAB_CHANGED_STAGE = 1 << 6, /* which stage of the pipeline, and what of it */
} QlLabChange;

#define QL_TYPE_LAB (ql_lab_get_type ())
G_DECLARE_FINAL_TYPE (QlLab, ql_lab, QL, LAB, GObject)

/**
 * QlLab:
 *
 * What is looked at inside the model: an answer's trace, and of it a word, a query, a layer, a head and a patch.
 * The one selection that every view of attention shows and changes.
 *
 * An answer's trace is computed when somebody looks: the model reads the picture and the finished answer once more,
 * which is a fraction of the time that the answer took. The traces of the last answers are kept.
 *
 * Signals: "changed" (QlLabChange), after any of it changed, and what follows from it.
 *
 * Threads: that of the main context it was created in.
 */

/** ql_lab_new: @engine: computes traces. Returns: (transfer full) */
QlLab *ql_lab_new (QlEngineService *engine);

/** ql_lab_set_settings: @settings: (nullable): remember how maps look */
void ql_lab_set_settings (QlLab *self, GSettings *settings);

/** ql_lab_set_conversation: @conversation: (nullable): its last finished answer is looked at */
void ql_lab_set_conversation (QlLab *self, QlConversation *conversation);
/** ql_lab_set_looking: whether somebody looks: attention is computed only then */
void ql_lab_set_looking (QlLab *self, gboolean looking);
/** ql_lab_set_turn: looks at an answer of the conversation, instead of at the last one */
void ql_lab_set_turn (QlLab *self, QlTurn *turn);
/** ql_lab_get_turn: Returns: (nullable) (transfer none) */
QlTurn *ql_lab_get_turn (QlLab *self);
/** ql_lab_set_trace: looks at a trace that was opened. @trace: (nullable): again at the conversation's answers */
void ql_lab_set_trace (QlLab *self, QlTrace *trace);
/** ql_lab_get_trace: Returns: (nullable) (transfer none) */
QlTrace *ql_lab_get_trace (QlLab *self);
QlLabState ql_lab_get_state (QlLab *self);
/** ql_lab_get_error: Returns: (nullable): why the state is %QL_LAB_FAILED */
const GError *ql_lab_get_error (QlLab *self);

/** ql_lab_try_again: after it failed */
void ql_lab_try_again (QlLab *self);

/** ql_lab_get_test: Returns: (transfer none): what is changed in the run, and what comes of it */
QlLabTest *ql_lab_get_test (QlLab *self);
/** ql_lab_get_plain_trace: Returns: (nullable) (transfer none): the plain run's, also while an intervention's is shown */
QlTrace *ql_lab_get_plain_trace (QlLab *self);
/** ql_lab_make_plain_map: Returns: (nullable) (transfer full): of the selection, in the plain run */
QlMap *ql_lab_make_plain_map (QlLab *self);

/* ---- what is selected; without a trace nothing can be ---------------------------------- */

int ql_lab_get_query (QlLab *self);
/** ql_lab_get_layer: the nth with cross-attention */
int ql_lab_get_layer (QlLab *self);
int ql_lab_get_head (QlLab *self);
QlMapMethod ql_lab_get_method (QlLab *self);
/** ql_lab_get_word: -1: none */
int ql_lab_get_word (QlLab *self);
/** ql_lab_get_patch: Returns: %FALSE: none */
gboolean ql_lab_get_patch (QlLab *self, int *column, int *row);

/* Out of range ends at the range's end. A word selects the query that it came from most. */
void ql_lab_set_query (QlLab *self, int query);
void ql_lab_set_layer (QlLab *self, int layer);
/** ql_lab_set_head: and the method becomes %QL_MAP_HEAD */
void ql_lab_set_head (QlLab *self, int head);
void ql_lab_set_method (QlLab *self, QlMapMethod method);
void ql_lab_set_word (QlLab *self, int word);
/** ql_lab_set_patch: @column: -1: none */
void ql_lab_set_patch (QlLab *self, int column, int row);
/** ql_lab_set_key: query, layer, head and method at once */
void ql_lab_set_key (QlLab *self, const QlMapKey *key);
void ql_lab_get_key (QlLab *self, QlMapKey *key);

/**
 * ql_lab_get_map:
 *
 * Returns: (nullable) (transfer none): of the selection, or its difference to A; valid until the next change
 */
QlMap *ql_lab_get_map (QlLab *self);

/* ---- A and B ------------------------------------------------------------------------------- */

/** ql_lab_pin: what is selected now is A; it stays, whatever is looked at next: another head, answer or picture */
void ql_lab_pin (QlLab *self);
void ql_lab_unpin (QlLab *self);
/** ql_lab_get_pinned: Returns: (nullable) (transfer none): A */
QlMap *ql_lab_get_pinned (QlLab *self);
/** ql_lab_set_difference: whether ql_lab_get_map() is A − B, B being what is selected */
void ql_lab_set_difference (QlLab *self, gboolean difference);
gboolean ql_lab_get_difference (QlLab *self);
/** ql_lab_can_differ: whether there is an A with the same grid of patches as B */
gboolean ql_lab_can_differ (QlLab *self);

/* ---- the pipeline ------------------------------------------------------------------------ */
/** ql_lab_get_pipeline: Returns: (nullable) (transfer none): of the trace; valid until it changes */
QlPipeline *ql_lab_get_pipeline (QlLab *self);
/** ql_lab_get_stage: Returns: (nullable) (transfer none): the stage that is looked into; none: at all of them side by side */
const QlStage *ql_lab_get_stage (QlLab *self);
/** ql_lab_get_last_stage: Returns: (nullable) (transfer none): the same, or the one that was looked into last */
const QlStage *ql_lab_get_last_stage (QlLab *self);
/** ql_lab_set_stage: @name: as ql_stage_kind_to_string(); another: none */
void ql_lab_set_stage (QlLab *self, const char *name);
/** ql_lab_get_stage_part, _view: which block or layer, and how it is looked at; 0 without a stage */
int ql_lab_get_stage_part (QlLab *self);
int ql_lab_get_stage_view (QlLab *self);
void ql_lab_set_stage_part (QlLab *self, int part);
void ql_lab_set_stage_view (QlLab *self, int view);
/** ql_lab_get_beam: the node of the beam tree that is selected: at first the answer's last; -1: there is no tree */
int ql_lab_get_beam (QlLab *self);
void ql_lab_set_beam (QlLab *self, int node);
/** ql_lab_get_shows_dropped: the beams that were dropped as well */
gboolean ql_lab_get_shows_dropped (QlLab *self);
void ql_lab_set_shows_dropped (QlLab *self, gboolean shows);

/* ---- how it looks ------------------------------------------------------------------------ */

gboolean ql_lab_get_overlay (QlLab *self);
void ql_lab_set_overlay (QlLab *self, gboolean overlay);
QlMapStyle ql_lab_get_style (QlLab *self);
void ql_lab_set_style (QlLab *self, QlMapStyle style);
/** ql_lab_get_opacity: 0…1 */
double ql_lab_get_opacity (QlLab *self);
void ql_lab_set_opacity (QlLab *self, double opacity);
QlMapScale ql_lab_get_scale (QlLab *self);
void ql_lab_set_scale (QlLab *self, QlMapScale scale);
gboolean ql_lab_get_hides_outliers (QlLab *self);
void ql_lab_set_hides_outliers (QlLab *self, gboolean hides);
/** ql_lab_get_look: all of it, but for the ink and high contrast, which are the drawer's */
void ql_lab_get_look (QlLab *self, QlMapLook *look);
/** ql_lab_get_scale_max: what the colour bar's end stands for; 0 without a map */
double ql_lab_get_scale_max (QlLab *self);

/* ---- many maps at once ------------------------------------------------------------------ */

QlLabAtlas ql_lab_get_atlas (QlLab *self);
void ql_lab_set_atlas (QlLab *self, QlLabAtlas atlas);
QlMapSort ql_lab_get_sort (QlLab *self);
void ql_lab_set_sort (QlLab *self, QlMapSort sort);
/** ql_lab_get_box: Returns: (nullable) (transfer none): what the person drew around something */
const QlMapBox *ql_lab_get_box (QlLab *self);
/** ql_lab_set_box: @box: (nullable): kept within the picture; %NULL: none, and what is sorted by it has the model's order */
void ql_lab_set_box (QlLab *self, const QlMapBox *box);
/** ql_lab_make_atlas: Returns: (transfer full) (nullable): in the order of the sort; %NULL without a trace */
QlAtlas *ql_lab_make_atlas (QlLab *self);
