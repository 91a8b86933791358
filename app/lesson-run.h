#pragma once

#include "app/lesson.h"

#define QL_TYPE_LESSON_RUN (ql_lesson_run_get_type ())
G_DECLARE_FINAL_TYPE (QlLessonRun, ql_lesson_run, QL, LESSON_RUN, GObject)

/**
 * QlLessonRun:
 *
 * A lesson on its way: which step it is at, what of the step's settings still has to wait for an answer, and whether the
 * learner has satisfied its check. Once satisfied a check stays so.
 *
 * Somebody has to look at the lab (ql_lab_set_looking()): else there are no maps to ask for.
 *
 * Signals: "changed" after any of it changed; "satisfied" besides, when the step's check became so.
 *
 * Threads: that of the main context.
 */

/** ql_lesson_run_new: @target: what it refers to is kept until ql_lesson_run_end(). Returns: (transfer full): before the first step */
QlLessonRun *ql_lesson_run_new (QlLesson *lesson, const QlLessonTarget *target);
/** ql_lesson_run_begin: has the picture described, if a model that writes is needed, and goes to the first step */
void ql_lesson_run_begin (QlLessonRun *self);
/** ql_lesson_run_end: nothing is set or looked at any more */
void ql_lesson_run_end (QlLessonRun *self);

QlLesson *ql_lesson_run_get_lesson (QlLessonRun *self);
int ql_lesson_run_get_nth (QlLessonRun *self);
/** ql_lesson_run_get_step: Returns: (transfer none): the one it is at */
const QlLessonStep *ql_lesson_run_get_step (QlLessonRun *self);
/** ql_lesson_run_go: to a step, whose settings are made; out of range ends at the range's end */
void ql_lesson_run_go (QlLessonRun *self, int step);
/** ql_lesson_run_solve: makes the settings that satisfy the check */
void ql_lesson_run_solve (QlLessonRun *self);

/** ql_lesson_run_get_busy: whether settings wait for an answer or its trace */
gboolean ql_lesson_run_get_busy (QlLessonRun *self);
/** ql_lesson_run_is_stuck: whether they wait for what will not come: it failed, or cannot be computed */
gboolean ql_lesson_run_is_stuck (QlLessonRun *self);
/** ql_lesson_run_has_check: whether the step asks for something, here: a page that it needs is there */
gboolean ql_lesson_run_has_check (QlLessonRun *self, int step);
/** ql_lesson_run_is_satisfied: whether that was done; %TRUE where nothing is asked */
gboolean ql_lesson_run_is_satisfied (QlLessonRun *self, int step);
/** ql_lesson_run_is_complete: whether all of them were */
gboolean ql_lesson_run_is_complete (QlLessonRun *self);
/** ql_lesson_run_check_now: whether the step's check holds at this moment */
gboolean ql_lesson_run_check_now (QlLessonRun *self);
