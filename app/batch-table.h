#pragma once

#include <glib.h>

/**
 * QlBatchTable:
 *
 * A CSV or JSON lines file that grows by a row per picture. Each row is on the disk when
 * adding it returns. Opening one that is there repairs what a killed process left: a last row
 * that is cut short is taken away.
 *
 * Rows that newer ones stand for are removed in the end, by writing the file anew and putting
 * it in place of the old one; all others stay as they are to the byte.
 *
 * While it is open no other Qlens writes to it.
 *
 * Errors: %G_FILE_ERROR, translated, "FILE: what; advice".
 *
 * Threads: one at a time.
 */
typedef struct QlBatchTable QlBatchTable;

typedef enum
{
  QL_BATCH_TABLE_CSV,
  QL_BATCH_TABLE_JSONL,
} QlBatchTableKind;

/** QlBatchTableDrop: which of a picture's earlier rows a new one stands for; always those that tell an error. */
typedef enum
{
  QL_BATCH_TABLE_DROP_ERRORS,
  QL_BATCH_TABLE_DROP_LAST,
  QL_BATCH_TABLE_DROP_ALL,
} QlBatchTableDrop;

/* What is read into memory when it is opened. */
#define QL_BATCH_TABLE_MAX_BYTES ((gint64) 256 * 1024 * 1024)

/**
 * ql_batch_table_open:
 * @path: made if it is not there; anything but a file of this kind is refused and left alone
 *
 * Returns: (transfer full): %NULL with an error
 */
QlBatchTable *ql_batch_table_open (const char *path, QlBatchTableKind kind, GError **error);

/** ql_batch_table_has_caption: whether a row with a caption, without an error, is there for @picture */
gboolean ql_batch_table_has_caption (QlBatchTable *self, const char *picture);

/**
 * ql_batch_table_add:
 * @line: with its line end
 * @failed: it tells an error
 *
 * If it cannot be written, the file is as before.
 */
gboolean ql_batch_table_add (QlBatchTable *self, const char *picture, const char *line, gboolean failed,
                             QlBatchTableDrop drop, GError **error);

/** ql_batch_table_close: removes what is to be dropped and frees @self, with an error too. */
gboolean ql_batch_table_close (QlBatchTable *self, GError **error);

/**
 * ql_batch_table_name:
 * @picture: in the file system's encoding
 *
 * How a picture is called in a table: its path if that is UTF-8, else a file: URI, so that
 * two names never look the same.
 *
 * Returns: (transfer full)
 */
char *ql_batch_table_name (const char *picture);
