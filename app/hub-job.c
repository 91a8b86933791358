/* A whole download, on the worker: list, room, files, sums. */

#include "app/hub-run.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <glib/gi18n.h>

#include "app/hub-address.h"
#include "app/model-sums.h"

/* Left free on the disk: the larger of these. */
#define SPARE_BYTES (64 * 1024 * 1024)
#define SPARE_SHARE 100

/* ---- the list of files -------------------------------------------------------------- */

static gboolean
read_listing (QlHubRun *self, QlHubReply *reply, GByteArray *text, GError **error)
{
  guint8 chunk[16 * 1024];

  for (;;)
    {
      gssize n_read = ql_hub_http_read (reply, chunk, sizeof chunk, self->repo, self->cancellable, error);

      if (n_read <= 0)
        return n_read == 0;
      g_byte_array_append (text, chunk, (guint) n_read);
      if (text->len > QL_HUB_MAX_LISTING_BYTES)
        return TRUE; /* which the parser refuses */
    }
}

static gboolean
attempt_listing (QlHubRun *self, gpointer data, GError **error)
{
  GPtrArray **files = data;
  g_autofree char *address = ql_hub_address_list (self->base, self->repo);
  g_autoptr (GByteArray) text = g_byte_array_new ();
  g_auto (QlHubReply) reply = { 0 };

  ql_hub_run_tell (self, QL_HUB_PHASE_LIST, 0);
  if (!ql_hub_http_get (self->http, address, 0, NULL, self->repo, self->cancellable, &reply, error))
    return FALSE;
  if (reply.status != 200)
    return ql_hub_run_set_status_error (self, &reply, self->repo, error);
  if (!read_listing (self, &reply, text, error))
    return FALSE;
  *files = ql_hub_listing_parse ((const char *) text->data, text->len, self->repo, error);
  return *files != NULL;
}

/* ---- room ------------------------------------------------------------------------------- */

static guint64
size_of (const char *path)
{
  struct stat status;

  return lstat (path, &status) == 0 && S_ISREG (status.st_mode) ? (guint64) status.st_size : 0;
}

/* Bytes that are still to be written. */
static guint64
missing_bytes (QlHubRun *self, const GPtrArray *files)
{
  guint64 missing = 0;

  for (guint i = 0; i < files->len; i++)
    {
      const QlHubFile *file = files->pdata[i];
      g_autofree char *path = g_build_filename (self->dir, file->path, NULL);
      g_autofree char *part = ql_hub_part_path (self->dir, file->path);

      missing += file->n_bytes - MIN (file->n_bytes, MAX (size_of (path), size_of (part)));
    }
  return missing;
}

static gboolean
check_room (QlHubRun *self, const GPtrArray *files, GError **error)
{
  guint64 missing = missing_bytes (self, files);
  guint64 needed = missing + MAX (SPARE_BYTES, missing / SPARE_SHARE);
  struct statvfs disk;
  guint64 room;

  if (missing == 0)
    return TRUE;
  if (statvfs (self->dir, &disk) != 0)
    {
      g_set_error (error, QL_HUB_ERROR, QL_HUB_ERROR_DISK, "%s: %s", self->dir, g_strerror (errno));
      return FALSE;
    }
  room = (guint64) disk.f_bavail * disk.f_frsize;
  if (room < needed)
    {
      g_autofree char *needed_text = g_format_size (needed);
      g_autofree char *room_text = g_format_size (room);

      g_set_error (error, QL_HUB_ERROR, QL_HUB_ERROR_SPACE,
                   _ ("%s: the download needs %s, there are %s free; make room or choose another folder"),
                   self->dir, needed_text, room_text);
      return FALSE;
    }
  return TRUE;
}

/* ---- the folder -------------------------------------------------------------------------- */

/* One download at a time in a folder, of all programs. Returns: its descriptor, or -1 */
static int
lock_dir (QlHubRun *self, GError **error)
{
  int fd = open (self->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd < 0)
    {
      g_set_error (error, QL_HUB_ERROR, QL_HUB_ERROR_DISK, _ ("%s: the folder could not be opened: %s"),
                   self->dir, g_strerror (errno));
      return -1;
    }
  if (flock (fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    {
      g_set_error (error, QL_HUB_ERROR, QL_HUB_ERROR_EXISTS, _ ("%s: another download writes to this folder"),
                   self->dir);
      close (fd);
      return -1;
    }
  return fd;
}

static int
make_dir (QlHubRun *self, GError **error)
{
  if (g_mkdir_with_parents (self->dir, 0755) == 0)
    return lock_dir (self, error);
  g_set_error (error, QL_HUB_ERROR, QL_HUB_ERROR_DISK, _ ("%s: the folder could not be made: %s"), self->dir,
               g_strerror (errno));
  return -1;
}

/* Somebody else's list that says the same is left alone. */
static gboolean
write_sums (QlHubRun *self, GHashTable *sums, GError **error)
{
  g_autoptr (GHashTable) there = ql_model_sums_load (self->dir, NULL);
  g_autofree char *path = g_build_filename (self->dir, QL_MODEL_SUMS_NAME, NULL);
  g_autofree char *text = ql_model_sums_format (sums);
  g_autoptr (GError) problem = NULL;
  GHashTableIter iter;
  gpointer name, sum;
  gboolean same = TRUE;

  g_hash_table_iter_init (&iter, sums);
  while (there != NULL && g_hash_table_iter_next (&iter, &name, &sum))
    same = same && g_strcmp0 (g_hash_table_lookup (there, name), sum) == 0;
  if (there != NULL && same)
    return TRUE;
  if (there == NULL || g_hash_table_size (there) > 0)
    {
      g_set_error (error, QL_HUB_ERROR, QL_HUB_ERROR_EXISTS,
                   _ ("%s: this list is there already and says otherwise; move it away"), path);
      return FALSE;
    }
  if (g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                0644, &problem))
    return TRUE;
  g_set_error (error, QL_HUB_ERROR, QL_HUB_ERROR_DISK, _ ("%s: this could not be written: %s"), path,
               problem->message);
  return FALSE;
}

static gboolean
fetch_all (QlHubRun *self, const GPtrArray *files, GError **error)
{
  g_autoptr (GHashTable) sums = ql_model_sums_new ();

  self->progress.total_bytes = ql_hub_listing_total (files);
  self->progress.n_files = (int) files->len;
  ql_hub_parts_set_total (self->parts, self->progress.total_bytes);
  ql_hub_run_tell (self, QL_HUB_PHASE_CHECK, 0);
  if (!check_room (self, files, error))
    return FALSE;
  for (guint i = 0; i < files->len; i++)
    {
      const QlHubFile *file = files->pdata[i];
      g_autofree char *sha256 = NULL;

      self->progress.file = (int) i + 1;
      g_strlcpy (self->progress.file_name, file->path, sizeof self->progress.file_name);
      if (g_cancellable_set_error_if_cancelled (self->cancellable, error)
          || !ql_hub_file_fetch (self, file, &sha256, error))
        return FALSE;
      self->finished_bytes += file->n_bytes;
      ql_hub_run_tell (self, QL_HUB_PHASE_FETCH, 0);
      ql_model_sums_put (sums, file->path, sha256);
    }
  if (!write_sums (self, sums, error))
    return FALSE;
  ql_hub_parts_forget (self->parts);
  return TRUE;
}

gboolean
ql_hub_job_run (QlHubRun *self, GError **error)
{
  g_autoptr (GPtrArray) files = NULL;
  gboolean ok = FALSE;
  int lock;

  self->http = ql_hub_http_new (self->patience.timeout_s);
  if (ql_hub_run_try (self, attempt_listing, &files, error) && (lock = make_dir (self, error)) >= 0)
    {
      self->parts = ql_hub_parts_open (self->dir, self->repo);
      ok = fetch_all (self, files, error);
      g_clear_pointer (&self->parts, ql_hub_parts_free);
      if (!ok)
        rmdir (self->dir); /* where it is empty: nothing came */
      close (lock);
    }
  g_clear_pointer (&self->http, ql_hub_http_free);
  return ok;
}

gboolean
ql_hub_job_discard (QlHubRun *self, GError **error)
{
  int lock;

  if (!g_file_test (self->dir, G_FILE_TEST_IS_DIR))
    return TRUE;
  lock = lock_dir (self, error);
  if (lock < 0)
    return FALSE;
  self->parts = ql_hub_parts_open (self->dir, self->repo);
  ql_hub_parts_discard (self->parts);
  g_clear_pointer (&self->parts, ql_hub_parts_free);
  close (lock);
  return TRUE;
}
