#pragma once

#include "engine/b2.h"
#include "engine/text/tokenizer.h"

/** b2_text_tokens_fill: @ids: of gint32; for b2_text_tokens_clear() */
void b2_text_tokens_fill (B2TextTokens *out, B2Tokenizer *tokenizer, const GArray *ids);
