#include "ui/download-help.h"

#include <glib/gi18n.h>

#include "app/hub-address.h"
#include "app/hub-repositories.h"
#include "app/model-files.h"

struct _QlDownloadHelp
{
  GtkWidget parent_instance;

  GtkWidget *box;
};

G_DEFINE_FINAL_TYPE (QlDownloadHelp, ql_download_help, GTK_TYPE_WIDGET)

char *
ql_download_help_list (void)
{
  GString *text = g_string_new ("model.safetensors\nmodel-*-of-*.safetensors\n");

  for (const char *const *name = ql_model_files_small_names (); *name != NULL; name++)
    g_string_append_printf (text, "%s\n", *name);
  g_string_append (text, "qformer_tokenizer/*\n");
  g_string_truncate (text, text->len - 1);
  return g_string_free (text, FALSE);
}

static void
copy_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  g_autofree char *list = ql_download_help_list ();

  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), list);
}

static GtkWidget *
add_label (QlDownloadHelp *self, const char *text)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_box_append (GTK_BOX (self->box), label);
  return label;
}

static void
fill (QlDownloadHelp *self)
{
  gsize n;
  g_autofree char *list = ql_download_help_list ();
  g_autofree char *page
      = g_strdup_printf ("%s/%s/tree/main", QL_HUB_DEFAULT_ADDRESS, ql_hub_repositories (&n)[0].repo);
  /* Translators: %s is a web address. */
  g_autofree char *where = g_strdup_printf (
      _ ("1. With a browser, or on another computer, open the page of a model, for example\n%s"), page);
  GtkWidget *copy = gtk_button_new_with_mnemonic (_ ("Cop_y the List"));

  add_label (self, where);
  add_label (self,
             _ ("2. Copy these of its files into a folder, under the same names. No repository has all of "
                "them: copy those that are there. Files that end in .bin, .pt, .h5 or .msgpack are "
                "the same weights again, and not needed."));
  gtk_widget_add_css_class (add_label (self, list), "ql-details");
  gtk_widget_set_halign (copy, GTK_ALIGN_START);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (copy), "download-help.copy");
  gtk_box_append (GTK_BOX (self->box), copy);
  add_label (self, _ ("3. Import that folder as a model. It is checked and used where it is."));
}

static void
ql_download_help_dispose (GObject *object)
{
  g_clear_pointer (&QL_DOWNLOAD_HELP (object)->box, gtk_widget_unparent);
  G_OBJECT_CLASS (ql_download_help_parent_class)->dispose (object);
}

static void
ql_download_help_class_init (QlDownloadHelpClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ql_download_help_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  gtk_widget_class_install_action (widget_class, "download-help.copy", NULL, copy_action);
}

static void
ql_download_help_init (QlDownloadHelp *self)
{
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 8);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Without a download"), -1);
  fill (self);
}
