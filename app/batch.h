#pragma once

#include <gio/gio.h>

#include "app/answer-style.h"
#include "app/batch-item.h"
#include "app/batch-output.h"
#include "app/encoding-cache.h"
#include "app/image-loader.h"

typedef enum
{
  QL_BATCH_IDLE,
  QL_BATCH_RUNNING,
  QL_BATCH_PAUSED, /* the picture that is being worked at is finished first */
  QL_BATCH_STOPPING, /* until the engine has noticed: within a layer */
} QlBatchState;

/**
 * QlBatchProgress:
 * @n_over: done, skipped or failed
 * @eta_s: seconds; below 0 as long as it is not known: before the third caption
 */
typedef struct
{
  guint n_items, n_over;
  guint n_done, n_skipped, n_failed;
  double eta_s;
} QlBatchProgress;

#define QL_TYPE_BATCH (ql_batch_get_type ())
G_DECLARE_FINAL_TYPE (QlBatch, ql_batch, QL, BATCH, GObject)

/**
 * QlBatch:
 *
 * Captions many pictures on a thread of its own, with a model of its own, and writes each
 * caption as soon as it is there. Killing the program loses at most the picture it is at; with
 * %QL_BATCH_SKIP the next run goes on where this one ended.
 *
 * Properties: "state", announced by ::notify.
 * Signals: "progress" (), after one or more pictures; "item-finished" (QlBatchItem *item, const
 * char *json), @json being the row of JSON lines, or %NULL; "finished" (const GError *error),
 * @error being why it ended before the last picture, or %NULL, as after a stop.
 *
 * Settings count from the next start. Memory: a row per picture, and at most two pictures.
 *
 * Threads: to be used from the thread of the main context it was created in.
 */

/** ql_batch_new: Returns: (transfer full): with the demo model, captions to `.txt` files, skipping what is there */
QlBatch *ql_batch_new (void);

/** ql_batch_get_items: Returns: (transfer none): of QlBatchItem */
GListModel *ql_batch_get_items (QlBatch *self);

/**
 * ql_batch_add:
 * @paths: of char *, as from ql_batch_list_collect()
 *
 * Adds rows for those that are not there yet. What is added while it runs is worked at when the
 * others are over.
 */
void ql_batch_add (QlBatch *self, const GPtrArray *paths);
/** ql_batch_clear: not while it runs */
void ql_batch_clear (QlBatch *self);

/**
 * ql_batch_remove:
 * @items: of QlBatchItem
 *
 * Takes rows out of the table, but those that the run that is on is still to work at; no file is touched.
 */
void ql_batch_remove (QlBatch *self, const GPtrArray *items);

/** ql_batch_reset: all rows wait again: the next run goes over all of them, by its policy. Not while it runs. */
void ql_batch_reset (QlBatch *self);

void ql_batch_set_model_dir (QlBatch *self, const char *dir);
/** ql_batch_set_prompt: @prompt: (nullable): text that the model goes on from */
void ql_batch_set_prompt (QlBatch *self, const char *prompt);
/** ql_batch_set_n_threads: 0: one per core */
void ql_batch_set_n_threads (QlBatch *self, int n_threads);
/** ql_batch_set_exact: all arithmetic in 32 bits, whatever the weights; off if not set */
void ql_batch_set_exact (QlBatch *self, gboolean exact);
/** ql_batch_set_pin_threads: each to a core of its own; off if not set */
void ql_batch_set_pin_threads (QlBatch *self, gboolean pin);
/** ql_batch_set_if_room: whether not to begin where the memory that is free is too little */
void ql_batch_set_if_room (QlBatch *self, gboolean if_room);
/** ql_batch_set_behind: whether the window and other programs go first, as in ql_step_back() */
void ql_batch_set_behind (QlBatch *self, gboolean behind);
/** ql_batch_set_style: how captions are written, as people set it; Describe if not set */
void ql_batch_set_style (QlBatch *self, const QlAnswerStyle *style);
void ql_batch_set_image_options (QlBatch *self, const QlImageOptions *options);
/**
 * ql_batch_set_encoding_cache:
 * @cache: (nullable): none is used
 *
 * What it has is used; what a batch of up to 100 pictures makes goes into it.
 */
void ql_batch_set_encoding_cache (QlBatch *self, QlEncodingCache *cache);
void ql_batch_set_targets (QlBatch *self, const QlBatchTargets *targets);

QlBatchState ql_batch_get_state (QlBatch *self);
QlBatchProgress ql_batch_get_progress (QlBatch *self);

/**
 * ql_batch_start:
 *
 * Works at the pictures that wait, and again at those that failed. Goes on after a pause.
 */
void ql_batch_start (QlBatch *self);
/** ql_batch_start_items: @items: of QlBatchItem: works at these alone; while it does not run */
void ql_batch_start_items (QlBatch *self, GPtrArray *items);
void ql_batch_pause (QlBatch *self);

/** ql_batch_stop: the picture that is being worked at waits again; "finished" follows. */
void ql_batch_stop (QlBatch *self);

/** ql_batch_shutdown: stops and waits for it; "finished" is emitted before this returns. */
void ql_batch_shutdown (QlBatch *self);

/**
 * ql_batch_save_caption_async:
 *
 * Gives a row another caption and writes it to all targets, in place of the row's earlier one
 * where that is still to be found, else as a further one. Also while the batch runs. The row has
 * the new caption at once; where writing fails it keeps it, and is "unsaved". A row that had failed is
 * done when the caption has been written.
 */
void ql_batch_save_caption_async (QlBatch *self, QlBatchItem *item, const char *caption,
                                  GAsyncReadyCallback callback, gpointer data);
gboolean ql_batch_save_caption_finish (QlBatch *self, GAsyncResult *result, GError **error);
