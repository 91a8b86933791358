#include "ui/color-scheme.h"

#include <gtk/gtk.h>
#include <string.h>

#define PORTAL_NAME "org.freedesktop.portal.Desktop"
#define PORTAL_PATH "/org/freedesktop/portal/desktop"
#define PORTAL_IFACE "org.freedesktop.portal.Settings"
#define NAMESPACE "org.freedesktop.appearance"
#define KEY "color-scheme"
#define CONTRAST_KEY "contrast"
#define HIGH_CONTRAST_THEME "HighContrast"

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
  gboolean system_contrast; /* the portal asks for high contrast */
  gboolean theme_set; /* by us, because it does */
  GtkCssProvider *contrast_style; /* in use; nullable */
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

/* ---- high contrast ---- */

/* "HighContrast", "HighContrastInverse", GTK's own "Default-hc" and "Default-hc-dark". */
gboolean
ql_color_scheme_is_high_contrast (void)
{
  const char *fixed = g_getenv ("GTK_THEME");
  g_autofree char *theme = NULL;

  if (fixed != NULL && *fixed != '\0')
    theme = g_strdup (fixed);
  else
    g_object_get (gtk_settings_get_default (), "gtk-theme-name", &theme, NULL);
  return theme != NULL && (g_str_has_prefix (theme, HIGH_CONTRAST_THEME) || strstr (theme, "-hc") != NULL);
}

/* Outlines that the theme cannot know of: what else is told by a shade alone. */
static void
theme_cb (ColorScheme *self)
{
  gboolean wanted = ql_color_scheme_is_high_contrast ();
  GdkDisplay *display = gdk_display_get_default ();

  if (wanted == (self->contrast_style != NULL) || display == NULL)
    return;
  if (wanted)
    {
      self->contrast_style = gtk_css_provider_new ();
      gtk_css_provider_load_from_resource (self->contrast_style, "/io/github/qlens/Qlens/high-contrast.css");
      gtk_style_context_add_provider_for_display (display, GTK_STYLE_PROVIDER (self->contrast_style),
                                                  GTK_STYLE_PROVIDER_PRIORITY_APPLICATION + 1);
    }
  else
    {
      gtk_style_context_remove_provider_for_display (display, GTK_STYLE_PROVIDER (self->contrast_style));
      g_clear_object (&self->contrast_style);
    }
}

/* Most desktops change the theme as well; where one does not, this does. */
static void
apply_contrast (ColorScheme *self)
{
  GtkSettings *gtk = gtk_settings_get_default ();

  if (gtk == NULL || self->system_contrast == self->theme_set)
    return;
  if (!self->system_contrast)
    gtk_settings_reset_property (gtk, "gtk-theme-name");
  else if (!ql_color_scheme_is_high_contrast ())
    g_object_set (gtk, "gtk-theme-name", HIGH_CONTRAST_THEME, NULL);
  else
    return;
  self->theme_set = self->system_contrast;
}

/* ---- the portal ---- */

/* color-scheme: 0: no preference, 1: dark, 2: light; contrast: 1: high; the portal wraps either
 * in one variant or in two. */
static void
take_value (ColorScheme *self, const char *key, GVariant *boxed)
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
  if (g_str_equal (key, CONTRAST_KEY))
    {
      self->system_contrast = g_variant_get_uint32 (value) == 1;
      apply_contrast (self);
      return;
    }
  self->system_known = TRUE;
  self->system_dark = g_variant_get_uint32 (value) == 1;
  apply (self);
}

static void
read_scheme_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);

  if (reply != NULL)
    {
      g_autoptr (GVariant) value = g_variant_get_child_value (reply, 0);
      take_value (data, KEY, value);
    }
}

static void
read_contrast_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);

  if (reply != NULL)
    {
      g_autoptr (GVariant) value = g_variant_get_child_value (reply, 0);
      take_value (data, CONTRAST_KEY, value);
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
  if (g_str_equal (namespace, NAMESPACE) && (g_str_equal (key, KEY) || g_str_equal (key, CONTRAST_KEY)))
    take_value (data, key, value);
}

static void
read_key (GDBusConnection *bus, const char *key, GAsyncReadyCallback done_cb, gpointer data)
{
  g_dbus_connection_call (bus, PORTAL_NAME, PORTAL_PATH, PORTAL_IFACE, "Read",
                          g_variant_new ("(ss)", NAMESPACE, key), G_VARIANT_TYPE ("(v)"),
                          G_DBUS_CALL_FLAGS_NONE, -1, NULL, done_cb, data);
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
  read_key (bus, KEY, read_scheme_cb, data);
  read_key (bus, CONTRAST_KEY, read_contrast_cb, data);
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
  g_signal_connect_swapped (gtk_settings_get_default (), "notify::gtk-theme-name", G_CALLBACK (theme_cb),
                            &scheme);
  theme_cb (&scheme);
  g_bus_get (G_BUS_TYPE_SESSION, NULL, bus_cb, &scheme);
}
