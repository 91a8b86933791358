#pragma once

#include "engine/b2.h"
#include "engine/models/lm.h"
#include "engine/run/processors.h"
#include "engine/text/tokenizer.h"

typedef struct B2Single B2Single; /* greedy or sampling; see generation.c */
typedef struct B2Search B2Search; /* beams; see beam.c */

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
  float *
      logits; /* [n_beams, vocab]; the first row is filled when generation begins; @own_logits, or a part of what several share */
  float *own_logits;
  float *log_probs; /* [n_beams, vocab]: log-softmax of the logits */
  float *scores; /* [n_beams, vocab]: processed */
  GString *text; /* of the best hypothesis, for the callback */
  gint32 *step_ids, *parents; /* [n_beams]: what the language model is to be fed next */
  gboolean over;
  B2Single *single; /* or */
  B2Search *search;

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

/**
 * b2_generation_advance:
 *
 * Reads the logits and chooses: what to feed next, or that it is over.
 *
 * Returns: %FALSE with B2_ERROR_CANCELLED or B2_ERROR_FORMAT
 */
gboolean b2_generation_advance (B2Generation *self, GError **error);

/**
 * b2_generation_run_many:
 * @list: [n], their states of one language model, which can feed several at once
 * @errors: (out) (array length=n): %NULL on entry; what became of those that failed
 *
 * As b2_generation_run() of each, but the weights are read once a step for all of them.
 */
void b2_generation_run_many (B2Generation *const *list, int n, const B2Watch *watch, GError **errors);

/** b2_answer_new_generated: of a run that is over; takes its beams. Returns: (transfer full) */
B2Answer *b2_answer_new_generated (B2Model *model, B2Generation *generation);

/** b2_generation_run: beam search, greedy or sampling, as the options say. Returns: %FALSE with B2_ERROR_CANCELLED */
gboolean b2_generation_run (B2Generation *self, GError **error);

/* What beam.c shares. */

/** b2_generation_log_probs: log-softmax of a row of logits. Returns: %FALSE with B2_ERROR_FORMAT if it is NaN */
gboolean b2_generation_log_probs (B2Generation *self, int row, GError **error);
/** b2_search_new: all memory that the search will need. Returns: (transfer full) */
B2Search *b2_search_new (B2Generation *generation);
void b2_search_free (B2Search *self);
/** b2_search_advance: as b2_generation_advance(), for beams */
gboolean b2_search_advance (B2Search *self, GError **error);
/** b2_generation_describe: fills @out for choosing @id where @log_probs [vocab] are the raw ones. */
void b2_generation_describe (B2Generation *self, const float *log_probs, gint32 id, B2Token *out);
/** b2_generation_find_alternatives: the alternatives' part alone, for all choices from one row. */
void b2_generation_find_alternatives (B2Generation *self, const float *log_probs, B2Token *out);
gboolean b2_generation_is_eos (B2Generation *self, gint32 id);
/** b2_generation_tell: calls the token hook, and the watch. Returns: %FALSE with B2_ERROR_CANCELLED */
gboolean b2_generation_tell (B2Generation *self, const B2Token *tokens, const gint32 *ids, int n,
                             GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (B2Generation, b2_generation_free)
