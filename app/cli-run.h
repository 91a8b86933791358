#pragma once

#include <jansson.h>

#include "app/cli-options.h"
#include "app/encoding-cache.h"
#include "app/cli.h"
#include "app/lab-trace.h"

/** QlCliRun: a model, a session and the watch that SIGINT and the terminal's progress line use. */
typedef struct
{
  const QlCliOptions *options;
  char *dir;
  B2Model *model;
  B2Session *session;
  B2Watch watch;
  double open_ms;
  gboolean keep_picture; /* set by who wants a trace */
  QlPicture *picture; /* (nullable): the newest, if kept */
  int status; /* a QlCliStatus: the worst so far */
  QlEncodingCache *encodings; /* (nullable) */
} QlCliRun;

/** ql_cli_cancel: what SIGINT and SIGTERM trigger; from main() on. Returns: (transfer none) */
B2Cancel *ql_cli_cancel (void);

/** ql_cli_progress_cb: a B2ProgressFunc: one line on stderr, of what takes long. For terminals only. */
void ql_cli_progress_cb (B2Phase phase, int done, int total, gpointer data);
/** ql_cli_wipe_progress: that line is gone, if there can have been one. */
void ql_cli_wipe_progress (void);

/** ql_cli_memory_run: what the options ask for, for an estimate of its memory */
B2MemoryRun ql_cli_memory_run (const QlCliOptions *options);
/** ql_cli_session_options: the same for sessions; the weights' policy is the default's */
B2SessionOptions ql_cli_session_options (const QlCliOptions *options);
/** ql_cli_model_dir: --model, or the demo model @demo. Returns: (transfer full) (nullable): having told */
char *ql_cli_model_dir (const QlCliOptions *options, const char *demo);

/**
 * ql_cli_run_begin:
 * @demo: the demo model that serves where no --model is given
 * @task: what the model must be able to do; 0: anything
 *
 * Returns: %FALSE, having told, where there is no such model; clear with ql_cli_run_clear() either way
 */
gboolean ql_cli_run_begin (QlCliRun *self, const QlCliOptions *options, const char *demo, guint task);
void ql_cli_run_clear (QlCliRun *self);

/** ql_cli_run_picture: reads @path and hands its pixels to the session. */
gboolean ql_cli_run_picture (QlCliRun *self, const char *path, GError **error);

/**
 * ql_cli_run_text:
 * @question: (nullable)
 * @keep_trace: fill the answer's trace
 *
 * A caption with the options' prompt, or the answer to a question.
 */
B2Answer *ql_cli_run_text (QlCliRun *self, const char *question, gboolean keep_trace, GError **error);

/**
 * ql_cli_run_trace:
 *
 * What a run with @keep_trace has to show, with its picture.
 *
 * Returns: (transfer full): %NULL with an error
 */
QlTrace *ql_cli_run_trace (QlCliRun *self, const B2Answer *answer, GError **error);

/**
 * ql_cli_check_output:
 *
 * Before minutes of work: not over the picture, and not in the place of a device or a folder.
 */
gboolean ql_cli_check_output (const char *path, const char *output, GError **error);

/** ql_cli_run_answer_json: {"image","question","text",…} Returns: (transfer full) */
json_t *ql_cli_run_answer_json (QlCliRun *self, const char *path, const char *question,
                                const B2Answer *answer);

/**
 * ql_cli_run_failed:
 * @question: (nullable)
 *
 * Tells on stderr, and in the stream with --json; silent where SIGINT is the reason.
 *
 * Returns: %FALSE where there is no point in going on: stopped, or stdout is gone
 */
gboolean ql_cli_run_failed (QlCliRun *self, const char *path, const char *question, const GError *error);
