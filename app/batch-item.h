#pragma once

#include <glib-object.h>

/** QlBatchStatus: how far a picture of a batch has come. */
typedef enum
{
  QL_BATCH_WAITING,
  QL_BATCH_WORKING,
  QL_BATCH_DONE,
  QL_BATCH_SKIPPED, /* it has a caption already */
  QL_BATCH_FAILED,
} QlBatchStatus;

#define QL_BATCH_N_STATUSES 5

GType ql_batch_status_get_type (void);
#define QL_TYPE_BATCH_STATUS (ql_batch_status_get_type ())

#define QL_TYPE_BATCH_ITEM (ql_batch_item_get_type ())
G_DECLARE_FINAL_TYPE (QlBatchItem, ql_batch_item, QL, BATCH_ITEM, GObject)

/**
 * QlBatchItem:
 *
 * A picture of a batch: a row of its table.
 *
 * Properties, all announced by ::notify: "path" (constant), "name" (constant; for people),
 * "status", "caption" (%NULL: none), "seconds" (0: not worked at), "error" (%NULL: none; in a
 * line, translated), "unsaved" (the caption was changed, but could not be written).
 *
 * Threads: the path may be read from any; all else from the thread of the batch.
 */

/** ql_batch_item_new: Returns: (transfer full) */
QlBatchItem *ql_batch_item_new (const char *path);
/** ql_batch_item_get_path: in the file system's encoding */
const char *ql_batch_item_get_path (QlBatchItem *self);
/** ql_batch_item_get_name: Returns: (transfer full): the file's name, for people */
char *ql_batch_item_get_name (QlBatchItem *self);
/** ql_batch_item_get_sort_key: Returns: (transfer none): orders names as people do: "a9" before "a10" */
const char *ql_batch_item_get_sort_key (QlBatchItem *self);
QlBatchStatus ql_batch_item_get_status (QlBatchItem *self);
const char *ql_batch_item_get_caption (QlBatchItem *self);
double ql_batch_item_get_seconds (QlBatchItem *self);
const char *ql_batch_item_get_error (QlBatchItem *self);
gboolean ql_batch_item_get_unsaved (QlBatchItem *self);

/**
 * ql_batch_item_set_caption:
 *
 * Only what is shown; ql_batch_save_caption_async() also writes it.
 */
void ql_batch_item_set_caption (QlBatchItem *self, const char *caption);

/**
 * ql_batch_item_update:
 * @caption: (nullable)
 * @error: (nullable)
 *
 * For the batch.
 */
void ql_batch_item_update (QlBatchItem *self, QlBatchStatus status, const char *caption, double seconds,
                           const char *error);

/** ql_batch_item_get_written: Returns: (nullable): the caption that was written last, or found; for the batch */
const char *ql_batch_item_get_written (QlBatchItem *self);
/** ql_batch_item_set_written: it has been written; for the batch */
void ql_batch_item_set_written (QlBatchItem *self, const char *written);
/** ql_batch_item_set_unsaved: it could not be; for the batch */
void ql_batch_item_set_unsaved (QlBatchItem *self);
