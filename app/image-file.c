#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n.h>

#include "app/image-format.h"
#include "app/image-private.h"

#define CHUNK_BYTES (1024 * 1024)

const QlImageFormat *
ql_image_check_head (const guint8 *head, gsize n_bytes, GError **error)
{
  const QlImageFormat *format;

  if (n_bytes == 0)
    {
      g_set_error_literal (error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_EMPTY,
                           _ ("the file is empty; copy it again or choose another"));
      return NULL;
    }
  format = ql_image_format_of (head, n_bytes);
  if (format == NULL)
    {
      g_set_error_literal (error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_NOT_A_PICTURE,
                           _ ("this is not a picture; choose a PNG, JPEG or other picture file"));
      return NULL;
    }
  if (!format->readable)
    {
      ql_image_set_unsupported (format, error);
      return NULL;
    }
  return format;
}

gboolean
ql_image_check_size (gint64 n_bytes, const QlImageOptions *options, GError **error)
{
  gint64 limit = options->max_file_bytes > 0 ? options->max_file_bytes : QL_IMAGE_MAX_FILE_BYTES;
  g_autofree char *size = NULL, *allowed = NULL;

  if (n_bytes <= limit)
    return TRUE;
  size = g_format_size ((guint64) n_bytes);
  allowed = g_format_size ((guint64) limit);
  g_set_error (error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_TOO_LARGE,
               _ ("the file has %s, more than the %s that Qlens reads; save the picture smaller"), size,
               allowed);
  return FALSE;
}

static gboolean
check_kind (const struct stat *info, GError **error)
{
  if (S_ISREG (info->st_mode))
    return TRUE;
  if (S_ISDIR (info->st_mode))
    g_set_error_literal (error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_FOLDER,
                         _ ("this is a folder; choose a single picture"));
  else
    g_set_error_literal (error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_SPECIAL,
                         _ ("this is a device or a pipe, not a file; save the picture to a file first"));
  return FALSE;
}

/* Looked at before it is opened, as opening a device may do something, and again after, as it may have
   changed in between. */
static int
open_regular (const char *path, struct stat *info, GError **error)
{
  int fd;

  if (stat (path, info) != 0)
    {
      ql_image_set_read_error (errno, error);
      return -1;
    }
  if (!check_kind (info, error))
    return -1;
  fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0 || fstat (fd, info) != 0)
    ql_image_set_read_error (errno, error);
  else if (check_kind (info, error))
    return fd;
  if (fd >= 0)
    close (fd);
  return -1;
}

/* Returns: bytes read, less than @n at the end of the file; -1 with errno set */
static gssize
read_fully (int fd, guint8 *buffer, gsize n, GCancellable *cancellable)
{
  gsize done = 0;

  while (done < n)
    {
      gssize got;

      if (g_cancellable_is_cancelled (cancellable))
        {
          errno = ECANCELED;
          return -1;
        }
      got = pread (fd, buffer + done, MIN (n - done, CHUNK_BYTES), (off_t) done);
      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        return -1;
      if (got == 0)
        break;
      done += (gsize) got;
    }
  return (gssize) done;
}

static const QlImageFormat *
read_format (int fd, gsize n_bytes, GError **error)
{
  guint8 head[QL_IMAGE_FORMAT_HEAD_BYTES];
  gssize n_head = read_fully (fd, head, MIN (n_bytes, sizeof head), NULL);

  if (n_head >= 0)
    return ql_image_check_head (head, (gsize) n_head, error);
  ql_image_set_read_error (errno, error);
  return NULL;
}

int
ql_image_open_file (const char *path, const QlImageOptions *options, gsize *n_bytes,
                    const QlImageFormat **format, GError **error)
{
  struct stat info;
  int fd = open_regular (path, &info, error);

  if (fd < 0)
    return -1;
  *n_bytes = (gsize) info.st_size;
  *format = NULL;
  if (ql_image_check_size (info.st_size, options, error))
    *format = read_format (fd, *n_bytes, error);
  if (*format != NULL)
    return fd;
  close (fd);
  return -1;
}

GBytes *
ql_image_read_fd (int fd, gsize n_bytes, GCancellable *cancellable, QlImageFault *fault)
{
  g_autofree guint8 *data = g_try_malloc (n_bytes);
  gssize n_read;

  if (data == NULL)
    {
      fault->kind = QL_IMAGE_FAULT_NO_MEMORY;
      return NULL;
    }
  n_read = read_fully (fd, data, n_bytes, cancellable);
  if (n_read >= 0)
    return g_bytes_new_take (g_steal_pointer (&data), (gsize) n_read);
  fault->kind = errno == ECANCELED ? QL_IMAGE_FAULT_CANCELLED : QL_IMAGE_FAULT_READ;
  fault->number = errno;
  return NULL;
}
