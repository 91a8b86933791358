#pragma once

#include <gio/gio.h>

#include "app/batch-output.h"

/** What the window's settings say of a batch; the same choices as the options of `qlens-cli batch`. */

/** QlBatchTableChoice: files for all pictures */
typedef enum
{
  QL_BATCH_CSV,
  QL_BATCH_JSONL,
  QL_BATCH_N_TABLES,
} QlBatchTableChoice;

/** ql_batch_table_default_name: where nobody chose a file. Returns: (transfer none) */
const char *ql_batch_table_default_name (QlBatchTableChoice table);

/**
 * ql_batch_choices_table:
 * @folder: (nullable): of the pictures, in the file system's encoding
 *
 * Returns: (transfer full) (nullable): the table's path, whether it is to be written or not
 */
char *ql_batch_choices_table (GSettings *settings, QlBatchTableChoice table, const char *folder);

/**
 * ql_batch_choices_load:
 * @settings: (nullable): %NULL gives the defaults
 * @targets: (out caller-allocates): to be cleared by ql_batch_targets_clear()
 *
 * Returns: whether captions go anywhere, and each table to a file of its own
 */
gboolean ql_batch_choices_load (GSettings *settings, const char *folder, QlBatchTargets *targets);

/** ql_batch_choices_plan: "Pictures with a caption are skipped · .txt, CSV", translated. Returns: (transfer full) */
char *ql_batch_choices_plan (GSettings *settings);
