#include <glib/gi18n.h>

#include "app/cli-output.h"
#include "app/cli-run.h"
#include "app/cli.h"

static gboolean
check (QlCliOptions *options)
{
  if (options->words->len == 0)
    return ql_cli_usage_error (options->command, _ ("no picture is named"));
  if (options->words->len > 1)
    return ql_cli_usage_error (options->command, _ ("“%s”: one picture at a time"),
                               (const char *) options->words->pdata[1]);
  if (options->questions->len == 0)
    return ql_cli_usage_error (options->command, _ ("no question is given; ask with -q TEXT"));
  for (guint i = 0; i < options->questions->len; i++)
    if (!options->raw && *(const char *) options->questions->pdata[i] == '\0')
      return ql_cli_usage_error (options->command, _ ("the question is empty"));
  return TRUE;
}

static gboolean
ask_one (QlCliRun *run, const char *path, const char *question)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (B2Answer) answer = ql_cli_run_text (run, question, FALSE, &error);

  if (answer == NULL)
    return ql_cli_run_failed (run, path, question, error);
  if (run->options->json)
    return ql_cli_emit_json (ql_cli_run_answer_json (run, path, question, answer));
  return ql_cli_emit_text (run->options->questions->len > 1 ? question : NULL, answer->text);
}

static int
ask (const QlCliOptions *options)
{
  const char *path = options->words->pdata[0];
  g_autoptr (GError) error = NULL;
  QlCliRun run;
  int status = QL_CLI_FAILED;

  if (ql_cli_run_begin (&run, options, "qlens-demo-opt", B2_TASK_GENERATE))
    {
      if (!ql_cli_run_picture (&run, path, &error))
        ql_cli_run_failed (&run, path, NULL, error);
      for (guint i = 0; error == NULL && i < options->questions->len; i++)
        if (!ask_one (&run, path, options->questions->pdata[i]))
          {
            run.status = QL_CLI_FAILED;
            break;
          }
      status = run.status;
    }
  ql_cli_run_clear (&run);
  return status;
}

const QlCliCommand ql_cli_ask = {
  .name = "ask",
  .usage = "IMAGE -q TEXT…",
  .summary = N_ ("answer questions about a picture"),
  .groups = QL_CLI_GROUP_MODEL | QL_CLI_GROUP_QUESTION | QL_CLI_GROUP_DECODE | QL_CLI_GROUP_THREADS
            | QL_CLI_GROUP_IMAGE | QL_CLI_GROUP_CACHE | QL_CLI_GROUP_JSON,
  .preset = B2_PRESET_QUESTION,
  .preset_question = B2_PRESET_QUESTION,
  .check = check,
  .run = ask,
};
