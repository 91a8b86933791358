#include "app/encoding-cache-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gio/gio.h>
#include <glib/gstdio.h>

#include "app/session-dirs.h"
#include "app/sha256.h"

#define SUFFIX ".safetensors"
/* Of a file that is being written; what a killed process left goes after a day. */
#define TEMPORARY ".new-"
#define TEMPORARY_SECONDS (24 * 60 * 60)
#define UNUSED_SECONDS (30 * 24 * 60 * 60)
/* Small models' files are small: a folder of too many would be slow to look at. */
#define MAX_FILES 4096
/* Others write, too. */
#define LEAST_GFLOP 5
#define SAVES_BETWEEN_LOOKS 64

struct QlEncodingCache
{
  gatomicrefcount ref_count;
  char *dir;
  guint64 max_bytes;
  double least_gflop;

  GMutex lock;
  guint64 n_bytes; /* as far as is known */
  guint n_files;
  guint n_saves; /* since the folder was looked at; 0: it never was */
};

typedef struct
{
  char *path;
  guint64 n_bytes;
  gint64 used_us; /* of the epoch */
} Entry;

static void
entry_clear (gpointer data)
{
  g_free (((Entry *) data)->path);
}

QlEncodingCache *
ql_encoding_cache_new (const char *dir, guint64 max_bytes)
{
  QlEncodingCache *self = g_new0 (QlEncodingCache, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->dir
      = dir != NULL ? g_strdup (dir) : g_build_filename (g_get_user_cache_dir (), "qlens", "encodings", NULL);
  self->max_bytes = max_bytes;
  self->least_gflop = LEAST_GFLOP;
  g_mutex_init (&self->lock);
  return self;
}

QlEncodingCache *
ql_encoding_cache_ref (QlEncodingCache *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
ql_encoding_cache_unref (QlEncodingCache *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_mutex_clear (&self->lock);
  g_free (self->dir);
  g_free (self);
}

void
ql_encoding_cache_set_least_work (QlEncodingCache *self, double gflop)
{
  self->least_gflop = gflop;
}

/* ---- the folder ------------------------------------------------------------------------------ */

static gboolean
is_ours (const char *name)
{
  return g_str_has_suffix (name, SUFFIX) && ql_is_sha256 (name, strlen (name) - strlen (SUFFIX));
}

static char *
path_of (QlEncodingCache *self, const char *key)
{
  g_autofree char *name = g_strconcat (key, SUFFIX, NULL);

  return g_build_filename (self->dir, name, NULL);
}

/* Of Entry, those used longest ago first; what nobody will use again is deleted on the way. */
static GArray *
look (QlEncodingCache *self)
{
  GArray *entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  g_autoptr (GDir) dir = g_dir_open (self->dir, 0, NULL);
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  const char *name;

  g_array_set_clear_func (entries, entry_clear);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      gboolean temporary = g_str_has_prefix (name, TEMPORARY);
      g_autofree char *path = NULL;
      struct stat about;
      Entry entry;

      if (!temporary && !is_ours (name))
        continue;
      path = g_build_filename (self->dir, name, NULL);
      if (lstat (path, &about) != 0 || S_ISDIR (about.st_mode))
        continue;
      if (now - about.st_mtime > (temporary ? TEMPORARY_SECONDS : UNUSED_SECONDS))
        (void) g_unlink (path);
      else if (!temporary)
        {
          entry = (Entry){ g_steal_pointer (&path), (guint64) about.st_size,
                           about.st_mtim.tv_sec * G_USEC_PER_SEC + about.st_mtim.tv_nsec / 1000 };
          g_array_append_val (entries, entry);
        }
    }
  return entries;
}

static int
compare_used (gconstpointer a, gconstpointer b)
{
  gint64 x = ((const Entry *) a)->used_us, y = ((const Entry *) b)->used_us;

  return (x > y) - (x < y);
}

/* With the lock held: makes room for @n_new bytes. Nine tenths, so that not every file that comes has the folder looked at. */
static void
make_room (QlEncodingCache *self, guint64 n_new)
{
  g_autoptr (GArray) entries = NULL;

  if (self->n_saves > 0 && self->n_saves < SAVES_BETWEEN_LOOKS && self->n_bytes + n_new <= self->max_bytes
      && self->n_files < MAX_FILES)
    return;
  entries = look (self);
  g_array_sort (entries, compare_used);
  self->n_saves = 0;
  self->n_bytes = 0;
  self->n_files = entries->len;
  for (guint i = 0; i < entries->len; i++)
    self->n_bytes += g_array_index (entries, Entry, i).n_bytes;
  if (self->n_bytes + n_new <= self->max_bytes && self->n_files < MAX_FILES)
    return;
  for (guint i = 0; i < entries->len; i++)
    {
      const Entry *entry = &g_array_index (entries, Entry, i);

      if (self->n_bytes + n_new <= self->max_bytes / 10 * 9 && self->n_files < MAX_FILES / 10 * 9)
        break;
      if (g_unlink (entry->path) != 0 && errno != ENOENT)
        continue;
      self->n_bytes -= entry->n_bytes;
      self->n_files--;
    }
}

guint64
ql_encoding_cache_count_bytes (QlEncodingCache *self)
{
  g_autoptr (GArray) entries = look (self);
  guint64 n_bytes = 0;

  for (guint i = 0; i < entries->len; i++)
    n_bytes += g_array_index (entries, Entry, i).n_bytes;
  return n_bytes;
}

gboolean
ql_encoding_cache_clear (QlEncodingCache *self, GError **error)
{
  g_autoptr (GArray) entries = look (self);
  gboolean ok = TRUE;

  for (guint i = 0; i < entries->len; i++)
    {
      const char *path = g_array_index (entries, Entry, i).path;

      if (g_unlink (path) == 0 || errno == ENOENT || !ok)
        continue;
      ql_set_errno_error (error, errno, path);
      ok = FALSE;
    }
  g_mutex_lock (&self->lock);
  self->n_saves = 0;
  g_mutex_unlock (&self->lock);
  return ok;
}

/* ---- one file ---------------------------------------------------------------------------------- */

/* Into memory, not mapped: a file that somebody shortens would end the program. */
static GBytes *
read_whole (int fd, gsize max_bytes)
{
  struct stat about;
  gsize n_bytes, at = 0;
  guint8 *bytes;

  if (fstat (fd, &about) != 0 || !S_ISREG (about.st_mode) || about.st_size <= 0
      || (guint64) about.st_size > max_bytes)
    return NULL;
  n_bytes = (gsize) about.st_size;
  bytes = g_try_malloc (n_bytes);
  while (bytes != NULL && at < n_bytes)
    {
      gssize n = read (fd, bytes + at, n_bytes - at);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        g_clear_pointer (&bytes, g_free);
      else
        at += (gsize) n;
    }
  return bytes != NULL ? g_bytes_new_take (bytes, n_bytes) : NULL;
}

GBytes *
ql_encoding_cache_load (QlEncodingCache *self, const char *key, gsize max_bytes)
{
  g_autofree char *path = path_of (self, key);
  GBytes *bytes;
  int fd;

  g_return_val_if_fail (ql_is_sha256 (key, strlen (key)), NULL);
  fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  if (fd < 0)
    return NULL;
  bytes = read_whole (fd, max_bytes);
  if (bytes != NULL)
    (void) !futimens (fd, NULL);
  close (fd);
  if (bytes == NULL)
    ql_encoding_cache_remove (self, key);
  return bytes;
}

static gboolean
write_whole (int fd, GBytes *bytes)
{
  gsize n_bytes, at = 0;
  const guint8 *data = g_bytes_get_data (bytes, &n_bytes);

  while (at < n_bytes)
    {
      gssize n = write (fd, data + at, n_bytes - at);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return FALSE;
      at += (gsize) n;
    }
  return TRUE;
}

/* Not synced to the disk: what a power cut spoils, the checksum tells. */
static gboolean
write_file (QlEncodingCache *self, const char *path, GBytes *bytes)
{
  g_autofree char *temporary = g_build_filename (self->dir, TEMPORARY "XXXXXX", NULL);
  int fd = g_mkstemp_full (temporary, O_WRONLY | O_CLOEXEC, 0600);
  gboolean ok;

  if (fd < 0)
    return FALSE;
  ok = write_whole (fd, bytes);
  ok = close (fd) == 0 && ok;
  ok = ok && g_rename (temporary, path) == 0;
  if (!ok)
    (void) g_unlink (temporary);
  return ok;
}

void
ql_encoding_cache_save (QlEncodingCache *self, const char *key, GBytes *bytes)
{
  g_autofree char *path = path_of (self, key);
  guint64 n_bytes = g_bytes_get_size (bytes);
  g_autoptr (GError) error = NULL;

  g_return_if_fail (ql_is_sha256 (key, strlen (key)));
  if (n_bytes > self->max_bytes)
    return;
  if (!ql_session_dirs_make (self->dir, &error))
    {
      g_debug ("%s", error->message);
      return;
    }
  g_mutex_lock (&self->lock);
  make_room (self, n_bytes);
  if (write_file (self, path, bytes))
    {
      self->n_saves++;
      self->n_bytes += n_bytes;
      self->n_files++;
    }
  else
    g_debug ("%s: not saved: %s", path, g_strerror (errno));
  g_mutex_unlock (&self->lock);
}

void
ql_encoding_cache_remove (QlEncodingCache *self, const char *key)
{
  g_autofree char *path = path_of (self, key);

  (void) g_unlink (path);
}

/* ---- for the engine -------------------------------------------------------------------------------- */

static GBytes *
load_cb (const char *key, gsize max_bytes, gpointer data)
{
  return ql_encoding_cache_load (data, key, max_bytes);
}

static void
save_cb (const char *key, GBytes *bytes, gpointer data)
{
  ql_encoding_cache_save (data, key, bytes);
}

static void
damaged_cb (const char *key, gpointer data)
{
  ql_encoding_cache_remove (data, key);
}

void
ql_encoding_cache_serve (QlEncodingCache *self, B2Model *model, B2Session *session, QlEncodingUse use)
{
  B2PhaseCost cost = { 0 };
  B2EncodingStore store = { .load = load_cb,
                            .save = use == QL_ENCODING_LOAD_AND_SAVE ? save_cb : NULL,
                            .damaged = damaged_cb,
                            .data = self };

  if (self != NULL && use != QL_ENCODING_NEITHER)
    b2_model_phase_cost (model, B2_PHASE_VISION, 0, &cost);
  b2_session_set_encoding_store (
      session,
      self != NULL && use != QL_ENCODING_NEITHER && cost.flops >= self->least_gflop * 1e9 ? &store : NULL);
}
