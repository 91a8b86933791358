#pragma once

#include <gio/gio.h>

#define QL_MODEL_SUMS_NAME "SHA256SUMS"

/**
 * ql_model_sums_new:
 *
 * SHA-256 sums of a model's files: a table from the file's name in the folder to 64
 * lower-case hexadecimal digits. As a file it is what `sha256sum` writes and checks.
 *
 * Returns: (transfer full) (element-type utf8 utf8)
 */
GHashTable *ql_model_sums_new (void);

/** ql_model_sums_put: Returns: %FALSE, and adds nothing, where the name is unsafe or @sum is not a sum */
gboolean ql_model_sums_put (GHashTable *sums, const char *name, const char *sum);

/** ql_model_sums_names: Returns: (transfer full) (element-type utf8): sorted; ends with %NULL too */
GPtrArray *ql_model_sums_names (GHashTable *sums);

/**
 * ql_model_sums_parse:
 * @text: of a SHA256SUMS file, of any origin
 * @path: for messages
 *
 * Returns: (transfer full): %NULL with G_IO_ERROR_INVALID_DATA naming the line
 */
GHashTable *ql_model_sums_parse (const char *text, gsize n_bytes, const char *path, GError **error);

/** ql_model_sums_format: Returns: (transfer full): sorted by name */
char *ql_model_sums_format (GHashTable *sums);

/**
 * ql_model_sums_load:
 *
 * Returns: (transfer full): of the folder's SHA256SUMS; empty where it has none; %NULL with an error
 */
GHashTable *ql_model_sums_load (const char *dir, GError **error);

/** QlBytesFunc: @n_bytes more have been worked off; called on the thread that works. */
typedef void (*QlBytesFunc) (guint64 n_bytes, gpointer data);

/**
 * ql_sha256_file:
 * @checksum: of SHA-256, which the file's bytes are added to
 * @progress: (nullable)
 *
 * Reads a regular file of any size; anything else is an error.
 *
 * Returns: %FALSE with an error that names @path, or G_IO_ERROR_CANCELLED
 */
gboolean ql_sha256_file (const char *path, GChecksum *checksum, QlBytesFunc progress, gpointer data,
                         GCancellable *cancellable, GError **error);
