#pragma once

#include "app/lesson-state.h"

/*
 * Lessons: text files that a teacher can write. docs/lessons.md has the format. A lesson comes from anywhere, so reading
 * one only reads: what it can name is a picture or a trace beside it or among the samples, settings
 * of one table (lesson-state.h) and predicates (lesson-check.h).
 */

#define QL_LESSON_FORMAT 1
#define QL_LESSON_MAX_BYTES (1024 * 1024)
#define QL_LESSON_MAX_STEPS 40
#define QL_LESSON_MAX_TEXT_BYTES 6000

/** QlLessonModel: what a lesson needs to run. */
typedef enum
{
  QL_LESSON_MODEL_GENERATE, /* a model that writes */
  QL_LESSON_MODEL_MATCH, /* one that compares */
  QL_LESSON_MODEL_NONE, /* its trace is enough */
} QlLessonModel;

/** QlLessonStep: read only. Texts are plain; paragraphs are divided by an empty line. */
typedef struct
{
  char *title;
  char *text;
  char *task; /* nullable: what the check asks for, in words */
  char *hint; /* nullable */
  char *done; /* nullable: said when the check is satisfied */
  GPtrArray *set; /* of QlLessonSetting: when the step begins */
  GPtrArray *solve; /* of QlLessonSetting: what satisfies the check */
  guint locks; /* bits by ql_lesson_lock_find() */
  QlLessonCheck *check; /* nullable: nothing is to be done */
  char *needs; /* nullable: a page without which there is no check */
} QlLessonStep;

/**
 * QlLesson:
 *
 * A lesson in one language. Immutable, reference counted, any thread.
 */
typedef struct QlLesson QlLesson;

/**
 * ql_lesson_load:
 * @language: (nullable): "de", "zh_CN"; %NULL: the user's
 *
 * Blocks.
 *
 * Returns: (transfer full): %NULL with %QL_LESSON_ERROR, whose message names group and key, or %G_FILE_ERROR
 */
QlLesson *ql_lesson_load (const char *path, const char *language, GError **error);
/**
 * ql_lesson_parse:
 * @dir: (nullable): where pictures and traces are beside it
 * @id: its name
 */
QlLesson *ql_lesson_parse (const char *bytes, gsize n_bytes, const char *dir, const char *id,
                           const char *language, GError **error);
QlLesson *ql_lesson_ref (QlLesson *self);
void ql_lesson_unref (QlLesson *self);

/** ql_lesson_get_id: the file's name without ".lesson" */
const char *ql_lesson_get_id (QlLesson *self);
const char *ql_lesson_get_title (QlLesson *self);
const char *ql_lesson_get_summary (QlLesson *self);
/** ql_lesson_get_author: Returns: (nullable) */
const char *ql_lesson_get_author (QlLesson *self);
int ql_lesson_get_minutes (QlLesson *self);
QlLessonModel ql_lesson_get_model (QlLesson *self);
/** ql_lesson_get_picture: Returns: (nullable): its name in the file */
const char *ql_lesson_get_picture (QlLesson *self);
/** ql_lesson_get_trace: Returns: (nullable): its name in the file */
const char *ql_lesson_get_trace (QlLesson *self);
/** ql_lesson_find_picture: Returns: (transfer full) (nullable): a path, beside the lesson or among the samples; %NULL: it is not there */
char *ql_lesson_find_picture (QlLesson *self);
/** ql_lesson_find_trace: Returns: (transfer full) (nullable): a path beside the lesson */
char *ql_lesson_find_trace (QlLesson *self);
int ql_lesson_get_n_steps (QlLesson *self);
/** ql_lesson_get_step: Returns: (transfer none) */
const QlLessonStep *ql_lesson_get_step (QlLesson *self, int step);

/**
 * ql_lesson_review:
 * @languages: (nullable): that it must have; %NULL: those that it has something in
 *
 * What is no error when it is shown, but should not be handed out: a text that a language lacks, a check without a
 * hint or a solution, a picture that is not there.
 *
 * Returns: (transfer full) (element-type utf8): sentences, translated
 */
GPtrArray *ql_lesson_review (QlLesson *self, const char *const *languages);
/** ql_lesson_get_languages: Returns: (transfer full): those it has something in, sorted; English without a name is not among them */
GStrv ql_lesson_get_languages (QlLesson *self);

/**
 * ql_lessons_load:
 * @language: (nullable)
 * @complaints: (out) (optional) (transfer full) (element-type utf8): of files that are no lessons
 *
 * Those that ship with Qlens, in their order, and behind them those of $XDG_DATA_HOME/qlens/lessons. Blocks.
 *
 * Returns: (transfer full) (element-type QlLesson)
 */
GPtrArray *ql_lessons_load (const char *language, GPtrArray **complaints);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlLesson, ql_lesson_unref)
