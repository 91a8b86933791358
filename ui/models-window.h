#pragma once

#include "ui/application.h"

#define QL_TYPE_MODELS_WINDOW (ql_models_window_get_type ())
G_DECLARE_FINAL_TYPE (QlModelsWindow, ql_models_window, QL, MODELS_WINDOW, GtkWindow)

/**
 * QlModelsWindow:
 *
 * The models that a person may choose from, and what can be done with them. Everything is an action
 * of its group "models"; those for one model take its entry's id. Errors stay in the window until
 * they are dismissed.
 */
QlModelsWindow *ql_models_window_new (QlApplication *app);

/** ql_models_window_add_page: @name: as "download"; @title: translated */
void ql_models_window_add_page (QlModelsWindow *self, GtkWidget *page, const char *name, const char *title);

/** ql_models_window_show_page: by its name: "models", "download" */
void ql_models_window_show_page (QlModelsWindow *self, const char *name);

/** ql_models_window_show_model_error: @error is one of opening the model in @dir */
void ql_models_window_show_model_error (QlModelsWindow *self, const char *dir, const GError *error);
/** ql_models_window_forget_model_error: another is being opened: such errors are past */
void ql_models_window_forget_model_error (QlModelsWindow *self);
