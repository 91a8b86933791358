#pragma once

#include "app/conversation.h"

/**
 * ql_conversation_to_markdown:
 * @model: (nullable): the model's name
 *
 * For people. What they and the model wrote is escaped, so that it reads as it was.
 *
 * Returns: (transfer full)
 */
char *ql_conversation_to_markdown (QlConversation *self, const char *model);

/**
 * ql_conversation_to_json:
 * @model: (nullable): the model's name
 *
 * For programs: also probabilities, alternatives and how each answer was written. Format
 * "qlens-conversation", version 1.
 *
 * Returns: (transfer full)
 */
char *ql_conversation_to_json (QlConversation *self, const char *model);
