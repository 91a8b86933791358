#include "engine/io/file-map.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/core/error.h"

int
b2_file_open (const char *path, guint64 *n_bytes, GError **error)
{
  struct stat st;
  /* O_NONBLOCK: a pipe with nobody at its other end must fail below, not hang here. */
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

  if (fd < 0 || fstat (fd, &st) != 0)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_IO, "%s: cannot be opened: %s", path, g_strerror (errno));
      if (fd >= 0)
        close (fd);
      return -1;
    }
  if (!S_ISREG (st.st_mode))
    {
      g_set_error (error, B2_ERROR, B2_ERROR_IO, "%s: is %s, expected a file", path,
                   S_ISDIR (st.st_mode) ? "a folder" : "a device or a pipe");
      close (fd);
      return -1;
    }
  *n_bytes = (guint64) st.st_size;
  return fd;
}

gboolean
b2_file_map_open (B2FileMap *self, const char *path, GError **error)
{
  guint64 n_bytes;
  void *bytes;
  int fd = b2_file_open (path, &n_bytes, error);

  if (fd < 0)
    return FALSE;
  if (n_bytes == 0 || n_bytes > G_MAXSSIZE)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_FORMAT, "%s: %s", path,
                   n_bytes == 0 ? "the file is empty" : "the file is too large to be mapped");
      close (fd);
      return FALSE;
    }

  bytes = mmap (NULL, n_bytes, PROT_READ, MAP_SHARED, fd, 0);
  if (bytes == MAP_FAILED)
    g_set_error (error, B2_ERROR, errno == ENOMEM ? B2_ERROR_NO_MEMORY : B2_ERROR_IO,
                 "%s: cannot be mapped: %s", path, g_strerror (errno));
  close (fd);
  if (bytes == MAP_FAILED)
    return FALSE;

  self->bytes = bytes;
  self->n_bytes = n_bytes;
  return TRUE;
}

void
b2_file_map_advise (const B2FileMap *self, gboolean random)
{
  if (self->bytes != NULL)
    (void) madvise ((void *) self->bytes, self->n_bytes, random ? MADV_RANDOM : MADV_NORMAL);
}

void
b2_file_map_release (const void *bytes, gsize n_bytes)
{
  gsize page = (gsize) sysconf (_SC_PAGESIZE);
  guintptr from = (guintptr) bytes / page * page, to = ((guintptr) bytes + n_bytes) / page * page;

  if (to > from)
    (void) madvise ((void *) from, to - from, MADV_DONTNEED);
}

void
b2_file_sync_folder (const char *path)
{
  g_autofree char *dir = g_path_get_dirname (path);
  int fd = open (dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd >= 0)
    {
      (void) fsync (fd);
      close (fd);
    }
}

void
b2_file_map_close (B2FileMap *self)
{
  if (self->bytes != NULL)
    munmap ((void *) self->bytes, self->n_bytes);
  self->bytes = NULL;
  self->n_bytes = 0;
}
