#pragma once

#include <glib.h>

/**
 * B2ModelFiles:
 *
 * The small files of a model, that is its configuration and tokenizers: those of a folder, or
 * those that one GGUF file carries inside. Readers take their bytes from here, so that both
 * go through the same bounded parsers.
 *
 * Threads: immutable once filled; any.
 */
typedef struct B2ModelFiles B2ModelFiles;

/** b2_model_files_new_folder: those that lie in @dir. */
B2ModelFiles *b2_model_files_new_folder (const char *dir);
/** b2_model_files_new_embedded: those inside of @path; none until b2_model_files_embed(). */
B2ModelFiles *b2_model_files_new_embedded (const char *path);
/** b2_model_files_embed: @bytes are not copied and must outlive @self and what was made of it. */
void b2_model_files_embed (B2ModelFiles *self, const char *name, const guint8 *bytes, gsize n_bytes);
/** b2_model_files_sub: the folder @name inside of @self. Returns: (transfer full) */
B2ModelFiles *b2_model_files_sub (const B2ModelFiles *self, const char *name);
void b2_model_files_free (B2ModelFiles *self);

/** b2_model_files_root: the folder or the file, for messages. */
const char *b2_model_files_root (const B2ModelFiles *self);
/**
 * b2_model_files_path:
 *
 * Where @name lies in a folder; of an embedded file a name for messages ("a.gguf/config.json").
 *
 * Returns: (transfer full)
 */
char *b2_model_files_path (const B2ModelFiles *self, const char *name);
/** b2_model_files_has: whether there is such a file, of whatever kind. */
gboolean b2_model_files_has (const B2ModelFiles *self, const char *name);
/** b2_model_files_is_embedded: whether the files are parts of one; else b2_model_files_path() can be opened. */
gboolean b2_model_files_is_embedded (const B2ModelFiles *self);
/** b2_model_files_bytes: an embedded file's. Returns: (nullable): %NULL where there is no such one */
const guint8 *b2_model_files_bytes (const B2ModelFiles *self, const char *name, gsize *n_bytes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (B2ModelFiles, b2_model_files_free)
