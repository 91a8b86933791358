#include "ui/address-entry.h"

#include <glib/gi18n.h>

#include "app/hub-address.h"

#define KEY "hub-address"

struct _QlAddressEntry
{
  GtkWidget parent_instance;

  GtkEntry *entry;
  GtkLabel *refusal;
  GSettings *settings;
};

G_DEFINE_FINAL_TYPE (QlAddressEntry, ql_address_entry, GTK_TYPE_WIDGET)

static void
show_refusal (QlAddressEntry *self, const char *text)
{
  if (text != NULL)
    gtk_label_set_text (self->refusal, text);
  gtk_widget_set_visible (GTK_WIDGET (self->refusal), text != NULL);
  if (text != NULL)
    gtk_widget_add_css_class (GTK_WIDGET (self->entry), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->entry), "error");
  gtk_accessible_update_state (GTK_ACCESSIBLE (self->entry), GTK_ACCESSIBLE_STATE_INVALID,
                               text != NULL ? GTK_ACCESSIBLE_INVALID_TRUE : GTK_ACCESSIBLE_INVALID_FALSE, -1);
}

gboolean
ql_address_entry_commit (QlAddressEntry *self)
{
  g_autofree char *typed = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->entry))));
  g_autofree char *before = g_settings_get_string (self->settings, KEY);
  g_autofree char *address = NULL;
  g_autoptr (GError) error = NULL;

  if (*typed != '\0')
    {
      address = ql_hub_address_check (typed, &error);
      if (address == NULL)
        {
          show_refusal (self, error->message);
          return FALSE;
        }
    }
  show_refusal (self, NULL);
  if (g_strcmp0 (address != NULL ? address : "", before) != 0)
    g_settings_set_string (self->settings, KEY, address != NULL ? address : "");
  return TRUE;
}

static void
setting_changed_cb (QlAddressEntry *self)
{
  g_autofree char *address = g_settings_get_string (self->settings, KEY);

  if (!g_str_equal (address, gtk_editable_get_text (GTK_EDITABLE (self->entry))))
    gtk_editable_set_text (GTK_EDITABLE (self->entry), address);
}

static void
typed_cb (QlAddressEntry *self)
{
  show_refusal (self, NULL);
}

static void
commit_cb (QlAddressEntry *self)
{
  ql_address_entry_commit (self);
}

static void
ql_address_entry_dispose (GObject *object)
{
  QlAddressEntry *self = QL_ADDRESS_ENTRY (object);
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  g_clear_object (&self->settings);
  G_OBJECT_CLASS (ql_address_entry_parent_class)->dispose (object);
}

static void
ql_address_entry_class_init (QlAddressEntryClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ql_address_entry_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BOX_LAYOUT);
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (klass), GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
ql_address_entry_init (QlAddressEntry *self)
{
  GtkLayoutManager *layout = gtk_widget_get_layout_manager (GTK_WIDGET (self));
  GtkEventController *focus = gtk_event_controller_focus_new ();

  gtk_orientable_set_orientation (GTK_ORIENTABLE (layout), GTK_ORIENTATION_VERTICAL);
  gtk_box_layout_set_spacing (GTK_BOX_LAYOUT (layout), 4);
  self->entry = GTK_ENTRY (gtk_entry_new ());
  gtk_entry_set_placeholder_text (self->entry, QL_HUB_DEFAULT_ADDRESS);
  gtk_entry_set_input_purpose (self->entry, GTK_INPUT_PURPOSE_URL);
  gtk_widget_set_parent (GTK_WIDGET (self->entry), GTK_WIDGET (self));
  self->refusal = GTK_LABEL (gtk_label_new (_ ("Message")));
  gtk_label_set_xalign (self->refusal, 0);
  gtk_label_set_wrap (self->refusal, TRUE);
  gtk_label_set_wrap_mode (self->refusal, PANGO_WRAP_WORD_CHAR);
  gtk_widget_add_css_class (GTK_WIDGET (self->refusal), "error");
  gtk_widget_add_css_class (GTK_WIDGET (self->refusal), "ql-small");
  gtk_widget_set_visible (GTK_WIDGET (self->refusal), FALSE);
  gtk_widget_set_parent (GTK_WIDGET (self->refusal), GTK_WIDGET (self));
  g_signal_connect_object (focus, "leave", G_CALLBACK (commit_cb), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (GTK_WIDGET (self->entry), focus);
  g_signal_connect_object (self->entry, "activate", G_CALLBACK (commit_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->entry, "changed", G_CALLBACK (typed_cb), self, G_CONNECT_SWAPPED);
}

GtkWidget *
ql_address_entry_new (GSettings *settings)
{
  QlAddressEntry *self = g_object_new (QL_TYPE_ADDRESS_ENTRY, NULL);

  self->settings = g_object_ref (settings);
  g_signal_connect_object (settings, "changed::" KEY, G_CALLBACK (setting_changed_cb), self,
                           G_CONNECT_SWAPPED);
  setting_changed_cb (self);
  return GTK_WIDGET (self);
}

GtkWidget *
ql_address_entry_get_entry (QlAddressEntry *self)
{
  return GTK_WIDGET (self->entry);
}

const char *
ql_address_entry_get_refusal (QlAddressEntry *self)
{
  return gtk_widget_get_visible (GTK_WIDGET (self->refusal)) ? gtk_label_get_text (self->refusal) : NULL;
}
