#include "app/cli-output.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Digits that bring any float back. */
#define REAL_DIGITS 9

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
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  return json_string (valid);
}

json_t *
ql_cli_json_real (double value)
{
  return isfinite (value) ? json_real (value) : json_null ();
}

json_t *
ql_cli_json_ms (double ms)
{
  return ql_cli_json_real (round (ms * 1e3) / 1e3);
}

static const char *
advice (int code)
{
  switch ((B2Error) code)
    {
    case B2_ERROR_IO:
      return _ ("check that it exists, may be used and that the disk is not full");
    case B2_ERROR_FORMAT:
      return _ ("it may be damaged: get it again");
    case B2_ERROR_UNSUPPORTED:
      return _ ("use a BLIP-2 model folder as Hugging Face publishes them");
    case B2_ERROR_SHAPE:
      return _ ("the files do not belong together: get the whole folder again");
    case B2_ERROR_NO_MEMORY:
      return _ ("close other programs or use a smaller model");
    case B2_ERROR_CANCELLED:
      return _ ("run it again to finish");
    case B2_ERROR_ARGUMENT:
      return _ ("see “qlens-cli --help”");
    case B2_ERROR_LIMIT:
      return _ ("use a shorter text or a smaller picture");
    }
  return _ ("please report this");
}

char *
ql_cli_describe (const char *file, const GError *error)
{
  const char *message = error->message;
  gsize length = file ? strlen (file) : 0;
  gsize end;

  if (length > 0 && strncmp (message, file, length) == 0 && g_str_has_prefix (message + length, ": "))
    message += length + 2;
  end = strlen (message);
  while (end > 0 && message[end - 1] == '.')
    end--;
  if (error->domain != B2_ERROR) /* a picture's error says itself what to do */
    return g_strndup (message, end);
  return g_strdup_printf ("%.*s; %s", (int) end, message, advice (error->code));
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
  char *line = json_dumps (object, JSON_COMPACT | JSON_REAL_PRECISION (REAL_DIGITS));

  json_decref (object);
  g_assert (line != NULL);
  puts (line);
  free (line);
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
