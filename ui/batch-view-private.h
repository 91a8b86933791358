#pragma once

#include "ui/announce.h"
#include "ui/batch-options.h"
#include "ui/batch-view.h"
#include "ui/message-bar.h"
#include "ui/thumbnails.h"

/**
 * QlBatchView:
 *
 * Cut by aspect: batch-view.c (the widget), batch-columns.c (the table), batch-thumbs.c (small
 * pictures of the rows that are seen), batch-add.c (pictures in), batch-run.c (start to end),
 * batch-rows.c (what is done with single rows), batch-actions.c (commands). Tests look in here too.
 */
struct _QlBatchView
{
  GtkWidget parent_instance;

  GtkWidget *body;
  GtkWidget *top;
  GtkWidget *add_folder_label, *add_files_label, *options_label; /* beside icons, where there is room */
  QlMessageBar *message_bar;
  GtkStack *stack; /* "empty", "table" */
  GtkScrolledWindow *scroller;
  GtkColumnView *table;
  GtkWidget *bottom, *run_bar;
  GtkProgressBar *progress;
  GtkLabel *progress_label;
  GtkLabel *plan_label; /* what a start will do */
  GtkWidget *failed_button;
  GtkWidget *start_button, *pause_button, *stop_button, *cancel_button;
  GtkMenuButton *options_button;
  QlBatchOptions *options;
  GtkWidget *live; /* what screen readers speak by themselves */
  GMenu *row_menu_model;
  GtkWidget *row_menu; /* popover */

  QlBatch *batch;
  GtkApplication *app; /* nullable */
  QlEngineService *engine; /* nullable */
  GSettings *settings; /* nullable */
  GActionMap *actions; /* nullable, weak: of the window */

  GtkSortListModel *sorted;
  GtkMultiSelection *selection;
  GtkColumnViewColumn *file_column, *status_column, *caption_column, *seconds_column;
  GHashTable *cells; /* widgets of bound rows: QlBatchCell of files, QlCaptionCell, QlThumbnail */
  GtkWidget *editing; /* the QlCaptionCell that is being changed */

  QlThumbnails *thumbnails;
  guint thumbs_timeout;

  struct _QlBatchAdding *adding; /* pictures on their way into the table */
  GPtrArray *add_later; /* of char *: folders and files, while others are on their way */
  char *folder; /* where tables go if nobody says otherwise */
  GtkFileChooserNative *chooser; /* while it is open */

  gboolean narrow, several_folders;
  gboolean show_first; /* when sorting has come to its end */
  guint layout_idle;
  guint options_tick, options_frames; /* until the options may be opened */
  gboolean closed;
};

/* batch-view.c */
void ql_batch_view_update (QlBatchView *self);
void ql_batch_view_clear (QlBatchView *self);
void ql_batch_view_open_options (QlBatchView *self);

/* batch-columns.c */
void ql_batch_view_add_columns (QlBatchView *self);
/* What stands under names, and which columns there are. */
void ql_batch_view_update_columns (QlBatchView *self);
/* @key: "added", "file", "status", "seconds" */
void ql_batch_view_sort (QlBatchView *self, const char *key);
/* Statuses have changed. */
void ql_batch_view_sort_again (QlBatchView *self);
/* Selects the first row, once it is known which one that is. */
void ql_batch_view_show_first (QlBatchView *self);
void ql_batch_view_scroll_to (QlBatchView *self, guint position);

/* batch-thumbs.c */
void ql_batch_view_add_thumbs (QlBatchView *self);
/* Rows have moved: soon, those that are seen get their pictures. */
void ql_batch_view_queue_thumbs (QlBatchView *self);

/* batch-add.c */
void ql_batch_view_add_paths (QlBatchView *self, GPtrArray *paths);
void ql_batch_view_cancel_adding (QlBatchView *self);
char *ql_batch_view_get_adding_text (QlBatchView *self);
void ql_batch_view_choose (QlBatchView *self, gboolean folders);

/* batch-run.c */
void ql_batch_view_add_run (QlBatchView *self);
void ql_batch_view_start (QlBatchView *self);
/** ql_batch_view_start_anyway: although the memory that is free may be too little */
void ql_batch_view_start_anyway (QlBatchView *self);
/* All rows, whatever came of them. */
void ql_batch_view_start_over (QlBatchView *self);
void ql_batch_view_update_run (QlBatchView *self);
/* Settings, to the batch; it takes them at its next start. */
void ql_batch_view_apply_settings (QlBatchView *self);
gboolean ql_batch_view_can_start (QlBatchView *self);

/* batch-rows.c */
void ql_batch_view_add_rows (QlBatchView *self);
void ql_batch_view_save_caption (QlBatchView *self, QlBatchItem *item, const char *text);
void ql_batch_view_edit_row (QlBatchView *self, guint position);
void ql_batch_view_show_row_error (QlBatchView *self, QlBatchItem *item);
/* The selected rows: (transfer full) of QlBatchItem. */
GPtrArray *ql_batch_view_get_selected (QlBatchView *self);

/* batch-actions.c */
void ql_batch_view_remove_actions (QlBatchView *self);
void ql_batch_view_update_actions (QlBatchView *self);
