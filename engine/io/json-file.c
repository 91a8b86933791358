#include "engine/io/json-file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "engine/core/error.h"
#include "engine/io/file-map.h"

#define MAX_PRINTABLE 80

char *
b2_printable (const char *text)
{
  GString *out = g_string_new (NULL);
  const char *p = text;

  for (int n = 0; *p != '\0' && n < MAX_PRINTABLE; n++)
    {
      gunichar c = g_utf8_get_char_validated (p, -1);

      if (c == (gunichar) -1 || c == (gunichar) -2)
        {
          g_string_append_printf (out, "\\x%02x", (guchar) *p);
          p++;
          continue;
        }
      if (g_unichar_isprint (c))
        g_string_append_unichar (out, c);
      else
        g_string_append_printf (out, "\\u%04x", c);
      p = g_utf8_next_char (p);
    }
  if (*p != '\0')
    g_string_append (out, "…");
  return g_string_free (out, FALSE);
}

const char *
b2_json_type_name (const json_t *value)
{
  switch (json_typeof (value))
    {
    case JSON_OBJECT:
      return "an object";
    case JSON_ARRAY:
      return "a list";
    case JSON_STRING:
      return "a string";
    case JSON_INTEGER:
      return "an integer";
    case JSON_REAL:
      return "a fraction";
    case JSON_TRUE:
    case JSON_FALSE:
      return "a truth value";
    case JSON_NULL:
    default:
      return "null";
    }
}

static void
set_size_error (const char *path, guint64 n_bytes, gsize max_bytes, GError **error)
{
  g_set_error (error, B2_ERROR, B2_ERROR_FORMAT,
               "%s: is %" G_GUINT64_FORMAT " bytes long, expected at most %" G_GSIZE_FORMAT, path, n_bytes,
               max_bytes);
}

char *
b2_file_read (const char *path, gsize max_bytes, gsize *n_bytes, GError **error)
{
  guint64 size;
  gsize n = 0;
  char *text;
  int fd = b2_file_open (path, &size, error);

  if (fd < 0)
    return NULL;
  if (size > max_bytes)
    {
      set_size_error (path, size, max_bytes, error);
      close (fd);
      return NULL;
    }

  text = g_malloc (size + 1);
  while (n < size)
    {
      gssize got = read (fd, text + n, size - n);

      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        {
          g_set_error (error, B2_ERROR, B2_ERROR_IO, "%s: cannot be read: %s", path, g_strerror (errno));
          g_clear_pointer (&text, g_free);
          break;
        }
      if (got == 0)
        break;
      n += (gsize) got;
    }
  close (fd);
  if (text == NULL)
    return NULL;
  text[n] = '\0';
  *n_bytes = n;
  return text;
}

/* Counts brackets and commas outside strings: an upper bound for depth and values. */
static gboolean
check_bounds (const char *text, gsize n_bytes, const char *path, GError **error)
{
  gboolean in_string = FALSE;
  gsize n_values = 1;
  int depth = 0;
  gsize start = 0;

  while (start < n_bytes && g_ascii_isspace (text[start]))
    start++;
  if (start == n_bytes || (text[start] != '{' && text[start] != '['))
    return TRUE; /* the parser stops right there */

  for (gsize i = start; i < n_bytes; i++)
    {
      char c = text[i];

      if (in_string)
        {
          if (c == '\\')
            i++;
          else if (c == '"')
            in_string = FALSE;
          continue;
        }
      if (c == '"')
        in_string = TRUE;
      else if (c == '[' || c == '{')
        depth++, n_values++;
      else if (c == ']' || c == '}')
        depth--;
      else if (c == ',')
        n_values++;

      if (depth > B2_JSON_MAX_DEPTH)
        {
          g_set_error (error, B2_ERROR, B2_ERROR_FORMAT, "%s: JSON nested deeper than %d levels", path,
                       B2_JSON_MAX_DEPTH);
          return FALSE;
        }
      if (n_values > B2_JSON_MAX_VALUES)
        {
          g_set_error (error, B2_ERROR, B2_ERROR_FORMAT, "%s: JSON with more than %d values", path,
                       B2_JSON_MAX_VALUES);
          return FALSE;
        }
    }
  return TRUE;
}

json_t *
b2_json_parse (const char *text, gsize n_bytes, const char *path, GError **error)
{
  json_error_t problem;
  json_t *root;

  if (!check_bounds (text, n_bytes, path, error))
    return NULL;

  root = json_loadb (text, n_bytes, JSON_REJECT_DUPLICATES, &problem);
  if (root == NULL)
    {
      gboolean no_memory = json_error_code (&problem) == json_error_out_of_memory;
      g_autofree char *words = b2_printable (problem.text);

      g_set_error (error, B2_ERROR, no_memory ? B2_ERROR_NO_MEMORY : B2_ERROR_FORMAT,
                   "%s: not valid JSON (line %d, column %d): %s", path, problem.line, problem.column, words);
      return NULL;
    }
  if (!json_is_object (root))
    {
      g_set_error (error, B2_ERROR, B2_ERROR_FORMAT, "%s: expected a JSON object, found %s", path,
                   b2_json_type_name (root));
      json_decref (root);
      return NULL;
    }
  return root;
}

char *
b2_model_file_read (const B2ModelFiles *files, const char *name, gsize max_bytes, gsize *n_bytes,
                    GError **error)
{
  g_autofree char *path = b2_model_files_path (files, name);
  const guint8 *bytes;
  char *text;

  if (!b2_model_files_is_embedded (files))
    return b2_file_read (path, max_bytes, n_bytes, error);
  bytes = b2_model_files_bytes (files, name, n_bytes);
  if (bytes == NULL || *n_bytes > max_bytes)
    {
      if (bytes == NULL)
        g_set_error (error, B2_ERROR, B2_ERROR_IO, "%s: is not part of the file", path);
      else
        set_size_error (path, *n_bytes, max_bytes, error);
      return NULL;
    }
  text = g_malloc (*n_bytes + 1);
  memcpy (text, bytes, *n_bytes);
  text[*n_bytes] = '\0';
  return text;
}

json_t *
b2_model_file_read_json (const B2ModelFiles *files, const char *name, gsize max_bytes, GError **error)
{
  g_autofree char *path = b2_model_files_path (files, name);
  gsize n_bytes;
  g_autofree char *text = b2_model_file_read (files, name, max_bytes, &n_bytes, error);

  return text != NULL ? b2_json_parse (text, n_bytes, path, error) : NULL;
}

json_t *
b2_json_read (const char *path, gsize max_bytes, GError **error)
{
  gsize n_bytes;
  g_autofree char *text = b2_file_read (path, max_bytes, &n_bytes, error);

  return text != NULL ? b2_json_parse (text, n_bytes, path, error) : NULL;
}
