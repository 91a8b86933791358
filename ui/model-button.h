#pragma once

#include "ui/application.h"

#define QL_TYPE_MODEL_BUTTON (ql_model_button_get_type ())
G_DECLARE_FINAL_TYPE (QlModelButton, ql_model_button, QL, MODEL_BUTTON, GtkWidget)

/**
 * QlModelButton:
 *
 * A menu button for the header: the model's state and name; behind it what it is and needs, loading
 * and unloading, and the ways to the models and to how answers are written.
 */
/** ql_model_button_set_app: Once. */
void ql_model_button_set_app (QlModelButton *self, QlApplication *app);
/** ql_model_button_set_compact: @compact: only the state is shown, the name told by tooltip and reader */
void ql_model_button_set_compact (QlModelButton *self, gboolean compact);
