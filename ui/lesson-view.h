#pragma once

#include <gtk/gtk.h>

#include "app/lesson-run.h"

#define QL_TYPE_LESSON_VIEW (ql_lesson_view_get_type ())
G_DECLARE_FINAL_TYPE (QlLessonView, ql_lesson_view, QL, LESSON_VIEW, GtkWidget)

/**
 * QlLessonView:
 *
 * A lesson beside the picture, or above it where the window is narrow: the step's text, what is to be done and
 * whether it was, Back and Next. Its buttons are the window's actions.
 */

/** ql_lesson_view_set_run: @run: (nullable): none is shown */
void ql_lesson_view_set_run (QlLessonView *self, QlLessonRun *run);
/** ql_lesson_view_set_compact: in a narrow window: the text takes all of it, or is folded away but for the task */
void ql_lesson_view_set_compact (QlLessonView *self, gboolean compact);
void ql_lesson_view_set_folded (QlLessonView *self, gboolean folded);
/** ql_lesson_view_hides_rest: whether the text takes all the room */
gboolean ql_lesson_view_hides_rest (QlLessonView *self);
/** ql_lesson_view_set_model_note: whether to tell that another model than the demo model is loaded */
void ql_lesson_view_set_model_note (QlLessonView *self, gboolean shown);
/** ql_lesson_view_show_hint: of this step */
void ql_lesson_view_show_hint (QlLessonView *self);
gboolean ql_lesson_view_get_hint_shown (QlLessonView *self);
/** ql_lesson_view_focus_next: the keyboard's focus, to where one goes on */
void ql_lesson_view_focus_next (QlLessonView *self);
/** ql_lesson_view_describe: Returns: (transfer full): the step in words, for screen readers */
char *ql_lesson_view_describe (QlLessonView *self);
/** ql_lesson_view_get_state_text: Returns: (transfer none): what is to be done, or was */
const char *ql_lesson_view_get_state_text (QlLessonView *self);
