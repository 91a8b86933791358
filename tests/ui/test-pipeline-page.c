/* The pipeline page: stages, what is inside them, and the tree of beams; by keyboard, and as screen readers get it. */

#include "tests/ui/harness.h"

#include <string.h>

#include <glib/gstdio.h>

#include "ui/beam-view.h"
#include "ui/pipeline-page.h"

static QlPipelinePage *
page_of (QlWindow *window)
{
  return QL_PIPELINE_PAGE (gtk_stack_get_child_by_name (window->pages, "pipeline"));
}

static void
act_with (QlWindow *window, const char *name, GVariant *parameter)
{
  g_autoptr (GVariant) kept = g_variant_ref_sink (parameter);

  if (!enabled (window, name))
    g_error ("%s is not enabled; lab state %d", name, (int) ql_lab_get_state (window->lab));
  g_action_group_activate_action (G_ACTION_GROUP (window), name, kept);
}

static char *
stage_of (QlWindow *window)
{
  g_autoptr (GVariant) state = g_action_group_get_action_state (G_ACTION_GROUP (window), "pipeline-stage");

  return g_variant_dup_string (state, NULL);
}

static int
state_of (QlWindow *window, const char *name)
{
  g_autoptr (GVariant) state = g_action_group_get_action_state (G_ACTION_GROUP (window), name);

  return g_variant_get_int32 (state);
}

/* What the widget's own key bindings do for a key. */
static void
press (GtkWidget *widget, guint key, GdkModifierType modifiers)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (widget);

  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GObject) controller = g_list_model_get_item (controllers, i);

      for (guint k = 0; GTK_IS_SHORTCUT_CONTROLLER (controller)
                        && k < g_list_model_get_n_items (G_LIST_MODEL (controller));
           k++)
        {
          g_autoptr (GtkShortcut) shortcut = g_list_model_get_item (G_LIST_MODEL (controller), k);
          GtkShortcutTrigger *trigger = gtk_shortcut_get_trigger (shortcut);

          if (GTK_IS_KEYVAL_TRIGGER (trigger)
              && gtk_keyval_trigger_get_keyval (GTK_KEYVAL_TRIGGER (trigger)) == key
              && gtk_keyval_trigger_get_modifiers (GTK_KEYVAL_TRIGGER (trigger)) == modifiers)
            {
              g_assert_true (gtk_shortcut_action_activate (gtk_shortcut_get_action (shortcut), 0, widget,
                                                           gtk_shortcut_get_arguments (shortcut)));
              return;
            }
        }
    }
  g_error ("no binding for key %u", key);
}

static gboolean
said (GtkWidget *widget, GtkAccessibleProperty property, const char *text)
{
  char *all = gtk_test_accessible_check_property (GTK_ACCESSIBLE (widget), property, text);
  gboolean same = all == NULL;

  g_free (all);
  return same;
}

static GtkWidget *
row_at (QlWindow *window, int n)
{
  GtkWidget *row = gtk_widget_get_first_child (ql_pipeline_page_get_rows (page_of (window)));

  while (row != NULL && n-- > 0)
    row = gtk_widget_get_next_sibling (row);
  return row;
}

static QlWindow *
open_page (const char *sample)
{
  QlWindow *window = new_window ();

  open_sample (window, sample);
  gtk_stack_set_visible_child_name (window->pages, "pipeline");
  WAIT (ql_lab_get_trace (window->lab) != NULL && row_at (window, 0) != NULL
        && gtk_widget_get_mapped (row_at (window, 0)));
  return window;
}

/* Some label below @root says @text. */
static gboolean
has_label (GtkWidget *root, const char *text)
{
  if (GTK_IS_LABEL (root) && gtk_widget_get_mapped (root)
      && strstr (gtk_label_get_text (GTK_LABEL (root)), text) != NULL)
    return TRUE;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (has_label (child, text))
      return TRUE;
  return FALSE;
}

/* ---- stages --------------------------------------------------------------------------------- */

static void
test_stages (void)
{
  QlWindow *window = open_page ("01-donut.png");
  QlPipeline *pipeline = ql_lab_get_pipeline (window->lab);
  g_autofree char *none = stage_of (window);

  g_assert_cmpstr (none, ==, "");
  for (int i = 0; i < ql_pipeline_get_n_stages (pipeline); i++)
    {
      const QlStage *stage = ql_pipeline_get_stage (pipeline, i);
      GtkWidget *row = row_at (window, i);
      g_autofree char *time = ql_pipeline_describe_time (pipeline, stage);
      g_autofree char *name = *time != '\0' ? g_strdup_printf ("%s. %s. %s", stage->name, stage->shape, time)
                                            : g_strdup_printf ("%s. %s", stage->name, stage->shape);

      g_assert_true (GTK_IS_BUTTON (row));
      g_assert_true (said (row, GTK_ACCESSIBLE_PROPERTY_LABEL, name));
      g_assert_true (has_label (row, stage->name));
      g_assert_true (has_label (row, stage->shape));
      /* Times are those of the answer itself, measured as it was written. */
      g_assert_null (strstr (time, "Not measured"));
    }
  g_assert_null (row_at (window, ql_pipeline_get_n_stages (pipeline)));
  close_window (window);
}

/* From row to row, into a stage, about in it, and back to the row. */
static void
test_keyboard (void)
{
  QlWindow *window = open_page ("01-donut.png");
  QlPipelinePage *page = page_of (window);
  QlTensorView *picture = ql_stage_inside_get_picture (ql_pipeline_page_get_inside (page));
  int column, row;

  ql_page_focus (QL_PAGE (page));
  g_assert_true (gtk_root_get_focus (GTK_ROOT (window)) == row_at (window, 0));
  g_signal_emit_by_name (window, "move-focus", GTK_DIR_TAB_FORWARD);
  g_signal_emit_by_name (window, "move-focus", GTK_DIR_DOWN);
  g_signal_emit_by_name (window, "move-focus", GTK_DIR_DOWN);
  g_assert_true (gtk_root_get_focus (GTK_ROOT (window)) == row_at (window, 3));
  gtk_widget_activate (row_at (window, 3));
  WAIT (ql_lab_get_stage (window->lab) != NULL);
  {
    g_autofree char *stage = stage_of (window);

    g_assert_cmpstr (stage, ==, "vision");
  }
  /* In the picture at once; arrows read it. */
  WAIT (gtk_widget_get_mapped (GTK_WIDGET (picture)));
  g_assert_true (gtk_root_get_focus (GTK_ROOT (window)) == GTK_WIDGET (picture));
  g_assert_false (ql_tensor_view_get_cursor (picture, &column, &row));
  press (GTK_WIDGET (picture), GDK_KEY_Right, 0);
  press (GTK_WIDGET (picture), GDK_KEY_Right, 0);
  press (GTK_WIDGET (picture), GDK_KEY_Down, 0);
  g_assert_true (ql_tensor_view_get_cursor (picture, &column, &row));
  g_assert_cmpint (column, ==, 1);
  g_assert_cmpint (row, ==, 1);
  {
    g_autofree char *value = ql_tensor_picture_describe (ql_tensor_view_get (picture), 1, 1);

    g_assert_true (said (GTK_WIDGET (picture), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, value));
    g_assert_true (has_label (GTK_WIDGET (page), value));
  }
  press (GTK_WIDGET (picture), GDK_KEY_End, 0);
  press (GTK_WIDGET (picture), GDK_KEY_Right, 0);
  ql_tensor_view_get_cursor (picture, &column, &row);
  g_assert_cmpint (column, ==, ql_tensor_picture_get_columns (ql_tensor_view_get (picture)) - 1);

  press (GTK_WIDGET (page), GDK_KEY_Left, GDK_ALT_MASK);
  g_assert_true (gtk_widget_get_mapped (row_at (window, 3)));
  g_assert_true (gtk_root_get_focus (GTK_ROOT (window)) == row_at (window, 3));
  close_window (window);
}

static void
test_parts (void)
{
  QlWindow *window = open_page ("01-donut.png");
  QlPipelinePage *page = page_of (window);
  QlTensorView *picture = ql_stage_inside_get_picture (ql_pipeline_page_get_inside (page));
  const QlStage *stage;
  int n;

  g_assert_false (enabled (window, "pipeline-part"));
  act_with (window, "pipeline-stage", g_variant_new_string ("qformer"));
  stage = ql_lab_get_stage (window->lab);
  n = stage->n_parts;
  g_assert_cmpint (state_of (window, "pipeline-part"), ==, n - 1);
  WAIT (gtk_widget_get_mapped (GTK_WIDGET (picture)));
  for (int part = 0; part < n; part++)
    {
      g_autofree char *name = ql_pipeline_get_part_name (ql_lab_get_pipeline (window->lab), stage, part);

      act_with (window, "pipeline-part", g_variant_new_int32 (part));
      g_assert_cmpint (state_of (window, "pipeline-part"), ==, part);
      g_assert_true (has_label (GTK_WIDGET (page), name));
      g_assert_nonnull (ql_tensor_view_get (picture));
    }
  /* Out of range is the end; other views are other pictures. */
  act_with (window, "pipeline-part", g_variant_new_int32 (999));
  g_assert_cmpint (state_of (window, "pipeline-part"), ==, n - 1);
  g_assert_true (said (GTK_WIDGET (picture), GTK_ACCESSIBLE_PROPERTY_LABEL, "Numbers"));
  act_with (window, "pipeline-view", g_variant_new_int32 (1));
  g_assert_true (said (GTK_WIDGET (picture), GTK_ACCESSIBLE_PROPERTY_LABEL, "Cross-attention")
                 || said (GTK_WIDGET (picture), GTK_ACCESSIBLE_PROPERTY_LABEL, "Self-attention"));
  act_with (window, "pipeline-stage", g_variant_new_string ("no such stage"));
  g_assert_true (gtk_widget_get_mapped (row_at (window, 0)));
  /* Every stage can be entered and left. */
  for (int i = 0; i < QL_N_STAGE_KINDS; i++)
    {
      act_with (window, "pipeline-stage", g_variant_new_string (ql_stage_kind_to_string ((QlStageKind) i)));
      g_assert_cmpint (ql_lab_get_stage (window->lab)->kind, ==, i);
      g_assert_true (has_label (GTK_WIDGET (page), ql_lab_get_stage (window->lab)->explanation));
    }
  close_window (window);
}

static void
test_tokens (void)
{
  QlWindow *window = open_page ("01-donut.png");
  QlTrace *trace = ql_lab_get_trace (window->lab);

  act_with (window, "pipeline-stage", g_variant_new_string ("tokens"));
  for (int i = 0; i < ql_trace_get_n_tokens (trace); i++)
    {
      const QlSavedToken *token = ql_trace_get_token (trace, i);
      g_autofree char *text = g_strstrip (g_strdup (*token->text != '\0' ? token->text : "end of the text"));
      g_autofree char *share = ql_percent_text (token->probability);

      g_assert_true (has_label (GTK_WIDGET (page_of (window)), text));
      g_assert_true (has_label (GTK_WIDGET (page_of (window)), share));
    }
  close_window (window);
}

/* ---- beams ---------------------------------------------------------------------------------- */

static void
test_beams (void)
{
  QlWindow *window = open_page ("12-carrot-watermelon.png");
  GtkWidget *page = GTK_WIDGET (page_of (window)), *view;
  QlBeamTree *tree;
  graphene_rect_t rect;
  int answer;

  g_assert_false (enabled (window, "beam"));
  act_with (window, "pipeline-stage", g_variant_new_string ("beams"));
  view = find_type (page, QL_TYPE_BEAM_VIEW);
  WAIT (gtk_widget_get_mapped (view) && gtk_widget_get_width (view) > 0);
  tree = ql_pipeline_get_beams (ql_lab_get_pipeline (window->lab));
  g_assert_nonnull (tree);
  answer = ql_beam_tree_get_answer (tree);
  g_assert_cmpint (state_of (window, "beam"), ==, answer);
  {
    g_autofree char *text = ql_beam_tree_describe (tree, answer);
    g_autofree char *words = ql_beam_tree_get_text (tree, answer);

    g_assert_cmpstr (words, ==, last_text (window));
    g_assert_true (has_label (page, text));
    g_assert_true (said (view, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text));
  }
  /* Back along the answer to its first token, then to another beam's. */
  gtk_widget_grab_focus (view);
  for (int i = answer; i >= 0; i = ql_beam_tree_get_node (tree, i)->parent)
    {
      g_assert_cmpint (state_of (window, "beam"), ==, i);
      g_assert_true (ql_beam_view_get_rect (QL_BEAM_VIEW (view), &rect));
      press (view, GDK_KEY_Left, 0);
    }
  g_assert_cmpint (state_of (window, "beam"), ==, ql_beam_tree_get_first (tree));
  press (view, GDK_KEY_Down, 0);
  g_assert_cmpint (state_of (window, "beam"), !=, ql_beam_tree_get_first (tree));
  g_assert_cmpint (ql_beam_tree_get_node (tree, state_of (window, "beam"))->step, ==, 0);
  {
    g_autofree char *text = ql_beam_tree_describe (tree, state_of (window, "beam"));

    g_assert_true (has_label (page, text));
    g_assert_true (said (view, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text));
  }
  {
    g_autofree char *path = g_build_filename (g_get_user_cache_dir (), "beams.svg", NULL);
    g_autofree char *uri = g_filename_to_uri (path, NULL, NULL);

    g_mkdir_with_parents (g_get_user_cache_dir (), 0700);
    act_with (window, "save-beams-as", g_variant_new_string (uri));
    WAIT (g_file_test (path, G_FILE_TEST_EXISTS));
    g_unlink (path);
  }
  /* Without those that were dropped the keyboard still leads on. */
  g_action_group_activate_action (G_ACTION_GROUP (window), "dropped-beams", NULL);
  g_assert_false (ql_lab_get_shows_dropped (window->lab));
  for (int i = 0; i < 40; i++)
    press (view, GDK_KEY_Right, 0);
  g_assert_cmpint (ql_beam_tree_get_node (tree, state_of (window, "beam"))->fate, >=, QL_BEAM_ENDED);
  act_with (window, "beam", g_variant_new_int32 (answer));
  g_assert_true (has_label (page, "This is the answer."));
  close_window (window);
}

/* An answer of an earlier run of Qlens: what only that run knew is not made up. */
static void
test_without_beams (void)
{
  QlWindow *window = open_page ("01-donut.png");
  g_autofree char *path = g_build_filename (g_get_user_cache_dir (), "kept.safetensors", NULL);
  g_autoptr (QlTrace) opened = NULL, of_replay = NULL;
  g_autoptr (GError) error = NULL;
  QlTrace *trace = ql_lab_get_trace (window->lab);
  int n_tokens = ql_trace_get_n_tokens (trace);

  /* Through a file, as with no model. */
  g_mkdir_with_parents (g_get_user_cache_dir (), 0700);
  g_assert_true (ql_trace_save (trace, path, &error));
  opened = ql_trace_open (path, NULL, &error);
  g_assert_no_error (error);
  ql_lab_set_trace (window->lab, opened);
  g_assert_true (ql_pipeline_get_trace (ql_lab_get_pipeline (window->lab)) == opened);
  g_assert_nonnull (ql_pipeline_get_beams (ql_lab_get_pipeline (window->lab)));
  act_with (window, "pipeline-stage", g_variant_new_string ("tokens"));
  g_assert_cmpint (ql_trace_get_n_tokens (opened), ==, n_tokens);

  /* Written token by token: no beams, and the page says so. */
  ql_lab_set_trace (window->lab, NULL);
  act_with (window, "preset", g_variant_new_string ("creative"));
  g_action_group_activate_action (G_ACTION_GROUP (window), "ask-text",
                                  g_variant_new_string ("is there a dog?"));
  WAIT (idle (window));
  WAIT (ql_lab_get_state (window->lab) == QL_LAB_READY && ql_lab_get_trace (window->lab) != trace);
  act_with (window, "pipeline-stage", g_variant_new_string ("beams"));
  g_assert_null (ql_pipeline_get_beams (ql_lab_get_pipeline (window->lab)));
  g_assert_true (has_label (GTK_WIDGET (page_of (window)), "There are no beams to see"));
  g_assert_false (gtk_widget_get_mapped (find_type (GTK_WIDGET (page_of (window)), QL_TYPE_BEAM_VIEW)));
  act_with (window, "preset", g_variant_new_string ("auto"));
  g_unlink (path);
  close_window (window);
}

/* Every control has a name of its own, not that of its type. */
static void
check_names (GtkWidget *root)
{
  if (!gtk_widget_get_mapped (root))
    return;
  if (GTK_IS_BUTTON (root) || GTK_IS_SCALE (root) || GTK_IS_DROP_DOWN (root) || GTK_IS_CHECK_BUTTON (root)
      || QL_IS_TENSOR_VIEW (root) || QL_IS_BEAM_VIEW (root) || GTK_IS_LEVEL_BAR (root))
    if (!gtk_test_accessible_has_property (GTK_ACCESSIBLE (root), GTK_ACCESSIBLE_PROPERTY_LABEL)
        && !gtk_test_accessible_has_relation (GTK_ACCESSIBLE (root), GTK_ACCESSIBLE_RELATION_LABELLED_BY))
      g_error ("a %s has no name", G_OBJECT_TYPE_NAME (root));
  if (GTK_IS_DROP_DOWN (root))
    return; /* its own button has none, and GTK names it by what is chosen */
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    check_names (child);
}

static void
test_names (void)
{
  QlWindow *window = open_page ("01-donut.png");

  for (int i = -1; i < QL_N_STAGE_KINDS; i++)
    {
      act_with (window, "pipeline-stage",
                g_variant_new_string (i < 0 ? "" : ql_stage_kind_to_string ((QlStageKind) i)));
      WAIT (gtk_widget_get_mapped (i < 0 ? row_at (window, 0)
                                         : GTK_WIDGET (ql_pipeline_page_get_inside (page_of (window)))));
      check_names (GTK_WIDGET (page_of (window)));
    }
  close_window (window);
}

int
main (int argc, char *argv[])
{
  harness_init (&argc, &argv);
  g_test_add_func ("/pipeline-page/stages", test_stages);
  g_test_add_func ("/pipeline-page/keyboard", test_keyboard);
  g_test_add_func ("/pipeline-page/parts", test_parts);
  g_test_add_func ("/pipeline-page/tokens", test_tokens);
  g_test_add_func ("/pipeline-page/beams", test_beams);
  g_test_add_func ("/pipeline-page/without-beams", test_without_beams);
  g_test_add_func ("/pipeline-page/names", test_names);
  return harness_run ();
}
