#pragma once

#include <glib-object.h>

#include "app/lab-trace.h"

/** QlBeamFate: what became of a beam after a token. */
typedef enum
{
  QL_BEAM_WENT_ON,
  QL_BEAM_DROPPED, /* others had more: nothing follows */
  QL_BEAM_ENDED, /* by the end mark */
  QL_BEAM_LIMIT, /* by the largest number of tokens */
} QlBeamFate;

/** QlBeamNode: a token of a beam. Nodes count from 0, parents come before their children. */
typedef struct
{
  int parent, first_child,
      next; /* nodes; -1: none. Children by their score, largest first, but the answer's before all */
  int step; /* 0: the first token */
  gint32 id;
  char *text; /* "": the end mark */
  double log_prob; /* of the token after those before it */
  double score; /* sum of the log-probabilities so far, penalties included */
  double final_score; /* where it ended: score / tokens^length penalty */
  QlBeamFate fate;
  gboolean of_answer;
} QlBeamNode;

/**
 * QlBeamTree:
 *
 * All beams of a search, as a trace tells of them. Immutable, reference counted, any thread.
 */
typedef struct QlBeamTree QlBeamTree;

#define QL_TYPE_BEAM_TREE (ql_beam_tree_get_type ())
GType ql_beam_tree_get_type (void);

/**
 * ql_beam_tree_parse:
 * @text: untrusted
 *
 * Returns: (transfer full) (nullable): %NULL with B2_ERROR_FORMAT or _LIMIT
 */
QlBeamTree *ql_beam_tree_parse (const char *text, GError **error);
/**
 * ql_beam_tree_new_for_trace:
 *
 * Returns: (transfer full) (nullable): %NULL without error where the trace has none; with B2_ERROR_FORMAT where it is damaged or of
 *   another answer
 */
QlBeamTree *ql_beam_tree_new_for_trace (QlTrace *trace, GError **error);
QlBeamTree *ql_beam_tree_ref (QlBeamTree *self);
void ql_beam_tree_unref (QlBeamTree *self);

int ql_beam_tree_get_n_nodes (QlBeamTree *self);
/** ql_beam_tree_get_node: Returns: (transfer none) */
const QlBeamNode *ql_beam_tree_get_node (QlBeamTree *self, int node);
/** ql_beam_tree_get_first: the first of the nodes without a parent, whose "next" leads to the others; -1: none */
int ql_beam_tree_get_first (QlBeamTree *self);
int ql_beam_tree_get_n_steps (QlBeamTree *self);
/** ql_beam_tree_get_answer: the node that the answer ends with */
int ql_beam_tree_get_answer (QlBeamTree *self);
/** ql_beam_tree_get_endings: Returns: (transfer full) (element-type gint): nodes that ended, best final score first */
GArray *ql_beam_tree_get_endings (QlBeamTree *self);

/** ql_beam_tree_get_text: Returns: (transfer full): of all tokens up to @node */
char *ql_beam_tree_get_text (QlBeamTree *self, int node);
/** ql_beam_tree_describe: Returns: (transfer full): sentences, translated: what the search said of it and what became of it */
char *ql_beam_tree_describe (QlBeamTree *self, int node);
/** ql_beam_tree_describe_ending: Returns: (transfer full): "−2.10 / 7 tokens = −0.30", translated; of a node that ended */
char *ql_beam_tree_describe_ending (QlBeamTree *self, int node);
/** ql_beam_tree_describe_search: Returns: (transfer full): "5 beams, 8 steps, length penalty 1", translated */
char *ql_beam_tree_describe_search (QlBeamTree *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlBeamTree, ql_beam_tree_unref)
