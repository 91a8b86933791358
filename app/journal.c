#include "app/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n.h>
#include <glib/gstdio.h>

#include "app/session-dirs.h"
#include "app/session-read.h"
#include "app/session-write.h"

/* A reader that asks whether a journal is locked holds it for an instant. */
#define LOCK_TRIES 20
#define LOCK_WAIT_US 10000
#define OPEN_FLAGS (O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)

struct QlJournal
{
  char *id;
  char *dir;
  char *path;
  char *name; /* for messages */
  int fd; /* -1: not created yet */
  gboolean created; /* by us */
  gsize n_bytes;
  guint n_lines;

  /* To be put right by the next line. */
  gboolean has_header;
  gboolean cut_short;
  gboolean no_newline;
};

static QlJournal *
journal_alloc (const char *path)
{
  QlJournal *self = g_new0 (QlJournal, 1);

  self->path = g_strdup (path);
  self->dir = g_path_get_dirname (path);
  self->name = g_filename_display_basename (path);
  self->fd = -1;
  return self;
}

void
ql_journal_free (QlJournal *self)
{
  if (self == NULL)
    return;
  /* A file of ours that not even the first line got into. */
  if (self->created && self->n_bytes == 0)
    (void) !g_unlink (self->path);
  if (self->fd >= 0)
    close (self->fd);
  g_free (self->id);
  g_free (self->dir);
  g_free (self->path);
  g_free (self->name);
  g_free (self);
}

QlJournal *
ql_journal_new (const char *dir)
{
  g_autofree char *id = ql_session_id_new ();
  g_autofree char *base = g_strconcat (id, ".jsonl", NULL);
  g_autofree char *path = g_build_filename (dir, base, NULL);
  QlJournal *self = journal_alloc (path);

  self->id = g_steal_pointer (&id);
  return self;
}

const char *
ql_journal_get_id (QlJournal *self)
{
  return self->id;
}

const char *
ql_journal_get_path (QlJournal *self)
{
  return self->path;
}

/* Opening and replacing files takes turns, so that nobody locks one that was just replaced.
 * Without such locks (on some network drives) it works as well, only less surely. */
static int
lock_dir (const char *dir, int how)
{
  int fd = open (dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd >= 0)
    while (flock (fd, how) != 0 && errno == EINTR)
      ;
  return fd;
}

static void
unlock_dir (int fd)
{
  if (fd >= 0)
    close (fd);
}

static gboolean
lock_file (int fd, const char *name, GError **error)
{
  for (int i = 0; i < LOCK_TRIES; i++)
    {
      if (flock (fd, LOCK_EX | LOCK_NB) == 0 || errno == ENOLCK || errno == ENOSYS || errno == EOPNOTSUPP)
        return TRUE;
      g_usleep (LOCK_WAIT_US);
    }
  g_set_error (error, QL_SESSION_ERROR, QL_SESSION_ERROR_BUSY,
               _ ("%s: this session is open in another window; close it there first"), name);
  return FALSE;
}

/* A new file is found again after a power failure only if its folder is on the disk, too. */
static void
sync_dir (const char *dir)
{
  int fd = open (dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd < 0)
    return;
  (void) !fsync (fd);
  close (fd);
}

static gboolean
create (QlJournal *self, GError **error)
{
  int fd;

  if (!ql_session_dirs_make (self->dir, error))
    return FALSE;
  fd = open (self->path, OPEN_FLAGS | O_CREAT | O_EXCL, 0600);
  if (fd < 0)
    {
      ql_set_errno_error (error, errno, self->path);
      return FALSE;
    }
  self->fd = fd;
  self->created = TRUE;
  return lock_file (fd, self->name, error);
}

static gboolean
check_limits (QlJournal *self, gsize n_line, GError **error)
{
  if (n_line > QL_SESSION_MAX_LINE_BYTES)
    g_set_error (error, QL_SESSION_ERROR, QL_SESSION_ERROR_TOO_LARGE,
                 _ ("%s: a text of more than 1 MB cannot be kept"), self->name);
  else if (self->n_lines + 2 > QL_SESSION_MAX_EVENTS
           || self->n_bytes + n_line + 1024 > QL_SESSION_MAX_FILE_BYTES)
    g_set_error (error, QL_SESSION_ERROR, QL_SESSION_ERROR_TOO_LARGE,
                 _ ("%s: this session is full; go on in a new one"), self->name);
  else
    return TRUE;
  return FALSE;
}

/* All or nothing: what a full disk let through is taken back. */
static gboolean
write_all (QlJournal *self, const GString *text, GError **error)
{
  gsize done = 0;

  while (done < text->len)
    {
      ssize_t n = write (self->fd, text->str + done, text->len - done);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        {
          int saved = n < 0 ? errno : ENOSPC;

          /* Where even this fails, the reader passes over the part, and the next line cuts it off. */
          if (done > 0 && ftruncate (self->fd, (off_t) self->n_bytes) != 0)
            self->cut_short = TRUE;
          ql_set_errno_error (error, saved, self->path);
          return FALSE;
        }
      done += (gsize) n;
    }
  self->n_bytes += text->len;
  return TRUE;
}

static gboolean
check_still_there (QlJournal *self, GError **error)
{
  struct stat about;

  if (fstat (self->fd, &about) == 0 && about.st_nlink > 0)
    return TRUE;
  g_set_error (error, QL_SESSION_ERROR, QL_SESSION_ERROR_GONE,
               _ ("%s: the session's file was removed; go on in a new one"), self->name);
  return FALSE;
}

gboolean
ql_journal_append (QlJournal *self, const char *line, GError **error)
{
  gsize n = strlen (line);
  gboolean is_first = !self->has_header;
  g_autoptr (GString) text = NULL;

  g_return_val_if_fail (strchr (line, '\n') == NULL, FALSE);
  if (!check_limits (self, n, error) || (self->fd < 0 && !create (self, error))
      || !check_still_there (self, error))
    return FALSE;
  if (self->cut_short)
    {
      if (ftruncate (self->fd, (off_t) self->n_bytes) != 0)
        {
          ql_set_errno_error (error, errno, self->path);
          return FALSE;
        }
      self->cut_short = FALSE;
    }
  text = g_string_sized_new (n + 256);
  if (is_first)
    {
      g_autofree char *header = ql_session_line_header (self->id, 0);
      g_string_append_printf (text, "%s\n", header);
    }
  else if (self->no_newline)
    g_string_append_c (text, '\n');
  g_string_append (text, line);
  g_string_append_c (text, '\n');
  if (!write_all (self, text, error))
    return FALSE;
  self->n_lines += is_first ? 2 : 1;
  self->has_header = TRUE;
  self->no_newline = FALSE;
  if (is_first)
    sync_dir (self->dir);
  return TRUE;
}

gboolean
ql_journal_sync (QlJournal *self, GError **error)
{
  if (self->fd < 0)
    return TRUE;
  while (fdatasync (self->fd) != 0)
    if (errno != EINTR)
      {
        /* Not every file system can; that is no reason to complain at every turn. */
        if (errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP)
          return TRUE;
        ql_set_errno_error (error, errno, self->path);
        return FALSE;
      }
  return TRUE;
}

/* Opens and locks what is at the path now. */
static int
open_locked (QlJournal *self, GError **error)
{
  int dir = lock_dir (self->dir, LOCK_SH);
  int fd = open (self->path, OPEN_FLAGS);

  if (fd < 0)
    ql_set_errno_error (error, errno, self->path);
  else if (!lock_file (fd, self->name, error))
    {
      close (fd);
      fd = -1;
    }
  unlock_dir (dir);
  return fd;
}

static void
take_over (QlJournal *self, const QlSessionState *state)
{
  self->n_bytes = state->n_bytes;
  self->n_lines = state->n_events + state->n_unreadable + 1;
  self->has_header = state->has_header;
  self->cut_short = state->cut_short;
  self->no_newline = state->no_newline;
}

/* Says the same in fewer bytes. What goes wrong leaves the journal as it was: long, but sound. */
static void
compact (QlJournal *self, QlSessionState **state)
{
  g_autoptr (GString) text = ql_session_state_to_text (*state);
  g_autoptr (QlSessionState) shorter = ql_session_read_bytes (text->str, text->len, self->name, NULL);
  g_autoptr (GError) error = NULL;
  int dir, fd;

  if (shorter == NULL || shorter->n_unreadable > 0 || shorter->cut_short || text->len >= (*state)->n_bytes
      || ql_session_state_n_turns (shorter) != ql_session_state_n_turns (*state))
    return;
  dir = lock_dir (self->dir, LOCK_EX);
  if (g_file_set_contents_full (self->path, text->str, (gssize) text->len,
                                G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600, &error))
    {
      fd = open (self->path, OPEN_FLAGS);
      if (fd >= 0)
        {
          (void) !flock (fd, LOCK_EX | LOCK_NB); /* free: nobody can have opened it yet */
          close (self->fd);
          self->fd = fd;
        }
      g_clear_pointer (state, ql_session_state_free);
      *state = g_steal_pointer (&shorter);
      take_over (self, *state);
      sync_dir (self->dir);
    }
  else
    g_debug ("%s", error->message);
  unlock_dir (dir);
}

/* Nobody else writes it, so nobody will end these. */
static void
end_open_turns (QlJournal *self, QlSessionState *state)
{
  for (guint i = 0; i < state->turns->len; i++)
    {
      QlSavedTurn *turn = g_ptr_array_index (state->turns, i);
      g_autofree char *line = NULL;
      g_autoptr (GError) error = NULL;

      if (turn->status != QL_SAVED_OPEN)
        continue;
      turn->status = QL_SAVED_INTERRUPTED;
      /* When it broke off, not when that was noticed: the session does not become newer. */
      turn->end_ms = turn->end_ms > 0 ? turn->end_ms : turn->begin_ms;
      state->n_recovered += !turn->deleted;
      line = ql_session_line_end (turn);
      /* On a full disk it is found open again next time, and no worse. */
      if (!ql_journal_append (self, line, &error))
        g_debug ("%s", error->message);
    }
}

/* Without changing anything yet. */
static QlJournal *
open_as_is (const char *path, QlSessionState **state, GError **error)
{
  g_autoptr (QlJournal) self = journal_alloc (path);
  g_autoptr (QlSessionState) read = NULL;
  g_autofree char *base = g_path_get_basename (path);
  char *dot = strchr (base, '.');

  *state = NULL;
  self->fd = open_locked (self, error);
  if (self->fd < 0)
    return NULL;
  read = ql_session_read_fd (self->fd, path, error);
  if (read == NULL)
    return NULL;
  /* The name counts: a copied file is a session of its own. */
  if (dot != NULL)
    *dot = '\0';
  self->id = g_strdup (base);
  g_free (read->id);
  read->id = g_strdup (base);
  take_over (self, read);
  *state = g_steal_pointer (&read);
  return g_steal_pointer (&self);
}

QlJournal *
ql_journal_open (const char *path, QlSessionState **state, GError **error)
{
  QlJournal *self = open_as_is (path, state, error);

  if (self == NULL)
    return NULL;
  if (ql_session_state_wants_compacting (*state))
    compact (self, state);
  end_open_turns (self, *state);
  return self;
}

gboolean
ql_journal_note (const char *path, const char *line, GError **error)
{
  g_autoptr (QlSessionState) state = NULL;
  g_autoptr (QlJournal) self = open_as_is (path, &state, error);

  return self != NULL && ql_journal_append (self, line, error) && ql_journal_sync (self, error);
}

QlSessionState *
ql_journal_read (const char *path, gboolean *busy, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  QlSessionState *state;

  if (fd < 0)
    {
      ql_set_errno_error (error, errno, path);
      return NULL;
    }
  if (busy != NULL)
    *busy = flock (fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  state = ql_session_read_fd (fd, path, error);
  close (fd);
  return state;
}
