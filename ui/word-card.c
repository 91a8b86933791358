#include "ui/word-card.h"

#include <glib/gi18n.h>

#include "ui/accessible.h"

#define SURE 0.8
#define FAIR 0.4

char *
ql_percent (double probability)
{
  int percent = (int) (probability * 100 + 0.5);

  if (percent < 1)
    return g_strdup (_ ("less than 1 %"));
  /* Translators: a probability, "58 %". */
  return g_strdup_printf (_ ("%d %%"), MIN (percent, 100));
}

const char *
ql_word_style_class (const QlWord *word)
{
  return word->probability >= SURE ? "ql-sure" : word->probability >= FAIR ? "ql-fair" : "ql-unsure";
}

static const char *
alternative_text (const QlAlternative *alternative)
{
  /* Translators: instead of writing this word, the model might have ended the text. */
  return *alternative->text != '\0' ? alternative->text : _ ("(end of the text)");
}

char *
ql_word_describe (const QlWord *word)
{
  g_autofree char *percent = ql_percent (word->probability);
  g_autoptr (GString) others = g_string_new (NULL);

  for (int i = 0; i < word->n_alternatives; i++)
    {
      const QlAlternative *a = &word->alternatives[i];
      g_autofree char *share = ql_percent (a->probability);

      if (a->chosen)
        continue;
      if (others->len > 0)
        g_string_append (others, ", ");
      g_string_append_printf (others, "%s %s", alternative_text (a), share);
    }
  if (others->len == 0)
    /* Translators: how probable a word was for the model: "58 % sure". */
    return g_strdup_printf (_ ("%s sure"), percent);
  /* Translators: "58 % sure. Instead: dog 30 %, cat 5 %". */
  return g_strdup_printf (_ ("%s sure. Instead: %s"), percent, others->str);
}

static GtkWidget *
label_new (const char *text, const char *css_class)
{
  /* As plain text: it is the model's. */
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  /* Not shortened, with a tooltip: GTK 4.8 may look for that in a popover that is gone. */
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 22);
  if (css_class != NULL)
    gtk_widget_add_css_class (label, css_class);
  return label;
}

static void
add_row (GtkGrid *grid, int row, const QlAlternative *a)
{
  g_autofree char *percent = a->probability < 0.005 ? g_strdup (_ ("< 1 %")) : ql_percent (a->probability);
  g_autofree char *name = g_strdup_printf ("%s: %s", alternative_text (a), percent);
  GtkWidget *bar = gtk_level_bar_new_for_interval (0, 1);
  GtkWidget *share = label_new (percent, "ql-number");

  gtk_level_bar_set_value (GTK_LEVEL_BAR (bar), CLAMP (a->probability, 0, 1));
  /* The theme colours low and high as bad and good, which they are not here. */
  gtk_level_bar_remove_offset_value (GTK_LEVEL_BAR (bar), GTK_LEVEL_BAR_OFFSET_LOW);
  gtk_level_bar_remove_offset_value (GTK_LEVEL_BAR (bar), GTK_LEVEL_BAR_OFFSET_HIGH);
  gtk_level_bar_remove_offset_value (GTK_LEVEL_BAR (bar), GTK_LEVEL_BAR_OFFSET_FULL);
  gtk_widget_set_size_request (bar, 90, -1);
  gtk_widget_set_valign (bar, GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (bar), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  gtk_label_set_xalign (GTK_LABEL (share), 1);
  gtk_grid_attach (grid, label_new (alternative_text (a), a->chosen ? "ql-title" : NULL), 0, row, 1, 1);
  gtk_grid_attach (grid, bar, 1, row, 1, 1);
  gtk_grid_attach (grid, share, 2, row, 1, 1);
}

GtkWidget *
ql_word_card_new (const char *text, const QlWord *word)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *grid = gtk_grid_new ();
  g_autofree char *percent = ql_percent (word->probability);
  /* Translators: a word, then how probable it was: "“dog”: 58 % sure". */
  g_autofree char *title = g_strdup_printf (_ ("“%s”: %s sure"), text, percent);

  gtk_widget_add_css_class (box, "ql-card");
  gtk_box_append (GTK_BOX (box), label_new (title, "ql-title"));
  if (word->n_alternatives > 0)
    gtk_box_append (GTK_BOX (box), label_new (_ ("What the model weighed here"), "dim-label"));
  gtk_grid_set_column_spacing (GTK_GRID (grid), 10);
  gtk_grid_set_row_spacing (GTK_GRID (grid), 4);
  for (int i = 0; i < word->n_alternatives; i++)
    add_row (GTK_GRID (grid), i, &word->alternatives[i]);
  gtk_box_append (GTK_BOX (box), grid);
  ql_accessible_name_internals (box);
  return box;
}
