#pragma once

#include <glib.h>

#include "engine/b2.h"

/**
 * B2Processors:
 *
 * What changes scores before a token is chosen, in transformers' order: repetition
 * penalty, n-gram ban, least number of new tokens.
 */
typedef struct
{
  float repetition_penalty; /* 1: off */
  int no_repeat_ngram; /* 0: off */
  int min_new_tokens;
  const gint32 *eos_ids;
  int n_eos;
  const gint32 *seen_prefix; /* ids that count as seen before the first new one */
  int n_seen_prefix;
  guint8 *marks; /* [vocab_size], all 0: scratch */
  int vocab_size;
} B2Processors;

/**
 * b2_processors_apply:
 * @new_ids: [n_new]: what has been generated
 * @scores: [vocab_size]: logits (greedy, sampling) or log-probabilities (beams); changed in place
 *
 * Allocates: nothing.
 */
void b2_processors_apply (const B2Processors *self, const gint32 *new_ids, int n_new, float *scores);
