#pragma once

#include "ui/application.h"
#include "ui/message-bar.h"

/**
 * ql_model_actions_add:
 *
 * Adds what the program can do with models: "models" shows their window; "load-model" (string: a
 * folder's path, or an entry's id), "reload-model", "load-anyway", "unload-model" and "stop-model" are
 * enabled when they would do something. Also tells in the windows of @app what goes wrong.
 */
void ql_model_actions_add (QlApplication *app);

/**
 * ql_model_actions_show_error:
 * @error: of opening the model in @dir
 *
 * With a button for the next step: try again, load anyway, or choose another.
 */
void ql_model_actions_show_error (QlMessageBar *bar, const char *dir, const GError *error);

/** ql_model_actions_is_error: whether @bar shows one of the above */
gboolean ql_model_actions_is_error (QlMessageBar *bar);
