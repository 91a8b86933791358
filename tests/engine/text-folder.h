#pragma once

#include <glib.h>
#include <jansson.h>

/* What the tests of the tokenizers share. */

/** model_path: a model of data/models. Returns: (transfer full) */
char *model_path (const char *name);

/** demo_copy: the tokenizer files of a model of data/models. Returns: (transfer full): for folder_remove() */
char *demo_copy (const char *name);

/** read_json: every number a real. Returns: (transfer full) */
json_t *read_json (const char *folder, const char *name);

void write_json (const char *folder, const char *name, json_t *root);

/** set_key: of a JSON file in the folder. @value: JSON, or %NULL to take the key out */
void set_key (const char *folder, const char *name, const char *key, const char *value);
