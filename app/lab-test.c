#include "app/lab-test-private.h"

#include "app/lab-private.h"
#include "app/turn-private.h"

#define MOST_UNDO 200

enum
{
  CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (QlLabTest, ql_lab_test, G_TYPE_OBJECT)

void
ql_lab_test_emit (QlLabTest *self, QlLabTestChange change)
{
  g_signal_emit (self, signals[CHANGED], 0, (guint) change);
}

static void
ql_lab_test_dispose (GObject *object)
{
  QlLabTest *self = QL_LAB_TEST (object);

  ql_lab_test_close (self);
  g_clear_pointer (&self->now, ql_intervention_unref);
  g_clear_object (&self->engine);
  G_OBJECT_CLASS (ql_lab_test_parent_class)->dispose (object);
}

static void
ql_lab_test_finalize (GObject *object)
{
  QlLabTest *self = QL_LAB_TEST (object);

  g_ptr_array_unref (self->undo);
  g_ptr_array_unref (self->redo);
  g_hash_table_unref (self->scores);
  g_hash_table_unref (self->rewrites);
  G_OBJECT_CLASS (ql_lab_test_parent_class)->finalize (object);
}

static void
ql_lab_test_class_init (QlLabTestClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ql_lab_test_dispose;
  G_OBJECT_CLASS (klass)->finalize = ql_lab_test_finalize;
  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
ql_lab_test_init (QlLabTest *self)
{
  self->undo = g_ptr_array_new_with_free_func ((GDestroyNotify) ql_intervention_unref);
  self->redo = g_ptr_array_new_with_free_func ((GDestroyNotify) ql_intervention_unref);
  self->scores = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) ql_score_free);
  self->rewrites = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) ql_rewrite_free);
}

/* ---- what is tested ---------------------------------------------------------------------- */

static void
forget_results (QlLabTest *self)
{
  ql_lab_test_score_clear (self);
  ql_lab_test_ask_clear (self);
}

/* What the earlier model said is no more true; requests from now on are answered by the next one. */
static void
model_cb (QlLabTest *self)
{
  forget_results (self);
  ql_lab_test_score_update (self);
  ql_lab_test_emit (self, QL_LAB_TEST_CHANGED_SCORE | QL_LAB_TEST_CHANGED_ANSWER
                              | QL_LAB_TEST_CHANGED_BRIGHTEST | QL_LAB_TEST_CHANGED_CURVE);
  ql_lab_test_trace_update (self);
}

static void
state_cb (QlLabTest *self)
{
  if (self->turn != NULL)
    ql_lab_test_emit (self, QL_LAB_TEST_CHANGED_SCORE);
}

QlLabTest *
ql_lab_test_new (QlLab *lab, QlEngineService *engine)
{
  QlLabTest *self = g_object_new (QL_TYPE_LAB_TEST, NULL);

  self->lab = lab;
  self->engine = g_object_ref (engine);
  g_signal_connect_object (engine, "notify::model-dir", G_CALLBACK (model_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (engine, "notify::state", G_CALLBACK (state_cb), self, G_CONNECT_SWAPPED);
  return self;
}

void
ql_lab_test_close (QlLabTest *self)
{
  if (self->engine != NULL)
    g_signal_handlers_disconnect_by_data (self->engine, self);
  forget_results (self);
  g_clear_object (&self->turn);
  g_clear_object (&self->picture);
  g_clear_object (&self->plain);
  self->lab = NULL;
}

static gboolean
same_sizes (const QlIntervention *intervention, const QlInterventionSizes *sizes)
{
  const QlInterventionSizes *own = ql_intervention_get_sizes (intervention);

  return own->n_layers == sizes->n_layers && own->n_heads == sizes->n_heads
         && own->n_queries == sizes->n_queries && own->columns == sizes->columns && own->rows == sizes->rows;
}

static void
forget_steps (QlLabTest *self)
{
  g_ptr_array_set_size (self->undo, 0);
  g_ptr_array_set_size (self->redo, 0);
  g_clear_pointer (&self->now, ql_intervention_unref);
}

void
ql_lab_test_set_subject (QlLabTest *self, QlTurn *turn, QlPicture *picture, QlTrace *plain)
{
  QlInterventionSizes sizes;

  if (turn == self->turn && plain == self->plain && picture == self->picture)
    return;
  forget_results (self);
  g_set_object (&self->turn, turn);
  g_set_object (&self->picture, picture);
  g_set_object (&self->plain, plain);
  if (plain != NULL)
    {
      ql_intervention_sizes_of (plain, &sizes);
      if (self->now == NULL || !same_sizes (self->now, &sizes))
        {
          forget_steps (self);
          self->now = ql_intervention_new (&sizes);
        }
    }
  ql_lab_test_score_update (self);
  if (turn != NULL)
    ql_lab_test_trace_begin (self);
  ql_lab_test_emit (self, (QlLabTestChange) ~0);
}

void
ql_lab_test_forget (QlLabTest *self)
{
  self->brushes = FALSE;
  self->shown = QL_LAB_TEST_SHOW_PLAIN;
  ql_lab_test_set_subject (self, NULL, NULL, NULL);
  forget_steps (self);
  ql_lab_test_emit (self, (QlLabTestChange) ~0);
}

gboolean
ql_lab_test_is_possible (QlLabTest *self)
{
  QlEngineState state = ql_engine_service_get_state (self->engine);

  return self->turn != NULL && state != QL_ENGINE_NO_MODEL && state != QL_ENGINE_ERROR;
}

void
ql_lab_test_request (QlLabTest *self, QlTraceRequest *request)
{
  *request = (QlTraceRequest){ .question = ql_turn_get_question (self->turn),
                               .prompt = ql_turn_get_prompt (self->turn),
                               .tokens = ql_turn_get_tokens (self->turn) };
}

/* ---- what is changed --------------------------------------------------------------------------- */

QlIntervention *
ql_lab_test_get_intervention (QlLabTest *self)
{
  return self->turn != NULL ? self->now : NULL;
}

static void
take (QlLabTest *self, QlIntervention *intervention)
{
  QlIntervention *earlier = self->now;

  self->now = ql_intervention_ref (intervention);
  ql_intervention_unref (earlier);
  if (ql_intervention_is_empty (self->now))
    self->shown = QL_LAB_TEST_SHOW_PLAIN;
  else if (self->shown == QL_LAB_TEST_SHOW_REWRITTEN && ql_lab_test_get_rewrite (self) == NULL)
    self->shown = QL_LAB_TEST_SHOW_CHANGED;
  ql_lab_test_score_update (self);
  ql_lab_test_emit (self, (QlLabTestChange) (~QL_LAB_TEST_CHANGED_CURVE));
  ql_lab_test_trace_update (self);
}

void
ql_lab_test_set_intervention (QlLabTest *self, QlIntervention *intervention)
{
  if (ql_lab_test_get_intervention (self) == NULL || intervention == self->now)
    return;
  if (!self->in_stroke || !self->stroke_begun)
    {
      g_ptr_array_add (self->undo, ql_intervention_ref (self->now));
      if (self->undo->len > MOST_UNDO)
        g_ptr_array_remove_index (self->undo, 0);
      g_ptr_array_set_size (self->redo, 0);
      self->stroke_begun = TRUE;
    }
  take (self, intervention);
}

void
ql_lab_test_begin_stroke (QlLabTest *self)
{
  self->in_stroke = TRUE;
  self->stroke_begun = FALSE;
}

void
ql_lab_test_end_stroke (QlLabTest *self)
{
  self->in_stroke = FALSE;
}

gboolean
ql_lab_test_can_undo (QlLabTest *self)
{
  return self->turn != NULL && self->undo->len > 0;
}

gboolean
ql_lab_test_can_redo (QlLabTest *self)
{
  return self->turn != NULL && self->redo->len > 0;
}

static void
step (QlLabTest *self, GPtrArray *from, GPtrArray *to)
{
  g_autoptr (QlIntervention) next = ql_intervention_ref (from->pdata[from->len - 1]);

  g_ptr_array_set_size (from, (int) from->len - 1);
  g_ptr_array_add (to, ql_intervention_ref (self->now));
  ql_lab_test_end_stroke (self);
  take (self, next);
}

void
ql_lab_test_undo (QlLabTest *self)
{
  if (ql_lab_test_can_undo (self))
    step (self, self->undo, self->redo);
}

void
ql_lab_test_redo (QlLabTest *self)
{
  if (ql_lab_test_can_redo (self))
    step (self, self->redo, self->undo);
}

/* ---- modes ---------------------------------------------------------------------------------------- */

gboolean
ql_lab_test_get_brushes (QlLabTest *self)
{
  return self->brushes && self->turn != NULL;
}

void
ql_lab_test_set_brushes (QlLabTest *self, gboolean brushes)
{
  if (brushes == self->brushes)
    return;
  self->brushes = brushes;
  ql_lab_test_emit (self, QL_LAB_TEST_CHANGED_MODE);
}

QlLabTestShown
ql_lab_test_get_shown (QlLabTest *self)
{
  return self->shown;
}

void
ql_lab_test_set_shown (QlLabTest *self, QlLabTestShown shown)
{
  if (self->now == NULL || ql_intervention_is_empty (self->now))
    shown = QL_LAB_TEST_SHOW_PLAIN;
  if (shown == QL_LAB_TEST_SHOW_REWRITTEN
      && (ql_lab_test_get_rewrite (self) == NULL || ql_lab_test_get_rewrite (self)->trace == NULL))
    return;
  if (shown == self->shown)
    return;
  self->shown = shown;
  ql_lab_test_emit (self, QL_LAB_TEST_CHANGED_MODE);
  ql_lab_test_trace_update (self);
}
