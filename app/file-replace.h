#pragma once

#include <glib.h>

/**
 * QlFileReplace:
 *
 * A file that is written beside the one whose place it takes at the end, so that there is
 * always either the old or the new one, whole, whatever happens to this process. What is left
 * of a killed process has a name of its own per file and is used again, or removed, by the next.
 *
 * A symbolic link stays one: the file it leads to is replaced. Permissions are kept, and the
 * owner where that is allowed.
 *
 * Errors: %G_FILE_ERROR, translated, "FILE: what; advice".
 *
 * Threads: one at a time each.
 */
typedef struct QlFileReplace QlFileReplace;

/**
 * ql_file_replace_begin:
 * @path: in the file system's encoding; a folder, a device or a write-protected file is refused
 *
 * Returns: (transfer full): %NULL with an error
 */
QlFileReplace *ql_file_replace_begin (const char *path, GError **error);

gboolean ql_file_replace_write (QlFileReplace *self, gconstpointer data, gsize n_bytes, GError **error);

/** ql_file_replace_copy: @n_bytes from @offset of the open file @fd, which must have as many. */
gboolean ql_file_replace_copy (QlFileReplace *self, int fd, guint64 offset, guint64 n_bytes, GError **error);

/** ql_file_replace_commit: the new file takes its place, for good: it is on the disk before. */
gboolean ql_file_replace_commit (QlFileReplace *self, GError **error);

/** ql_file_replace_free: without a commit before, the old file stays as it was. */
void ql_file_replace_free (QlFileReplace *self);

/** ql_file_replace_contents: all of the above for a few bytes. */
gboolean ql_file_replace_contents (const char *path, gconstpointer data, gsize n_bytes, GError **error);

/** ql_file_replace_tidy: removes what a killed process may have left for @path. */
void ql_file_replace_tidy (const char *path);

/** ql_file_replace_set_error: @number (an errno) as one of the errors above. */
void ql_file_replace_set_error (const char *path, int number, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlFileReplace, ql_file_replace_free)
