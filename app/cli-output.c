#include "app/cli-output.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "app/answer-json.h"
#include "app/error-line.h"

char *
ql_cli_printable (const char *text)
{
  char *valid = g_utf8_make_valid (text, -1);

  for (char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    if (g_ascii_iscntrl (*p))
      *p = '?';
  return valid;
}

json_t *
ql_cli_json_string (const char *text)
{
  return ql_json_string (text);
}

json_t *
ql_cli_json_real (double value)
{
  return ql_json_real (value);
}

json_t *
ql_cli_json_ms (double ms)
{
  return ql_json_ms (ms);
}

char *
ql_cli_describe (const char *file, const GError *error)
{
  return ql_error_line (file, error);
}

void
ql_cli_error (const char *file, const GError *error)
{
  g_autofree char *what = ql_cli_describe (file, error);
  g_autofree char *clean_file = ql_cli_printable (file);
  g_autofree char *clean = ql_cli_printable (what);
  gsize length = strlen (file);

  if (strncmp (what, file, length) == 0 && what[length] == '/') /* names a file in the folder */
    fprintf (stderr, "qlens-cli: %s\n", clean);
  else
    fprintf (stderr, "qlens-cli: %s: %s\n", clean_file, clean);
}

gboolean
ql_cli_flush (void)
{
  static gboolean told;

  if (fflush (stdout) == 0 && !ferror (stdout))
    return TRUE;
  if (!told)
    fprintf (stderr, _ ("qlens-cli: standard output: %s; check where it goes to\n"), g_strerror (errno));
  told = TRUE;
  return FALSE;
}

gboolean
ql_cli_emit_json (json_t *object)
{
  g_autofree char *line = ql_json_line (object);

  json_decref (object);
  puts (line);
  return ql_cli_flush ();
}

gboolean
ql_cli_emit_text (const char *file, const char *text)
{
  g_autofree char *line = g_strdup (text);

  for (char *p = line; *p != '\0'; p++) /* a line stays a line, whatever a model says */
    if (g_ascii_iscntrl (*p))
      *p = ' ';
  if (file != NULL)
    {
      g_autofree char *clean = ql_cli_printable (file);

      printf ("%s: ", clean);
    }
  puts (line);
  return ql_cli_flush ();
}
