#pragma once

#include "app/conversation.h"
#include "app/lab.h"

/** QL_LESSON_ERROR: what is wrong with a lesson's file; messages are translated, and name the place. */
#define QL_LESSON_ERROR (ql_lesson_error_quark ())
GQuark ql_lesson_error_quark (void);

/**
 * QlLessonError:
 * @QL_LESSON_ERROR_FORMAT: no lesson, or one of a newer format
 * @QL_LESSON_ERROR_CHECK: a predicate that cannot be read
 * @QL_LESSON_ERROR_STATE: a setting that there is not
 * @QL_LESSON_ERROR_LIMIT: too long, too deep, too many
 */
typedef enum
{
  QL_LESSON_ERROR_FORMAT,
  QL_LESSON_ERROR_CHECK,
  QL_LESSON_ERROR_STATE,
  QL_LESSON_ERROR_LIMIT,
} QlLessonError;

/** QlLessonSeen: what was selected since a step began; numbers of different ones. */
typedef struct QlLessonSeen QlLessonSeen;

QlLessonSeen *ql_lesson_seen_new (void);
void ql_lesson_seen_free (QlLessonSeen *self);
/** ql_lesson_seen_clear: a new step begins */
void ql_lesson_seen_clear (QlLessonSeen *self);
/** ql_lesson_seen_add: what @lab has selected now, if it has a trace */
void ql_lesson_seen_add (QlLessonSeen *self, QlLab *lab);

/**
 * QlLessonScope: what a predicate looks at. Borrowed.
 * @actions: (nullable): the window's: page and mask are states of its actions
 */
typedef struct
{
  QlLab *lab;
  QlConversation *conversation; /* nullable: with a trace from a file */
  GActionGroup *actions;
  const QlLessonSeen *seen; /* nullable: nothing was */
  double (*delta_log_p) (
      gpointer data); /* nullable: what an intervention did to the answer; NAN: not known */
  gpointer data;
} QlLessonScope;

/**
 * QlLessonCheck:
 *
 * A predicate on what a learner has selected and asked: "cls() < 20% and overlap(0, 0, 0.5, 1) > 0.3". docs/lessons.md has
 * the language. It can compute and compare, nothing else: no assignment, no loop, no files; parsing it and
 * working it out take time bounded by its length.
 *
 * Immutable; any thread may parse, evaluating is for the scope's thread.
 */
typedef struct QlLessonCheck QlLessonCheck;

#define QL_LESSON_CHECK_MAX_BYTES 2000
#define QL_LESSON_CHECK_MAX_DEPTH 32

/**
 * ql_lesson_check_parse:
 *
 * Returns: (transfer full): %NULL with %QL_LESSON_ERROR, whose message begins with the place: "character 14: …"
 */
QlLessonCheck *ql_lesson_check_parse (const char *text, GError **error);
void ql_lesson_check_free (QlLessonCheck *self);

/**
 * ql_lesson_check_eval:
 *
 * Where something that it asks for is not there (no map yet, no answer, a patch outside of the grid) it is unknown, and
 * so is what is computed from it; "and" and "or" may be sure all the same.
 *
 * Returns: whether it is true, for sure
 */
gboolean ql_lesson_check_eval (const QlLessonCheck *self, const QlLessonScope *scope);

/** ql_lesson_check_needs_window: whether it asks for what only a window has (page, mask) */
gboolean ql_lesson_check_needs_window (const QlLessonCheck *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlLessonCheck, ql_lesson_check_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlLessonSeen, ql_lesson_seen_free)
