#include "engine/nn/compute.h"

#include "engine/kernels/blas.h"
#include "engine/nn/attention.h"
#include "engine/nn/linear.h"

static gsize
scratch_floats (gsize max_row, gsize max_keys)
{
  return MAX (b2_linear_scratch_floats (max_row), b2_attention_scratch_floats (max_keys));
}

gsize
b2_compute_scratch_bytes (gsize max_row, gsize max_keys)
{
  return b2_arena_bytes_for_floats (scratch_floats (max_row, max_keys));
}

B2Compute *
b2_compute_new (int n_threads, gsize max_row, gsize max_keys, GError **error)
{
  g_autoptr (B2Compute) self = g_new0 (B2Compute, 1);
  int n;

  b2_blas_init ();
  self->kernels = b2_kernels_get ();
  self->pool = b2_pool_new (n_threads, error);
  if (self->pool == NULL)
    return NULL;
  n = b2_pool_n_threads (self->pool);
  self->scratch_floats = scratch_floats (max_row, max_keys);
  self->scratch_arena = b2_arena_new ((gsize) n * b2_arena_bytes_for_floats (self->scratch_floats), error);
  if (self->scratch_arena == NULL)
    return NULL;
  self->acts_arena = b2_arena_new (b2_linear_acts_bytes (max_row) + 4096, error);
  if (self->acts_arena == NULL)
    return NULL;
  self->acts = b2_arena_floats (self->acts_arena, b2_linear_acts_bytes (max_row) / sizeof (float));
  self->scratch = g_new0 (float *, n);
  for (int i = 0; i < n; i++)
    self->scratch[i] = b2_arena_floats (self->scratch_arena, self->scratch_floats);
  g_debug ("kernels %s, OpenBLAS %s, %d threads", self->kernels->name, b2_blas_core (), n);
  return g_steal_pointer (&self);
}

void
b2_compute_free (B2Compute *self)
{
  if (self == NULL)
    return;
  b2_pool_free (self->pool);
  b2_arena_free (self->scratch_arena);
  b2_arena_free (self->acts_arena);
  g_free (self->scratch);
  g_free (self);
}
