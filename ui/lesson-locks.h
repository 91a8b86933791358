#pragma once

#include <gtk/gtk.h>

/**
 * QlLessonLocks:
 *
 * Takes controls out of a learner's hands: widgets of a window become insensitive, with the reason as their
 * tooltip, and its actions can be asked about.
 */
typedef struct QlLessonLocks QlLessonLocks;

QlLessonLocks *ql_lesson_locks_new (void);
/** ql_lesson_locks_free: all that was locked is as before */
void ql_lesson_locks_free (QlLessonLocks *self);
/**
 * ql_lesson_locks_set:
 * @root: where the widgets are
 * @locks: bits by ql_lesson_lock_find()
 */
void ql_lesson_locks_set (QlLessonLocks *self, GtkWidget *root, guint locks);
/** ql_lesson_locks_has_action: whether an action of the window is locked */
gboolean ql_lesson_locks_has_action (const QlLessonLocks *self, const char *action);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlLessonLocks, ql_lesson_locks_free)
