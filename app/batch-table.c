#include "app/batch-table.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gi18n.h>
#include <jansson.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/batch-csv.h"
#include "app/file-replace.h"

#define OPEN_TRIES 10
/* By this, a first line cut short is known for one of ours. */
#define ROW_BEGINS "{\"image\":"

typedef struct
{
  guint64 offset;
  guint32 n_bytes;
  guint32 previous; /* the same picture's, counted from 1; 0: none */
  gboolean failed;
  gboolean dropped;
} Row;

struct QlBatchTable
{
  char *path;
  QlBatchTableKind kind;
  int fd;
  guint64 n_bytes;
  GArray *rows; /* of Row */
  GHashTable *last; /* full path -> its last row, counted from 1 */
  gboolean drops; /* some row is dropped */
};

char *
ql_batch_table_name (const char *picture)
{
  g_autofree char *full = NULL;

  if (g_utf8_validate (picture, -1, NULL))
    return g_strdup (picture);
  full = g_canonicalize_filename (picture, NULL);
  return g_filename_to_uri (full, NULL, NULL);
}

/* By which a picture is known, however it was named. */
static char *
key_of_name (const char *name)
{
  char *path = g_str_has_prefix (name, "file://") ? g_filename_from_uri (name, NULL, NULL) : NULL;

  return path != NULL ? path : g_canonicalize_filename (name, NULL);
}

static gboolean set_error (const QlBatchTable *self, GError **error, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

static gboolean
set_error (const QlBatchTable *self, GError **error, const char *format, ...)
{
  g_autofree char *name = g_filename_display_name (self->path);
  g_autofree char *what = NULL;
  va_list args;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s: %s", name, what);
  return FALSE;
}

static Row *
row_at (QlBatchTable *self, guint number)
{
  return &g_array_index (self->rows, Row, number - 1);
}

static void
drop_row (QlBatchTable *self, Row *row)
{
  row->dropped = TRUE;
  self->drops = TRUE;
}

/* @key: (transfer full) */
static void
note_row (QlBatchTable *self, char *key, guint64 offset, guint64 n_bytes, gboolean failed,
          QlBatchTableDrop drop)
{
  guint previous = GPOINTER_TO_UINT (g_hash_table_lookup (self->last, key));
  Row row = { offset, (guint32) n_bytes, previous, failed, FALSE };
  gboolean last = TRUE;

  for (; previous != 0; previous = row_at (self, previous)->previous)
    {
      Row *earlier = row_at (self, previous);

      if (earlier->dropped)
        continue;
      /* an error does not stand for a caption */
      if (earlier->failed
          || (!failed && (drop == QL_BATCH_TABLE_DROP_ALL || (drop == QL_BATCH_TABLE_DROP_LAST && last))))
        drop_row (self, earlier);
      last = FALSE;
    }
  g_array_append_val (self->rows, row);
  g_hash_table_insert (self->last, key, GUINT_TO_POINTER (self->rows->len));
}

static gboolean
is_beginning_of (const char *at, const char *end, const char *text)
{
  gsize n = (gsize) (end - at);

  return n < strlen (text) && memcmp (at, text, n) == 0;
}

/* Whether whole rows follow the first line of @tail: then not just the end of the file is damaged. */
static gboolean
has_rows_within (const char *tail, const char *end)
{
  const char *line = memchr (tail, '\n', (gsize) (end - tail));

  while (line != NULL && ++line < end)
    {
      const char *at = line;
      gboolean ended;
      g_auto (GStrv) fields = ql_csv_parse_row (&at, end, &ended);

      if (fields != NULL && ended && g_strv_length (fields) == QL_CSV_N_FIELDS)
        return TRUE;
      line = memchr (line, '\n', (gsize) (end - line));
    }
  return FALSE;
}

/* Returns: where the sound part ends */
static const char *
parse_csv (QlBatchTable *self, const char *data, const char *end, gboolean *ended, GError **error)
{
  static const char *const header[] = { "file", "caption", "seconds", "error", NULL };
  const char *at = data, *start = data;
  gboolean first = TRUE;

  if (end - at >= 3 && memcmp (at, "\xef\xbb\xbf", 3) == 0)
    at += 3;
  for (; at < end; first = FALSE)
    {
      g_auto (GStrv) fields = NULL;

      start = at;
      fields = ql_csv_parse_row (&at, end, ended);
      if (first && (fields == NULL || !g_strv_equal ((const char *const *) fields, header)))
        {
          /* a header cut short is nobody's */
          if (is_beginning_of (data, end, QL_CSV_HEADER))
            return data;
          set_error (self, error, _ ("it is not a table of Qlens; name another file"));
          return NULL;
        }
      if (fields != NULL && g_strv_length (fields) == QL_CSV_N_FIELDS && !first)
        note_row (self, key_of_name (fields[QL_CSV_FILE]), (guint64) (start - data), (guint64) (at - start),
                  fields[QL_CSV_ERROR][0] != '\0', QL_BATCH_TABLE_DROP_ERRORS);
      else if (fields == NULL || (!*ended && !first))
        {
          if (!has_rows_within (start, end))
            return start;
          set_error (self, error, _ ("it is damaged at byte %llu; mend it or name another file"),
                     (unsigned long long) (start - data));
          return NULL;
        }
    }
  return at;
}

static const char *
parse_jsonl (QlBatchTable *self, const char *data, const char *end, gboolean *ended, GError **error)
{
  int number = 1;

  *ended = TRUE;
  for (const char *at = data; at < end; number++)
    {
      const char *line_end = memchr (at, '\n', (gsize) (end - at));
      gsize n = (gsize) ((line_end != NULL ? line_end : end) - at);
      json_t *row = json_loadb (at, n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
      const char *image = json_string_value (json_object_get (row, "image"));

      *ended = line_end != NULL;
      if (image != NULL)
        note_row (self, key_of_name (image), (guint64) (at - data), n + 1,
                  json_object_get (row, "error") != NULL || json_object_get (row, "text") == NULL,
                  QL_BATCH_TABLE_DROP_ERRORS);
      else if (!json_is_object (row) && strspn (at, " \t\r") < n)
        {
          json_decref (row);
          if (!*ended
              && (number > 1 || g_str_has_prefix (at, ROW_BEGINS) || is_beginning_of (at, end, ROW_BEGINS)))
            return at;
          set_error (self, error, _ ("line %d is not a JSON object; name another file"), number);
          return NULL;
        }
      json_decref (row);
      at += n + (*ended ? 1 : 0);
    }
  return end;
}

static gboolean
write_at_end (QlBatchTable *self, const char *text, GError **error)
{
  gsize n = strlen (text), done = 0;

  while (done < n)
    {
      gssize wrote = pwrite (self->fd, text + done, n - done, (off_t) (self->n_bytes + done));

      if (wrote < 0 && errno == EINTR)
        continue;
      if (wrote < 0)
        break;
      done += (gsize) wrote;
    }
  if (done == n && fdatasync (self->fd) == 0)
    {
      self->n_bytes += n;
      return TRUE;
    }
  ql_file_replace_set_error (self->path, errno, error);
  if (ftruncate (self->fd, (off_t) self->n_bytes) != 0)
    g_debug ("%s: a row cut short stays", self->path);
  return FALSE;
}

static gboolean
repair (QlBatchTable *self, const char *data, const char *sound_end, gboolean ended, GError **error)
{
  guint64 n_sound = (guint64) (sound_end - data);

  if (n_sound < self->n_bytes)
    {
      if (ftruncate (self->fd, (off_t) n_sound) != 0)
        {
          ql_file_replace_set_error (self->path, errno, error);
          return FALSE;
        }
      self->n_bytes = n_sound;
    }
  else if (n_sound > 0 && !ended
           && !write_at_end (
               self, self->kind == QL_BATCH_TABLE_JSONL || data[n_sound - 1] == '\r' ? "\n" : "\r\n", error))
    return FALSE;
  if (self->n_bytes == 0 && self->kind == QL_BATCH_TABLE_CSV)
    return write_at_end (self, QL_CSV_HEADER, error);
  /* its line end is part of the last row */
  if (self->rows->len > 0)
    {
      Row *row = row_at (self, self->rows->len);

      if (row->offset + row->n_bytes < self->n_bytes && !ended)
        row->n_bytes = (guint32) (self->n_bytes - row->offset);
    }
  return TRUE;
}

static gboolean
load (QlBatchTable *self, GError **error)
{
  g_autofree char *data = NULL;
  const char *sound_end;
  gboolean ended = TRUE;
  struct stat info;
  gsize done = 0;

  if (fstat (self->fd, &info) != 0 || !S_ISREG (info.st_mode))
    return set_error (self, error, _ ("it is not an ordinary file; name another"));
  if (info.st_size > QL_BATCH_TABLE_MAX_BYTES)
    return set_error (self, error, _ ("it has grown too large; name another file"));
  self->n_bytes = (guint64) info.st_size;
  data = g_try_malloc ((gsize) info.st_size + 1);
  if (data == NULL)
    return set_error (self, error, _ ("there is not enough memory to read it; name another file"));
  while (done < self->n_bytes)
    {
      gssize n = pread (self->fd, data + done, (gsize) self->n_bytes - done, (off_t) done);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        {
          ql_file_replace_set_error (self->path, n < 0 ? errno : EIO, error);
          return FALSE;
        }
      done += (gsize) n;
    }
  data[done] = '\0';
  sound_end = self->kind == QL_BATCH_TABLE_CSV ? parse_csv (self, data, data + done, &ended, error)
                                               : parse_jsonl (self, data, data + done, &ended, error);
  return sound_end != NULL && repair (self, data, sound_end, ended, error);
}

/* The file may be put in place of by another Qlens between opening and locking it. */
static gboolean
open_locked (QlBatchTable *self, GError **error)
{
  for (int i = 0; i < OPEN_TRIES; i++)
    {
      struct stat info, named;

      if (stat (self->path, &info) == 0 && !S_ISREG (info.st_mode))
        return set_error (self, error, _ ("it is not an ordinary file; name another"));
      self->fd = open (self->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0666);
      if (self->fd < 0)
        {
          ql_file_replace_set_error (self->path, errno, error);
          return FALSE;
        }
      if (flock (self->fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return set_error (self, error, _ ("another Qlens is writing it; wait for it or name another file"));
      if (fstat (self->fd, &info) == 0 && stat (self->path, &named) == 0 && info.st_ino == named.st_ino
          && info.st_dev == named.st_dev)
        return TRUE;
      close (self->fd);
      self->fd = -1;
    }
  return set_error (self, error, _ ("another Qlens is writing it; wait for it or name another file"));
}

static void
table_free (QlBatchTable *self)
{
  if (self->fd >= 0)
    close (self->fd);
  g_array_unref (self->rows);
  g_hash_table_unref (self->last);
  g_free (self->path);
  g_free (self);
}

QlBatchTable *
ql_batch_table_open (const char *path, QlBatchTableKind kind, GError **error)
{
  QlBatchTable *self = g_new0 (QlBatchTable, 1);

  self->path = g_strdup (path);
  self->kind = kind;
  self->fd = -1;
  self->rows = g_array_new (FALSE, FALSE, sizeof (Row));
  self->last = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (open_locked (self, error))
    {
      ql_file_replace_tidy (path);
      if (load (self, error))
        return self;
    }
  table_free (self);
  return NULL;
}

gboolean
ql_batch_table_has_caption (QlBatchTable *self, const char *picture)
{
  g_autofree char *key = g_canonicalize_filename (picture, NULL);
  guint number = GPOINTER_TO_UINT (g_hash_table_lookup (self->last, key));

  for (; number != 0; number = row_at (self, number)->previous)
    if (!row_at (self, number)->failed && !row_at (self, number)->dropped)
      return TRUE;
  return FALSE;
}

gboolean
ql_batch_table_add (QlBatchTable *self, const char *picture, const char *line, gboolean failed,
                    QlBatchTableDrop drop, GError **error)
{
  guint64 offset = self->n_bytes;

  if (!write_at_end (self, line, error))
    return FALSE;
  note_row (self, g_canonicalize_filename (picture, NULL), offset, strlen (line), failed, drop);
  return TRUE;
}

static gboolean
write_anew (QlBatchTable *self, GError **error)
{
  g_autoptr (QlFileReplace) out = ql_file_replace_begin (self->path, error);
  guint64 at = 0;

  if (out == NULL)
    return FALSE;
  for (guint i = 0; i < self->rows->len; i++)
    {
      const Row *row = &g_array_index (self->rows, Row, i);

      if (!row->dropped)
        continue;
      if (!ql_file_replace_copy (out, self->fd, at, row->offset - at, error))
        return FALSE;
      at = row->offset + row->n_bytes;
    }
  return ql_file_replace_copy (out, self->fd, at, self->n_bytes - at, error)
         && ql_file_replace_commit (out, error);
}

gboolean
ql_batch_table_close (QlBatchTable *self, GError **error)
{
  gboolean ok = !self->drops || write_anew (self, error);

  table_free (self);
  return ok;
}
