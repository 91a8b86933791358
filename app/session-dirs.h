#pragma once

#include <gio/gio.h>

/**
 * QlSessionDirs:
 * @sessions: ID.jsonl, one journal a session; ID.deleted, those in the bin
 * @pictures: SHA256.png, copies of pictures that have no file of their own
 * @thumbnails: SHA256.png; only a cache
 * @index: a file; only a cache
 *
 * Where sessions lie. Everything here is for its owner alone: folders 0700, files 0600.
 */
typedef struct
{
  char *sessions;
  char *pictures;
  char *thumbnails;
  char *index;
} QlSessionDirs;

/**
 * ql_session_dirs_new:
 * @data_home: (nullable): instead of $XDG_DATA_HOME
 * @cache_home: (nullable): instead of $XDG_CACHE_HOME
 *
 * Nothing is created yet.
 */
QlSessionDirs *ql_session_dirs_new (const char *data_home, const char *cache_home);
QlSessionDirs *ql_session_dirs_copy (const QlSessionDirs *self);
void ql_session_dirs_free (QlSessionDirs *self);

/**
 * ql_session_dirs_make:
 * @dir: one of the folders
 *
 * Makes the folder where it is missing, and closes it to others where it is not.
 *
 * Returns: %FALSE with %G_IO_ERROR
 */
gboolean ql_session_dirs_make (const char *dir, GError **error);

/** ql_session_id_new: Returns: (transfer full): a new name of a session; they sort by time of creation */
char *ql_session_id_new (void);
/** ql_session_id_is_valid: whether @id can be a file's name and nothing else */
gboolean ql_session_id_is_valid (const char *id);

/** ql_set_errno_error: %G_IO_ERROR of an errno value, saying which file and why. */
void ql_set_errno_error (GError **error, int saved_errno, const char *path);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlSessionDirs, ql_session_dirs_free)
