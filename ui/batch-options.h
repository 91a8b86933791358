#pragma once

#include <gtk/gtk.h>

#define QL_TYPE_BATCH_OPTIONS (ql_batch_options_get_type ())
G_DECLARE_FINAL_TYPE (QlBatchOptions, ql_batch_options, QL, BATCH_OPTIONS, GtkPopover)

/**
 * QlBatchOptions:
 *
 * What a batch does with captions; the same choices as of `qlens-cli batch`. They are settings, and
 * actions of the same names ("win.batch-txt"…).
 */

/** ql_batch_options_set_settings: once */
void ql_batch_options_set_settings (QlBatchOptions *self, GSettings *settings);
/** ql_batch_options_set_folder: @folder: (nullable): of the pictures */
void ql_batch_options_set_folder (QlBatchOptions *self, const char *folder);
/** ql_batch_options_set_model: how captions are written: @model: (nullable): its name, for people */
void ql_batch_options_set_model (QlBatchOptions *self, const char *model);

/** ql_batch_options_choose_table: @key: "csv" or "jsonl": lets people choose the file */
void ql_batch_options_choose_table (QlBatchOptions *self, const char *key);
