#include "engine/models/lm-decoder.h"

B2DecoderState *
b2_decoder_state_new (gsize size, B2Lm *lm, B2Compute *compute, int n_query, int head_width, int max_prefix,
                      gsize arena_bytes, GError **error)
{
  B2DecoderState *self = g_malloc0 (size);

  self->base = (B2LmState){ .lm = lm, .compute = compute, .n_query = n_query };
  self->cache = b2_kv_cache_new (lm->n_layers, lm->n_heads, head_width, max_prefix, error);
  self->arena = self->cache != NULL ? b2_arena_new (arena_bytes, error) : NULL;
  if (self->arena == NULL)
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
  b2_arena_free (self->arena);
  g_free (self);
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
