#pragma once

#include "app/cli-options.h"

/*
 * qlens-cli, the headless twin of the desktop program: one file per command, each with
 * one of the entries below; cli.c picks among them.
 */

/** QlCliStatus: what the process returns. */
typedef enum
{
  QL_CLI_OK = 0,
  QL_CLI_FAILED = 1, /* a picture, the model or the output failed; the rest was done */
  QL_CLI_USAGE = 2, /* nothing was done */
} QlCliStatus;

extern const QlCliCommand ql_cli_caption;
extern const QlCliCommand ql_cli_batch;
extern const QlCliCommand ql_cli_ask;
extern const QlCliCommand ql_cli_match;
extern const QlCliCommand ql_cli_trace;
extern const QlCliCommand ql_cli_figure;
extern const QlCliCommand ql_cli_eval;
extern const QlCliCommand ql_cli_lesson;
extern const QlCliCommand ql_cli_tokenize;
extern const QlCliCommand ql_cli_info;
extern const QlCliCommand ql_cli_convert;
extern const QlCliCommand ql_cli_bench;
