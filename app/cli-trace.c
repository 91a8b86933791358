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
  if (options->questions->len > 1)
    return ql_cli_usage_error (options->command, _ ("one question at a time"));
  if (options->questions->len == 1 && options->prompt != NULL)
    return ql_cli_usage_error (options->command, _ ("either a question or a prompt"));
  if (options->questions->len == 1 && !options->raw && *(const char *) options->questions->pdata[0] == '\0')
    return ql_cli_usage_error (options->command, _ ("the question is empty"));
  if (options->output == NULL)
    return ql_cli_usage_error (options->command, _ ("no file to write is named; say -o FILE"));
  return TRUE;
}

static void
trace_picture (QlCliRun *run)
{
  const QlCliOptions *options = run->options;
  const char *path = options->words->pdata[0];
  const char *question = options->questions->len > 0 ? options->questions->pdata[0] : NULL;
  g_autoptr (B2Answer) answer = NULL;
  g_autoptr (QlTrace) kept = NULL;
  g_autoptr (GError) error = NULL;

  run->keep_picture = TRUE;
  if (ql_cli_run_picture (run, path, &error))
    answer = ql_cli_run_text (run, question, TRUE, &error);
  if (answer == NULL)
    {
      ql_cli_run_failed (run, path, question, error);
      return;
    }
  kept = ql_cli_run_trace (run, answer, &error);
  if (kept == NULL || !ql_trace_save (kept, options->output, &error))
    {
      g_prefix_error (&error, "%s: ", options->output);
      ql_cli_run_failed (run, path, question, error);
      return;
    }
  if (options->json)
    {
      json_t *object = ql_cli_run_answer_json (run, path, question, answer);

      json_object_set_new (object, "trace", ql_cli_json_string (options->output));
      if (!ql_cli_emit_json (object))
        run->status = QL_CLI_FAILED;
    }
  else if (!ql_cli_emit_text (NULL, answer->text))
    run->status = QL_CLI_FAILED;
}

static int
trace (const QlCliOptions *options)
{
  g_autoptr (GError) error = NULL;
  QlCliRun run;
  int status = QL_CLI_FAILED;

  if (!ql_cli_check_output (options->words->pdata[0], options->output, &error))
    {
      ql_cli_error (options->output, error);
      return QL_CLI_FAILED;
    }
  if (ql_cli_run_begin (&run, options, "qlens-demo-opt", B2_TASK_GENERATE))
    {
      trace_picture (&run);
      status = run.status;
    }
  ql_cli_run_clear (&run);
  return status;
}

const QlCliCommand ql_cli_trace = {
  .name = "trace",
  .usage = "IMAGE -o FILE",
  .summary = N_ ("keep what happens inside the model, as a safetensors file"),
  .groups = QL_CLI_GROUP_MODEL | QL_CLI_GROUP_PROMPT | QL_CLI_GROUP_QUESTION | QL_CLI_GROUP_OUTPUT
            | QL_CLI_GROUP_DECODE | QL_CLI_GROUP_THREADS | QL_CLI_GROUP_IMAGE | QL_CLI_GROUP_JSON,
  .preset = B2_PRESET_CAPTION,
  .preset_question = B2_PRESET_QUESTION,
  .check = check,
  .run = trace,
};
