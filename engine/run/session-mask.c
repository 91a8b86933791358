/* The Q-Former over queries and text under any mask (Figure 2 of BLIP-2, arXiv:2301.12597, and all others). */
#include "engine/models/lm-itg.h"
#include "engine/run/match.h"
#include "engine/run/session-trace.h"
#include "engine/run/tokenize.h"
#include "engine/run/trace.h"

void
b2_mask_fill (B2MaskPreset preset, int n_query, int n_text, guint8 *cells)
{
  int n = n_query + n_text;

  for (int row = 0; row < n; row++)
    for (int column = 0; column < n; column++)
      {
        gboolean from_text = row >= n_query, of_text = column >= n_query, seen = TRUE;

        if (preset == B2_MASK_ITC)
          seen = from_text == of_text;
        else if (preset == B2_MASK_ITG)
          seen = !of_text || (from_text && column <= row);
        cells[row * n + column] = seen ? 1 : 0;
      }
}

GArray *
b2_match_encode (B2Model *self, const char *text, gboolean written, GError **error)
{
  int limit = self->qformer->config.max_positions;
  g_autoptr (GArray) ids = NULL;

  if (!(self->info.tasks & B2_TASK_MATCH))
    {
      g_set_error (
          error, B2_ERROR, B2_ERROR_UNSUPPORTED,
          "%s: this model writes texts; it has no heads to score one. Use a Blip2ForImageTextRetrieval model",
          self->dir);
      return NULL;
    }
  if (written && self->lm == NULL)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_UNSUPPORTED, "%s: this model has no head to write a text with",
                   self->dir);
      return NULL;
    }
  ids = b2_tokenizer_encode (self->tokenizer, text, TRUE, error);
  if (ids == NULL)
    return NULL;
  if ((int) ids->len > limit)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_LIMIT,
                   "The text has %u tokens, the Q-Former reads at most %d; shorten it", ids->len, limit);
      return NULL;
    }
  if (ids->len < 1)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_ARGUMENT, "%s: the tokenizer makes no token of the text",
                   self->dir);
      return NULL;
    }
  if (written)
    g_array_index (ids, gint32, 0) = self->lm->bos_id;
  return g_steal_pointer (&ids);
}

gboolean
b2_model_text_rows (B2Model *self, const char *text, gboolean written, B2TextTokens *out, GError **error)
{
  g_autoptr (GArray) ids = b2_match_encode (self, text, written, error);

  if (ids == NULL)
    return FALSE;
  b2_text_tokens_fill (out, self->tokenizer, ids);
  return TRUE;
}

/* ---- running --------------------------------------------------------------------------- */

static gboolean
score (B2Session *self, const GArray *ids, const float *rows, B2MaskRun *out, const B2Watch *watch,
       GError **error)
{
  gsize d = (gsize) self->model->qformer->config.width;
  const float *text = rows + (gsize) out->n_query * d;
  g_autofree float *logits = g_new (float, 2 * out->n_query);

  b2_match_logits (self, rows, logits);
  b2_match_mean (self, logits, out->itm_logits, &out->itm);
  b2_match_cosines (self, rows, text, out->itc);
  b2_match_best (self, out->itc, &out->itc_best, &out->itc_query);
  if (self->model->lm == NULL || ids->len < 2)
    return TRUE;
  out->log_probs = g_new (double, ids->len - 1);
  if (!b2_lm_itg_score (self->model->lm, self->compute, text, &g_array_index (ids, gint32, 1),
                        (int) ids->len - 1, out->log_probs, watch, error))
    return FALSE;
  for (guint i = 0; i + 1 < ids->len; i++)
    out->sum += out->log_probs[i];
  return TRUE;
}

static void
make_trace (B2Session *self, const char *text, const GArray *ids, const B2QformerPass *pass, B2MaskRun *out)
{
  const B2Qformer *q = self->model->qformer;
  gint64 heads = q->config.n_heads, rows = q->n_query + pass->n_text;
  g_autofree float *cells = g_new (float, rows *rows);
  B2TextTokens tokens;
  g_autofree char *json = NULL;
  B2Trace *trace = b2_session_begin_trace_of_image (self);

  for (gint64 i = 0; i < rows * rows; i++)
    cells[i] = pass->cells[i] ? 1 : 0;
  b2_trace_add (trace, "qformer.last_hidden_state", pass->out, 2, (gint64[]){ rows, q->config.width });
  b2_trace_add (trace, "qformer.cross_attentions", pass->cross_maps, 4,
                (gint64[]){ q->n_cross, heads, q->n_query, (gint64) self->n_image });
  b2_trace_add (trace, "qformer.self_attentions", pass->self_maps, 4,
                (gint64[]){ q->config.n_layers, heads, rows, rows });
  b2_trace_add (trace, "itc.similarities", out->itc, 1, (gint64[]){ q->n_query });
  b2_trace_add (trace, "mask", cells, 2, (gint64[]){ rows, rows });
  b2_text_tokens_fill (&tokens, self->model->tokenizer, ids);
  json = b2_tokens_json (tokens.ids, tokens.pieces, NULL, tokens.n);
  b2_trace_set_metadata (trace, "prompt", text);
  b2_trace_set_metadata (trace, "settings", "{\"mask\":true}");
  b2_trace_set_metadata (trace, "tokens", json);
  b2_trace_set_metadata (trace, "text", "");
  b2_text_tokens_clear (&tokens);
  out->trace = trace;
}

static gboolean
run (B2Session *self, const char *text, const GArray *ids, const guint8 *cells, gboolean keep_trace,
     B2MaskRun *out, const B2Watch *watch, GError **error)
{
  const B2Qformer *q = self->model->qformer;
  gsize heads = (gsize) q->config.n_heads, n_query = (gsize) q->n_query, n = n_query + ids->len;
  g_autofree float *rows = g_new (float, n *(gsize) q->config.width);
  g_autofree float *cross_maps
      = keep_trace ? g_new (float, (gsize) q->n_cross *heads *n_query * self->n_image) : NULL;
  g_autofree float *self_maps = keep_trace ? g_new (float, (gsize) q->config.n_layers *heads *n *n) : NULL;
  B2QformerPass pass = { .with_queries = TRUE,
                         .text_ids = (const gint32 *) (gpointer) ids->data,
                         .n_text = (int) ids->len,
                         .cells = cells,
                         .image_kv = b2_session_image (self)->kv,
                         .n_image = self->n_image,
                         .edit = b2_session_qformer_edit (self),
                         .out = rows,
                         .cross_maps = cross_maps,
                         .self_maps = self_maps };

  if (!b2_qformer_forward (self->model->qformer, self->compute, self->arena, &pass, watch, error)
      || !score (self, ids, rows, out, watch, error))
    return FALSE;
  if (keep_trace)
    make_trace (self, text, ids, &pass, out);
  return b2_watch_check (watch, error);
}

B2MaskRun *
b2_session_run_masked (B2Session *self, const char *text, gboolean written, const guint8 *cells, int n_rows,
                       gboolean keep_trace, const B2Watch *watch, GError **error)
{
  g_autoptr (GArray) ids = b2_match_encode (self->model, text, written, error);
  g_autoptr (B2MaskRun) out = NULL;
  int n_query = self->model->config->n_query;

  if (ids == NULL)
    return NULL;
  if (n_rows != n_query + (int) ids->len)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_ARGUMENT,
                   "A mask of %d rows; there are %d queries and %u tokens of text", n_rows, n_query,
                   ids->len);
      return NULL;
    }
  out = g_new0 (B2MaskRun, 1);
  out->n_query = n_query;
  out->n_text = (int) ids->len;
  out->itc = g_new (float, n_query);
  b2_session_begin (self, watch);
  if (!b2_session_encode_image (self, watch, error)
      || !run (self, text, ids, cells, keep_trace, out, watch, error))
    return NULL;
  return g_steal_pointer (&out);
}

void
b2_mask_run_free (B2MaskRun *self)
{
  if (self == NULL)
    return;
  g_free (self->itc);
  g_free (self->log_probs);
  g_clear_pointer (&self->trace, b2_trace_unref);
  g_free (self);
}
