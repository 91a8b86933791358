#pragma once

#include <glib.h>

/**
 * B2Cancel:
 *
 * A flag that one thread sets and the engine's threads read: once per tensor while a
 * model opens, once per tile of a matrix product in every other phase. Reference counted.
 *
 * Threads: every function may be called from any thread.
 */
typedef struct B2Cancel B2Cancel;

B2Cancel *b2_cancel_new (void);
B2Cancel *b2_cancel_ref (B2Cancel *self);
void b2_cancel_unref (B2Cancel *self);

/** b2_cancel_trigger: asks for a stop; cannot be taken back. */
void b2_cancel_trigger (B2Cancel *self);

/** b2_cancel_is_triggered: @self may be %NULL, which is never triggered. */
gboolean b2_cancel_is_triggered (B2Cancel *self);

/** b2_cancel_check: as above, and sets B2_ERROR_CANCELLED. Returns: %TRUE to go on. */
gboolean b2_cancel_check (B2Cancel *self, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (B2Cancel, b2_cancel_unref)
