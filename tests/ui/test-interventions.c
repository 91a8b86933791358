/* "Test this map": what is muted and dropped, what the card says of it, and the faithfulness window. */

#include "tests/ui/harness.h"

#include <math.h>
#include <string.h>

#include <glib/gstdio.h>

#include "ui/canvas-private.h"
#include "ui/faithfulness-window.h"
#include "ui/test-card.h"

#define SAMPLE "12-carrot-watermelon.png"

static QlLabTest *
tested (QlWindow *window)
{
  return ql_lab_get_test (window->lab);
}

static QlIntervention *
now (QlWindow *window)
{
  return ql_lab_test_get_intervention (tested (window));
}

static QlTestCard *
card (QlWindow *window)
{
  return QL_TEST_CARD (find_type (GTK_WIDGET (window->pages), QL_TYPE_TEST_CARD));
}

static void
act_with (QlWindow *window, const char *name, GVariant *parameter)
{
  g_assert_true (enabled (window, name));
  g_action_group_activate_action (G_ACTION_GROUP (window), name, parameter);
}

static gboolean
is_on (QlWindow *window, const char *name)
{
  g_autoptr (GVariant) state = g_action_group_get_action_state (G_ACTION_GROUP (window), name);

  return g_variant_get_boolean (state);
}

static QlWindow *
look_at (const char *sample)
{
  QlWindow *window = new_window ();

  open_sample (window, sample);
  act_with (window, "page", g_variant_new_string ("attention"));
  WAIT (ql_lab_get_state (window->lab) == QL_LAB_READY);
  g_assert_cmpint (ql_lab_test_get_state (tested (window)), ==, QL_LAB_TEST_PLAIN);
  return window;
}

static void
wait_score (QlWindow *window)
{
  WAIT (ql_lab_test_get_state (tested (window)) == QL_LAB_TEST_READY);
}

/* What assistive programs are told. Returns: (transfer full): it contains the value in quotes, or "" for @expected */
static char *
accessible_text (GtkWidget *widget, GtkAccessibleProperty property)
{
  return gtk_test_accessible_check_property (GTK_ACCESSIBLE (widget), property, "\1");
}

static void
assert_says (GtkWidget *widget, GtkAccessibleProperty property, const char *part)
{
  g_autofree char *all = accessible_text (widget, property);

  if (all == NULL || strstr (all, part) == NULL)
    g_error ("“%s” is not in “%s”", part, all);
}

static void
assert_label (GtkLabel *label, const char *part)
{
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (label)));
  assert_says (GTK_WIDGET (label), GTK_ACCESSIBLE_PROPERTY_LABEL, part);
}

static GtkWidget *
nth_word (QlWindow *window, int n)
{
  GtkWidget *words = gtk_widget_get_parent (find_class (GTK_WIDGET (window->word_strip), "ql-strip-word"));
  GtkWidget *word = gtk_widget_get_first_child (words);

  while (n-- > 0)
    word = gtk_widget_get_next_sibling (word);
  return word;
}

/* ---- muting ------------------------------------------------------------------------------------ */

static void
test_mute (void)
{
  QlWindow *window = look_at (SAMPLE);
  QlTrace *plain = ql_lab_get_trace (window->lab);
  g_autofree char *delta = NULL, *was = NULL, *is = NULL, *numbers = NULL, *word = NULL, *name = NULL;
  GtkWidget *chip;

  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (window->test_badge)));
  g_assert_false (enabled (window, "test-clear"));
  act_with (window, "head", g_variant_new_int32 (3));
  act (window, "test-mute-head");
  act (window, "test-mute-layer");
  g_assert_true (is_on (window, "test-mute-head") && is_on (window, "test-mute-layer"));
  wait_score (window);
  /* The engine's numbers, as they are read aloud. */
  delta = ql_delta_text (ql_lab_test_get_score (tested (window))->sum
                         - ql_lab_test_get_plain (tested (window))->sum);
  was = ql_log_p_text (ql_lab_test_get_plain (tested (window))->sum);
  is = ql_log_p_text (ql_lab_test_get_score (tested (window))->sum);
  numbers = g_strdup_printf ("Δ log p %s (%s → %s)", delta, was, is);
  assert_label (ql_test_card_get_result (card (window)), numbers);
  assert_label (ql_test_card_get_queries (card (window)), "cosine with before");
  g_assert_cmpstr (gtk_label_get_text (window->test_badge), ==,
                   "1 layer muted, 1 head muted; map of the plain run");
  for (int i = 0; i < ql_trace_get_n_words (plain); i++)
    {
      g_autofree char *change = ql_delta_text (ql_lab_test_get_word_delta (tested (window), i));

      assert_says (nth_word (window, i), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, change);
    }
  /* A switch belongs to what is selected. */
  act_with (window, "head", g_variant_new_int32 (2));
  g_assert_false (is_on (window, "test-mute-head"));
  act_with (window, "head", g_variant_new_int32 (3));
  g_assert_true (is_on (window, "test-mute-head"));
  /* Taken back one by one. */
  chip = gtk_widget_get_first_child (ql_test_card_get_list (card (window)));
  name = g_strdup_printf ("Take back: Layer %d",
                          ql_trace_get_layer_number (plain, ql_lab_get_layer (window->lab)));
  gtk_test_accessible_assert_property (chip, GTK_ACCESSIBLE_PROPERTY_LABEL, name);
  gtk_widget_activate (chip);
  WAIT (!is_on (window, "test-mute-layer"));
  g_assert_true (is_on (window, "test-mute-head"));
  act (window, "undo");
  g_assert_true (is_on (window, "test-mute-layer"));
  act (window, "test-redo");
  g_assert_false (is_on (window, "test-mute-layer"));
  act (window, "test-clear");
  g_assert_cmpint (ql_lab_test_get_state (tested (window)), ==, QL_LAB_TEST_PLAIN);
  g_assert_true (ql_lab_get_trace (window->lab) == plain);
  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (window->test_badge)));
  g_assert_null (gtk_widget_get_first_child (ql_test_card_get_list (card (window))));
  close_window (window);
}

static char *
answer_without_queries (const char *sample)
{
  QlWindow *window = look_at (sample);
  g_autofree char *said = NULL;
  char *text;

  act (window, "test-mute-queries");
  act (window, "test-again");
  WAIT (!ql_lab_test_is_asking (tested (window)));
  text = g_strdup (ql_lab_test_get_rewrite (tested (window))->answer->text);
  said = *text != '\0' ? g_strdup_printf ("Now: “%s”", text) : g_strdup ("Now the model writes nothing.");
  assert_label (ql_test_card_get_answer (card (window)), said);
  assert_label (ql_test_card_get_answer (card (window)), sample_caption (sample));
  /* The conversation has only what the whole model wrote. */
  g_assert_cmpint (n_turns (window), ==, 1);
  close_window (window);
  return text;
}

static void
test_no_queries (void)
{
  g_autofree char *first = answer_without_queries (SAMPLE), *second = answer_without_queries ("01-donut.png");

  g_assert_cmpstr (first, ==, second);
}

static void
test_maps (void)
{
  QlWindow *window = look_at (SAMPLE);
  QlTrace *plain = ql_lab_get_trace (window->lab);

  g_assert_false (enabled (window, "test-maps"));
  act (window, "test-mute-layer");
  act_with (window, "test-maps", g_variant_new_string ("changed"));
  WAIT (ql_lab_get_trace (window->lab) != plain);
  g_assert_cmpstr (gtk_label_get_text (window->test_badge), ==, "Changed run: 1 layer muted");
  assert_says (GTK_WIDGET (window->canvas), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
               "Changed run (1 layer muted).");
  /* A new answer's own maps, once it is there. */
  act_with (window, "test-maps", g_variant_new_string ("rewritten"));
  g_assert_cmpint (ql_lab_test_get_shown (tested (window)), ==, QL_LAB_TEST_SHOW_CHANGED);
  act (window, "test-again");
  WAIT (!ql_lab_test_is_asking (tested (window)));
  act_with (window, "test-maps", g_variant_new_string ("rewritten"));
  g_assert_true (ql_lab_get_trace (window->lab) == ql_lab_test_get_rewrite (tested (window))->trace);
  g_assert_cmpstr (gtk_label_get_text (window->test_badge), ==, "Changed run: 1 layer muted");
  act_with (window, "test-maps", g_variant_new_string ("plain"));
  g_assert_true (ql_lab_get_trace (window->lab) == plain);
  close_window (window);
}

/* ---- patches -------------------------------------------------------------------------------------- */

static void
test_brush (void)
{
  QlWindow *window = look_at (SAMPLE);
  graphene_rect_t rect;
  int columns = ql_trace_get_columns (ql_lab_get_trace (window->lab)), column, row;
  double left, right, y;

  act (window, "test-brush");
  g_assert_true (ql_canvas_brushes (window->canvas));
  WAIT (ql_canvas_get_picture_rect (window->canvas, &rect) && rect.size.width > 0);
  left = (double) rect.origin.x + 2;
  right = (double) (rect.origin.x + rect.size.width) - 2;
  y = (double) rect.origin.y + 2;
  /* One jump of the pointer over the whole first row: no patch is left out. */
  ql_canvas_brush_begin (window->canvas, left, y, FALSE);
  ql_canvas_brush_to (window->canvas, right, y);
  ql_canvas_brush_end (window->canvas);
  g_assert_cmpint (ql_intervention_get_n_patches (now (window)), ==, columns);
  /* Given back from there. */
  ql_canvas_brush_begin (window->canvas, left, y, TRUE);
  ql_canvas_brush_to (window->canvas, (left + right) / 2, y);
  ql_canvas_brush_end (window->canvas);
  g_assert_cmpint (ql_intervention_get_n_patches (now (window)), <, columns);
  g_assert_true (ql_intervention_has_patch (now (window), columns - 1, 0));
  act (window, "undo"); /* a stroke each */
  g_assert_cmpint (ql_intervention_get_n_patches (now (window)), ==, columns);
  act (window, "undo");
  g_assert_true (ql_intervention_is_empty (now (window)));
  /* By the cursor: away, and back. */
  act_with (window, "patch", g_variant_new ("(ii)", 3, 5));
  act (window, "test-patch");
  g_assert_true (ql_intervention_has_patch (now (window), 3, 5));
  assert_says (gtk_widget_get_first_child (ql_test_card_get_list (card (window))),
               GTK_ACCESSIBLE_PROPERTY_LABEL, "1 patch dropped");
  act (window, "test-grey");
  assert_says (gtk_widget_get_first_child (ql_test_card_get_list (card (window))),
               GTK_ACCESSIBLE_PROPERTY_LABEL, "1 patch greyed");
  wait_score (window);
  act (window, "test-patch");
  g_assert_true (ql_intervention_is_empty (now (window)));
  g_assert_true (ql_lab_get_patch (window->lab, &column, &row));
  close_window (window);
}

static void
test_brightest (void)
{
  QlWindow *window = look_at (SAMPLE);
  const QlBrightest *result;
  g_autofree char *delta = NULL, *mean = NULL, *first = NULL, *second = NULL;

  act_with (window, "test-brightest", g_variant_new_int32 (8));
  WAIT (!ql_lab_test_is_comparing (tested (window)));
  result = ql_lab_test_get_brightest (tested (window));
  delta = ql_delta_text (result->delta);
  mean = ql_delta_text (result->random.mean);
  first = g_strdup_printf ("The 8 brightest patches dropped: Δ log p %s", delta);
  second = g_strdup_printf ("8 random ones: %s (", mean);
  assert_label (ql_test_card_get_brightest (card (window)), first);
  assert_label (ql_test_card_get_brightest (card (window)), second);
  g_assert_cmpint (ql_intervention_get_n_patches (now (window)), ==, 8);
  close_window (window);
}

/* ---- stopping ------------------------------------------------------------------------------------------ */

static void
test_stop (void)
{
  QlWindow *window = look_at (SAMPLE);

  gate_set (QL_ENGINE_PHASE_QFORMER, 0);
  act (window, "test-mute-layer");
  WAIT (gate_held ());
  act (window, "test-stop");
  g_assert_cmpint (ql_lab_test_get_state (tested (window)), ==, QL_LAB_TEST_STOPPED);
  g_assert_true (is_on (window, "test-mute-layer")); /* what was changed stays */
  g_assert_false (enabled (window, "test-stop"));
  gate_open ();
  act (window, "test-retry");
  wait_score (window);
  g_assert_false (enabled (window, "test-retry"));
  close_window (window);
}

/* Another picture: nothing is changed any more. And one that is closed while the model reads. */
static void
test_leaving (void)
{
  QlWindow *window = look_at (SAMPLE);

  act (window, "test-mute-layer");
  act (window, "test-brush");
  wait_score (window);
  open_sample (window, "01-donut.png");
  WAIT (ql_lab_get_state (window->lab) == QL_LAB_READY);
  g_assert_true (ql_intervention_is_empty (now (window)));
  g_assert_false (is_on (window, "test-brush"));
  g_assert_false (enabled (window, "test-undo"));
  gate_set (QL_ENGINE_PHASE_QFORMER, 0);
  act (window, "test-mute-layer");
  WAIT (gate_held ());
  act (window, "faithfulness");
  close_window (window);
  gate_open ();
}

/* ---- faithfulness ------------------------------------------------------------------------------------------ */

static void
check_table (QlFaithfulnessWindow *dialog, QlCurve *curve)
{
  GtkGrid *table = GTK_GRID (ql_faithfulness_window_get_table (dialog));

  for (int i = 0; i < ql_curve_get_n_points (curve); i++)
    for (int kind = 0; kind < 2; kind++)
      {
        GtkWidget *cell = gtk_grid_get_child_at (table, 1 + 2 * kind, i + 1);
        g_autofree char *value = ql_log_p_text (ql_curve_get_value (curve, (QlCurveKind) kind, i));

        gtk_test_accessible_assert_property (cell, GTK_ACCESSIBLE_PROPERTY_LABEL, value);
      }
}

static void
check_csv (const char *path, QlCurve *curve)
{
  g_autofree char *csv = NULL;
  g_auto (GStrv) lines = NULL;
  int point = -1;

  g_assert_true (g_file_get_contents (path, &csv, NULL, NULL));
  lines = g_strsplit (csv, "\n", -1);
  for (int i = 0; lines[i] != NULL && *lines[i] != '\0'; i++)
    {
      g_auto (GStrv) fields = NULL;

      if (lines[i][0] == '#')
        continue;
      if (point++ < 0)
        {
          g_assert_true (g_str_has_prefix (lines[i], "share,patches,deletion,"));
          continue;
        }
      fields = g_strsplit (lines[i], ",", -1);
      g_assert_cmpuint (g_strv_length (fields), ==, 10);
      g_assert_cmpint (atoi (fields[1]), ==, ql_curve_get_count (curve, point - 1));
      g_assert_cmpfloat_with_epsilon (g_ascii_strtod (fields[2], NULL),
                                      ql_curve_get_value (curve, QL_CURVE_DELETION, point - 1), 1e-6);
      g_assert_cmpfloat_with_epsilon (g_ascii_strtod (fields[6], NULL),
                                      ql_curve_get_value (curve, QL_CURVE_INSERTION, point - 1), 1e-6);
    }
  g_assert_cmpint (point, ==, ql_curve_get_n_points (curve));
}

static void
save_as (QlWindow *window, const char *ending)
{
  g_autofree char *name = g_strconcat ("curve", ending, NULL);
  g_autofree char *path = g_build_filename (g_get_user_data_dir (), name, NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autofree char *uri = g_file_get_uri (file);

  g_mkdir_with_parents (g_get_user_data_dir (), 0700);
  act_with (window, "save-faithfulness-as", g_variant_new_string (uri));
  WAIT (g_file_test (path, G_FILE_TEST_EXISTS));
  if (g_str_equal (ending, ".csv"))
    check_csv (path, ql_lab_test_get_curve (tested (window)));
  g_assert_cmpint (g_unlink (path), ==, 0);
}

static void
test_faithfulness (void)
{
  QlWindow *window = look_at (SAMPLE);
  QlFaithfulnessWindow *dialog;
  g_autofree char *sentence = NULL;
  QlCurve *curve;

  g_assert_false (enabled (window, "export-faithfulness"));
  act (window, "test-mute-query");
  act (window, "faithfulness");
  dialog = QL_FAITHFULNESS_WINDOW (window->faithfulness);
  g_assert_nonnull (find_type (GTK_WIDGET (dialog), GTK_TYPE_PROGRESS_BAR));
  WAIT (ql_lab_test_get_curve (tested (window)) != NULL);
  curve = ql_lab_test_get_curve (tested (window));
  sentence = ql_curve_describe (curve);
  gtk_test_accessible_assert_property (ql_faithfulness_window_get_sentence (dialog),
                                       GTK_ACCESSIBLE_PROPERTY_LABEL, sentence);
  assert_says (find_type (GTK_WIDGET (dialog), GTK_TYPE_DRAWING_AREA), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
               sentence);
  check_table (dialog, curve);
  /* What else is changed is so throughout, and is said. */
  g_assert_true (ql_intervention_has_query (ql_curve_get_base (curve), ql_lab_get_query (window->lab)));
  save_as (window, ".csv");
  save_as (window, ".svg");
  save_as (window, ".pdf");
  save_as (window, ".png");
  /* Again, and stopped on the way. */
  gate_set (QL_ENGINE_PHASE_DECODE, 0);
  act_with (window, "run-faithfulness", g_variant_new ("(bb)", FALSE, TRUE));
  WAIT (gate_held ());
  g_assert_null (ql_lab_test_get_curve (tested (window)));
  act (window, "stop-faithfulness");
  gate_open ();
  g_assert_false (enabled (window, "stop-faithfulness"));
  gtk_window_close (GTK_WINDOW (dialog));
  WAIT (window->faithfulness == NULL);
  /* Closing it stops it as well. */
  gate_set (QL_ENGINE_PHASE_DECODE, 0);
  act (window, "faithfulness");
  WAIT (gate_held ());
  gtk_window_close (window->faithfulness);
  WAIT (window->faithfulness == NULL);
  g_assert_null (ql_lab_test_get_curve_map (tested (window)));
  gate_open ();
  close_window (window);
}

/* ---- room ---------------------------------------------------------------------------------------------------- */

static void
test_narrow (void)
{
  QlWindow *window = look_at (SAMPLE);
  int least, natural;

  for (int l = 0; l < 3; l++)
    {
      act_with (window, "layer", g_variant_new_int32 (2 * l));
      act (window, "test-mute-layer");
    }
  act_with (window, "test-brightest", g_variant_new_int32 (8));
  act (window, "test-again");
  WAIT (!ql_lab_test_is_comparing (tested (window)) && !ql_lab_test_is_asking (tested (window)));
  wait_score (window);
  gtk_widget_measure (GTK_WIDGET (card (window)), GTK_ORIENTATION_HORIZONTAL, -1, &least, &natural, NULL,
                      NULL);
  g_assert_cmpint (least, <=, 320);
  close_window (window);
}

int
main (int argc, char **argv)
{
  harness_init (&argc, &argv);
  g_test_add_func ("/interventions/mute", test_mute);
  g_test_add_func ("/interventions/no-queries", test_no_queries);
  g_test_add_func ("/interventions/maps", test_maps);
  g_test_add_func ("/interventions/brush", test_brush);
  g_test_add_func ("/interventions/brightest", test_brightest);
  g_test_add_func ("/interventions/stop", test_stop);
  g_test_add_func ("/interventions/leaving", test_leaving);
  g_test_add_func ("/interventions/faithfulness", test_faithfulness);
  g_test_add_func ("/interventions/narrow", test_narrow);
  return harness_run ();
}
