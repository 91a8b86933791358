#include "app/session-dirs.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <glib/gi18n.h>
#include <glib/gstdio.h>

#define MAX_ID_BYTES 64

QlSessionDirs *
ql_session_dirs_new (const char *data_home, const char *cache_home)
{
  QlSessionDirs *self = g_new0 (QlSessionDirs, 1);

  if (data_home == NULL)
    data_home = g_get_user_data_dir ();
  if (cache_home == NULL)
    cache_home = g_get_user_cache_dir ();
  self->sessions = g_build_filename (data_home, "qlens", "sessions", NULL);
  self->pictures = g_build_filename (data_home, "qlens", "pictures", NULL);
  self->thumbnails = g_build_filename (cache_home, "qlens", "thumbnails", NULL);
  self->index = g_build_filename (cache_home, "qlens", "sessions.json", NULL);
  return self;
}

QlSessionDirs *
ql_session_dirs_copy (const QlSessionDirs *self)
{
  QlSessionDirs *copy = g_new0 (QlSessionDirs, 1);

  copy->sessions = g_strdup (self->sessions);
  copy->pictures = g_strdup (self->pictures);
  copy->thumbnails = g_strdup (self->thumbnails);
  copy->index = g_strdup (self->index);
  return copy;
}

void
ql_session_dirs_free (QlSessionDirs *self)
{
  if (self == NULL)
    return;
  g_free (self->sessions);
  g_free (self->pictures);
  g_free (self->thumbnails);
  g_free (self->index);
  g_free (self);
}

void
ql_set_errno_error (GError **error, int saved_errno, const char *path)
{
  g_autofree char *display = g_filename_display_name (path);

  if (saved_errno == ENOSPC || saved_errno == EDQUOT || saved_errno == EFBIG)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, _ ("%s: the disk is full; make room on it"),
                 display);
  else if (saved_errno == EROFS || saved_errno == EACCES || saved_errno == EPERM)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, _ ("%s: writing is not permitted here"),
                 display);
  else
    g_set_error (error, G_IO_ERROR, (int) g_io_error_from_errno (saved_errno), "%s: %s", display,
                 g_strerror (saved_errno));
}

gboolean
ql_session_dirs_make (const char *dir, GError **error)
{
  struct stat about;

  if (g_mkdir_with_parents (dir, 0700) != 0 || g_stat (dir, &about) != 0)
    {
      ql_set_errno_error (error, errno, dir);
      return FALSE;
    }
  /* It may have been made by hand, or by a backup. Where it is not ours, writing decides. */
  if ((about.st_mode & 077) != 0)
    (void) !g_chmod (dir, 0700);
  return TRUE;
}

char *
ql_session_id_new (void)
{
  gint64 now_ms = g_get_real_time () / 1000;
  time_t seconds = (time_t) (now_ms / 1000);
  struct tm tm;

  /* Universal time, so that the order survives journeys and daylight saving. */
  if (gmtime_r (&seconds, &tm) == NULL)
    memset (&tm, 0, sizeof tm);
  return g_strdup_printf ("%04d%02d%02dT%02d%02d%02d%03dZ-%08x", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                          tm.tm_hour, tm.tm_min, tm.tm_sec, (int) (now_ms % 1000), g_random_int ());
}

gboolean
ql_session_id_is_valid (const char *id)
{
  gsize n = strlen (id);

  if (n == 0 || n > MAX_ID_BYTES)
    return FALSE;
  for (gsize i = 0; i < n; i++)
    if (!g_ascii_isalnum (id[i]) && id[i] != '-')
      return FALSE;
  return TRUE;
}
