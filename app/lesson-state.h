#pragma once

#include "app/lesson-check.h"

/** QlLessonSetting: a name and a value of the lab's state, as a lesson's "Set=" has it: "query 5". */
typedef struct QlLessonSetting QlLessonSetting;

/**
 * ql_lesson_setting_parse:
 *
 * Returns: (transfer full): %NULL with %QL_LESSON_ERROR_STATE for a name that there is not, or a value it cannot have
 */
QlLessonSetting *ql_lesson_setting_parse (const char *text, GError **error);
void ql_lesson_setting_free (QlLessonSetting *self);
/** ql_lesson_setting_get_name: Returns: (transfer none) */
const char *ql_lesson_setting_get_name (const QlLessonSetting *self);
/** ql_lesson_setting_to_text: Returns: (transfer full): as it would be parsed */
char *ql_lesson_setting_to_text (const QlLessonSetting *self);

/** QlLessonTarget: what settings act on. Borrowed. */
typedef struct
{
  QlLab *lab;
  QlConversation *conversation; /* nullable */
  GSettings *settings; /* nullable: how answers are written */
  GActionGroup *actions; /* nullable: the window's */
  gboolean (*has_page) (const char *page, gpointer data); /* nullable: there are none */
  double (*delta_log_p) (gpointer data); /* nullable: as in QlLessonScope */
  gpointer data;
} QlLessonTarget;

/** ql_lesson_target_has_page: whether the window has a page of that name */
gboolean ql_lesson_target_has_page (const QlLessonTarget *self, const char *page);

/** QlLessonApplied: what came of it. */
typedef enum
{
  QL_LESSON_APPLIED,
  QL_LESSON_WAIT, /* not now: an answer, or its trace, is on its way */
  QL_LESSON_UNKNOWN, /* there is no such word, layer or patch in the trace: nothing was done */
  QL_LESSON_NO_WINDOW, /* only a window can do it, or this one has no such page */
} QlLessonApplied;

QlLessonApplied ql_lesson_setting_apply (const QlLessonSetting *self, const QlLessonTarget *target);

/**
 * ql_lesson_setting_suits:
 *
 * Without doing it: whether it is within the trace's sizes.
 */
gboolean ql_lesson_setting_suits (const QlLessonSetting *self, QlTrace *trace);

/** ql_lesson_state_save: Returns: (transfer full) (element-type QlLessonSetting): what the lab shows, to be put back later */
GPtrArray *ql_lesson_state_save (const QlLessonTarget *target);

/* ---- locks ---- */

/** ql_lesson_lock_find: Returns: which lock it is, from 0; -1: there is none of that name */
int ql_lesson_lock_find (const char *name);
