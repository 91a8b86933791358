#pragma once

#include "app/engine-service.h"
#include "app/model-entry.h"

/**
 * What is known of models, in words for people.
 */

/** ql_model_text_kind: Returns: (transfer full): "BLIP-2 with OPT" */
char *ql_model_text_kind (const QlModelFacts *facts);
/** ql_model_text_parameters: Returns: (transfer full): "3.7 billion parameters" */
char *ql_model_text_parameters (guint64 n);
/** ql_model_text_summary: Returns: (transfer full): "BLIP-2 with OPT · 3.7 billion parameters · F16" */
char *ql_model_text_summary (const QlModelFacts *facts);
/** ql_model_text_good_for: Returns: (transfer none): "Describes pictures and answers questions" */
const char *ql_model_text_good_for (const QlModelFacts *facts);

/**
 * ql_model_text_memory:
 * @free_bytes: 0: not known
 * @open: whether the model is open, so that what it needs is not to be had once more
 *
 * Returns: (transfer full): "Needs about 4.6 GB of memory; 3.9 GB free"
 */
char *ql_model_text_memory (const QlModelFacts *facts, guint64 free_bytes, gboolean open);
/** ql_model_text_fits: whether so much is free, as far as is known */
gboolean ql_model_text_fits (const QlModelFacts *facts, guint64 free_bytes);

/** ql_model_text_verification: Returns: (transfer full): "Verified on 12/05/26. All files are as expected." */
char *ql_model_text_verification (QlModelEntry *entry);

/** ql_model_text_icon: Returns: (transfer none): name of the icon for a state; each has its own shape */
const char *ql_model_text_icon (QlEngineState state);
