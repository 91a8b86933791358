#include "engine/models/lm-decoder.h"

#include <string.h>

B2DecoderState *
b2_decoder_state_new (gsize size, B2Lm *lm, B2Compute *compute, int n_query, int head_width, int max_prefix,
                      GError **error)
{
  B2DecoderState *self = g_malloc0 (size);

  self->base = (B2LmState){ .lm = lm, .compute = compute, .n_query = n_query };
  self->read_ids = g_array_new (FALSE, FALSE, sizeof (gint32));
  self->cache = b2_kv_cache_new (lm->n_layers, lm->n_heads, head_width, max_prefix, error);
  if (self->cache == NULL)
    {
      b2_decoder_state_free (&self->base);
      return NULL;
    }
  return self;
}

void
b2_decoder_state_free (B2LmState *state)
{
  B2DecoderState *self = (B2DecoderState *) state;

  if (self == NULL)
    return;
  b2_kv_cache_free (self->cache);
  g_array_unref (self->read_ids);
  b2_arena_free (self->arena);
  g_free (self);
}

gboolean
b2_decoder_make_room (B2DecoderState *self, gsize bytes, GError **error)
{
  if (self->arena != NULL && b2_arena_capacity_bytes (self->arena) >= bytes)
    return TRUE;
  g_clear_pointer (&self->arena, b2_arena_free);
  self->arena = b2_arena_new (bytes, error);
  return self->arena != NULL;
}

void
b2_decoder_memory (const B2Lm *lm, int head_width, int n_prefix, int n_beams, int max_new, B2LmMemory *out)
{
  gsize row = 2 * (gsize) lm->n_layers * (gsize) lm->n_heads * (gsize) head_width * sizeof (float);

  out->cache_bytes += row * ((gsize) n_prefix + (gsize) n_beams * (gsize) max_new);
}

gboolean
b2_decoder_run_layers (B2DecoderState *state, int n_layers, int first, int total, B2DecoderLayerFunc func,
                       gpointer pass, const B2Watch *watch, GError **error)
{
  for (int i = 0; i < n_layers; i++)
    {
      if (total > 0 ? !b2_watch_step (watch, B2_PHASE_PREFILL, first + i, total, error)
                    : watch != NULL && !b2_cancel_check (watch->cancel, error))
        return FALSE;
      func (state, i, pass);
    }
  return TRUE;
}

static B2DecoderState *
decoder (B2LmState *state)
{
  return (B2DecoderState *) state;
}

gsize
b2_decoder_count_beams (B2LmState *const *states, int n_states)
{
  gsize n = 0;

  for (int i = 0; i < n_states; i++)
    n += (gsize) decoder (states[i])->n_beams;
  return n;
}

void
b2_decoder_next_step (B2LmState *const *states, int n_states, const gint32 *parents)
{
  for (int i = 0; i < n_states; i++)
    {
      b2_kv_cache_next_step (decoder (states[i])->cache, parents);
      parents += decoder (states[i])->n_beams;
    }
}

void
b2_decoder_attend_own (B2LmState *const *states, int n_states, int layer, const float *q, const float *keys,
                       const float *values, gsize width, float scale, const float *distance_bias,
                       gsize distance_stride, float *out)
{
  gsize at = 0;

  for (int i = 0; i < n_states; i++)
    {
      B2KvCache *cache = decoder (states[i])->cache;
      gsize n = (gsize) decoder (states[i])->n_beams * width;

      memcpy (b2_kv_cache_tail_keys (cache, layer), keys + at, n * sizeof *keys);
      memcpy (b2_kv_cache_tail_values (cache, layer), values + at, n * sizeof *values);
      b2_kv_cache_attend (cache, states[i]->compute, layer, q + at, scale, distance_bias, distance_stride,
                          out + at);
      at += n;
    }
}
