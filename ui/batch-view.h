#pragma once

#include <gtk/gtk.h>

#include "app/batch.h"
#include "app/engine-service.h"

#define QL_TYPE_BATCH_VIEW (ql_batch_view_get_type ())
G_DECLARE_FINAL_TYPE (QlBatchView, ql_batch_view, QL, BATCH_VIEW, GtkWidget)

/**
 * QlBatchView:
 *
 * A batch as people work with it: its table, what is done with captions, start, pause, stop. The
 * batch goes on while the view is not shown.
 *
 * Signals: "wanted" (), it has something to show; "open-picture" (GFile *file), the person wants to ask
 * about it; "changed" (), of what a window shows of it: state, progress, message, editing.
 */
GtkWidget *ql_batch_view_new (void);

/**
 * ql_batch_view_set_up:
 * @app: (nullable): is kept alive, and the computer awake, while the batch runs
 * @engine: (nullable): whose model is used
 * @settings: (nullable)
 *
 * Once, before anything else.
 */
void ql_batch_view_set_up (QlBatchView *self, GtkApplication *app, QlEngineService *engine,
                           GSettings *settings);

/** ql_batch_view_add_actions: to a window's; their names begin with "batch-" */
void ql_batch_view_add_actions (QlBatchView *self, GActionMap *map);

/** ql_batch_view_get_batch: Returns: (transfer none) */
QlBatch *ql_batch_view_get_batch (QlBatchView *self);

/** ql_batch_view_add_files: @files: of GFile: pictures and folders. Collects them on a worker thread. */
void ql_batch_view_add_files (QlBatchView *self, GFile **files, guint n_files);

/** ql_batch_view_is_adding: whether pictures are still being looked for, or put into the table */
gboolean ql_batch_view_is_adding (QlBatchView *self);

gboolean ql_batch_view_get_editing (QlBatchView *self);
/** ql_batch_view_has_message: one that Esc takes away */
gboolean ql_batch_view_has_message (QlBatchView *self);
void ql_batch_view_dismiss_message (QlBatchView *self);

/** ql_batch_view_get_part: @i: below %QL_BATCH_VIEW_N_PARTS, from top to bottom. Returns: (transfer none) */
GtkWidget *ql_batch_view_get_part (QlBatchView *self, int i);
#define QL_BATCH_VIEW_N_PARTS 3

/** ql_batch_view_focus: the keyboard's focus, to where a person would go on */
void ql_batch_view_focus (QlBatchView *self);

/**
 * ql_batch_view_close:
 *
 * Before its window goes: what is being typed is saved, looking for pictures is given up, the batch
 * stopped. None of it is waited for: it comes to its end by itself.
 */
void ql_batch_view_close (QlBatchView *self);
