#include "ui/models-window-private.h"

#include <glib/gi18n.h>

#include "app/model-files.h"
#include "ui/shrink-window.h"

/* What can be done with models. Those for one take its entry's id. */

/* (nullable) (transfer none): the one that is meant */
static QlModelEntry *
entry_of (QlModelsWindow *self, GVariant *id)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->store)); i++)
    {
      g_autoptr (QlModelEntry) entry = g_list_model_get_item (G_LIST_MODEL (self->store), i);

      if (g_str_equal (ql_model_entry_get_id (entry), g_variant_get_string (id, NULL)))
        return entry; /* the store keeps it */
    }
  return NULL;
}

static void
load_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlModelsWindow *self = data;
  QlModelEntry *entry = entry_of (self, parameter);

  if (entry != NULL)
    ql_model_loader_load (self->loader, ql_model_entry_get_dir (entry), FALSE);
}

static void
stop_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlModelsWindow *self = data;

  if (entry_of (self, parameter) == ql_model_loader_get_entry (self->loader))
    ql_model_loader_stop (self->loader);
}

static void
unload_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlModelsWindow *self = data;

  if (entry_of (self, parameter) == ql_model_loader_get_entry (self->loader)
      && ql_engine_service_get_state (self->engine) == QL_ENGINE_READY)
    ql_model_loader_unload (self->loader);
}

static void
make_default_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlModelsWindow *self = data;
  QlModelEntry *entry = entry_of (self, parameter);

  if (entry != NULL)
    ql_model_store_set_default (self->store, entry);
}

static void
verified_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  /* The outcome is in the entry, whether or not a window is there to show it. */
  if (!ql_model_store_verify_finish (QL_MODEL_STORE (source), result, &error) && error != NULL)
    g_debug ("verify: %s", error->message);
}

static void
verify_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlModelsWindow *self = data;
  QlModelEntry *entry = entry_of (self, parameter);

  if (entry != NULL)
    ql_model_store_verify_async (self->store, entry, NULL, verified_cb, NULL);
}

static void
stop_verify_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlModelsWindow *self = data;
  QlModelEntry *entry = entry_of (self, parameter);

  if (entry != NULL)
    ql_model_store_cancel_verify (self->store, entry);
}

static void
accept_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlModelsWindow *self = data;
  QlModelEntry *entry = entry_of (self, parameter);

  if (entry != NULL)
    ql_model_store_accept (self->store, entry);
}

static void
folder_opened_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (QlModelsWindow) self = data;
  g_autoptr (GError) error = NULL;

  if (!gtk_show_uri_full_finish (GTK_WINDOW (self), result, &error) && self->store != NULL)
    ql_models_window_show_error (self, _ ("The folder could not be shown."),
                                 _ ("Details, in the list, tells where it is: open it in a file manager."),
                                 error->message);
}

static void
open_folder_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlModelsWindow *self = data;
  QlModelEntry *entry = entry_of (self, parameter);
  g_autofree char *folder = entry != NULL ? ql_model_files_folder (ql_model_entry_get_dir (entry)) : NULL;
  g_autofree char *uri = folder != NULL ? g_filename_to_uri (folder, NULL, NULL) : NULL;

  if (uri != NULL)
    gtk_show_uri_full (GTK_WINDOW (self), uri, GDK_CURRENT_TIME, NULL, folder_opened_cb, g_object_ref (self));
}

/* ---- removing, and undoing it ---- */

static void
update_undo (QlModelsWindow *self)
{
  gboolean any = self->removed->len > 0;

  if (any)
    {
      QlModelEntry *entry = self->removed->pdata[self->removed->len - 1];
      g_autofree char *text
          = g_strdup_printf (_ ("“%s” was removed from the list. Its files stay where they are."),
                             ql_model_entry_get_name (entry));

      gtk_label_set_text (self->undo_label, text);
      gtk_accessible_update_property (GTK_ACCESSIBLE (self->undo_bar), GTK_ACCESSIBLE_PROPERTY_LABEL, text,
                                      -1);
    }
  gtk_widget_set_visible (self->undo_bar, any);
  ql_models_window_set_enabled (self, "undo", any);
  ql_models_window_set_enabled (self, "dismiss-undo", any);
}

static void
remove_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlModelsWindow *self = data;
  QlModelEntry *entry = entry_of (self, parameter);

  if (entry == NULL || ql_model_entry_is_demo (entry))
    return;
  g_ptr_array_add (self->removed, g_object_ref (entry));
  ql_model_store_remove (self->store, entry);
  update_undo (self);
  /* The focus was in the row that is gone. */
  gtk_widget_grab_focus (self->undo_button);
}

static void
undo_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlModelsWindow *self = data;
  g_autoptr (QlModelEntry) entry = g_ptr_array_steal_index (self->removed, self->removed->len - 1);

  /* Where its folder was added anew, that is as good. */
  ql_model_store_restore (self->store, entry);
  update_undo (self);
  ql_models_window_focus_entry (self, entry);
}

static void
dismiss_undo_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlModelsWindow *self = data;

  g_ptr_array_set_size (self->removed, 0);
  update_undo (self);
}

/* ---- smaller copies ---- */

static void
shrunk_cb (QlShrinkWindow *window, GFile *file, QlModelsWindow *self)
{
  ql_models_window_import (self, file);
}

static void
shrink_failed_cb (QlShrinkWindow *window, const GError *error, QlModelsWindow *self)
{
  ql_models_window_show_error (
      self, _ ("The smaller copy was not made."),
      _ ("Check that there is room on the disk and that the folder may be written to."), error->message);
}

static void
shrink_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlModelsWindow *self = data;
  QlModelEntry *entry = entry_of (self, parameter);
  GtkWidget *window;

  if (entry == NULL)
    return;
  window = ql_shrink_window_new (GTK_WINDOW (self), entry);
  g_signal_connect_object (window, "made", G_CALLBACK (shrunk_cb), self, 0);
  g_signal_connect_object (window, "failed", G_CALLBACK (shrink_failed_cb), self, 0);
  gtk_window_present (GTK_WINDOW (window));
}

/* ---- folders in ---- */

static void
import_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_models_window_choose (data, FALSE);
}

static void
import_file_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_models_window_choose (data, TRUE);
}

static void
import_folder_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_autoptr (GFile) folder = g_file_new_for_uri (g_variant_get_string (parameter, NULL));

  ql_models_window_import (data, folder);
}

static void
cancel_import_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_models_window_cancel_import (data);
}

static const GActionEntry entries[] = {
  { "load", load_action, "s", NULL, NULL },
  { "stop", stop_action, "s", NULL, NULL },
  { "unload", unload_action, "s", NULL, NULL },
  { "make-default", make_default_action, "s", NULL, NULL },
  { "verify", verify_action, "s", NULL, NULL },
  { "stop-verify", stop_verify_action, "s", NULL, NULL },
  { "accept", accept_action, "s", NULL, NULL },
  { "shrink", shrink_action, "s", NULL, NULL },
  { "open-folder", open_folder_action, "s", NULL, NULL },
  { "remove", remove_action, "s", NULL, NULL },
  { "undo", undo_action, NULL, NULL, NULL },
  { "dismiss-undo", dismiss_undo_action, NULL, NULL, NULL },
  { "import", import_action, NULL, NULL, NULL },
  { "import-file", import_file_action, NULL, NULL, NULL },
  { "import-folder", import_folder_action, "s", NULL, NULL },
  { "cancel-import", cancel_import_action, NULL, NULL, NULL },
};

void
ql_models_window_add_actions (QlModelsWindow *self)
{
  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries), self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "models", G_ACTION_GROUP (self->actions));
  update_undo (self);
  ql_models_window_set_enabled (self, "cancel-import", FALSE);
}

void
ql_models_window_set_enabled (QlModelsWindow *self, const char *name, gboolean enabled)
{
  g_simple_action_set_enabled (
      G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self->actions), name)), enabled);
}
