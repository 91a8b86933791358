#include "ui/batch-options.h"

#include <glib/gi18n.h>

#include "app/batch-choices.h"
#include "ui/accessible.h"

struct _QlBatchOptions
{
  GtkPopover parent_instance;

  GtkWidget *box;
  GSettings *settings; /* nullable */
  char *folder; /* nullable */
  GtkWidget *files[QL_BATCH_N_TABLES]; /* labels of the tables' buttons */
  GtkWidget *model_label;
  GtkFileChooserNative *chooser; /* while it is open */
};

G_DEFINE_FINAL_TYPE (QlBatchOptions, ql_batch_options, GTK_TYPE_POPOVER)

static const struct
{
  const char *nick, *name, *explanation;
} policies[] = {
  { "skip", N_ ("Skip"), N_ ("They are passed over. A batch that was stopped goes on where it ended.") },
  { "overwrite", N_ ("Overwrite"), N_ ("Their captions are replaced by new ones.") },
  { "append", N_ ("Append"), N_ ("A new caption becomes a further line.") },
};

static const struct
{
  const char *key, *name, *explanation;
} outputs[] = {
  { "batch-txt", N_ ("Text files"), N_ ("Beside each picture: “cat.txt” for “cat.jpg”.") },
  { "batch-xmp", N_ ("XMP files"), N_ ("Beside each picture, for photo managers.") },
  { "batch-png-text", N_ ("Inside PNG files"),
    N_ ("As the text “Description”. The picture itself stays as it is.") },
  { "batch-csv", N_ ("A table (CSV)"), N_ ("A row for each picture, for spreadsheets.") },
  { "batch-jsonl", N_ ("JSON lines"), N_ ("An object for each picture, for programs.") },
};

static const struct
{
  const char *key, *enabled, *file, *choose;
} tables[QL_BATCH_N_TABLES] = {
  [QL_BATCH_CSV] = { "csv", "batch-csv", "batch-csv-file", N_ ("Choose the CSV Table") },
  [QL_BATCH_JSONL] = { "jsonl", "batch-jsonl", "batch-jsonl-file", N_ ("Choose the JSON Lines File") },
};

/* ---- the tables' files ---------------------------------------------------------------------- */

static void
show_files (QlBatchOptions *self)
{
  for (guint i = 0; self->settings != NULL && i < G_N_ELEMENTS (tables); i++)
    {
      g_autofree char *path = ql_batch_choices_table (self->settings, (QlBatchTableChoice) i, self->folder);
      g_autofree char *name = path != NULL ? g_filename_display_basename (path)
                                           : g_strdup (ql_batch_table_default_name ((QlBatchTableChoice) i));
      g_autofree char *full
          = path != NULL ? g_filename_display_name (path) : g_strdup (_ ("In the folder of the pictures"));
      GtkWidget *button = gtk_widget_get_parent (self->files[i]);
      /* Translators: a file that captions are written to. */
      g_autofree char *label = g_strdup_printf (_ ("File: %s"), name);

      gtk_label_set_text (GTK_LABEL (self->files[i]), name);
      gtk_widget_set_tooltip_text (button, full);
      gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                      GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, full, -1);
    }
}

static void
response_cb (GtkNativeDialog *dialog, int response, QlBatchOptions *self)
{
  guint i = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (dialog), "table"));
  g_autoptr (GFile) file = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
  if (file != NULL && g_file_is_native (file))
    {
      g_autofree char *uri = g_file_get_uri (file);

      g_settings_set_string (self->settings, tables[i].file, uri);
      g_settings_set_boolean (self->settings, tables[i].enabled, TRUE);
    }
  g_clear_object (&self->chooser);
}

void
ql_batch_options_choose_table (QlBatchOptions *self, const char *key)
{
  guint i = g_str_equal (key, "csv") ? 0 : 1;
  g_autofree char *path = NULL;
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  if (self->settings == NULL || self->chooser != NULL)
    return;
  path = ql_batch_choices_table (self->settings, (QlBatchTableChoice) i, self->folder);
  self->chooser
      = gtk_file_chooser_native_new (_ (tables[i].choose), GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL,
                                     GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Choose"), _ ("_Cancel"));
  g_object_set_data (G_OBJECT (self->chooser), "table", GUINT_TO_POINTER (i));
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->chooser),
                                     ql_batch_table_default_name ((QlBatchTableChoice) i));
  if (path != NULL)
    {
      g_autoptr (GFile) file = g_file_new_for_path (path);
      g_autoptr (GFile) folder = g_file_get_parent (file);
      g_autofree char *name = g_filename_display_basename (path);

      gtk_file_chooser_set_current_folder (GTK_FILE_CHOOSER (self->chooser), folder, NULL);
      gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->chooser), name);
    }
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (response_cb), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

/* ---- the popover ---------------------------------------------------------------------------- */

static GtkWidget *
text (const char *label, const char *css_class)
{
  GtkWidget *widget = gtk_label_new (label);

  gtk_label_set_xalign (GTK_LABEL (widget), 0);
  gtk_label_set_wrap (GTK_LABEL (widget), TRUE);
  gtk_label_set_width_chars (GTK_LABEL (widget), 34);
  gtk_label_set_max_width_chars (GTK_LABEL (widget), 38);
  if (css_class != NULL)
    gtk_widget_add_css_class (widget, css_class);
  return widget;
}

static void
add_heading (QlBatchOptions *self, const char *label)
{
  gtk_box_append (GTK_BOX (self->box), text (label, "ql-heading"));
}

/* @target: (nullable): of the action */
static GtkWidget *
add_check (QlBatchOptions *self, const char *name, const char *explanation, const char *action,
           const char *target, GtkWidget *group)
{
  GtkWidget *check = gtk_check_button_new_with_label (name);
  GtkWidget *below = text (explanation, "ql-option");

  gtk_widget_add_css_class (below, "dim-label");
  if (group != NULL)
    gtk_check_button_set_group (GTK_CHECK_BUTTON (check), GTK_CHECK_BUTTON (group));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (check), action);
  if (target != NULL)
    gtk_actionable_set_action_target (GTK_ACTIONABLE (check), "s", target);
  gtk_accessible_update_property (GTK_ACCESSIBLE (check), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, explanation,
                                  -1);
  gtk_box_append (GTK_BOX (self->box), check);
  gtk_box_append (GTK_BOX (self->box), below);
  return check;
}

static void
add_table_button (QlBatchOptions *self, guint i)
{
  GtkWidget *button = gtk_button_new ();

  self->files[i] = gtk_label_new (ql_batch_table_default_name ((QlBatchTableChoice) i));
  gtk_label_set_ellipsize (GTK_LABEL (self->files[i]), PANGO_ELLIPSIZE_MIDDLE);
  gtk_label_set_max_width_chars (GTK_LABEL (self->files[i]), 28);
  gtk_button_set_child (GTK_BUTTON (button), self->files[i]);
  gtk_widget_set_halign (button, GTK_ALIGN_START);
  gtk_widget_add_css_class (button, "ql-option-button");
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "win.batch-choose-table");
  gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "s", tables[i].key);
  gtk_box_append (GTK_BOX (self->box), button);
}

static void
fill (QlBatchOptions *self)
{
  GtkWidget *first = NULL;

  add_heading (self, _ ("Pictures that have a caption"));
  for (guint i = 0; i < G_N_ELEMENTS (policies); i++)
    {
      GtkWidget *check = add_check (self, _ (policies[i].name), _ (policies[i].explanation),
                                    "win.batch-policy", policies[i].nick, first);

      first = first != NULL ? first : check;
    }
  add_heading (self, _ ("Captions go to"));
  for (guint i = 0; i < G_N_ELEMENTS (outputs); i++)
    {
      g_autofree char *action = g_strconcat ("win.", outputs[i].key, NULL);

      add_check (self, _ (outputs[i].name), _ (outputs[i].explanation), action, NULL, NULL);
      for (guint j = 0; j < G_N_ELEMENTS (tables); j++)
        if (g_str_equal (outputs[i].key, tables[j].enabled))
          add_table_button (self, j);
    }
  add_heading (self, _ ("Folders"));
  add_check (self, _ ("Look into sub-folders"), _ ("Of the folders that are added from now on."),
             "win.batch-recursive", NULL, NULL);
  self->model_label = text (" ", "ql-option-note");
  gtk_widget_add_css_class (self->model_label, "dim-label");
  gtk_box_append (GTK_BOX (self->box), self->model_label);
}

void
ql_batch_options_set_settings (QlBatchOptions *self, GSettings *settings)
{
  g_return_if_fail (self->settings == NULL);
  if (settings == NULL)
    return;
  self->settings = g_object_ref (settings);
  g_signal_connect_object (settings, "changed", G_CALLBACK (show_files), self, G_CONNECT_SWAPPED);
  show_files (self);
}

void
ql_batch_options_set_folder (QlBatchOptions *self, const char *folder)
{
  g_free (self->folder);
  self->folder = g_strdup (folder);
  show_files (self);
}

void
ql_batch_options_set_model (QlBatchOptions *self, const char *model)
{
  g_autofree char *text = NULL;

  if (model != NULL)
    /* Translators: the name of a model. “Describe” is the preset of that name. */
    text
        = g_strdup_printf (_ ("%s writes the captions, as is set for “Describe”. Changes here count from the "
                              "next start."),
                           model);
  else
    text = g_strdup (
        _ ("Captions are written as is set for “Describe”. Changes here count from the next start."));
  gtk_label_set_text (GTK_LABEL (self->model_label), text);
}

static void
ql_batch_options_dispose (GObject *object)
{
  QlBatchOptions *self = QL_BATCH_OPTIONS (object);

  g_clear_object (&self->chooser);
  g_clear_object (&self->settings);
  g_clear_pointer (&self->folder, g_free);
  G_OBJECT_CLASS (ql_batch_options_parent_class)->dispose (object);
}

static void
ql_batch_options_class_init (QlBatchOptionsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ql_batch_options_dispose;
}

static void
ql_batch_options_init (QlBatchOptions *self)
{
  GtkWidget *scroller = gtk_scrolled_window_new ();

  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_widget_add_css_class (self->box, "ql-card");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Batch options"),
                                  -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (scroller), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Batch options"), -1);
  fill (self);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scroller), TRUE);
  gtk_scrolled_window_set_min_content_height (GTK_SCROLLED_WINDOW (scroller), 200);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scroller), 560);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), self->box);
  gtk_popover_set_child (GTK_POPOVER (self), scroller);
  ql_accessible_name_internals (GTK_WIDGET (self));
}
