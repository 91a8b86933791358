#include "ui/models-window-private.h"

#include <glib/gi18n.h>

#include "app/model-name.h"
#include "app/model-shrink.h"

/* How model folders and GGUF files come in: chooser and drop. One is looked at after the other. */

static void import_next (QlModelsWindow *self);

static char *
folder_name (GFile *folder)
{
  g_autofree char *path = g_file_get_path (folder);

  return path != NULL ? ql_model_name (path) : g_file_get_parse_name (folder);
}

static void
update_import (QlModelsWindow *self, GFile *folder)
{
  if (folder != NULL)
    {
      g_autofree char *name = folder_name (folder);
      g_autofree char *text = g_strdup_printf (_ ("Looking at “%s”…"), name);

      gtk_label_set_text (self->import_label, text);
    }
  gtk_widget_set_visible (self->import_bar, folder != NULL);
  gtk_spinner_set_spinning (self->import_spinner, folder != NULL);
  ql_models_window_set_enabled (self, "cancel-import", folder != NULL);
}

static void
show_import_error (QlModelsWindow *self, GFile *folder, const GError *error)
{
  g_autofree char *name = folder_name (folder);
  g_autoptr (QlErrorText) text = ql_error_text_new (QL_ERROR_TASK_ADD_MODEL, name, error);

  ql_models_window_show_error (self, text->what, text->advice, text->details);
}

/* There already: it is shown. */
static void
show_existing (QlModelsWindow *self, GFile *folder, const GError *error)
{
  g_autofree char *path = g_file_get_path (folder);
  QlModelEntry *entry = ql_model_store_find (self->store, path);

  ql_message_bar_show_note (ql_models_window_add_message (self), error->message,
                            _ ("It was not added a second time."));
  if (entry != NULL)
    ql_models_window_focus_entry (self, entry);
}

/* ---- a large one may become smaller ---- */

/* Those below it are read in no time, and need little. */
static guint64 large_bytes = 1000 * 1000 * 1000;

void
ql_models_window_set_large_bytes (guint64 n_bytes)
{
  large_bytes = n_bytes;
}

typedef struct
{
  QlModelsWindow *window;
  QlModelEntry *entry;
  guint64 n_bytes; /* of now: its facts may be gone by the time */
} Offer;

static void
offer_free (Offer *offer)
{
  g_object_unref (offer->window);
  g_object_unref (offer->entry);
  g_free (offer);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Offer, offer_free)

static void
show_offer (const Offer *offer, guint64 least)
{
  const char *name = ql_model_entry_get_name (offer->entry), *id = ql_model_entry_get_id (offer->entry);
  g_autofree char *now = g_format_size (offer->n_bytes), *then = g_format_size (least);
  g_autofree char *what = g_strdup_printf (_ ("“%s” can be made smaller."), name);
  g_autofree char *advice = g_strdup_printf (
      _ ("A copy with fewer bits a weight takes %s instead of %s, needs less memory and answers sooner."),
      then, now);
  g_autofree char *action = g_strdup_printf ("models.shrink::%s", id);
  QlMessageBar *bar = ql_models_window_add_message (offer->window);

  ql_message_bar_show_note (bar, what, advice);
  ql_message_bar_set_action (bar, _ ("Make Smaller…"), action);
}

static void
sizes_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Offer) offer = data;
  QlModelStore *store = offer->window->store; /* none: the window is gone */
  g_autofree QlShrinkSize *sizes = ql_model_shrink_sizes_finish (result, NULL);
  guint64 least = offer->n_bytes;

  for (const QlShrinkSize *size = sizes; size != NULL && size->type != NULL; size++)
    least = MIN (least, size->n_bytes);
  /* It is in the list still, and there is something to gain. */
  if (store != NULL && ql_model_store_find (store, ql_model_entry_get_dir (offer->entry)) == offer->entry
      && least <= offer->n_bytes / 3 * 2)
    show_offer (offer, least);
}

static void
offer_smaller (QlModelsWindow *self, QlModelEntry *entry)
{
  const QlModelFacts *facts = ql_model_entry_get_facts (entry);
  Offer *offer;

  if (facts == NULL || facts->n_bytes < large_bytes || ql_model_entry_get_state (entry) != QL_MODEL_SOUND)
    return;
  offer = g_new0 (Offer, 1);
  offer->window = g_object_ref (self);
  offer->entry = g_object_ref (entry);
  offer->n_bytes = facts->n_bytes;
  ql_model_shrink_sizes_async (ql_model_entry_get_dir (entry), NULL, sizes_cb, offer);
}

/* ---- one after the other ---- */

typedef struct
{
  QlModelsWindow *window;
  GFile *folder;
} Import;

static void
imported_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Import *import = data;
  g_autoptr (QlModelsWindow) self = import->window;
  g_autoptr (GFile) folder = import->folder;
  g_autoptr (GError) error = NULL;
  g_autoptr (QlModelEntry) entry = ql_model_store_import_finish (QL_MODEL_STORE (source), result, &error);

  g_free (import);
  if (self->store == NULL) /* the window is gone */
    return;
  g_clear_object (&self->importing);
  update_import (self, NULL);
  if (entry != NULL)
    {
      ql_models_window_focus_entry (self, entry);
      offer_smaller (self, entry);
    }
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_EXISTS))
    show_existing (self, folder, error);
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    show_import_error (self, folder, error);
  import_next (self);
}

static void
import_next (QlModelsWindow *self)
{
  g_autoptr (GFile) folder = g_queue_pop_head (&self->waiting);
  g_autofree char *path = folder != NULL ? g_file_get_path (folder) : NULL;
  Import *import;

  if (folder == NULL)
    return;
  if (path == NULL)
    {
      g_autofree char *address = g_file_get_parse_name (folder);
      g_autoptr (GError) error
          = g_error_new (G_IO_ERROR, G_IO_ERROR_NOT_MOUNTED, _ ("%s: not on this computer"), address);

      show_import_error (self, folder, error);
      import_next (self);
      return;
    }
  import = g_new0 (Import, 1);
  import->window = g_object_ref (self);
  import->folder = g_object_ref (folder);
  self->importing = g_cancellable_new ();
  update_import (self, folder);
  ql_model_store_import_async (self->store, path, self->importing, imported_cb, import);
}

void
ql_models_window_import (QlModelsWindow *self, GFile *folder)
{
  g_queue_push_tail (&self->waiting, g_object_ref (folder));
  if (self->importing == NULL)
    import_next (self);
}

void
ql_models_window_cancel_import (QlModelsWindow *self)
{
  g_queue_clear_full (&self->waiting, g_object_unref);
  if (self->importing != NULL)
    g_cancellable_cancel (self->importing);
}

/* ---- chooser ---- */

static void
chooser_response_cb (GtkNativeDialog *dialog, int response, gpointer data)
{
  QlModelsWindow *self = data;
  g_autoptr (GFile) folder = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    folder = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
  g_clear_object (&self->chooser);
  if (folder != NULL)
    ql_models_window_import (self, folder);
}

static void
add_gguf_filter (GtkFileChooser *chooser)
{
  g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();

  gtk_file_filter_set_name (filter, _ ("Models in one file (GGUF)"));
  gtk_file_filter_add_pattern (filter, "*.gguf");
  gtk_file_chooser_add_filter (chooser, filter);
}

void
ql_models_window_choose (QlModelsWindow *self, gboolean file)
{
  if (self->chooser == NULL)
    {
      self->chooser = gtk_file_chooser_native_new (
          file ? _ ("Import a GGUF File") : _ ("Import a Model Folder"), GTK_WINDOW (self),
          file ? GTK_FILE_CHOOSER_ACTION_OPEN : GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _ ("_Import"),
          _ ("_Cancel"));
      if (file)
        add_gguf_filter (GTK_FILE_CHOOSER (self->chooser));
      gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
      g_signal_connect_object (self->chooser, "response", G_CALLBACK (chooser_response_cb), self, 0);
    }
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

/* ---- drop ---- */

static gboolean
drop_cb (GtkDropTarget *target, const GValue *value, double x, double y, QlModelsWindow *self)
{
  GSList *files = g_value_get_boxed (value);

  for (GSList *l = files; l != NULL; l = l->next)
    ql_models_window_import (self, l->data);
  return files != NULL;
}

static void
current_drop_cb (GtkDropTarget *target, GParamSpec *pspec, QlModelsWindow *self)
{
  gtk_revealer_set_reveal_child (self->drop_revealer, gtk_drop_target_get_current_drop (target) != NULL);
}

void
ql_models_window_add_drop_target (QlModelsWindow *self)
{
  GtkDropTarget *target = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);

  g_signal_connect_object (target, "drop", G_CALLBACK (drop_cb), self, 0);
  g_signal_connect_object (target, "notify::current-drop", G_CALLBACK (current_drop_cb), self, 0);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (target));
}
