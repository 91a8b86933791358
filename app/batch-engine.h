#pragma once

#include "app/batch.h"
#include "engine/b2.h"

/**
 * ql_batch_set_decode_options:
 *
 * As ql_batch_set_style() for whoever knows the engine's own settings. Apart from app/batch.h, so that
 * the window sees nothing of the engine.
 */
void ql_batch_set_decode_options (QlBatch *self, const B2DecodeOptions *options);
