#pragma once

#include <glib.h>

#include "app/engine-service.h"

/**
 * ql_phase_text:
 *
 * What the engine is doing, for people: "Looking… block 3 of 6".
 *
 * Returns: (transfer full) (nullable): %NULL for no phase
 */
char *ql_phase_text (QlEngineProgress progress);

/** ql_state_text: "ready", "opening the model"… Returns: (transfer none), translated */
const char *ql_state_text (QlEngineState state);
