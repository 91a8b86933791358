/* A given answer, run through the language model: what the model thinks of it, and what it attends to. */
#include <math.h>

#include "engine/run/answer.h"
#include "engine/run/session-trace.h"

static gboolean
check_answer (B2Session *self, const gint32 *ids, int n_ids, GError **error)
{
  if (n_ids < 1 || ids == NULL)
    {
      g_set_error_literal (error, B2_ERROR, B2_ERROR_ARGUMENT, "An answer without tokens");
      return FALSE;
    }
  for (int i = 0; i < n_ids; i++)
    if (ids[i] < 0 || ids[i] >= self->model->lm->vocab_size)
      {
        g_set_error (error, B2_ERROR, B2_ERROR_ARGUMENT,
                     "The answer has token %d, the language model's vocabulary has %d", ids[i],
                     self->model->lm->vocab_size);
        return FALSE;
      }
  return TRUE;
}

static void
make_trace (B2Session *self, const char *prompt, const gint32 *ids, const float *first_logits,
            const float *attention, B2Replay *out)
{
  g_autofree B2Token *tokens = g_new0 (B2Token, out->n_tokens);
  g_autoptr (B2Answer) answer = NULL;

  for (int i = 0; i < out->n_tokens; i++)
    {
      tokens[i].id = ids[i];
      tokens[i].probability = (float) exp (out->log_probs[i]);
    }
  answer = b2_answer_new (self->model, tokens, out->n_tokens);
  out->trace = b2_session_trace_text (self, &(B2TraceText){ .prompt = prompt,
                                                            .settings = "{\"replay\":true}",
                                                            .tokens = answer->tokens,
                                                            .pieces = answer->pieces,
                                                            .n = answer->n_tokens,
                                                            .text = answer->text,
                                                            .first_logits = first_logits,
                                                            .attention = attention });
}

static gboolean
run (B2Session *self, const GArray *prompt_ids, const gint32 *ids, float *logits, float *attention,
     B2Replay *out, const B2Watch *watch, GError **error)
{
  gint64 start = g_get_monotonic_time ();

  if (!b2_session_prefill (self, prompt_ids, 1, 1, logits, watch, error))
    return FALSE;
  out->timings.prefill = b2_ms_since (start);
  start = g_get_monotonic_time ();
  if (!self->model->lm->family->replay (self->lm_state, ids, out->n_tokens, attention, out->log_probs, watch,
                                        error)
      || !b2_watch_check (watch, error))
    return FALSE;
  out->timings.decode = b2_ms_since (start);
  for (int i = 0; i < out->n_tokens; i++)
    out->sum += out->log_probs[i];
  return TRUE;
}

B2Replay *
b2_session_replay (B2Session *self, const char *prompt, const gint32 *ids, int n_ids,
                   const B2GenerateHooks *hooks, GError **error)
{
  const B2Watch *watch = hooks != NULL ? &hooks->watch : NULL;
  gint64 start = g_get_monotonic_time ();
  g_autoptr (GArray) prompt_ids = NULL;
  g_autofree float *logits = NULL, *attention = NULL;
  g_autoptr (B2Replay) out = NULL;

  if (!b2_session_has_lm (self, error) || !check_answer (self, ids, n_ids, error))
    return NULL;
  b2_session_begin (self, watch);
  self->measure |= hooks != NULL && hooks->keep_trace;
  prompt_ids = b2_model_encode_prompt (self->model, prompt, n_ids, error);
  if (prompt_ids == NULL || !b2_session_encode_for (self, prompt, watch, error))
    return NULL;
  out = g_new0 (B2Replay, 1);
  out->n_tokens = n_ids;
  out->n_prompt_tokens = (int) prompt_ids->len;
  out->log_probs = g_new (double, n_ids);
  out->timings.vision = self->vision_ms;
  out->timings.qformer = self->qformer_ms;
  logits = g_new (float, self->model->lm->vocab_size);
  if (hooks != NULL && hooks->keep_trace)
    attention = g_new (float, b2_session_attention_floats (self, n_ids));
  if (!run (self, prompt_ids, ids, logits, attention, out, watch, error))
    return NULL;
  if (attention != NULL)
    make_trace (self, prompt, ids, logits, attention, out);
  out->timings.total = b2_ms_since (start);
  return g_steal_pointer (&out);
}

void
b2_replay_free (B2Replay *self)
{
  if (self == NULL)
    return;
  g_free (self->log_probs);
  g_clear_pointer (&self->trace, b2_trace_unref);
  g_free (self);
}
