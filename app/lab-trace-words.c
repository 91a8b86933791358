#include <glib/gi18n.h>
#include <string.h>

#include "app/attention-map.h"
#include "app/lab-trace-store.h"

/* Adds the attention of @token, over the chosen layers and heads, to @weights. */
static void
add_token (const QlTraceData *d, int token, QlLmHead lm, double *weights)
{
  int first_layer = lm.layer < 0 ? 0 : lm.layer, last_layer = lm.layer < 0 ? d->n_lm_layers - 1 : lm.layer;
  int first_head = lm.head < 0 ? 0 : lm.head, last_head = lm.head < 0 ? d->n_lm_heads - 1 : lm.head;
  double part = 1.0 / ((last_layer - first_layer + 1) * (last_head - first_head + 1));

  for (int layer = first_layer; layer <= last_layer; layer++)
    for (int head = first_head; head <= last_head; head++)
      {
        gsize row
            = ((gsize) token * (gsize) d->n_lm_layers + (gsize) layer) * (gsize) d->n_lm_heads + (gsize) head;
        const float *in = d->lm + row * (gsize) d->n_queries;

        for (int q = 0; q < d->n_queries; q++)
          weights[q] += part * (double) in[q];
      }
}

/* Returns: the share; @weights sum to 1 */
static double
measure_word (QlTrace *self, int word, QlLmHead lm, double *weights)
{
  const QlTraceData *d = &self->data;
  const QlWord *of = &g_array_index (self->words, QlWord, word);
  double sum = 0;

  for (int q = 0; q < d->n_queries; q++)
    weights[q] = 0;
  for (int token = of->first_token; token <= of->last_token; token++)
    add_token (d, token, lm, weights);
  for (int q = 0; q < d->n_queries; q++)
    {
      weights[q] /= of->last_token - of->first_token + 1;
      sum += weights[q];
    }
  for (int q = 0; q < d->n_queries && sum > 0; q++)
    weights[q] /= sum;
  return sum;
}

/* The mean over all layers and heads is asked for again and again, and the most work. */
static const double *
mean_weights (QlTrace *self, int word)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  gsize stride = (gsize) self->data.n_queries + 1;

  if (self->word_weights == NULL)
    {
      self->word_weights = g_new (double, self->words->len *stride);
      for (guint i = 0; i < self->words->len; i++)
        {
          double *row = self->word_weights + i * stride;

          row[stride - 1] = measure_word (self, (int) i, QL_LM_MEAN, row);
        }
    }
  return self->word_weights + (gsize) word * stride;
}

double
ql_trace_get_word_weights (QlTrace *self, int word, QlLmHead lm, double *weights)
{
  const QlTraceData *d = &self->data;
  gsize n = (gsize) d->n_queries;
  const double *mean;

  memset (weights, 0, n * sizeof *weights);
  g_return_val_if_fail (word >= 0 && (guint) word < self->words->len, 0);
  if (d->lm == NULL)
    return 0;
  g_return_val_if_fail (lm.layer < d->n_lm_layers && lm.head < d->n_lm_heads, 0);
  if (lm.layer >= 0 || lm.head >= 0)
    return measure_word (self, word, lm, weights);
  mean = mean_weights (self, word);
  memcpy (weights, mean, n * sizeof *weights);
  return mean[n];
}

static int
compare_weights (const void *a, const void *b)
{
  const QlQueryWeight *x = a, *y = b;

  if (x->weight != y->weight)
    return x->weight > y->weight ? -1 : 1;
  return x->query - y->query;
}

GArray *
ql_trace_top_queries (QlTrace *self, int word, QlLmHead lm, int n)
{
  GArray *list = g_array_new (FALSE, FALSE, sizeof (QlQueryWeight));
  g_autofree double *weights = g_new (double, self->data.n_queries);

  if (ql_trace_get_word_weights (self, word, lm, weights) <= 0)
    return list;
  for (int q = 0; q < self->data.n_queries; q++)
    {
      QlQueryWeight weight = { q, weights[q] };

      g_array_append_val (list, weight);
    }
  g_array_sort (list, compare_weights);
  g_array_set_size (list, (guint) CLAMP (n, 0, (int) list->len));
  return list;
}

char *
ql_trace_describe_word (QlTrace *self, int word, QlLmHead lm)
{
  g_autoptr (GArray) top = ql_trace_top_queries (self, word, lm, 3);
  g_autofree double *weights = g_new (double, self->data.n_queries);
  g_autofree char *share = ql_percent_text (ql_trace_get_word_weights (self, word, lm, weights));
  const char *text = ql_trace_get_word_text (self, word);
  GString *list = g_string_new (NULL);
  char *sentence;

  for (guint i = 0; i < top->len; i++)
    {
      const QlQueryWeight *of = &g_array_index (top, QlQueryWeight, i);
      g_autofree char *weight = ql_percent_text (of->weight);

      /* Translators: between the entries of a list. */
      g_string_append (list, i > 0 ? _ (", ") : "");
      /* Translators: an entry of a list: a query's number and its share, as “12 (8 %)”. */
      g_string_append_printf (list, _ ("%d (%s)"), of->query, weight);
    }
  if (top->len == 0)
    /* Translators: %s is a word of an answer; the language model looked at no query for it. */
    sentence = g_strdup_printf (_ ("“%s”: no attention to the queries"), text);
  else
    /* Translators: a word of an answer; a list of queries with their shares; a share. */
    sentence = g_strdup_printf (_ ("“%s”: most from queries %s; %s of the attention went to the picture"),
                                text, list->str, share);
  g_string_free (list, TRUE);
  if (g_strcmp0 (b2_trace_metadata (self->trace, "lm.type"), "t5") == 0 && top->len > 0)
    {
      g_autofree char *plain = sentence;

      /* Translators: after the sentence that says which queries a word is from. */
      sentence = g_strdup_printf (_ ("%s (through T5’s encoder, which has mixed queries and question)"), plain);
    }
  return sentence;
}
