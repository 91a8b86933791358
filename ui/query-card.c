#include "ui/query-card.h"

#include <glib/gi18n.h>

#include "ui/similarity-view.h"

#define N_LIKEST 3

struct _QlQueryCard
{
  GtkWidget parent_instance;

  GtkLabel *title;
  GtkStack *stack; /* "report", or "message" in its place */
  GtkLabel *message;
  GtkSpinner *spinner;
  GtkWidget *ask, *stop_report;
  GtkWidget *near_title, *near, *likest;
  GtkWidget *caption_button, *stop_caption;
  GtkSpinner *caption_spinner;
  GtkLabel *caption;
  GtkDropDown *which;
  QlSimilarityView *similarity;
  QlLab *lab;
  QlLabQueries *queries;
  gboolean updating;
};

G_DEFINE_FINAL_TYPE (QlQueryCard, ql_query_card, GTK_TYPE_WIDGET)

static void
clear (GtkWidget *box)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (box)) != NULL)
    gtk_widget_unparent (child);
}

static void
spin (GtkSpinner *spinner, gboolean working)
{
  gtk_widget_set_visible (GTK_WIDGET (spinner), working);
  gtk_spinner_set_spinning (spinner, working);
}

/* ---- while there is no report ---- */

static void
update_message (QlQueryCard *self)
{
  const char *why_not = ql_lab_queries_why_not (self->queries);
  QlAskState state = ql_lab_queries_get_report_state (self->queries);
  g_autofree char *text = NULL;

  if (state == QL_ASK_WORKING)
    text = g_strdup (_ ("The queries are compared with the words…"));
  else if (why_not != NULL)
    text = g_strdup (why_not);
  else if (state == QL_ASK_FAILED)
    text = g_strdup_printf (_ ("This could not be looked up: %s"),
                            ql_lab_queries_get_error (self->queries)->message);
  else
    text = g_strdup (_ ("Which words the language model would say are near to this query."));
  gtk_label_set_text (self->message, text);
  spin (self->spinner, state == QL_ASK_WORKING);
  gtk_widget_set_visible (self->ask, state != QL_ASK_WORKING && why_not == NULL);
  gtk_widget_set_visible (self->stop_report, state == QL_ASK_WORKING);
}

/* ---- the report ---- */

static void
update_near (QlQueryCard *self, QlQueryReport *report, int query)
{
  int n;
  const QlNearToken *near = ql_query_report_get_near (report, query, &n);

  clear (self->near);
  for (int i = 0; i < n; i++)
    {
      /* Translators: a word and its cosine: "“donut” 0.61" */
      g_autofree char *text = g_strdup_printf (_ ("“%s” %.2f"), near[i].text, near[i].cosine);
      GtkWidget *label = gtk_label_new (text);

      gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
      gtk_label_set_max_width_chars (GTK_LABEL (label), 24);
      gtk_widget_add_css_class (label, "ql-chip");
      gtk_widget_set_parent (label, self->near);
    }
  gtk_widget_set_visible (self->near_title, n > 0);
  gtk_widget_set_visible (self->near, n > 0);
}

static void
update_likest (QlQueryCard *self, QlQueryReport *report, int query)
{
  QlSimilarity which = ql_lab_queries_get_similarity (self->queries);
  int n = ql_query_report_get_n_queries (report), used[N_LIKEST];

  clear (self->likest);
  for (int i = 0; i < MIN (N_LIKEST, n - 1); i++)
    {
      int best = -1;
      GtkWidget *button;
      g_autofree char *text = NULL, *name = NULL;
      double most = -2;

      for (int other = 0; other < n; other++)
        {
          double value = ql_query_report_get_similarity (report, which, query, other);
          gboolean is_used = other == query;

          for (int k = 0; k < i; k++)
            is_used |= used[k] == other;
          if (!is_used && value > most)
            {
              most = value;
              best = other;
            }
        }
      used[i] = best;
      /* Translators: a query's number and how alike it is to the selected one: "12 (0.931)" */
      text = g_strdup_printf (_ ("%d (%.3f)"), best, most);
      /* Translators: the same for screen readers: "query 12 (0.931)" */
      name = g_strdup_printf (_ ("query %d (%.3f)"), best, most);
      button = gtk_button_new_with_label (text);
      gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
      gtk_widget_add_css_class (button, "flat");
      gtk_widget_add_css_class (button, "ql-look");
      gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "win.query");
      gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "i", best);
      gtk_widget_set_parent (button, self->likest);
    }
}

static void
update_caption (QlQueryCard *self, int query)
{
  QlAskState state = ql_lab_queries_get_caption_state (self->queries, query);
  const char *caption = ql_lab_queries_get_caption (self->queries, query);
  g_autofree char *text = NULL;

  if (state == QL_ASK_FAILED)
    text = g_strdup_printf (_ ("Nothing could be written: %s"),
                            ql_lab_queries_get_error (self->queries)->message);
  else if (caption != NULL && *caption == '\0')
    text = g_strdup (_ ("From this query alone the model writes nothing."));
  else if (caption != NULL)
    /* Translators: what a model wrote. */
    text = g_strdup_printf (_ ("From this query alone: “%s”"), caption);
  gtk_label_set_text (self->caption, text != NULL ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (self->caption), text != NULL);
  spin (self->caption_spinner, state == QL_ASK_WORKING);
  gtk_widget_set_visible (self->caption_button, state == QL_ASK_NONE || state == QL_ASK_FAILED);
  gtk_widget_set_visible (self->stop_caption, state == QL_ASK_WORKING);
}

static void
update (QlQueryCard *self)
{
  QlQueryReport *report = ql_lab_queries_get_report (self->queries);
  int query = ql_lab_get_query (self->lab);
  g_autofree char *title = g_strdup_printf (_ ("What query %d says"), query);

  gtk_label_set_text (self->title, title);
  gtk_stack_set_visible_child_name (self->stack, report != NULL ? "report" : "message");
  if (report == NULL || query >= ql_query_report_get_n_queries (report))
    {
      update_message (self);
      return;
    }
  update_near (self, report, query);
  update_likest (self, report, query);
  update_caption (self, query);
  self->updating = TRUE;
  gtk_drop_down_set_selected (self->which, ql_lab_queries_get_similarity (self->queries));
  self->updating = FALSE;
  gtk_widget_set_visible (GTK_WIDGET (self->which), ql_query_report_has (report, QL_SIMILARITY_PROJECTED));
}

/* Small models are asked by themselves, once somebody can see the answer and nothing else is being done. */
static void
look (QlQueryCard *self)
{
  if (self->queries != NULL && gtk_widget_get_mapped (GTK_WIDGET (self))
      && ql_lab_queries_get_report_state (self->queries) == QL_ASK_NONE
      && ql_lab_queries_get_match_state (self->queries) != QL_ASK_WORKING
      && ql_lab_queries_is_quick (self->queries))
    ql_lab_queries_ask_report (self->queries);
}

static void
changed_cb (QlQueryCard *self)
{
  update (self);
}

static void
lab_changed_cb (QlLab *lab, guint change, QlQueryCard *self)
{
  if ((change & (QL_LAB_CHANGED_TRACE | QL_LAB_CHANGED_MAP)) != 0)
    update (self);
  if ((change & QL_LAB_CHANGED_TRACE) != 0)
    look (self);
}

static void
which_cb (QlQueryCard *self)
{
  if (!self->updating)
    ql_lab_queries_set_similarity (self->queries, (QlSimilarity) gtk_drop_down_get_selected (self->which));
}

/* ---- life ---- */

static void
ql_query_card_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (ql_query_card_parent_class)->map (widget);
  look (QL_QUERY_CARD (widget));
}

static void
ql_query_card_dispose (GObject *object)
{
  QlQueryCard *self = QL_QUERY_CARD (object);
  GtkWidget *child;

  self->updating = TRUE;
  if (self->near != NULL)
    clear (self->near);
  if (self->likest != NULL)
    clear (self->likest);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  self->near = self->likest = NULL;
  g_clear_object (&self->queries);
  g_clear_object (&self->lab);
  G_OBJECT_CLASS (ql_query_card_parent_class)->dispose (object);
}

static void
ql_query_card_class_init (QlQueryCardClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (QL_TYPE_SIMILARITY_VIEW);
  G_OBJECT_CLASS (klass)->dispose = ql_query_card_dispose;
  widget_class->map = ql_query_card_map;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/qlens/Qlens/query-card.ui");
  gtk_widget_class_bind_template_child (widget_class, QlQueryCard, title);
  gtk_widget_class_bind_template_child (widget_class, QlQueryCard, stack);
  gtk_widget_class_bind_template_child (widget_class, QlQueryCard, message);
  gtk_widget_class_bind_template_child (widget_class, QlQueryCard, spinner);
  gtk_widget_class_bind_template_child (widget_class, QlQueryCard, ask);
  gtk_widget_class_bind_template_child (widget_class, QlQueryCard, stop_report);
  gtk_widget_class_bind_template_child (widget_class, QlQueryCard, near_title);
  gtk_widget_class_bind_template_child (widget_class, QlQueryCard, near);
  gtk_widget_class_bind_template_child (widget_class, QlQueryCard, likest);
  gtk_widget_class_bind_template_child (widget_class, QlQueryCard, caption_button);
  gtk_widget_class_bind_template_child (widget_class, QlQueryCard, stop_caption);
  gtk_widget_class_bind_template_child (widget_class, QlQueryCard, caption_spinner);
  gtk_widget_class_bind_template_child (widget_class, QlQueryCard, caption);
  gtk_widget_class_bind_template_child (widget_class, QlQueryCard, which);
  gtk_widget_class_bind_template_child (widget_class, QlQueryCard, similarity);
}

static void
ql_query_card_init (QlQueryCard *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (self->which, "notify::selected", G_CALLBACK (which_cb), self, G_CONNECT_SWAPPED);
}

void
ql_query_card_set_lab (QlQueryCard *self, QlLab *lab)
{
  g_return_if_fail (self->lab == NULL);
  self->lab = g_object_ref (lab);
  self->queries = g_object_ref (ql_lab_get_queries (lab));
  ql_similarity_view_set_lab (self->similarity, lab);
  g_signal_connect_object (lab, "changed", G_CALLBACK (lab_changed_cb), self, 0);
  g_signal_connect_object (self->queries, "changed", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  update (self);
}
