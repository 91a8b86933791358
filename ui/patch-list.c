#include "ui/patch-list.h"

#include <glib/gi18n.h>

#define N_LOOKS 5
#define N_WORDS 3

struct _QlPatchList
{
  GtkWidget parent_instance;

  GtkLabel *title;
  GtkLabel *value;
  GtkBox *looks;
  GtkBox *words;
  GtkWidget *words_title;
  QlLab *lab;
};

G_DEFINE_FINAL_TYPE (QlPatchList, ql_patch_list, GTK_TYPE_WIDGET)

static void
clear (GtkBox *box)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (box))) != NULL)
    gtk_box_remove (box, child);
}

/* A name at the one end and its value at the other. */
static void
add_row (GtkBox *box, const char *name, double share, const char *action, GVariant *target)
{
  GtkWidget *button = gtk_button_new (), *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *left = gtk_label_new (name), *right;
  g_autofree char *text = ql_percent_text (share);
  g_autofree char *both = g_strdup_printf (_ ("%s: %s"), name, text);

  right = gtk_label_new (text);
  gtk_label_set_ellipsize (GTK_LABEL (left), PANGO_ELLIPSIZE_END);
  gtk_label_set_xalign (GTK_LABEL (left), 0);
  gtk_widget_set_hexpand (left, TRUE);
  gtk_widget_add_css_class (right, "numeric");
  gtk_box_append (GTK_BOX (row), left);
  gtk_box_append (GTK_BOX (row), right);
  gtk_button_set_child (GTK_BUTTON (button), row);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_add_css_class (button, "ql-look");
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
  gtk_actionable_set_action_target_value (GTK_ACTIONABLE (button), target);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, both, -1);
  gtk_box_append (box, button);
}

static void
fill_looks (QlPatchList *self, QlTrace *trace, int column, int row)
{
  g_autoptr (GArray) looks = ql_trace_rank_patch (trace, column, row, QL_MAP_HEAD, N_LOOKS);

  clear (self->looks);
  for (guint i = 0; i < looks->len; i++)
    {
      const QlPatchLook *look = &g_array_index (looks, QlPatchLook, i);
      int number = ql_trace_get_layer_number (trace, look->key.layer);
      g_autofree char *name
          = g_strdup_printf (_ ("Query %d, layer %d, head %d"), look->key.query, number, look->key.head);

      add_row (self->looks, name, look->value, "win.map-key",
               g_variant_new ("(iii)", look->key.query, number, look->key.head));
    }
}

static void
fill_words (QlPatchList *self, QlTrace *trace, int column, int row)
{
  QlMapKey key;
  g_autoptr (GArray) words = NULL;

  ql_lab_get_key (self->lab, &key);
  words = ql_trace_rank_patch_words (trace, column, row, QL_LM_MEAN, &key, N_WORDS);
  clear (self->words);
  for (guint i = 0; i < words->len; i++)
    {
      const QlPatchWord *word = &g_array_index (words, QlPatchWord, i);
      g_autofree char *name = g_strdup_printf (_ ("“%s”"), ql_trace_get_word_text (trace, word->word));

      add_row (self->words, name, word->value, "win.word", g_variant_new_int32 (word->word));
    }
  gtk_widget_set_visible (self->words_title, words->len > 0);
}

static void
changed_cb (QlLab *lab, guint change, QlPatchList *self)
{
  QlTrace *trace = ql_lab_get_trace (lab);
  g_autofree char *title = NULL, *value = NULL;
  int column, row;
  gboolean any = ql_lab_get_patch (lab, &column, &row);

  gtk_widget_set_visible (GTK_WIDGET (self), any);
  if (!any)
    return;
  title = g_strdup_printf (_ ("Who looks at row %d, column %d?"), row, column);
  gtk_label_set_text (self->title, title);
  value = ql_map_describe_patch (ql_lab_get_map (lab), column, row);
  gtk_label_set_text (self->value, value);
  if ((change & (QL_LAB_CHANGED_TRACE | QL_LAB_CHANGED_PATCH)) != 0)
    fill_looks (self, trace, column, row);
  if ((change & (QL_LAB_CHANGED_TRACE | QL_LAB_CHANGED_PATCH | QL_LAB_CHANGED_MAP)) != 0)
    fill_words (self, trace, column, row);
}

static void
ql_patch_list_dispose (GObject *object)
{
  QlPatchList *self = QL_PATCH_LIST (object);
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  g_clear_object (&self->lab);
  G_OBJECT_CLASS (ql_patch_list_parent_class)->dispose (object);
}

static void
ql_patch_list_class_init (QlPatchListClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ql_patch_list_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/qlens/Qlens/patch-list.ui");
  gtk_widget_class_bind_template_child (widget_class, QlPatchList, title);
  gtk_widget_class_bind_template_child (widget_class, QlPatchList, value);
  gtk_widget_class_bind_template_child (widget_class, QlPatchList, looks);
  gtk_widget_class_bind_template_child (widget_class, QlPatchList, words);
  gtk_widget_class_bind_template_child (widget_class, QlPatchList, words_title);
}

static void
ql_patch_list_init (QlPatchList *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
ql_patch_list_set_lab (QlPatchList *self, QlLab *lab)
{
  g_return_if_fail (self->lab == NULL);
  self->lab = g_object_ref (lab);
  g_signal_connect_object (lab, "changed", G_CALLBACK (changed_cb), self, 0);
  changed_cb (lab, QL_LAB_CHANGED_TRACE, self);
}

GtkWidget *
ql_patch_list_get_looks (QlPatchList *self)
{
  return GTK_WIDGET (self->looks);
}
