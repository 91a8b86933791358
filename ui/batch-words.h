#pragma once

#include "app/batch.h"

/** What a batch and its rows are at, in words. */

/** ql_batch_status_name: "Described"…, translated. Returns: (transfer none) */
const char *ql_batch_status_name (QlBatchStatus status);
/** ql_batch_status_icon: says the same as the name, by its shape. Returns: (transfer none) */
const char *ql_batch_status_icon (QlBatchStatus status);
/** ql_batch_status_rank: what one looks for first is first */
int ql_batch_status_rank (QlBatchStatus status);

/** ql_batch_row_text: a row as a screen reader says it. Returns: (transfer full) */
char *ql_batch_row_text (QlBatchItem *item);

/** ql_batch_summary_text: "312 described, 4 skipped, 1 failed". Returns: (transfer full) */
char *ql_batch_summary_text (const QlBatchProgress *progress);
/** ql_batch_progress_text: "17 of 317", the counts, how long it will take. Returns: (transfer full) */
char *ql_batch_progress_text (const QlBatchProgress *progress, QlBatchState state);
