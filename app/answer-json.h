#pragma once

#include <jansson.h>

#include "engine/b2.h"

/** ql_json_string: what is not UTF-8 becomes U+FFFD. Returns: (transfer full) */
json_t *ql_json_string (const char *text);

/** ql_json_real: Returns: (transfer full): null where JSON has no such number */
json_t *ql_json_real (double value);

/** ql_json_ms: rounded to a microsecond. Returns: (transfer full) */
json_t *ql_json_ms (double ms);

/** ql_json_line: Returns: (transfer full): in one line, without its end */
char *ql_json_line (json_t *object);

/**
 * ql_answer_json:
 * @question: (nullable)
 * @open_ms: how long opening the model took
 *
 * Returns: (transfer full): {"image","question","text","token_ids","score","timings_ms"}
 */
json_t *ql_answer_json (const char *image, const char *question, const B2Answer *answer, double open_ms);
