/* The attention page, the words and the map. */

#include "tests/ui/ui-states-private.h"

static void
act_with (QlWindow *window, const char *action, GVariant *target)
{
  g_action_group_activate_action (G_ACTION_GROUP (window), action, target);
}

static GtkWindow *
enter_attention (QlWindow *window)
{
  ui_enter_ready (window);
  act_with (window, "attention-turn", g_variant_new_uint32 (1));
  WAIT (ql_lab_get_state (window->lab) == QL_LAB_READY);
  return NULL;
}

static GtkWindow *
enter_patch (QlWindow *window)
{
  enter_attention (window);
  act_with (window, "patch", g_variant_new ("(ii)", 3, 5));
  ql_lab_set_sort (window->lab, QL_MAP_SORT_PEAK); /* maps have names, for which there is little room */
  return NULL;
}

static GtkWindow *
enter_compare (QlWindow *window)
{
  enter_attention (window);
  act (window, "pin");
  act_with (window, "step-query", g_variant_new_int32 (9));
  act (window, "difference");
  ql_lab_set_sort (window->lab, QL_MAP_SORT_OVERLAP); /* how to come to a box */
  return NULL;
}

static GtkWindow *
enter_queries (QlWindow *window)
{
  enter_attention (window);
  ql_lab_set_atlas (window->lab, QL_LAB_ATLAS_QUERIES);
  ql_lab_set_style (window->lab, QL_MAP_STYLE_SPOTLIGHT);
  act_with (window, "box", g_variant_new ("(iiii)", 2, 2, 6, 9));
  return NULL;
}

static GtkWindow *
enter_strip (QlWindow *window)
{
  enter_attention (window);
  act_with (window, "page", g_variant_new_string ("chat"));
  act (window, "word-strip");
  return NULL;
}

static GtkWindow *
enter_no_answer (QlWindow *window)
{
  GSettings *settings = ql_application_get_settings (app);

  g_settings_set_boolean (settings, "describe-on-open", FALSE);
  drop_files (window, UI_PICTURE, NULL);
  WAIT (window->conversation != NULL);
  act_with (window, "page", g_variant_new_string ("attention"));
  return NULL;
}

static GtkWindow *
enter_table (QlWindow *window)
{
  enter_patch (window);
  act (window, "map-table");
  WAIT (window->map_table != NULL && gtk_widget_get_mapped (window->map_table));
  return GTK_WINDOW (window->map_table);
}

static void
leave (QlWindow *window)
{
  static const char *const keys[] = { "describe-on-open", "word-strip", "lab-style" };

  ql_lab_set_box (window->lab, NULL);
  ql_lab_set_sort (window->lab, QL_MAP_SORT_NONE);
  ql_lab_set_atlas (window->lab, QL_LAB_ATLAS_HEADS);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    g_settings_reset (ql_application_get_settings (app), keys[i]);
}

const UiState ui_states_attention[] = {
  { "attention", enter_attention, leave },       { "attention-patch", enter_patch, leave },
  { "attention-compare", enter_compare, leave }, { "attention-queries", enter_queries, leave },
  { "attention-in-chat", enter_strip, leave },   { "attention-none", enter_no_answer, leave },
  { "attention-table", enter_table, leave },     { NULL },
};
