#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "app/cli-output.h"
#include "app/cli-run.h"
#include "app/cli.h"
#include "app/paths.h"
#include "app/pointing.h"

/* Measurements of a model on pictures of which something is known. */

static gboolean
check (QlCliOptions *options)
{
  if (options->words->len == 0)
    return ql_cli_usage_error (options->command, _ ("what to measure is not named; say “pointing”"));
  if (strcmp (options->words->pdata[0], "pointing") != 0)
    return ql_cli_usage_error (options->command, _ ("“%s” is nothing to measure; there is “pointing”"),
                               (const char *) options->words->pdata[0]);
  return TRUE;
}

/* Returns: FALSE where nothing more should be done */
static gboolean
look_at (QlCliRun *run, QlPointing *pointing, const char *path, const QlBoxPicture *boxes)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (B2Answer) answer = NULL;
  g_autoptr (QlTrace) trace = NULL;
  int n = 0;

  if (ql_cli_run_picture (run, path, &error))
    answer = ql_cli_run_text (run, NULL, TRUE, &error);
  if (answer != NULL)
    trace = ql_cli_run_trace (run, answer, &error);
  if (trace != NULL && (n = ql_pointing_add (pointing, trace, boxes)) < 0)
    g_set_error (&error, B2_ERROR, B2_ERROR_UNSUPPORTED,
                 "%s: the language model's attention to the queries is not told", run->dir);
  if (error != NULL)
    return ql_cli_run_failed (run, path, NULL, error);
  if (run->options->json)
    {
      json_t *object = json_object ();

      json_object_set_new (object, "image", ql_cli_json_string (path));
      json_object_set_new (object, "text", ql_cli_json_string (answer->text));
      json_object_set_new (object, "words", json_integer (n));
      return ql_cli_emit_json (object);
    }
  return ql_cli_emit_text (path, answer->text);
}

static gboolean
look_at_all (QlCliRun *run, QlPointing *pointing, const GPtrArray *list, const char *list_path)
{
  const GPtrArray *words = run->options->words;
  gboolean go_on = TRUE;

  for (guint i = 0; words->len == 1 && go_on && i < list->len; i++)
    {
      const QlBoxPicture *boxes = list->pdata[i];

      go_on = look_at (run, pointing, boxes->path, boxes);
    }
  for (guint i = 1; go_on && i < words->len; i++)
    {
      const QlBoxPicture *boxes = ql_box_list_find (list, words->pdata[i]);
      g_autoptr (GError) error = NULL;

      if (boxes != NULL)
        {
          go_on = look_at (run, pointing, words->pdata[i], boxes);
          continue;
        }
      g_set_error (&error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
                   _ ("%s has no boxes of it; add them there or name another list with --boxes"), list_path);
      go_on = ql_cli_run_failed (run, words->pdata[i], NULL, error);
    }
  return go_on;
}

/* ---- what came of it --------------------------------------------------------------------- */

static json_t *
score_json (QlPointing *pointing, const QlPointingScore *score)
{
  double n = ql_pointing_get_n_words (pointing);
  json_t *object = json_object ();

  json_object_set_new (object, "method", json_string (ql_map_method_to_string (score->method)));
  json_object_set_new (object, "layer", json_integer (ql_pointing_get_layer_number (pointing, score)));
  if (score->head >= 0)
    json_object_set_new (object, "head", json_integer (score->head));
  json_object_set_new (object, "hits", json_integer (score->n_hits));
  json_object_set_new (object, "share", ql_cli_json_real (score->n_hits / n));
  json_object_set_new (object, "word_map_share", ql_cli_json_real (score->n_word_hits / n));
  json_object_set_new (object, "random_query_share", ql_cli_json_real (score->random_query));
  return object;
}

static gboolean
emit_json (QlCliRun *run, QlPointing *pointing)
{
  int n;
  const QlPointingScore *scores = ql_pointing_get_scores (pointing, &n);
  json_t *object = json_object (), *list = json_array ();

  for (int i = 0; i < n; i++)
    json_array_append_new (list, score_json (pointing, &scores[i]));
  json_object_set_new (object, "eval", json_string ("pointing"));
  json_object_set_new (object, "model", ql_cli_json_string (run->dir));
  json_object_set_new (object, "fingerprint", json_string (b2_model_info (run->model)->fingerprint));
  json_object_set_new (object, "words", json_integer (ql_pointing_get_n_words (pointing)));
  json_object_set_new (object, "random_patch_share",
                       ql_cli_json_real (ql_pointing_get_random_patch (pointing)));
  json_object_set_new (object, "default", score_json (pointing, ql_pointing_get_default (pointing)));
  json_object_set_new (object, "scores", list);
  return ql_cli_emit_json (object);
}

static void
append_share (GString *line, double share)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf (line, "  %10s", g_ascii_formatd (number, sizeof number, "%.3f", share));
}

static gboolean
emit_score (QlPointing *pointing, const QlPointingScore *score)
{
  double n = ql_pointing_get_n_words (pointing);
  g_autoptr (GString) line = g_string_new (NULL);
  g_autofree char *head = score->head >= 0 ? g_strdup_printf ("%d", score->head)
                                           : g_strdup (ql_map_method_to_string (score->method));

  g_string_append_printf (line, "%5d  %-7s", ql_pointing_get_layer_number (pointing, score), head);
  append_share (line, score->n_hits / n);
  append_share (line, score->n_word_hits / n);
  append_share (line, score->random_query);
  append_share (line, ql_pointing_get_random_patch (pointing));
  return ql_cli_emit_text (NULL, line->str);
}

/* Terminals count columns, not bytes; words of other languages may be wider than their column. */
static void
append_title (GString *line, const char *title, int columns)
{
  int missing = columns - (int) g_utf8_strlen (title, -1);

  g_string_append_printf (line, "%*s%s", MAX (missing, 0), "", title);
}

static gboolean
emit_text (QlPointing *pointing)
{
  int n, n_words = ql_pointing_get_n_words (pointing);
  const QlPointingScore *scores = ql_pointing_get_scores (pointing, &n);
  const QlPointingScore *first = ql_pointing_get_default (pointing);
  g_autofree char *summary = g_strdup_printf (_ ("Of %d words that name an object, %d have their best "
                                                 "query's peak on it (last layer, mean of heads)."),
                                              n_words, first->n_hits);
  g_autoptr (GString) title = g_string_new (NULL);

  append_title (title, _ ("layer"), 5);
  g_string_append (title, "  ");
  g_string_append_printf (title, "%-7s", _ ("head"));
  append_title (title, _ ("best query"), 12);
  append_title (title, _ ("word map"), 12);
  append_title (title, _ ("any query"), 12);
  append_title (title, _ ("any patch"), 12);
  if (!ql_cli_emit_text (NULL, "") || !ql_cli_emit_text (NULL, summary) || !ql_cli_emit_text (NULL, "")
      || !ql_cli_emit_text (NULL, title->str))
    return FALSE;
  for (int i = 0; i < n; i++)
    if (!emit_score (pointing, &scores[i]))
      return FALSE;
  return TRUE;
}

static void
pointing_game (QlCliRun *run, const GPtrArray *list, const char *list_path)
{
  g_autoptr (QlPointing) pointing = ql_pointing_new ();
  g_autoptr (GError) error = NULL;
  gboolean ok;

  if (!look_at_all (run, pointing, list, list_path))
    {
      run->status = QL_CLI_FAILED;
      return;
    }
  if (ql_pointing_get_n_words (pointing) == 0)
    {
      g_set_error (&error, B2_ERROR, B2_ERROR_ARGUMENT,
                   "no answer has a word that names an object of the list");
      ql_cli_error (list_path, error);
      run->status = QL_CLI_FAILED;
      return;
    }
  ok = run->options->json ? emit_json (run, pointing) : emit_text (pointing);
  if (!ok)
    run->status = QL_CLI_FAILED;
}

static int
eval (const QlCliOptions *options)
{
  g_autofree char *path
      = options->boxes != NULL ? g_strdup (options->boxes) : ql_paths_data ("samples/boxes.json");
  g_autoptr (GPtrArray) list = NULL;
  g_autoptr (GError) error = NULL;
  QlCliRun run;
  int status = QL_CLI_FAILED;

  if (path == NULL)
    g_set_error (&error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
                 _ ("the sample pictures are not installed; name a list with --boxes"));
  else
    list = ql_box_list_open (path, &error);
  if (list == NULL)
    {
      ql_cli_error (path != NULL ? path : "boxes.json", error);
      return QL_CLI_FAILED;
    }
  if (ql_cli_run_begin (&run, options, "qlens-demo-opt", B2_TASK_GENERATE))
    {
      pointing_game (&run, list, path);
      status = run.status;
    }
  ql_cli_run_clear (&run);
  return status;
}

const QlCliCommand ql_cli_eval = {
  .name = "eval",
  .usage = "pointing [IMAGE…]",
  .summary = N_ ("measure how often a word's attention is on what it names"),
  .groups = QL_CLI_GROUP_EVAL | QL_CLI_GROUP_MODEL | QL_CLI_GROUP_PROMPT | QL_CLI_GROUP_DECODE
            | QL_CLI_GROUP_THREADS | QL_CLI_GROUP_IMAGE | QL_CLI_GROUP_JSON,
  .preset = B2_PRESET_CAPTION,
  .preset_question = B2_PRESET_QUESTION,
  .check = check,
  .run = eval,
};
