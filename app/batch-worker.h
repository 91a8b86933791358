#pragma once

#include "app/batch-item.h"
#include "app/batch-output.h"
#include "app/encoding-cache.h"
#include "app/image-loader.h"
#include "engine/b2.h"

/*
 * The thread behind QlBatch: opens the model once a picture needs it, captions pictures, a few at a
 * time, writes what comes of each, in order. Private to the batch.
 */

/** QlBatchSettings: of a run; constant while it lasts. */
typedef struct
{
  char *model_dir;
  char *prompt; /* (nullable) */
  int n_threads;
  gboolean exact; /* all arithmetic in f32 */
  gboolean pin_threads;
  gboolean if_room; /* do not begin where the memory that is free is too little */
  gboolean behind; /* the window and other programs go first */
  B2DecodeOptions decode;
  QlImageOptions image;
  QlBatchTargets targets;
  QlEncodingCache *encodings; /* (nullable) */
} QlBatchSettings;

void ql_batch_settings_copy (QlBatchSettings *to, const QlBatchSettings *from);
void ql_batch_settings_clear (QlBatchSettings *self);

/** QlBatchEvent: what the thread has to tell. */
typedef struct
{
  QlBatchItem *item; /* NULL: the run is over */
  QlBatchStatus status;
  char *caption; /* (nullable) */
  double seconds; /* decoding the picture, and the engine's work at it */
  double work_seconds; /* the latter alone */
  char *error; /* (nullable): a line, translated */
  char *json; /* (nullable): the item's row of JSON lines */
  gint64 time_us; /* on the monotonic clock */
  GError *failure; /* (nullable): why the run is over before its end */
} QlBatchEvent;

/** QlBatchEventFunc: in the context that the worker was made in; in order. @event is %NULL behind several. */
typedef void (*QlBatchEventFunc) (QlBatchEvent *event, gpointer data);

typedef struct QlBatchWorker QlBatchWorker;

/**
 * ql_batch_worker_new:
 * @items: (transfer full): of QlBatchItem, in the order to work at them
 * @func: called with several events at a time, at most every 33 ms, and never for long
 *
 * The last event is the one without an item, whatever happens.
 */
QlBatchWorker *ql_batch_worker_new (const QlBatchSettings *settings, GPtrArray *items, QlBatchOutput *output,
                                    QlBatchEventFunc func, gpointer data);

/** ql_batch_worker_pause: after the pictures that are being worked at. */
void ql_batch_worker_pause (QlBatchWorker *self, gboolean pause);

/** ql_batch_worker_stop: within a layer of the model. */
void ql_batch_worker_stop (QlBatchWorker *self);

/** ql_batch_worker_free: stops it, joins its threads and calls @func with what is left to tell. */
void ql_batch_worker_free (QlBatchWorker *self);
