#include "ui/phase-text.h"

#include <glib/gi18n.h>

char *
ql_phase_text (QlEngineProgress p)
{
  switch (p.phase)
    {
    case QL_ENGINE_PHASE_OPEN:
      return g_strdup_printf (_ ("Opening the model… part %d of %d"), p.done, p.total);
    case QL_ENGINE_PHASE_VISION:
      return g_strdup_printf (_ ("Looking… block %d of %d"), p.done, p.total);
    case QL_ENGINE_PHASE_QFORMER:
      return g_strdup_printf (_ ("Summing up… layer %d of %d"), p.done, p.total);
    case QL_ENGINE_PHASE_PREFILL:
      return g_strdup_printf (_ ("Thinking… layer %d of %d"), p.done, p.total);
    case QL_ENGINE_PHASE_DECODE:
      return g_strdup_printf (_ ("Writing… word %d"), p.done);
    case QL_ENGINE_PHASE_NONE:
    default:
      return NULL;
    }
}

const char *
ql_state_text (QlEngineState state)
{
  switch (state)
    {
    case QL_ENGINE_LOADING:
      return _ ("opening");
    case QL_ENGINE_READY:
      return _ ("ready");
    case QL_ENGINE_BUSY:
      return _ ("working");
    case QL_ENGINE_ERROR:
      return _ ("could not be opened");
    case QL_ENGINE_NO_MODEL:
    default:
      return _ ("not open");
    }
}
