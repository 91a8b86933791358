#include "app/cli-options.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/cli-output.h"

typedef enum
{
  ARG_FLAG,
  ARG_FILE, /* bytes as given */
  ARG_TEXT, /* UTF-8 */
  ARG_TEXTS, /* UTF-8, may be repeated */
  ARG_INT,
  ARG_FLOAT,
  ARG_SEED,
  ARG_ALPHA,
  ARG_POLICY,
  ARG_HEAD, /* a number, or how heads are combined */
  ARG_CHOICE, /* one of the words in `value`, by its place */
} ArgType;

typedef struct
{
  const char *name;
  char letter; /* 0: none */
  ArgType type;
  guint groups; /* 0: every command's */
  gsize offset; /* in QlCliOptions */
  const char *value;
  const char *help;
  int min, max; /* of ARG_INT; the engine checks the decoding settings' own ranges */
} Option;

#define AT(field) G_STRUCT_OFFSET (QlCliOptions, field)
#define DECODE QL_CLI_GROUP_DECODE
#define BATCH QL_CLI_GROUP_BATCH
#define FIGURE QL_CLI_GROUP_FIGURE

static const Option table[] = {
  { "model", 0, ARG_FILE, QL_CLI_GROUP_MODEL, AT (model), "DIR",
    N_ ("model folder or GGUF file; the demo model if not given"), 0, 0 },
  { "prompt", 0, ARG_TEXT, QL_CLI_GROUP_PROMPT, AT (prompt), "TEXT", N_ ("text that the model goes on from"),
    0, 0 },
  { "question", 'q', ARG_TEXTS, QL_CLI_GROUP_QUESTION, AT (questions), "TEXT",
    N_ ("question about the picture"), 0, 0 },
  { "raw", 0, ARG_FLAG, QL_CLI_GROUP_QUESTION, AT (raw), NULL, N_ ("take the question as the whole prompt"),
    0, 0 },
  { "output", 'o', ARG_FILE, QL_CLI_GROUP_OUTPUT, AT (output), "FILE", N_ ("file to write"), 0, 0 },
  { "recursive", 0, ARG_FLAG, BATCH, AT (recursive), NULL, N_ ("folders within folders too"), 0, 0 },
  { "policy", 0, ARG_POLICY, BATCH, AT (targets.policy), "skip|overwrite|append",
    N_ ("pictures with a caption: left alone (the default), done again, or given one more"), 0, 0 },
  { "txt", 0, ARG_FLAG, BATCH, AT (targets.txt), NULL,
    N_ ("write a text file beside each picture (the default)"), 0, 0 },
  { "xmp", 0, ARG_FLAG, BATCH, AT (targets.xmp), NULL, N_ ("write an XMP file beside each picture"), 0, 0 },
  { "png-text", 0, ARG_FLAG, BATCH, AT (targets.png_text), NULL, N_ ("write into each PNG picture"), 0, 0 },
  { "csv", 0, ARG_FILE, BATCH, AT (targets.csv), "FILE", N_ ("write a table of all"), 0, 0 },
  { "jsonl", 0, ARG_FILE, BATCH, AT (targets.jsonl), "FILE", N_ ("write JSON lines of all"), 0, 0 },
  { "query", 0, ARG_INT, FIGURE, AT (figure.query), "N", N_ ("the query token, from 0 on"), 0, G_MAXINT },
  { "word", 0, ARG_INT, FIGURE, AT (figure.word), "N",
    N_ ("instead of a query: what the answer's word looked at, from 0 on"), 0, G_MAXINT },
  { "layer", 0, ARG_INT, FIGURE, AT (figure.layer), "N",
    N_ ("the Q-Former's layer; the last with cross-attention if not given"), 0, G_MAXINT },
  { "head", 0, ARG_HEAD, FIGURE, AT (figure), "N|mean|max|rollout",
    N_ ("a head, the heads' mean (the default) or maximum, or rollout"), 0, 0 },
  { "atlas", 0, ARG_FLAG, FIGURE, AT (figure.atlas), NULL,
    N_ ("all layers and heads of a query or word; without these, all queries of a head"), 0, 0 },
  { "style", 0, ARG_CHOICE, FIGURE, AT (figure.style), "cells|smooth|spotlight", N_ ("how a map is drawn"), 0,
    0 },
  { "color-map", 0, ARG_CHOICE, FIGURE, AT (figure.color_map), "viridis|grey", N_ ("colours of the values"),
    0, 0 },
  { "scale", 0, ARG_CHOICE, FIGURE, AT (figure.scale), "own|shared",
    N_ ("the colours end at the map's largest patch, or at that of all such maps"), 0, 0 },
  { "hide-outliers", 0, ARG_FLAG, FIGURE, AT (figure.hide_outliers), NULL,
    N_ ("leave out patches with unusually long features"), 0, 0 },
  { "high-contrast", 0, ARG_FLAG, FIGURE, AT (figure.high_contrast), NULL, N_ ("colours from black to white"),
    0, 0 },
  { "png-scale", 0, ARG_INT, FIGURE, AT (figure.png_scale), "N", N_ ("pixels a point of a PNG: 1 or 2"), 1,
    2 },
  { "boxes", 0, ARG_FILE, QL_CLI_GROUP_EVAL, AT (boxes), "FILE",
    N_ ("where objects are: a list like the sample pictures' boxes.json, which is the default"), 0, 0 },
  { "run", 0, ARG_FLAG, QL_CLI_GROUP_LESSON, AT (walk), NULL,
    N_ ("do the lesson with the model, too: can each check be satisfied, and is it not from the start?"), 0,
    0 },
  { "languages", 0, ARG_TEXT, QL_CLI_GROUP_LESSON, AT (languages), "LIST",
    N_ ("languages that must be complete, as de,fr; those that the lesson has anything in if not given"), 0,
    0 },
  /* the words are those of b2_convert_types() */
  { "type", 't', ARG_CHOICE, QL_CLI_GROUP_CONVERT, AT (type), "f32|bf16|f16|q8_0|q4_0",
    N_ ("how most weights are stored: 32, 16, 8 or 4 bits each"), 0, 0 },
  { "force", 'f', ARG_FLAG, QL_CLI_GROUP_CONVERT, AT (force), NULL,
    N_ ("replace the file if it is there already"), 0, 0 },
  { "beams", 0, ARG_INT, DECODE | QL_CLI_GROUP_MEMORY, AT (decode.n_beams), "N",
    N_ ("hypotheses kept; 1 is greedy"), G_MININT, G_MAXINT },
  { "length-penalty", 0, ARG_FLOAT, DECODE, AT (decode.length_penalty), "X",
    N_ ("of beams: above 0 favours long texts, below 0 short ones"), 0, 0 },
  { "max-new-tokens", 0, ARG_INT, DECODE | QL_CLI_GROUP_MEMORY, AT (decode.max_new_tokens), "N",
    N_ ("stop after so many"), G_MININT, G_MAXINT },
  { "min-new-tokens", 0, ARG_INT, DECODE, AT (decode.min_new_tokens), "N", N_ ("do not stop before so many"),
    G_MININT, G_MAXINT },
  { "repetition-penalty", 0, ARG_FLOAT, DECODE, AT (decode.repetition_penalty), "X",
    N_ ("above 1 makes used tokens less likely"), 0, 0 },
  { "no-repeat-ngram", 0, ARG_INT, DECODE, AT (decode.no_repeat_ngram), "N",
    N_ ("never repeat so many tokens in a row; 0 is off"), G_MININT, G_MAXINT },
  { "temperature", 0, ARG_FLOAT, DECODE, AT (decode.temperature), "X",
    N_ ("draw at random: above 1 is wilder"), 0, 0 },
  { "top-k", 0, ARG_INT, DECODE, AT (decode.top_k), "N", N_ ("draw from the N most likely tokens; 0 is off"),
    G_MININT, G_MAXINT },
  { "top-p", 0, ARG_FLOAT, DECODE, AT (decode.top_p), "X",
    N_ ("draw from the tokens that make up this probability"), 0, 0 },
  { "seed", 0, ARG_SEED, DECODE, AT (decode.seed), "N",
    N_ ("of the random draw; the same seed gives the same text"), 0, 0 },
  { "threads", 0, ARG_INT, QL_CLI_GROUP_THREADS | QL_CLI_GROUP_MEMORY, AT (n_threads), "N",
    N_ ("1 to 256; one per core if not given"), 1, 256 },
  { "exact", 0, ARG_FLAG, QL_CLI_GROUP_IMAGE, AT (exact), NULL,
    N_ ("all arithmetic in 32 bits, slower; for comparing"), 0, 0 },
  { "pin", 0, ARG_FLAG, QL_CLI_GROUP_IMAGE, AT (pin), NULL,
    N_ ("keep each thread on a core of its own; only where nothing else runs"), 0, 0 },
  { "open-anyway", 0, ARG_FLAG, QL_CLI_GROUP_IMAGE, AT (open_anyway), NULL,
    N_ ("open the model although the memory that is free is too little: it may be very slow"), 0, 0 },
  { "runs", 0, ARG_INT, QL_CLI_GROUP_RUNS, AT (n_runs), "N", N_ ("times to measure, 1 to 1000"), 1, 1000 },
  { "tokens", 0, ARG_INT, QL_CLI_GROUP_RUNS, AT (n_tokens), "N",
    N_ ("write exactly so many tokens, whatever the model thinks; as many as --max-new-tokens if not given"),
    1, G_MAXINT },
  { "no-stop", 0, ARG_FLAG, QL_CLI_GROUP_RUNS, AT (no_stop), NULL,
    N_ ("do not measure how long a stop takes, which takes several runs"), 0, 0 },
  { "roofline", 0, ARG_FILE, QL_CLI_GROUP_RUNS, AT (roofline), "FILE.svg",
    N_ ("draw the phases below what the machine can do"), 0, 0 },
  { "with", 0, ARG_FILE, QL_CLI_GROUP_RUNS, AT (with), "FILE",
    N_ ("of --roofline: lines that “bench --json” printed before, drawn with it"), 0, 0 },
  { "no-exif", 0, ARG_FLAG, QL_CLI_GROUP_IMAGE, AT (no_exif), NULL,
    N_ ("do not turn pictures as their EXIF data says"), 0, 0 },
  { "alpha", 0, ARG_ALPHA, QL_CLI_GROUP_IMAGE, AT (alpha_drop), "drop|white",
    N_ ("transparency: ignored, or laid on white (the default)"), 0, 0 },
  { "no-cache", 0, ARG_FLAG, QL_CLI_GROUP_CACHE, AT (no_cache), NULL,
    N_ ("neither use nor keep what the model made of pictures before"), 0, 0 },
  { "json", 0, ARG_FLAG, QL_CLI_GROUP_JSON, AT (json), NULL, N_ ("one JSON object a line"), 0, 0 },
  { "help", 'h', ARG_FLAG, 0, AT (help), NULL, N_ ("this text"), 0, 0 },
};

G_STATIC_ASSERT (G_N_ELEMENTS (table) <= 64); /* bits of `given` */

gboolean
ql_cli_usage_error (const QlCliCommand *command, const char *format, ...)
{
  g_autofree char *message = NULL;
  g_autofree char *clean = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  clean = ql_cli_printable (message);
  fprintf (stderr, _ ("qlens-cli: %s; see “qlens-cli %s%s--help”\n"), clean, command ? command->name : "",
           command ? " " : "");
  return FALSE;
}

gboolean
ql_cli_check_text (const QlCliCommand *command, const char *what, const char *text)
{
  const char *end;

  if (g_utf8_validate (text, -1, &end))
    return TRUE;
  return ql_cli_usage_error (command, _ ("%s is not UTF-8 at byte %d"), what, (int) (end - text) + 1);
}

gboolean
ql_cli_parse_int (const char *text, gint64 min, gint64 max, gint64 *out)
{
  return g_ascii_string_to_signed (text, 10, min, max, out, NULL);
}

gboolean
ql_cli_parse_float (const char *text, float *out)
{
  char *end;
  double value;

  /* strtod also takes "nan", "inf", "0x1p3" and blanks in front */
  if (text[0] == '\0' || strspn (text, "+-.0123456789eE") != strlen (text))
    return FALSE;
  errno = 0;
  value = g_ascii_strtod (text, &end);
  if (end == text || *end != '\0' || errno == ERANGE || !(fabs (value) <= G_MAXFLOAT))
    return FALSE;
  *out = (float) value;
  return TRUE;
}

static gboolean
store_number (const QlCliCommand *command, const Option *option, const char *value, gpointer field)
{
  gint64 number;
  guint64 seed;

  if (option->type == ARG_FLOAT)
    {
      if (!ql_cli_parse_float (value, field))
        return ql_cli_usage_error (command, _ ("--%s %s: not a number"), option->name, value);
      return TRUE;
    }
  if (option->type == ARG_SEED)
    {
      if (!g_ascii_string_to_unsigned (value, 10, 0, G_MAXUINT64, &seed, NULL))
        return ql_cli_usage_error (command, _ ("--%s %s: not an integer from 0 to 18446744073709551615"),
                                   option->name, value);
      *(guint64 *) field = seed;
      return TRUE;
    }
  if (!ql_cli_parse_int (value, option->min, option->max, &number))
    return ql_cli_usage_error (command, _ ("--%s %s: not an integer from %d to %d"), option->name, value,
                               option->min, option->max);
  *(int *) field = (int) number;
  return TRUE;
}

static gboolean
store_policy (const QlCliCommand *command, const char *value, QlBatchPolicy *field)
{
  static const char *const names[]
      = { [QL_BATCH_SKIP] = "skip", [QL_BATCH_OVERWRITE] = "overwrite", [QL_BATCH_APPEND] = "append" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (strcmp (value, names[i]) == 0)
      {
        *field = (QlBatchPolicy) i;
        return TRUE;
      }
  return ql_cli_usage_error (command, _ ("--policy %s: not “skip”, “overwrite” or “append”"), value);
}

static gboolean
store_head (const QlCliCommand *command, const char *value, QlCliFigure *figure)
{
  gint64 head;

  figure->head_given = TRUE;
  figure->head = -1;
  for (int method = QL_MAP_HEAD_MEAN; method < QL_MAP_N_METHODS; method++)
    if (strcmp (value, ql_map_method_to_string ((QlMapMethod) method)) == 0)
      {
        figure->method = (QlMapMethod) method;
        return TRUE;
      }
  if (!ql_cli_parse_int (value, 0, G_MAXINT, &head))
    return ql_cli_usage_error (command, _ ("--head %s: not a number, “mean”, “max” or “rollout”"), value);
  figure->method = QL_MAP_HEAD;
  figure->head = (int) head;
  return TRUE;
}

static gboolean
store_choice (const QlCliCommand *command, const Option *option, const char *value, int *field)
{
  g_auto (GStrv) words = g_strsplit (option->value, "|", -1);

  for (int i = 0; words[i] != NULL; i++)
    if (strcmp (value, words[i]) == 0)
      {
        *field = i;
        return TRUE;
      }
  return ql_cli_usage_error (command, _ ("--%s %s: not one of %s"), option->name, value, option->value);
}

static gboolean
store (const QlCliCommand *command, const Option *option, const char *value, QlCliOptions *options)
{
  gpointer field = G_STRUCT_MEMBER_P (options, option->offset);
  g_autofree char *name = g_strdup_printf ("--%s", option->name);

  switch (option->type)
    {
    case ARG_FLAG:
      *(gboolean *) field = TRUE;
      return TRUE;
    case ARG_TEXT:
      if (!ql_cli_check_text (command, name, value))
        return FALSE;
      G_GNUC_FALLTHROUGH;
    case ARG_FILE:
      if (option->type == ARG_FILE && value[0] == '\0')
        return ql_cli_usage_error (command, _ ("%s: the name is empty"), name);
      g_free (*(char **) field);
      *(char **) field = g_strdup (value);
      return TRUE;
    case ARG_TEXTS:
      if (!ql_cli_check_text (command, name, value))
        return FALSE;
      g_ptr_array_add (*(GPtrArray **) field, g_strdup (value));
      return TRUE;
    case ARG_ALPHA:
      if (strcmp (value, "drop") != 0 && strcmp (value, "white") != 0)
        return ql_cli_usage_error (command, _ ("%s %s: not “drop” or “white”"), name, value);
      *(gboolean *) field = strcmp (value, "drop") == 0;
      return TRUE;
    case ARG_POLICY:
      return store_policy (command, value, field);
    case ARG_HEAD:
      return store_head (command, value, field);
    case ARG_CHOICE:
      return store_choice (command, option, value, field);
    case ARG_INT:
    case ARG_FLOAT:
    case ARG_SEED:
      return store_number (command, option, value, field);
    }
  g_assert_not_reached ();
}

static const Option *
find_option (const QlCliCommand *command, const char *name, gsize length, char letter)
{
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      const Option *option = &table[i];

      if (option->groups != 0 && !(option->groups & command->groups))
        continue;
      if (letter != 0 ? option->letter == letter
                      : strlen (option->name) == length && strncmp (option->name, name, length) == 0)
        return option;
    }
  return NULL;
}

/* Reads argv[*i] and its value, which may be the next word; moves *i to the last word used. */
static gboolean
parse_option (const QlCliCommand *command, int argc, char **argv, int *i, QlCliOptions *options,
              guint64 *given)
{
  const char *word = argv[*i];
  gboolean is_long = word[1] == '-';
  const char *value = NULL;
  const Option *option;

  if (is_long)
    {
      const char *equals = strchr (word, '=');
      gsize length = equals ? (gsize) (equals - word) - 2 : strlen (word) - 2;

      option = find_option (command, word + 2, length, 0);
      value = equals ? equals + 1 : NULL;
    }
  else
    {
      option = find_option (command, NULL, 0, word[1]);
      value = word[2] != '\0' ? word + 2 : NULL;
    }
  if (option == NULL)
    return ql_cli_usage_error (command, _ ("“%s” is not an option of “%s”"), word, command->name);
  if (option->type == ARG_FLAG && value != NULL)
    return ql_cli_usage_error (command, _ ("--%s takes no value"), option->name);
  if (option->type != ARG_FLAG && value == NULL)
    {
      if (*i + 1 >= argc)
        return ql_cli_usage_error (command, _ ("--%s needs a value"), option->name);
      value = argv[++*i];
    }
  *given |= G_GUINT64_CONSTANT (1) << (option - table);
  return store (command, option, value, options);
}

static gboolean
was_given (guint64 given, const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    if (strcmp (table[i].name, name) == 0)
      return (given >> i & 1) != 0;
  g_assert_not_reached ();
}

static gboolean
check_decode (const QlCliCommand *command, QlCliOptions *options, guint64 given)
{
  g_autoptr (GError) error = NULL;

  if (was_given (given, "temperature") || was_given (given, "top-k") || was_given (given, "top-p")
      || was_given (given, "seed"))
    {
      if (was_given (given, "beams") && options->decode.n_beams != 1)
        return ql_cli_usage_error (
            command, _ ("--temperature, --top-k, --top-p and --seed draw at random, which beams do not"));
      options->decode.sample = TRUE;
      options->decode.n_beams = 1;
    }
  if (!b2_decode_options_check (&options->decode, &error))
    return ql_cli_usage_error (command, "%s", error->message);
  return TRUE;
}

/* A question has other defaults, and what was given stands: known only after the last word. */
static void
take_defaults (B2DecodeOptions *decode, B2Preset preset, guint64 given)
{
  B2DecodeOptions defaults;

  b2_decode_options_init (&defaults, preset);
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      gsize offset = table[i].offset - AT (decode);

      if (!(table[i].groups & DECODE) || (given >> i & 1) != 0)
        continue;
      memcpy (G_STRUCT_MEMBER_P (decode, offset), G_STRUCT_MEMBER_P (&defaults, offset),
              table[i].type == ARG_SEED  ? sizeof (guint64)
              : table[i].type == ARG_INT ? sizeof (int)
                                         : sizeof (float));
    }
}

/* A picture's name, a text; or, `ask IMAGE -q ONE TWO`, another question. */
static gboolean
store_word (const QlCliCommand *command, const char *word, QlCliOptions *options)
{
  GPtrArray *list = options->words;

  if (options->questions->len > 0 && options->words->len > 0)
    {
      if (!ql_cli_check_text (command, "--question", word))
        return FALSE;
      list = options->questions;
    }
  g_ptr_array_add (list, g_strdup (word));
  return TRUE;
}

gboolean
ql_cli_options_parse (const QlCliCommand *command, int argc, char **argv, QlCliOptions *options)
{
  guint64 given = 0;
  gboolean ended = FALSE;

  memset (options, 0, sizeof *options);
  options->command = command;
  options->words = g_ptr_array_new_with_free_func (g_free);
  options->questions = g_ptr_array_new_with_free_func (g_free);
  options->n_runs = 5;
  options->type = -1;
  options->figure = (QlCliFigure){
    .query = -1, .layer = -1, .word = -1, .head = -1, .method = QL_MAP_HEAD_MEAN, .png_scale = 1
  };
  b2_decode_options_init (&options->decode, command->preset);

  for (int i = 0; i < argc; i++)
    {
      if (ended || argv[i][0] != '-' || argv[i][1] == '\0')
        {
          if (!store_word (command, argv[i], options))
            return FALSE;
        }
      else if (strcmp (argv[i], "--") == 0)
        ended = TRUE;
      else if (!parse_option (command, argc, argv, &i, options, &given))
        return FALSE;
      if (options->help)
        return TRUE;
    }

  if (options->questions->len > 0)
    take_defaults (&options->decode, command->preset_question, given);
  if ((command->groups & (QL_CLI_GROUP_DECODE | QL_CLI_GROUP_MEMORY))
      && !check_decode (command, options, given))
    return FALSE;
  return command->check == NULL || command->check (options);
}

void
ql_cli_options_clear (QlCliOptions *options)
{
  g_clear_pointer (&options->words, g_ptr_array_unref);
  g_clear_pointer (&options->questions, g_ptr_array_unref);
  g_clear_pointer (&options->model, g_free);
  g_clear_pointer (&options->prompt, g_free);
  g_clear_pointer (&options->output, g_free);
  g_clear_pointer (&options->boxes, g_free);
  g_clear_pointer (&options->languages, g_free);
  g_clear_pointer (&options->roofline, g_free);
  g_clear_pointer (&options->with, g_free);
  ql_batch_targets_clear (&options->targets);
}

static void
print_default (const Option *option, const QlCliCommand *command)
{
  QlCliOptions options = { .n_runs = 5 };
  gconstpointer field = G_STRUCT_MEMBER_P (&options, option->offset);
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  b2_decode_options_init (&options.decode, command->preset);
  if (option->groups & QL_CLI_GROUP_DECODE && option->type == ARG_FLOAT)
    printf (" [%s]", g_ascii_formatd (number, sizeof number, "%g", *(const float *) field));
  else if (option->type == ARG_INT
           && (option->groups & QL_CLI_GROUP_DECODE
               || (option->groups & QL_CLI_GROUP_RUNS && *(const int *) field > 0)))
    printf (" [%d]", *(const int *) field);
}

void
ql_cli_options_help (const QlCliCommand *command)
{
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      const Option *option = &table[i];
      g_autofree char *left = NULL;

      if (option->groups != 0 && !(option->groups & command->groups))
        continue;
      left = g_strdup_printf ("%c%c%s --%s %s", option->letter ? '-' : ' ',
                              option->letter ? option->letter : ' ', option->letter ? "," : " ", option->name,
                              option->value ? option->value : "");
      printf ("  %-28s %s", left, _ (option->help));
      print_default (option, command);
      printf ("\n");
    }
}
