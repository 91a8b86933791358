#pragma once

#include "app/engine-lab.h"
#include "app/lab.h"

/** QlAskState: of something that the engine is asked for. */
typedef enum
{
  QL_ASK_NONE, /* not asked for yet */
  QL_ASK_WORKING,
  QL_ASK_READY,
  QL_ASK_FAILED,
} QlAskState;

#define QL_TYPE_LAB_QUERIES (ql_lab_queries_get_type ())
G_DECLARE_FINAL_TYPE (QlLabQueries, ql_lab_queries, QL, LAB_QUERIES, GObject)

/**
 * QlLabQueries:
 *
 * What the queries of the looked-at answer say: the words each is nearest to, how like they are to each other, what the
 * model writes from one alone, and how well a text matches. Everything is computed on demand, one thing at a time,
 * and forgotten when another answer or picture is looked at.
 *
 * Signals: "changed", after any of it did.
 *
 * Threads: that of the main context it was created in.
 */

/** ql_lab_get_queries: Returns: (transfer none) */
QlLabQueries *ql_lab_get_queries (QlLab *lab);

/**
 * ql_lab_queries_why_not:
 *
 * Returns: (transfer none) (nullable): why the model cannot be asked about what is looked at: a translated sentence;
 *   %NULL: it can
 */
const char *ql_lab_queries_why_not (QlLabQueries *self);
/** ql_lab_queries_is_quick: the open model is so small that asking it needs no decision */
gboolean ql_lab_queries_is_quick (QlLabQueries *self);
/** ql_lab_queries_is_working: whether something is being computed */
gboolean ql_lab_queries_is_working (QlLabQueries *self);
/** ql_lab_queries_stop: whatever is being computed */
void ql_lab_queries_stop (QlLabQueries *self);

/** ql_lab_queries_ask_report: does nothing where it is there or on its way, or cannot be asked for */
void ql_lab_queries_ask_report (QlLabQueries *self);
QlAskState ql_lab_queries_get_report_state (QlLabQueries *self);
/** ql_lab_queries_get_report: Returns: (transfer none) (nullable) */
QlQueryReport *ql_lab_queries_get_report (QlLabQueries *self);

/** ql_lab_queries_ask_caption: of @query alone */
void ql_lab_queries_ask_caption (QlLabQueries *self, int query);
QlAskState ql_lab_queries_get_caption_state (QlLabQueries *self, int query);
/** ql_lab_queries_get_caption: Returns: (transfer none) (nullable) */
const char *ql_lab_queries_get_caption (QlLabQueries *self, int query);

/** ql_lab_queries_ask_match: @text: not empty */
void ql_lab_queries_ask_match (QlLabQueries *self, const char *text);
QlAskState ql_lab_queries_get_match_state (QlLabQueries *self);
/** ql_lab_queries_get_match: Returns: (transfer none) (nullable): the newest */
const QlMatchReport *ql_lab_queries_get_match (QlLabQueries *self);
/** ql_lab_queries_can_match: there is a picture to match with */
gboolean ql_lab_queries_can_match (QlLabQueries *self);

/** ql_lab_queries_get_error: Returns: (transfer none) (nullable): why the last request failed */
const GError *ql_lab_queries_get_error (QlLabQueries *self);

/** ql_lab_queries_get_similarity: which rows are compared */
QlSimilarity ql_lab_queries_get_similarity (QlLabQueries *self);
void ql_lab_queries_set_similarity (QlLabQueries *self, QlSimilarity which);
