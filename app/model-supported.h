#pragma once

#include <gio/gio.h>

/** QlSupportedGroup: what a model knows of one kind. */
typedef struct
{
  char *title; /* for people: "Animals" */
  GPtrArray *words; /* of utf8, as the model was taught them: English; never empty */
} QlSupportedGroup;

/**
 * ql_model_supported_parse:
 * @text: of a SUPPORTED.json, of any origin
 *
 * Returns: (transfer full) (nullable) (element-type QlSupportedGroup): %NULL where @text is not one, or
 *   tells of nothing
 */
GPtrArray *ql_model_supported_parse (const char *text, gsize n_bytes);

/**
 * ql_model_supported_load_async:
 *
 * Reads the SUPPORTED.json of @dir on a worker thread: which things, colours and numbers a small
 * model was taught.
 */
void ql_model_supported_load_async (const char *dir, GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer data);

/** ql_model_supported_load_finish: Returns: (transfer full) (nullable): as above; most folders have none */
GPtrArray *ql_model_supported_load_finish (GAsyncResult *result);
