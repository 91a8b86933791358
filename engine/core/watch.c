#include "engine/core/watch.h"

const char *
b2_phase_name (B2Phase phase)
{
  switch (phase)
    {
    case B2_PHASE_OPEN:
      return "open";
    case B2_PHASE_VISION:
      return "vision";
    case B2_PHASE_QFORMER:
      return "qformer";
    case B2_PHASE_PREFILL:
      return "prefill";
    case B2_PHASE_DECODE:
      return "decode";
    case B2_PHASE_CONVERT:
      return "convert";
    }
  g_return_val_if_reached ("");
}

gboolean
b2_watch_check (const B2Watch *watch, GError **error)
{
  return watch == NULL || b2_cancel_check (watch->cancel, error);
}

gboolean
b2_watch_step (const B2Watch *watch, B2Phase phase, int done, int total, GError **error)
{
  if (watch == NULL)
    return TRUE;
  if (!b2_cancel_check (watch->cancel, error))
    return FALSE;
  if (watch->progress != NULL)
    watch->progress (phase, done, total, watch->progress_data);
  return TRUE;
}
