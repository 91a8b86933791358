#pragma once

#include "app/attention-map.h"
#include "app/batch-output.h"
#include "engine/b2.h"

/** QlCliGroup: sets of options; a command says which it takes. */
typedef enum
{
  QL_CLI_GROUP_MODEL = 1 << 0, /* --model */
  QL_CLI_GROUP_JSON = 1 << 1, /* --json */
  QL_CLI_GROUP_IMAGE
  = 1 << 2, /* --no-exif, --alpha; who reads pictures runs the model: --exact, --pin, --open-anyway */
  QL_CLI_GROUP_DECODE = 1 << 3, /* --beams … --seed */
  QL_CLI_GROUP_THREADS = 1 << 4, /* --threads */
  QL_CLI_GROUP_PROMPT = 1 << 5, /* --prompt */
  QL_CLI_GROUP_QUESTION = 1 << 6, /* -q, --raw */
  QL_CLI_GROUP_OUTPUT = 1 << 7, /* -o */
  QL_CLI_GROUP_RUNS = 1 << 8, /* --runs … --with */
  QL_CLI_GROUP_BATCH = 1 << 9, /* --recursive, --policy, --txt … --jsonl */
  QL_CLI_GROUP_FIGURE = 1 << 10, /* --query … --png-scale */
  QL_CLI_GROUP_EVAL = 1 << 11, /* --boxes */
  QL_CLI_GROUP_LESSON = 1 << 12, /* --run, --languages */
  QL_CLI_GROUP_CONVERT = 1 << 13, /* --type, --force */
  QL_CLI_GROUP_CACHE = 1 << 14, /* --no-cache */
  QL_CLI_GROUP_MEMORY = 1 << 15, /* --beams, --max-new-tokens, --threads: of info */
} QlCliGroup;

typedef struct QlCliCommand QlCliCommand;

/** QlCliFigure: which map and how; -1 where not given. */
typedef struct
{
  int query, layer, word;
  int head; /* -1: by @method */
  QlMapMethod method; /* %QL_MAP_HEAD with @head */
  gboolean head_given;
  gboolean atlas;
  int style, color_map, scale; /* QlMapStyle, QlColorMap, QlMapScale */
  gboolean hide_outliers, high_contrast;
  int png_scale;
} QlCliFigure;

/** QlCliOptions: a parsed and checked command line. */
typedef struct
{
  const QlCliCommand *command;
  GPtrArray *words; /* of char *: pictures and texts, in the order given */
  char *model; /* (nullable): the demo model */
  gboolean json;
  gboolean no_exif;
  gboolean alpha_drop;
  gboolean no_cache;
  gboolean help;
  gboolean raw;
  char *prompt; /* (nullable) */
  GPtrArray *questions; /* of char * */
  char *output; /* (nullable) */
  int n_threads; /* 0: one per core */
  gboolean exact; /* all arithmetic in f32 */
  gboolean pin; /* each thread to a core of its own */
  gboolean open_anyway; /* although there is too little memory */
  int n_runs;
  char *roofline, *with; /* (nullable): of bench */
  gboolean no_stop; /* of bench: do not measure it */
  int n_tokens; /* of bench; 0: by the decoding settings */
  gboolean recursive;
  QlBatchTargets targets; /* of batch; none set: --txt */
  QlCliFigure figure; /* of figure */
  char *boxes; /* (nullable): of eval: the samples' */
  gboolean walk; /* of lesson: do it, too */
  char *languages; /* (nullable): of lesson: those that it must have, with commas between */
  int type; /* of convert: in b2_convert_types(); -1: not given */
  gboolean force; /* of convert */
  B2DecodeOptions decode;
} QlCliOptions;

/** QlCliCommand: an entry of the table in cli.c. */
struct QlCliCommand
{
  const char *name;
  const char *usage; /* what follows the name: "IMAGE… [OPTION…]", untranslated */
  const char *summary; /* N_() */
  guint groups; /* QlCliGroup bits */
  B2Preset preset; /* the decoding defaults */
  B2Preset preset_question; /* the same where a question is asked */
  /* (nullable): %FALSE, having told, where the words do not make sense for the command */
  gboolean (*check) (QlCliOptions *options);
  int (*run) (const QlCliOptions *options); /* Returns: a QlCliStatus */
};

/**
 * ql_cli_options_parse:
 * @argc: of what follows the command's name
 * @options: (out caller-allocates): cleared with ql_cli_options_clear() either way
 *
 * Numbers are read in the C locale and to their last character. "--" ends the options.
 * Tells what is wrong on stderr.
 *
 * Returns: %FALSE for a usage error
 */
gboolean ql_cli_options_parse (const QlCliCommand *command, int argc, char **argv, QlCliOptions *options);
void ql_cli_options_clear (QlCliOptions *options);

/** ql_cli_options_help: prints the options that @command takes, with their defaults, on stdout. */
void ql_cli_options_help (const QlCliCommand *command);

/** ql_cli_parse_int: Returns: %FALSE where @text is anything but a decimal integer in @min…@max */
gboolean ql_cli_parse_int (const char *text, gint64 min, gint64 max, gint64 *out);

/** ql_cli_parse_float: the same for decimal numbers; no hexadecimal, infinity or NaN */
gboolean ql_cli_parse_float (const char *text, float *out);

/** ql_cli_usage_error: "qlens-cli: …; see qlens-cli COMMAND --help" on stderr. Returns: %FALSE */
gboolean ql_cli_usage_error (const QlCliCommand *command, const char *format, ...) G_GNUC_PRINTF (2, 3);

/** ql_cli_check_text: Returns: %FALSE, having told, where @text is not UTF-8 */
gboolean ql_cli_check_text (const QlCliCommand *command, const char *what, const char *text);
