#include "app/lab-test-private.h"

#include "app/lab-private.h"
#include "app/turn-private.h"

/* What takes longer than a score and is done when it is asked for. */

/* ---- the trace of the changed run ------------------------------------------------------------ */

static gboolean
has_trace (QlLabTest *self)
{
  return self->changed != NULL && g_strcmp0 (self->changed_key, ql_intervention_get_key (self->now)) == 0;
}

QlTrace *
ql_lab_test_get_trace (QlLabTest *self, QlTrace *plain)
{
  const QlRewrite *rewrite;

  if (self->plain != plain || self->shown == QL_LAB_TEST_SHOW_PLAIN)
    return plain;
  if (self->shown == QL_LAB_TEST_SHOW_REWRITTEN)
    {
      rewrite = ql_lab_test_get_rewrite (self);
      return rewrite != NULL && rewrite->trace != NULL ? rewrite->trace : plain;
    }
  /* Until the newest is there, that of the last intervention, which says whose it is. */
  return self->changed != NULL ? self->changed : plain;
}

static void
traced_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (QlLabTest) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (QlTrace) trace = ql_engine_service_trace_finish (QL_ENGINE_SERVICE (source), result, &error);

  if (!ql_lab_request_end (&self->tracing, result))
    return;
  if (trace != NULL)
    {
      g_set_object (&self->changed, trace);
      g_free (self->changed_key);
      self->changed_key = g_steal_pointer (&self->tracing_key);
    }
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      ql_lab_test_take_error (self, g_steal_pointer (&error));
      self->shown = QL_LAB_TEST_SHOW_PLAIN;
      ql_lab_test_emit (self, QL_LAB_TEST_CHANGED_MODE | QL_LAB_TEST_CHANGED_SCORE);
    }
  g_clear_pointer (&self->tracing_key, g_free);
  ql_lab_test_trace_update (self);
}

void
ql_lab_test_trace_begin (QlLabTest *self)
{
  QlTraceRequest request;

  /* One at a time: what changes meanwhile is looked at afterwards. */
  if (self->shown == QL_LAB_TEST_SHOW_CHANGED && !has_trace (self) && self->tracing.cancellable == NULL
      && ql_lab_test_is_possible (self))
    {
      ql_lab_test_request (self, &request);
      request.intervention = self->now;
      self->tracing_key = g_strdup (ql_intervention_get_key (self->now));
      ql_engine_service_trace_async (self->engine, self->picture, &request,
                                     ql_lab_request_begin (&self->tracing), traced_cb, g_object_ref (self));
    }
}

void
ql_lab_test_trace_update (QlLabTest *self)
{
  if (self->lab == NULL || self->turn == NULL)
    return;
  ql_lab_test_trace_begin (self);
  ql_lab_look_again (self->lab);
}

/* ---- another answer --------------------------------------------------------------------------------- */

const QlRewrite *
ql_lab_test_get_rewrite (QlLabTest *self)
{
  return self->turn != NULL ? g_hash_table_lookup (self->rewrites, ql_intervention_get_key (self->now))
                            : NULL;
}

gboolean
ql_lab_test_is_asking (QlLabTest *self)
{
  return self->asking.cancellable != NULL;
}

static void
asking_fraction_cb (double fraction, gpointer data)
{
  QlLabTest *self = data;

  if (self->asking.cancellable == NULL)
    return;
  self->asking.fraction = fraction;
  ql_lab_test_emit (self, QL_LAB_TEST_CHANGED_ANSWER);
}

static void
rewritten_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (QlLabTest) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (QlRewrite) rewrite
      = ql_engine_service_rewrite_finish (QL_ENGINE_SERVICE (source), result, &error);

  if (!ql_lab_request_end (&self->asking, result))
    return;
  if (rewrite != NULL)
    g_hash_table_replace (self->rewrites, g_steal_pointer (&self->asking_key), g_steal_pointer (&rewrite));
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    ql_lab_test_take_error (self, g_steal_pointer (&error));
  g_clear_pointer (&self->asking_key, g_free);
  ql_lab_test_emit (self, QL_LAB_TEST_CHANGED_ANSWER);
}

void
ql_lab_test_ask_again (QlLabTest *self)
{
  QlTraceRequest request;

  if (!ql_lab_test_is_possible (self) || ql_lab_test_is_asking (self))
    return;
  ql_lab_test_request (self, &request);
  request.tokens = NULL;
  self->asking_key = g_strdup (ql_intervention_get_key (self->now));
  g_clear_error (&self->error);
  ql_engine_service_rewrite_async (self->engine, self->picture, &request, ql_turn_get_style (self->turn),
                                   self->now, ql_lab_request_begin (&self->asking), asking_fraction_cb, self,
                                   rewritten_cb, g_object_ref (self));
  ql_lab_test_emit (self, QL_LAB_TEST_CHANGED_ANSWER);
}

/* ---- the brightest patches ------------------------------------------------------------------------------ */

/* What is changed besides patches. */
static QlIntervention *
make_base (QlLabTest *self)
{
  return ql_intervention_with_patches (self->now, NULL, 0);
}

const QlBrightest *
ql_lab_test_get_brightest (QlLabTest *self)
{
  g_autoptr (QlIntervention) base = NULL;

  if (self->turn == NULL || self->brightest.map == NULL)
    return NULL;
  base = make_base (self);
  return g_strcmp0 (self->brightest_base, ql_intervention_get_key (base)) == 0 ? &self->brightest : NULL;
}

gboolean
ql_lab_test_is_comparing (QlLabTest *self)
{
  return self->comparing.cancellable != NULL;
}

/* @scores: the base, the brightest patches, the draws */
static void
take_comparison (QlLabTest *self, GPtrArray *scores)
{
  const QlScore *base = scores->pdata[0], *brightest = scores->pdata[1];
  QlCurveSpread *random = &self->brightest.random;

  g_clear_pointer (&self->brightest.map, ql_map_unref);
  self->brightest.map = g_steal_pointer (&self->comparing_map);
  self->brightest.n = self->comparing_n;
  self->brightest.delta = brightest->sum - base->sum;
  *random = (QlCurveSpread){ 0, G_MAXDOUBLE, -G_MAXDOUBLE };
  for (guint i = 2; i < scores->len; i++)
    {
      double delta = ((const QlScore *) scores->pdata[i])->sum - base->sum;

      random->mean += delta / QL_LAB_TEST_DRAWS;
      random->least = MIN (random->least, delta);
      random->most = MAX (random->most, delta);
    }
}

static void
comparing_fraction_cb (double fraction, gpointer data)
{
  QlLabTest *self = data;

  if (self->comparing.cancellable == NULL)
    return;
  self->comparing.fraction = fraction;
  ql_lab_test_emit (self, QL_LAB_TEST_CHANGED_BRIGHTEST);
}

static void
compared_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (QlLabTest) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) scores = ql_engine_service_score_finish (QL_ENGINE_SERVICE (source), result, &error);

  if (!ql_lab_request_end (&self->comparing, result))
    return;
  if (scores != NULL)
    take_comparison (self, scores);
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    ql_lab_test_take_error (self, g_steal_pointer (&error));
  g_clear_pointer (&self->comparing_map, ql_map_unref);
  ql_lab_test_emit (self, QL_LAB_TEST_CHANGED_BRIGHTEST);
}

void
ql_lab_test_drop_brightest (QlLabTest *self, QlMap *map, int n)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func ((GDestroyNotify) ql_intervention_unref);
  g_autoptr (QlIntervention) base = NULL;
  QlTraceRequest request;

  if (!ql_lab_test_is_possible (self))
    return;
  n = CLAMP (n, 1, ql_map_get_columns (map) * ql_map_get_rows (map));
  base = make_base (self);
  g_ptr_array_add (all, ql_intervention_ref (base));
  for (int draw = -1; draw < QL_LAB_TEST_DRAWS; draw++)
    {
      g_autofree int *order = ql_curve_order (map, draw);

      g_ptr_array_add (all, ql_intervention_with_patches (base, order, n));
    }
  ql_lab_test_set_intervention (self, all->pdata[1]);
  g_clear_pointer (&self->comparing_map, ql_map_unref);
  self->comparing_map = ql_map_ref (map);
  self->comparing_n = n;
  g_free (self->brightest_base);
  self->brightest_base = g_strdup (ql_intervention_get_key (base));
  g_clear_pointer (&self->brightest.map, ql_map_unref);
  ql_lab_test_request (self, &request);
  ql_engine_service_score_async (self->engine, self->picture, &request, all,
                                 ql_lab_request_begin (&self->comparing), comparing_fraction_cb, self,
                                 compared_cb, g_object_ref (self));
  ql_lab_test_emit (self, QL_LAB_TEST_CHANGED_BRIGHTEST);
}

/* ---- faithfulness ------------------------------------------------------------------------------------------ */

static void
curve_fraction_cb (double fraction, gpointer data)
{
  QlLabTest *self = data;

  if (self->curving.cancellable == NULL)
    return;
  self->curving.fraction = fraction;
  ql_lab_test_emit (self, QL_LAB_TEST_CHANGED_CURVE);
}

static void
curve_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (QlLabTest) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (QlCurve) curve = ql_engine_service_curve_finish (QL_ENGINE_SERVICE (source), result, &error);

  if (!ql_lab_request_end (&self->curving, result))
    return;
  g_clear_pointer (&self->curve_map, ql_map_unref);
  if (curve != NULL)
    {
      g_clear_pointer (&self->curve, ql_curve_unref);
      self->curve = g_steal_pointer (&curve);
    }
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    self->curve_error = g_steal_pointer (&error);
  ql_lab_test_emit (self, QL_LAB_TEST_CHANGED_CURVE);
}

void
ql_lab_test_start_curve (QlLabTest *self, QlMap *map, const QlCurveOptions *options)
{
  g_autoptr (QlIntervention) base = NULL;
  QlTraceRequest request;

  if (!ql_lab_test_is_possible (self))
    return;
  base = make_base (self);
  g_clear_error (&self->curve_error);
  g_clear_pointer (&self->curve, ql_curve_unref);
  g_clear_pointer (&self->curve_map, ql_map_unref);
  self->curve_map = ql_map_ref (map);
  ql_lab_test_request (self, &request);
  ql_engine_service_curve_async (self->engine, self->picture, &request, map, base, options,
                                 ql_lab_request_begin (&self->curving), curve_fraction_cb, self, curve_cb,
                                 g_object_ref (self));
  ql_lab_test_emit (self, QL_LAB_TEST_CHANGED_CURVE);
}

void
ql_lab_test_stop_curve (QlLabTest *self)
{
  if (self->curving.cancellable == NULL)
    return;
  ql_lab_request_stop (&self->curving);
  g_clear_pointer (&self->curve_map, ql_map_unref);
  ql_lab_test_emit (self, QL_LAB_TEST_CHANGED_CURVE);
}

QlMap *
ql_lab_test_get_curve_map (QlLabTest *self)
{
  return self->curve_map;
}

double
ql_lab_test_get_curve_fraction (QlLabTest *self)
{
  return self->curving.fraction;
}

QlCurve *
ql_lab_test_get_curve (QlLabTest *self)
{
  return self->curve;
}

const GError *
ql_lab_test_get_curve_error (QlLabTest *self)
{
  return self->curve_error;
}

/* ---- ending it --------------------------------------------------------------------------------------------------- */

void
ql_lab_test_ask_stop (QlLabTest *self)
{
  ql_lab_request_stop (&self->asking);
  g_clear_pointer (&self->asking_key, g_free);
  ql_lab_request_stop (&self->comparing);
  g_clear_pointer (&self->comparing_map, ql_map_unref);
}

void
ql_lab_test_ask_clear (QlLabTest *self)
{
  ql_lab_test_ask_stop (self);
  ql_lab_request_stop (&self->tracing);
  g_clear_pointer (&self->tracing_key, g_free);
  g_clear_object (&self->changed);
  g_clear_pointer (&self->changed_key, g_free);
  g_hash_table_remove_all (self->rewrites);
  g_clear_pointer (&self->brightest.map, ql_map_unref);
  g_clear_pointer (&self->brightest_base, g_free);
  ql_lab_request_stop (&self->curving);
  g_clear_pointer (&self->curve_map, ql_map_unref);
  g_clear_pointer (&self->curve, ql_curve_unref);
  g_clear_error (&self->curve_error);
}
