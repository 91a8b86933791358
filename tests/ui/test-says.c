/* What queries say, matching, and the mask playground, in the window: what is said equals the engine's numbers. */
#include "tests/ui/harness.h"

#include <math.h>
#include <string.h>

#include "app/lab-mask.h"
#include "app/lab-queries.h"
#include "ui/cosine-lane.h"
#include "ui/map-view.h"
#include "ui/mask-view.h"
#include "ui/masks-page.h"
#include "ui/match-card.h"
#include "ui/query-card.h"
#include "ui/similarity-view.h"

#define SAMPLE "12-carrot-watermelon.png"

static void
act_with (QlWindow *window, const char *name, GVariant *parameter)
{
  g_assert_true (enabled (window, name));
  g_action_group_activate_action (G_ACTION_GROUP (window), name, parameter);
}

/* What a key does that is bound to the widget's class. */
static void
press (GtkWidget *widget, guint keyval)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (widget);
  g_autoptr (GtkShortcutTrigger) wanted = gtk_keyval_trigger_new (keyval, 0);

  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GObject) controller = g_list_model_get_item (controllers, i);

      if (!GTK_IS_SHORTCUT_CONTROLLER (controller))
        continue;
      for (guint k = 0; k < g_list_model_get_n_items (G_LIST_MODEL (controller)); k++)
        {
          g_autoptr (GtkShortcut) shortcut = g_list_model_get_item (G_LIST_MODEL (controller), k);

          if (!gtk_shortcut_trigger_equal (gtk_shortcut_get_trigger (shortcut), wanted))
            continue;
          g_assert_true (gtk_shortcut_action_activate (gtk_shortcut_get_action (shortcut),
                                                       GTK_SHORTCUT_ACTION_EXCLUSIVE, widget,
                                                       gtk_shortcut_get_arguments (shortcut)));
          return;
        }
    }
  g_error ("no key %s", gdk_keyval_name (keyval));
}

static void
assert_description (gpointer widget, const char *text)
{
  gtk_test_accessible_assert_property (widget, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text);
}

/* Whether a label that can be seen, somewhere below, has @part in it. */
static gboolean
says (GtkWidget *root, const char *part)
{
  if (!gtk_widget_get_mapped (root))
    return FALSE;
  if (GTK_IS_LABEL (root) && strstr (gtk_label_get_text (GTK_LABEL (root)), part) != NULL)
    return TRUE;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (says (child, part))
      return TRUE;
  return FALSE;
}

/* Whether one of those labels is @text. */
static gboolean
has_label (GtkWidget *root, const char *text)
{
  if (GTK_IS_LABEL (root) && g_str_equal (gtk_label_get_text (GTK_LABEL (root)), text))
    return TRUE;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (has_label (child, text))
      return TRUE;
  return FALSE;
}

static void
show (QlWindow *window, const char *page)
{
  gtk_stack_set_visible_child_name (window->pages, page);
}

/* ---- masks ---- */

static GtkWidget *
open_masks (QlWindow *window, QlLabMask **mask)
{
  open_sample (window, SAMPLE);
  show (window, "masks");
  *mask = ql_lab_get_mask (window->lab);
  WAIT (ql_lab_mask_get_state (*mask) == QL_ASK_READY);
  WAIT (gtk_widget_get_mapped (find_type (GTK_WIDGET (window->pages), QL_TYPE_MASK_VIEW)));
  return find_type (GTK_WIDGET (window->pages), QL_TYPE_MASK_VIEW);
}

static void
test_keys (void)
{
  QlWindow *window = new_window ();
  QlLabMask *mask;
  GtkWidget *view = open_masks (window, &mask);
  int n = ql_lab_mask_get_n_rows (mask), row, column;

  g_assert_cmpstr (ql_lab_mask_get_text (mask), ==, sample_caption (SAMPLE));
  assert_description (view, "query 0 sees query 0");
  press (view, GDK_KEY_Left); /* not out of it */
  press (view, GDK_KEY_Right);
  press (view, GDK_KEY_End);
  press (view, GDK_KEY_Home);
  for (int i = 0; i < 34; i++)
    press (view, GDK_KEY_Down);
  press (view, GDK_KEY_Right);
  press (view, GDK_KEY_Right);
  assert_description (view, "“blue” sees query 2");
  press (view, GDK_KEY_space);
  assert_description (view, "“blue” does not see query 2 (changed)");
  g_assert_false (ql_lab_mask_get_cell (mask, 34, 2));
  g_assert_true (says (GTK_WIDGET (window->pages), "1 cell changed"));
  g_assert_true (says (GTK_WIDGET (window->pages), "“blue” does not see query 2 (changed)"));
  press (view, GDK_KEY_space);
  assert_description (view, "“blue” sees query 2");
  press (view, GDK_KEY_r);
  g_assert_cmpint (ql_lab_mask_get_n_changed (mask), ==, n);
  press (view, GDK_KEY_c); /* of the column one row did not see it */
  g_assert_cmpint (ql_lab_mask_get_n_changed (mask), ==, n - 1);
  act (window, "mask-reset");
  g_assert_cmpint (ql_lab_mask_get_n_changed (mask), ==, 0);
  g_assert_true (ql_mask_view_get_cursor (QL_MASK_VIEW (view), &row, &column));
  g_assert_cmpint (row, ==, 34);

  g_assert_false (ql_mask_view_can_zoom (QL_MASK_VIEW (view), -1));
  press (view, GDK_KEY_plus);
  press (view, GDK_KEY_plus);
  press (view, GDK_KEY_plus);
  g_assert_false (ql_mask_view_can_zoom (QL_MASK_VIEW (view), 1));
  WAIT (gtk_widget_get_width (view) > 700 && gtk_widget_get_height (view) > 700);
  press (view, GDK_KEY_minus);
  g_assert_true (ql_mask_view_can_zoom (QL_MASK_VIEW (view), 1));
  close_window (window);
}

static void
test_run (void)
{
  QlWindow *window = new_window ();
  QlLabMask *mask;
  GtkWidget *pages = GTK_WIDGET (window->pages);
  const QlMaskScore *score, *preset;
  g_autofree char *sentence = NULL, *likeness = NULL, *change = NULL;
  double delta;

  open_masks (window, &mask);
  act_with (window, "mask-text", g_variant_new_string ("a blue carrot"));
  WAIT (ql_lab_mask_get_state (mask) == QL_ASK_READY && ql_lab_mask_get_n_rows (mask) == 32 + 5);
  WAIT (says (pages, "Judged by"));
  act_with (window, "mask-preset", g_variant_new_string ("itc"));
  g_assert_cmpint (ql_lab_mask_get_preset (mask), ==, QL_MASK_ITC);
  g_assert_true (says (pages, "Image–text contrast"));
  act_with (window, "mask-preset", g_variant_new_string ("itg"));
  act_with (window, "mask-preset", g_variant_new_string ("nothing"));
  g_assert_cmpint (ql_lab_mask_get_preset (mask), ==, QL_MASK_ITG);
  {
    g_autoptr (GVariant) state = g_action_group_get_action_state (G_ACTION_GROUP (window), "mask-preset");

    g_assert_cmpstr (g_variant_get_string (state, NULL), ==, "itg");
  }
  g_assert_true (says (pages, "[DEC]") || ql_lab_mask_get_token (mask, 0)[1] == 'D');

  /* The text sees no query: it is written blindly. */
  for (int row = 32; row < 37; row++)
    for (int query = 0; query < 32; query++)
      act_with (window, "mask-cell", g_variant_new ("(ii)", row, query));
  g_assert_cmpint (ql_lab_mask_get_n_changed (mask), ==, 5 * 32);
  act (window, "mask-run");
  g_assert_false (enabled (window, "mask-run"));
  g_assert_true (enabled (window, "mask-stop"));
  WAIT (ql_lab_mask_get_score (mask) != NULL);
  score = ql_lab_mask_get_score (mask);
  preset = ql_lab_mask_get_preset_score (mask, QL_MASK_ITG);
  g_assert_cmpfloat (score->sum, <, preset->sum); /* "a blue carrot" was there to be seen */
  sentence = g_strdup_printf ("Under this mask: match %.1f %%, likeness", score->itm * 100);
  likeness = g_strdup_printf ("%.3f (query %d), log p of the text −%.2f", fabs (score->itc), score->itc_query,
                              -score->sum);
  delta = score->sum - preset->sum;
  change = g_strdup_printf ("−%.2f", -delta);
  WAIT (says (pages, sentence));
  g_assert_true (says (pages, likeness));
  {
    g_autofree char *told = ql_lab_mask_describe_score (mask);

    g_assert_nonnull (strstr (told, sentence));
    gtk_test_accessible_assert_property (window->live, GTK_ACCESSIBLE_PROPERTY_LABEL, told);
  }
  g_assert_true (says (pages, "Change to ITG"));
  g_assert_true (says (pages, change));
  for (int i = 0; i + 1 < 5; i++)
    {
      g_autofree char *mine = g_strdup_printf ("%.2f", -score->log_probs[i]);

      g_assert_true (says (pages, ql_lab_mask_get_token (mask, i + 1)));
      g_assert_true (says (pages, mine));
    }
  g_assert_false (has_label (pages, "−0.00"));
  g_assert_true (has_label (pages, change));

  /* A text that cannot be read says so and is no dead end. */
  {
    g_autofree char *much = g_strnfill (8000, 'a');

    for (int i = 1; i < 8000; i += 2)
      much[i] = ' ';
    act_with (window, "mask-text", g_variant_new_string (much));
  }
  WAIT (ql_lab_mask_get_state (mask) == QL_ASK_FAILED);
  WAIT (says (pages, "The text could not be read"));
  g_assert_false (enabled (window, "mask-run"));
  act_with (window, "mask-text", g_variant_new_string (""));
  WAIT (ql_lab_mask_get_state (mask) == QL_ASK_READY);
  g_assert_cmpstr (ql_lab_mask_get_text (mask), ==, sample_caption (SAMPLE));
  close_window (window);
}

/* ---- queries ---- */

static QlLabQueries *
open_attention (QlWindow *window)
{
  QlLabQueries *queries;

  open_sample (window, SAMPLE);
  show (window, "attention");
  queries = ql_lab_get_queries (window->lab);
  WAIT (ql_lab_get_trace (window->lab) != NULL);
  /* by itself: the demo model is small */
  WAIT (ql_lab_queries_get_report (queries) != NULL);
  return queries;
}

static void
test_query (void)
{
  QlWindow *window = new_window ();
  QlLabQueries *queries = open_attention (window);
  QlQueryReport *report = ql_lab_queries_get_report (queries);
  GtkWidget *card = find_type (GTK_WIDGET (window->pages), QL_TYPE_QUERY_CARD);
  GtkWidget *similarity;
  g_autofree char *first = NULL, *likest_text = NULL, *alone = NULL, *description = NULL;
  const QlNearToken *near;
  int n, likest;

  act_with (window, "query", g_variant_new_int32 (9));
  WAIT (says (card, "What query 9 says"));
  near = ql_query_report_get_near (report, 9, &n);
  g_assert_cmpint (n, >, 0);
  for (int i = 0; i < n; i++)
    {
      g_autofree char *text = g_strdup_printf ("“%s” %.2f", near[i].text, near[i].cosine);

      WAIT (says (card, text));
    }
  likest = ql_query_report_get_likest (report, QL_SIMILARITY_OUTPUT, 9);
  likest_text = g_strdup_printf ("%d (%.3f)", likest,
                                 ql_query_report_get_similarity (report, QL_SIMILARITY_OUTPUT, 9, likest));
  WAIT (says (card, likest_text));
  description = g_strdup_printf ("Query 9 is most like query %d (%.2f)", likest,
                                 ql_query_report_get_similarity (report, QL_SIMILARITY_OUTPUT, 9, likest));
  gtk_expander_set_expanded (GTK_EXPANDER (find_type (card, GTK_TYPE_EXPANDER)), TRUE);
  similarity = find_type (card, QL_TYPE_SIMILARITY_VIEW);
  assert_description (similarity, description);

  act (window, "query-caption");
  g_assert_true (enabled (window, "query-stop"));
  WAIT (ql_lab_queries_get_caption (queries, 9) != NULL);
  alone = g_strdup_printf ("From this query alone: “%s”", ql_lab_queries_get_caption (queries, 9));
  WAIT (says (card, alone));
  /* of another query it is not known, and of this one it is not forgotten */
  press (similarity, GDK_KEY_Right);
  g_assert_cmpint (ql_lab_get_query (window->lab), ==, 10);
  WAIT (says (card, "What query 10 says") && !says (card, alone));
  press (similarity, GDK_KEY_Up);
  WAIT (says (card, alone));
  press (similarity, GDK_KEY_Right);
  act (window, "query-caption");
  press (similarity, GDK_KEY_Right); /* what works is stopped, whatever is selected by now */
  act (window, "query-stop");
  g_assert_false (enabled (window, "query-stop"));
  g_assert_cmpint (ql_lab_queries_get_caption_state (queries, 10), ==, QL_ASK_NONE);
  close_window (window);
}

static void
test_match (void)
{
  QlWindow *window = new_window ();
  QlLabQueries *queries = open_attention (window);
  GtkWidget *card = find_type (GTK_WIDGET (window->pages), QL_TYPE_MATCH_CARD);
  GtkWidget *lane = find_type (card, QL_TYPE_COSINE_LANE), *view = find_type (card, QL_TYPE_MAP_VIEW);
  const QlMatchReport *match;
  g_autofree char *percent = NULL, *text = NULL, *winner = NULL, *sentence = NULL;
  int won;

  g_assert_false (gtk_widget_get_mapped (lane));
  act_with (window, "match-text", g_variant_new_string ("a blue carrot"));
  WAIT (ql_lab_queries_get_match (queries) != NULL);
  match = ql_lab_queries_get_match (queries);
  won = match->itc_query;
  percent = ql_percent_text (match->itm);
  text = g_strdup_printf ("“a blue carrot”: match %s, likeness %.3f; query %d won", percent, match->itc, won);
  WAIT (says (card, text));
  winner = g_strdup_printf ("Query %d: %.3f", won, match->cosines[won]);
  assert_description (lane, winner);
  sentence = ql_map_describe (ql_map_view_get_map (QL_MAP_VIEW (view)));
  g_assert_cmpint (ql_map_get_key (ql_map_view_get_map (QL_MAP_VIEW (view)))->query, ==, won);
  gtk_test_accessible_assert_property (view, GTK_ACCESSIBLE_PROPERTY_LABEL, sentence);
  WAIT (says (card, sentence));

  press (lane, won < 31 ? GDK_KEY_Right : GDK_KEY_Left);
  g_assert_cmpint (ql_cosine_lane_get_selected (QL_COSINE_LANE (lane)), ==, won < 31 ? won + 1 : won - 1);
  g_assert_cmpint (ql_map_get_key (ql_map_view_get_map (QL_MAP_VIEW (view)))->query, ==,
                   ql_cosine_lane_get_selected (QL_COSINE_LANE (lane)));
  /* it is another model's query: the answer's selection stays */
  act_with (window, "match-text", g_variant_new_string ("a red watermelon"));
  WAIT (ql_lab_queries_get_match_state (queries) == QL_ASK_READY
        && g_str_equal (ql_lab_queries_get_match (queries)->text, "a red watermelon"));
  g_assert_cmpint (ql_cosine_lane_get_selected (QL_COSINE_LANE (lane)), ==,
                   ql_lab_queries_get_match (queries)->itc_query);
  close_window (window);
}

static void
test_disabled (void)
{
  static const char *const actions[] = { "query-report", "query-caption", "query-stop", "match-text",
                                         "mask-run",     "mask-cell",     "mask-reset", "mask-stop" };
  QlWindow *window = new_window ();

  for (gsize i = 0; i < G_N_ELEMENTS (actions); i++)
    g_assert_false (enabled (window, actions[i]));
  close_window (window);
}

/* No page asks for more than a narrow window has. */
static void
test_width (void)
{
  QlWindow *window = new_window ();
  QlLabMask *mask;
  int least;

  open_masks (window, &mask);
  gtk_widget_measure (GTK_WIDGET (gtk_stack_get_child_by_name (window->pages, "masks")),
                      GTK_ORIENTATION_HORIZONTAL, -1, &least, NULL, NULL, NULL);
  g_assert_cmpint (least, <=, 360);
  gtk_widget_measure (GTK_WIDGET (gtk_stack_get_child_by_name (window->pages, "attention")),
                      GTK_ORIENTATION_HORIZONTAL, -1, &least, NULL, NULL, NULL);
  g_assert_cmpint (least, <=, 360);
  close_window (window);
}

int
main (int argc, char **argv)
{
  harness_init (&argc, &argv);
  g_test_add_func ("/ui/says/mask-keys", test_keys);
  g_test_add_func ("/ui/says/mask-run", test_run);
  g_test_add_func ("/ui/says/query", test_query);
  g_test_add_func ("/ui/says/match", test_match);
  g_test_add_func ("/ui/says/disabled", test_disabled);
  g_test_add_func ("/ui/says/width", test_width);
  return harness_run ();
}
