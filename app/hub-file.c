/* One file of a download: what is there of it, the rest of it, and whether it is right. */

#include "app/hub-run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n.h>

#include "app/hub-address.h"
#include "app/model-sums.h"

#define CHUNK_BYTES (256 * 1024)

typedef struct
{
  QlHubRun *run;
  const QlHubFile *file;
  char *final_path, *part_path;
  int fd; /* of the part */
  guint64 offset; /* bytes in it */
  char *etag; /* (nullable): under which they came */
  GChecksum *checksum; /* of them */
  guint8 *chunk;
  guint64 n_checked; /* bytes of the file in place that were read */
  gboolean foreign; /* the right file, but put there by somebody else */
} Transfer;

static gboolean
set_disk_error (const char *path, int number, GError **error)
{
  if (number == ENOSPC || number == EDQUOT)
    g_set_error (error, QL_HUB_ERROR, QL_HUB_ERROR_SPACE,
                 _ ("%s: the disk is full; make room and go on: what was fetched is kept"), path);
  else if (number == EFBIG)
    g_set_error (error, QL_HUB_ERROR, QL_HUB_ERROR_SPACE,
                 _ ("%s: files of this size cannot be kept on this disk; choose another folder"), path);
  else
    g_set_error (error, QL_HUB_ERROR, QL_HUB_ERROR_DISK, _ ("%s: this could not be written: %s"), path,
                 g_strerror (number));
  return FALSE;
}

/* ---- the part --------------------------------------------------------------------- */

static gboolean
begin_anew (Transfer *self, GError **error)
{
  self->offset = 0;
  g_clear_pointer (&self->etag, g_free);
  g_checksum_reset (self->checksum);
  if (ftruncate (self->fd, 0) != 0 || lseek (self->fd, 0, SEEK_SET) != 0)
    return set_disk_error (self->part_path, errno, error);
  return TRUE;
}

static void
add_bytes (guint64 n_bytes, gpointer data)
{
  Transfer *self = data;

  self->offset += n_bytes;
  ql_hub_run_tell (self->run, QL_HUB_PHASE_CHECK, self->offset);
}

/* Takes over what an earlier run left, if it is of this version of the file. */
static gboolean
take_part (Transfer *self, GError **error)
{
  QlHubParts *parts = self->run->parts;
  const QlHubFile *file = self->file;
  const char *etag = ql_hub_parts_get_etag (parts, file->path, file->version);
  struct stat status;
  guint64 n_bytes;

  if (fstat (self->fd, &status) != 0)
    return set_disk_error (self->part_path, errno, error);
  n_bytes = (guint64) status.st_size;
  if (n_bytes == 0 || n_bytes > file->n_bytes || !ql_hub_parts_has (parts, file->path, file->version)
      || (etag == NULL && file->sha256 == NULL))
    return begin_anew (self, error);
  self->etag = g_strdup (etag);
  if (!ql_sha256_file (self->part_path, self->checksum, add_bytes, self, self->run->cancellable, error))
    return FALSE;
  if (self->offset != n_bytes) /* somebody else writes to it */
    return begin_anew (self, error);
  if (lseek (self->fd, 0, SEEK_END) < 0)
    return set_disk_error (self->part_path, errno, error);
  return TRUE;
}

static gboolean
open_part (Transfer *self, GError **error)
{
  struct stat status;

  self->fd = open (self->part_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
  if (self->fd < 0)
    return set_disk_error (self->part_path, errno, error);
  if (fstat (self->fd, &status) != 0 || !S_ISREG (status.st_mode) || status.st_nlink != 1)
    {
      g_set_error (error, QL_HUB_ERROR, QL_HUB_ERROR_EXISTS,
                   _ ("%s: this is there already and is not of this download; choose another folder"),
                   self->part_path);
      return FALSE;
    }
  return take_part (self, error);
}

static gboolean
write_all (Transfer *self, const guint8 *bytes, gsize n_bytes, GError **error)
{
  while (n_bytes > 0)
    {
      gssize n_written = write (self->fd, bytes, n_bytes);

      if (n_written < 0 && errno == EINTR)
        continue;
      if (n_written <= 0)
        return set_disk_error (self->part_path, n_written < 0 ? errno : ENOSPC, error);
      g_checksum_update (self->checksum, bytes, n_written);
      self->offset += (guint64) n_written;
      bytes += n_written;
      n_bytes -= (gsize) n_written;
    }
  return TRUE;
}

/* ---- the network ------------------------------------------------------------------------ */

static gboolean
set_size_error (Transfer *self, GError **error)
{
  g_set_error (error, QL_HUB_ERROR, QL_HUB_ERROR_SIZE,
               _ ("%s: the server gives another size than its list tells (%llu bytes); the repository may be "
                  "changing, so try again later"),
               self->file->path, (unsigned long long) self->file->n_bytes);
  return FALSE;
}

/* The rest does not fit what is there: the next try begins anew. */
static gboolean
refuse_rest (Transfer *self, GError **error)
{
  if (!begin_anew (self, error))
    return FALSE;
  g_set_error (error, QL_HUB_ERROR, QL_HUB_ERROR_NETWORK,
               _ ("%s: the file changed on the server while it was fetched"), self->file->path);
  return FALSE;
}

static gboolean
accept_reply (Transfer *self, const QlHubReply *reply, GError **error)
{
  if (reply->status == 206)
    {
      if (reply->range_start != (gint64) self->offset || reply->range_total != (gint64) self->file->n_bytes
          || (self->etag != NULL && reply->etag != NULL && strcmp (self->etag, reply->etag) != 0))
        return refuse_rest (self, error);
      return TRUE;
    }
  if (reply->status == 416)
    return refuse_rest (self, error);
  if (reply->status != 200)
    return ql_hub_run_set_status_error (self->run, reply, self->file->path, error);
  if (reply->n_bytes >= 0 && (guint64) reply->n_bytes != self->file->n_bytes)
    return set_size_error (self, error);
  /* the whole file, whether or not a rest was asked for */
  if (!begin_anew (self, error))
    return FALSE;
  self->etag = g_strdup (reply->etag);
  ql_hub_parts_begin (self->run->parts, self->file->path, self->file->version, self->etag);
  return ql_hub_parts_save (self->run->parts, error);
}

static gboolean
receive (Transfer *self, QlHubReply *reply, GError **error)
{
  for (;;)
    {
      gssize n_read = ql_hub_http_read (reply, self->chunk, CHUNK_BYTES, self->file->path,
                                        self->run->cancellable, error);

      if (n_read < 0)
        return FALSE;
      if (n_read == 0)
        break;
      if ((guint64) n_read > self->file->n_bytes - self->offset)
        {
          unlink (self->part_path);
          return set_size_error (self, error);
        }
      self->run->received_bytes += (guint64) n_read;
      if (!write_all (self, self->chunk, (gsize) n_read, error))
        return FALSE;
      ql_transfer_rate_add (&self->run->rate, g_get_monotonic_time (), (guint64) n_read);
      ql_hub_run_tell (self->run, QL_HUB_PHASE_FETCH, self->offset);
    }
  if (self->offset == self->file->n_bytes)
    return TRUE;
  {
    g_autofree char *got = g_format_size (self->offset), *all = g_format_size (self->file->n_bytes);

    g_set_error (error, QL_HUB_ERROR, QL_HUB_ERROR_NETWORK,
                 _ ("%s: the server stopped after %s of %s; go on later"), self->file->path, got, all);
  }
  return FALSE;
}

static gboolean
attempt (QlHubRun *run, gpointer data, GError **error)
{
  Transfer *self = data;
  g_autofree char *address = ql_hub_address_file (run->base, run->repo, self->file->path);
  g_auto (QlHubReply) reply = { 0 };

  if (self->offset == self->file->n_bytes)
    return TRUE;
  /* without a sum, nothing but an ETag tells that the rest fits what is there */
  if (self->offset > 0 && self->etag == NULL && self->file->sha256 == NULL && !begin_anew (self, error))
    return FALSE;
  ql_hub_run_tell (run, QL_HUB_PHASE_FETCH, self->offset);
  return ql_hub_http_get (run->http, address, self->offset, self->etag, self->file->path, run->cancellable,
                          &reply, error)
         && accept_reply (self, &reply, error) && receive (self, &reply, error);
}

/* ---- the finished file ---------------------------------------------------------------------- */

static void
add_checked (guint64 n_bytes, gpointer data)
{
  Transfer *self = data;

  self->n_checked += n_bytes;
  ql_hub_run_tell (self->run, QL_HUB_PHASE_CHECK, MIN (self->n_checked, self->file->n_bytes));
}

static char *
hash_file (Transfer *self, GError **error)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);

  self->n_checked = 0;
  if (!ql_sha256_file (self->final_path, checksum, add_checked, self, self->run->cancellable, error))
    return NULL;
  return g_strdup (g_checksum_get_string (checksum));
}

static gboolean
set_exists_error (Transfer *self, GError **error)
{
  g_set_error (error, QL_HUB_ERROR, QL_HUB_ERROR_EXISTS,
               _ ("%s: another file of this name is there already; move it away or choose another folder"),
               self->final_path);
  return FALSE;
}

/* Whether the file is there and right. Sets *@mine where it may be replaced. */
static gboolean
is_there (Transfer *self, char **sha256, gboolean *mine, GError **error)
{
  const char *done = ql_hub_parts_get_done (self->run->parts, self->file->path);
  const char *wanted = self->file->sha256;
  struct stat status;
  g_autofree char *found = NULL;

  *mine = FALSE;
  if (lstat (self->final_path, &status) != 0)
    return FALSE;
  if (!S_ISREG (status.st_mode))
    return set_exists_error (self, error);
  if (done != NULL && ql_hub_parts_is_untouched (self->run->parts, self->file->path, &status))
    found = g_strdup (done); /* a pause must not cost reading gigabytes */
  else
    found = hash_file (self, error);
  if (found == NULL)
    return FALSE;
  *mine = g_strcmp0 (done, found) == 0; /* still as this download left it */
  if (wanted == NULL && *mine && ql_hub_parts_has (self->run->parts, self->file->path, self->file->version))
    wanted = done;
  if ((guint64) status.st_size == self->file->n_bytes && g_strcmp0 (wanted, found) == 0)
    {
      *sha256 = g_steal_pointer (&found);
      self->foreign = !*mine;
      return TRUE;
    }
  /* of a small file nobody told the sum: fetch it and compare */
  if (!*mine && (self->file->sha256 != NULL || (guint64) status.st_size != self->file->n_bytes))
    set_exists_error (self, error);
  return FALSE;
}

static gboolean
check_hash (Transfer *self, GError **error)
{
  if (self->file->sha256 == NULL || strcmp (g_checksum_get_string (self->checksum), self->file->sha256) == 0)
    return TRUE;
  unlink (self->part_path);
  g_set_error (
      error, QL_HUB_ERROR, QL_HUB_ERROR_HASH,
      _ ("%s: what came is not what the hub's list promises (SHA-256 differs), so it was removed; try "
         "again, and if it stays so, do not trust this server"),
      self->file->path);
  return FALSE;
}

static gboolean
same_as_there (Transfer *self, GError **error)
{
  g_autofree char *found = hash_file (self, error);

  if (found == NULL)
    return FALSE;
  unlink (self->part_path);
  self->foreign = TRUE;
  if (strcmp (found, g_checksum_get_string (self->checksum)) == 0)
    return TRUE;
  return set_exists_error (self, error);
}

static gboolean
put_in_place (Transfer *self, gboolean mine, GError **error)
{
  g_autofree char *dir = g_path_get_dirname (self->final_path);
  int result, dir_fd;

  if (fsync (self->fd) != 0)
    return set_disk_error (self->part_path, errno, error);
  result = mine ? rename (self->part_path, self->final_path)
                : renameat2 (AT_FDCWD, self->part_path, AT_FDCWD, self->final_path, RENAME_NOREPLACE);
  if (result != 0 && errno == EEXIST)
    return same_as_there (self, error);
  /* a file system that knows no such rename; what is there was looked for before */
  if (result != 0 && (errno == EINVAL || errno == ENOSYS) && access (self->final_path, F_OK) != 0)
    result = rename (self->part_path, self->final_path);
  if (result != 0)
    return set_disk_error (self->final_path, errno, error);
  dir_fd = open (dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (dir_fd >= 0)
    {
      fsync (dir_fd);
      close (dir_fd);
    }
  return TRUE;
}

static gboolean
fetch (Transfer *self, char **sha256, GError **error)
{
  g_autofree char *dir = g_path_get_dirname (self->final_path);
  gboolean mine = FALSE;
  GError *problem = NULL;

  if (g_mkdir_with_parents (dir, 0755) != 0)
    return set_disk_error (dir, errno, error);
  if (is_there (self, sha256, &mine, &problem))
    return TRUE;
  if (problem != NULL)
    {
      g_propagate_error (error, problem);
      return FALSE;
    }
  if (!open_part (self, error) || !ql_hub_run_try (self->run, attempt, self, error)
      || !check_hash (self, error) || !put_in_place (self, mine, error))
    return FALSE;
  *sha256 = g_strdup (g_checksum_get_string (self->checksum));
  return TRUE;
}

gboolean
ql_hub_file_fetch (QlHubRun *run, const QlHubFile *file, char **sha256, GError **error)
{
  Transfer self = { .run = run, .file = file, .fd = -1 };
  gboolean ok;

  self.final_path = g_build_filename (run->dir, file->path, NULL);
  self.part_path = ql_hub_part_path (run->dir, file->path);
  self.checksum = g_checksum_new (G_CHECKSUM_SHA256);
  self.chunk = g_malloc (CHUNK_BYTES);
  ok = fetch (&self, sha256, error);
  if (self.fd >= 0)
    close (self.fd);
  if (ok)
    {
      if (self.foreign)
        ql_hub_parts_drop (run->parts, file->path);
      else
        ql_hub_parts_done (run->parts, file->path, file->version, *sha256);
      ok = ql_hub_parts_save (run->parts, error);
    }
  g_checksum_free (self.checksum);
  g_free (self.chunk);
  g_free (self.etag);
  g_free (self.final_path);
  g_free (self.part_path);
  return ok;
}
