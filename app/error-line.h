#pragma once

#include <glib.h>

/**
 * ql_error_line:
 * @file: (nullable): what went wrong where; not repeated if the message starts with it
 *
 * An error in one line, as `qlens-cli` and the rows of a batch tell it, translated.
 *
 * Returns: (transfer full): "what happened; what to do"
 */
char *ql_error_line (const char *file, const GError *error);
