#include "ui/attention-page.h"

#include <glib/gi18n.h>

#include "ui/atlas-view.h"
#include "ui/lab-keys.h"
#include "ui/match-card.h"
#include "ui/patch-list.h"
#include "ui/pin-card.h"
#include "ui/test-card.h"
#include "ui/query-card.h"

struct _QlAttentionPage
{
  QlPage parent_instance;

  GtkStack *stack; /* "maps", or "message" in their place */
  GtkLabel *message;
  GtkSpinner *spinner;
  GtkWidget *again;
  GtkAdjustment *query;
  GtkAdjustment *layer; /* in the Q-Former's numbers: 0, 2, 4… */
  GtkAdjustment *head;
  GtkDropDown *method;
  GtkDropDown *atlas;
  GtkDropDown *sort;
  GtkLabel *box_label; /* while maps are sorted by a box */
  GtkLabel *atlas_label;
  QlAtlasView *atlas_view;
  GtkLabel *sentence;
  GtkLabel *numbers_label;
  QlPinCard *pin_card;
  QlTestCard *test_card;
  QlPatchList *patch_list;
  QlQueryCard *query_card;
  QlMatchCard *match_card;
  QlLab *lab;
  gboolean updating; /* controls follow the selection, not the person */
};

G_DEFINE_FINAL_TYPE (QlAttentionPage, ql_attention_page, QL_TYPE_PAGE)

/* ---- controls ---- */

static void
query_cb (QlAttentionPage *self)
{
  if (!self->updating)
    ql_lab_set_query (self->lab, (int) (gtk_adjustment_get_value (self->query) + 0.5));
}

/* Between two layers with cross-attention lie others: the nearest is meant. */
static void
layer_cb (QlAttentionPage *self)
{
  QlTrace *trace = ql_lab_get_trace (self->lab);
  double wanted = gtk_adjustment_get_value (self->layer);
  int nearest = 0;

  if (self->updating || trace == NULL)
    return;
  for (int i = 1; i < ql_trace_get_n_layers (trace); i++)
    if (ABS (ql_trace_get_layer_number (trace, i) - wanted)
        < ABS (ql_trace_get_layer_number (trace, nearest) - wanted))
      nearest = i;
  ql_lab_set_layer (self->lab, nearest);
  self->updating = TRUE;
  gtk_adjustment_set_value (self->layer, ql_trace_get_layer_number (trace, nearest));
  self->updating = FALSE;
}

static void
head_cb (QlAttentionPage *self)
{
  if (!self->updating)
    ql_lab_set_head (self->lab, (int) (gtk_adjustment_get_value (self->head) + 0.5));
}

static void
method_cb (QlAttentionPage *self)
{
  if (!self->updating)
    ql_lab_set_method (self->lab, (QlMapMethod) gtk_drop_down_get_selected (self->method));
}

static void
atlas_cb (QlAttentionPage *self)
{
  if (!self->updating)
    ql_lab_set_atlas (self->lab, (QlLabAtlas) gtk_drop_down_get_selected (self->atlas));
}

static void
sort_cb (QlAttentionPage *self)
{
  if (!self->updating)
    ql_lab_set_sort (self->lab, (QlMapSort) gtk_drop_down_get_selected (self->sort));
}

/* ---- following the selection ---- */

static void
set_range (GtkAdjustment *adjustment, double upper, double step, double value)
{
  gtk_adjustment_configure (adjustment, value, 0, upper, step, MAX (step, 4), 0);
}

static void
update_controls (QlAttentionPage *self)
{
  QlTrace *trace = ql_lab_get_trace (self->lab);
  int n_layers = ql_trace_get_n_layers (trace);
  int step = n_layers > 1 ? ql_trace_get_layer_number (trace, 1) - ql_trace_get_layer_number (trace, 0) : 1;

  self->updating = TRUE;
  set_range (self->query, ql_trace_get_n_queries (trace) - 1, 1, ql_lab_get_query (self->lab));
  set_range (self->layer, ql_trace_get_layer_number (trace, n_layers - 1), step,
             ql_trace_get_layer_number (trace, ql_lab_get_layer (self->lab)));
  set_range (self->head, ql_trace_get_n_heads (trace) - 1, 1, ql_lab_get_head (self->lab));
  gtk_drop_down_set_selected (self->method, ql_lab_get_method (self->lab));
  gtk_drop_down_set_selected (self->atlas, ql_lab_get_atlas (self->lab));
  gtk_drop_down_set_selected (self->sort, ql_lab_get_sort (self->lab));
  self->updating = FALSE;
}

/* How to come to a box; and when there is one, what the map has in it. */
static void
update_box (QlAttentionPage *self)
{
  const QlMapBox *box = ql_lab_get_box (self->lab);
  g_autofree char *text = NULL;

  gtk_widget_set_visible (GTK_WIDGET (self->box_label), ql_lab_get_sort (self->lab) == QL_MAP_SORT_OVERLAP);
  if (box == NULL)
    text = g_strdup (
        _ ("No box yet: hold Shift and drag over the picture, or press Shift and the arrow keys on "
           "it."));
  else
    {
      g_autofree char *share = ql_percent_text (ql_map_get_overlap (ql_lab_get_map (self->lab), box));

      /* Translators: the share of what a map gives to patches. */
      text = g_strdup_printf (_ ("In the box: %s of what this map gives to patches."), share);
    }
  gtk_label_set_text (self->box_label, text);
}

static void
update_texts (QlAttentionPage *self)
{
  QlTrace *trace = ql_lab_get_trace (self->lab);
  QlMap *map = ql_lab_get_map (self->lab);
  g_autofree char *sentence = ql_map_describe (map), *numbers = ql_map_describe_numbers (map), *atlas = NULL;
  g_autofree char *changed = ql_trace_describe_intervention (trace);

  if (changed != NULL)
    {
      /* Translators: what was changed in the run, then what its map shows. */
      g_autofree char *both = g_strdup_printf (_ ("Changed run (%s). %s"), changed, sentence);

      gtk_label_set_text (self->sentence, both);
    }
  else
    gtk_label_set_text (self->sentence, sentence);
  gtk_label_set_text (self->numbers_label, numbers);
  update_box (self);
  if (ql_lab_get_atlas (self->lab) == QL_LAB_ATLAS_QUERIES)
    atlas = g_strdup_printf (_ ("Atlas: %d queries"), ql_trace_get_n_queries (trace));
  else
    atlas = g_strdup_printf (_ ("Atlas: %d layers × %d heads, query %d"), ql_trace_get_n_layers (trace),
                             ql_trace_get_n_heads (trace), ql_lab_get_query (self->lab));
  gtk_label_set_text (self->atlas_label, atlas);
}

/* In the place of maps: why there are none, and what to do. */
static void
update_message (QlAttentionPage *self)
{
  QlLabState state = ql_lab_get_state (self->lab);
  gboolean working = state == QL_LAB_WORKING || state == QL_LAB_WAITING;
  g_autofree char *text = NULL;

  if (state == QL_LAB_NO_ANSWER)
    text = g_strdup (
        _ ("Describe the picture or ask something: then you see here where the model looked for it."));
  else if (working)
    text = g_strdup (_ ("The model reads the answer once more, to see where it looked…"));
  else if (state == QL_LAB_NOT_KEPT)
    text = g_strdup (
        _ ("The attention of this answer was not kept. It can be computed again where the picture is there "
           "and a model is loaded."));
  else
    text = g_strdup_printf (_ ("The attention could not be computed: %s"),
                            ql_lab_get_error (self->lab)->message);
  gtk_label_set_text (self->message, text);
  gtk_widget_set_visible (GTK_WIDGET (self->spinner), working);
  gtk_spinner_set_spinning (self->spinner, working);
  gtk_widget_set_visible (self->again, state == QL_LAB_FAILED);
}

static void
changed_cb (QlLab *lab, guint change, QlAttentionPage *self)
{
  gboolean any = ql_lab_get_trace (lab) != NULL;

  /* While the next trace is computed, which is soon, the earlier one's place does not flicker. */
  gtk_stack_set_visible_child_name (self->stack, any ? "maps" : "message");
  if (!any)
    {
      update_message (self);
      return;
    }
  update_controls (self);
  if ((change & ~(guint) QL_LAB_CHANGED_PATCH) != 0)
    update_texts (self);
}

/* ---- life ---- */

static void
ql_attention_page_set_lab (QlPage *page, QlLab *lab)
{
  QlAttentionPage *self = QL_ATTENTION_PAGE (page);

  self->lab = g_object_ref (lab);
  ql_atlas_view_set_lab (self->atlas_view, lab);
  ql_pin_card_set_lab (self->pin_card, lab);
  ql_test_card_set_lab (self->test_card, lab);
  ql_patch_list_set_lab (self->patch_list, lab);
  ql_query_card_set_lab (self->query_card, lab);
  ql_match_card_set_lab (self->match_card, lab);
  g_signal_connect_object (lab, "changed", G_CALLBACK (changed_cb), self, 0);
  changed_cb (lab, QL_LAB_CHANGED_TRACE, self);
}

static void
ql_attention_page_dispose (GObject *object)
{
  QlAttentionPage *self = QL_ATTENTION_PAGE (object);
  GtkWidget *child;

  self->updating = TRUE;
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  g_clear_object (&self->lab);
  G_OBJECT_CLASS (ql_attention_page_parent_class)->dispose (object);
}

static void
ql_attention_page_class_init (QlAttentionPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (QL_TYPE_ATLAS_VIEW);
  g_type_ensure (QL_TYPE_PATCH_LIST);
  g_type_ensure (QL_TYPE_PIN_CARD);
  g_type_ensure (QL_TYPE_TEST_CARD);
  g_type_ensure (QL_TYPE_QUERY_CARD);
  g_type_ensure (QL_TYPE_MATCH_CARD);
  G_OBJECT_CLASS (klass)->dispose = ql_attention_page_dispose;
  QL_PAGE_CLASS (klass)->set_lab = ql_attention_page_set_lab;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/qlens/Qlens/attention-page.ui");
  gtk_widget_class_bind_template_child (widget_class, QlAttentionPage, stack);
  gtk_widget_class_bind_template_child (widget_class, QlAttentionPage, message);
  gtk_widget_class_bind_template_child (widget_class, QlAttentionPage, spinner);
  gtk_widget_class_bind_template_child (widget_class, QlAttentionPage, again);
  gtk_widget_class_bind_template_child (widget_class, QlAttentionPage, query);
  gtk_widget_class_bind_template_child (widget_class, QlAttentionPage, layer);
  gtk_widget_class_bind_template_child (widget_class, QlAttentionPage, head);
  gtk_widget_class_bind_template_child (widget_class, QlAttentionPage, method);
  gtk_widget_class_bind_template_child (widget_class, QlAttentionPage, atlas);
  gtk_widget_class_bind_template_child (widget_class, QlAttentionPage, sort);
  gtk_widget_class_bind_template_child (widget_class, QlAttentionPage, box_label);
  gtk_widget_class_bind_template_child (widget_class, QlAttentionPage, atlas_label);
  gtk_widget_class_bind_template_child (widget_class, QlAttentionPage, atlas_view);
  gtk_widget_class_bind_template_child (widget_class, QlAttentionPage, sentence);
  gtk_widget_class_bind_template_child (widget_class, QlAttentionPage, numbers_label);
  gtk_widget_class_bind_template_child (widget_class, QlAttentionPage, patch_list);
  gtk_widget_class_bind_template_child (widget_class, QlAttentionPage, pin_card);
  gtk_widget_class_bind_template_child (widget_class, QlAttentionPage, test_card);
  gtk_widget_class_bind_template_child (widget_class, QlAttentionPage, query_card);
  gtk_widget_class_bind_template_child (widget_class, QlAttentionPage, match_card);
  ql_lab_keys_add (widget_class);
}

static void
ql_attention_page_init (QlAttentionPage *self)
{
  g_autoptr (GtkStringList) methods = gtk_string_list_new (NULL);

  gtk_widget_init_template (GTK_WIDGET (self));
  for (int i = 0; i < QL_MAP_N_METHODS; i++)
    gtk_string_list_append (methods, ql_map_method_title ((QlMapMethod) i));
  gtk_drop_down_set_model (self->method, G_LIST_MODEL (methods));
  g_signal_connect_object (self->query, "value-changed", G_CALLBACK (query_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->layer, "value-changed", G_CALLBACK (layer_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->head, "value-changed", G_CALLBACK (head_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->method, "notify::selected", G_CALLBACK (method_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->atlas, "notify::selected", G_CALLBACK (atlas_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->sort, "notify::selected", G_CALLBACK (sort_cb), self, G_CONNECT_SWAPPED);
}
