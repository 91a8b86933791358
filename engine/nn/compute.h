#pragma once

#include <glib.h>

#include "engine/core/arena.h"
#include "engine/core/pool.h"
#include "engine/kernels/kernels.h"

/**
 * B2Compute:
 *
 * What a layer computes with: workers, kernels, and a scratch block for each worker.
 *
 * Threads: one caller at a time.
 */
typedef struct
{
  B2Pool *pool;
  const B2Kernels *kernels;
  float **scratch; /* [n_threads] blocks of @scratch_floats */
  gsize scratch_floats;
  B2Arena *scratch_arena;
  void *acts; /* rows prepared for packed products, shared by all workers */
  B2Arena *acts_arena;
  gboolean exact; /* activations stay f32 whatever the weights' type */
  gboolean rows_alike; /* few rows go the way of many, so that a row's values do not depend on what rows go with it */
} B2Compute;

/**
 * b2_compute_new:
 * @n_threads: ≤ 0: one per usable core
 * @max_row: longest weight row (k) that a linear layer will have
 * @max_keys: most keys that an attention will have
 *
 * Returns: (transfer full): %NULL with B2_ERROR_NO_MEMORY or B2_ERROR_ARGUMENT
 */
B2Compute *b2_compute_new (int n_threads, gsize max_row, gsize max_keys, GError **error);
/** b2_compute_scratch_bytes: of each worker, as b2_compute_new() has it */
gsize b2_compute_scratch_bytes (gsize max_row, gsize max_keys);
void b2_compute_free (B2Compute *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (B2Compute, b2_compute_free)
