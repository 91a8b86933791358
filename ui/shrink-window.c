#include "ui/shrink-window.h"

#include <string.h>

#include <glib/gi18n.h>

#include "app/model-shrink.h"
#include "ui/accessible.h"

struct _QlShrinkWindow
{
  GtkWindow parent_instance;

  GtkLabel *hint_label;
  GtkBox *choices; /* of GtkCheckButton */
  GtkLabel *none_label;
  GtkProgressBar *progress;
  GtkButton *make_button;

  QlModelEntry *entry;
  GCancellable *cancellable; /* of what runs */
  const char *type; /* (nullable): chosen */
  GtkFileChooserNative *chooser; /* while it is open */
  gboolean busy;
};

G_DEFINE_FINAL_TYPE (QlShrinkWindow, ql_shrink_window, GTK_TYPE_WINDOW)

enum
{
  MADE,
  FAILED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static const struct
{
  const char *type, *text;
} texts[] = {
  { "f16", N_ ("16 bits a weight: as good as exact") },
  { "q8_0", N_ ("8 bits a weight: answers hardly change") },
  { "q4_0", N_ ("4 bits a weight: the smallest, some answers change") },
};

static void
fail (QlShrinkWindow *self, const GError *error)
{
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_signal_emit (self, signals[FAILED], 0, error);
  gtk_window_close (GTK_WINDOW (self));
}

static void
update (QlShrinkWindow *self)
{
  gtk_widget_set_sensitive (GTK_WIDGET (self->make_button), self->type != NULL && !self->busy);
  gtk_widget_set_sensitive (GTK_WIDGET (self->choices), !self->busy);
  gtk_widget_set_visible (GTK_WIDGET (self->progress), self->busy);
}

/* ---- making it ---- */

/* What the worker's end leads back to: the window, if it is still there. It must not keep it, for
 * its parent may go before. */
typedef struct
{
  GWeakRef window;
  GFile *file; /* (nullable): only the sizes were asked for */
} Making;

static Making *
making_new (QlShrinkWindow *self, GFile *file)
{
  Making *making = g_new0 (Making, 1);

  g_weak_ref_init (&making->window, self);
  making->file = file != NULL ? g_object_ref (file) : NULL;
  return making;
}

static void
making_free (Making *making)
{
  g_weak_ref_clear (&making->window);
  g_clear_object (&making->file);
  g_free (making);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Making, making_free)

static void
progress_cb (double fraction, gpointer data)
{
  Making *making = data;
  g_autoptr (QlShrinkWindow) self = g_weak_ref_get (&making->window);

  if (self != NULL)
    gtk_progress_bar_set_fraction (self->progress, fraction);
}

static void
made_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Making) making = data;
  g_autoptr (QlShrinkWindow) self = g_weak_ref_get (&making->window);
  g_autoptr (GError) error = NULL;
  gboolean ok = ql_model_shrink_finish (result, &error);

  if (self == NULL)
    return;
  self->busy = FALSE;
  if (!ok)
    {
      fail (self, error);
      return;
    }
  g_signal_emit (self, signals[MADE], 0, making->file);
  gtk_window_close (GTK_WINDOW (self));
}

void
ql_shrink_window_start (QlShrinkWindow *self, GFile *file)
{
  g_autofree char *path = g_file_get_path (file);
  Making *making = NULL;

  if (path == NULL)
    {
      g_autoptr (GError) error = g_error_new (G_IO_ERROR, G_IO_ERROR_NOT_MOUNTED, "%s",
                                              _ ("A file can only be written on this computer"));

      fail (self, error);
      return;
    }
  making = making_new (self, file);
  self->busy = TRUE;
  update (self);
  ql_model_shrink_async (ql_model_entry_get_dir (self->entry), self->type, path, progress_cb, making,
                         self->cancellable, made_cb, making);
}

/* ---- where to ---- */

static void
chooser_response_cb (GtkNativeDialog *dialog, int response, gpointer data)
{
  QlShrinkWindow *self = data;
  g_autoptr (GFile) file = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
  g_clear_object (&self->chooser);
  if (file != NULL)
    ql_shrink_window_start (self, file);
}

static void
make_cb (GtkButton *button, QlShrinkWindow *self)
{
  g_autofree char *base = g_str_has_suffix (ql_model_entry_get_name (self->entry), ".gguf")
                              ? g_strndup (ql_model_entry_get_name (self->entry),
                                           strlen (ql_model_entry_get_name (self->entry)) - strlen (".gguf"))
                              : g_strdup (ql_model_entry_get_name (self->entry));
  g_autofree char *name = g_strdup_printf ("%s-%s.gguf", base, self->type);

  g_strdelimit (name, "/", '-');
  self->chooser = gtk_file_chooser_native_new (_ ("Save the Smaller Model"), GTK_WINDOW (self),
                                               GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Save"), _ ("_Cancel"));
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->chooser), name);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (chooser_response_cb), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

/* ---- choosing ---- */

static void
toggled_cb (GtkCheckButton *choice, QlShrinkWindow *self)
{
  if (gtk_check_button_get_active (choice))
    self->type = g_object_get_data (G_OBJECT (choice), "type");
  update (self);
}

static GtkCheckButton *
add_choice (QlShrinkWindow *self, const char *type, const char *text, guint64 n_bytes, GtkCheckButton *group)
{
  g_autofree char *size = g_format_size (n_bytes);
  g_autofree char *label = g_strdup_printf ("%s · %s", text, size);
  GtkWidget *choice = gtk_check_button_new ();
  GtkWidget *words = gtk_label_new (label);

  gtk_label_set_wrap (GTK_LABEL (words), TRUE);
  gtk_label_set_natural_wrap_mode (GTK_LABEL (words), GTK_NATURAL_WRAP_NONE); /* only where it has to */
  gtk_label_set_xalign (GTK_LABEL (words), 0);
  gtk_check_button_set_child (GTK_CHECK_BUTTON (choice), words);
  gtk_accessible_update_property (GTK_ACCESSIBLE (choice), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  gtk_check_button_set_group (GTK_CHECK_BUTTON (choice), group);
  g_object_set_data (G_OBJECT (choice), "type", (gpointer) type);
  g_signal_connect_object (choice, "toggled", G_CALLBACK (toggled_cb), self, 0);
  gtk_box_append (self->choices, choice);
  return GTK_CHECK_BUTTON (choice);
}

static void
sizes_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Making) making = data;
  g_autoptr (QlShrinkWindow) self = g_weak_ref_get (&making->window);
  g_autoptr (GError) error = NULL;
  g_autofree QlShrinkSize *sizes = ql_model_shrink_sizes_finish (result, &error);
  GtkCheckButton *group = NULL;

  if (self == NULL)
    return;
  if (sizes == NULL)
    {
      fail (self, error);
      return;
    }
  for (const QlShrinkSize *size = sizes; size->type != NULL; size++)
    for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
      if (strcmp (texts[i].type, size->type) == 0)
        {
          GtkCheckButton *choice = add_choice (self, texts[i].type, _ (texts[i].text), size->n_bytes, group);

          group = group != NULL ? group : choice;
        }
  gtk_widget_set_visible (GTK_WIDGET (self->none_label), group == NULL);
  if (group != NULL)
    gtk_check_button_set_active (group, TRUE);
  ql_accessible_name_internals (GTK_WIDGET (self));
}

gboolean
ql_shrink_window_is_ready (QlShrinkWindow *self)
{
  return self->type != NULL && !self->busy;
}

gboolean
ql_shrink_window_choose (QlShrinkWindow *self, const char *type)
{
  for (GtkWidget *choice = gtk_widget_get_first_child (GTK_WIDGET (self->choices)); choice != NULL;
       choice = gtk_widget_get_next_sibling (choice))
    if (strcmp (g_object_get_data (G_OBJECT (choice), "type"), type) == 0)
      {
        gtk_check_button_set_active (GTK_CHECK_BUTTON (choice), TRUE);
        return TRUE;
      }
  return FALSE;
}

/* ---- the window ---- */

static gboolean
ql_shrink_window_close_request (GtkWindow *window)
{
  QlShrinkWindow *self = QL_SHRINK_WINDOW (window);

  g_cancellable_cancel (self->cancellable);
  return GTK_WINDOW_CLASS (ql_shrink_window_parent_class)->close_request (window);
}

static void
ql_shrink_window_dispose (GObject *object)
{
  QlShrinkWindow *self = QL_SHRINK_WINDOW (object);

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->chooser);
  g_clear_object (&self->entry);
  G_OBJECT_CLASS (ql_shrink_window_parent_class)->dispose (object);
}

static void
ql_shrink_window_finalize (GObject *object)
{
  QlShrinkWindow *self = QL_SHRINK_WINDOW (object);

  g_clear_object (&self->cancellable);
  G_OBJECT_CLASS (ql_shrink_window_parent_class)->finalize (object);
}

static void
ql_shrink_window_class_init (QlShrinkWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ql_shrink_window_dispose;
  G_OBJECT_CLASS (klass)->finalize = ql_shrink_window_finalize;
  GTK_WINDOW_CLASS (klass)->close_request = ql_shrink_window_close_request;
  signals[MADE] = g_signal_new ("made", QL_TYPE_SHRINK_WINDOW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 1, G_TYPE_FILE);
  signals[FAILED] = g_signal_new ("failed", QL_TYPE_SHRINK_WINDOW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 1, G_TYPE_ERROR);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/qlens/Qlens/shrink-window.ui");
  gtk_widget_class_bind_template_child (widget_class, QlShrinkWindow, hint_label);
  gtk_widget_class_bind_template_child (widget_class, QlShrinkWindow, choices);
  gtk_widget_class_bind_template_child (widget_class, QlShrinkWindow, none_label);
  gtk_widget_class_bind_template_child (widget_class, QlShrinkWindow, progress);
  gtk_widget_class_bind_template_child (widget_class, QlShrinkWindow, make_button);
  gtk_widget_class_bind_template_callback (widget_class, make_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_w, GDK_CONTROL_MASK, "window.close", NULL);
}

static void
ql_shrink_window_init (QlShrinkWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->cancellable = g_cancellable_new ();
}

GtkWidget *
ql_shrink_window_new (GtkWindow *parent, QlModelEntry *entry)
{
  QlShrinkWindow *self = g_object_new (QL_TYPE_SHRINK_WINDOW, "transient-for", parent, NULL);
  g_autofree char *text = g_strdup_printf (
      _ ("A copy of “%s” in one file, with fewer bits for each weight. It needs less memory and "
         "is faster. The model stays as it is."),
      ql_model_entry_get_name (entry));

  self->entry = g_object_ref (entry);
  gtk_label_set_text (self->hint_label, text);
  update (self);
  ql_accessible_name_internals (GTK_WIDGET (self));
  ql_model_shrink_sizes_async (ql_model_entry_get_dir (entry), self->cancellable, sizes_cb,
                               making_new (self, NULL));
  return GTK_WIDGET (self);
}
