#pragma once

#include "engine/run/session.h"

/* What matching and masked runs share: the heads of a retrieval model. */

/** b2_match_encode: @written: [DEC] in [CLS]'s place. Returns: (transfer full): %NULL with what b2_model_text_rows() says */
GArray *b2_match_encode (B2Model *model, const char *text, gboolean written, GError **error);

/** b2_match_cosines: @queries: [n_query, d]; @text: [d], [CLS]'s row; @out: (out caller-allocates): [n_query] */
void b2_match_cosines (B2Session *self, const float *queries, const float *text, float *out);
/** b2_match_best: the largest cosine of a query that is not muted; 0 and -1 where there is none */
void b2_match_best (B2Session *self, const float *cosines, float *best, int *query);

/** b2_match_logits: @queries: [n_query, d]; @out: (out caller-allocates): [n_query, 2] */
void b2_match_logits (B2Session *self, const float *queries, float *out);
/** b2_match_mean: over the queries that are not muted, and its softmax; 0, 0 and one half where there is none */
void b2_match_mean (B2Session *self, const float *logits, float mean[2], float *probability);
