#include <glib/gi18n.h>

#include "app/cli-output.h"
#include "app/cli-run.h"
#include "app/cli.h"

static gboolean
check (QlCliOptions *options)
{
  if (options->words->len == 0)
    return ql_cli_usage_error (options->command, _ ("no picture is named"));
  return TRUE;
}

static gboolean
caption_one (QlCliRun *run, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (B2Answer) answer = NULL;

  if (ql_cli_run_picture (run, path, &error))
    answer = ql_cli_run_text (run, NULL, FALSE, &error);
  if (answer == NULL)
    return ql_cli_run_failed (run, path, NULL, error);
  if (run->options->json)
    return ql_cli_emit_json (ql_cli_run_answer_json (run, path, NULL, answer));
  return ql_cli_emit_text (run->options->words->len > 1 ? path : NULL, answer->text);
}

static int
caption (const QlCliOptions *options)
{
  QlCliRun run;
  int status = QL_CLI_FAILED;

  if (ql_cli_run_begin (&run, options, "qlens-demo-opt", B2_TASK_GENERATE))
    {
      guint i = 0;

      while (i < options->words->len && caption_one (&run, options->words->pdata[i]))
        i++;
      status = i < options->words->len ? QL_CLI_FAILED : run.status;
    }
  ql_cli_run_clear (&run);
  return status;
}

const QlCliCommand ql_cli_caption = {
  .name = "caption",
  .usage = "IMAGE…",
  .summary = N_ ("describe pictures"),
  .groups = QL_CLI_GROUP_MODEL | QL_CLI_GROUP_PROMPT | QL_CLI_GROUP_DECODE | QL_CLI_GROUP_THREADS
            | QL_CLI_GROUP_IMAGE | QL_CLI_GROUP_CACHE | QL_CLI_GROUP_JSON,
  .preset = B2_PRESET_CAPTION,
  .check = check,
  .run = caption,
};
