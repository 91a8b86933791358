#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/cli-output.h"
#include "app/cli-run.h"
#include "app/cli.h"

static gboolean
check (QlCliOptions *options)
{
  if (options->words->len > 1)
    return ql_cli_usage_error (options->command, _ ("“%s”: only one model can be converted at a time"),
                               (const char *) options->words->pdata[1]);
  if (options->words->len == 1 && options->model != NULL)
    return ql_cli_usage_error (options->command, _ ("the model is named twice, with --model and without"));
  if (options->output == NULL)
    return ql_cli_usage_error (options->command, _ ("name the file to write with -o"));
  if (options->type < 0)
    return ql_cli_usage_error (options->command, _ ("name the type of the weights with --type"));
  if (options->words->len == 1)
    options->model = g_strdup (options->words->pdata[0]);
  return TRUE;
}

static json_t *
rows_json (const B2ConvertReport *report)
{
  json_t *array = json_array ();

  for (int i = 0; i < report->n_rows; i++)
    {
      const B2ConvertRow *row = &report->rows[i];

      json_array_append_new (
          array, json_pack ("{s:s, s:s, s:i, s:I, s:I, s:o}", "group", row->group, "type", row->type,
                            "tensors", row->n_tensors, "parameters", (json_int_t) row->n_parameters, "bytes",
                            (json_int_t) row->n_bytes, "rms_error", ql_cli_json_real (row->rms_error)));
    }
  return array;
}

static gboolean
emit_json (const QlCliOptions *options, const char *dir, const B2ConvertReport *report)
{
  json_t *object = json_object ();

  json_object_set_new (object, "model", ql_cli_json_string (dir));
  json_object_set_new (object, "file", ql_cli_json_string (options->output));
  json_object_set_new (object, "type", json_string (b2_convert_types ()[options->type]));
  json_object_set_new (object, "bytes", json_integer ((json_int_t) report->n_bytes));
  json_object_set_new (object, "tensors", json_integer (report->n_tensors));
  json_object_set_new (object, "groups", rows_json (report));
  return ql_cli_emit_json (object);
}

static gboolean
emit_text (const QlCliOptions *options, const B2ConvertReport *report)
{
  g_autofree char *file = ql_cli_printable (options->output);
  g_autofree char *size = g_format_size (report->n_bytes);

  for (int i = 0; i < report->n_rows; i++)
    {
      const B2ConvertRow *row = &report->rows[i];
      g_autofree char *row_size = g_format_size (row->n_bytes);
      char error[G_ASCII_DTOSTR_BUF_SIZE];

      g_ascii_formatd (error, sizeof error, "%.2g", 100 * row->rms_error);
      printf ("  %-20s %-5s %5d %14" G_GUINT64_FORMAT " %10s  ", row->group, row->type, row->n_tensors,
              row->n_parameters, row_size);
      if (row->rms_error > 0)
        printf (_ ("error %s %%\n"), error);
      else
        printf (_ ("exact\n"));
    }
  printf (_ ("%s: %s, written and read back\n"), file, size);
  return ql_cli_flush ();
}

static int
convert (const QlCliOptions *options)
{
  g_autofree char *dir = ql_cli_model_dir (options, "qlens-demo-opt");
  B2ConvertOptions convert_options = { .overwrite = options->force, .n_threads = options->n_threads };
  B2Watch watch = { .cancel = ql_cli_cancel () };
  g_autoptr (GError) error = NULL;
  g_autoptr (B2ConvertReport) report = NULL;
  gboolean ok;

  if (dir == NULL)
    return QL_CLI_FAILED;
  if (!options->force && g_file_test (options->output, G_FILE_TEST_IS_REGULAR))
    {
      g_autofree char *file = ql_cli_printable (options->output);

      fprintf (stderr, _ ("qlens-cli: %s: there is such a file already; replace it with --force\n"), file);
      return QL_CLI_FAILED;
    }
  convert_options.type = b2_convert_types ()[options->type];
  if (isatty (STDERR_FILENO))
    watch.progress = ql_cli_progress_cb;
  report = b2_convert (dir, options->output, &convert_options, &watch, &error);
  ql_cli_wipe_progress ();
  if (report == NULL)
    {
      if (!g_error_matches (error, B2_ERROR, B2_ERROR_CANCELLED))
        ql_cli_error (strstr (error->message, options->output) == error->message ? options->output : dir,
                      error);
      return QL_CLI_FAILED;
    }
  ok = options->json ? emit_json (options, dir, report) : emit_text (options, report);
  return ok ? QL_CLI_OK : QL_CLI_FAILED;
}

const QlCliCommand ql_cli_convert = {
  .name = "convert",
  .usage = "-o FILE [MODEL]",
  .summary = N_ ("write a model into one GGUF file, smaller if wanted"),
  .groups = QL_CLI_GROUP_MODEL | QL_CLI_GROUP_JSON | QL_CLI_GROUP_OUTPUT | QL_CLI_GROUP_THREADS
            | QL_CLI_GROUP_CONVERT,
  .check = check,
  .run = convert,
};
