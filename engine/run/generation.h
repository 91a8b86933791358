#pragma once

#include "engine/b2.h"
#include "engine/models/lm.h"
#include "engine/run/processors.h"
#include "engine/text/tokenizer.h"

/**
 * B2Generation:
 *
 * One run of the language model from the first logits to the last token. All memory is
 * taken in b2_generation_new(): a step allocates nothing.
 */
typedef struct
{
  B2LmState *state;
  B2Tokenizer *tokenizer;
  B2DecodeOptions options;
  const B2GenerateHooks *hooks; /* (nullable) */
  B2Processors processors;
  float *logits; /* [n_beams, vocab]; the first row is filled when generation begins */
  float *log_probs; /* [n_beams, vocab]: log-softmax of the logits */
  float *scores; /* [n_beams, vocab]: processed */
  GString *text; /* of the best hypothesis, for the callback */

  B2Token *tokens; /* (out): [max_new_tokens] */
  int n_tokens;
  double score;
  gboolean ended;
  B2BeamTree *beams; /* (nullable) (out): where asked for */
} B2Generation;

/**
 * b2_generation_new:
 * @seen_prefix: (transfer none): ids that penalties see before the new ones; must outlive the result
 * @first_logits: [vocab], copied
 *
 * Returns: (transfer full): %NULL with B2_ERROR_NO_MEMORY
 */
B2Generation *b2_generation_new (B2LmState *state, B2Tokenizer *tokenizer, const B2DecodeOptions *options,
                                 const B2GenerateHooks *hooks, const gint32 *eos_ids, int n_eos,
                                 const gint32 *seen_prefix, int n_seen_prefix, const float *first_logits,
                                 GError **error);
void b2_generation_free (B2Generation *self);

/** b2_generation_run: beam search, greedy or sampling, as the options say. Returns: %FALSE with B2_ERROR_CANCELLED */
gboolean b2_generation_run (B2Generation *self, GError **error);

/* What beam.c shares. */

/** b2_generation_log_probs: log-softmax of a row of logits. Returns: %FALSE with B2_ERROR_FORMAT if it is NaN */
gboolean b2_generation_log_probs (B2Generation *self, int row, GError **error);
gboolean b2_generation_run_beams (B2Generation *self, GError **error);
/** b2_generation_describe: fills @out for choosing @id where @log_probs [vocab] are the raw ones. */
void b2_generation_describe (B2Generation *self, const float *log_probs, gint32 id, B2Token *out);
/** b2_generation_find_alternatives: the alternatives' part alone, for all choices from one row. */
void b2_generation_find_alternatives (B2Generation *self, const float *log_probs, B2Token *out);
gboolean b2_generation_is_eos (B2Generation *self, gint32 id);
/** b2_generation_tell: calls the token hook, and the watch. Returns: %FALSE with B2_ERROR_CANCELLED */
gboolean b2_generation_tell (B2Generation *self, const B2Token *tokens, const gint32 *ids, int n,
                             GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (B2Generation, b2_generation_free)
