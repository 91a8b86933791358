#pragma once

#include "engine/models/lm.h"
#include "engine/models/qformer.h"

/** The file beside a retrieval model that holds the head; Hugging Face's class leaves it out. */
#define B2_ITG_HEAD_NAME "itg_head.safetensors"

/**
 * b2_lm_itg_new:
 * @qformer: with text; must outlive the result
 * @dec_id: the id of [DEC], which starts every text
 *
 * Image-grounded text generation: the Q-Former itself as a language model. The text rows see
 * the queries' cached keys and values and the text before them; a BERT head gives the words.
 *
 * Math: BLIP-2, arXiv:2301.12597 §3.2 and Figure 2. Tensors: cls.predictions.*
 *
 * Returns: (transfer full): %NULL with an error naming the tensor
 */
B2Lm *b2_lm_itg_new (B2Binder *binder, B2Qformer *qformer, gint32 dec_id, GError **error);

/**
 * b2_lm_itg_score:
 * @lm: from b2_lm_itg_new()
 * @rows: [n, d]: text rows as they leave the Q-Former; row i is asked for ids[i]
 * @log_probs: (out caller-allocates): [n]
 *
 * Returns: %FALSE as B2LmFamily's replay
 */
gboolean b2_lm_itg_score (B2Lm *lm, B2Compute *compute, const float *rows, const gint32 *ids, int n,
                          double *log_probs, const B2Watch *watch, GError **error);
