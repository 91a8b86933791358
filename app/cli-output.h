#pragma once

#include <glib.h>
#include <jansson.h>

#include "engine/b2.h"

/**
 * ql_cli_printable:
 * @text: any bytes
 *
 * For one line of a terminal: not UTF-8 becomes U+FFFD, control characters "?".
 *
 * Returns: (transfer full)
 */
char *ql_cli_printable (const char *text);

/** ql_cli_json_string: as printable, but control characters stay. Returns: (transfer full) */
json_t *ql_cli_json_string (const char *text);

/** ql_cli_json_real: Returns: (transfer full): null where JSON has no such number */
json_t *ql_cli_json_real (double value);

/** ql_cli_json_ms: rounded to a microsecond. Returns: (transfer full) */
json_t *ql_cli_json_ms (double ms);

/**
 * ql_cli_describe:
 * @file: what went wrong where; not repeated if the message starts with it
 *
 * Returns: (transfer full): "what happened; what to do"
 */
char *ql_cli_describe (const char *file, const GError *error);

/** ql_cli_error: "qlens-cli: FILE: what happened; what to do" on stderr */
void ql_cli_error (const char *file, const GError *error);

/**
 * ql_cli_emit_json:
 * @object: (transfer full)
 *
 * One line on stdout, flushed. Returns: %FALSE, having told, where stdout takes no more
 */
gboolean ql_cli_emit_json (json_t *object);

/** ql_cli_emit_text: the same for text; @file may be %NULL */
gboolean ql_cli_emit_text (const char *file, const char *text);

/** ql_cli_flush: Returns: %FALSE, having told, where stdout failed, now or before */
gboolean ql_cli_flush (void);
