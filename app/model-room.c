#include "app/model-room.h"

#include <glib/gi18n.h>

#include "app/engine-service.h"
#include "app/free-memory.h"

static guint64
peak_bytes (B2Model *model, const B2MemoryRun *run, B2WeightsPolicy weights)
{
  B2MemoryRun with = *run;
  B2MemoryUse use;

  with.weights = weights;
  b2_model_estimate_memory (model, &with, &use);
  return use.peak;
}

gboolean
ql_model_room_check (B2Model *model, const B2MemoryRun *run, GError **error)
{
  guint64 free_bytes = ql_free_memory (), peak = peak_bytes (model, run, B2_WEIGHTS_BY_PHASE);
  g_autofree char *needed = NULL, *there = NULL;

  if (free_bytes == 0 || peak <= free_bytes)
    return TRUE;
  needed = g_format_size (peak);
  there = g_format_size (free_bytes);
  /* Translators: two amounts of memory: "Needs about 4.6 GB, 3.9 GB free." */
  g_set_error (error, QL_MODEL_ERROR, QL_MODEL_ERROR_NO_ROOM, _ ("Needs about %s, %s free."), needed, there);
  return FALSE;
}

B2WeightsPolicy
ql_model_room_policy (B2Model *model, const B2MemoryRun *run, gboolean many)
{
  guint64 free_bytes = ql_free_memory ();

  if (free_bytes == 0)
    return B2_WEIGHTS_BY_PHASE;
  if (peak_bytes (model, run, B2_WEIGHTS_BY_PHASE) > free_bytes)
    return B2_WEIGHTS_TIGHT;
  return many && peak_bytes (model, run, B2_WEIGHTS_STAY) <= free_bytes ? B2_WEIGHTS_STAY
                                                                        : B2_WEIGHTS_BY_PHASE;
}
