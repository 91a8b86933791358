/* The pipeline page: all stages, and inside some of them. */

#include "tests/ui/ui-states-private.h"

static GtkWindow *
enter_stage (QlWindow *window, const char *stage)
{
  ui_enter_ready (window);
  gtk_stack_set_visible_child_name (window->pages, "pipeline");
  WAIT (ql_lab_get_trace (window->lab) != NULL);
  g_action_group_activate_action (G_ACTION_GROUP (window), "pipeline-stage", g_variant_new_string (stage));
  return NULL;
}

static GtkWindow *
enter_stages (QlWindow *window)
{
  return enter_stage (window, "");
}

static GtkWindow *
enter_vision (QlWindow *window)
{
  return enter_stage (window, "vision");
}

static GtkWindow *
enter_tokens (QlWindow *window)
{
  return enter_stage (window, "tokens");
}

static GtkWindow *
enter_beams (QlWindow *window)
{
  return enter_stage (window, "beams");
}

const UiState ui_states_pipeline[] = {
  { "pipeline", enter_stages },
  { "pipeline-vision", enter_vision },
  { "pipeline-tokens", enter_tokens },
  { "pipeline-beams", enter_beams },
  { NULL },
};
