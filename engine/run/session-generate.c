/* Generation with a session, and the trace of it. */
#include <jansson.h>
#include <string.h>

#include "engine/run/generation.h"
#include "engine/run/session.h"
#include "engine/run/trace.h"

static double
ms_since (gint64 start)
{
  return (double) (g_get_monotonic_time () - start) / 1000.0;
}

/*
 * What penalties count as said before the first new token: with placeholders transformers hands the processors
 * the image rows' ids and the prompt, with concatenated embeddings nothing, and with T5 the decoder's start.
 */
static GArray *
seen_prefix (B2Model *model, const GArray *prompt_ids)
{
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

/* Python's str.isspace(), which is wider than GLib's. */
static gboolean
is_space (gunichar c)
{
  return g_unichar_isspace (c) || (c >= 0x1c && c <= 0x1f) || c == 0x85 || c == 0xb;
}

static char *
strip (const char *text, gsize n_bytes, gsize *n_stripped)
{
  const char *end = text + n_bytes;
  char *stripped;

  while (text < end && is_space (g_utf8_get_char (text)))
    text = g_utf8_next_char (text);
  while (end > text && is_space (g_utf8_get_char (g_utf8_prev_char (end))))
    end = g_utf8_prev_char (end);
  *n_stripped = (gsize) (end - text);
  stripped = g_malloc0 (*n_stripped + 1);
  memcpy (stripped, text, *n_stripped);
  return stripped;
}

static B2Answer *
make_answer (B2Session *self, B2Generation *g)
{
  B2Answer *answer = g_new0 (B2Answer, 1);
  GString *text = g_string_new (NULL);
  g_autofree gint32 *ids = g_new (gint32, g->n_tokens);

  answer->n_tokens = g->n_tokens;
  answer->tokens = g_memdup2 (g->tokens, (gsize) g->n_tokens * sizeof *g->tokens);
  answer->pieces = g_new0 (char *, g->n_tokens + 1);
  for (int i = 0; i < g->n_tokens; i++)
    {
      ids[i] = g->tokens[i].id;
      answer->pieces[i] = b2_model_token_text (self->model, ids[i]);
    }
  b2_tokenizer_decode (self->model->tokenizer, ids, (gsize) g->n_tokens,
                       b2_tokenizer_default_flags (self->model->tokenizer), text);
  answer->text_raw_bytes = text->len;
  answer->text_raw = g_string_free (text, FALSE);
  answer->text = strip (answer->text_raw, answer->text_raw_bytes, &answer->text_bytes);
  answer->score = g->score;
  answer->ended = g->ended;
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

static char *
tokens_json (const B2Answer *answer)
{
  json_t *list = json_array ();
  char *dump, *text;

  for (int i = 0; i < answer->n_tokens; i++)
    json_array_append_new (list, json_pack ("{s:i, s:s, s:f}", "id", answer->tokens[i].id, "text",
                                            answer->pieces[i], "probability",
                                            (double) answer->tokens[i].probability));
  dump = json_dumps (list, JSON_COMPACT | JSON_REAL_PRECISION (9));
  text = g_strdup (dump);
  json_decref (list);
  free (dump);
  return text;
}

static void
add_image_tensors (B2Session *self, B2Trace *trace)
{
  const B2Qformer *q = self->model->qformer;
  gint64 d = q->config.width, heads = q->config.n_heads, rows = self->n_rows,
         n_image = (gint64) self->n_image;

  b2_trace_add (trace, "pixel_values", self->pixels, 3, (gint64[]){ 3, self->height_px, self->width_px });
  b2_trace_add (trace, "vision.last_hidden_state", self->vision, 2,
                (gint64[]){ n_image, self->model->config->vision.width });
  b2_trace_add (trace, "qformer.last_hidden_state", self->qformer, 2, (gint64[]){ rows, d });
  b2_trace_add (trace, "qformer.cross_attentions", self->cross_maps, 4,
                (gint64[]){ q->n_cross, heads, q->n_query, n_image });
  b2_trace_add (trace, "qformer.self_attentions", self->self_maps, 4,
                (gint64[]){ q->config.n_layers, heads, rows, rows });
  if (self->model->projection.weight != NULL)
    b2_trace_add (trace, "language_projection", self->soft_prompt, 2,
                  (gint64[]){ q->n_query, self->model->lm->width });
}

static void
add_metadata (B2Session *self, B2Trace *trace, const char *prompt, const B2DecodeOptions *options,
              const B2Answer *answer)
{
  g_autofree char *name = g_path_get_basename (self->model->dir);
  g_autofree char *size = g_strdup_printf ("%d×%d", self->source_width_px, self->source_height_px);
  g_autofree char *settings = settings_json (options), *tokens = tokens_json (answer);
  /* A folder's name is bytes; metadata is UTF-8. */
  g_autofree char *utf8_name = g_utf8_make_valid (name, -1);

  b2_trace_set_metadata (trace, "model.fingerprint", self->model->fingerprint);
  b2_trace_set_metadata (trace, "model.name", utf8_name);
  b2_trace_set_metadata (trace, "image.sha256", self->image_sha256);
  b2_trace_set_metadata (trace, "image.size", size);
  b2_trace_set_metadata (trace, "prompt", prompt != NULL ? prompt : "");
  b2_trace_set_metadata (trace, "settings", settings);
  b2_trace_set_metadata (trace, "tokens", tokens);
  b2_trace_set_metadata (trace, "text", answer->text);
}

static gboolean
make_trace (B2Session *self, const char *prompt, const B2DecodeOptions *options, const float *first_logits,
            const B2Watch *watch, B2Answer *answer, GError **error)
{
  const B2Lm *lm = self->model->lm;
  gsize n = (gsize) answer->n_tokens;
  g_autofree gint32 *ids = g_new (gint32, n);
  g_autofree float *probabilities = g_new (float, n);
  g_autofree float *attention
      = g_new (float, n *(gsize) lm->n_layers *(gsize) lm->n_heads *(gsize) self->model->config->n_query);
  g_autoptr (B2Trace) trace = b2_trace_new ();

  for (gsize i = 0; i < n; i++)
    {
      ids[i] = answer->tokens[i].id;
      probabilities[i] = answer->tokens[i].probability;
    }
  if (!lm->family->replay (self->lm_state, ids, (int) n, attention, watch, error))
    return FALSE;
  add_image_tensors (self, trace);
  b2_trace_add (trace, "lm.first_logits", first_logits, 1, (gint64[]){ lm->vocab_size });
  b2_trace_add (trace, "lm.attention", attention, 4,
                (gint64[]){ (gint64) n, lm->n_layers, lm->n_heads, self->model->config->n_query });
  b2_trace_add (trace, "lm.token_probabilities", probabilities, 1, (gint64[]){ (gint64) n });
  add_metadata (self, trace, prompt, options, answer);
  answer->trace = g_steal_pointer (&trace);
  return TRUE;
}

/* ---- generation ------------------------------------------------------------------------ */

static gboolean
prefill (B2Session *self, const GArray *ids, const B2DecodeOptions *options, float *logits,
         const B2Watch *watch, GError **error)
{
  const B2LmFamily *family = self->model->lm->family;
  B2LmImage image = { self->soft_prompt, self->self_kv };

  if (!self->lm_image_done)
    {
      if (!family->set_image (self->lm_state, &image, watch, error) || !b2_watch_check (watch, error))
        return FALSE;
      self->lm_image_done = TRUE;
    }
  return family->prompt (self->lm_state, (const gint32 *) (gpointer) ids->data, (int) ids->len,
                         options->n_beams, options->max_new_tokens, logits, watch, error)
         && b2_watch_check (watch, error);
}

static gboolean
check_can_generate (B2Session *self, GError **error)
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

  if (!check_can_generate (self, error) || !b2_decode_options_check (options, error))
    return NULL;
  b2_session_begin (self, watch);
  /* The next question on this picture finds it prepared. */
  self->preprocess_ms = 0;
  ids = b2_model_encode_prompt (model, prompt, options->max_new_tokens, error);
  if (ids == NULL || !b2_session_encode_for (self, prompt, watch, error))
    return NULL;
  timings.vision = self->vision_ms;
  timings.qformer = self->qformer_ms;

  phase = g_get_monotonic_time ();
  logits = g_new (float, model->lm->vocab_size);
  if (!prefill (self, ids, options, logits, watch, error))
    return NULL;
  timings.prefill = ms_since (phase);

  phase = g_get_monotonic_time ();
  seen = seen_prefix (model, ids);
  generation
      = b2_generation_new (self->lm_state, model->tokenizer, options, hooks, model->eos_ids, model->n_eos,
                           (const gint32 *) (gpointer) seen->data, (int) seen->len, logits, error);
  if (generation == NULL || !b2_generation_run (generation, error))
    return NULL;
  timings.decode = ms_since (phase);

  answer = make_answer (self, generation);
  answer->n_prompt_tokens = (int) ids->len;
  if (hooks != NULL && hooks->keep_trace && !make_trace (self, prompt, options, logits, watch, answer, error))
    return NULL;
  if (!b2_watch_check (watch, error))
    return NULL;
  timings.total = ms_since (start);
  answer->timings = timings;
  return g_steal_pointer (&answer);
}

void
b2_answer_free (B2Answer *self)
{
  if (self == NULL)
    return;
  g_free (self->text);
  g_free (self->text_raw);
  g_free (self->tokens);
  g_strfreev (self->pieces);
  g_clear_pointer (&self->trace, b2_trace_unref);
  g_free (self);
}
