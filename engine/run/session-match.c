/* Image-text matching and contrast with a retrieval model (BLIP-2, arXiv:2301.12597 §3.2). */
#include "engine/run/match.h"

#include <math.h>
#include <string.h>

#include "engine/run/session-trace.h"
#include "engine/run/tokenize.h"
#include "engine/run/trace.h"

/* Below it torch's normalize does not divide. */
#define NORM_EPS 1e-12f

static void
normalise (float *x, gsize n)
{
  double sum = 0;
  float scale;

  for (gsize i = 0; i < n; i++)
    sum += (double) x[i] * (double) x[i];
  scale = 1.0f / MAX ((float) sqrt (sum), NORM_EPS);
  for (gsize i = 0; i < n; i++)
    x[i] *= scale;
}

/* ---- heads ------------------------------------------------------------------------- */

void
b2_match_cosines (B2Session *self, const float *queries, const float *text, float *out)
{
  const B2MatchHeads *heads = &self->model->heads;
  gsize d = (gsize) self->model->qformer->config.width, width = (gsize) heads->vision_projection.n_out;
  gsize n_query = (gsize) self->model->config->n_query;
  g_autofree float *projected = g_new (float, width), *image = g_new (float, n_query *width);

  b2_linear_forward (self->compute, &heads->text_projection, text, 1, d, projected, width);
  b2_linear_forward (self->compute, &heads->vision_projection, queries, n_query, d, image, width);
  normalise (projected, width);
  for (gsize q = 0; q < n_query; q++)
    {
      normalise (image + q * width, width);
      out[q] = self->compute->kernels->dot (image + q * width, projected, width);
    }
}

void
b2_match_best (B2Session *self, const float *cosines, float *best, int *query)
{
  *best = 0;
  *query = -1;
  for (int q = 0; q < self->model->config->n_query; q++)
    if (!self->edits->queries.set[q] && (*query < 0 || cosines[q] > *best))
      {
        *best = cosines[q];
        *query = q;
      }
}

void
b2_match_logits (B2Session *self, const float *queries, float *out)
{
  b2_linear_forward (self->compute, &self->model->heads.itm, queries, (gsize) self->model->config->n_query,
                     (gsize) self->model->qformer->config.width, out, 2);
}

void
b2_match_mean (B2Session *self, const float *logits, float mean[2], float *probability)
{
  double sum[2] = { 0, 0 };
  int n = 0;

  for (int q = 0; q < self->model->config->n_query; q++)
    if (!self->edits->queries.set[q])
      {
        sum[0] += logits[2 * q];
        sum[1] += logits[2 * q + 1];
        n++;
      }
  mean[0] = (float) (sum[0] / (double) MAX (n, 1));
  mean[1] = (float) (sum[1] / (double) MAX (n, 1));
  *probability = 1.0f / (1.0f + expf (mean[0] - mean[1]));
}

/* ---- passes -------------------------------------------------------------------------- */

/* The text alone against the queries alone; the best query counts. */
static gboolean
contrast (B2Session *self, const GArray *ids, B2MatchDetail *out, const B2Watch *watch, GError **error)
{
  gsize d = (gsize) self->model->qformer->config.width;
  g_autofree float *rows = g_new (float, ids->len *d);
  B2QformerPass pass = { .text_ids = (const gint32 *) (gpointer) ids->data,
                         .n_text = (int) ids->len,
                         .edit = b2_session_qformer_edit (self),
                         .out = rows };

  if (!b2_qformer_forward (self->model->qformer, self->compute, self->arena, &pass, watch, error))
    return FALSE;
  b2_match_cosines (self, b2_session_queries (self)->out, rows, out->itc);
  b2_match_best (self, out->itc, &out->match.itc, &out->match.itc_query);
  return TRUE;
}

/* The joint pass's outputs; the maps only where a trace is wanted. */
typedef struct
{
  float *rows; /* [rows, d] */
  float *cross_maps, *self_maps; /* (nullable): as in B2QformerPass */
} Joint;

/* Queries and text together; the head's logits averaged over the queries. */
static gboolean
match (B2Session *self, const GArray *ids, Joint *joint, B2MatchDetail *out, const B2Watch *watch,
       GError **error)
{
  B2QformerPass pass = { .with_queries = TRUE,
                         .text_ids = (const gint32 *) (gpointer) ids->data,
                         .n_text = (int) ids->len,
                         .image_kv = b2_session_image (self)->kv,
                         .n_image = self->n_image,
                         .edit = b2_session_qformer_edit (self),
                         .out = joint->rows,
                         .cross_maps = joint->cross_maps,
                         .self_maps = joint->self_maps };

  if (!b2_qformer_forward (self->model->qformer, self->compute, self->arena, &pass, watch, error))
    return FALSE;
  b2_match_logits (self, joint->rows, out->itm_logits);
  b2_match_mean (self, out->itm_logits, out->match.itm_logits, &out->match.itm);
  return TRUE;
}

static void
make_trace (B2Session *self, const char *text, const Joint *joint, B2MatchDetail *out)
{
  const B2Qformer *q = self->model->qformer;
  gint64 heads = q->config.n_heads, rows = q->n_query + out->tokens.n;
  g_autofree char *tokens = b2_tokens_json (out->tokens.ids, out->tokens.pieces, NULL, out->tokens.n);
  B2Trace *trace = b2_session_begin_trace (self);

  b2_trace_add (trace, "itm.last_hidden_state", joint->rows, 2, (gint64[]){ rows, q->config.width });
  b2_trace_add (trace, "itm.cross_attentions", joint->cross_maps, 4,
                (gint64[]){ q->n_cross, heads, q->n_query, (gint64) self->n_image });
  b2_trace_add (trace, "itm.self_attentions", joint->self_maps, 4,
                (gint64[]){ q->config.n_layers, heads, rows, rows });
  b2_trace_add (trace, "itc.similarities", out->itc, 1, (gint64[]){ q->n_query });
  b2_trace_add (trace, "itm.logits", out->itm_logits, 2, (gint64[]){ q->n_query, 2 });
  b2_trace_set_metadata (trace, "prompt", text);
  b2_trace_set_metadata (trace, "settings", "{\"match\":true}");
  b2_trace_set_metadata (trace, "tokens", tokens);
  b2_trace_set_metadata (trace, "text", "");
  out->trace = trace;
}

static gboolean
run_both (B2Session *self, const GArray *ids, const char *text, gboolean keep_trace, B2MatchDetail *out,
          const B2Watch *watch, GError **error)
{
  const B2Qformer *q = self->model->qformer;
  gsize heads = (gsize) q->config.n_heads, n_query = (gsize) q->n_query, n = n_query + ids->len;
  g_autofree float *rows = g_new (float, n *(gsize) q->config.width);
  g_autofree float *cross_maps
      = keep_trace ? g_new (float, (gsize) q->n_cross *heads *n_query * self->n_image) : NULL;
  g_autofree float *self_maps = keep_trace ? g_new (float, (gsize) q->config.n_layers *heads *n *n) : NULL;
  Joint joint = { rows, cross_maps, self_maps };

  if (!b2_session_encode_for (self, NULL, watch, error) || !contrast (self, ids, out, watch, error)
      || !match (self, ids, &joint, out, watch, error))
    return FALSE;
  if (keep_trace)
    make_trace (self, text, &joint, out);
  return b2_watch_check (watch, error);
}

/* ---- the calls ------------------------------------------------------------------------- */

B2MatchDetail *
b2_session_match_detail (B2Session *self, const char *text, gboolean keep_trace, const B2Watch *watch,
                         GError **error)
{
  g_autoptr (GArray) ids = b2_match_encode (self->model, text, FALSE, error);
  g_autoptr (B2MatchDetail) out = NULL;

  if (ids == NULL)
    return NULL;
  out = g_new0 (B2MatchDetail, 1);
  out->n_query = self->model->config->n_query;
  out->itc = g_new (float, out->n_query);
  out->itm_logits = g_new (float, 2 * out->n_query);
  b2_text_tokens_fill (&out->tokens, self->model->tokenizer, ids);
  b2_session_begin (self, watch);
  if (!run_both (self, ids, text, keep_trace, out, watch, error))
    return NULL;
  return g_steal_pointer (&out);
}

void
b2_match_detail_free (B2MatchDetail *self)
{
  if (self == NULL)
    return;
  g_free (self->itc);
  g_free (self->itm_logits);
  b2_text_tokens_clear (&self->tokens);
  g_clear_pointer (&self->trace, b2_trace_unref);
  g_free (self);
}

gboolean
b2_session_match (B2Session *self, const char *text, B2Match *out, const B2Watch *watch, GError **error)
{
  g_autoptr (B2MatchDetail) detail = b2_session_match_detail (self, text, FALSE, watch, error);

  memset (out, 0, sizeof *out);
  if (detail == NULL)
    return FALSE;
  *out = detail->match;
  return TRUE;
}
