#include "ui/mask-results.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

struct _QlMaskResults
{
  GtkWidget parent_instance;

  QlLabMask *mask;
  GtkLabel *sentence;
  GtkGrid *scores;
  GtkLabel *strong_note;
  GtkLabel *tokens_title;
  GtkGrid *tokens;
};

G_DEFINE_FINAL_TYPE (QlMaskResults, ql_mask_results, GTK_TYPE_WIDGET)

static void
clear (GtkGrid *grid)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (grid))) != NULL)
    gtk_grid_remove (grid, child);
}

static void
add_cell (GtkGrid *grid, int column, int row, const char *text, const char *css_class)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), column == 0 ? 0 : 1);
  gtk_label_set_ellipsize (GTK_LABEL (label), column == 0 ? PANGO_ELLIPSIZE_END : PANGO_ELLIPSIZE_NONE);
  gtk_widget_set_hexpand (label, TRUE);
  gtk_widget_add_css_class (label, column == 0 ? "ql-small" : "numeric");
  gtk_widget_add_css_class (label, "ql-small");
  if (css_class != NULL)
    gtk_widget_add_css_class (label, css_class);
  gtk_grid_attach (grid, label, column, row, 1, 1);
}

/* "−1.84": a number that may be below 0, as it is written among people. */
static char *
number_text (double value, int digits, gboolean with_sign)
{
  g_autofree char *plain = g_strdup_printf ("%.*f", digits, fabs (value));

  if (strspn (plain, "0.,") == strlen (plain))
    return g_steal_pointer (&plain); /* no “−0.00” */
  return g_strconcat (value < 0 ? "−" : with_sign ? "+" : "", plain, NULL);
}

static char *
percent_text (double share)
{
  g_autofree char *number = g_strdup_printf ("%.1f", share * 100);

  /* Translators: a share. */
  return g_strdup_printf (_ ("%s %%"), number);
}

/* ---- the masks ---- */

static const char *
preset_title (QlMaskPreset preset)
{
  return preset == QL_MASK_ITC ? _ ("ITC") : preset == QL_MASK_ITM ? _ ("ITM") : _ ("ITG");
}

/* @strong: the column of what the mask is for. */
static void
add_score (QlMaskResults *self, int row, const char *name, const QlMaskScore *score, int strong)
{
  g_autofree char *itm = percent_text (score->itm), *itc = number_text (score->itc, 3, FALSE);
  g_autofree char *sum = number_text (score->sum, 2, FALSE);

  add_cell (self->scores, 0, row, name, NULL);
  add_cell (self->scores, 1, row, itm, strong == 1 ? "ql-strong" : NULL);
  add_cell (self->scores, 2, row, itc, strong == 2 ? "ql-strong" : NULL);
  add_cell (self->scores, 3, row, score->log_probs != NULL ? sum : "–", strong == 3 ? "ql-strong" : NULL);
}

static void
add_difference (QlMaskResults *self, int row, const QlMaskScore *score, const QlMaskScore *base)
{
  g_autofree char *name
      = g_strdup_printf (_ ("Change to %s"), preset_title (ql_lab_mask_get_preset (self->mask)));
  g_autofree char *itm = number_text ((score->itm - base->itm) * 100, 1, TRUE);
  g_autofree char *itc = number_text (score->itc - base->itc, 3, TRUE);
  g_autofree char *sum = number_text (score->sum - base->sum, 2, TRUE);

  add_cell (self->scores, 0, row, name, NULL);
  add_cell (self->scores, 1, row, itm, NULL);
  add_cell (self->scores, 2, row, itc, NULL);
  add_cell (self->scores, 3, row, score->log_probs != NULL && base->log_probs != NULL ? sum : "–", NULL);
}

static void
fill_scores (QlMaskResults *self)
{
  const QlMaskScore *own = ql_lab_mask_get_score (self->mask);
  const QlMaskScore *base = ql_lab_mask_get_preset_score (self->mask, ql_lab_mask_get_preset (self->mask));
  static const int columns[] = { [QL_MASK_ITC] = 2, [QL_MASK_ITM] = 1, [QL_MASK_ITG] = 3 };
  int row = 0;

  clear (self->scores);
  add_cell (self->scores, 0, row, _ ("Mask"), "dim-label");
  add_cell (self->scores, 1, row, _ ("match"), "dim-label");
  add_cell (self->scores, 2, row, _ ("likeness"), "dim-label");
  add_cell (self->scores, 3, row, _ ("log p(text)"), "dim-label");
  for (int i = 0; i < QL_MASK_N_PRESETS; i++)
    {
      const QlMaskScore *score = ql_lab_mask_get_preset_score (self->mask, (QlMaskPreset) i);

      if (score != NULL)
        add_score (self, ++row, preset_title ((QlMaskPreset) i), score, columns[i]);
    }
  if (own == NULL)
    return;
  add_score (self, ++row, _ ("This mask"), own, columns[ql_lab_mask_get_preset (self->mask)]);
  if (base != NULL)
    add_difference (self, ++row, own, base);
}

/* ---- the text, token by token ---- */

static void
fill_tokens (QlMaskResults *self)
{
  const QlMaskScore *own = ql_lab_mask_get_score (self->mask);
  const QlMaskScore *itg = ql_lab_mask_get_preset_score (self->mask, QL_MASK_ITG);
  int n = ql_lab_mask_get_n_rows (self->mask) - ql_lab_mask_get_n_queries (self->mask);
  gboolean any = itg != NULL && itg->log_probs != NULL && n > 1;

  clear (self->tokens);
  gtk_widget_set_visible (GTK_WIDGET (self->tokens_title), any);
  if (!any)
    return;
  add_cell (self->tokens, 0, 0, _ ("Token"), "dim-label");
  add_cell (self->tokens, 1, 0, preset_title (QL_MASK_ITG), "dim-label");
  if (own != NULL)
    {
      add_cell (self->tokens, 2, 0, _ ("This mask"), "dim-label");
      add_cell (self->tokens, 3, 0, _ ("Change"), "dim-label");
    }
  for (int i = 0; i + 1 < n; i++)
    {
      g_autofree char *preset = number_text (itg->log_probs[i], 2, FALSE);

      add_cell (self->tokens, 0, i + 1, ql_lab_mask_get_token (self->mask, i + 1), NULL);
      add_cell (self->tokens, 1, i + 1, preset, NULL);
      if (own != NULL && own->log_probs != NULL)
        {
          g_autofree char *mine = number_text (own->log_probs[i], 2, FALSE);
          g_autofree char *change = number_text (own->log_probs[i] - itg->log_probs[i], 2, TRUE);

          add_cell (self->tokens, 2, i + 1, mine, NULL);
          add_cell (self->tokens, 3, i + 1, change, NULL);
        }
    }
}

static void
changed_cb (QlMaskResults *self)
{
  g_autofree char *text = ql_lab_mask_describe_score (self->mask);

  gtk_label_set_text (self->sentence, text);
  gtk_widget_set_visible (GTK_WIDGET (self->sentence), *text != '\0');
  gtk_widget_set_visible (GTK_WIDGET (self->strong_note), ql_lab_mask_get_n_rows (self->mask) > 0);
  fill_scores (self);
  fill_tokens (self);
}

/* ---- life ---- */

static void
ql_mask_results_dispose (GObject *object)
{
  QlMaskResults *self = QL_MASK_RESULTS (object);
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  g_clear_object (&self->mask);
  G_OBJECT_CLASS (ql_mask_results_parent_class)->dispose (object);
}

static void
ql_mask_results_class_init (QlMaskResultsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ql_mask_results_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BOX_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static GtkGrid *
add_grid (QlMaskResults *self, const char *name)
{
  GtkWidget *grid = gtk_grid_new ();

  gtk_grid_set_column_spacing (GTK_GRID (grid), 8);
  gtk_grid_set_row_spacing (GTK_GRID (grid), 2);
  gtk_accessible_update_property (GTK_ACCESSIBLE (grid), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  gtk_widget_set_parent (grid, GTK_WIDGET (self));
  return GTK_GRID (grid);
}

static GtkLabel *
add_label (QlMaskResults *self, const char *text, const char *css_class)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_widget_add_css_class (label, css_class);
  gtk_widget_set_parent (label, GTK_WIDGET (self));
  return GTK_LABEL (label);
}

static void
ql_mask_results_init (QlMaskResults *self)
{
  GtkLayoutManager *layout = gtk_widget_get_layout_manager (GTK_WIDGET (self));

  gtk_orientable_set_orientation (GTK_ORIENTABLE (layout), GTK_ORIENTATION_VERTICAL);
  gtk_box_layout_set_spacing (GTK_BOX_LAYOUT (layout), 6);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("What comes of the masks"), -1);
  self->sentence = add_label (self, "", "ql-result");
  gtk_label_set_selectable (self->sentence, TRUE);
  self->scores = add_grid (self, _ ("Scores under each mask"));
  self->strong_note = add_label (self, _ ("In bold: what each mask is for."), "ql-small");
  self->tokens_title
      = add_label (self, _ ("How probable each token is after those before it (log p)"), "ql-lab-heading");
  self->tokens = add_grid (self, _ ("The text’s tokens"));
}

void
ql_mask_results_set_mask (QlMaskResults *self, QlLabMask *mask)
{
  g_return_if_fail (self->mask == NULL);
  self->mask = g_object_ref (mask);
  g_signal_connect_object (mask, "changed", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  changed_cb (self);
}
