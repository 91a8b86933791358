#include <glib/gi18n.h>
#include <locale.h>

#include "app/cli-output.h"
#include "app/cli-run.h"
#include "app/cli.h"
#include "app/figure.h"

static gboolean
check (QlCliOptions *options)
{
  const QlCliFigure *figure = &options->figure;
  const QlCliCommand *command = options->command;
  QlFigureFormat format;

  if (options->words->len == 0)
    return ql_cli_usage_error (command, _ ("no trace and no picture is named"));
  if (options->words->len > 1)
    return ql_cli_usage_error (command, _ ("“%s”: one trace or picture at a time"),
                               (const char *) options->words->pdata[1]);
  if (options->questions->len > 1)
    return ql_cli_usage_error (command, _ ("one question at a time"));
  if (options->questions->len == 1 && options->prompt != NULL)
    return ql_cli_usage_error (command, _ ("either a question or a prompt"));
  if (options->questions->len == 1 && !options->raw && *(const char *) options->questions->pdata[0] == '\0')
    return ql_cli_usage_error (command, _ ("the question is empty"));
  if (options->output == NULL)
    return ql_cli_usage_error (command, _ ("no file to write is named; say -o FILE"));
  if (!ql_figure_format_of (options->output, &format))
    return ql_cli_usage_error (command, _ ("“%s”: the name must end in .svg, .pdf, .png or .csv"),
                               options->output);
  if (figure->query >= 0 && figure->word >= 0)
    return ql_cli_usage_error (command, _ ("either a query or a word"));
  if (figure->query < 0 && figure->word < 0 && !figure->atlas)
    return ql_cli_usage_error (command, _ ("no map is named; say --query N, --word N or --atlas"));
  if (figure->atlas && (figure->query >= 0 || figure->word >= 0)
      && (figure->layer >= 0 || figure->head_given))
    return ql_cli_usage_error (command, _ ("an atlas of a query or word shows every layer and head"));
  return TRUE;
}

/* ---- which map ------------------------------------------------------------------------- */

/* Returns: FALSE, having told what there is */
static gboolean
find_layer (const QlCliOptions *options, QlTrace *trace, int *nth)
{
  int n = ql_trace_get_n_layers (trace);
  g_autoptr (GString) numbers = g_string_new (NULL);

  *nth = options->figure.layer < 0 ? n - 1 : ql_trace_find_layer (trace, options->figure.layer);
  if (*nth >= 0)
    return TRUE;
  for (int i = 0; i < n; i++)
    g_string_append_printf (numbers, i > 0 ? ", %d" : "%d", ql_trace_get_layer_number (trace, i));
  return ql_cli_usage_error (options->command, _ ("--layer %d: layers with cross-attention are %s"),
                             options->figure.layer, numbers->str);
}

static gboolean
check_index (const QlCliOptions *options, const char *option, int i, int n)
{
  if (i < n)
    return TRUE;
  if (n == 0)
    return ql_cli_usage_error (options->command, _ ("%s %d: there is none"), option, i);
  return ql_cli_usage_error (options->command, _ ("%s %d: there are 0 to %d"), option, i, n - 1);
}

static gboolean
find_key (const QlCliOptions *options, QlTrace *trace, QlMapKey *key)
{
  const QlCliFigure *figure = &options->figure;

  *key = (QlMapKey){ .query = MAX (figure->query, 0),
                     .head = MAX (figure->head, 0),
                     .method = figure->method };
  if (!check_index (options, "--query", key->query, ql_trace_get_n_queries (trace))
      || !check_index (options, "--head", key->head, ql_trace_get_n_heads (trace))
      || (figure->word >= 0 && !check_index (options, "--word", figure->word, ql_trace_get_n_words (trace)))
      || !find_layer (options, trace, &key->layer))
    return FALSE;
  if (!ql_map_is_possible (trace, key))
    return ql_cli_usage_error (options->command, _ ("--head rollout: the trace has no self-attention"));
  if (figure->word >= 0 && ql_trace_get_n_lm_layers (trace) == 0)
    return ql_cli_usage_error (options->command,
                               _ ("--word: the trace has no attention of a language model"));
  return TRUE;
}

/* Returns: (transfer full) (nullable): having told */
static QlFigure *
make_figure (const QlCliOptions *options, QlTrace *trace)
{
  const QlCliFigure *o = &options->figure;
  g_autoptr (QlMap) map = NULL;
  g_autoptr (QlAtlas) atlas = NULL;
  QlMapLook look;
  QlMapKey key;

  if (!find_key (options, trace, &key))
    return NULL;
  ql_map_look_init (&look);
  look.style = (QlMapStyle) o->style;
  look.color_map = (QlColorMap) o->color_map;
  look.scale = (QlMapScale) o->scale;
  look.hide_outliers = o->hide_outliers;
  look.high_contrast = o->high_contrast;
  if (o->atlas)
    {
      atlas = o->word >= 0    ? ql_atlas_new_for_word (trace, o->word, QL_LM_MEAN)
              : o->query >= 0 ? ql_atlas_new_for_query (trace, o->query)
                              : ql_atlas_new_for_head (trace, &key);
      return ql_figure_new_atlas (atlas, &look);
    }
  map = o->word >= 0 ? ql_map_new_for_word (trace, o->word, QL_LM_MEAN, &key) : ql_map_new (trace, &key);
  return ql_figure_new (map, &look);
}

/* ---- writing ------------------------------------------------------------------------------ */

static int
emit (const QlCliOptions *options, QlTrace *trace, QlFigure *figure)
{
  g_auto (GStrv) lines = g_strsplit (ql_figure_get_caption (figure), "\n", 2);
  json_t *object;

  if (!options->json)
    return ql_cli_emit_text (NULL, lines[0]) ? QL_CLI_OK : QL_CLI_FAILED;
  object = json_object ();
  json_object_set_new (object, "file", ql_cli_json_string (options->words->pdata[0]));
  json_object_set_new (object, "text", ql_cli_json_string (ql_trace_get_text (trace)));
  json_object_set_new (object, "description", ql_cli_json_string (lines[0]));
  json_object_set_new (object, "figure", ql_cli_json_string (options->output));
  return ql_cli_emit_json (object) ? QL_CLI_OK : QL_CLI_FAILED;
}

static int
write_figure (const QlCliOptions *options, QlTrace *trace)
{
  g_autoptr (QlFigure) figure = NULL;
  g_autoptr (GError) error = NULL;
  QlFigureFormat format;
  gboolean ok;

  /* A figure is for people: its numbers are written as they write them. */
  setlocale (LC_NUMERIC, "");
  figure = make_figure (options, trace);
  ok = figure != NULL && ql_figure_format_of (options->output, &format)
       && ql_figure_save (figure, options->output, format, options->figure.png_scale, &error);
  setlocale (LC_NUMERIC, "C");
  if (figure == NULL)
    return QL_CLI_USAGE;
  if (ok)
    return emit (options, trace, figure);
  ql_cli_error (options->output, error);
  return QL_CLI_FAILED;
}

static int
of_trace (const QlCliOptions *options, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QlTrace) trace = ql_trace_open (path, NULL, &error);

  if (trace != NULL)
    return write_figure (options, trace);
  ql_cli_error (path, error);
  return QL_CLI_FAILED;
}

static int
of_picture (const QlCliOptions *options, const char *path)
{
  const char *question = options->questions->len > 0 ? options->questions->pdata[0] : NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (B2Answer) answer = NULL;
  g_autoptr (QlTrace) trace = NULL;
  QlCliRun run;
  int status = QL_CLI_FAILED;

  if (ql_cli_run_begin (&run, options, "qlens-demo-opt", B2_TASK_GENERATE))
    {
      run.keep_picture = TRUE;
      if (ql_cli_run_picture (&run, path, &error))
        answer = ql_cli_run_text (&run, question, TRUE, &error);
      if (answer != NULL)
        trace = ql_cli_run_trace (&run, answer, &error);
      if (trace != NULL)
        status = write_figure (options, trace);
      else
        ql_cli_run_failed (&run, path, question, error);
    }
  ql_cli_run_clear (&run);
  return status;
}

static int
figure (const QlCliOptions *options)
{
  const char *path = options->words->pdata[0];
  g_autoptr (GError) error = NULL;

  if (!ql_cli_check_output (path, options->output, &error))
    {
      ql_cli_error (options->output, error);
      return QL_CLI_FAILED;
    }
  return ql_trace_is_file (path) ? of_trace (options, path) : of_picture (options, path);
}

const QlCliCommand ql_cli_figure = {
  .name = "figure",
  .usage = "FILE -o FILE",
  .summary = N_ ("draw where a query or word looks, from a trace or a picture"),
  .groups = QL_CLI_GROUP_FIGURE | QL_CLI_GROUP_MODEL | QL_CLI_GROUP_PROMPT | QL_CLI_GROUP_QUESTION
            | QL_CLI_GROUP_OUTPUT | QL_CLI_GROUP_DECODE | QL_CLI_GROUP_THREADS | QL_CLI_GROUP_IMAGE
            | QL_CLI_GROUP_JSON,
  .preset = B2_PRESET_CAPTION,
  .preset_question = B2_PRESET_QUESTION,
  .check = check,
  .run = figure,
};
