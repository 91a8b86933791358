#include "ui/color-scheme.h"

#include <gtk/gtk.h>

#define PORTAL_NAME "org.freedesktop.portal.Desktop"
#define PORTAL_PATH "/org/freedesktop/portal/desktop"
#define PORTAL_IFACE "org.freedesktop.portal.Settings"
#define NAMESPACE "org.freedesktop.appearance"
#define KEY "color-scheme"

enum
{
  CHOICE_SYSTEM,
  CHOICE_LIGHT,
  CHOICE_DARK,
};

typedef struct
{
  GSettings *settings;
  gboolean system_known; /* there is a portal that has an opinion */
  gboolean system_dark;
} ColorScheme;

static void
apply (ColorScheme *self)
{
  GtkSettings *gtk = gtk_settings_get_default ();
  int choice = self->settings != NULL ? g_settings_get_enum (self->settings, KEY) : CHOICE_SYSTEM;

  if (gtk == NULL)
    return;
  if (choice != CHOICE_SYSTEM)
    g_object_set (gtk, "gtk-application-prefer-dark-theme", choice == CHOICE_DARK, NULL);
  else if (self->system_known)
    g_object_set (gtk, "gtk-application-prefer-dark-theme", self->system_dark, NULL);
  else
    gtk_settings_reset_property (gtk, "gtk-application-prefer-dark-theme");
}

/* 0: no preference, 1: dark, 2: light; the portal wraps it in one variant or in two. */
static void
take_value (ColorScheme *self, GVariant *boxed)
{
  g_autoptr (GVariant) value = g_variant_ref (boxed);

  while (g_variant_is_of_type (value, G_VARIANT_TYPE_VARIANT))
    {
      GVariant *inner = g_variant_get_variant (value);

      g_variant_unref (value);
      value = inner;
    }
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32))
    return;
  self->system_known = TRUE;
  self->system_dark = g_variant_get_uint32 (value) == 1;
  apply (self);
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);

  if (reply != NULL)
    {
      g_autoptr (GVariant) value = g_variant_get_child_value (reply, 0);
      take_value (data, value);
    }
}

static void
changed_cb (GDBusConnection *bus, const char *sender, const char *path, const char *iface, const char *signal,
            GVariant *parameters, gpointer data)
{
  const char *namespace, *key;
  g_autoptr (GVariant) value = NULL;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(ssv)")))
    return;
  g_variant_get (parameters, "(&s&sv)", &namespace, &key, &value);
  if (g_str_equal (namespace, NAMESPACE) && g_str_equal (key, KEY))
    take_value (data, value);
}

static void
bus_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  GDBusConnection *bus = g_bus_get_finish (result, NULL);

  if (bus == NULL)
    return;
  /* The connection stays: it belongs to the process, as does the subscription. */
  g_dbus_connection_signal_subscribe (bus, PORTAL_NAME, PORTAL_IFACE, "SettingChanged", PORTAL_PATH,
                                      NAMESPACE, G_DBUS_SIGNAL_FLAGS_NONE, changed_cb, data, NULL);
  g_dbus_connection_call (bus, PORTAL_NAME, PORTAL_PATH, PORTAL_IFACE, "Read",
                          g_variant_new ("(ss)", NAMESPACE, KEY), G_VARIANT_TYPE ("(v)"),
                          G_DBUS_CALL_FLAGS_NONE, -1, NULL, read_cb, data);
  g_object_unref (bus);
}

void
ql_color_scheme_follow (GSettings *settings)
{
  static ColorScheme scheme;

  if (settings != NULL && scheme.settings == NULL)
    {
      scheme.settings = g_object_ref (settings);
      g_signal_connect_swapped (settings, "changed::" KEY, G_CALLBACK (apply), &scheme);
    }
  apply (&scheme);
  g_bus_get (G_BUS_TYPE_SESSION, NULL, bus_cb, &scheme);
}
