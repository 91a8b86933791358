#pragma once

#include <glib.h>

/**
 * QlErrorText:
 *
 * An error as people read it: what happened and what to do, translated. The details are
 * the original message, for a report.
 */
typedef struct
{
  char *what;
  char *advice;
  char *details;
} QlErrorText;

/** QlErrorTask: what was being done. */
typedef enum
{
  QL_ERROR_TASK_OPEN_MODEL,
  QL_ERROR_TASK_ADD_MODEL,
  QL_ERROR_TASK_OPEN_PICTURE,
  QL_ERROR_TASK_ASK,
  QL_ERROR_TASK_READ_ALOUD,
  QL_ERROR_TASK_DOWNLOAD,
} QlErrorTask;

/**
 * ql_error_text_new:
 * @name: (nullable): of the picture, model folder or repository, for people
 *
 * Returns: (transfer full)
 */
QlErrorText *ql_error_text_new (QlErrorTask task, const char *name, const GError *error);
void ql_error_text_free (QlErrorText *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlErrorText, ql_error_text_free)
