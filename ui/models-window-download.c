#include "ui/models-window-private.h"

#include <glib/gi18n.h>

#include "app/model-name.h"

/* The page for downloads. What has been fetched is a model in the list. */

typedef struct
{
  QlModelsWindow *window;
  char *dir;
  gboolean load; /* as soon as it is in the list */
} Fetched;

static void
tell_imported (QlModelsWindow *self, QlModelEntry *entry)
{
  QlMessageBar *message = ql_download_view_get_message (self->downloads);
  g_autofree char *name = ql_model_name (ql_model_entry_get_dir (entry));
  g_autofree char *what = g_strdup_printf (_ ("“%s” is downloaded."), name);
  g_autofree char *action = g_strconcat ("models.load::", ql_model_entry_get_id (entry), NULL);

  ql_message_bar_show_note (message, what, _ ("It is in the list of models. Load it to use it."));
  ql_message_bar_set_action (message, _ ("Load"), action);
}

static void
tell_error (QlModelsWindow *self, const char *dir, const GError *error)
{
  g_autofree char *name = ql_model_name (dir);
  g_autoptr (QlErrorText) text = ql_error_text_new (QL_ERROR_TASK_ADD_MODEL, name, error);

  ql_message_bar_show_error (ql_download_view_get_message (self->downloads), text);
}

static void
imported_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Fetched *fetched = data;
  g_autoptr (QlModelsWindow) self = fetched->window;
  g_autofree char *dir = fetched->dir;
  gboolean load = fetched->load;
  g_autoptr (GError) error = NULL;
  g_autoptr (QlModelEntry) imported = ql_model_store_import_finish (QL_MODEL_STORE (source), result, &error);
  QlModelEntry *entry = ql_model_store_find (QL_MODEL_STORE (source), dir); /* it may have been there */

  g_free (fetched);
  if (self->store == NULL) /* the window is gone */
    return;
  if (entry == NULL)
    {
      tell_error (self, dir, error);
      return;
    }
  if (!load)
    {
      tell_imported (self, entry);
      return;
    }
  ql_models_window_show_page (self, "models");
  ql_models_window_focus_entry (self, entry);
  ql_model_loader_load (self->loader, dir, FALSE);
}

static void
import (QlModelsWindow *self, const char *dir, gboolean load)
{
  Fetched *fetched = g_new0 (Fetched, 1);

  fetched->window = g_object_ref (self);
  fetched->dir = g_strdup (dir);
  fetched->load = load;
  ql_model_store_import_async (self->store, dir, NULL, imported_cb, fetched);
}

static void
downloaded_cb (QlModelsWindow *self, const char *dir)
{
  import (self, dir, FALSE);
}

static void
load_cb (QlModelsWindow *self, const char *dir)
{
  import (self, dir, TRUE);
}

void
ql_models_window_add_downloads (QlModelsWindow *self, QlApplication *app)
{
  GtkWidget *view
      = ql_download_view_new (ql_application_get_downloads (app), ql_application_get_download_actions (app));

  self->downloads = QL_DOWNLOAD_VIEW (view);
  g_signal_connect_object (view, "downloaded", G_CALLBACK (downloaded_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (view, "load", G_CALLBACK (load_cb), self, G_CONNECT_SWAPPED);
  ql_models_window_add_page (self, view, "download", _ ("Download"));
}
