#include "ui/recent-menu.h"

#define MOST_ITEMS 8
#define ITEM_CHARS 40

static int
compare (gconstpointer a, gconstpointer b)
{
  return g_date_time_compare (gtk_recent_info_get_modified ((GtkRecentInfo *) b),
                              gtk_recent_info_get_modified ((GtkRecentInfo *) a));
}

static gboolean
is_ours (GtkRecentInfo *info)
{
  const char *type = gtk_recent_info_get_mime_type (info);

  return type != NULL && g_str_has_prefix (type, "image/") && gtk_recent_info_is_local (info)
         && gtk_recent_info_has_application (info, g_get_application_name ());
}

/* A file's name in a menu: underscores are not mnemonics there. */
static char *
item_label (GtkRecentInfo *info)
{
  GString *label = g_string_new (gtk_recent_info_get_display_name (info));

  if (g_utf8_strlen (label->str, -1) > ITEM_CHARS)
    {
      g_string_truncate (label, (gsize) (g_utf8_offset_to_pointer (label->str, ITEM_CHARS) - label->str));
      g_string_append (label, "…");
    }
  g_string_replace (label, "_", "__", 0);
  return g_string_free (label, FALSE);
}

static void
fill (GMenu *menu, GtkRecentManager *manager)
{
  GList *infos = g_list_sort (gtk_recent_manager_get_items (manager), compare);
  int n = 0;

  g_menu_remove_all (menu);
  for (GList *l = infos; l != NULL && n < MOST_ITEMS; l = l->next)
    {
      g_autofree char *label = NULL;
      g_autoptr (GMenuItem) item = NULL;

      if (!is_ours (l->data))
        continue;
      label = item_label (l->data);
      item = g_menu_item_new (label, NULL);
      g_menu_item_set_action_and_target (item, "win.open-uri", "s", gtk_recent_info_get_uri (l->data));
      g_menu_append_item (menu, item);
      n++;
    }
  g_list_free_full (infos, (GDestroyNotify) gtk_recent_info_unref);
}

static void
changed_cb (GtkRecentManager *manager, GMenu *menu)
{
  fill (menu, manager);
}

GMenuModel *
ql_recent_menu_new (void)
{
  GMenu *menu = g_menu_new ();
  GtkRecentManager *manager = gtk_recent_manager_get_default ();

  g_signal_connect_object (manager, "changed", G_CALLBACK (changed_cb), menu, 0);
  fill (menu, manager);
  return G_MENU_MODEL (menu);
}

void
ql_recent_menu_add (GFile *file)
{
  static char *groups[] = { NULL };
  g_autoptr (GFileInfo) info = NULL;
  g_autofree char *uri = g_file_get_uri (file);
  g_autofree char *type = NULL;
  GtkRecentData data
      = { .app_name = (char *) g_get_application_name (), .app_exec = (char *) "qlens %u", .groups = groups };
  g_autofree char *name = g_file_get_basename (file);

  if (!g_file_is_native (file) || name == NULL)
    return;
  /* By its name: it was decoded just now, so it is a picture. */
  type = g_content_type_guess (name, NULL, 0, NULL);
  data.mime_type = g_str_has_prefix (type, "image/") ? type : (char *) "image/x-generic";
  gtk_recent_manager_add_full (gtk_recent_manager_get_default (), uri, &data);
}
