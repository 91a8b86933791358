#include "ui/window-private.h"

#include "ui/announce.h"
#include "ui/faithfulness-window.h"
#include "ui/test-text.h"

/* What is changed in the run of the answer that is looked at: it belongs to the lab. */

static QlLabTest *
get_test (QlWindow *self)
{
  return ql_lab_get_test (self->lab);
}

/* Takes @intervention. */
static void
change (QlWindow *self, QlIntervention *intervention)
{
  ql_lab_test_set_intervention (get_test (self), intervention);
  ql_intervention_unref (intervention);
}

/* ---- switches: their state is what is changed, for what is selected ------------------------------ */

typedef enum
{
  SWITCH_HEAD,
  SWITCH_LAYER,
  SWITCH_QUERY,
  SWITCH_QUERIES,
  SWITCH_CLS,
  SWITCH_GREY,
  SWITCH_BRUSH,
  N_SWITCHES,
} Switch;

static const char *const switches[N_SWITCHES] = {
  "test-mute-head", "test-mute-layer", "test-mute-query", "test-mute-queries",
  "test-cls",       "test-grey",       "test-brush",
};

static gboolean
is_on (QlWindow *self, Switch which)
{
  QlIntervention *now = ql_lab_test_get_intervention (get_test (self));
  int layer = ql_lab_get_layer (self->lab);

  if (now == NULL)
    return FALSE;
  switch (which)
    {
    case SWITCH_HEAD:
      return ql_intervention_has_head (now, layer, ql_lab_get_head (self->lab));
    case SWITCH_LAYER:
      return ql_intervention_has_layer (now, layer);
    case SWITCH_QUERY:
      return ql_intervention_has_query (now, ql_lab_get_query (self->lab));
    case SWITCH_QUERIES:
      for (int q = 0; q < ql_intervention_get_sizes (now)->n_queries; q++)
        if (!ql_intervention_has_query (now, q))
          return FALSE;
      return TRUE;
    case SWITCH_CLS:
      return ql_intervention_get_cls (now);
    case SWITCH_GREY:
      return ql_intervention_get_grey (now);
    case SWITCH_BRUSH:
    default:
      return ql_lab_test_get_brushes (get_test (self));
    }
}

static void
set_on (QlWindow *self, Switch which, gboolean on)
{
  QlIntervention *now = ql_lab_test_get_intervention (get_test (self));
  int layer = ql_lab_get_layer (self->lab);

  if (now == NULL || on == is_on (self, which))
    return;
  switch (which)
    {
    case SWITCH_HEAD:
      change (self, ql_intervention_with_head (now, layer, ql_lab_get_head (self->lab), on));
      break;
    case SWITCH_LAYER:
      change (self, ql_intervention_with_layer (now, layer, on));
      break;
    case SWITCH_QUERY:
      change (self, ql_intervention_with_query (now, ql_lab_get_query (self->lab), on));
      break;
    case SWITCH_QUERIES:
      change (self, ql_intervention_with_all_queries (now, on));
      break;
    case SWITCH_CLS:
      change (self, ql_intervention_with_cls (now, on));
      break;
    case SWITCH_GREY:
      change (self, ql_intervention_with_grey (now, on));
      break;
    case SWITCH_BRUSH:
    default:
      ql_lab_test_set_brushes (get_test (self), on);
    }
}

static void
switch_cb (GSimpleAction *action, GVariant *state, gpointer data)
{
  const char *name = g_action_get_name (G_ACTION (action));

  for (int i = 0; i < N_SWITCHES; i++)
    if (g_str_equal (name, switches[i]))
      set_on (data, (Switch) i, g_variant_get_boolean (state));
}

/* ---- patches -------------------------------------------------------------------------------------- */

static void
drop_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlIntervention *now = ql_lab_test_get_intervention (get_test (data));
  gboolean dropped;
  int column, row;

  g_variant_get (parameter, "(iib)", &column, &row, &dropped);
  if (now != NULL)
    change (data, ql_intervention_with_patch (now, column, row, dropped));
}

/* The one under the cursor: away, or back. */
static void
patch_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlWindow *self = data;
  QlIntervention *now = ql_lab_test_get_intervention (get_test (self));
  int column, row;

  if (now != NULL && ql_lab_get_patch (self->lab, &column, &row))
    change (self,
            ql_intervention_with_patch (now, column, row, !ql_intervention_has_patch (now, column, row)));
}

static void
brightest_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlWindow *self = data;
  g_autoptr (QlMap) map = ql_lab_make_plain_map (self->lab);

  if (map != NULL)
    ql_lab_test_drop_brightest (get_test (self), map, g_variant_get_int32 (parameter));
}

/* ---- back ------------------------------------------------------------------------------------------ */

static void
take_back_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlIntervention *now = ql_lab_test_get_intervention (get_test (data));
  guint index = g_variant_get_uint32 (parameter);
  g_autoptr (GArray) items = NULL;

  if (now == NULL)
    return;
  items = ql_intervention_list (now);
  if (index < items->len)
    change (data, ql_intervention_without (now, &g_array_index (items, QlInterventionItem, index)));
}

static void
clear_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlIntervention *now = ql_lab_test_get_intervention (get_test (data));
  g_autoptr (QlIntervention) none = NULL;

  if (now == NULL || ql_intervention_is_empty (now))
    return;
  none = ql_intervention_new (ql_intervention_get_sizes (now));
  change (data, ql_intervention_with_grey (none, ql_intervention_get_grey (now)));
}

static void
undo_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_lab_test_undo (get_test (data));
}

static void
redo_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_lab_test_redo (get_test (data));
}

/* Whether Ctrl+Z is about what is changed. */
gboolean
ql_window_can_undo_test (QlWindow *self)
{
  return ql_window_looks_at_attention (self)
         && g_strcmp0 (gtk_stack_get_visible_child_name (self->pages), "chat") != 0
         && ql_lab_test_can_undo (get_test (self));
}

/* ---- asking -------------------------------------------------------------------------------------------- */

static void
again_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_lab_test_ask_again (get_test (data));
}

static void
stop_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_lab_test_stop (get_test (data));
}

static void
retry_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_lab_test_try_again (get_test (data));
}

static const char *const shown_names[] = { "plain", "changed", "rewritten" };

static void
maps_cb (GSimpleAction *action, GVariant *state, gpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (shown_names); i++)
    if (g_str_equal (shown_names[i], g_variant_get_string (state, NULL)))
      ql_lab_test_set_shown (get_test (data), (QlLabTestShown) i);
}

/* ---- faithfulness ------------------------------------------------------------------------------------------ */

static void
closed_cb (QlWindow *self)
{
  self->faithfulness = NULL;
  if (self->lab != NULL)
    ql_lab_test_stop_curve (get_test (self));
}

static void
run_curve (QlWindow *self, const QlCurveOptions *options)
{
  g_autoptr (QlMap) map = ql_lab_make_plain_map (self->lab);

  if (map != NULL)
    ql_lab_test_start_curve (get_test (self), map, options);
}

static void
faithfulness_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlWindow *self = data;
  QlIntervention *now = ql_lab_test_get_intervention (get_test (self));

  if (now == NULL)
    return;
  if (self->faithfulness == NULL)
    {
      self->faithfulness = ql_faithfulness_window_new (GTK_WINDOW (self), self->lab);
      g_signal_connect_object (self->faithfulness, "destroy", G_CALLBACK (closed_cb), self,
                               G_CONNECT_SWAPPED);
    }
  run_curve (self, &(QlCurveOptions){ .grey = ql_intervention_get_grey (now) });
  gtk_window_present (self->faithfulness);
}

static void
run_faithfulness_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlCurveOptions options;

  g_variant_get (parameter, "(bb)", &options.grey, &options.keep_cls);
  run_curve (data, &options);
}

static void
stop_faithfulness_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_lab_test_stop_curve (get_test (data));
}

static void
export_faithfulness_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_window_export_curve (data);
}

static void
save_faithfulness_as_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_autoptr (GFile) file = g_file_new_for_uri (g_variant_get_string (parameter, NULL));

  if (g_file_is_native (file))
    ql_window_save_curve (data, file);
}

/* ---- following -------------------------------------------------------------------------------------------------- */

static const GActionEntry entries[] = {
  { "test-mute-head", NULL, NULL, "false", switch_cb },
  { "test-mute-layer", NULL, NULL, "false", switch_cb },
  { "test-mute-query", NULL, NULL, "false", switch_cb },
  { "test-mute-queries", NULL, NULL, "false", switch_cb },
  { "test-cls", NULL, NULL, "false", switch_cb },
  { "test-grey", NULL, NULL, "false", switch_cb },
  { "test-brush", NULL, NULL, "false", switch_cb },
  { "test-drop", drop_action, "(iib)", NULL, NULL },
  { "test-patch", patch_action, NULL, NULL, NULL },
  { "test-brightest", brightest_action, "i", NULL, NULL },
  { "test-take-back", take_back_action, "u", NULL, NULL },
  { "test-clear", clear_action, NULL, NULL, NULL },
  { "test-undo", undo_action, NULL, NULL, NULL },
  { "test-redo", redo_action, NULL, NULL, NULL },
  { "test-again", again_action, NULL, NULL, NULL },
  { "test-stop", stop_action, NULL, NULL, NULL },
  { "test-retry", retry_action, NULL, NULL, NULL },
  { "test-maps", NULL, "s", "'plain'", maps_cb },
  { "faithfulness", faithfulness_action, NULL, NULL, NULL },
  { "run-faithfulness", run_faithfulness_action, "(bb)", NULL, NULL },
  { "stop-faithfulness", stop_faithfulness_action, NULL, NULL, NULL },
  { "export-faithfulness", export_faithfulness_action, NULL, NULL, NULL },
  { "save-faithfulness-as", save_faithfulness_as_action, "s", NULL, NULL },
};

static void
set_state (QlWindow *self, const char *name, GVariant *state)
{
  g_simple_action_set_state (G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self), name)), state);
}

static void
update_badge (QlWindow *self, gboolean looking)
{
  g_autofree char *text = looking ? ql_test_badge_text (self->lab) : NULL;

  gtk_label_set_text (self->test_badge, text != NULL ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (self->test_badge), text != NULL);
}

void
ql_window_update_test (QlWindow *self)
{
  QlLabTest *test = get_test (self);
  QlIntervention *now = ql_lab_test_get_intervention (test);
  gboolean looking = ql_window_looks_at_attention (self);
  gboolean possible = looking && ql_lab_test_is_possible (test);
  gboolean any = possible && now != NULL && !ql_intervention_is_empty (now);
  QlLabTestState state = ql_lab_test_get_state (test);
  gboolean working
      = state == QL_LAB_TEST_WORKING || ql_lab_test_is_asking (test) || ql_lab_test_is_comparing (test);

  for (int i = 0; i < N_SWITCHES; i++)
    {
      set_state (self, switches[i], g_variant_new_boolean (is_on (self, (Switch) i)));
      ql_window_set_enabled (self, switches[i], possible);
    }
  set_state (self, "test-maps", g_variant_new_string (shown_names[ql_lab_test_get_shown (test)]));
  ql_window_set_enabled (self, "test-drop", possible);
  ql_window_set_enabled (self, "test-patch", possible);
  ql_window_set_enabled (self, "test-brightest", possible);
  ql_window_set_enabled (self, "test-take-back", any);
  ql_window_set_enabled (self, "test-clear", any);
  ql_window_set_enabled (self, "test-undo", possible && ql_lab_test_can_undo (test));
  ql_window_set_enabled (self, "test-redo", possible && ql_lab_test_can_redo (test));
  ql_window_set_enabled (self, "test-again", any && !ql_lab_test_is_asking (test));
  ql_window_set_enabled (self, "test-stop", looking && working);
  ql_window_set_enabled (self, "test-retry", state == QL_LAB_TEST_FAILED || state == QL_LAB_TEST_STOPPED);
  ql_window_set_enabled (self, "test-maps", any);
  ql_window_set_enabled (self, "faithfulness", possible);
  ql_window_set_enabled (self, "run-faithfulness", possible);
  ql_window_set_enabled (self, "stop-faithfulness", ql_lab_test_get_curve_map (test) != NULL);
  ql_window_set_enabled (self, "export-faithfulness", ql_lab_test_get_curve (test) != NULL);
  ql_window_set_enabled (self, "save-faithfulness-as", ql_lab_test_get_curve (test) != NULL);
  update_badge (self, looking);
}

/* What came of a change is what one waits for: said once, when it is there. */
static void
announce (QlWindow *self, guint change)
{
  QlLabTest *test = get_test (self);
  const QlScore *score = ql_lab_test_get_score (test);
  QlTrace *plain = ql_lab_get_plain_trace (self->lab);
  g_autofree char *text = NULL;

  if (change == QL_LAB_TEST_CHANGED_ANSWER && !ql_lab_test_is_asking (test) && plain != NULL)
    text = ql_test_answer_text (test, plain);
  else if ((change & QL_LAB_TEST_CHANGED_SCORE) != 0 && ql_lab_test_get_state (test) == QL_LAB_TEST_READY
           && score != self->said_score && plain != NULL)
    text = ql_test_result_text (test, plain);
  self->said_score = score;
  if (text != NULL && *text != '\0' && ql_window_looks_at_attention (self))
    ql_announce_text (self->live, text);
}

static void
tested_cb (QlLabTest *test, guint change, QlWindow *self)
{
  if (self->lab == NULL) /* the window is closing; a job that ends may hold the lab still */
    return;
  ql_window_update_test (self);
  if ((change & QL_LAB_TEST_CHANGED_INTERVENTION) != 0)
    ql_window_update_turn_actions (self); /* Undo */
  announce (self, change);
}

static void
looked_cb (QlLab *lab, guint change, QlWindow *self)
{
  if (self->lab != NULL && (change & (QL_LAB_CHANGED_TRACE | QL_LAB_CHANGED_MAP)) != 0)
    ql_window_update_test (self);
}

void
ql_window_add_test (QlWindow *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
  g_signal_connect_object (get_test (self), "changed", G_CALLBACK (tested_cb), self, 0);
  g_signal_connect_object (self->lab, "changed", G_CALLBACK (looked_cb), self, 0);
  ql_window_update_test (self);
}
