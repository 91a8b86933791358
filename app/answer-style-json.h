#pragma once

#include <jansson.h>

#include "app/answer-style.h"

/** ql_answer_style_to_json: Returns: (transfer full): {"preset":…}, and the values that count for it */
json_t *ql_answer_style_to_json (const QlAnswerStyle *self);

/**
 * ql_answer_style_from_json:
 * @json: (nullable): as above, from a file: values that are missing, or make no sense, are the preset's
 * @question: the preset, where @json names none, is that of a question or of a description
 */
void ql_answer_style_from_json (QlAnswerStyle *self, const json_t *json, gboolean question);
