#include "ui/window-private.h"

/* Which stage between picture and answer is looked into. */

static void
stage_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_lab_set_stage (QL_WINDOW (data)->lab, g_variant_get_string (parameter, NULL));
}

static void
part_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_lab_set_stage_part (QL_WINDOW (data)->lab, g_variant_get_int32 (parameter));
}

static void
view_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_lab_set_stage_view (QL_WINDOW (data)->lab, g_variant_get_int32 (parameter));
}

static void
beam_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_lab_set_beam (QL_WINDOW (data)->lab, g_variant_get_int32 (parameter));
}

static void
dropped_action (GSimpleAction *action, GVariant *value, gpointer data)
{
  ql_lab_set_shows_dropped (QL_WINDOW (data)->lab, g_variant_get_boolean (value));
}

static void
set_state (QlWindow *self, const char *name, GVariant *state)
{
  g_simple_action_set_state (G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self), name)), state);
}

static void
changed_cb (QlLab *lab, guint change, QlWindow *self)
{
  gboolean looking = ql_window_looks_at_attention (self) && ql_lab_get_trace (lab) != NULL;
  const QlStage *stage = ql_lab_get_stage (lab);

  if ((change & (QL_LAB_CHANGED_TRACE | QL_LAB_CHANGED_STAGE)) == 0)
    return;
  set_state (self, "pipeline-stage",
             g_variant_new_string (stage != NULL ? ql_stage_kind_to_string (stage->kind) : ""));
  set_state (self, "pipeline-part", g_variant_new_int32 (ql_lab_get_stage_part (lab)));
  set_state (self, "pipeline-view", g_variant_new_int32 (ql_lab_get_stage_view (lab)));
  set_state (
      self, "beam",
      g_variant_new_int32 (stage != NULL && stage->kind == QL_STAGE_BEAMS ? ql_lab_get_beam (lab) : -1));
  set_state (self, "dropped-beams", g_variant_new_boolean (ql_lab_get_shows_dropped (lab)));
  ql_window_set_enabled (self, "pipeline-stage", looking);
  ql_window_set_enabled (self, "pipeline-part", looking && stage != NULL);
  ql_window_set_enabled (self, "pipeline-view", looking && stage != NULL);
  ql_window_set_enabled (self, "export-beams",
                         looking && stage != NULL && stage->kind == QL_STAGE_BEAMS
                             && ql_lab_get_beam (lab) >= 0);
  ql_window_set_enabled (self, "beam", looking && stage != NULL && stage->kind == QL_STAGE_BEAMS);
}

void
ql_window_update_pipeline (QlWindow *self)
{
  changed_cb (self->lab, QL_LAB_CHANGED_TRACE, self);
}

void
ql_window_add_pipeline (QlWindow *self)
{
  static const GActionEntry entries[] = {
    { "pipeline-stage", stage_action, "s", "''", NULL },     { "pipeline-part", part_action, "i", "0", NULL },
    { "pipeline-view", view_action, "i", "0", NULL },        { "beam", beam_action, "i", "-1", NULL },
    { "dropped-beams", NULL, NULL, "true", dropped_action },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
  g_signal_connect_object (self->lab, "changed", G_CALLBACK (changed_cb), self, 0);
}
