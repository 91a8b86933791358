#pragma once

#include "engine/run/model.h"

/** b2_answer_new: @tokens: copied; their texts and the whole one are made. Returns: (transfer full) */
B2Answer *b2_answer_new (B2Model *model, const B2Token *tokens, int n_tokens);
