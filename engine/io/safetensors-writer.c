#include "engine/io/safetensors-writer.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "engine/core/error.h"
#include "engine/io/file-map.h"
#include "engine/io/json-file.h"

G_STATIC_ASSERT (G_BYTE_ORDER == G_LITTLE_ENDIAN); /* data go out as they lie in memory */

#define METADATA_KEY "__metadata__"
#define MAX_WRITE_BYTES ((gsize) 1 << 30)

typedef struct
{
  const void *bytes;
  gsize n_bytes;
} Chunk;

struct B2SafetensorsWriter
{
  json_t *metadata;
  json_t *entries;
  GArray *chunks; /* of Chunk, one per entry */
  guint64 n_data_bytes;
  char *problem; /* the first thing that cannot be written; kept until the write */
};

B2SafetensorsWriter *
b2_safetensors_writer_new (void)
{
  B2SafetensorsWriter *self = g_new0 (B2SafetensorsWriter, 1);

  self->metadata = json_object ();
  self->entries = json_object ();
  self->chunks = g_array_new (FALSE, FALSE, sizeof (Chunk));
  return self;
}

void
b2_safetensors_writer_free (B2SafetensorsWriter *self)
{
  json_decref (self->metadata);
  json_decref (self->entries);
  g_array_unref (self->chunks);
  g_free (self->problem);
  g_free (self);
}

static void
take_problem (B2SafetensorsWriter *self, const char *kind, const char *name)
{
  g_autofree char *printable = b2_printable (name);

  if (self->problem == NULL)
    self->problem
        = g_strdup_printf ("%s \"%s\" cannot be written: not UTF-8, or there already", kind, printable);
}

void
b2_safetensors_writer_set_metadata (B2SafetensorsWriter *self, const char *key, const char *value)
{
  if (json_object_set_new (self->metadata, key, json_string (value)) != 0)
    take_problem (self, "metadata", key);
}

void
b2_safetensors_writer_add (B2SafetensorsWriter *self, const char *name, const float *data, int n_dims,
                           const gint64 *shape)
{
  b2_safetensors_writer_add_stored (self, name, B2_DTYPE_F32, data, n_dims, shape);
}

void
b2_safetensors_writer_add_stored (B2SafetensorsWriter *self, const char *name, B2Dtype dtype,
                                  const void *data, int n_dims, const gint64 *shape)
{
  json_t *dims = json_array ();
  json_t *entry;
  Chunk chunk = { data, b2_dtype_size (dtype) };
  json_int_t begin = (json_int_t) self->n_data_bytes;

  g_assert (n_dims >= 0 && n_dims <= B2_MAX_DIMS);
  for (int i = 0; i < n_dims; i++)
    {
      gboolean fits = shape[i] >= 0 && g_size_checked_mul (&chunk.n_bytes, chunk.n_bytes, (gsize) shape[i]);

      g_assert (fits);
      json_array_append_new (dims, json_integer (shape[i]));
    }
  entry = json_pack ("{s:s, s:o, s:[I, I]}", "dtype", b2_dtype_name (dtype), "shape", dims, "data_offsets",
                     begin, begin + (json_int_t) chunk.n_bytes);
  if (strcmp (name, METADATA_KEY) == 0 || json_object_get (self->entries, name) != NULL
      || json_object_set (self->entries, name, entry) != 0)
    {
      take_problem (self, "tensor", name);
      json_decref (entry);
      return;
    }
  json_decref (entry);
  g_array_append_val (self->chunks, chunk);
  self->n_data_bytes += chunk.n_bytes;
}

/* ---- writing ----------------------------------------------------------------- */

/* Returns: (transfer full): length and padded header; NULL if memory ran out */
static GString *
make_header (B2SafetensorsWriter *self)
{
  json_t *root = json_object ();
  GString *header = g_string_new (NULL);
  guint64 n_bytes;
  char *text;

  /* Metadata first: readers that show the head of a file then show it. */
  if (json_object_size (self->metadata) > 0)
    json_object_set (root, METADATA_KEY, self->metadata);
  json_object_update (root, self->entries);
  text = json_dumps (root, JSON_COMPACT);
  json_decref (root);
  g_assert (text != NULL);

  n_bytes = (strlen (text) + 7) / 8 * 8;
  n_bytes = GUINT64_TO_LE (n_bytes);
  g_string_append_len (header, (const char *) &n_bytes, sizeof n_bytes);
  g_string_append (header, text);
  while (header->len % 8 != 0)
    g_string_append_c (header, ' ');
  free (text);
  return header;
}

static gboolean
write_bytes (int fd, const char *bytes, gsize n_bytes)
{
  while (n_bytes > 0)
    {
      gssize n = write (fd, bytes, MIN (n_bytes, MAX_WRITE_BYTES));

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        {
          errno = n == 0 ? ENOSPC : errno;
          return FALSE;
        }
      bytes += n;
      n_bytes -= (gsize) n;
    }
  return TRUE;
}

static gboolean
write_contents (B2SafetensorsWriter *self, int fd)
{
  GString *header = make_header (self);
  gboolean ok = write_bytes (fd, header->str, header->len);

  g_string_free (header, TRUE);
  for (guint i = 0; i < self->chunks->len && ok; i++)
    {
      const Chunk *chunk = &g_array_index (self->chunks, Chunk, i);

      ok = write_bytes (fd, chunk->bytes, chunk->n_bytes);
    }
  return ok;
}

static gboolean
set_write_error (const char *path, GError **error)
{
  g_set_error (error, B2_ERROR, B2_ERROR_IO, "%s: cannot be written: %s", path, g_strerror (errno));
  return FALSE;
}

/* A device or a pipe is written to; renaming over it would replace it. */
static gboolean
write_special (B2SafetensorsWriter *self, const char *path, GError **error)
{
  int fd = open (path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
  gboolean ok;

  if (fd < 0)
    return set_write_error (path, error);
  ok = write_contents (self, fd);
  if (!ok)
    set_write_error (path, error);
  if (close (fd) != 0 && ok)
    ok = set_write_error (path, error);
  return ok;
}

static gboolean
write_regular (B2SafetensorsWriter *self, const char *path, GError **error)
{
  g_autofree char *dir = g_path_get_dirname (path);
  g_autofree char *temporary = g_build_filename (dir, ".qlens-XXXXXX", NULL);
  int fd = g_mkstemp_full (temporary, O_WRONLY | O_CLOEXEC, 0666);
  gboolean ok;

  if (fd < 0)
    return set_write_error (path, error);
  ok = write_contents (self, fd) && fsync (fd) == 0;
  if (!ok)
    set_write_error (path, error);
  if (close (fd) != 0 && ok)
    ok = set_write_error (path, error);
  if (ok && rename (temporary, path) != 0)
    ok = set_write_error (path, error);
  if (ok)
    b2_file_sync_folder (path);
  else
    g_unlink (temporary);
  return ok;
}

gboolean
b2_safetensors_writer_write (B2SafetensorsWriter *self, const char *path, GError **error)
{
  char *target;
  struct stat st;
  gboolean ok;

  if (self->problem != NULL)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_ARGUMENT, "%s: %s", path, self->problem);
      return FALSE;
    }
  if (stat (path, &st) != 0)
    return write_regular (self, path, error);
  if (S_ISDIR (st.st_mode))
    {
      errno = EISDIR;
      return set_write_error (path, error);
    }
  if (!S_ISREG (st.st_mode))
    return write_special (self, path, error);

  /* Renaming needs no right to the file itself, but who made it read-only meant it. A
   * link stays a link: what it points at is replaced. */
  target = access (path, W_OK) == 0 ? realpath (path, NULL) : NULL;
  if (target == NULL)
    return set_write_error (path, error);
  ok = write_regular (self, target, error);
  free (target);
  return ok;
}

GBytes *
b2_safetensors_writer_to_bytes (B2SafetensorsWriter *self, GError **error)
{
  GString *header;
  gsize at, n_bytes;
  guint8 *bytes;

  if (self->problem != NULL)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_ARGUMENT, "%s", self->problem);
      return NULL;
    }
  header = make_header (self);
  at = header->len;
  n_bytes = header->len + (gsize) self->n_data_bytes;
  bytes = g_try_malloc (n_bytes);
  if (bytes != NULL)
    memcpy (bytes, header->str, header->len);
  else
    g_set_error (error, B2_ERROR, B2_ERROR_NO_MEMORY,
                 "Not enough memory for a file of %" G_GSIZE_FORMAT " bytes", n_bytes);
  g_string_free (header, TRUE);
  if (bytes == NULL)
    return NULL;
  for (guint i = 0; i < self->chunks->len; i++)
    {
      const Chunk *chunk = &g_array_index (self->chunks, Chunk, i);

      memcpy (bytes + at, chunk->bytes, chunk->n_bytes);
      at += chunk->n_bytes;
    }
  return g_bytes_new_take (bytes, n_bytes);
}
