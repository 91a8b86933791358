#pragma once

#include "app/cli-run.h"

/**
 * ql_cli_bench_stop:
 * @total_ms: what a whole run takes
 * @longest_ms: (out): from asking for a stop to the end, the longest of some
 *
 * Runs the model and stops it at moments spread evenly over all phases.
 *
 * Returns: %FALSE with an error, other than of having been stopped
 */
gboolean ql_cli_bench_stop (QlCliRun *run, const char *path, double total_ms, double *longest_ms,
                            GError **error);
