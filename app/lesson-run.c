#include "app/lesson-run.h"

struct _QlLessonRun
{
  GObject parent_instance;

  QlLesson *lesson;
  QlLessonTarget target; /* its members are held */
  QlLessonSeen *seen;
  GQueue waiting; /* of const QlLessonSetting, of the lesson */
  QlLessonSetting *describe;
  int step; /* -1: not begun */
  guint64 satisfied; /* bits */
  gboolean pumping;
  gboolean solving; /* what waits is of the solution: it counts as done by the learner */
};

G_STATIC_ASSERT (QL_LESSON_MAX_STEPS <= 64);

enum
{
  CHANGED,
  SATISFIED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (QlLessonRun, ql_lesson_run, G_TYPE_OBJECT)

void
ql_lesson_run_end (QlLessonRun *self)
{
  if (self->target.lab != NULL)
    g_signal_handlers_disconnect_by_data (self->target.lab, self);
  if (self->target.conversation != NULL)
    g_signal_handlers_disconnect_by_data (self->target.conversation, self);
  if (self->target.actions != NULL)
    g_signal_handlers_disconnect_by_data (self->target.actions, self);
  g_queue_clear (&self->waiting);
  g_clear_object (&self->target.lab);
  g_clear_object (&self->target.conversation);
  g_clear_object (&self->target.settings);
  g_clear_object (&self->target.actions);
  self->target.has_page = NULL;
  self->target.delta_log_p = NULL;
}

static void
ql_lesson_run_dispose (GObject *object)
{
  QlLessonRun *self = QL_LESSON_RUN (object);

  ql_lesson_run_end (self);
  g_clear_pointer (&self->seen, ql_lesson_seen_free);
  g_clear_pointer (&self->describe, ql_lesson_setting_free);
  g_clear_pointer (&self->lesson, ql_lesson_unref);
  G_OBJECT_CLASS (ql_lesson_run_parent_class)->dispose (object);
}

static void
ql_lesson_run_class_init (QlLessonRunClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ql_lesson_run_dispose;
  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
  signals[SATISFIED] = g_signal_new ("satisfied", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                     NULL, G_TYPE_NONE, 0);
}

static void
ql_lesson_run_init (QlLessonRun *self)
{
  self->step = -1;
  self->seen = ql_lesson_seen_new ();
  self->describe = ql_lesson_setting_parse ("answer describe", NULL);
}

/* ---- the check ---- */

gboolean
ql_lesson_run_has_check (QlLessonRun *self, int step)
{
  const QlLessonStep *of = ql_lesson_get_step (self->lesson, step);

  return of->check != NULL && (of->needs == NULL || ql_lesson_target_has_page (&self->target, of->needs));
}

gboolean
ql_lesson_run_is_satisfied (QlLessonRun *self, int step)
{
  return !ql_lesson_run_has_check (self, step) || (self->satisfied >> step & 1) != 0;
}

gboolean
ql_lesson_run_is_complete (QlLessonRun *self)
{
  for (int i = 0; i < ql_lesson_get_n_steps (self->lesson); i++)
    if (!ql_lesson_run_is_satisfied (self, i))
      return FALSE;
  return TRUE;
}

gboolean
ql_lesson_run_check_now (QlLessonRun *self)
{
  QlLessonScope scope = { .lab = self->target.lab,
                          .conversation = self->target.conversation,
                          .actions = self->target.actions,
                          .seen = self->seen,
                          .delta_log_p = self->target.delta_log_p,
                          .data = self->target.data };
  const QlLessonStep *step = ql_lesson_run_get_step (self);

  return self->target.lab != NULL && step->check != NULL && ql_lesson_check_eval (step->check, &scope);
}

/* Not while an answer is being written: what is selected then is of the one before. */
static gboolean
settled (QlLessonRun *self)
{
  return self->target.conversation == NULL || !ql_conversation_get_busy (self->target.conversation);
}

static void
look (QlLessonRun *self)
{
  if (self->step < 0 || self->target.lab == NULL || (!g_queue_is_empty (&self->waiting) && !self->solving))
    return;
  ql_lesson_seen_add (self->seen, self->target.lab);
  if (settled (self) && ql_lesson_run_has_check (self, self->step)
      && !ql_lesson_run_is_satisfied (self, self->step) && ql_lesson_run_check_now (self))
    {
      self->satisfied |= (guint64) 1 << self->step;
      g_signal_emit (self, signals[SATISFIED], 0);
    }
}

/* ---- settings, one after the other ---- */

static void
pump (QlLessonRun *self)
{
  const QlLessonSetting *next;
  gboolean waited = !g_queue_is_empty (&self->waiting);

  if (self->pumping)
    return;
  self->pumping = TRUE;
  while (self->target.lab != NULL && (next = g_queue_peek_head (&self->waiting)) != NULL)
    {
      if (ql_lesson_setting_apply (next, &self->target) == QL_LESSON_WAIT)
        break;
      g_queue_pop_head (&self->waiting);
      if (self->solving)
        ql_lesson_seen_add (self->seen, self->target.lab);
    }
  self->pumping = FALSE;
  /* What the step itself chose is where the learner begins. */
  if (waited && g_queue_is_empty (&self->waiting) && !self->solving)
    ql_lesson_seen_clear (self->seen);
  if (g_queue_is_empty (&self->waiting))
    self->solving = FALSE;
}

static void
changed_cb (QlLessonRun *self)
{
  g_autoptr (QlLessonRun) hold = g_object_ref (self);

  if (self->pumping || self->step < 0)
    return;
  pump (self);
  look (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
push (QlLessonRun *self, const GPtrArray *settings)
{
  for (guint i = 0; i < settings->len; i++)
    g_queue_push_tail (&self->waiting, settings->pdata[i]);
}

QlLessonRun *
ql_lesson_run_new (QlLesson *lesson, const QlLessonTarget *target)
{
  QlLessonRun *self = g_object_new (QL_TYPE_LESSON_RUN, NULL);

  self->lesson = ql_lesson_ref (lesson);
  self->target.lab = g_object_ref (target->lab);
  g_set_object (&self->target.conversation, target->conversation);
  g_set_object (&self->target.settings, target->settings);
  g_set_object (&self->target.actions, target->actions);
  self->target.has_page = target->has_page;
  self->target.delta_log_p = target->delta_log_p;
  self->target.data = target->data;
  g_signal_connect_object (target->lab, "changed", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  /* After the lab, which takes the new answer. */
  if (target->conversation != NULL)
    g_signal_connect_object (target->conversation, "notify::busy", G_CALLBACK (changed_cb), self,
                             G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  if (target->actions != NULL)
    g_signal_connect_object (target->actions, "action-state-changed", G_CALLBACK (changed_cb), self,
                             G_CONNECT_SWAPPED);
  return self;
}

void
ql_lesson_run_begin (QlLessonRun *self)
{
  if (ql_lesson_get_model (self->lesson) == QL_LESSON_MODEL_GENERATE && self->target.conversation != NULL)
    g_queue_push_tail (&self->waiting, self->describe);
  self->step = 0;
  push (self, ql_lesson_run_get_step (self)->set);
  changed_cb (self);
}

void
ql_lesson_run_go (QlLessonRun *self, int step)
{
  step = CLAMP (step, 0, ql_lesson_get_n_steps (self->lesson) - 1);
  if (step == self->step || self->target.lab == NULL)
    return;
  /* Of the picture's description nothing may get lost: later steps build on it. */
  if (g_queue_find (&self->waiting, self->describe) != NULL)
    {
      g_queue_clear (&self->waiting);
      g_queue_push_tail (&self->waiting, self->describe);
    }
  else
    g_queue_clear (&self->waiting);
  self->step = step;
  self->solving = FALSE;
  ql_lesson_seen_clear (self->seen);
  push (self, ql_lesson_run_get_step (self)->set);
  changed_cb (self);
}

void
ql_lesson_run_solve (QlLessonRun *self)
{
  if (self->step < 0 || !g_queue_is_empty (&self->waiting))
    return;
  push (self, ql_lesson_run_get_step (self)->solve);
  self->solving = !g_queue_is_empty (&self->waiting);
  changed_cb (self);
}

/* ---- */

QlLesson *
ql_lesson_run_get_lesson (QlLessonRun *self)
{
  return self->lesson;
}

int
ql_lesson_run_get_nth (QlLessonRun *self)
{
  return MAX (self->step, 0);
}

const QlLessonStep *
ql_lesson_run_get_step (QlLessonRun *self)
{
  return ql_lesson_get_step (self->lesson, MAX (self->step, 0));
}

gboolean
ql_lesson_run_get_busy (QlLessonRun *self)
{
  return !g_queue_is_empty (&self->waiting);
}

gboolean
ql_lesson_run_is_stuck (QlLessonRun *self)
{
  QlLabState state = self->target.lab != NULL ? ql_lab_get_state (self->target.lab) : QL_LAB_FAILED;

  return ql_lesson_run_get_busy (self) && settled (self)
         && (state == QL_LAB_FAILED || state == QL_LAB_NOT_KEPT || state == QL_LAB_NO_ANSWER);
}
