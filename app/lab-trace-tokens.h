#pragma once

#include "app/session-state.h"
#include "engine/b2.h"

/**
 * ql_trace_tokens_json:
 *
 * an answer's tokens with their alternatives, for a trace. Returns: (transfer full)
 */
char *ql_trace_tokens_json (B2Model *model, const B2Answer *answer);

/** ql_trace_tokens_json_of_saved: the same of @tokens (element-type QlSavedToken). Returns: (transfer full) */
char *ql_trace_tokens_json_of_saved (const GArray *tokens);

/**
 * ql_trace_tokens_parse:
 * @text: (nullable): what a trace has
 *
 * Returns: (transfer full) (element-type QlSavedToken) (nullable): %NULL with B2_ERROR_FORMAT or _LIMIT,
 * without file
 */
GArray *ql_trace_tokens_parse (const char *text, GError **error);
