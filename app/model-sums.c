#include "app/model-sums.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n.h>

#include "app/model-files.h"

#define SUM_DIGITS 64
#define MAX_SUMS 10000
#define MAX_FILE_BYTES (4 * 1024 * 1024)
#define CHUNK_BYTES (1024 * 1024)

GHashTable *
ql_model_sums_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

gboolean
ql_model_sums_put (GHashTable *sums, const char *name, const char *sum)
{
  if (!ql_model_files_is_safe (name) || strlen (sum) != SUM_DIGITS
      || strspn (sum, "0123456789abcdefABCDEF") != SUM_DIGITS)
    return FALSE;
  g_hash_table_replace (sums, g_strdup (name), g_ascii_strdown (sum, -1));
  return TRUE;
}

static int
compare_name (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

GPtrArray *
ql_model_sums_names (GHashTable *sums)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, sums);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_name);
  g_ptr_array_add (names, NULL);
  names->len--;
  return names;
}

static gboolean
is_hidden (const char *name)
{
  return (*name == '.' || strstr (name, "/.") != NULL) && strstr (name, "..") == NULL;
}

/* "SUM  name" or "SUM *name"; "./" before the name is what find and xargs leave */
static gboolean
take_line (GHashTable *sums, const char *line)
{
  g_autofree char *sum = NULL;
  const char *name;

  if (strlen (line) < SUM_DIGITS + 3 || line[SUM_DIGITS] != ' '
      || (line[SUM_DIGITS + 1] != ' ' && line[SUM_DIGITS + 1] != '*'))
    return FALSE;
  sum = g_strndup (line, SUM_DIGITS);
  name = line + SUM_DIGITS + 2;
  if (g_str_has_prefix (name, "./"))
    name += 2;
  /* nothing that the engine reads, and a list cannot hold its own sum */
  if (is_hidden (name) || strcmp (name, QL_MODEL_SUMS_NAME) == 0)
    return TRUE;
  return !g_hash_table_contains (sums, name) && ql_model_sums_put (sums, name, sum);
}

GHashTable *
ql_model_sums_parse (const char *text, gsize n_bytes, const char *path, GError **error)
{
  g_autoptr (GHashTable) sums = ql_model_sums_new ();
  const char *end = text + n_bytes;

  for (int number = 1; text < end; number++)
    {
      const char *newline = memchr (text, '\n', (gsize) (end - text));
      gsize length = (gsize) ((newline != NULL ? newline : end) - text);
      g_autofree char *line = g_strndup (text, length);

      g_strchomp (line); /* also a carriage return */
      if (memchr (text, '\0', length) != NULL
          || (*line != '\0' && *line != '#'
              && (g_hash_table_size (sums) >= MAX_SUMS || !take_line (sums, line))))
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                       _ ("%s, line %d: this is not a SHA-256 sum and the name of a file in this folder"),
                       path, number);
          return NULL;
        }
      text += length + 1;
    }
  return g_steal_pointer (&sums);
}

char *
ql_model_sums_format (GHashTable *sums)
{
  g_autoptr (GPtrArray) names = ql_model_sums_names (sums);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < names->len; i++)
    g_string_append_printf (text, "%s  %s\n", (const char *) g_hash_table_lookup (sums, names->pdata[i]),
                            (const char *) names->pdata[i]);
  return g_string_free (text, FALSE);
}

static gboolean
set_errno_error (const char *path, int number, GError **error)
{
  g_set_error (error, G_IO_ERROR, (gint) g_io_error_from_errno (number), "%s: %s", path, g_strerror (number));
  return FALSE;
}

/* O_NONBLOCK: a pipe of this name must not hold us up. */
static int
open_regular (const char *path, gint64 *n_bytes, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat status;

  if (fd < 0 || fstat (fd, &status) != 0)
    set_errno_error (path, errno, error);
  else if (!S_ISREG (status.st_mode))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE, _ ("%s: this is not a file"), path);
  else
    {
      *n_bytes = status.st_size;
      return fd;
    }
  if (fd >= 0)
    close (fd);
  return -1;
}

GHashTable *
ql_model_sums_load (const char *dir, GError **error)
{
  g_autofree char *path = g_build_filename (dir, QL_MODEL_SUMS_NAME, NULL);
  g_autofree char *text = NULL;
  gint64 n_bytes = 0;
  gsize length = 0;
  int fd;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return ql_model_sums_new ();
  fd = open_regular (path, &n_bytes, error);
  if (fd < 0)
    return NULL;
  close (fd);
  if (n_bytes > MAX_FILE_BYTES)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   _ ("%s: the file is too large to be a list of sums"), path);
      return NULL;
    }
  if (!g_file_get_contents (path, &text, &length, error))
    return NULL;
  return ql_model_sums_parse (text, length, path, error);
}

gboolean
ql_sha256_file (const char *path, GChecksum *checksum, QlBytesFunc progress, gpointer data,
                GCancellable *cancellable, GError **error)
{
  g_autofree guint8 *chunk = g_malloc (CHUNK_BYTES);
  gint64 n_bytes = 0;
  int fd = open_regular (path, &n_bytes, error);
  gssize n_read = -1;

  if (fd < 0)
    return FALSE;
  posix_fadvise (fd, 0, 0, POSIX_FADV_SEQUENTIAL);
  while (!g_cancellable_set_error_if_cancelled (cancellable, error))
    {
      n_read = read (fd, chunk, CHUNK_BYTES);
      if (n_read < 0 && errno == EINTR)
        continue;
      if (n_read < 0)
        set_errno_error (path, errno, error);
      if (n_read <= 0)
        break;
      g_checksum_update (checksum, chunk, n_read);
      if (progress != NULL)
        progress ((guint64) n_read, data);
      n_read = -1; /* what stays where the loop ends by cancelling */
    }
  close (fd);
  return n_read == 0;
}
