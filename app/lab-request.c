#include "app/lab-request.h"

GCancellable *
ql_lab_request_begin (QlLabRequest *self)
{
  ql_lab_request_stop (self);
  self->cancellable = g_cancellable_new ();
  self->fraction = 0;
  return self->cancellable;
}

void
ql_lab_request_stop (QlLabRequest *self)
{
  g_autoptr (GCancellable) cancellable = g_steal_pointer (&self->cancellable);

  if (cancellable != NULL)
    g_cancellable_cancel (cancellable);
}

gboolean
ql_lab_request_end (QlLabRequest *self, GAsyncResult *result)
{
  if (self->cancellable == NULL || g_task_get_cancellable (G_TASK (result)) != self->cancellable)
    return FALSE;
  g_clear_object (&self->cancellable);
  return TRUE;
}

gboolean
ql_lab_request_end_with (QlLabRequest *self, GAsyncResult *result, const GError *error, GError **failed)
{
  if (!ql_lab_request_end (self, result))
    return FALSE;
  if (error != NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_clear_error (failed);
      *failed = g_error_copy (error);
    }
  return TRUE;
}
