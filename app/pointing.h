#pragma once

#include "app/box-list.h"

/**
 * QlPointing:
 *
 * The pointing game (Zhang et al. 2016, arXiv:1608.00507) on answers: for each word that names an object whose boxes are
 * known, does a map's peak patch lie in one of them? A patch lies there if its centre does. Scores of every method,
 * layer and head, each beside what chance would get:
 * - the word's best query: the one whose position the language model attended to most when it wrote the word;
 * - the word's own map, the mixture of all queries by the same weights;
 * - a query drawn at random: of all queries' peaks, the share that lies there (exact, nothing is drawn);
 * - a patch drawn at random: the share of patches that lie there.
 * Not a measure of truth: large objects are hit by anything, which is what the last two are for.
 *
 * One thread.
 */
typedef struct QlPointing QlPointing;

/** QlPointingScore: */
typedef struct
{
  QlMapMethod method;
  int layer; /* the nth with cross-attention */
  int head; /* of %QL_MAP_HEAD; else -1 */
  int n_hits; /* words whose best query's peak is on the object */
  int n_word_hits; /* the same of the word's own map */
  double random_query; /* expected share with a query drawn at random */
} QlPointingScore;

QlPointing *ql_pointing_new (void);
void ql_pointing_free (QlPointing *self);

/**
 * ql_pointing_add:
 * @trace: of an answer about @picture, with attention of the language model
 *
 * All traces must be of the same model.
 *
 * Returns: how many words were looked at; -1: the trace is unlike the earlier ones, or has no attention of a language model
 */
int ql_pointing_add (QlPointing *self, QlTrace *trace, const QlBoxPicture *picture);

int ql_pointing_get_n_words (QlPointing *self);
/** ql_pointing_get_random_patch: expected share with a patch drawn at random; 0 without words */
double ql_pointing_get_random_patch (QlPointing *self);
/** ql_pointing_get_scores: the methods over heads first, layer by layer, then each head. Returns: (transfer none) */
const QlPointingScore *ql_pointing_get_scores (QlPointing *self, int *n_scores);
/** ql_pointing_get_default: what the window shows at first: the mean over the last layer's heads. Returns: (nullable) */
const QlPointingScore *ql_pointing_get_default (QlPointing *self);
/** ql_pointing_get_layer_number: the Q-Former's number of a score's layer */
int ql_pointing_get_layer_number (QlPointing *self, const QlPointingScore *score);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlPointing, ql_pointing_free)
