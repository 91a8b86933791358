#include "app/lab-test-private.h"

#include <math.h>

/* What the model thinks of the answer now. */

/* A reading that would last longer is stopped for a newer one; a shorter one is not, or brushing would end none. */
#define PATIENCE_MS 250
/* Each has a few hundred numbers. */
#define MOST_KEPT 500

static const char *
plain_key (QlLabTest *self)
{
  g_autoptr (QlIntervention) none = ql_intervention_new (ql_intervention_get_sizes (self->now));

  return g_intern_string (ql_intervention_get_key (none));
}

static const QlScore *
find (QlLabTest *self, const char *key)
{
  return g_hash_table_lookup (self->scores, key);
}

const QlScore *
ql_lab_test_get_plain (QlLabTest *self)
{
  return self->turn != NULL ? find (self, plain_key (self)) : NULL;
}

const QlScore *
ql_lab_test_get_score (QlLabTest *self)
{
  return self->turn != NULL && ql_lab_test_get_plain (self) != NULL
             ? find (self, ql_intervention_get_key (self->now))
             : NULL;
}

double
ql_lab_test_get_delta (QlLabTest *self)
{
  const QlScore *score = ql_lab_test_get_score (self), *plain = ql_lab_test_get_plain (self);

  return score != NULL && plain != NULL ? score->sum - plain->sum : NAN;
}

double
ql_lab_test_get_word_delta (QlLabTest *self, int index)
{
  const QlScore *score = ql_lab_test_get_score (self), *plain = ql_lab_test_get_plain (self);
  const QlWord *word;
  double delta = 0;

  if (score == NULL || plain == NULL || index < 0 || index >= ql_trace_get_n_words (self->plain))
    return NAN;
  word = ql_trace_get_word (self->plain, index);
  for (int i = MAX (word->first_token, 0); i <= word->last_token && i < score->n_tokens; i++)
    delta += score->log_probs[i] - plain->log_probs[i];
  return delta;
}

QlLabTestState
ql_lab_test_get_state (QlLabTest *self)
{
  if (!ql_lab_test_is_possible (self))
    return QL_LAB_TEST_IMPOSSIBLE;
  if (ql_intervention_is_empty (self->now))
    return QL_LAB_TEST_PLAIN;
  if (ql_lab_test_get_score (self) != NULL)
    return QL_LAB_TEST_READY;
  if (g_strcmp0 (self->given_up, ql_intervention_get_key (self->now)) == 0)
    return self->error != NULL ? QL_LAB_TEST_FAILED : QL_LAB_TEST_STOPPED;
  return QL_LAB_TEST_WORKING;
}

double
ql_lab_test_get_fraction (QlLabTest *self)
{
  if (self->scoring.cancellable != NULL)
    return self->scoring.fraction;
  return self->asking.cancellable != NULL ? self->asking.fraction : self->comparing.fraction;
}

const GError *
ql_lab_test_get_error (QlLabTest *self)
{
  return self->error;
}

void
ql_lab_test_take_error (QlLabTest *self, GError *error)
{
  g_clear_error (&self->error);
  self->error = error;
}

/* ---- working ---------------------------------------------------------------------------- */

static void
fraction_cb (double fraction, gpointer data)
{
  QlLabTest *self = data;

  /* A reading that is not the newest any more tells its last. */
  if (self->scoring.cancellable == NULL)
    return;
  self->scoring.fraction = fraction;
  ql_lab_test_emit (self, QL_LAB_TEST_CHANGED_SCORE);
}

static void
scored_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (QlLabTest) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) scores = ql_engine_service_score_finish (QL_ENGINE_SERVICE (source), result, &error);
  g_autoptr (GPtrArray) scored = NULL;

  if (!ql_lab_request_end (&self->scoring, result))
    return;
  g_clear_handle_id (&self->impatience, g_source_remove);
  scored = g_steal_pointer (&self->scored);
  if (scores != NULL)
    {
      if (g_hash_table_size (self->scores) > MOST_KEPT)
        g_hash_table_remove_all (self->scores);
      for (guint i = 0; i < scores->len; i++)
        g_hash_table_replace (self->scores, g_strdup (ql_intervention_get_key (scored->pdata[i])),
                              g_steal_pointer (&scores->pdata[i]));
    }
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_free (self->given_up);
      self->given_up = g_strdup (ql_intervention_get_key (scored->pdata[scored->len - 1]));
      ql_lab_test_take_error (self, g_steal_pointer (&error));
    }
  ql_lab_test_score_update (self);
  ql_lab_test_emit (self, QL_LAB_TEST_CHANGED_SCORE);
}

static void
start (QlLabTest *self)
{
  QlTraceRequest request;

  g_clear_pointer (&self->scored, g_ptr_array_unref);
  self->scored = g_ptr_array_new_with_free_func ((GDestroyNotify) ql_intervention_unref);
  if (find (self, plain_key (self)) == NULL)
    g_ptr_array_add (self->scored, ql_intervention_new (ql_intervention_get_sizes (self->now)));
  g_ptr_array_add (self->scored, ql_intervention_ref (self->now));
  self->scoring_since_us = g_get_monotonic_time ();
  ql_lab_test_request (self, &request);
  ql_engine_service_score_async (self->engine, self->picture, &request, self->scored,
                                 ql_lab_request_begin (&self->scoring), fraction_cb, self, scored_cb,
                                 g_object_ref (self));
}

static gboolean
impatient_cb (gpointer data)
{
  QlLabTest *self = data;

  self->impatience = 0;
  /* It ends in scored_cb(), which begins the newest. */
  if (self->scoring.cancellable != NULL)
    g_cancellable_cancel (self->scoring.cancellable);
  return G_SOURCE_REMOVE;
}

static gboolean
is_being_scored (QlLabTest *self)
{
  const QlIntervention *last = self->scored->pdata[self->scored->len - 1];

  return g_str_equal (ql_intervention_get_key (last), ql_intervention_get_key (self->now));
}

void
ql_lab_test_score_update (QlLabTest *self)
{
  if (ql_lab_test_get_state (self) != QL_LAB_TEST_WORKING)
    return;
  if (self->scoring.cancellable == NULL)
    start (self);
  else if (is_being_scored (self))
    g_clear_handle_id (&self->impatience, g_source_remove);
  else if (self->impatience == 0)
    {
      gint64 spent_ms = (g_get_monotonic_time () - self->scoring_since_us) / 1000;

      self->impatience
          = g_timeout_add ((guint) CLAMP (PATIENCE_MS - spent_ms, 0, PATIENCE_MS), impatient_cb, self);
    }
}

void
ql_lab_test_score_clear (QlLabTest *self)
{
  g_clear_handle_id (&self->impatience, g_source_remove);
  ql_lab_request_stop (&self->scoring);
  g_clear_pointer (&self->scored, g_ptr_array_unref);
  g_hash_table_remove_all (self->scores);
  g_clear_pointer (&self->given_up, g_free);
  g_clear_error (&self->error);
}

void
ql_lab_test_stop (QlLabTest *self)
{
  if (ql_lab_test_get_state (self) == QL_LAB_TEST_WORKING)
    {
      g_clear_handle_id (&self->impatience, g_source_remove);
      ql_lab_request_stop (&self->scoring);
      g_clear_error (&self->error);
      g_free (self->given_up);
      self->given_up = g_strdup (ql_intervention_get_key (self->now));
    }
  ql_lab_test_ask_stop (self);
  ql_lab_test_emit (self,
                    QL_LAB_TEST_CHANGED_SCORE | QL_LAB_TEST_CHANGED_ANSWER | QL_LAB_TEST_CHANGED_BRIGHTEST);
}

void
ql_lab_test_try_again (QlLabTest *self)
{
  g_clear_pointer (&self->given_up, g_free);
  g_clear_error (&self->error);
  ql_lab_test_score_update (self);
  ql_lab_test_emit (self, QL_LAB_TEST_CHANGED_SCORE);
}
