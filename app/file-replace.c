#include "app/file-replace.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define COPY_BYTES ((gsize) 256 * 1024)
/* Another Qlens that writes the same file is done in a moment. */
#define LOCK_TRIES 50
#define LOCK_WAIT_US (20 * 1000)

struct QlFileReplace
{
  char *path;
  char *temp; /* NULL: it has taken its place */
  int fd;
};

void
ql_file_replace_set_error (const char *path, int number, GError **error)
{
  g_autofree char *name = g_filename_display_basename (path);
  int code = (int) g_file_error_from_errno (number);

  if (number == ENOSPC || number == EDQUOT || number == EFBIG)
    g_set_error (error, G_FILE_ERROR, code,
                 _ ("%s: there is no room to write it (%s); make room on the disk"), name,
                 g_strerror (number));
  else if (number == EACCES || number == EPERM || number == EROFS)
    g_set_error (error, G_FILE_ERROR, code,
                 _ ("%s: it may not be written (%s); change the permissions of the file or its folder"), name,
                 g_strerror (number));
  else
    g_set_error (error, G_FILE_ERROR, code, _ ("%s: it could not be written (%s); check its folder"), name,
                 g_strerror (number));
}

/* Short, hidden, and the same for the same file, so that leftovers do not pile up. */
static char *
temp_path (const char *path)
{
  g_autofree char *dir = g_path_get_dirname (path);
  g_autofree char *base = g_path_get_basename (path);
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, base, -1);
  g_autofree char *name = g_strdup_printf (".qlens-%.16s.part", sum);

  return g_build_filename (dir, name, NULL);
}

/* What else a shared folder may have in this place is not written to. */
static gboolean
is_foreign (const struct stat *info)
{
  return !S_ISREG (info->st_mode) || info->st_nlink != 1 || info->st_uid != geteuid ();
}

/* Not so where its last owner has renamed it in the meantime. */
static gboolean
is_named (int fd, const char *temp)
{
  struct stat open_file, named;

  return fstat (fd, &open_file) == 0 && lstat (temp, &named) == 0 && open_file.st_dev == named.st_dev
         && open_file.st_ino == named.st_ino && !is_foreign (&named);
}

/* A file system without locks is one without a second Qlens. */
static gboolean
lock (int fd)
{
  return flock (fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

static int
open_temp (const char *temp)
{
  for (int i = 0; i < LOCK_TRIES; i++)
    {
      struct stat info;
      int fd;

      if (lstat (temp, &info) == 0 && is_foreign (&info) && unlink (temp) != 0)
        return -1;
      fd = open (temp, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0666);
      if (fd < 0)
        return -1;
      if (!lock (fd))
        g_usleep (LOCK_WAIT_US);
      else if (is_named (fd, temp))
        return fd;
      close (fd);
    }
  errno = EBUSY;
  return -1;
}

static gboolean
prepare (QlFileReplace *self)
{
  struct stat old;

  if (stat (self->path, &old) != 0)
    return errno == ENOENT && ftruncate (self->fd, 0) == 0;
  if (!S_ISREG (old.st_mode))
    {
      errno = S_ISDIR (old.st_mode) ? EISDIR : EINVAL;
      return FALSE;
    }
  /* a new file could take the place of a protected one, but should not */
  if (access (self->path, W_OK) != 0)
    return FALSE;
  if (fchown (self->fd, old.st_uid, old.st_gid) != 0)
    errno = 0; /* not root: it is ours then */
  return fchmod (self->fd, old.st_mode & 0777) == 0 && ftruncate (self->fd, 0) == 0;
}

QlFileReplace *
ql_file_replace_begin (const char *path, GError **error)
{
  g_autoptr (QlFileReplace) self = g_new0 (QlFileReplace, 1);
  char *real = realpath (path, NULL);

  self->path = g_strdup (real != NULL ? real : path);
  free (real);
  self->temp = temp_path (self->path);
  self->fd = open_temp (self->temp);
  if (self->fd >= 0 && prepare (self))
    return g_steal_pointer (&self);
  ql_file_replace_set_error (path, errno, error);
  if (self->fd < 0)
    g_clear_pointer (&self->temp, g_free);
  return NULL;
}

gboolean
ql_file_replace_write (QlFileReplace *self, gconstpointer data, gsize n_bytes, GError **error)
{
  const guint8 *at = data;

  while (n_bytes > 0)
    {
      gssize n = write (self->fd, at, n_bytes);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          ql_file_replace_set_error (self->path, errno, error);
          return FALSE;
        }
      at += n;
      n_bytes -= (gsize) n;
    }
  return TRUE;
}

gboolean
ql_file_replace_copy (QlFileReplace *self, int fd, guint64 offset, guint64 n_bytes, GError **error)
{
  g_autofree guint8 *buffer = g_malloc (COPY_BYTES);

  while (n_bytes > 0)
    {
      gssize n = pread (fd, buffer, (gsize) MIN (n_bytes, COPY_BYTES), (off_t) offset);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        {
          ql_file_replace_set_error (self->path, n < 0 ? errno : EIO, error);
          return FALSE;
        }
      if (!ql_file_replace_write (self, buffer, (gsize) n, error))
        return FALSE;
      offset += (guint64) n;
      n_bytes -= (guint64) n;
    }
  return TRUE;
}

gboolean
ql_file_replace_commit (QlFileReplace *self, GError **error)
{
  if (fsync (self->fd) != 0 || rename (self->temp, self->path) != 0)
    {
      ql_file_replace_set_error (self->path, errno, error);
      return FALSE;
    }
  g_clear_pointer (&self->temp, g_free);
  return TRUE;
}

void
ql_file_replace_free (QlFileReplace *self)
{
  if (self->temp != NULL)
    unlink (self->temp);
  if (self->fd >= 0)
    close (self->fd); /* the lock ends here: the name is free by now */
  g_free (self->temp);
  g_free (self->path);
  g_free (self);
}

gboolean
ql_file_replace_contents (const char *path, gconstpointer data, gsize n_bytes, GError **error)
{
  g_autoptr (QlFileReplace) self = ql_file_replace_begin (path, error);

  return self != NULL && ql_file_replace_write (self, data, n_bytes, error)
         && ql_file_replace_commit (self, error);
}

void
ql_file_replace_tidy (const char *path)
{
  char *real = realpath (path, NULL);
  g_autofree char *temp = temp_path (real != NULL ? real : path);
  int fd = open (temp, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

  free (real);
  if (fd < 0)
    return;
  if (lock (fd) && is_named (fd, temp))
    unlink (temp);
  close (fd);
}
