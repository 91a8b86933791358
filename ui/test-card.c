#include "ui/test-card.h"

#include <glib/gi18n.h>
#include <math.h>

#include "ui/test-text.h"
#include "ui/wrap-box.h"

/* What takes no longer tells of no progress: rows that come and go at once are a nuisance. */
#define PATIENCE_MS 400

struct _QlTestCard
{
  GtkWidget parent_instance;

  GtkWidget *impossible; /* in the place of all else */
  GtkWidget *possible;
  GtkWidget *head, *layer, *query;
  GtkWidget *changes; /* the list, and what comes of it */
  GtkWidget *list;
  GtkWidget *work; /* progress and Stop */
  GtkProgressBar *progress;
  GtkLabel *result, *queries, *brightest, *error, *answer;
  GtkWidget *again; /* after a failure or a stop */
  GtkWidget *rewritten; /* shows the new answer's maps */
  QlLab *lab;
  QlLabTest *test;
  guint patience; /* a source */
};

G_DEFINE_FINAL_TYPE (QlTestCard, ql_test_card, GTK_TYPE_WIDGET)

static void
set_text (GtkLabel *label, const char *text)
{
  gtk_label_set_text (label, text);
  gtk_widget_set_visible (GTK_WIDGET (label), *text != '\0');
}

/* ---- what is changed ---- */

static void
name_toggle (GtkWidget *button, const char *text)
{
  gtk_label_set_text (GTK_LABEL (gtk_button_get_child (GTK_BUTTON (button))), text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

static void
update_toggles (QlTestCard *self)
{
  QlTrace *trace = ql_lab_get_trace (self->lab);
  g_autofree char *head = NULL, *layer = NULL, *query = NULL;

  if (trace == NULL)
    return;
  head = g_strdup_printf (_ ("Mute Head %d"), ql_lab_get_head (self->lab));
  name_toggle (self->head, head);
  layer = g_strdup_printf (_ ("Mute Layer %d"),
                           ql_trace_get_layer_number (trace, ql_lab_get_layer (self->lab)));
  name_toggle (self->layer, layer);
  query = g_strdup_printf (_ ("Mute Query %d"), ql_lab_get_query (self->lab));
  name_toggle (self->query, query);
}

static GtkWidget *
new_item (const char *title, guint index)
{
  GtkWidget *button = gtk_button_new (), *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *label = gtk_label_new (title), *cross = gtk_image_new_from_icon_name ("window-close-symbolic");
  g_autofree char *name = g_strdup_printf (_ ("Take back: %s"), title);

  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_box_append (GTK_BOX (row), label);
  gtk_box_append (GTK_BOX (row), cross);
  gtk_button_set_child (GTK_BUTTON (button), row);
  gtk_widget_add_css_class (button, "ql-chip");
  gtk_widget_set_tooltip_text (button, name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (cross), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Take back"), -1);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "win.test-take-back");
  gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "u", index);
  return button;
}

static void
update_list (QlTestCard *self, QlIntervention *now)
{
  g_autoptr (GArray) items = ql_intervention_list (now);
  GtkWidget *child;
  int focused = -1, i = 0;

  for (child = gtk_widget_get_first_child (self->list); child != NULL;
       child = gtk_widget_get_next_sibling (child), i++)
    if (child == gtk_widget_get_focus_child (self->list))
      focused = i;
  while ((child = gtk_widget_get_first_child (self->list)) != NULL)
    gtk_widget_unparent (child);
  for (guint k = 0; k < items->len; k++)
    {
      g_autofree char *title = ql_intervention_item_title (now, &g_array_index (items, QlInterventionItem, k),
                                                           ql_lab_get_plain_trace (self->lab));

      child = new_item (title, k);
      gtk_widget_set_parent (child, self->list);
      /* Whoever takes back one after the other stays here. */
      if ((int) k <= focused)
        gtk_widget_grab_focus (child);
    }
}

/* ---- what came of it ---- */

static gboolean
patience_cb (gpointer data)
{
  QlTestCard *self = data;

  self->patience = 0;
  gtk_widget_set_visible (self->work, TRUE);
  return G_SOURCE_REMOVE;
}

static void
update_work (QlTestCard *self, QlLabTestState state)
{
  gboolean working = state == QL_LAB_TEST_WORKING || ql_lab_test_is_asking (self->test)
                     || ql_lab_test_is_comparing (self->test);

  gtk_progress_bar_set_fraction (self->progress, working ? ql_lab_test_get_fraction (self->test) : 0);
  if (working && self->patience == 0 && !gtk_widget_get_visible (self->work))
    self->patience = g_timeout_add (PATIENCE_MS, patience_cb, self);
  if (working)
    return;
  g_clear_handle_id (&self->patience, g_source_remove);
  gtk_widget_set_visible (self->work, FALSE);
}

static void
update_error (QlTestCard *self, QlLabTestState state)
{
  const GError *error = ql_lab_test_get_error (self->test);
  g_autofree char *text = NULL;

  if (error != NULL)
    text = g_strdup_printf (_ ("This could not be computed: %s"), error->message);
  else if (state == QL_LAB_TEST_STOPPED)
    text = g_strdup (_ ("Stopped."));
  set_text (self->error, text != NULL ? text : "");
  gtk_widget_set_visible (self->again, state == QL_LAB_TEST_FAILED || state == QL_LAB_TEST_STOPPED);
}

static void
update_results (QlTestCard *self)
{
  QlLabTestState state = ql_lab_test_get_state (self->test);
  QlTrace *plain = ql_lab_get_plain_trace (self->lab);
  g_autofree char *brightest = ql_test_brightest_text (self->test);
  g_autofree char *answer = plain != NULL ? ql_test_answer_text (self->test, plain) : g_strdup ("");

  /* While it is worked on, the earlier result stays, greyed: nothing jumps. */
  gtk_widget_set_sensitive (GTK_WIDGET (self->result), state != QL_LAB_TEST_WORKING);
  gtk_widget_set_sensitive (GTK_WIDGET (self->queries), state != QL_LAB_TEST_WORKING);
  if (state != QL_LAB_TEST_WORKING)
    {
      gboolean any = state == QL_LAB_TEST_READY && plain != NULL;
      g_autofree char *result
          = any ? ql_test_result_text (self->test, plain)
                : g_strdup (_ ("Leave something out and see what becomes of the answer: what a map shows is "
                               "where the model looked, not yet what it needed."));
      g_autofree char *queries = any ? ql_test_queries_text (self->test) : g_strdup ("");

      gtk_label_set_text (self->result, result);
      set_text (self->queries, queries);
    }
  set_text (self->brightest, brightest);
  set_text (self->answer, answer);
  gtk_widget_set_visible (self->rewritten, ql_lab_test_get_rewrite (self->test) != NULL);
  update_work (self, state);
  update_error (self, state);
}

static void
update (QlTestCard *self)
{
  QlIntervention *now = ql_lab_test_get_intervention (self->test);
  gboolean possible = ql_lab_test_is_possible (self->test);

  gtk_widget_set_visible (self->impossible, !possible);
  gtk_widget_set_visible (self->possible, possible);
  gtk_widget_set_visible (self->changes, now != NULL && !ql_intervention_is_empty (now));
}

static void
tested_cb (QlLabTest *test, guint change, QlTestCard *self)
{
  QlIntervention *now = ql_lab_test_get_intervention (test);

  update (self);
  if (now != NULL && (change & QL_LAB_TEST_CHANGED_INTERVENTION) != 0)
    update_list (self, now);
  update_results (self);
}

static void
changed_cb (QlLab *lab, guint change, QlTestCard *self)
{
  if ((change & (QL_LAB_CHANGED_MAP | QL_LAB_CHANGED_TRACE)) != 0)
    update_toggles (self);
}

/* ---- life ---- */

static void
ql_test_card_dispose (GObject *object)
{
  QlTestCard *self = QL_TEST_CARD (object);
  GtkWidget *child;

  g_clear_handle_id (&self->patience, g_source_remove);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  g_clear_object (&self->test);
  g_clear_object (&self->lab);
  G_OBJECT_CLASS (ql_test_card_parent_class)->dispose (object);
}

static void
ql_test_card_class_init (QlTestCardClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (QL_TYPE_WRAP_BOX);
  G_OBJECT_CLASS (klass)->dispose = ql_test_card_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/qlens/Qlens/test-card.ui");
  gtk_widget_class_bind_template_child (widget_class, QlTestCard, impossible);
  gtk_widget_class_bind_template_child (widget_class, QlTestCard, possible);
  gtk_widget_class_bind_template_child (widget_class, QlTestCard, head);
  gtk_widget_class_bind_template_child (widget_class, QlTestCard, layer);
  gtk_widget_class_bind_template_child (widget_class, QlTestCard, query);
  gtk_widget_class_bind_template_child (widget_class, QlTestCard, changes);
  gtk_widget_class_bind_template_child (widget_class, QlTestCard, list);
  gtk_widget_class_bind_template_child (widget_class, QlTestCard, work);
  gtk_widget_class_bind_template_child (widget_class, QlTestCard, progress);
  gtk_widget_class_bind_template_child (widget_class, QlTestCard, result);
  gtk_widget_class_bind_template_child (widget_class, QlTestCard, queries);
  gtk_widget_class_bind_template_child (widget_class, QlTestCard, brightest);
  gtk_widget_class_bind_template_child (widget_class, QlTestCard, error);
  gtk_widget_class_bind_template_child (widget_class, QlTestCard, answer);
  gtk_widget_class_bind_template_child (widget_class, QlTestCard, again);
  gtk_widget_class_bind_template_child (widget_class, QlTestCard, rewritten);
}

static void
ql_test_card_init (QlTestCard *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
ql_test_card_set_lab (QlTestCard *self, QlLab *lab)
{
  g_return_if_fail (self->lab == NULL);
  self->lab = g_object_ref (lab);
  self->test = g_object_ref (ql_lab_get_test (lab));
  g_signal_connect_object (lab, "changed", G_CALLBACK (changed_cb), self, 0);
  g_signal_connect_object (self->test, "changed", G_CALLBACK (tested_cb), self, 0);
  changed_cb (lab, QL_LAB_CHANGED_MAP, self);
  tested_cb (self->test, QL_LAB_TEST_CHANGED_INTERVENTION, self);
}

GtkLabel *
ql_test_card_get_result (QlTestCard *self)
{
  return self->result;
}

GtkLabel *
ql_test_card_get_queries (QlTestCard *self)
{
  return self->queries;
}

GtkLabel *
ql_test_card_get_brightest (QlTestCard *self)
{
  return self->brightest;
}

GtkLabel *
ql_test_card_get_answer (QlTestCard *self)
{
  return self->answer;
}

GtkWidget *
ql_test_card_get_list (QlTestCard *self)
{
  return self->list;
}
