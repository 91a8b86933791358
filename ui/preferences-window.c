#include "ui/preferences-window.h"

#include <glib/gi18n.h>

#include "app/answer-style.h"
#include "app/hub-download.h"
#include "app/speech.h"
#include "ui/accessible.h"
#include "ui/address-entry.h"
#include "ui/encodings-row.h"
#include "ui/style-popover.h"

#define MOST_THREADS 256

struct _QlPreferencesWindow
{
  GtkWindow parent_instance;

  GSettings *settings;
  GtkListBox *list;
  GHashTable *controls; /* key → widget */
  QlAddressEntry *address; /* NULL: this build cannot download */
};

G_DEFINE_FINAL_TYPE (QlPreferencesWindow, ql_preferences_window, GTK_TYPE_WINDOW)

static GtkWidget *
wrapped_label (const char *text, const char *css_class)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  if (css_class != NULL)
    gtk_widget_add_css_class (label, css_class);
  return label;
}

/* Name and explanation below it. */
static GtkWidget *
texts_new (const char *name, const char *explanation)
{
  GtkWidget *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  GtkWidget *below = wrapped_label (explanation, "dim-label");

  gtk_widget_add_css_class (below, "ql-small");
  gtk_widget_set_hexpand (texts, TRUE);
  gtk_widget_set_valign (texts, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (texts), wrapped_label (name, NULL));
  gtk_box_append (GTK_BOX (texts), below);
  return texts;
}

static void
append_row (QlPreferencesWindow *self, const char *key, const char *name, const char *explanation,
            GtkWidget *box, GtkWidget *control)
{
  GtkWidget *row = gtk_list_box_row_new ();

  gtk_widget_add_css_class (box, "ql-preference");
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  /* The control is what takes the focus. */
  gtk_widget_set_focusable (row, FALSE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (control), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, explanation, -1);
  gtk_list_box_append (self->list, row);
  g_hash_table_insert (self->controls, g_strdup (key), control);
}

/* A row: name, explanation below it, control beside them. */
static void
add_row (QlPreferencesWindow *self, const char *key, const char *name, const char *explanation,
         GtkWidget *control)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);

  gtk_box_append (GTK_BOX (box), texts_new (name, explanation));
  gtk_widget_set_valign (control, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (box), control);
  append_row (self, key, name, explanation, box, control);
}

/* Addresses are long: below the texts, over the whole width. */
static void
add_address (QlPreferencesWindow *self)
{
  const char *name = _ ("Address of the model hub");
  const char *explanation = _ ("Where models are downloaded from, if you download one: a mirror of "
                               "huggingface.co. Empty for huggingface.co itself.");
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *address = ql_address_entry_new (self->settings);

  self->address = QL_ADDRESS_ENTRY (address);
  gtk_accessible_update_property (GTK_ACCESSIBLE (address), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  gtk_box_append (GTK_BOX (box), texts_new (name, explanation));
  gtk_box_append (GTK_BOX (box), address);
  append_row (self, "hub-address", name, explanation, box, ql_address_entry_get_entry (self->address));
}

static void
add_switch (QlPreferencesWindow *self, const char *key, const char *name, const char *explanation)
{
  GtkWidget *control = gtk_switch_new ();

  g_settings_bind (self->settings, key, control, "active", G_SETTINGS_BIND_DEFAULT);
  add_row (self, key, name, explanation, control);
}

static void
add_encodings (QlPreferencesWindow *self, QlEncodingCache *encodings)
{
  const char *name = _ ("What is kept of pictures");
  const char *explanation
      = _ ("On this computer, for you alone; at most 500 MB, and 30 days after it was last used.");
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6), *row = ql_encodings_row_new (encodings);
  GtkWidget *button;

  add_switch (self, "remember-encodings", _ ("Remember what pictures look like to the model"),
              _ ("A picture that comes again is not looked at again, which takes large models seconds."));
  gtk_box_append (GTK_BOX (box), texts_new (name, explanation));
  gtk_box_append (GTK_BOX (box), row);
  button = ql_encodings_row_get_button (QL_ENCODINGS_ROW (row));
  append_row (self, "encodings", name, explanation, box, button);
  /* A button's name says what it does. */
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Delete what is kept of pictures"), -1);
}

/* ---- choices: values of an enumeration are 0, 1, 2… ---- */

static gboolean
enum_from_settings (GValue *value, GVariant *variant, gpointer data)
{
  const char *const *nicks = data;

  for (guint i = 0; nicks[i] != NULL; i++)
    if (g_str_equal (nicks[i], g_variant_get_string (variant, NULL)))
      {
        g_value_set_uint (value, i);
        return TRUE;
      }
  return FALSE;
}

static GVariant *
enum_to_settings (const GValue *value, const GVariantType *type, gpointer data)
{
  char **nicks = data;
  guint i = g_value_get_uint (value);

  return i < g_strv_length (nicks) ? g_variant_new_string (nicks[i]) : NULL;
}

/* @nicks: static */
static void
add_choice (QlPreferencesWindow *self, const char *key, const char *name, const char *explanation,
            const char *const *nicks, const char *const *labels)
{
  GtkWidget *control = gtk_drop_down_new_from_strings (labels);

  g_settings_bind_with_mapping (self->settings, key, control, "selected", G_SETTINGS_BIND_DEFAULT,
                                enum_from_settings, enum_to_settings, (gpointer) nicks, NULL);
  add_row (self, key, name, explanation, control);
}

static void
fill (QlPreferencesWindow *self, QlEncodingCache *encodings)
{
  static const char *const schemes[] = { "system", "light", "dark", NULL };
  static const char *const presets[] = { "auto", "describe", "short", "creative", NULL };
  const char *scheme_labels[] = { _ ("Like the desktop"), _ ("Light"), _ ("Dark"), NULL };
  const char *preset_labels[QL_N_PRESETS + 1] = { NULL };
  GtkWidget *threads = gtk_spin_button_new_with_range (0, MOST_THREADS, 1);

  for (int i = 0; i < QL_N_PRESETS; i++)
    preset_labels[i] = ql_preset_name ((QlPreset) i);
  add_choice (self, "color-scheme", _ ("Appearance"),
              _ ("High contrast and reduced motion follow the desktop."), schemes, scheme_labels);
  add_switch (self, "describe-on-open", _ ("Describe pictures at once"),
              _ ("A picture that is opened is described without asking."));
  add_choice (self, "preset", _ ("Answers"), _ ("How descriptions and answers are written."), presets,
              preset_labels);
  add_switch (self, "use-context", _ ("Read earlier turns"),
              _ ("The model also reads the earlier questions and answers."));
  add_switch (
      self, "notify", _ ("Tell when an answer, a download or a batch is ready"),
      _ ("By a notification, if another window is used; of an answer, if it took more than 5 seconds."));
  if (ql_speech_is_built ())
    add_switch (self, "read-aloud", _ ("Read answers aloud"),
                _ ("With the voice of the desktop's speech service. Escape stops it."));
  g_settings_bind (self->settings, "threads", threads, "value", G_SETTINGS_BIND_DEFAULT);
  gtk_spin_button_set_numeric (GTK_SPIN_BUTTON (threads), TRUE);
  add_row (self, "threads", _ ("Threads"), _ ("How many processor cores to use; 0 for all."), threads);
  add_switch (
      self, "exact", _ ("Calculate exactly"),
      _ ("Models of 4, 8 and 16 bits answer more like the model that they were made from, but slower."));
  add_switch (self, "look-ahead", _ ("Look at pictures before you ask"),
              _ ("The first answer comes sooner. Not while the computer saves power."));
  add_encodings (self, encodings);
  if (ql_hub_download_is_built ())
    add_address (self);
}

/* What was typed last holds as well. */
static gboolean
ql_preferences_window_close_request (GtkWindow *window)
{
  QlPreferencesWindow *self = QL_PREFERENCES_WINDOW (window);

  if (self->address != NULL)
    ql_address_entry_commit (self->address);
  return GTK_WINDOW_CLASS (ql_preferences_window_parent_class)->close_request (window);
}

static void
ql_preferences_window_dispose (GObject *object)
{
  QlPreferencesWindow *self = QL_PREFERENCES_WINDOW (object);

  g_clear_pointer (&self->controls, g_hash_table_unref);
  g_clear_object (&self->settings);
  G_OBJECT_CLASS (ql_preferences_window_parent_class)->dispose (object);
}

static void
ql_preferences_window_class_init (QlPreferencesWindowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ql_preferences_window_dispose;
  GTK_WINDOW_CLASS (klass)->close_request = ql_preferences_window_close_request;
  gtk_widget_class_add_binding_action (GTK_WIDGET_CLASS (klass), GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
ql_preferences_window_init (QlPreferencesWindow *self)
{
  GtkWidget *scroller = gtk_scrolled_window_new ();
  GtkWidget *list = gtk_list_box_new ();
  GtkWidget *header = gtk_header_bar_new ();

  self->controls = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->list = GTK_LIST_BOX (list);
  gtk_list_box_set_selection_mode (self->list, GTK_SELECTION_NONE);
  gtk_list_box_set_show_separators (self->list, TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (list), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Preferences"),
                                  -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (header), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Header"), -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (scroller), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Preferences"),
                                  -1);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scroller), TRUE);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), list);
  gtk_window_set_titlebar (GTK_WINDOW (self), header);
  gtk_window_set_title (GTK_WINDOW (self), _ ("Preferences"));
  gtk_window_set_child (GTK_WINDOW (self), scroller);
  gtk_window_set_default_size (GTK_WINDOW (self), 480, 520);
}

GtkWidget *
ql_preferences_window_new (GtkWindow *parent, GSettings *settings, QlEncodingCache *encodings)
{
  QlPreferencesWindow *self
      = g_object_new (QL_TYPE_PREFERENCES_WINDOW, "transient-for", parent, "destroy-with-parent", TRUE,
                      "application", parent != NULL ? gtk_window_get_application (parent) : NULL, NULL);

  self->settings = g_object_ref (settings);
  fill (self, encodings);
  ql_accessible_name_internals (GTK_WIDGET (self));
  return GTK_WIDGET (self);
}

GtkWidget *
ql_preferences_window_get_control (QlPreferencesWindow *self, const char *key)
{
  return g_hash_table_lookup (self->controls, key);
}
