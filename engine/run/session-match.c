/* Image-text matching and contrast with a retrieval model (BLIP-2, arXiv:2301.12597 §3.2). */
#include <math.h>
#include <string.h>

#include "engine/run/session.h"

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

static gboolean
run_pass (B2Session *self, const GArray *ids, gboolean with_queries, float *out, const B2Watch *watch,
          GError **error)
{
  B2QformerPass pass = {
    .with_queries = with_queries,
    .text_ids = (const gint32 *) (gpointer) ids->data,
    .n_text = (int) ids->len,
    .image_kv = self->image_kv,
    .n_image = self->n_image,
    .out = out,
  };

  return b2_qformer_forward (self->model->qformer, self->compute, self->arena, &pass, watch, error);
}

/* The text alone against the queries alone; the best query counts. */
static gboolean
contrast (B2Session *self, const GArray *ids, B2Match *out, const B2Watch *watch, GError **error)
{
  const B2MatchHeads *heads = &self->model->heads;
  gsize d = (gsize) self->model->qformer->config.width, width = (gsize) heads->vision_projection.n_out;
  gsize n_query = (gsize) self->model->config->n_query;
  g_autofree float *rows = g_new (float, ids->len *d);
  g_autofree float *text = g_new (float, width), *image = g_new (float, n_query *width);

  if (!run_pass (self, ids, FALSE, rows, watch, error))
    return FALSE;
  b2_linear_forward (self->compute, &heads->text_projection, rows, 1, d, text, width);
  b2_linear_forward (self->compute, &heads->vision_projection, self->qformer, n_query, d, image, width);
  normalise (text, width);
  out->itc = -INFINITY;
  for (gsize q = 0; q < n_query; q++)
    {
      float cosine;

      normalise (image + q * width, width);
      cosine = self->compute->kernels->dot (image + q * width, text, width);
      if (cosine > out->itc)
        {
          out->itc = cosine;
          out->itc_query = (int) q;
        }
    }
  return TRUE;
}

/* Queries and text together; the head's logits averaged over the queries. */
static gboolean
match (B2Session *self, const GArray *ids, B2Match *out, const B2Watch *watch, GError **error)
{
  gsize d = (gsize) self->model->qformer->config.width, n_query = (gsize) self->model->config->n_query;
  g_autofree float *rows = g_new (float, (n_query + ids->len) * d);
  g_autofree float *logits = g_new (float, n_query * 2);
  double sum[2] = { 0, 0 };

  if (!run_pass (self, ids, TRUE, rows, watch, error))
    return FALSE;
  b2_linear_forward (self->compute, &self->model->heads.itm, rows, n_query, d, logits, 2);
  for (gsize q = 0; q < n_query; q++)
    {
      sum[0] += logits[2 * q];
      sum[1] += logits[2 * q + 1];
    }
  out->itm_logits[0] = (float) (sum[0] / (double) n_query);
  out->itm_logits[1] = (float) (sum[1] / (double) n_query);
  out->itm = 1.0f / (1.0f + expf (out->itm_logits[0] - out->itm_logits[1]));
  return TRUE;
}

gboolean
b2_session_match (B2Session *self, const char *text, B2Match *out, const B2Watch *watch, GError **error)
{
  g_autoptr (GArray) ids = NULL;
  int limit = self->model->qformer->config.max_positions;

  memset (out, 0, sizeof *out);
  if (!(self->model->info.tasks & B2_TASK_MATCH))
    {
      g_set_error (
          error, B2_ERROR, B2_ERROR_UNSUPPORTED,
          "%s: this model writes texts; it has no heads to score one. Use a Blip2ForImageTextRetrieval model",
          self->model->dir);
      return FALSE;
    }
  ids = b2_tokenizer_encode (self->model->tokenizer, text, TRUE, error);
  if (ids == NULL)
    return FALSE;
  if ((int) ids->len > limit)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_LIMIT,
                   "The text has %u tokens, the Q-Former reads at most %d; shorten it", ids->len, limit);
      return FALSE;
    }
  b2_session_begin (self, watch);
  return b2_session_encode_for (self, NULL, watch, error) && contrast (self, ids, out, watch, error)
         && match (self, ids, out, watch, error) && b2_watch_check (watch, error);
}
