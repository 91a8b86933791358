#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n.h>

#include "app/image-format.h"
#include "app/image-private.h"

#define CHUNK_BYTES (1024 * 1024)

void
ql_image_set_unsupported (const QlImageFormat *format, GError **error)
{
  if (format->readable && format->package != NULL)
    g_set_error (
        error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_UNSUPPORTED,
        _("reading %s needs a part of GdkPixbuf that is not installed; install the package %s or save the "
           "picture as PNG or JPEG"),
        format->name, format->package);
  else
    g_set_error (error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_UNSUPPORTED,
                 _("Qlens does not read this kind of file (%s); save the picture as PNG or JPEG"),
                 format->name);
}

gboolean
ql_image_check_head (const guint8 *head, gsize n_bytes, GError **error)
{
  const QlImageFormat *format;

  if (n_bytes == 0)
    {
      g_set_error_literal (error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_EMPTY,
                           _("the file is empty; copy it again or choose another"));
      return FALSE;
    }
  format = ql_image_format_of (head, n_bytes);
  if (format == NULL)
    {
      g_set_error_literal (error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_NOT_A_PICTURE,
                           _("this is not a picture; choose a PNG, JPEG or other picture file"));
      return FALSE;
    }
  if (!format->readable)
    {
      ql_image_set_unsupported (format, error);
      return FALSE;
    }
  return TRUE;
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
               _("the file has %s, more than the %s that Qlens reads; save the picture smaller"), size,
               allowed);
  return FALSE;
}

static void
set_errno_error (int number, GError **error)
{
  if (number == ENOENT || number == ENOTDIR)
    g_set_error_literal (error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_NOT_FOUND,
                         _("there is no such file; check the name"));
  else if (number == EACCES || number == EPERM)
    g_set_error_literal (
        error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_DENIED,
        _("you are not allowed to read this file; change its permissions or choose another"));
  else
    g_set_error (error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_READ, _("the file could not be read (%s); try again"),
                 g_strerror (number));
}

static gboolean
check_kind (const struct stat *info, GError **error)
{
  if (S_ISREG (info->st_mode))
    return TRUE;
  if (S_ISDIR (info->st_mode))
    g_set_error_literal (error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_FOLDER,
                         _("this is a folder; choose a single picture"));
  else
    g_set_error_literal (error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_SPECIAL,
                         _("this is a device or a pipe, not a file; save the picture to a file first"));
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
      set_errno_error (errno, error);
      return -1;
    }
  if (!check_kind (info, error))
    return -1;
  fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0 || fstat (fd, info) != 0)
    set_errno_error (errno, error);
  else if (check_kind (info, error))
    return fd;
  if (fd >= 0)
    close (fd);
  return -1;
}

/* Returns: bytes read, less than @n at the end of the file; -1 with @error set */
static gssize
read_fully (int fd, guint8 *buffer, gsize n, GCancellable *cancellable, GError **error)
{
  gsize done = 0;

  while (done < n)
    {
      gssize got;

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return -1;
      got = read (fd, buffer + done, MIN (n - done, CHUNK_BYTES));
      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        {
          set_errno_error (errno, error);
          return -1;
        }
      if (got == 0)
        break;
      done += (gsize) got;
    }
  return (gssize) done;
}

/* The beginning decides whether the rest is read at all. What is appended meanwhile is not. */
static GBytes *
read_picture (int fd, gsize size, GCancellable *cancellable, GError **error)
{
  guint8 head[QL_IMAGE_FORMAT_HEAD_BYTES];
  gssize n_head = read_fully (fd, head, MIN (size, sizeof head), cancellable, error);
  gssize n_rest = 0;
  g_autofree guint8 *data = NULL;

  if (n_head < 0 || !ql_image_check_head (head, (gsize) n_head, error))
    return NULL;
  data = g_try_malloc (size);
  if (data == NULL)
    {
      ql_image_set_no_memory (error);
      return NULL;
    }
  memcpy (data, head, (gsize) n_head);
  n_rest = read_fully (fd, data + n_head, size - (gsize) n_head, cancellable, error);
  return n_rest < 0 ? NULL : g_bytes_new_take (g_steal_pointer (&data), (gsize) (n_head + n_rest));
}

GBytes *
ql_image_read_file (const char *path, const QlImageOptions *options, GCancellable *cancellable,
                    GError **error)
{
  GBytes *encoded = NULL;
  struct stat info;
  int fd = open_regular (path, &info, error);

  if (fd < 0)
    return NULL;
  if (ql_image_check_size (info.st_size, options, error))
    encoded = read_picture (fd, (gsize) info.st_size, cancellable, error);
  close (fd);
  return encoded;
}
