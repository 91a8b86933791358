#include "app/session-bin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "app/journal.h"
#include "app/session-head.h"
#include "app/session-write.h"

/* A copy as young as this may belong to a session that is just being begun elsewhere. */
#define YOUNG_S (24 * 60 * 60)

static char *
path_of (const QlSessionDirs *dirs, const char *id, const char *suffix)
{
  g_autofree char *base = g_strconcat (id, suffix, NULL);

  return g_build_filename (dirs->sessions, base, NULL);
}

/* Never over another file. */
static gboolean
move (const char *from, const char *to, GError **error)
{
  if (renameat2 (AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
    return TRUE;
  if ((errno == EINVAL || errno == ENOSYS) && access (to, F_OK) != 0 && g_rename (from, to) == 0)
    return TRUE;
  ql_set_errno_error (error, errno, from);
  return FALSE;
}

/* What counts is the file's name; the note tells when. Where it cannot be made (the session
 * is open, of a newer version, or the disk is full) the time of renaming does. */
static void
note (const char *path, char *line)
{
  g_autoptr (GError) error = NULL;

  if (!ql_journal_note (path, line, &error))
    g_debug ("%s", error->message);
  g_free (line);
}

gboolean
ql_session_bin_put (const QlSessionDirs *dirs, const char *id, GError **error)
{
  g_autofree char *from = path_of (dirs, id, ".jsonl"), *to = path_of (dirs, id, ".deleted");

  if (!move (from, to, error))
    return FALSE;
  note (to, ql_session_line_deleted (0));
  return TRUE;
}

gboolean
ql_session_bin_take (const QlSessionDirs *dirs, const char *id, GError **error)
{
  g_autofree char *from = path_of (dirs, id, ".deleted"), *to = path_of (dirs, id, ".jsonl");

  if (!move (from, to, error))
    return FALSE;
  note (to, ql_session_line_undeleted ());
  return TRUE;
}

static gboolean
is_old (const QlSessionHead *head, const char *path, gint64 older_than_s)
{
  gint64 now_s = g_get_real_time () / G_USEC_PER_SEC;
  struct stat about;

  if (g_lstat (path, &about) != 0)
    return FALSE;
  return now_s - (head->deleted_ms > 0 ? head->deleted_ms / 1000 : (gint64) about.st_ctim.tv_sec)
         >= older_than_s;
}

static gboolean
remove_unless_open (const char *path)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  gboolean gone = fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) == 0 && g_unlink (path) == 0;

  if (fd >= 0)
    close (fd);
  return gone;
}

/* Removes the files SHA256.png that are not in @used and not young. */
static void
sweep (const char *folder, GHashTable *used, gint64 young_s)
{
  GDir *dir = g_dir_open (folder, 0, NULL);
  gint64 now_s = g_get_real_time () / G_USEC_PER_SEC;

  for (const char *name; dir != NULL && (name = g_dir_read_name (dir)) != NULL;)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL), *sha256 = NULL;
      struct stat about;

      if (strlen (name) != 64 + strlen (".png") || !g_str_has_suffix (name, ".png")
          || g_lstat (path, &about) != 0 || !S_ISREG (about.st_mode)
          || now_s - about.st_mtim.tv_sec < young_s)
        continue;
      sha256 = g_strndup (name, 64);
      if (!g_hash_table_contains (used, sha256))
        g_unlink (path);
    }
  g_clear_pointer (&dir, g_dir_close);
}

/* What no session is about any more. */
static void
sweep_pictures (const QlSessionDirs *dirs)
{
  g_autoptr (GPtrArray) heads = ql_session_heads_list (dirs);
  g_autoptr (GHashTable) used = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < heads->len; i++)
    {
      QlSessionHead *head = g_ptr_array_index (heads, i);

      if (!head->is_read)
        ql_session_head_read (head, dirs);
      /* One that cannot be read may be about any of them. */
      if (head->problem != NULL || head->damaged)
        return;
      if (head->picture != NULL && head->picture->sha256 != NULL)
        g_hash_table_add (used, head->picture->sha256);
    }
  sweep (dirs->pictures, used, YOUNG_S);
  sweep (dirs->thumbnails, used, 0);
}

guint
ql_session_bin_purge (const QlSessionDirs *dirs, gint64 older_than_s)
{
  g_autoptr (GPtrArray) heads = ql_session_heads_list (dirs);
  guint n_gone = 0;

  for (guint i = 0; i < heads->len; i++)
    {
      QlSessionHead *head = g_ptr_array_index (heads, i);
      g_autofree char *path = ql_session_head_path (head, dirs);

      if (!head->deleted)
        continue;
      if (!head->is_read)
        ql_session_head_read (head, dirs);
      n_gone += is_old (head, path, older_than_s) && remove_unless_open (path);
    }
  if (n_gone > 0)
    sweep_pictures (dirs);
  return n_gone;
}
