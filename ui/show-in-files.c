#include "ui/show-in-files.h"

typedef struct
{
  GWeakRef parent;
  char *uri; /* of the first */
} Request;

static void
show_folder (GtkWindow *parent, const char *uri)
{
  g_autoptr (GFile) file = g_file_new_for_uri (uri);
  g_autoptr (GFile) folder = g_file_get_parent (file);
  g_autofree char *folder_uri = folder != NULL ? g_file_get_uri (folder) : NULL;

  if (folder_uri != NULL)
    gtk_show_uri (parent, folder_uri, GDK_CURRENT_TIME);
}

static void
shown_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Request *self = data;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);
  g_autoptr (GtkWindow) parent = g_weak_ref_get (&self->parent);

  if (reply == NULL)
    show_folder (parent, self->uri);
  g_weak_ref_clear (&self->parent);
  g_free (self->uri);
  g_free (self);
}

void
ql_show_in_files (GtkWindow *parent, const char *const *uris)
{
  GApplication *app = g_application_get_default ();
  GDBusConnection *bus = app != NULL ? g_application_get_dbus_connection (app) : NULL;
  Request *self;

  if (uris[0] == NULL)
    return;
  if (bus == NULL)
    {
      show_folder (parent, uris[0]);
      return;
    }
  self = g_new0 (Request, 1);
  g_weak_ref_init (&self->parent, parent);
  self->uri = g_strdup (uris[0]);
  g_dbus_connection_call (bus, "org.freedesktop.FileManager1", "/org/freedesktop/FileManager1",
                          "org.freedesktop.FileManager1", "ShowItems", g_variant_new ("(^ass)", uris, ""),
                          NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, shown_cb, self);
}
