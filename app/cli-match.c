#include <glib/gi18n.h>

#include "app/cli-output.h"
#include "app/cli-run.h"
#include "app/cli.h"

static gboolean
check (QlCliOptions *options)
{
  if (options->words->len == 0)
    return ql_cli_usage_error (options->command, _ ("no picture is named"));
  if (options->words->len == 1)
    return ql_cli_usage_error (options->command, _ ("no text is given to match the picture with"));
  for (guint i = 1; i < options->words->len; i++)
    if (!ql_cli_check_text (options->command, _ ("the text"), options->words->pdata[i]))
      return FALSE;
  return TRUE;
}

static json_t *
match_json (const char *text, const B2Match *match)
{
  json_t *object = json_object ();

  json_object_set_new (object, "text", ql_cli_json_string (text));
  json_object_set_new (object, "itm", ql_cli_json_real (match->itm));
  json_object_set_new (object, "itc", ql_cli_json_real (match->itc));
  return object;
}

/* A text that fails (too long) becomes {"text","error"} and the others go on. */
static gboolean
match_text (QlCliRun *run, const char *path, const char *text, json_t *matches)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *what = NULL;
  B2Match match;
  json_t *object;

  if (b2_session_match (run->session, text, &match, &run->watch, &error))
    {
      char itm[G_ASCII_DTOSTR_BUF_SIZE], itc[G_ASCII_DTOSTR_BUF_SIZE];
      g_autofree char *line = NULL;

      json_array_append_new (matches, match_json (text, &match));
      if (run->options->json)
        return TRUE;
      g_ascii_formatd (itm, sizeof itm, "%.4f", match.itm);
      g_ascii_formatd (itc, sizeof itc, "%7.4f", match.itc);
      line = g_strdup_printf ("itm %s  itc %s  %s", itm, itc, text);
      return ql_cli_emit_text (NULL, line);
    }
  run->status = QL_CLI_FAILED;
  if (g_error_matches (error, B2_ERROR, B2_ERROR_CANCELLED))
    return FALSE;
  ql_cli_error (path, error);
  what = ql_cli_describe (path, error);
  object = json_object ();
  json_object_set_new (object, "text", ql_cli_json_string (text));
  json_object_set_new (object, "error", ql_cli_json_string (what));
  json_array_append_new (matches, object);
  return TRUE;
}

static void
match_picture (QlCliRun *run)
{
  const GPtrArray *words = run->options->words;
  const char *path = words->pdata[0];
  g_autoptr (GError) error = NULL;
  json_t *matches = json_array ();
  json_t *object = NULL;
  guint i = 1;

  if (!ql_cli_run_picture (run, path, &error))
    ql_cli_run_failed (run, path, NULL, error);
  else
    {
      while (i < words->len && match_text (run, path, words->pdata[i], matches))
        i++;
      if (i < words->len)
        run->status = QL_CLI_FAILED;
      else if (run->options->json)
        {
          object = json_object ();
          json_object_set_new (object, "image", ql_cli_json_string (path));
          json_object_set (object, "matches", matches);
          if (!ql_cli_emit_json (object))
            run->status = QL_CLI_FAILED;
        }
    }
  json_decref (matches);
}

static int
match (const QlCliOptions *options)
{
  QlCliRun run;
  int status = QL_CLI_FAILED;

  if (ql_cli_run_begin (&run, options, "qlens-demo-itm", B2_TASK_MATCH))
    {
      match_picture (&run);
      status = run.status;
    }
  ql_cli_run_clear (&run);
  return status;
}

const QlCliCommand ql_cli_match = {
  .name = "match",
  .usage = "IMAGE TEXT…",
  .summary = N_ ("score how well texts fit a picture"),
  .groups
  = QL_CLI_GROUP_MODEL | QL_CLI_GROUP_THREADS | QL_CLI_GROUP_IMAGE | QL_CLI_GROUP_CACHE | QL_CLI_GROUP_JSON,
  .check = check,
  .run = match,
};
