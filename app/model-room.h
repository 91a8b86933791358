#pragma once

#include "engine/b2.h"

/**
 * ql_model_room_check:
 * @run: what the model is to do
 *
 * Whether the memory that is free (ql_free_memory()) is enough for it.
 *
 * Returns: %FALSE with QL_MODEL_ERROR_NO_ROOM, whose message gives both figures
 */
gboolean ql_model_room_check (B2Model *model, const B2MemoryRun *run, GError **error);

/**
 * ql_model_room_policy:
 * @many: pictures, one after the other
 *
 * Weights stay where there are many pictures and room for all of them; they leave after their phase where not.
 */
B2WeightsPolicy ql_model_room_policy (B2Model *model, const B2MemoryRun *run, gboolean many);
