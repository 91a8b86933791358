#pragma once

#include "app/model-facts.h"
#include "engine/b2.h"

/** ql_model_facts_from_info: Threads: any. Returns: (transfer full) */
QlModelFacts *ql_model_facts_from_info (const B2ModelInfo *info);
