#pragma once

#include <glib.h>

/**
 * Which files of a Hugging Face folder the engine reads: what is downloaded and what is
 * verified. Everything else (pickles, Python, cards) is left alone.
 */

/**
 * ql_model_files_is_safe:
 * @path: relative, '/' between its parts; from a list that somebody else wrote
 *
 * Whether @path is UTF-8, stays inside the folder, and holds nothing that would read
 * differently from what it is: no control characters, no backslash, no part beginning with a dot.
 */
gboolean ql_model_files_is_safe (const char *path);

/** ql_model_files_is_wanted: @path is safe and the engine reads a file of this name */
gboolean ql_model_files_is_wanted (const char *path);

/** ql_model_files_small_names: Returns: (transfer none): all wanted names but weights; ends with %NULL */
const char *const *ql_model_files_small_names (void);

/** ql_model_files_is_weights: a safetensors file, wanted or not */
gboolean ql_model_files_is_weights (const char *path);

/** ql_model_files_folder: Returns: (transfer full): @path; where it is a file, the folder that holds it */
char *ql_model_files_folder (const char *path);

/**
 * ql_model_files_list:
 * @dir: a model folder or a GGUF file
 *
 * Returns: (transfer full) (element-type utf8): names of the wanted regular files of @dir, or of the
 *   GGUF file that it is or holds in their place, sorted; %NULL with an error where @dir cannot be read or is nothing like a model folder
 */
GPtrArray *ql_model_files_list (const char *dir, GError **error);

/**
 * ql_model_files_resolve:
 * @dir: a folder that somebody chose
 *
 * In the Hugging Face cache a model lies two folders below what bears its name:
 * models--ORGANISATION--NAME/snapshots/HASH. Reads the disk.
 *
 * Threads: any. Returns: (transfer full): the newest snapshot in @dir; else @dir
 */
char *ql_model_files_resolve (const char *dir);
