#pragma once

#include <gtk/gtk.h>

#include "app/downloads.h"
#include "app/engine-service.h"
#include "app/model-loader.h"
#include "app/session-store.h"
#include "app/speech.h"

#define QL_TYPE_APPLICATION (ql_application_get_type ())
G_DECLARE_FINAL_TYPE (QlApplication, ql_application, QL, APPLICATION, GtkApplication)

/**
 * QlApplication:
 *
 * Owns what all windows share: the engine, the models, the voice, the settings and the downloads.
 * Options: --model, --version; arguments: pictures.
 */
QlApplication *ql_application_new (void);

/** ql_application_may_look_ahead: by the settings and the desktop's power profile */
gboolean ql_application_may_look_ahead (QlApplication *self);
/** ql_application_get_engine: Returns: (transfer none) */
QlEngineService *ql_application_get_engine (QlApplication *self);
/** ql_application_get_sessions: Returns: (transfer none) */
QlSessionStore *ql_application_get_sessions (QlApplication *self);
/** ql_application_get_speech: Returns: (transfer none) */
QlSpeech *ql_application_get_speech (QlApplication *self);
/** ql_application_get_settings: Returns: (transfer none) (nullable) */
GSettings *ql_application_get_settings (QlApplication *self);
/** ql_application_get_downloads: Returns: (transfer none) */
QlDownloads *ql_application_get_downloads (QlApplication *self);
/** ql_application_get_download_actions: Returns: (transfer none): what a window inserts as "download" */
GActionGroup *ql_application_get_download_actions (QlApplication *self);

/** ql_application_get_models: Returns: (transfer none): the models that a person may choose from */
QlModelStore *ql_application_get_models (QlApplication *self);
/** ql_application_get_loader: Returns: (transfer none): what decides which of them is open */
QlModelLoader *ql_application_get_loader (QlApplication *self);

/**
 * ql_application_ensure_model:
 *
 * Opens the chosen model unless one is open or being opened. What goes wrong is told in
 * every window.
 */
void ql_application_ensure_model (QlApplication *self);

/** ql_application_stop_model: stops the opening of a model, if one is being opened */
void ql_application_stop_model (QlApplication *self);
