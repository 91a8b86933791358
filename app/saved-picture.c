#include "app/saved-picture.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n.h>
#include <glib/gstdio.h>

#include "app/image-loader.h"

#define CHUNK_BYTES (256 * 1024)

static gint64
mtime_us (const struct stat *about)
{
  return (gint64) about->st_mtim.tv_sec * G_USEC_PER_SEC + about->st_mtim.tv_nsec / 1000;
}

/* @sha256: (out) (optional): NULL asks for size and time alone */
static gboolean
examine (const char *path, gint64 *size_bytes, gint64 *time_us, char **sha256, GCancellable *cancellable,
         GError **error)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree guchar *chunk = NULL;
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  struct stat about;
  ssize_t n = 0;

  if (fd < 0 || fstat (fd, &about) != 0 || !S_ISREG (about.st_mode))
    {
      ql_set_errno_error (error, fd < 0 ? errno : EINVAL, path);
      if (fd >= 0)
        close (fd);
      return FALSE;
    }
  *size_bytes = about.st_size;
  *time_us = mtime_us (&about);
  if (sha256 != NULL)
    {
      chunk = g_malloc (CHUNK_BYTES);
      while (!g_cancellable_is_cancelled (cancellable) && (n = read (fd, chunk, CHUNK_BYTES)) != 0)
        if (n > 0)
          g_checksum_update (checksum, chunk, n);
        else if (errno != EINTR)
          break;
      if (n < 0)
        ql_set_errno_error (error, errno, path);
      else
        *sha256 = g_strdup (g_checksum_get_string (checksum));
    }
  close (fd);
  return n >= 0 && !g_cancellable_set_error_if_cancelled (cancellable, error);
}

/* A picture of the program's own making: it cannot be half a file, and nobody else reads it. */
static gboolean
write_png (GdkPixbuf *pixbuf, const char *dir, const char *sha256, char **written_sha256, GError **error)
{
  g_autofree char *png = NULL, *base = NULL, *path = NULL, *sum = NULL;
  gsize n;

  if (!ql_session_dirs_make (dir, error) || !gdk_pixbuf_save_to_buffer (pixbuf, &png, &n, "png", error, NULL))
    return FALSE;
  sum = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) png, n);
  base = g_strconcat (sha256 != NULL ? sha256 : sum, ".png", NULL);
  path = g_build_filename (dir, base, NULL);
  if (!g_file_set_contents_full (
          path, png, (gssize) n,
          G_FILE_SET_CONTENTS_CONSISTENT | (sha256 == NULL ? G_FILE_SET_CONTENTS_DURABLE : 0), 0600, error))
    return FALSE;
  if (written_sha256 != NULL)
    *written_sha256 = g_steal_pointer (&sum);
  return TRUE;
}

static GdkPixbuf *
pixbuf_of (GBytes *rgb, int width, int height, gsize stride, GError **error)
{
  GdkPixbuf *pixbuf = NULL;

  if (stride <= G_MAXINT)
    pixbuf = gdk_pixbuf_new_from_bytes (rgb, GDK_COLORSPACE_RGB, FALSE, 8, width, height, (int) stride);
  if (pixbuf == NULL)
    g_set_error_literal (error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_TOO_LARGE,
                         _ ("the picture is too large to be kept"));
  return pixbuf;
}

static gboolean
write_thumbnail (const QlSessionDirs *dirs, const char *sha256, QlImage *small, GError **error)
{
  g_autoptr (GdkPixbuf) pixbuf = pixbuf_of (small->bytes, small->width, small->height, small->stride, error);

  return pixbuf != NULL && write_png (pixbuf, dirs->thumbnails, sha256, NULL, error);
}

char *
ql_thumbnail_path (const QlSessionDirs *dirs, const char *sha256)
{
  g_autofree char *base = g_strconcat (sha256, ".png", NULL);

  return g_build_filename (dirs->thumbnails, base, NULL);
}

/* From the pixels that are here already: they need no decoding, which might be dear or dangerous. */
static void
make_thumbnail (const QlSessionDirs *dirs, const char *sha256, QlPicture *picture)
{
  QlImageOptions options = { .max_side_px = QL_THUMBNAIL_PX };
  g_autofree char *path = ql_thumbnail_path (dirs, sha256);
  g_autoptr (GError) error = NULL;
  g_autoptr (GdkPixbuf) pixbuf = NULL;
  g_autoptr (QlImage) small = NULL;
  int width, height;
  gsize stride;
  GBytes *rgb = ql_picture_get_preview (picture, &width, &height, &stride);

  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return;
  pixbuf = pixbuf_of (rgb, width, height, stride, &error);
  if (pixbuf != NULL)
    small = ql_image_new_from_pixbuf (pixbuf, &options, &error);
  /* It is only a cache: the list shows a blank instead. */
  if (small == NULL || !write_thumbnail (dirs, sha256, small, &error))
    g_debug ("%s", error->message);
}

static gboolean
keep_copy (QlSavedPicture *self, const QlSessionDirs *dirs, QlPicture *picture, GError **error)
{
  g_autoptr (GdkPixbuf) pixbuf = pixbuf_of (ql_picture_get_rgb (picture), self->width, self->height,
                                            ql_picture_get_stride (picture), error);
  g_autofree char *path = NULL;

  if (pixbuf == NULL || !write_png (pixbuf, dirs->pictures, NULL, &self->sha256, error))
    return FALSE;
  self->copy = g_strconcat (self->sha256, ".png", NULL);
  path = g_build_filename (dirs->pictures, self->copy, NULL);
  return examine (path, &self->size_bytes, &self->mtime_us, NULL, NULL, error);
}

QlSavedPicture *
ql_saved_picture_new (const QlSessionDirs *dirs, QlPicture *picture, GCancellable *cancellable,
                      GError **error)
{
  g_autoptr (QlSavedPicture) self = g_new0 (QlSavedPicture, 1);
  GFile *file = ql_picture_get_file (picture);
  g_autofree char *path = file != NULL && g_file_is_native (file) ? g_file_get_path (file) : NULL;

  self->name = g_strdup (ql_picture_get_name (picture));
  self->width = ql_picture_get_width (picture);
  self->height = ql_picture_get_height (picture);
  if (path != NULL)
    self->uri = g_filename_to_uri (path, NULL, NULL);
  /* A file that is gone already is no file to refer to. */
  if (self->uri != NULL
      && !examine (path, &self->size_bytes, &self->mtime_us, &self->sha256, cancellable, NULL))
    {
      g_clear_pointer (&self->uri, g_free);
      g_clear_pointer (&self->sha256, g_free);
    }
  if (g_cancellable_set_error_if_cancelled (cancellable, error)
      || (self->uri == NULL && !keep_copy (self, dirs, picture, error)))
    return NULL;
  make_thumbnail (dirs, self->sha256, picture);
  return g_steal_pointer (&self);
}

typedef struct
{
  QlSessionDirs *dirs;
  QlPicture *picture;
} NewJob;

static void
new_job_free (gpointer data)
{
  NewJob *self = data;

  ql_session_dirs_free (self->dirs);
  g_object_unref (self->picture);
  g_free (self);
}

static void
new_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  const NewJob *job = task_data;
  GError *error = NULL;
  QlSavedPicture *self = ql_saved_picture_new (job->dirs, job->picture, cancellable, &error);

  if (self == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, self, (GDestroyNotify) ql_saved_picture_free);
}

void
ql_saved_picture_new_async (const QlSessionDirs *dirs, QlPicture *picture, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);
  NewJob *job = g_new0 (NewJob, 1);

  job->dirs = ql_session_dirs_copy (dirs);
  job->picture = g_object_ref (picture);
  g_task_set_source_tag (task, ql_saved_picture_new_async);
  g_task_set_task_data (task, job, new_job_free);
  g_task_run_in_thread (task, new_thread);
}

QlSavedPicture *
ql_saved_picture_new_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, ql_saved_picture_new_async), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

QlSavedPictureState
ql_saved_picture_check (const QlSavedPicture *self, const QlSessionDirs *dirs, gboolean thorough, char **path)
{
  g_autofree char *file = NULL, *sha256 = NULL;
  gint64 size_bytes, time_us;
  QlSavedPictureState state = QL_SAVED_PICTURE_CHANGED;

  if (self->uri != NULL)
    file = g_filename_from_uri (self->uri, NULL, NULL);
  else if (self->copy != NULL)
    file = g_build_filename (dirs->pictures, self->copy, NULL);
  if (path != NULL)
    *path = NULL;
  if (file == NULL || !examine (file, &size_bytes, &time_us, NULL, NULL, NULL))
    return QL_SAVED_PICTURE_MISSING;
  if (size_bytes == self->size_bytes)
    {
      /* Touched, or brought back from a backup: what counts is what is in it. */
      if (!thorough && time_us == self->mtime_us)
        state = QL_SAVED_PICTURE_PRESENT;
      else if (!examine (file, &size_bytes, &time_us, &sha256, NULL, NULL))
        return QL_SAVED_PICTURE_MISSING;
      else if (g_strcmp0 (sha256, self->sha256) == 0)
        state = QL_SAVED_PICTURE_PRESENT;
    }
  if (path != NULL)
    *path = g_steal_pointer (&file);
  return state;
}

gboolean
ql_thumbnail_make (const QlSessionDirs *dirs, const QlSavedPicture *picture, GCancellable *cancellable,
                   GError **error)
{
  QlImageOptions options = { .max_side_px = QL_THUMBNAIL_PX };
  g_autofree char *path = NULL;
  g_autoptr (QlImage) small = NULL;

  /* Not of another picture under this one's name. */
  if (picture->sha256 == NULL
      || ql_saved_picture_check (picture, dirs, TRUE, &path) != QL_SAVED_PICTURE_PRESENT)
    {
      g_set_error_literal (error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_NOT_FOUND,
                           _ ("the picture was moved, changed or deleted"));
      return FALSE;
    }
  small = ql_image_load_file (path, &options, cancellable, error);
  return small != NULL && write_thumbnail (dirs, picture->sha256, small, error);
}
