#pragma once

#include "app/engine-service.h"
#include "app/model-store.h"

#define QL_TYPE_MODEL_LOADER (ql_model_loader_get_type ())
G_DECLARE_FINAL_TYPE (QlModelLoader, ql_model_loader, QL, MODEL_LOADER, GObject)

/**
 * QlModelLoader:
 *
 * Decides which model the engine opens: the one loaded last, else the one that the program was
 * started with, else $QLENS_MODEL, else the list's default, else the demo model. What opening a
 * folder told, the list gets to know.
 *
 * Signals:
 * - "failed" (const char *dir, const GError *error): a model could not be opened, or was refused for
 *   want of memory. Not for one that was stopped.
 * - "changed": of what the functions below tell.
 *
 * Threads: to be used from the thread of the main context it was created in.
 */

/**
 * ql_model_loader_new:
 * @start_dir: (nullable): of the program's option
 *
 * Returns: (transfer full)
 */
QlModelLoader *ql_model_loader_new (QlEngineService *engine, QlModelStore *store, const char *start_dir);

/** ql_model_loader_ensure: opens a model unless one is open or being opened */
void ql_model_loader_ensure (QlModelLoader *self);

/**
 * ql_model_loader_load:
 * @anyway: although the memory that is free is too little
 *
 * Opens @dir. Of a model that is being opened meanwhile, the opening is stopped.
 */
void ql_model_loader_load (QlModelLoader *self, const char *dir, gboolean anyway);

/** ql_model_loader_get_refused: Returns: (nullable): the folder that was refused for want of memory last */
const char *ql_model_loader_get_refused (QlModelLoader *self);
/** ql_model_loader_load_refused: opens it all the same */
void ql_model_loader_load_refused (QlModelLoader *self);

/** ql_model_loader_stop: stops the opening of a model, if one is being opened */
void ql_model_loader_stop (QlModelLoader *self);

/** ql_model_loader_unload: gives the model's memory back; ql_model_loader_ensure() opens the same again */
void ql_model_loader_unload (QlModelLoader *self);

/** ql_model_loader_get_entry: Returns: (nullable) (transfer none): the list's entry of the engine's model */
QlModelEntry *ql_model_loader_get_entry (QlModelLoader *self);
