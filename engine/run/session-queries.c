/* What a query says: its output beside the others', beside the plain run's, and among the vocabulary. */
#include <math.h>

#include "engine/run/session.h"

#define MAX_NEAR 100
/* Rows of the vocabulary between two looks at the cancel flag. */
#define ROWS_PER_CHECK 1024

static double
norm (const float *x, gsize n)
{
  double sum = 0;

  for (gsize i = 0; i < n; i++)
    sum += (double) x[i] * (double) x[i];
  return sqrt (sum);
}

static float
cosine (const float *a, const float *b, gsize n)
{
  double length = norm (a, n) * norm (b, n), sum = 0;

  for (gsize i = 0; i < n; i++)
    sum += (double) a[i] * (double) b[i];
  return length > 0 ? (float) CLAMP (sum / length, -1.0, 1.0) : 0;
}

/* Returns: (transfer full): [n, n] */
static float *
similarities (const float *rows, gsize n, gsize width)
{
  float *out = g_new (float, n *n);

  for (gsize i = 0; i < n; i++)
    for (gsize j = 0; j <= i; j++)
      out[i * n + j] = out[j * n + i] = cosine (rows + i * width, rows + j * width, width);
  return out;
}

/* Lengths of the input embeddings' rows; 0 for those that no token of the tokenizer has. Once per session. */
static gboolean
measure_tokens (B2Session *self, const B2Linear *table, const B2Watch *watch, GError **error)
{
  gsize width = (gsize) table->n_in;
  g_autofree float *norms = NULL, *row = NULL;

  if (self->token_norms != NULL)
    return TRUE;
  norms = g_new (float, table->n_out);
  row = g_new (float, width);
  for (gint32 id = 0; id < table->n_out; id++)
    {
      if (id % ROWS_PER_CHECK == 0 && !b2_watch_check (watch, error))
        return FALSE;
      b2_linear_row (self->compute, table, id, row);
      norms[id] = b2_tokenizer_piece (self->model->tokenizer, id) != NULL ? (float) norm (row, width) : 0;
    }
  self->token_norms = g_steal_pointer (&norms);
  return TRUE;
}

/* The @n_near best of @dots [vocab], which are dot products with a row of length @length. */
static void
find_near (B2Session *self, const float *dots, gsize n_vocab, double length, int n_near, B2NearToken *out)
{
  int n = 0;

  for (int i = 0; i < n_near; i++)
    out[i] = (B2NearToken){ .id = -1 };
  for (gsize id = 0; id < n_vocab; id++)
    {
      double lengths = length * (double) self->token_norms[id];
      float value = lengths > 0 ? (float) CLAMP ((double) dots[id] / lengths, -1.0, 1.0) : 0;
      int at;

      if (!(self->token_norms[id] > 0) || (n == n_near && !(value > out[n - 1].cosine)))
        continue;
      n = MIN (n + 1, n_near);
      for (at = n - 1; at > 0 && value > out[at - 1].cosine; at--)
        out[at] = out[at - 1];
      out[at] = (B2NearToken){ (gint32) id, value };
    }
}

static gboolean
find_tokens (B2Session *self, const float *projected, const B2Linear *table, B2QueryReport *out,
             const B2Watch *watch, GError **error)
{
  gsize n = (gsize) out->n_query, width = (gsize) table->n_in, vocab = (gsize) table->n_out;
  g_autofree float *dots = g_try_new (float, n *vocab);

  if (dots == NULL)
    {
      g_set_error_literal (error, B2_ERROR, B2_ERROR_NO_MEMORY, "Not enough memory for the words' scores");
      return FALSE;
    }
  if (!measure_tokens (self, table, watch, error))
    return FALSE;
  b2_linear_forward (self->compute, table, projected, n, width, dots, vocab);
  if (!b2_watch_check (watch, error))
    return FALSE;
  out->near = g_new (B2NearToken, n * (gsize) out->n_near);
  for (gsize q = 0; q < n; q++)
    find_near (self, dots + q * vocab, vocab, norm (projected + q * width, width), out->n_near,
               out->near + q * (gsize) out->n_near);
  return TRUE;
}

static gboolean
compare_with_plain (B2Session *self, const char *prompt, B2QueryReport *out, const B2Watch *watch,
                    GError **error)
{
  gsize d = (gsize) self->model->qformer->config.width;
  const B2SessionQueries *queries = b2_session_queries (self);

  out->kept = g_new (float, out->n_query);
  if (!b2_session_encode_plain (self, prompt, watch, error))
    return FALSE;
  for (gsize q = 0; q < (gsize) out->n_query; q++)
    out->kept[q] = queries == &self->plain ? 1 : cosine (queries->out + q * d, self->plain.out + q * d, d);
  return TRUE;
}

static gboolean
look_at_projected (B2Session *self, B2QueryReport *out, const B2Watch *watch, GError **error)
{
  B2Model *model = self->model;
  const B2SessionQueries *queries = b2_session_queries (self);

  if (model->projection.weight == NULL)
    return TRUE;
  out->projected_similarity
      = similarities (queries->soft_prompt, (gsize) out->n_query, (gsize) model->lm->width);
  return out->n_near == 0
         || find_tokens (self, queries->soft_prompt, model->lm->family->embeddings (model->lm), out, watch,
                         error);
}

B2QueryReport *
b2_session_report_queries (B2Session *self, const char *prompt, int n_near, const B2Watch *watch,
                           GError **error)
{
  g_autoptr (B2QueryReport) out = NULL;

  if (n_near < 0 || n_near > MAX_NEAR)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_ARGUMENT, "%d nearest tokens; it must be from 0 to %d", n_near,
                   MAX_NEAR);
      return NULL;
    }
  b2_session_begin (self, watch);
  if (!b2_session_encode_for (self, prompt, watch, error))
    return NULL;
  out = g_new0 (B2QueryReport, 1);
  out->n_query = self->model->config->n_query;
  out->n_near = n_near;
  out->similarity = similarities (b2_session_queries (self)->out, (gsize) out->n_query,
                                  (gsize) self->model->qformer->config.width);
  if (!compare_with_plain (self, prompt, out, watch, error) || !look_at_projected (self, out, watch, error)
      || !b2_watch_check (watch, error))
    return NULL;
  return g_steal_pointer (&out);
}

void
b2_query_report_free (B2QueryReport *self)
{
  if (self == NULL)
    return;
  g_free (self->near);
  g_free (self->similarity);
  g_free (self->projected_similarity);
  g_free (self->kept);
  g_free (self);
}
