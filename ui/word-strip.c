#include "ui/word-strip.h"

#include <glib/gi18n.h>
#include <math.h>

#include "ui/cut-label.h"
#include "ui/query-lane.h"
#include "ui/word-card.h"

#define MOST_CHARS 24

struct _QlWordStrip
{
  GtkWidget parent_instance;

  GtkWidget *words;
  QlQueryLane *query_lane;
  GtkLabel *sentence;
  GtkLabel *count;
  GPtrArray *buttons; /* of GtkToggleButton, one for each word */
  GPtrArray *deltas; /* of GtkLabel, one for each: how its log-probability changed under an intervention */
  QlLab *lab;
  gboolean updating; /* buttons follow the selection, not the person */
};

G_DEFINE_FINAL_TYPE (QlWordStrip, ql_word_strip, GTK_TYPE_WIDGET)

/* Pressing the word that is selected lets go of it. */
static void
toggled_cb (GtkToggleButton *button, QlWordStrip *self)
{
  guint i;

  if (self->updating || !g_ptr_array_find (self->buttons, button, &i))
    return;
  gtk_widget_activate_action (GTK_WIDGET (self), "win.word", "i",
                              gtk_toggle_button_get_active (button) ? (int) i : -1);
}

/* Home and End; GTK itself moves the focus by arrows. */
static gboolean
end_key_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  QlWordStrip *self = QL_WORD_STRIP (widget);
  gboolean first = g_variant_get_boolean (args);

  if (self->buttons->len == 0 || gtk_widget_get_focus_child (self->words) == NULL)
    return FALSE;
  return gtk_widget_grab_focus (self->buttons->pdata[first ? 0 : self->buttons->len - 1]);
}

static GtkWidget *
new_word (QlWordStrip *self, QlTrace *trace, int i)
{
  const QlWord *word = ql_trace_get_word (trace, i);
  const char *text = ql_trace_get_word_text (trace, i);
  GtkWidget *button = gtk_toggle_button_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *label = gtk_label_new (text), *delta = gtk_label_new ("");
  g_autofree char *sure = ql_word_describe (word);

  /* Where it scrolls, all would be as narrow as they can be. */
  if (g_utf8_strlen (text, -1) > MOST_CHARS)
    {
      gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
      gtk_label_set_width_chars (GTK_LABEL (label), MOST_CHARS);
      gtk_label_set_max_width_chars (GTK_LABEL (label), MOST_CHARS);
    }
  gtk_widget_set_visible (delta, FALSE);
  gtk_widget_add_css_class (delta, "ql-delta");
  gtk_widget_add_css_class (delta, "numeric");
  gtk_box_append (GTK_BOX (box), label);
  gtk_box_append (GTK_BOX (box), delta);
  g_ptr_array_add (self->deltas, delta);
  gtk_button_set_child (GTK_BUTTON (button), box);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_add_css_class (button, "ql-strip-word");
  gtk_widget_add_css_class (button, ql_word_style_class (word));
  gtk_widget_set_tooltip_text (button, sure);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, text,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, sure, -1);
  g_signal_connect_object (button, "toggled", G_CALLBACK (toggled_cb), self, 0);
  return button;
}

/* Words stand as they are read, whatever the program's language. */
static GtkTextDirection
text_direction (QlWordStrip *self, const char *text)
{
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), text);

  return pango_layout_get_direction (layout, 0) == PANGO_DIRECTION_RTL ? GTK_TEXT_DIR_RTL : GTK_TEXT_DIR_LTR;
}

/* How much less, or more, likely each word has become; of a new answer's own words nothing is known. */
static void
update_deltas (QlWordStrip *self)
{
  QlLabTest *test = ql_lab_get_test (self->lab);
  QlTrace *trace = ql_lab_get_trace (self->lab);
  gboolean any = trace != NULL && ql_lab_test_get_state (test) == QL_LAB_TEST_READY
                 && ql_lab_test_get_shown (test) != QL_LAB_TEST_SHOW_REWRITTEN;

  /* The words may be those of an earlier trace still. */
  for (guint i = 0; trace != NULL && i < MIN (self->deltas->len, (guint) ql_trace_get_n_words (trace)); i++)
    {
      double delta = any ? ql_lab_test_get_word_delta (test, (int) i) : NAN;
      g_autofree char *sure = ql_word_describe (ql_trace_get_word (trace, (int) i));
      g_autofree char *text = NULL, *both = NULL;

      gtk_widget_set_visible (self->deltas->pdata[i], !isnan (delta));
      if (!isnan (delta))
        {
          text = ql_delta_text (delta);
          gtk_label_set_text (self->deltas->pdata[i], text);
          /* Translators: how sure the model was of a word, and how its log-probability changed. */
          both = g_strdup_printf (_ ("%s; with what is changed Δ log p %s"), sure, text);
        }
      gtk_widget_set_tooltip_text (self->buttons->pdata[i], both != NULL ? both : sure);
      gtk_accessible_update_property (GTK_ACCESSIBLE (self->buttons->pdata[i]),
                                      GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, both != NULL ? both : sure, -1);
    }
}

static void
tested_cb (QlLabTest *test, guint change, QlWordStrip *self)
{
  if ((change & (QL_LAB_TEST_CHANGED_SCORE | QL_LAB_TEST_CHANGED_INTERVENTION | QL_LAB_TEST_CHANGED_MODE))
      != 0)
    update_deltas (self);
}

static void
fill_words (QlWordStrip *self)
{
  QlTrace *trace = ql_lab_get_trace (self->lab);
  GtkWidget *child;

  if (trace != NULL)
    gtk_widget_set_direction (self->words, text_direction (self, ql_trace_get_text (trace)));
  g_ptr_array_set_size (self->buttons, 0);
  g_ptr_array_set_size (self->deltas, 0);
  while ((child = gtk_widget_get_first_child (self->words)) != NULL)
    gtk_box_remove (GTK_BOX (self->words), child);
  for (int i = 0; trace != NULL && i < ql_trace_get_n_words (trace); i++)
    {
      GtkWidget *button = new_word (self, trace, i);

      g_ptr_array_add (self->buttons, button);
      gtk_box_append (GTK_BOX (self->words), button);
    }
}

/* Of which run it is said, where that is not the plain one. */
static char *
say_word (QlTrace *trace, int word)
{
  g_autofree char *text = ql_trace_describe_word (trace, word, QL_LM_MEAN);
  g_autofree char *changed = ql_trace_describe_intervention (trace);

  return changed != NULL ? g_strdup_printf (_ ("Changed run (%s). %s"), changed, text)
                         : g_steal_pointer (&text);
}

static char *
sentence (QlWordStrip *self)
{
  int word = ql_lab_get_word (self->lab);

  switch (ql_lab_get_state (self->lab))
    {
    case QL_LAB_READY:
      if (word >= 0)
        return say_word (ql_lab_get_trace (self->lab), word);
      return g_strdup (_ ("Choose a word to see which queries it came from."));
    case QL_LAB_WORKING:
    case QL_LAB_WAITING:
      return g_strdup (_ ("Reading the answer once more…"));
    case QL_LAB_NO_ANSWER:
      return g_strdup (_ ("Once there is an answer, its words are here."));
    case QL_LAB_NOT_KEPT:
      return g_strdup (_ ("The attention of this answer was not kept."));
    case QL_LAB_FAILED:
    default:
      return g_strdup (_ ("The attention could not be computed."));
    }
}

static void
update_selection (QlWordStrip *self)
{
  QlTrace *trace = ql_lab_get_trace (self->lab);
  g_autofree char *text = sentence (self);

  self->updating = TRUE;
  for (guint i = 0; i < self->buttons->len; i++)
    gtk_toggle_button_set_active (self->buttons->pdata[i], (int) i == ql_lab_get_word (self->lab));
  self->updating = FALSE;
  gtk_label_set_text (self->sentence, text);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->sentence), text); /* it may be shortened */
  if (trace != NULL)
    {
      int n = ql_trace_get_n_queries (trace);
      g_autofree char *count = g_strdup_printf (ngettext ("%d query", "%d queries", (gulong) n), n);

      gtk_label_set_text (self->count, count);
    }
  gtk_widget_set_visible (GTK_WIDGET (self->count), trace != NULL);
}

static void
changed_cb (QlLab *lab, guint change, QlWordStrip *self)
{
  if ((change & QL_LAB_CHANGED_TRACE) != 0)
    {
      fill_words (self);
      update_deltas (self);
    }
  if ((change & (QL_LAB_CHANGED_TRACE | QL_LAB_CHANGED_MAP)) != 0)
    update_selection (self);
}

static void
ql_word_strip_dispose (GObject *object)
{
  QlWordStrip *self = QL_WORD_STRIP (object);
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  g_clear_object (&self->lab);
  G_OBJECT_CLASS (ql_word_strip_parent_class)->dispose (object);
}

static void
ql_word_strip_finalize (GObject *object)
{
  g_ptr_array_unref (QL_WORD_STRIP (object)->buttons);
  g_ptr_array_unref (QL_WORD_STRIP (object)->deltas);
  G_OBJECT_CLASS (ql_word_strip_parent_class)->finalize (object);
}

static void
ql_word_strip_class_init (QlWordStripClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (QL_TYPE_QUERY_LANE);
  G_OBJECT_CLASS (klass)->dispose = ql_word_strip_dispose;
  G_OBJECT_CLASS (klass)->finalize = ql_word_strip_finalize;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/qlens/Qlens/word-strip.ui");
  gtk_widget_class_bind_template_child (widget_class, QlWordStrip, words);
  gtk_widget_class_bind_template_child (widget_class, QlWordStrip, query_lane);
  gtk_widget_class_bind_template_child (widget_class, QlWordStrip, sentence);
  gtk_widget_class_bind_template_child (widget_class, QlWordStrip, count);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Home, 0, end_key_cb, "b", TRUE);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_End, 0, end_key_cb, "b", FALSE);
}

static void
ql_word_strip_init (QlWordStrip *self)
{
  self->buttons = g_ptr_array_new ();
  self->deltas = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  ql_cut_label_has_tooltip (self->sentence);
}

void
ql_word_strip_set_lab (QlWordStrip *self, QlLab *lab)
{
  g_return_if_fail (self->lab == NULL);
  self->lab = g_object_ref (lab);
  ql_query_lane_set_lab (self->query_lane, lab);
  g_signal_connect_object (lab, "changed", G_CALLBACK (changed_cb), self, 0);
  g_signal_connect_object (ql_lab_get_test (lab), "changed", G_CALLBACK (tested_cb), self, 0);
  changed_cb (lab, QL_LAB_CHANGED_TRACE, self);
}
