#include "ui/token-list.h"

#include <glib/gi18n.h>

#include "app/attention-map.h"
#include "ui/accessible.h"

/* What would read as 0.0 %. */
#define LEAST_SHARE 0.0005

static char *
piece_text (const char *text)
{
  /* A space before a word belongs to its token; it is not shown. */
  g_autofree char *stripped = g_strstrip (g_strdup (text));

  if (*text == '\0')
    return g_strdup (_ ("end of the text"));
  return g_strdup (*stripped != '\0' ? stripped : "␣");
}

/* What the model might have written instead; what it wrote is left out. */
static char *
others_text (const QlSavedToken *token)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; token->choices != NULL && i < token->choices->len; i++)
    {
      const QlSavedChoice *choice = &g_array_index (token->choices, QlSavedChoice, i);
      g_autofree char *piece = NULL, *share = NULL;

      if (choice->id == token->id || choice->probability < LEAST_SHARE)
        continue;
      piece = piece_text (choice->text);
      share = ql_percent_text (choice->probability);
      if (text->len > 0)
        g_string_append (text, _ (", "));
      if (*choice->text == '\0')
        g_string_append_printf (text, "%s %s", piece, share);
      else
        g_string_append_printf (text, _ ("“%s” %s"), piece, share);
    }
  return g_string_free (text, FALSE);
}

static GtkWidget *
label_new (const char *text, const char *css_class)
{
  /* As plain text: it is the model's. */
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  if (css_class != NULL)
    gtk_widget_add_css_class (label, css_class);
  return label;
}

static GtkWidget *
row_new (const QlSavedToken *token)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2),
            *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  g_autofree char *piece = piece_text (token->text), *share = ql_percent_text (token->probability);
  g_autofree char *others = others_text (token);
  g_autofree char *name = g_strdup_printf (_ ("%s: %s"), piece, share);
  GtkWidget *bar = gtk_level_bar_new_for_interval (0, 1), *word = label_new (piece, NULL);
  GtkWidget *number = label_new (share, "numeric");

  gtk_level_bar_set_value (GTK_LEVEL_BAR (bar), CLAMP (token->probability, 0, 1));
  gtk_level_bar_remove_offset_value (GTK_LEVEL_BAR (bar), GTK_LEVEL_BAR_OFFSET_LOW);
  gtk_level_bar_remove_offset_value (GTK_LEVEL_BAR (bar), GTK_LEVEL_BAR_OFFSET_HIGH);
  gtk_level_bar_remove_offset_value (GTK_LEVEL_BAR (bar), GTK_LEVEL_BAR_OFFSET_FULL);
  gtk_widget_set_hexpand (bar, TRUE);
  gtk_widget_set_valign (bar, GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (bar), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, share, -1);
  gtk_label_set_width_chars (GTK_LABEL (word), 9);
  gtk_label_set_max_width_chars (GTK_LABEL (word), 12);
  gtk_label_set_width_chars (GTK_LABEL (number), 6);
  gtk_label_set_xalign (GTK_LABEL (number), 1);
  gtk_box_append (GTK_BOX (line), word);
  gtk_box_append (GTK_BOX (line), bar);
  gtk_box_append (GTK_BOX (line), number);
  gtk_box_append (GTK_BOX (box), line);
  if (*others != '\0')
    {
      g_autofree char *instead = g_strdup_printf (_ ("Instead: %s"), others);

      gtk_box_append (GTK_BOX (box), label_new (instead, "ql-small"));
    }
  ql_accessible_name_internals (box);
  return box;
}

void
ql_token_list_fill (GtkBox *box, QlTrace *trace)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (box))) != NULL)
    gtk_box_remove (box, child);
  for (int i = 0; i < ql_trace_get_n_tokens (trace); i++)
    gtk_box_append (box, row_new (ql_trace_get_token (trace, i)));
}
