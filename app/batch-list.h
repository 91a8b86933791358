#pragma once

#include <gio/gio.h>

/** QL_BATCH_LIST_MAX_PICTURES: one more is an error, not a list cut short */
#define QL_BATCH_LIST_MAX_PICTURES 200000
/** QL_BATCH_LIST_MAX_ENTRIES: files and folders looked at on the way */
#define QL_BATCH_LIST_MAX_ENTRIES 2000000

/** QlBatchListProgress: how far collecting has come; counted on its thread, to be read by g_atomic_int_get(). */
typedef struct
{
  int n_entries; /* files and folders looked at */
  int n_pictures; /* among them */
} QlBatchListProgress;

/**
 * QlBatchListOptions: zero-filled is the default.
 * @progress: (nullable): has to stay until collecting has ended
 */
typedef struct
{
  gboolean recursive;
  guint max_pictures, max_entries; /* 0: the limits above */
  QlBatchListProgress *progress;
} QlBatchListOptions;

/**
 * QlBatchList:
 * @paths: of char *, in the file system's encoding, in natural order within each folder
 * @problems: of char *: "FOLDER: what; advice", translated: folders that could not be read
 * @folder: (nullable): the first folder that was named, or that of the first picture
 * @several_folders: not all pictures lie in @folder itself
 * @n_other: files in the folders that are no pictures, or of a kind that is not read here
 */
typedef struct
{
  GPtrArray *paths;
  GPtrArray *problems;
  char *folder;
  gboolean several_folders;
  guint n_other;
} QlBatchList;

void ql_batch_list_free (QlBatchList *self);

/**
 * ql_batch_list_collect:
 * @names: (array length=n_names): folders and files
 *
 * Of a folder, the files that begin as a picture does; not what is hidden, nor the captions
 * and tables that a batch leaves. With @recursive its folders too, each once, wherever symbolic
 * links lead. Files named by themselves are taken as they are: if they are no pictures, that
 * shows when they are read. A file reached under several names is taken once.
 *
 * Blocks; for a worker thread.
 *
 * Returns: (transfer full): %NULL with %G_IO_ERROR_CANCELLED or, over a limit, %G_IO_ERROR_NO_SPACE
 */
QlBatchList *ql_batch_list_collect (const char *const *names, guint n_names,
                                    const QlBatchListOptions *options, GCancellable *cancellable,
                                    GError **error);

/** ql_batch_list_collect_async: the same on a worker thread; @names ends with %NULL. */
void ql_batch_list_collect_async (const char *const *names, const QlBatchListOptions *options,
                                  GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
QlBatchList *ql_batch_list_collect_finish (GAsyncResult *result, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlBatchList, ql_batch_list_free)
