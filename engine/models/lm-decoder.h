#pragma once

#include "engine/models/lm.h"
#include "engine/nn/kv-cache.h"

/** B2DecoderState: what the states of all families have: a cache of the self-attention, and scratch. */
typedef struct
{
  B2LmState base;
  B2KvCache *cache;
  B2Arena *arena; /* NULL until b2_decoder_make_room() */
  int n_beams;
  int n_prompt; /* rows of the cache's prefix, once the prompt is read */
  gint32 last_prompt_id; /* OPT, ITG: whose row chose the first new token */
  const float *unread_image; /* OPT: [n_query, width]: the soft prompt, until a prompt has been read with it */
  GArray *read_ids; /* OPT: of gint32: tokens whose keys and values the prefix has behind the image rows */
  guint64 n_rows_read; /* of prompts, since the state was made; for tests */
} B2DecoderState;

/**
 * b2_decoder_state_new:
 * @size: of the family's struct, which begins with B2DecoderState
 * @max_prefix: rows of the cache's prefix
 *
 * Without scratch: b2_decoder_make_room() before each pass that may be larger than those before it.
 *
 * Returns: (transfer full): for b2_decoder_state_free(); %NULL with B2_ERROR_NO_MEMORY
 */
B2DecoderState *b2_decoder_state_new (gsize size, B2Lm *lm, B2Compute *compute, int n_query, int head_width,
                                      int max_prefix, GError **error);
void b2_decoder_state_free (B2LmState *state);

/** b2_decoder_count_beams: of all @states */
gsize b2_decoder_count_beams (B2LmState *const *states, int n_states);

/** b2_decoder_next_step: b2_kv_cache_next_step() of each; @parents: [beams of all states] */
void b2_decoder_next_step (B2LmState *const *states, int n_states, const gint32 *parents);

/**
 * b2_decoder_attend_own:
 * @q, @keys, @values: [beams of all states, width]: of the step's rows
 * @out: (out caller-allocates): the same
 *
 * Puts each state's keys and values of @layer where its cache has them, and attends to that.
 */
void b2_decoder_attend_own (B2LmState *const *states, int n_states, int layer, const float *q,
                            const float *keys, const float *values, gsize width, float scale,
                            const float *distance_bias, gsize distance_stride, float *out);

/**
 * b2_decoder_make_room: exactly as much scratch as the largest pass so far needs, for one of @bytes
 *
 * Returns: %FALSE with B2_ERROR_NO_MEMORY
 */
gboolean b2_decoder_make_room (B2DecoderState *state, gsize bytes, GError **error);

/**
 * b2_decoder_memory: adds to @out what a cache of @n_prefix rows, and @n_beams × @max_new new ones, of @lm takes
 */
void b2_decoder_memory (const B2Lm *lm, int head_width, int n_prefix, int n_beams, int max_new,
                        B2LmMemory *out);

/** B2DecoderLayerFunc: layer @i of a pass; @pass is the caller's. */
typedef void (*B2DecoderLayerFunc) (B2DecoderState *state, int i, gpointer pass);

/**
 * b2_decoder_run_layers:
 * @n_layers: how many
 * @first: what the first counts as in the progress of a prefill of @total layers; @total 0: no progress, only
 *   the cancel flag is read
 *
 * Returns: %FALSE with B2_ERROR_CANCELLED
 */
gboolean b2_decoder_run_layers (B2DecoderState *state, int n_layers, int first, int total,
                                B2DecoderLayerFunc func, gpointer pass, const B2Watch *watch, GError **error);
