#pragma once

#include <glib.h>
#include <sys/stat.h>

/**
 * QlHubParts:
 *
 * What is known of the unfinished files in a download's folder, kept beside them, so that
 * a later run of the program can go on. Its loss costs at most what was fetched.
 */
typedef struct QlHubParts QlHubParts;

/** ql_hub_parts_open: of the folder; empty where it tells of another repository or cannot be read */
QlHubParts *ql_hub_parts_open (const char *dir, const char *repo);
/** ql_hub_parts_find: of whatever repository the record in @dir tells. Returns: (nullable): %NULL for none */
QlHubParts *ql_hub_parts_find (const char *dir);
void ql_hub_parts_free (QlHubParts *self);

/** ql_hub_parts_get_repo: as the record says, which anybody may have written */
const char *ql_hub_parts_get_repo (QlHubParts *self);
/** ql_hub_parts_set_total: @n_bytes: of the whole folder; kept by the next saving */
void ql_hub_parts_set_total (QlHubParts *self, guint64 n_bytes);
/** ql_hub_parts_get_total: Returns: 0 where it is not known */
guint64 ql_hub_parts_get_total (QlHubParts *self);
/** ql_hub_parts_get_kept: bytes of this download that lie in the folder */
guint64 ql_hub_parts_get_kept (QlHubParts *self);

/** ql_hub_parts_begin: @etag: (nullable): the bytes of @name that are written from now on are these */
void ql_hub_parts_begin (QlHubParts *self, const char *name, const char *version, const char *etag);
/** ql_hub_parts_done: @name is there, whole, and was put there by this download */
void ql_hub_parts_done (QlHubParts *self, const char *name, const char *version, const char *sha256);
/** ql_hub_parts_drop: @name is no business of this download's */
void ql_hub_parts_drop (QlHubParts *self, const char *name);

/** ql_hub_parts_get_etag: Returns: (nullable) (transfer none): of the part of @name, if it is of @version */
const char *ql_hub_parts_get_etag (QlHubParts *self, const char *name, const char *version);
/** ql_hub_parts_has: whether a part of @name was begun, of @version */
gboolean ql_hub_parts_has (QlHubParts *self, const char *name, const char *version);
/** ql_hub_parts_get_done: Returns: (nullable) (transfer none): sum of a file that this download finished */
const char *ql_hub_parts_get_done (QlHubParts *self, const char *name);
/** ql_hub_parts_is_untouched: @status: of that file. Whether it was not written to since. */
gboolean ql_hub_parts_is_untouched (QlHubParts *self, const char *name, const struct stat *status);

/** ql_hub_parts_save: atomically. Returns: %FALSE with QL_HUB_ERROR_SPACE or QL_HUB_ERROR_DISK */
gboolean ql_hub_parts_save (QlHubParts *self, GError **error);
/** ql_hub_parts_forget: removes the record; files stay */
void ql_hub_parts_forget (QlHubParts *self);
/** ql_hub_parts_discard: removes the parts and files of the unfinished download, and the record */
void ql_hub_parts_discard (QlHubParts *self);

/** ql_hub_part_path: of the unfinished file. Returns: (transfer full) */
char *ql_hub_part_path (const char *dir, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlHubParts, ql_hub_parts_free)
