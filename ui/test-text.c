#include "ui/test-text.h"

#include <glib/gi18n.h>
#include <math.h>

/* Smaller changes are none to people. */
#define LEAST_DELTA 0.005
#define MOST_TIMES 1e6

char *
ql_test_times_text (double delta)
{
  double times = exp (fabs (delta));
  int n_digits = times < 9.95 ? (times < 1.095 ? 2 : 1) : 0;

  if (fabs (delta) < LEAST_DELTA)
    return g_strdup (_ ("The answer is as likely as before."));
  if (times > MOST_TIMES)
    return g_strdup (delta < 0 ? _ ("The answer has become more than a million times less likely.")
                               : _ ("The answer has become more than a million times more likely."));
  if (delta < 0)
    return g_strdup_printf (_ ("The answer has become %.*f times less likely."), n_digits, times);
  return g_strdup_printf (_ ("The answer has become %.*f times more likely."), n_digits, times);
}

/* The word that changed most. -1: none did. */
static int
most_changed_word (QlLabTest *test, QlTrace *plain)
{
  double most = LEAST_DELTA;
  int best = -1;

  for (int i = 0; i < ql_trace_get_n_words (plain); i++)
    if (fabs (ql_lab_test_get_word_delta (test, i)) > most)
      {
        most = fabs (ql_lab_test_get_word_delta (test, i));
        best = i;
      }
  return best;
}

char *
ql_test_result_text (QlLabTest *test, QlTrace *plain)
{
  const QlScore *score = ql_lab_test_get_score (test), *before = ql_lab_test_get_plain (test);
  g_autofree char *times = NULL, *delta = NULL, *was = NULL, *is = NULL, *numbers = NULL, *word_delta = NULL;
  int word;

  if (score == NULL || before == NULL)
    return g_strdup ("");
  times = ql_test_times_text (score->sum - before->sum);
  delta = ql_delta_text (score->sum - before->sum);
  was = ql_log_p_text (before->sum);
  is = ql_log_p_text (score->sum);
  /* Translators: Δ log p is the change of the logarithm of a probability; then before and after. */
  numbers = g_strdup_printf (_ ("Δ log p %s (%s → %s)"), delta, was, is);
  word = most_changed_word (test, plain);
  if (word < 0)
    return g_strdup_printf ("%s\n%s", times, numbers);
  word_delta = ql_delta_text (ql_lab_test_get_word_delta (test, word));
  /* Translators: a sentence; numbers; the word of the answer that changed most and its number. */
  return g_strdup_printf (_ ("%s\n%s; most of all “%s”: %s"), times, numbers,
                          ql_trace_get_word_text (plain, word), word_delta);
}

static gboolean
mutes_queries (QlLabTest *test)
{
  QlIntervention *now = ql_lab_test_get_intervention (test);

  for (int q = 0; now != NULL && q < ql_intervention_get_sizes (now)->n_queries; q++)
    if (ql_intervention_has_query (now, q))
      return TRUE;
  return FALSE;
}

char *
ql_test_queries_text (QlLabTest *test)
{
  const QlScore *score = ql_lab_test_get_score (test);
  double sum = 0;
  int least = 0;

  if (score == NULL || score->n_queries == 0)
    return g_strdup ("");
  for (int q = 0; q < score->n_queries; q++)
    {
      sum += score->kept[q];
      if (score->kept[q] < score->kept[least])
        least = q;
    }
  if (score->kept[least] > 1 - 5e-4)
    return g_strdup (mutes_queries (test)
                         ? _ ("The queries’ outputs are as before, but those that are muted do "
                              "not reach the language model.")
                         : _ ("The queries’ outputs are as before."));
  /* Translators: cosines, 1 is unchanged, and a query's number. */
  return g_strdup_printf (
      _ ("Queries’ outputs, cosine with before: %.2f on average; query %d changed most: %.2f"),
      sum / score->n_queries, least, score->kept[least]);
}

char *
ql_test_brightest_text (QlLabTest *test)
{
  const QlBrightest *brightest = ql_lab_test_get_brightest (test);
  g_autofree char *delta = NULL, *mean = NULL, *least = NULL, *most = NULL;

  if (brightest == NULL)
    return g_strdup ("");
  delta = ql_delta_text (brightest->delta);
  mean = ql_delta_text (brightest->random.mean);
  least = ql_delta_text (brightest->random.least);
  most = ql_delta_text (brightest->random.most);
  /* Translators: numbers of patches, changes of a log-probability, and of how many draws they are. */
  return g_strdup_printf (
      _ ("The %d brightest patches dropped: Δ log p %s\n%d random ones: %s (%s to %s in %d "
         "draws)"),
      brightest->n, delta, brightest->n, mean, least, most, QL_LAB_TEST_DRAWS);
}

char *
ql_test_answer_text (QlLabTest *test, QlTrace *plain)
{
  const QlRewrite *rewrite = ql_lab_test_get_rewrite (test);

  if (rewrite == NULL)
    return g_strdup ("");
  if (g_str_equal (rewrite->answer->text, ql_trace_get_text (plain)))
    return g_strdup_printf (_ ("The model still writes: “%s”"), rewrite->answer->text);
  if (*rewrite->answer->text == '\0')
    return g_strdup_printf (_ ("Before: “%s”\nNow the model writes nothing."), ql_trace_get_text (plain));
  return g_strdup_printf (_ ("Before: “%s”\nNow: “%s”"), ql_trace_get_text (plain), rewrite->answer->text);
}

char *
ql_test_badge_text (QlLab *lab)
{
  QlTrace *trace = ql_lab_get_trace (lab);
  QlLabTest *test = ql_lab_get_test (lab);
  QlIntervention *now = ql_lab_test_get_intervention (test);
  g_autofree char *shown = trace != NULL ? ql_trace_describe_intervention (trace) : NULL;
  g_autofree char *changed = NULL;

  if (shown != NULL)
    /* Translators: what was changed in the run whose map is shown: "2 heads muted". */
    return g_strdup_printf (_ ("Changed run: %s"), shown);
  if (trace == NULL || now == NULL || ql_intervention_is_empty (now))
    return NULL;
  changed = ql_intervention_describe (now);
  /* Translators: what is changed, while the map is that of the run as it was. */
  return g_strdup_printf (_ ("%s; map of the plain run"), changed);
}
