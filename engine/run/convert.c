#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "engine/io/file-map.h"
#include "engine/run/convert-pass.h"

/* ---- the file that is being written ------------------------------------------------ */

static gboolean
set_errno_error (const char *path, GError **error)
{
  g_set_error (error, B2_ERROR, B2_ERROR_IO, "%s: cannot be written: %s", path, g_strerror (errno));
  return FALSE;
}

/* A place that may be written: nothing there, or a file that may be replaced. */
static gboolean
check_target (const char *path, gboolean overwrite, GError **error)
{
  struct stat st;

  if (lstat (path, &st) != 0)
    return errno == ENOENT || set_errno_error (path, error);
  if (!S_ISREG (st.st_mode))
    {
      g_set_error (error, B2_ERROR, B2_ERROR_ARGUMENT, "%s: is there already and is no file", path);
      return FALSE;
    }
  if (overwrite)
    return TRUE;
  g_set_error (error, B2_ERROR, B2_ERROR_ARGUMENT, "%s: is there already", path);
  return FALSE;
}

/* Only one run at a time writes a .part; the next one finds it locked, or gone. */
static int
open_part (const char *path, GError **error)
{
  struct stat mine, named;
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);

  if (fd < 0)
    {
      set_errno_error (path, error);
      return -1;
    }
  /* Where nothing can be locked, the one name is all that keeps two runs apart. */
  if ((flock (fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) && fstat (fd, &mine) == 0
      && stat (path, &named) == 0 && S_ISREG (mine.st_mode) && mine.st_ino == named.st_ino
      && mine.st_dev == named.st_dev)
    return fd;
  g_set_error (error, B2_ERROR, B2_ERROR_IO,
               "%s: cannot be written: another conversion is at it, or it is no file", path);
  close (fd);
  return -1;
}

static gboolean
set_room_error (const char *path, guint64 n_bytes, guint64 n_free, GError **error)
{
  g_set_error (error, B2_ERROR, B2_ERROR_IO,
               "%s: cannot be written: the file will have %" G_GUINT64_FORMAT
               " bytes, and there is room for %" G_GUINT64_FORMAT,
               path, n_bytes, n_free);
  return FALSE;
}

/* All of the room at once, so that a full disk shows now and not in ten minutes. */
static gboolean
make_room (int fd, const char *path, guint64 n_bytes, GError **error)
{
  struct statvfs fs;
  guint64 n_free;

  if (ftruncate (fd, 0) != 0 || fstatvfs (fd, &fs) != 0)
    return set_errno_error (path, error);
  n_free = (guint64) fs.f_bavail * fs.f_frsize;
  if (n_bytes > n_free)
    return set_room_error (path, n_bytes, n_free, error);
  if (fallocate (fd, 0, 0, (off_t) n_bytes) == 0)
    return TRUE;
  if (errno == ENOSPC)
    return set_room_error (path, n_bytes, n_free, error);
  if (errno == EFBIG || errno == EIO || errno == EDQUOT)
    return set_errno_error (path, error);
  /* A file system that cannot reserve. */
  return ftruncate (fd, (off_t) n_bytes) == 0 || set_errno_error (path, error);
}

/* ---- writing, reading back ------------------------------------------------------------ */

/* Cached pages would only tell that memory is sound. */
static gboolean
sync_and_forget (int fd, const char *path, GError **error)
{
  if (fsync (fd) != 0)
    return set_errno_error (path, error);
  (void) posix_fadvise (fd, 0, 0, POSIX_FADV_DONTNEED);
  return TRUE;
}

static gboolean
opens_as_model (const char *part, const B2Watch *watch, GError **error)
{
  B2Watch quiet = { .cancel = watch != NULL ? watch->cancel : NULL };
  g_autoptr (B2Model) model = b2_model_open (part, &quiet, error);

  return model != NULL;
}

static gboolean
write_and_verify (B2ConvertPass *pass, int fd, GError **error)
{
  const B2ConvertPlan *plan = pass->plan;
  g_autoptr (B2Gguf) gguf = NULL;

  if (!make_room (fd, pass->path, plan->n_bytes, error)
      || !b2_convert_write_at (fd, pass->path, plan->header->data, plan->header->len, 0, error)
      || !b2_convert_pass_write (pass, fd, error) || !sync_and_forget (fd, pass->path, error))
    return FALSE;
  /* In this order: opening looks at a little of everything, and of a file that has just been
   * read through each look maps megabytes. */
  if (!opens_as_model (pass->path, pass->watch, error))
    return FALSE;
  gguf = b2_gguf_open (pass->path, error);
  return gguf != NULL && b2_convert_pass_verify (pass, gguf, error);
}

static gboolean
give_name (const char *part, const char *path, gboolean overwrite, GError **error)
{
  int status = renameat2 (AT_FDCWD, part, AT_FDCWD, path, overwrite ? 0 : RENAME_NOREPLACE);

  /* Not every file system can refuse to replace; then the check of the beginning has to do. */
  if (status != 0 && errno == EINVAL && check_target (path, overwrite, error))
    status = rename (part, path);
  else if (status != 0 && errno == EINVAL)
    return FALSE;
  if (status != 0)
    return set_errno_error (path, error);
  b2_file_sync_folder (path);
  return TRUE;
}

static B2ConvertReport *
convert_model (B2Model *model, const char *path, const char *part, B2WeightType target,
               const B2ConvertOptions *options, const B2Watch *watch, GError **error)
{
  g_autoptr (B2ConvertPlan) plan = b2_convert_plan_new (model, target, error);
  g_autoptr (B2Pool) pool = plan != NULL ? b2_pool_new (options->n_threads, error) : NULL;
  B2ConvertPass pass = { plan, pool, watch, part, 0 };
  gboolean ok;
  int fd;

  if (pool == NULL)
    return NULL;
  fd = open_part (part, error);
  if (fd < 0)
    return NULL;
  b2_pool_set_cancel (pool, watch != NULL ? watch->cancel : NULL);
  ok = write_and_verify (&pass, fd, error) && b2_watch_check (watch, error)
       && give_name (part, path, options->overwrite, error);
  if (!ok)
    g_unlink (part);
  close (fd); /* and with it the lock, when the name is no longer ours */
  return ok ? b2_convert_report (plan) : NULL;
}

B2ConvertReport *
b2_convert (const char *model_path, const char *path, const B2ConvertOptions *options, const B2Watch *watch,
            GError **error)
{
  g_autofree char *part = g_strconcat (path, ".part", NULL);
  g_autoptr (B2Model) model = NULL;
  B2WeightType target;

  if (!b2_convert_type (options->type, &target, error) || !check_target (path, options->overwrite, error))
    return NULL;
  model = b2_model_open (model_path, watch, error);
  return model != NULL ? convert_model (model, path, part, target, options, watch, error) : NULL;
}
