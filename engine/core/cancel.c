#include "engine/core/cancel.h"

#include <stdatomic.h>
#include <stdbool.h>

#include "engine/core/error.h"

struct B2Cancel
{
  atomic_int n_refs;
  atomic_bool triggered;
};

B2Cancel *
b2_cancel_new (void)
{
  B2Cancel *self = g_new0 (B2Cancel, 1);

  atomic_init (&self->n_refs, 1);
  atomic_init (&self->triggered, false);
  return self;
}

B2Cancel *
b2_cancel_ref (B2Cancel *self)
{
  atomic_fetch_add_explicit (&self->n_refs, 1, memory_order_relaxed);
  return self;
}

void
b2_cancel_unref (B2Cancel *self)
{
  if (atomic_fetch_sub_explicit (&self->n_refs, 1, memory_order_acq_rel) == 1)
    g_free (self);
}

void
b2_cancel_trigger (B2Cancel *self)
{
  atomic_store_explicit (&self->triggered, true, memory_order_release);
}

gboolean
b2_cancel_is_triggered (B2Cancel *self)
{
  return self != NULL && atomic_load_explicit (&self->triggered, memory_order_acquire);
}

gboolean
b2_cancel_check (B2Cancel *self, GError **error)
{
  if (!b2_cancel_is_triggered (self))
    return TRUE;
  g_set_error_literal (error, B2_ERROR, B2_ERROR_CANCELLED, "Stopped");
  return FALSE;
}
