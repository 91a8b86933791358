#pragma once

#include <glib.h>

/** B2Rng: xoshiro256**, seeded through splitmix64: the same seed gives the same text everywhere. */
typedef struct
{
  guint64 state[4];
} B2Rng;

void b2_rng_seed (B2Rng *self, guint64 seed);
/** b2_rng_uniform: in [0, 1). */
double b2_rng_uniform (B2Rng *self);

/** B2Ranked: a token and its score, for sorting. */
typedef struct
{
  float score;
  gint32 id;
} B2Ranked;

/**
 * b2_sampler_filter:
 * @scores: [n] processed logits
 * @top_k: 0: off; ties with the k-th stay in
 * @top_p: 1: off; the smallest set whose probability reaches it
 * @work: [n]: scratch
 * @probabilities: (out caller-allocates): [n], 0 for what is filtered out; sums to 1
 *
 * Temperature, then top-k, then top-p, as transformers' warpers. Allocates: nothing.
 */
void b2_sampler_filter (const float *scores, gsize n, float temperature, int top_k, float top_p,
                        B2Ranked *work, float *probabilities);

/** b2_sampler_draw: an id, by its probability. */
gint32 b2_sampler_draw (B2Rng *rng, const float *probabilities, gsize n);
