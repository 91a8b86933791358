#pragma once

#include "engine/io/config.h"
#include "engine/models/binder.h"
#include "engine/nn/cost.h"

typedef struct B2LmFamily B2LmFamily;

/** B2Lm: a bound language model. Each family's struct begins with it. Immutable. */
typedef struct
{
  const B2LmFamily *family;
  int n_layers; /* of the decoder */
  int n_heads; /* of the decoder */
  int width; /* of the soft prompt's rows */
  int vocab_size;
  int max_positions; /* most rows that a pass reads: image and prompt (and, OPT: new tokens); never 0 */
  gboolean new_tokens_take_positions; /* FALSE: the decoder has max_positions of its own */
  int bos_id; /* stands for an empty prompt */
} B2Lm;

/**
 * B2LmState:
 *
 * One sequence being generated: caches and buffers. Each family's struct begins with it.
 *
 * Threads: one at a time.
 */
typedef struct
{
  B2Lm *lm;
  B2Compute *compute;
  int n_query; /* image rows */
} B2LmState;

/** B2LmImage: what the language model reads of the picture; a family takes the one it needs. */
typedef struct
{
  const float *soft_prompt; /* [n_query, width] f32: projected queries */
  const float *query_kv; /* (nullable): [layers, 2, n_query, d]: the Q-Former's own keys and values */
  const guint8
      *muted_self; /* (nullable): [layers, heads] of the Q-Former, 1: muted; ITG, which runs in them */
} B2LmImage;

/** B2LmMemory: what a run takes besides the weights, and what it leaves of them untouched. */
typedef struct
{
  gsize cache_bytes; /* keys and values */
  gsize pass_bytes; /* scratch of the largest pass */
  gsize untouched_bytes; /* of weights: tables of which a run reads some rows only */
} B2LmMemory;

/* A row of a table that is looked up brings its neighbours into memory: Linux maps 64 kB around each fault. */
#define B2_LM_LOOKUP_BYTES (64 * 1024)

/**
 * B2LmFamily:
 *
 * A kind of language model. The order of calls is set_image, prompt, step…; or
 * set_image, prompt, replay.
 */
struct B2LmFamily
{
  const char *model_type; /* as text_config says it */
  const char *question_format; /* how a question is put: one %s */
  gboolean
      sees_prompt; /* repetition penalty and n-gram ban read the prompt's ids; else the decoder's start */

  /** bind: Returns: (transfer full) */
  B2Lm *(*bind) (B2Binder *binder, const B2LmConfig *config, GError **error);
  void (*free) (B2Lm *lm);

  /** state_new: Returns: (transfer full): %NULL with B2_ERROR_NO_MEMORY */
  B2LmState *(*state_new) (B2Lm *lm, B2Compute *compute, int n_query, GError **error);
  void (*state_free) (B2LmState *state);

  /** set_image: once per picture; @image must stay valid until the next. */
  gboolean (*set_image) (B2LmState *state, const B2LmImage *image, const B2Watch *watch, GError **error);

  /** read_image: (nullable): reads the picture's rows now, where the first prompt would have them read */
  gboolean (*read_image) (B2LmState *state, const B2Watch *watch, GError **error);

  /**
   * prompt: reads @n_ids ≥ 1 tokens after the image rows (T5: in the encoder) and makes room for
   * @n_beams × @max_new.
   * @logits: (out caller-allocates): [vocab_size], for the first new token
   */
  gboolean (*prompt) (B2LmState *state, const gint32 *ids, int n_ids, int n_beams, int max_new, float *logits,
                      const B2Watch *watch, GError **error);

  /**
   * step: feeds each beam's newest token.
   * @parents: [n_beams]: the beam of the previous step that each continues; not read in the first step
   * @logits: (out caller-allocates): [n_beams, vocab_size]
   *
   * Allocates: nothing.
   */
  gboolean (*step) (B2LmState *state, const gint32 *ids, const gint32 *parents, float *logits,
                    const B2Watch *watch, GError **error);

  /**
   * step_many: (nullable): feeds each beam's newest token of several sequences, whose prompts have been read
   * @states: [n_states], of one language model and one B2Compute
   * @ids: [beams of all states], state after state
   * @parents: the same; each counts within its state, and is read as step says
   * @logits: (out caller-allocates): [beams of all states, vocab_size]
   *
   * As step of each state, but the weights are read once for all; so sums may be made in another order where that
   * depends on the number of rows. Of no more than B2_LM_MANY_ROWS beams together. Allocates: scratch in the first state, where none of its passes had
   * so many rows.
   */
  gboolean (*step_many) (B2LmState *const *states, int n_states, const gint32 *ids, const gint32 *parents,
                         float *logits, const B2Watch *watch, GError **error);

  /**
   * replay: runs the prompt's end and @ids (none outside the vocabulary) in one causal pass.
   * @attention: (out caller-allocates) (nullable): [n_ids, n_layers, n_heads, n_query]: weights on the image
   *   rows in the step that chose token i (self-attention; T5: cross-attention), as they come out of the softmax
   * @log_probs: (out caller-allocates) (nullable): [n_ids]: of token i after those before it, under the raw
   *   softmax. The logits are never there for more than a few positions at once.
   *
   * Returns: %FALSE with B2_ERROR_CANCELLED, B2_ERROR_NO_MEMORY, or B2_ERROR_FORMAT for one that is no number
   */
  gboolean (*replay) (B2LmState *state, const gint32 *ids, int n_ids, float *attention, double *log_probs,
                      const B2Watch *watch, GError **error);

  /** embeddings: (nullable): the table [vocab_size, width] in which the prompt's tokens are looked up */
  const B2Linear *(*embeddings) (B2Lm *lm);

  /** memory: of a run with @n_prompt tokens after @n_query image rows, without a replay */
  void (*memory) (B2Lm *lm, int n_query, int n_prompt, int n_beams, int max_new, B2LmMemory *out);

  /**
   * cost: adds the work of reading @n_rows rows of a prompt after the picture's, or, with @step set, of a step of
   * @n_rows beams; the latter without its attention, which grows with the text
   */
  void (*cost) (B2Lm *lm, int n_image, int n_rows, gboolean step, B2Cost *out);
};

/* Rows of a step_many() at most. */
#define B2_LM_MANY_ROWS 64

extern const B2LmFamily b2_lm_opt;
extern const B2LmFamily b2_lm_t5;
extern const B2LmFamily b2_lm_itg;

/** b2_lm_family_find: Returns: (nullable): the family of text_config's model_type */
const B2LmFamily *b2_lm_family_find (const char *model_type);

/**
 * b2_lm_keep_image_columns:
 * @map: [n_heads, n_rows, n_keys]
 * @out: [n_rows, n_layers, n_heads, n_query], of which @layer is filled from the first n_query keys
 */
void b2_lm_keep_image_columns (const B2LmState *state, const float *map, int n_rows, gsize n_keys, int layer,
                               float *out);

/** B2LmHeadFunc: the logits [n, vocab_size] of @n ≤ B2_LM_SCORE_ROWS rows of a pass's output */
typedef void (*B2LmHeadFunc) (gpointer data, const float *rows, gsize n, float *logits);

/* So few that a head's weights go through the kernels of a decoding step: the same sums as there. */
#define B2_LM_SCORE_ROWS 8

/**
 * b2_lm_score_rows:
 * @rows: [n, width]: row i chose ids[i]
 * @log_probs: (out caller-allocates): [n]: log-softmax of each row's logits at its id
 *
 * Returns: %FALSE as replay says
 */
gboolean b2_lm_score_rows (B2Lm *lm, const float *rows, const gint32 *ids, int n, B2LmHeadFunc head,
                           gpointer data, double *log_probs, const B2Watch *watch, GError **error);

/** b2_lm_untouched_bytes: of @table, where @n_rows of its rows are looked up and no more */
gsize b2_lm_untouched_bytes (const B2Linear *table, gsize n_rows);
