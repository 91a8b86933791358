#pragma once

#include <glib.h>
#include <jansson.h>

#include "engine/core/model-files.h"

/* What a side file of a model folder may at most contain. */
#define B2_JSON_MAX_DEPTH 64
#define B2_JSON_MAX_VALUES (1 << 19)

/**
 * b2_file_read:
 * @max_bytes: refuses larger files before allocating
 * @n_bytes: (out): bytes read
 *
 * Returns: (transfer full): the contents, zero-terminated; %NULL with B2_ERROR_IO, or
 *   B2_ERROR_FORMAT if the file is larger than @max_bytes
 */
char *b2_file_read (const char *path, gsize max_bytes, gsize *n_bytes, GError **error);

/**
 * b2_json_parse:
 * @path: the file, for messages
 *
 * Strict JSON with an object at the top. Text that is deeper than %B2_JSON_MAX_DEPTH or
 * holds more than %B2_JSON_MAX_VALUES values is refused before anything is allocated:
 * a parsed value takes up to a hundred times the room of its text. Duplicate keys are
 * refused.
 *
 * Returns: (transfer full): free with json_decref(); %NULL with B2_ERROR_FORMAT
 */
json_t *b2_json_parse (const char *text, gsize n_bytes, const char *path, GError **error);

/** b2_json_read: b2_file_read() and b2_json_parse() */
json_t *b2_json_read (const char *path, gsize max_bytes, GError **error);

/** b2_model_file_read: b2_file_read() of one of a model's files. */
char *b2_model_file_read (const B2ModelFiles *files, const char *name, gsize max_bytes, gsize *n_bytes,
                          GError **error);
/** b2_model_file_read_json: b2_model_file_read() and b2_json_parse() */
json_t *b2_model_file_read_json (const B2ModelFiles *files, const char *name, gsize max_bytes,
                                 GError **error);

/** b2_json_type_name: "a string", "null", … for messages */
const char *b2_json_type_name (const json_t *value);

/**
 * b2_printable:
 * @text: a name out of a file: any length, any characters
 *
 * Makes @text fit for a message: control characters escaped (a name must not drive the
 * reader's terminal), cut after 80 characters.
 *
 * Returns: (transfer full)
 */
char *b2_printable (const char *text);
