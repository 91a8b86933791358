#pragma once

#include <gio/gio.h>

#include "app/model-entry.h"

#define QL_TYPE_MODEL_STORE (ql_model_store_get_type ())
G_DECLARE_FINAL_TYPE (QlModelStore, ql_model_store, QL, MODEL_STORE, GObject)

/**
 * QlModelStore:
 *
 * GListModel of the QlModelEntry that a person may choose from: the models that ship with
 * Qlens, then imported folders in the order of their import. Folders are used where they
 * are: nothing in them is copied, changed or deleted.
 *
 * Nothing in here touches the network.
 *
 * Signals:
 * - "problem" (const char *text): the list could not be read or kept
 * - "default-changed"
 *
 * Threads: to be used from the thread of the main context it was created in.
 */

/**
 * ql_model_store_new:
 * @config_dir: (nullable): where models.json is kept; %NULL for $XDG_CONFIG_HOME/qlens
 * @settings: (nullable): holds the default model
 *
 * Returns: (transfer full)
 */
QlModelStore *ql_model_store_new (const char *config_dir, GSettings *settings);

/** ql_model_store_get_problem: Returns: (nullable): the last problem with models.json, for people */
const char *ql_model_store_get_problem (QlModelStore *self);

/** ql_model_store_find: @dir: of a folder. Returns: (nullable) (transfer none) */
QlModelEntry *ql_model_store_find (QlModelStore *self, const char *dir);

/**
 * ql_model_store_get_default:
 *
 * Returns: (nullable) (transfer none): the one chosen; else the demo model that writes;
 *   %NULL only where not even that is installed
 */
QlModelEntry *ql_model_store_get_default (QlModelStore *self);
void ql_model_store_set_default (QlModelStore *self, QlModelEntry *entry);

/**
 * ql_model_store_refresh_async:
 *
 * Opens every folder, one after the other on a worker thread, and tells in each entry
 * whether the engine takes it.
 */
void ql_model_store_refresh_async (QlModelStore *self, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer data);
gboolean ql_model_store_refresh_finish (QlModelStore *self, GAsyncResult *result, GError **error);

/**
 * ql_model_store_take_outcome:
 * @facts: (nullable): of the folder, which somebody else opened
 * @error: (nullable): of the engine, where it could not be opened; either is given
 *
 * Where @dir is in the list, its entry tells so from now on.
 */
void ql_model_store_take_outcome (QlModelStore *self, const char *dir, const QlModelFacts *facts,
                                  const GError *error);

/**
 * ql_model_store_import_async:
 * @dir: a Hugging Face model folder, or that of a repository in the Hugging Face cache; or a GGUF file
 *
 * Opens it on a worker thread and, if the engine takes it, adds it to the list. Of a
 * repository it adds the newest snapshot.
 */
void ql_model_store_import_async (QlModelStore *self, const char *dir, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer data);

/**
 * ql_model_store_import_finish:
 *
 * Returns: (transfer full): %NULL with the engine's error (B2_ERROR), G_IO_ERROR_EXISTS where
 *   it is in the list already, or G_IO_ERROR_CANCELLED; nothing was added then
 */
QlModelEntry *ql_model_store_import_finish (QlModelStore *self, GAsyncResult *result, GError **error);

/**
 * ql_model_store_remove:
 *
 * Forgets the entry. The folder stays as it is.
 *
 * Returns: %FALSE for a demo model, which cannot be removed
 */
gboolean ql_model_store_remove (QlModelStore *self, QlModelEntry *entry);

/**
 * ql_model_store_restore:
 * @entry: was removed
 *
 * Undoes ql_model_store_remove(): with all that was recorded, in its old place, and as the default
 * if it was and no other was chosen since.
 *
 * Returns: %FALSE if its folder is in the list
 */
gboolean ql_model_store_restore (QlModelStore *self, QlModelEntry *entry);

/**
 * ql_model_store_verify_async:
 *
 * Hashes the entry's files on a worker thread and compares with the sums recorded
 * earlier, else with the folder's SHA256SUMS; where there are none, records what is found.
 * The entry tells progress and outcome.
 */
void ql_model_store_verify_async (QlModelStore *self, QlModelEntry *entry, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer data);

/**
 * ql_model_store_verify_finish:
 *
 * Returns: %TRUE if no file differs; %FALSE without an error if one does, with an error
 *   (G_IO_ERROR_CANCELLED, G_IO_ERROR_PENDING…) where the files were not all read
 */
gboolean ql_model_store_verify_finish (QlModelStore *self, GAsyncResult *result, GError **error);

/** ql_model_store_cancel_verify: stops it, if it runs; @entry then tells what it told before */
void ql_model_store_cancel_verify (QlModelStore *self, QlModelEntry *entry);

/**
 * ql_model_store_accept:
 *
 * After a verification that found changes: what was found is what is expected from now on.
 *
 * Returns: %FALSE where nothing is to be accepted
 */
gboolean ql_model_store_accept (QlModelStore *self, QlModelEntry *entry);

/** ql_model_store_is_saving: whether models.json is being written in the background */
gboolean ql_model_store_is_saving (QlModelStore *self);

/** ql_model_store_flush: waits until models.json is written. Returns: %FALSE with an error */
gboolean ql_model_store_flush (QlModelStore *self, GError **error);
