#include "app/batch-csv.h"

#include <string.h>

#define FORMULA "=+-@\t\r"

/* A cell with apostrophes in front of such a character gets one more, so that all come back. */
static gboolean
looks_like_formula (const char *text)
{
  text += strspn (text, "'");
  return *text != '\0' && strchr (FORMULA, *text) != NULL;
}

static void
append_field (GString *row, const char *text)
{
  g_autofree char *safe = g_strconcat (looks_like_formula (text) ? "'" : "", text, NULL);
  gsize n = strlen (safe);

  if (strpbrk (safe, ",\"\r\n") == NULL && (n == 0 || (safe[0] != ' ' && safe[n - 1] != ' ')))
    {
      g_string_append (row, safe);
      return;
    }
  g_string_append_c (row, '"');
  for (const char *p = safe; *p != '\0'; p++)
    {
      if (*p == '"')
        g_string_append_c (row, '"');
      g_string_append_c (row, *p);
    }
  g_string_append_c (row, '"');
}

char *
ql_csv_row (const char *file, const char *caption, double seconds, const char *error)
{
  GString *row = g_string_new (NULL);
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  append_field (row, file);
  g_string_append_c (row, ',');
  append_field (row, caption != NULL ? caption : "");
  g_string_append_c (row, ',');
  if (seconds >= 0)
    g_string_append (row, g_ascii_formatd (number, sizeof number, "%.3f", seconds));
  g_string_append_c (row, ',');
  append_field (row, error != NULL ? error : "");
  g_string_append (row, "\r\n");
  return g_string_free (row, FALSE);
}

/* Returns: %FALSE where the text ends within quotes, or goes on behind them. */
static gboolean
parse_field (const char **at, const char *end, GString *field)
{
  const char *p = *at;

  if (p == end || *p != '"')
    {
      while (p < end && *p != ',' && *p != '\n' && *p != '\r')
        g_string_append_c (field, *p++);
      *at = p;
      return TRUE;
    }
  for (p++; p < end; p++)
    {
      if (*p == '"' && p + 1 < end && p[1] == '"')
        p++;
      else if (*p == '"')
        break;
      g_string_append_c (field, *p);
    }
  *at = p < end ? p + 1 : end;
  return p < end && (p + 1 == end || p[1] == ',' || p[1] == '\r' || p[1] == '\n');
}

/* Returns: %FALSE where something else follows; a carriage return at the very end is half a line end. */
static gboolean
parse_line_end (const char **at, const char *end, gboolean *ended)
{
  gsize n_left = (gsize) (end - *at);

  if (n_left >= 2 && (*at)[0] == '\r' && (*at)[1] == '\n')
    *at += 2;
  else if (n_left >= 1 && (*at)[0] == '\n')
    *at += 1;
  else
    {
      *ended = FALSE;
      *at = end;
      return n_left == 0 || (n_left == 1 && end[-1] == '\r');
    }
  *ended = TRUE;
  return TRUE;
}

char **
ql_csv_parse_row (const char **at, const char *end, gboolean *ended)
{
  g_autoptr (GPtrArray) fields = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GString) field = g_string_new (NULL);
  gboolean more = TRUE;

  *ended = FALSE;
  while (more)
    {
      const char *text;

      g_string_truncate (field, 0);
      if (!parse_field (at, end, field) || strlen (field->str) != field->len)
        return NULL;
      text = field->str;
      if (text[0] == '\'' && looks_like_formula (text))
        text++;
      g_ptr_array_add (fields, g_strdup (text));
      more = *at < end && **at == ',';
      if (more)
        (*at)++;
    }
  if (!parse_line_end (at, end, ended))
    return NULL;
  g_ptr_array_add (fields, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&fields), FALSE);
}
