#include "tests/ui/notifications.h"

#define NAME "org.freedesktop.Notifications"
#define PATH "/org/freedesktop/Notifications"

static const char xml[]
    = "<node><interface name='" NAME "'>"
      "<method name='Notify'><arg type='s' direction='in'/><arg type='u' direction='in'/>"
      "<arg type='s' direction='in'/><arg type='s' direction='in'/><arg type='s' direction='in'/>"
      "<arg type='as' direction='in'/><arg type='a{sv}' direction='in'/><arg type='i' direction='in'/>"
      "<arg type='u' direction='out'/></method>"
      "<method name='CloseNotification'><arg type='u' direction='in'/></method>"
      "<method name='GetCapabilities'><arg type='as' direction='out'/></method>"
      "<signal name='ActionInvoked'><arg type='u'/><arg type='s'/></signal>"
      "</interface></node>";

static struct
{
  GDBusConnection *bus;
  GDBusNodeInfo *info;
  guint object, name;
  guint32 count;
  char *text;
  char **actions; /* key, label, key, label… */
} self;

static void
call_cb (GDBusConnection *bus, const char *sender, const char *path, const char *interface,
         const char *method, GVariant *parameters, GDBusMethodInvocation *invocation, gpointer data)
{
  static const char *const capabilities[] = { "actions", "body", NULL };
  const char *title, *body;

  if (g_str_equal (method, "CloseNotification"))
    {
      g_dbus_method_invocation_return_value (invocation, NULL);
      return;
    }
  if (g_str_equal (method, "GetCapabilities"))
    {
      g_dbus_method_invocation_return_value (invocation, g_variant_new ("(^as)", capabilities));
      return;
    }
  g_free (self.text);
  g_strfreev (self.actions);
  g_variant_get_child (parameters, 3, "&s", &title);
  g_variant_get_child (parameters, 4, "&s", &body);
  g_variant_get_child (parameters, 5, "^as", &self.actions);
  self.text = g_strdup_printf ("%s\n%s", title, body);
  self.count++;
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(u)", self.count));
}

static void
acquired_cb (GDBusConnection *bus, const char *name, gpointer data)
{
  *(gboolean *) data = TRUE;
}

void
notifications_begin (GDBusConnection *bus)
{
  static const GDBusInterfaceVTable vtable = { .method_call = call_cb };
  gboolean acquired = FALSE;
  g_autoptr (GError) error = NULL;

  self.count = 0;
  self.bus = g_object_ref (bus);
  self.info = g_dbus_node_info_new_for_xml (xml, &error);
  g_assert_no_error (error);
  self.object
      = g_dbus_connection_register_object (bus, PATH, self.info->interfaces[0], &vtable, NULL, NULL, &error);
  g_assert_no_error (error);
  self.name = g_bus_own_name_on_connection (bus, NAME, G_BUS_NAME_OWNER_FLAGS_NONE, acquired_cb, NULL,
                                            &acquired, NULL);
  while (!acquired)
    g_main_context_iteration (NULL, TRUE);
}

void
notifications_end (void)
{
  g_bus_unown_name (self.name);
  g_dbus_connection_unregister_object (self.bus, self.object);
  g_dbus_node_info_unref (self.info);
  g_clear_object (&self.bus);
  g_clear_pointer (&self.text, g_free);
  g_clear_pointer (&self.actions, g_strfreev);
}

int
notifications_count (void)
{
  return (int) self.count;
}

const char *
notifications_last (void)
{
  return self.text != NULL ? self.text : "";
}

void
notifications_press (int button)
{
  /* the first two are the notification itself */
  g_assert_cmpint ((int) g_strv_length (self.actions), >, 2 + 2 * button);
  g_dbus_connection_emit_signal (self.bus, NULL, PATH, NAME, "ActionInvoked",
                                 g_variant_new ("(us)", self.count, self.actions[2 + 2 * button]), NULL);
}
