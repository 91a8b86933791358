#include "ui/download-keeper.h"

#include <glib/gi18n.h>

#include "app/error-text.h"

#define GOES_ON_ID "download-goes-on"

struct _QlDownloadKeeper
{
  GObject parent_instance;

  GtkApplication *app; /* not owned */
  QlDownloads *downloads;
  QlModelStore *models;
  GSettings *settings; /* nullable */
  gboolean holds;
  gboolean goes_on_told; /* by a notification */
  guint inhibit_cookie; /* 0: the computer may sleep */
};

G_DEFINE_FINAL_TYPE (QlDownloadKeeper, ql_download_keeper, G_TYPE_OBJECT)

static gboolean
is_watched (QlDownloadKeeper *self)
{
  for (GList *l = gtk_application_get_windows (self->app); l != NULL; l = l->next)
    if (gtk_window_is_active (l->data))
      return TRUE;
  return FALSE;
}

static gboolean
may_notify (QlDownloadKeeper *self)
{
  return self->settings != NULL && g_settings_get_boolean (self->settings, "notify");
}

static void
withdraw_goes_on (QlDownloadKeeper *self)
{
  if (self->goes_on_told)
    g_application_withdraw_notification (G_APPLICATION (self->app), GOES_ON_ID);
  self->goes_on_told = FALSE;
}

static void
downloads_changed_cb (QlDownloadKeeper *self)
{
  gboolean runs = ql_downloads_get_n_running (self->downloads) > 0;

  if (runs == self->holds)
    return;
  self->holds = runs;
  if (runs)
    {
      g_application_hold (G_APPLICATION (self->app));
      self->inhibit_cookie
          = gtk_application_inhibit (self->app, gtk_application_get_active_window (self->app),
                                     GTK_APPLICATION_INHIBIT_SUSPEND, _ ("A model is being downloaded"));
      return;
    }
  if (self->inhibit_cookie != 0)
    gtk_application_uninhibit (self->app, self->inhibit_cookie);
  self->inhibit_cookie = 0;
  withdraw_goes_on (self);
  g_application_release (G_APPLICATION (self->app));
}

static void
imported_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GApplication) app = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (QlModelEntry) entry = ql_model_store_import_finish (QL_MODEL_STORE (source), result, &error);

  /* Who looks at the download is told of it by the window; a folder that was there is no error. */
  if (entry == NULL)
    g_info ("%s", error->message);
  g_application_release (app);
}

/* Also without a window, which stays away until that is done. */
static void
import (QlDownloadKeeper *self, QlHubDownload *download)
{
  g_application_hold (G_APPLICATION (self->app));
  ql_model_store_import_async (self->models, ql_hub_download_get_dir (download), NULL, imported_cb,
                               g_object_ref (self->app));
}

static void
ended_cb (QlDownloadKeeper *self, QlHubDownload *download)
{
  const char *repo = ql_hub_download_get_repo (download);
  QlHubState state = ql_hub_download_get_state (download);
  g_autoptr (GNotification) notification = NULL;
  g_autofree char *title = NULL;
  g_autofree char *body = NULL;
  g_autofree char *id = g_strconcat ("download-", repo, NULL);

  if (state == QL_HUB_FINISHED)
    import (self, download);
  if ((state != QL_HUB_FINISHED && state != QL_HUB_FAILED) || is_watched (self) || !may_notify (self))
    return;
  if (state == QL_HUB_FINISHED)
    {
      g_autofree char *size = g_format_size (ql_downloads_get_size (self->downloads, download));

      title = g_strdup_printf (_ ("%s is downloaded"), repo);
      body = g_strdup_printf (_ ("%s, all checked."), size);
    }
  else
    {
      g_autoptr (QlErrorText) text
          = ql_error_text_new (QL_ERROR_TASK_DOWNLOAD, repo, ql_hub_download_get_error (download));

      title = g_strdup (text->what);
      body = g_strdup (text->advice);
    }
  notification = g_notification_new (title);
  g_notification_set_body (notification, body);
  g_notification_set_default_action (notification, "app.download");
  if (state == QL_HUB_FINISHED)
    g_notification_add_button_with_target (notification, _ ("Load"), "app.load-model", "s",
                                           ql_hub_download_get_dir (download));
  g_application_send_notification (G_APPLICATION (self->app), id, notification);
}

static gboolean
is_fetching (QlDownloadKeeper *self)
{
  GListModel *list = G_LIST_MODEL (self->downloads);

  for (guint i = 0; i < g_list_model_get_n_items (list); i++)
    {
      g_autoptr (QlHubDownload) download = g_list_model_get_item (list, i);

      if (ql_hub_download_get_state (download) == QL_HUB_RUNNING)
        return TRUE;
    }
  return FALSE;
}

/* A program without a window must not work in secret. */
static void
window_removed_cb (QlDownloadKeeper *self)
{
  g_autoptr (GNotification) notification = NULL;

  if (gtk_application_get_windows (self->app) != NULL || !is_fetching (self) || !may_notify (self))
    return;
  notification = g_notification_new (_ ("A download goes on"));
  g_notification_set_body (notification, _ ("Qlens ends when it is done. What is fetched is kept."));
  g_notification_set_default_action (notification, "app.activate");
  g_notification_add_button (notification, _ ("Show Qlens"), "app.activate");
  g_notification_add_button (notification, _ ("Pause and Quit"), "app.quit");
  g_application_send_notification (G_APPLICATION (self->app), GOES_ON_ID, notification);
  self->goes_on_told = TRUE;
}

static void
ql_download_keeper_dispose (GObject *object)
{
  QlDownloadKeeper *self = QL_DOWNLOAD_KEEPER (object);

  g_clear_object (&self->downloads);
  g_clear_object (&self->models);
  g_clear_object (&self->settings);
  G_OBJECT_CLASS (ql_download_keeper_parent_class)->dispose (object);
}

static void
ql_download_keeper_class_init (QlDownloadKeeperClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ql_download_keeper_dispose;
}

static void
ql_download_keeper_init (QlDownloadKeeper *self)
{
}

QlDownloadKeeper *
ql_download_keeper_new (GtkApplication *app, QlDownloads *downloads, QlModelStore *models,
                        GSettings *settings)
{
  QlDownloadKeeper *self = g_object_new (QL_TYPE_DOWNLOAD_KEEPER, NULL);

  self->app = app;
  self->downloads = g_object_ref (downloads);
  self->models = g_object_ref (models);
  g_set_object (&self->settings, settings);
  g_signal_connect_object (downloads, "changed", G_CALLBACK (downloads_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (downloads, "ended", G_CALLBACK (ended_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (app, "window-removed", G_CALLBACK (window_removed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (app, "window-added", G_CALLBACK (withdraw_goes_on), self, G_CONNECT_SWAPPED);
  return self;
}
