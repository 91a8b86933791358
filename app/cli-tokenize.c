#include <glib/gi18n.h>

#include "app/cli-output.h"
#include "app/cli-run.h"
#include "app/cli.h"

static gboolean
check (QlCliOptions *options)
{
  if (options->words->len == 0)
    return ql_cli_usage_error (options->command, _ ("no text is given"));
  for (guint i = 0; i < options->words->len; i++)
    if (!ql_cli_check_text (options->command, _ ("the text"), options->words->pdata[i]))
      return FALSE;
  return TRUE;
}

static gboolean
emit_json (const char *text, const B2TextTokens *tokens)
{
  json_t *object = json_object ();
  json_t *ids = json_array ();
  json_t *pieces = json_array ();

  for (int i = 0; i < tokens->n; i++)
    {
      json_array_append_new (ids, json_integer (tokens->ids[i]));
      json_array_append_new (pieces, ql_cli_json_string (tokens->pieces[i]));
    }
  json_object_set_new (object, "text", ql_cli_json_string (text));
  json_object_set_new (object, "ids", ids);
  json_object_set_new (object, "pieces", pieces);
  return ql_cli_emit_json (object);
}

static gboolean
emit_text (const B2TextTokens *tokens)
{
  g_autoptr (GString) line = g_string_new (NULL);

  for (int i = 0; i < tokens->n; i++)
    g_string_append_printf (line, "%s%d:%s", i > 0 ? " " : "", tokens->ids[i], tokens->pieces[i]);
  return ql_cli_emit_text (NULL, line->str);
}

static int
tokenize (const QlCliOptions *options)
{
  g_autofree char *dir = ql_cli_model_dir (options, "qlens-demo-opt");
  g_autoptr (GError) error = NULL;
  const char *const *texts = (const char *const *) options->words->pdata;
  int n_texts = (int) options->words->len;
  gboolean ok = TRUE;
  B2TextTokens *tokens;

  if (dir == NULL)
    return QL_CLI_FAILED;
  tokens = b2_tokenize (dir, texts, n_texts, &error);
  if (tokens == NULL)
    {
      ql_cli_error (dir, error);
      return QL_CLI_FAILED;
    }
  for (int i = 0; ok && i < n_texts; i++)
    ok = options->json ? emit_json (texts[i], &tokens[i]) : emit_text (&tokens[i]);
  for (int i = 0; i < n_texts; i++)
    b2_text_tokens_clear (&tokens[i]);
  g_free (tokens);
  return ok ? QL_CLI_OK : QL_CLI_FAILED;
}

const QlCliCommand ql_cli_tokenize = {
  .name = "tokenize",
  .usage = "TEXT…",
  .summary = N_ ("show the tokens that a text becomes"),
  .groups = QL_CLI_GROUP_MODEL | QL_CLI_GROUP_JSON,
  .check = check,
  .run = tokenize,
};
