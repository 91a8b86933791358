#include "ui/window-private.h"

#include "ui/map-table.h"
#include "ui/pages.h"

/* What of the model's attention is looked at. One selection, whatever shows or changes it: self->lab. */

#define OPACITY_STEP 0.1

static int
wrap (int value, int n)
{
  return n > 0 ? (value % n + n) % n : 0;
}

static void
query_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_lab_set_query (QL_WINDOW (data)->lab, g_variant_get_int32 (parameter));
}

static void
layer_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlWindow *self = data;
  QlTrace *trace = ql_lab_get_trace (self->lab);
  int nth = trace != NULL ? ql_trace_find_layer (trace, g_variant_get_int32 (parameter)) : -1;

  if (nth >= 0)
    ql_lab_set_layer (self->lab, nth);
}

static void
head_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_lab_set_head (QL_WINDOW (data)->lab, g_variant_get_int32 (parameter));
}

/* Query, layer (the Q-Former's number) and head; -1: the heads together, as the method has it. */
static void
map_key_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlWindow *self = data;
  QlTrace *trace = ql_lab_get_trace (self->lab);
  QlMapKey key;
  int query, number, head;

  ql_lab_get_key (self->lab, &key);
  g_variant_get (parameter, "(iii)", &query, &number, &head);
  key.query = query;
  key.layer = trace != NULL ? ql_trace_find_layer (trace, number) : -1;
  if (key.layer < 0)
    return;
  if (head >= 0)
    {
      key.head = head;
      key.method = QL_MAP_HEAD;
    }
  ql_lab_set_key (self->lab, &key);
}

static void
word_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_lab_set_word (QL_WINDOW (data)->lab, g_variant_get_int32 (parameter));
}

static void
patch_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  int column, row;

  g_variant_get (parameter, "(ii)", &column, &row);
  ql_lab_set_patch (QL_WINDOW (data)->lab, column, row);
}

static void
method_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  for (int i = 0; i < QL_MAP_N_METHODS; i++)
    if (g_str_equal (ql_map_method_to_string ((QlMapMethod) i), g_variant_get_string (parameter, NULL)))
      ql_lab_set_method (QL_WINDOW (data)->lab, (QlMapMethod) i);
}

/* Steps go round: behind the last one is the first. */
static void
step_query_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlLab *lab = QL_WINDOW (data)->lab;

  ql_lab_set_query (lab, wrap (ql_lab_get_query (lab) + g_variant_get_int32 (parameter),
                               ql_trace_get_n_queries (ql_lab_get_trace (lab))));
}

static void
step_layer_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlLab *lab = QL_WINDOW (data)->lab;

  ql_lab_set_layer (lab, wrap (ql_lab_get_layer (lab) + g_variant_get_int32 (parameter),
                               ql_trace_get_n_layers (ql_lab_get_trace (lab))));
}

static void
step_head_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlLab *lab = QL_WINDOW (data)->lab;
  int step = ql_lab_get_method (lab) == QL_MAP_HEAD ? g_variant_get_int32 (parameter) : 0;

  ql_lab_set_head (lab, wrap (ql_lab_get_head (lab) + step, ql_trace_get_n_heads (ql_lab_get_trace (lab))));
}

/* With a place behind the last word where none is selected. */
static void
step_word_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlLab *lab = QL_WINDOW (data)->lab;
  int n = ql_trace_get_n_words (ql_lab_get_trace (lab)) + 1;

  ql_lab_set_word (lab, wrap (ql_lab_get_word (lab) + 1 + g_variant_get_int32 (parameter), n) - 1);
}

static void
step_method_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlLab *lab = QL_WINDOW (data)->lab;
  QlMapKey key;

  ql_lab_get_key (lab, &key);
  do
    key.method = (QlMapMethod) wrap ((int) key.method + g_variant_get_int32 (parameter), QL_MAP_N_METHODS);
  while (!ql_map_is_possible (ql_lab_get_trace (lab), &key));
  ql_lab_set_key (lab, &key);
}

/* From where the map has most, if no patch was chosen yet. */
static void
step_patch_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlLab *lab = QL_WINDOW (data)->lab;
  QlMap *map = ql_lab_get_map (lab);
  QlMapCell peak;
  int column, row, dx, dy;

  g_variant_get (parameter, "(ii)", &dx, &dy);
  if (map == NULL)
    return;
  if (ql_lab_get_patch (lab, &column, &row))
    ql_lab_set_patch (lab, CLAMP (column + dx, 0, ql_map_get_columns (map) - 1),
                      CLAMP (row + dy, 0, ql_map_get_rows (map) - 1));
  else
    {
      ql_map_get_peak (map, ql_lab_get_hides_outliers (lab), &peak);
      ql_lab_set_patch (lab, peak.column, peak.row);
    }
}

/* What is drawn is to sort by: there is no other use of it. */
static void
set_box (QlLab *lab, int column, int row, int to_column, int to_row)
{
  QlMap *map = ql_lab_get_map (lab);
  QlMapBox box;

  if (map == NULL)
    return;
  ql_map_box_of_patches (map, column, row, to_column, to_row, &box);
  ql_lab_set_box (lab, &box);
  ql_lab_set_sort (lab, QL_MAP_SORT_OVERLAP);
}

/* From one patch to another, both within. */
static void
box_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  int column, row, to_column, to_row;

  g_variant_get (parameter, "(iiii)", &column, &row, &to_column, &to_row);
  set_box (QL_WINDOW (data)->lab, column, row, to_column, to_row);
}

/* As text is marked: the patch that is chosen moves, and the corner opposite to it stays. */
static void
extend_box_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlLab *lab = QL_WINDOW (data)->lab;
  const QlMapBox *box = ql_lab_get_box (lab);
  QlMap *map = ql_lab_get_map (lab);
  int column, row, from_column, from_row;

  if (map == NULL)
    return;
  if (!ql_lab_get_patch (lab, &column, &row))
    {
      step_patch_action (action, parameter, data);
      return;
    }
  if (box == NULL || !ql_map_get_opposite (map, box, column, row, &from_column, &from_row))
    {
      from_column = column;
      from_row = row;
    }
  step_patch_action (action, parameter, data);
  ql_lab_get_patch (lab, &column, &row);
  set_box (lab, from_column, from_row, column, row);
}

static void
step_style_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlLab *lab = QL_WINDOW (data)->lab;

  ql_lab_set_style (lab, (QlMapStyle) wrap ((int) ql_lab_get_style (lab) + g_variant_get_int32 (parameter),
                                            QL_MAP_N_STYLES));
}

static void
step_opacity_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlLab *lab = QL_WINDOW (data)->lab;

  ql_lab_set_opacity (lab, ql_lab_get_opacity (lab) + g_variant_get_int32 (parameter) * OPACITY_STEP);
}

static void
swap_scale_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlLab *lab = QL_WINDOW (data)->lab;

  ql_lab_set_scale (lab, ql_lab_get_scale (lab) == QL_MAP_SCALE_OWN ? QL_MAP_SCALE_SHARED : QL_MAP_SCALE_OWN);
}

static void
clear_selection_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlLab *lab = QL_WINDOW (data)->lab;

  ql_lab_set_word (lab, -1);
  ql_lab_set_patch (lab, -1, -1);
  ql_lab_set_box (lab, NULL);
}

static void
pin_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_lab_pin (QL_WINDOW (data)->lab);
}

static void
unpin_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_lab_unpin (QL_WINDOW (data)->lab);
}

/* Its state follows the lab, in ql_window_update_lab(). */
static void
difference_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlLab *lab = QL_WINDOW (data)->lab;

  ql_lab_set_difference (lab, !ql_lab_get_difference (lab));
}

static void
map_table_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlWindow *self = data;

  if (self->map_table == NULL)
    {
      self->map_table = ql_map_table_new (GTK_WINDOW (self), self->lab);
      g_object_add_weak_pointer (G_OBJECT (self->map_table), (gpointer *) &self->map_table);
    }
  gtk_window_present (GTK_WINDOW (self->map_table));
}

/* For who shows it to others: nothing but what is looked at, and large. */
static void
presentation_action (GSimpleAction *action, GVariant *state, gpointer data)
{
  QlWindow *self = data;
  gboolean on = g_variant_get_boolean (state);

  g_simple_action_set_state (action, state);
  if (on)
    {
      gtk_widget_add_css_class (GTK_WIDGET (self), "ql-presentation");
      self->sidebar_before = ql_shell_get_sidebar_shown (self->shell);
      ql_shell_set_sidebar_shown (self->shell, FALSE);
      gtk_window_fullscreen (GTK_WINDOW (self));
    }
  else
    {
      gtk_widget_remove_css_class (GTK_WIDGET (self), "ql-presentation");
      gtk_window_unfullscreen (GTK_WINDOW (self));
      ql_shell_set_sidebar_shown (self->shell, self->sidebar_before);
    }
}

static void
attention_again_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_lab_try_again (QL_WINDOW (data)->lab);
}

static void
attention_turn_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlWindow *self = data;
  QlTurn *turn = ql_window_find_turn (self, parameter);

  if (turn == NULL)
    return;
  ql_lab_set_turn (self->lab, turn);
  gtk_stack_set_visible_child_name (self->pages, "attention");
}

/* Those that need a trace. */
static const GActionEntry entries[] = {
  { "query", query_action, "i", NULL, NULL },
  { "layer", layer_action, "i", NULL, NULL },
  { "head", head_action, "i", NULL, NULL },
  { "map-key", map_key_action, "(iii)", NULL, NULL },
  { "word", word_action, "i", NULL, NULL },
  { "patch", patch_action, "(ii)", NULL, NULL },
  { "map-method", method_action, "s", NULL, NULL },
  { "step-query", step_query_action, "i", NULL, NULL },
  { "step-layer", step_layer_action, "i", NULL, NULL },
  { "step-head", step_head_action, "i", NULL, NULL },
  { "step-word", step_word_action, "i", NULL, NULL },
  { "step-method", step_method_action, "i", NULL, NULL },
  { "step-patch", step_patch_action, "(ii)", NULL, NULL },
  { "box", box_action, "(iiii)", NULL, NULL },
  { "extend-box", extend_box_action, "(ii)", NULL, NULL },
  { "clear-selection", clear_selection_action, NULL, NULL, NULL },
  { "pin", pin_action, NULL, NULL, NULL },
  { "map-table", map_table_action, NULL, NULL, NULL },
};

static const GActionEntry look_entries[] = {
  { "step-style", step_style_action, "i", NULL, NULL },
  { "step-opacity", step_opacity_action, "i", NULL, NULL },
  { "swap-scale", swap_scale_action, NULL, NULL, NULL },
  { "attention-again", attention_again_action, NULL, NULL, NULL },
  { "attention-turn", attention_turn_action, "u", NULL, NULL },
};

static const GActionEntry other_entries[] = {
  { "unpin", unpin_action, NULL, NULL, NULL },
  { "difference", difference_action, NULL, "false", NULL },
  { "presentation", NULL, NULL, "false", presentation_action },
};

static const char *const keys[]
    = { "word-strip", "lab-overlay", "lab-style", "lab-scale", "lab-hide-outliers" };

gboolean
ql_window_looks_at_attention (QlWindow *self)
{
  const char *page = gtk_stack_get_visible_child_name (self->pages);
  gboolean strip = self->settings != NULL && g_settings_get_boolean (self->settings, "word-strip");

  return self->conversation != NULL && !ql_window_shows_batch (self)
         && (strip || g_strcmp0 (page, "chat") != 0 || ql_window_has_lesson (self));
}

/* Actions of settings cannot be disabled: while a lesson locks one, it is not there. */
static void
update_setting_actions (QlWindow *self)
{
  for (guint i = 0; self->settings != NULL && i < G_N_ELEMENTS (keys); i++)
    {
      g_autoptr (GAction) action = NULL;

      if (ql_window_lesson_locks (self, keys[i]))
        {
          g_action_map_remove_action (G_ACTION_MAP (self), keys[i]);
          continue;
        }
      if (g_action_map_lookup_action (G_ACTION_MAP (self), keys[i]) != NULL)
        continue;
      action = g_settings_create_action (self->settings, keys[i]);
      g_action_map_add_action (G_ACTION_MAP (self), action);
    }
}

void
ql_window_update_lab (QlWindow *self)
{
  gboolean looking = ql_window_looks_at_attention (self);

  ql_lab_set_looking (self->lab, looking);
  gtk_widget_set_visible (GTK_WIDGET (self->word_strip), looking);
  gtk_widget_set_visible (GTK_WIDGET (self->overlay_bar), looking && ql_lab_get_trace (self->lab) != NULL);
  ql_canvas_set_lab (self->canvas, looking ? self->lab : NULL);
  for (guint i = 0; i < G_N_ELEMENTS (entries); i++)
    ql_window_set_enabled (self, entries[i].name, looking && ql_lab_get_trace (self->lab) != NULL);
  for (guint i = 0; i < 4; i++) /* all but attention-turn */
    ql_window_set_enabled (self, look_entries[i].name, looking);
  ql_window_set_enabled (self, "unpin", ql_lab_get_pinned (self->lab) != NULL);
  ql_window_set_enabled (self, "difference", looking && ql_lab_can_differ (self->lab));
  g_simple_action_set_state (G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self), "difference")),
                             g_variant_new_boolean (ql_lab_get_difference (self->lab)));
  update_setting_actions (self);
  ql_window_update_figure_actions (self);
  ql_window_update_test (self);
  ql_window_update_pipeline (self);
  ql_window_update_says (self);
  ql_window_set_enabled (self, "attention-turn",
                         self->conversation != NULL && ql_conversation_get_last (self->conversation) != NULL);
}

static void
lab_changed_cb (QlLab *lab, guint change, QlWindow *self)
{
  if ((change & (QL_LAB_CHANGED_TRACE | QL_LAB_CHANGED_PIN)) != 0)
    ql_window_update_lab (self);
}

/* They follow settings, which outlive the window. */
void
ql_window_remove_lab (QlWindow *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    g_action_map_remove_action (G_ACTION_MAP (self), keys[i]);
}

void
ql_window_add_lab (QlWindow *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
  g_action_map_add_action_entries (G_ACTION_MAP (self), look_entries, G_N_ELEMENTS (look_entries), self);
  g_action_map_add_action_entries (G_ACTION_MAP (self), other_entries, G_N_ELEMENTS (other_entries), self);
  update_setting_actions (self);
  ql_window_add_figure_actions (self);
  ql_window_add_trace_actions (self);
  self->lab = ql_lab_new (self->engine);
  ql_lab_set_settings (self->lab, self->settings);
  ql_window_add_pipeline (self);
  ql_window_add_says (self);
  ql_pages_set_lab (self->pages, self->lab);
  ql_word_strip_set_lab (self->word_strip, self->lab);
  ql_overlay_bar_set_lab (self->overlay_bar, self->lab);
  ql_window_add_test (self);
  g_signal_connect_object (self->lab, "changed", G_CALLBACK (lab_changed_cb), self, 0);
  g_signal_connect_object (self->pages, "notify::visible-child-name", G_CALLBACK (ql_window_update_lab), self,
                           G_CONNECT_SWAPPED);
  if (self->settings != NULL)
    g_signal_connect_object (self->settings, "changed::word-strip", G_CALLBACK (ql_window_update_lab), self,
                             G_CONNECT_SWAPPED);
}
