#pragma once

#include "app/intervention.h"
#include "engine/b2-lab.h"

/**
 * ql_intervention_apply:
 * @self: (nullable): %NULL: none
 *
 * On the engine's thread. Whoever sets one takes it away again: the session is everybody's.
 *
 * Returns: %FALSE with B2_ERROR_ARGUMENT: the model is another one than the sizes are of
 */
gboolean ql_intervention_apply (const QlIntervention *self, B2Session *session, GError **error);
