#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include <glib/gstdio.h>

#include "engine/text/tokenizer-private.h"

/* Read, JSON takes up to forty times its size, and no tokenizer of these kinds comes near. */
#define MAX_FILE_BYTES ((gint64) 64 << 20)

gboolean
b2_tokenizer_fail (GError **error, B2Error code, const char *name, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, B2_ERROR, (gint) code, "%s: %s", name, message);
  return FALSE;
}

/* Bytes inside of another file. */
static char *
read_embedded (const B2ModelFiles *files, const char *name, const char *path, gsize *len, GError **error)
{
  const guint8 *bytes = b2_model_files_bytes (files, name, len);
  char *text;

  if (bytes == NULL || *len > (gsize) MAX_FILE_BYTES)
    {
      b2_tokenizer_fail (error, bytes == NULL ? B2_ERROR_IO : B2_ERROR_LIMIT, path,
                         bytes == NULL ? "is not part of the file" : "is larger than Qlens reads");
      return NULL;
    }
  text = g_malloc (*len + 1);
  memcpy (text, bytes, *len);
  text[*len] = '\0';
  return text;
}

char *
b2_tokenizer_read_file (const B2ModelFiles *files, const char *name, gsize *len, GError **error)
{
  g_autofree char *path = b2_model_files_path (files, name);
  g_autoptr (GError) io_error = NULL;
  char *text;
  GStatBuf info;

  if (b2_model_files_is_embedded (files))
    return read_embedded (files, name, path, len, error);
  if (g_stat (path, &info) != 0)
    {
      b2_tokenizer_fail (error, B2_ERROR_IO, path, "%s", g_strerror (errno));
      return NULL;
    }
  /* A pipe would block, a device would never end. */
  if (!S_ISREG (info.st_mode))
    {
      b2_tokenizer_fail (error, B2_ERROR_IO, path, "expected a file, found something else");
      return NULL;
    }
  if (info.st_size > MAX_FILE_BYTES)
    {
      b2_tokenizer_fail (error, B2_ERROR_LIMIT, path,
                         "expected at most %" G_GINT64_FORMAT " bytes, found %" G_GINT64_FORMAT,
                         MAX_FILE_BYTES, (gint64) info.st_size);
      return NULL;
    }
  if (!g_file_get_contents (path, &text, len, &io_error))
    {
      b2_tokenizer_fail (error, B2_ERROR_IO, path, "%s", io_error->message);
      return NULL;
    }
  return text;
}

json_t *
b2_tokenizer_read_json (const B2ModelFiles *files, const char *name, size_t flags, GError **error)
{
  g_autofree char *path = b2_model_files_path (files, name);
  g_autofree char *text = NULL;
  json_error_t json_error;
  json_t *root;
  gsize len;

  text = b2_tokenizer_read_file (files, name, &len, error);
  if (text == NULL)
    return NULL;
  root = json_loadb (text, len, flags | JSON_REJECT_DUPLICATES, &json_error);
  if (root == NULL)
    {
      b2_tokenizer_fail (error, B2_ERROR_FORMAT, path, "not JSON: line %d: %s", json_error.line,
                         json_error.text);
      return NULL;
    }
  if (!json_is_object (root))
    {
      json_decref (root);
      b2_tokenizer_fail (error, B2_ERROR_FORMAT, path, "expected a JSON object, found something else");
      return NULL;
    }
  return root;
}

gint32
b2_tokenizer_json_id (json_t *value)
{
  /* Reals too: side files are read with every number a real. */
  double number = json_is_number (value) ? json_number_value (value) : -1;

  return number >= 0 && number <= B2_PIECES_MAX_ID && number == floor (number) ? (gint32) number : -1;
}

const char *
b2_tokenizer_json_string (json_t *object, const char *key)
{
  return json_string_value (json_object_get (object, key));
}

gboolean
b2_tokenizer_json_bool (json_t *object, const char *key, gboolean *value, const char *name, GError **error)
{
  json_t *found = json_object_get (object, key);

  if (found == NULL || json_is_null (found))
    return TRUE;
  if (!json_is_boolean (found))
    return b2_tokenizer_fail (error, B2_ERROR_FORMAT, name,
                              "%s: expected true or false, found something else", key);
  *value = json_is_true (found);
  return TRUE;
}
