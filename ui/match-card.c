#include "ui/match-card.h"

#include <glib/gi18n.h>

#include "ui/cosine-lane.h"
#include "ui/map-view.h"

struct _QlMatchCard
{
  GtkWidget parent_instance;

  GtkEntry *text;
  GtkWidget *match_button, *stop_match;
  GtkSpinner *spinner;
  GtkLabel *result;
  QlCosineLane *lane;
  GtkLabel *where;
  QlMapView *map_view;
  GtkLabel *model_label;
  QlLab *lab;
  QlLabQueries *queries;
  const QlMatchReport *shown; /* nullable: not owned, and never looked into: to see that it is another one */
};

G_DEFINE_FINAL_TYPE (QlMatchCard, ql_match_card, GTK_TYPE_WIDGET)

/* Where a query of the retrieval model looks: in its last layer with cross-attention, the mean of the heads. */
static void
show_query (QlMatchCard *self, int query)
{
  const QlMatchReport *match = ql_lab_queries_get_match (self->queries);
  g_autoptr (QlMap) map = NULL;
  g_autofree char *sentence = NULL;
  QlMapLook look;
  QlMapKey key = { .query = query, .method = QL_MAP_HEAD_MEAN };

  if (match == NULL)
    return;
  key.layer = ql_trace_get_n_layers (match->trace) - 1;
  ql_lab_get_look (self->lab, &look);
  look.scale = QL_MAP_SCALE_OWN; /* another model's: nothing to share */
  map = ql_map_new (match->trace, &key);
  sentence = ql_map_describe (map);
  gtk_label_set_text (self->where, sentence);
  ql_map_view_set_map (self->map_view, map, &look);
}

static void
selected_cb (QlCosineLane *lane, int query, QlMatchCard *self)
{
  show_query (self, query);
}

static void
show_match (QlMatchCard *self, const QlMatchReport *match)
{
  g_autofree char *itm = ql_percent_text (match->itm), *text = NULL, *model = NULL;
  QlTrace *trace = ql_lab_get_trace (self->lab);
  gboolean other;

  /* Translators: a text; how sure a model is that it matches the picture; how like they are by the best
   * query, whose number follows. */
  text = g_strdup_printf (_ ("“%s”: match %s, likeness %.3f; query %d won"), match->text, itm, match->itc,
                          match->itc_query);
  /* The answer's own model may be able to match, too. */
  other = g_strcmp0 (ql_trace_get_fingerprint (match->trace),
                     trace != NULL ? ql_trace_get_fingerprint (trace) : NULL)
          != 0;
  model = g_strdup_printf (other ? _ ("Judged by %s; its queries are not those of the answer’s model.")
                                 : _ ("Judged by %s"),
                           match->model_name);
  gtk_label_set_text (self->result, text);
  gtk_label_set_text (self->model_label, model);
  if (match == self->shown)
    return;
  if (*gtk_editable_get_text (GTK_EDITABLE (self->text)) == '\0')
    gtk_editable_set_text (GTK_EDITABLE (self->text), match->text); /* it was asked for by another way */
  ql_cosine_lane_set_values (self->lane, match->cosines, match->n_queries, match->itc_query);
  show_query (self, match->itc_query);
}

static void
changed_cb (QlMatchCard *self)
{
  const QlMatchReport *match = ql_lab_queries_get_match (self->queries);
  QlAskState state = ql_lab_queries_get_match_state (self->queries);
  gboolean working = state == QL_ASK_WORKING, failed = state == QL_ASK_FAILED;
  gboolean shown = match != NULL && !failed;

  gtk_widget_set_visible (GTK_WIDGET (self->spinner), working);
  gtk_spinner_set_spinning (self->spinner, working);
  gtk_widget_set_visible (self->match_button, !working);
  gtk_widget_set_visible (self->stop_match, working);
  gtk_widget_set_sensitive (self->match_button, ql_lab_queries_can_match (self->queries));
  gtk_widget_set_visible (GTK_WIDGET (self->result), shown || failed);
  gtk_widget_set_visible (GTK_WIDGET (self->lane), shown);
  gtk_widget_set_visible (GTK_WIDGET (self->where), shown);
  gtk_widget_set_visible (GTK_WIDGET (self->map_view), shown);
  gtk_widget_set_visible (GTK_WIDGET (self->model_label), shown);
  if (failed)
    {
      g_autofree char *text = g_strdup_printf (_ ("The text could not be matched: %s"),
                                               ql_lab_queries_get_error (self->queries)->message);

      gtk_label_set_text (self->result, text);
    }
  else if (shown)
    show_match (self, match);
  self->shown = match;
}

static void
match_cb (QlMatchCard *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->text));

  if (*text == '\0')
    gtk_widget_grab_focus (GTK_WIDGET (self->text));
  else
    gtk_widget_activate_action (GTK_WIDGET (self), "win.match-text", "s", text);
}

/* How maps look. */
static void
lab_changed_cb (QlLab *lab, guint change, QlMatchCard *self)
{
  if ((change & QL_LAB_CHANGED_LOOK) != 0 && ql_cosine_lane_get_selected (self->lane) >= 0)
    show_query (self, ql_cosine_lane_get_selected (self->lane));
}

static void
ql_match_card_dispose (GObject *object)
{
  QlMatchCard *self = QL_MATCH_CARD (object);
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  g_clear_object (&self->queries);
  g_clear_object (&self->lab);
  G_OBJECT_CLASS (ql_match_card_parent_class)->dispose (object);
}

static void
ql_match_card_class_init (QlMatchCardClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (QL_TYPE_COSINE_LANE);
  g_type_ensure (QL_TYPE_MAP_VIEW);
  G_OBJECT_CLASS (klass)->dispose = ql_match_card_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/qlens/Qlens/match-card.ui");
  gtk_widget_class_bind_template_child (widget_class, QlMatchCard, text);
  gtk_widget_class_bind_template_child (widget_class, QlMatchCard, match_button);
  gtk_widget_class_bind_template_child (widget_class, QlMatchCard, stop_match);
  gtk_widget_class_bind_template_child (widget_class, QlMatchCard, spinner);
  gtk_widget_class_bind_template_child (widget_class, QlMatchCard, result);
  gtk_widget_class_bind_template_child (widget_class, QlMatchCard, lane);
  gtk_widget_class_bind_template_child (widget_class, QlMatchCard, where);
  gtk_widget_class_bind_template_child (widget_class, QlMatchCard, map_view);
  gtk_widget_class_bind_template_child (widget_class, QlMatchCard, model_label);
  gtk_widget_class_bind_template_callback (widget_class, match_cb);
}

static void
ql_match_card_init (QlMatchCard *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (self->lane, "selected", G_CALLBACK (selected_cb), self, 0);
}

void
ql_match_card_set_lab (QlMatchCard *self, QlLab *lab)
{
  g_return_if_fail (self->lab == NULL);
  self->lab = g_object_ref (lab);
  self->queries = g_object_ref (ql_lab_get_queries (lab));
  g_signal_connect_object (lab, "changed", G_CALLBACK (lab_changed_cb), self, 0);
  g_signal_connect_object (self->queries, "changed", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  changed_cb (self);
}
