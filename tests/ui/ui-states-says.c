/* What the model is asked about its insides: masks, what a query says, a text that is matched. */

#include "app/lab-mask.h"
#include "app/lab-queries.h"
#include "tests/ui/ui-states-private.h"
#include "ui/match-card.h"
#include "ui/query-card.h"

static void
act_with (QlWindow *window, const char *name, GVariant *parameter)
{
  g_action_group_activate_action (G_ACTION_GROUP (window), name, parameter);
}

static GtkWindow *
enter_masks (QlWindow *window)
{
  ui_enter_ready (window);
  gtk_stack_set_visible_child_name (window->pages, "masks");
  WAIT (ql_lab_mask_get_state (ql_lab_get_mask (window->lab)) == QL_ASK_READY);
  return NULL;
}

static GtkWindow *
enter_masks_changed (QlWindow *window)
{
  QlLabMask *mask = ql_lab_get_mask (window->lab);

  enter_masks (window);
  act_with (window, "mask-preset", g_variant_new_string ("itg"));
  act_with (window, "mask-cell", g_variant_new ("(ii)", 34, -1));
  act_with (window, "mask-cell", g_variant_new ("(ii)", -1, 4));
  act_with (window, "mask-run", NULL);
  WAIT (ql_lab_mask_get_score (mask) != NULL);
  return NULL;
}

static GtkWindow *
enter_masks_no_text (QlWindow *window)
{
  ui_enter_ready (window);
  gtk_stack_set_visible_child_name (window->pages, "masks");
  act_with (window, "mask-text", g_variant_new_take_string (g_strnfill (1900, '.')));
  WAIT (ql_lab_mask_get_state (ql_lab_get_mask (window->lab)) == QL_ASK_FAILED);
  return NULL;
}

/* Down to the cards, which are the last ones. */
static void
scroll_to_end (GtkWidget *card)
{
  GtkWidget *scroller = gtk_widget_get_ancestor (card, GTK_TYPE_SCROLLED_WINDOW);
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scroller));

  /* what is new there gets its room in the next frames */
  for (int i = 0; i < 10; i++)
    {
      g_usleep (20000);
      while (g_main_context_iteration (NULL, FALSE))
        ;
      gtk_adjustment_set_value (adjustment, gtk_adjustment_get_upper (adjustment));
    }
}

static GtkWindow *
enter_query_says (QlWindow *window)
{
  QlLabQueries *queries = ql_lab_get_queries (window->lab);
  GtkWidget *page = gtk_stack_get_child_by_name (window->pages, "attention");

  ui_enter_ready (window);
  gtk_stack_set_visible_child_name (window->pages, "attention");
  WAIT (ql_lab_queries_get_report (queries) != NULL);
  act_with (window, "query-caption", NULL);
  WAIT (ql_lab_queries_get_caption (queries, ql_lab_get_query (window->lab)) != NULL);
  gtk_expander_set_expanded (GTK_EXPANDER (find_type (page, GTK_TYPE_EXPANDER)), TRUE);
  scroll_to_end (find_type (page, QL_TYPE_QUERY_CARD));
  return NULL;
}

static GtkWindow *
enter_match (QlWindow *window)
{
  QlLabQueries *queries = ql_lab_get_queries (window->lab);

  ui_enter_ready (window);
  gtk_stack_set_visible_child_name (window->pages, "attention");
  WAIT (ql_lab_queries_get_report (queries) != NULL);
  act_with (window, "match-text", g_variant_new_string ("a blue carrot to the left of a watermelon"));
  WAIT (ql_lab_queries_get_match (queries) != NULL);
  scroll_to_end (find_type (GTK_WIDGET (window->pages), QL_TYPE_MATCH_CARD));
  return NULL;
}

const UiState ui_states_says[] = {
  { "masks", enter_masks },
  { "masks-changed", enter_masks_changed },
  { "masks-no-text", enter_masks_no_text },
  { "query-says", enter_query_says },
  { "match", enter_match },
  { NULL },
};
