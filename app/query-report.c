#include <string.h>

#include "app/engine-lab-private.h"

struct QlQueryReport
{
  gatomicrefcount ref_count;
  int n_queries, n_near;
  QlNearToken *near; /* nullable: [n_queries, n_near] */
  double *similarity[2]; /* by QlSimilarity: nullable: [n_queries, n_queries] */
};

static double *
to_doubles (const float *values, int n)
{
  double *out;

  if (values == NULL)
    return NULL;
  out = g_new (double, n);
  for (int i = 0; i < n; i++)
    out[i] = (double) values[i];
  return out;
}

QlQueryReport *
ql_query_report_new (B2Model *model, const B2QueryReport *report)
{
  QlQueryReport *self = g_new0 (QlQueryReport, 1);
  int n = report->n_query;

  g_atomic_ref_count_init (&self->ref_count);
  self->n_queries = n;
  self->n_near = report->n_near;
  self->similarity[QL_SIMILARITY_OUTPUT] = to_doubles (report->similarity, n * n);
  self->similarity[QL_SIMILARITY_PROJECTED] = to_doubles (report->projected_similarity, n * n);
  if (report->near == NULL)
    return self;
  self->near = g_new0 (QlNearToken, n * report->n_near);
  for (int i = 0; i < n * report->n_near; i++)
    if (report->near[i].id >= 0)
      {
        g_autofree char *text = b2_model_token_text (model, report->near[i].id);

        self->near[i].text = g_utf8_make_valid (g_strstrip (text), -1);
        self->near[i].cosine = (double) report->near[i].cosine;
      }
  return self;
}

QlQueryReport *
ql_query_report_ref (QlQueryReport *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
ql_query_report_unref (QlQueryReport *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  for (int i = 0; self->near != NULL && i < self->n_queries * self->n_near; i++)
    g_free (self->near[i].text);
  g_free (self->near);
  g_free (self->similarity[0]);
  g_free (self->similarity[1]);
  g_free (self);
}

int
ql_query_report_get_n_queries (QlQueryReport *self)
{
  return self->n_queries;
}

const QlNearToken *
ql_query_report_get_near (QlQueryReport *self, int query, int *n_near)
{
  const QlNearToken *row;

  g_return_val_if_fail (query >= 0 && query < self->n_queries, NULL);
  *n_near = 0;
  if (self->near == NULL)
    return NULL;
  row = self->near + (gsize) query * (gsize) self->n_near;
  while (*n_near < self->n_near && row[*n_near].text != NULL)
    ++*n_near;
  return row;
}

gboolean
ql_query_report_has (QlQueryReport *self, QlSimilarity which)
{
  return self->similarity[which] != NULL;
}

double
ql_query_report_get_similarity (QlQueryReport *self, QlSimilarity which, int a, int b)
{
  g_return_val_if_fail (a >= 0 && a < self->n_queries && b >= 0 && b < self->n_queries, 0);
  return self->similarity[which] != NULL ? self->similarity[which][a * self->n_queries + b] : 0;
}

int
ql_query_report_get_likest (QlQueryReport *self, QlSimilarity which, int query)
{
  int best = -1;

  for (int i = 0; i < self->n_queries; i++)
    if (i != query
        && (best < 0
            || ql_query_report_get_similarity (self, which, query, i)
                   > ql_query_report_get_similarity (self, which, query, best)))
      best = i;
  return best;
}
