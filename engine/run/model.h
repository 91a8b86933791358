#pragma once

#include "engine/b2.h"
#include "engine/io/config.h"
#include "engine/io/weights.h"
#include "engine/models/binder.h"
#include "engine/models/lm.h"
#include "engine/models/qformer.h"
#include "engine/models/vit.h"
#include "engine/text/tokenizer.h"

/** The folder inside an InstructBLIP's that holds its second tokenizer. */
#define B2_QFORMER_TOKENIZER_DIR "qformer_tokenizer"

/** B2MatchHeads: of a retrieval model. */
typedef struct
{
  B2Linear vision_projection; /* [itc_width, d] */
  B2Linear text_projection; /* [itc_width, d] */
  B2Linear itm; /* [2, d]: no match, match */
} B2MatchHeads;

/** B2Model: see engine/b2.h. Everything is read-only once opened. */
struct B2Model
{
  gint n_refs; /* atomic */
  char *dir;
  B2ModelSource *source;
  B2Config *config;
  B2Weights *weights;
  B2Weights *itg_weights; /* (nullable) */
  B2Binder *binder;
  B2Tokenizer *tokenizer;
  B2Tokenizer *qformer_tokenizer; /* InstructBLIP; else NULL */
  B2Vit *vit;
  B2Qformer *qformer;
  B2Linear projection; /* [lm width, d]; generation */
  B2MatchHeads heads; /* retrieval */
  B2Lm *lm; /* (nullable): a retrieval model without ITG head */
  gint32 eos_ids[B2_MAX_EOS];
  int n_eos;
  char *fingerprint;
  double open_ms;
  B2ModelInfo info;
};

/**
 * b2_model_encode_prompt:
 * @prompt: (nullable)
 *
 * The ids that follow the image rows, checked against the vocabulary and the model's room for
 * them and @max_new tokens.
 *
 * Returns: (transfer full) (element-type gint32): %NULL with B2_ERROR_ARGUMENT or B2_ERROR_LIMIT
 */
GArray *b2_model_encode_prompt (B2Model *self, const char *prompt, int max_new, GError **error);
