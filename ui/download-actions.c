#include "ui/download-actions.h"

static void
start_action (QlDownloads *downloads, QlHubDownload *download)
{
  g_autoptr (GError) error = NULL;

  /* what is refused shows in the download */
  if (!ql_downloads_start (downloads, download, &error))
    g_info ("%s", error->message);
}

static void
pause_action (QlDownloads *downloads, QlHubDownload *download)
{
  ql_hub_download_pause (download);
}

static void
cancel_action (QlDownloads *downloads, QlHubDownload *download)
{
  ql_hub_download_cancel (download);
}

static void
discard_action (QlDownloads *downloads, QlHubDownload *download)
{
  ql_hub_download_discard (download);
}

static const struct
{
  const char *name;
  void (*act) (QlDownloads *downloads, QlHubDownload *download);
} commands[] = {
  { "start", start_action },     { "pause", pause_action },         { "cancel", cancel_action },
  { "discard", discard_action }, { "remove", ql_downloads_remove },
};

static void
command_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlDownloads *downloads = data;
  QlHubDownload *download = ql_downloads_find (downloads, g_variant_get_string (parameter, NULL));

  for (gsize i = 0; download != NULL && i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal (commands[i].name, g_action_get_name (G_ACTION (action))))
      {
        g_autoptr (QlHubDownload) kept = g_object_ref (download); /* "remove" takes the list's one */

        commands[i].act (downloads, kept);
        return;
      }
}

static void
add_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_downloads_add (data, g_variant_get_string (parameter, NULL));
}

static void
pause_all_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_downloads_pause_all (data);
}

static void
add (GSimpleActionGroup *group, QlDownloads *downloads, const char *name, const GVariantType *type,
     GCallback callback)
{
  g_autoptr (GSimpleAction) action = g_simple_action_new (name, type);

  g_signal_connect_object (action, "activate", callback, downloads, 0);
  g_action_map_add_action (G_ACTION_MAP (group), G_ACTION (action));
}

GActionGroup *
ql_download_actions_new (QlDownloads *downloads)
{
  GSimpleActionGroup *group = g_simple_action_group_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    add (group, downloads, commands[i].name, G_VARIANT_TYPE_STRING, G_CALLBACK (command_cb));
  add (group, downloads, "add", G_VARIANT_TYPE_STRING, G_CALLBACK (add_cb));
  add (group, downloads, "pause-all", NULL, G_CALLBACK (pause_all_cb));
  g_object_set_data_full (G_OBJECT (group), "downloads", g_object_ref (downloads), g_object_unref);
  return G_ACTION_GROUP (group);
}
