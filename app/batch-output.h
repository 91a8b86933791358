#pragma once

#include <glib.h>

/** QlBatchPolicy: what becomes of a picture that has a caption already. */
typedef enum
{
  QL_BATCH_SKIP,
  QL_BATCH_OVERWRITE,
  QL_BATCH_APPEND,
} QlBatchPolicy;

/**
 * QlBatchTargets:
 * @txt: a text file beside each picture
 * @xmp: the same as XMP
 * @png_text: inside each PNG
 * @csv: (nullable): a table of all
 * @jsonl: (nullable): the same as JSON lines, as `qlens-cli caption --json` prints them
 *
 * Where captions go.
 */
typedef struct
{
  QlBatchPolicy policy;
  gboolean txt, xmp, png_text;
  char *csv, *jsonl;
} QlBatchTargets;

void ql_batch_targets_copy (QlBatchTargets *to, const QlBatchTargets *from);
void ql_batch_targets_clear (QlBatchTargets *self);

/**
 * QlBatchRow:
 * @caption: (nullable): UTF-8
 * @seconds: below 0: not known
 * @error: (nullable): why there is no caption, in a line
 * @json: (nullable): the row of the JSON lines; made of the others if not given
 */
typedef struct
{
  const char *caption;
  double seconds;
  const char *error;
  const char *json;
} QlBatchRow;

/**
 * QlBatchOutput:
 *
 * Writes captions to all targets. What it returns from is on the disk, each target whole or
 * as it was before.
 *
 * Errors: %G_FILE_ERROR, translated, "FILE: what; advice".
 *
 * Threads: any.
 */
typedef struct QlBatchOutput QlBatchOutput;

QlBatchOutput *ql_batch_output_new (const QlBatchTargets *targets);
QlBatchOutput *ql_batch_output_ref (QlBatchOutput *self);
void ql_batch_output_unref (QlBatchOutput *self);

/** ql_batch_output_begin: opens the tables; to be ended if it did not fail. */
gboolean ql_batch_output_begin (QlBatchOutput *self, GError **error);
gboolean ql_batch_output_end (QlBatchOutput *self, GError **error);

/**
 * ql_batch_output_check:
 * @skip: (out): by the policy, nothing is to be done: every target has its caption
 * @caption: (out) (nullable): the caption that is there, where it can be told
 *
 * Before the work: whether the results could be written at all.
 *
 * Returns: %FALSE with an error where not
 */
gboolean ql_batch_output_check (QlBatchOutput *self, const char *picture, gboolean *skip, char **caption,
                                GError **error);

/**
 * ql_batch_output_write:
 * @fatal: (out): a table failed, so that all further pictures would be lost work
 *
 * With the policy to skip, only targets without a caption are written. One that fails does
 * not keep the others from being written; the tables then tell of it.
 */
gboolean ql_batch_output_write (QlBatchOutput *self, const char *picture, const QlBatchRow *row,
                                gboolean *fatal, GError **error);

/**
 * ql_batch_output_edit:
 * @old: (nullable): the caption that @row's is instead of
 *
 * May be called between begin and end, or not.
 */
gboolean ql_batch_output_edit (QlBatchOutput *self, const char *picture, const char *old,
                               const QlBatchRow *row, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlBatchOutput, ql_batch_output_unref)
