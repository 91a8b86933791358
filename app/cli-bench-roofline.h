#pragma once

#include "app/cli-bench.h"

/** ql_bench_check_with: before minutes of work: can the lines of --with be read? Returns: %FALSE with an error */
gboolean ql_bench_check_with (const QlCliOptions *options, GError **error);

/**
 * ql_bench_roofline:
 *
 * Draws what @bench found, and what the lines of --with say of earlier ones, into the file of --roofline. Roofs are
 * the highest of all: what disturbs a measurement makes it lower.
 *
 * Returns: %FALSE with %G_FILE_ERROR, translated
 */
gboolean ql_bench_roofline (QlCliRun *run, const QlBench *bench, GError **error);
