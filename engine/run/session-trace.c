/* What of a session goes into a trace. */
#include "engine/run/session-trace.h"

#include <jansson.h>

#include "engine/run/trace.h"

char *
b2_tokens_json (const gint32 *ids, char **pieces, const float *probabilities, int n)
{
  json_t *list = json_array ();
  char *dump, *text;

  for (int i = 0; i < n; i++)
    {
      json_t *item = json_pack ("{s:i, s:s}", "id", ids[i], "text", pieces[i]);

      if (probabilities != NULL)
        json_object_set_new (item, "probability", json_real ((double) probabilities[i]));
      json_array_append_new (list, item);
    }
  dump = json_dumps (list, JSON_COMPACT | JSON_REAL_PRECISION (9));
  text = g_strdup (dump);
  json_decref (list);
  free (dump);
  return text;
}

static void
add_metadata (B2Session *self, B2Trace *trace)
{
  g_autofree char *name = g_path_get_basename (self->model->dir);
  g_autofree char *size = g_strdup_printf ("%d×%d", self->source_width_px, self->source_height_px);
  g_autofree char *intervention = b2_session_describe_intervention (self);
  /* A folder's name is bytes; metadata is UTF-8. */
  g_autofree char *utf8_name = g_utf8_make_valid (name, -1);

  b2_trace_set_metadata (trace, "model.fingerprint", self->model->fingerprint);
  b2_trace_set_metadata (trace, "model.name", utf8_name);
  if (self->model->config->lm.model_type[0] != '\0')
    b2_trace_set_metadata (trace, "lm.type", self->model->config->lm.model_type);
  b2_trace_set_metadata (trace, "image.sha256", self->image_sha256);
  b2_trace_set_metadata (trace, "image.size", size);
  if (intervention != NULL)
    b2_trace_set_metadata (trace, "intervention", intervention);
}

B2Trace *
b2_session_begin_trace_of_image (B2Session *self)
{
  B2Trace *trace = b2_trace_new ();

  b2_trace_add (trace, "pixel_values", b2_session_pixels (self), 3,
                (gint64[]){ 3, self->height_px, self->width_px });
  b2_trace_add (trace, "vision.last_hidden_state", b2_session_image (self)->features, 2,
                (gint64[]){ (gint64) self->n_image, self->model->config->vision.width });
  add_metadata (self, trace);
  return trace;
}

B2Trace *
b2_session_begin_trace (B2Session *self)
{
  const B2Qformer *q = self->model->qformer;
  const B2SessionQueries *queries = b2_session_queries (self);
  gint64 d = q->config.width, heads = q->config.n_heads, rows = queries->n_rows,
         n_image = (gint64) self->n_image;
  B2Trace *trace = b2_session_begin_trace_of_image (self);

  b2_trace_add (trace, "qformer.last_hidden_state", queries->out, 2, (gint64[]){ rows, d });
  b2_trace_add (trace, "qformer.cross_attentions", queries->cross_maps, 4,
                (gint64[]){ q->n_cross, heads, q->n_query, n_image });
  b2_trace_add (trace, "qformer.self_attentions", queries->self_maps, 4,
                (gint64[]){ q->config.n_layers, heads, rows, rows });
  if (self->model->projection.weight != NULL)
    b2_trace_add (trace, "language_projection",
                  self->lm_soft_prompt != NULL ? self->lm_soft_prompt : queries->soft_prompt, 2,
                  (gint64[]){ q->n_query, self->model->lm->width });
  return trace;
}

gsize
b2_session_attention_floats (B2Session *self, int n_tokens)
{
  const B2Lm *lm = self->model->lm;

  return (gsize) n_tokens * (gsize) lm->n_layers * (gsize) lm->n_heads * (gsize) self->model->config->n_query;
}

B2Trace *
b2_session_trace_text (B2Session *self, const B2TraceText *text)
{
  const B2Lm *lm = self->model->lm;
  B2Trace *trace = b2_session_begin_trace (self);
  g_autofree gint32 *ids = g_new (gint32, text->n);
  g_autofree float *probabilities = g_new (float, text->n);
  g_autofree char *tokens = NULL;

  for (int i = 0; i < text->n; i++)
    {
      ids[i] = text->tokens[i].id;
      probabilities[i] = text->tokens[i].probability;
    }
  tokens = b2_tokens_json (ids, text->pieces, probabilities, text->n);
  b2_trace_add (trace, "lm.first_logits", text->first_logits, 1, (gint64[]){ lm->vocab_size });
  b2_trace_add (trace, "lm.attention", text->attention, 4,
                (gint64[]){ text->n, lm->n_layers, lm->n_heads, self->model->config->n_query });
  b2_trace_add (trace, "lm.token_probabilities", probabilities, 1, (gint64[]){ text->n });
  b2_trace_set_metadata (trace, "prompt", text->prompt != NULL ? text->prompt : "");
  b2_trace_set_metadata (trace, "settings", text->settings);
  b2_trace_set_metadata (trace, "tokens", tokens);
  b2_trace_set_metadata (trace, "text", text->text);
  b2_session_trace_measures (self, text, trace);
  return trace;
}
