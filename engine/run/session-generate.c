/* Generation with a session, and the trace of it. */
#include <jansson.h>
#include <string.h>

#include "engine/run/answer.h"
#include "engine/run/generation.h"
#include "engine/run/session-trace.h"

/*
 * What penalties count as said before the first new token: with placeholders transformers hands the processors
 * the image rows' ids and the prompt, with concatenated embeddings nothing, and with T5 the decoder's start.
 */
GArray *
b2_session_seen_prefix (B2Session *self, const GArray *prompt_ids)
{
  const B2Model *model = self->model;
  GArray *seen = g_array_new (FALSE, FALSE, sizeof (gint32));
  const B2Config *c = model->config;

  if (!model->lm->family->sees_prompt)
    {
      gint32 start = c->lm.decoder_start_id;

      g_array_append_val (seen, start);
    }
  else if (c->architecture == B2_ARCHITECTURE_RETRIEVAL)
    g_array_append_vals (seen, prompt_ids->data, prompt_ids->len);
  else if (c->image_token_id >= 0)
    {
      for (int i = 0; i < c->n_query; i++)
        g_array_append_val (seen, c->image_token_id);
      g_array_append_vals (seen, prompt_ids->data, prompt_ids->len);
    }
  return seen;
}

B2Answer *
b2_answer_new_generated (B2Model *model, B2Generation *g)
{
  B2Answer *answer = b2_answer_new (model, g->tokens, g->n_tokens);

  answer->score = g->score;
  answer->ended = g->ended;
  answer->beams = g_steal_pointer (&g->beams);
  return answer;
}

/* ---- trace -------------------------------------------------------------------------- */

static char *
settings_json (const B2DecodeOptions *o)
{
  json_t *object = json_pack ("{s:i, s:f, s:i, s:i, s:f, s:i, s:b, s:f, s:i, s:f, s:I}", "beams", o->n_beams,
                              "length_penalty", (double) o->length_penalty, "max_new_tokens",
                              o->max_new_tokens, "min_new_tokens", o->min_new_tokens, "repetition_penalty",
                              (double) o->repetition_penalty, "no_repeat_ngram", o->no_repeat_ngram, "sample",
                              (int) o->sample, "temperature", (double) o->temperature, "top_k", o->top_k,
                              "top_p", (double) o->top_p, "seed", (json_int_t) o->seed);
  char *dump = json_dumps (object, JSON_COMPACT | JSON_REAL_PRECISION (9));
  char *text = g_strdup (dump);

  json_decref (object);
  free (dump);
  return text;
}

static gboolean
make_trace (B2Session *self, const char *prompt, const B2DecodeOptions *options, const float *first_logits,
            const B2Timings *timings, const B2Watch *watch, B2Answer *answer, GError **error)
{
  int n = answer->n_tokens;
  g_autofree gint32 *ids = g_new (gint32, n);
  g_autofree float *attention = g_new (float, b2_session_attention_floats (self, n));
  g_autofree char *settings = settings_json (options);

  for (int i = 0; i < n; i++)
    ids[i] = answer->tokens[i].id;
  if (!self->model->lm->family->replay (self->lm_state, ids, n, attention, NULL, watch, error))
    return FALSE;
  answer->trace = b2_session_trace_text (self, &(B2TraceText){ .prompt = prompt,
                                                               .settings = settings,
                                                               .tokens = answer->tokens,
                                                               .pieces = answer->pieces,
                                                               .n = n,
                                                               .text = answer->text,
                                                               .first_logits = first_logits,
                                                               .attention = attention,
                                                               .prefill_ms = timings->prefill,
                                                               .decode_ms = timings->decode });
  if (answer->beams != NULL)
    {
      g_autofree char *beams = b2_beam_tree_json (answer->beams, self->model);

      b2_trace_set_metadata (answer->trace, "beams", beams);
    }
  return TRUE;
}

/* ---- generation ------------------------------------------------------------------------ */

gboolean
b2_session_has_lm (B2Session *self, GError **error)
{
  if (self->model->lm != NULL)
    return TRUE;
  g_set_error (error, B2_ERROR, B2_ERROR_UNSUPPORTED,
               "%s: this model compares pictures with texts; it writes none. Use it to match, or open a "
               "Blip2ForConditionalGeneration model",
               self->model->dir);
  return FALSE;
}

B2Answer *
b2_session_generate (B2Session *self, const char *prompt, const B2DecodeOptions *options,
                     const B2GenerateHooks *hooks, GError **error)
{
  B2Model *model = self->model;
  const B2Watch *watch = hooks != NULL ? &hooks->watch : NULL;
  g_autoptr (GArray) ids = NULL, seen = NULL;
  g_autofree float *logits = NULL;
  g_autoptr (B2Generation) generation = NULL;
  g_autoptr (B2Answer) answer = NULL;
  gint64 start = g_get_monotonic_time (), phase;
  B2Timings timings = { .open = model->open_ms, .preprocess = self->preprocess_ms };

  if (!b2_session_has_lm (self, error) || !b2_decode_options_check (options, error))
    return NULL;
  b2_session_begin (self, watch);
  self->measure |= hooks != NULL && hooks->keep_trace;
  /* The next question on this picture finds it prepared. */
  self->preprocess_ms = 0;
  ids = b2_model_encode_prompt (model, prompt, options->max_new_tokens, error);
  if (ids == NULL || !b2_session_encode_for (self, prompt, watch, error))
    return NULL;
  timings.vision = self->vision_ms;
  timings.qformer = self->qformer_ms;

  phase = g_get_monotonic_time ();
  logits = g_new (float, model->lm->vocab_size);
  if (!b2_session_prefill (self, ids, options->n_beams, options->max_new_tokens, logits, watch, error))
    return NULL;
  timings.prefill = b2_ms_since (phase);

  phase = g_get_monotonic_time ();
  seen = b2_session_seen_prefix (self, ids);
  generation
      = b2_generation_new (self->lm_state, model->tokenizer, options, hooks, model->eos_ids, model->n_eos,
                           (const gint32 *) (gpointer) seen->data, (int) seen->len, logits, error);
  if (generation == NULL || !b2_generation_run (generation, error))
    return NULL;
  timings.decode = b2_ms_since (phase);

  answer = b2_answer_new_generated (model, generation);
  answer->n_prompt_tokens = (int) ids->len;
  if (hooks != NULL && hooks->keep_trace
      && !make_trace (self, prompt, options, logits, &timings, watch, answer, error))
    return NULL;
  if (!b2_watch_check (watch, error))
    return NULL;
  timings.total = b2_ms_since (start);
  answer->timings = timings;
  return g_steal_pointer (&answer);
}
