#pragma once

#include <glib.h>

/**
 * ql_model_name:
 * @dir: a model folder
 *
 * What people call the model: of a folder in the Hugging Face cache
 * (models--Salesforce--blip2-opt-2.7b/snapshots/51572…) the repository's name, of others their last
 * part; models that ship with Qlens have translated names.
 *
 * Returns: (transfer full): valid UTF-8
 */
char *ql_model_name (const char *dir);
