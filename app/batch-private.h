#pragma once

#include "app/batch-worker.h"
#include "app/batch.h"

/**
 * QlBatch, cut by aspect: batch.c (rows, settings, running), batch-edit.c (captions that people write).
 */
struct _QlBatch
{
  GObject parent_instance;

  GListStore *items;
  GHashTable *paths; /* of the items */
  QlBatchSettings settings;
  QlBatchOutput *output; /* NULL: the targets changed */

  QlBatchState state;
  QlBatchWorker *worker;
  QlBatchProgress progress;
  guint n_left; /* of this run */
  gboolean added; /* while it ran */
  guint n_timed;
  double timed_s; /* the engine's work at those */

  GQueue edits; /* of GTask: captions to be saved, the first one being written */
};

/* batch.c */
QlBatchOutput *ql_batch_get_output (QlBatch *self);
/* As ql_batch_item_update(), and counts. */
void ql_batch_update_item (QlBatch *self, QlBatchItem *item, QlBatchStatus status, const char *caption,
                           double seconds, const char *error);
