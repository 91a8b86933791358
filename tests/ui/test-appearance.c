/* Light, dark and high contrast, as the desktop's portal says; motion, as GTK's setting says. */

#include "tests/ui/harness.h"

#define PORTAL "org.freedesktop.portal.Desktop"
#define PATH "/org/freedesktop/portal/desktop"
#define IFACE "org.freedesktop.portal.Settings"
#define NAMESPACE "org.freedesktop.appearance"

static GDBusConnection *bus;
static const guint32 scheme = 1, contrast = 0; /* dark, when the program starts */
static gint portal_ready;

static void
called_cb (GDBusConnection *connection, const char *sender, const char *path, const char *iface,
           const char *method, GVariant *parameters, GDBusMethodInvocation *call, gpointer data)
{
  const char *namespace, *key;

  if (!g_str_equal (iface, IFACE))
    {
      /* GTK asks it not to let the computer sleep, since it is there. */
      g_dbus_method_invocation_return_value (call, g_variant_new ("(o)", PATH "/request"));
      return;
    }
  g_variant_get (parameters, "(&s&s)", &namespace, &key);
  if (!g_str_equal (namespace, NAMESPACE))
    g_dbus_method_invocation_return_dbus_error (call, "org.freedesktop.portal.Error.NotFound", "No such key");
  else
    /* Twice in a variant, as the portal's Read() does. */
    g_dbus_method_invocation_return_value (
        call, g_variant_new ("(v)", g_variant_new_variant (g_variant_new_uint32 (
                                        g_str_equal (key, "contrast") ? contrast : scheme))));
}

/* On a thread of its own, for GTK asks it and waits. */
static gpointer
portal_cb (gpointer data)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GMainLoop) loop = g_main_loop_new (context, FALSE);
  static const char xml[]
      = "<node><interface name='" IFACE "'><method name='Read'><arg type='s'/><arg type='s'/>"
        "<arg type='v' direction='out'/></method><signal name='SettingChanged'><arg type='s'/>"
        "<arg type='s'/><arg type='v'/></signal></interface>"
        "<interface name='org.freedesktop.portal.Inhibit'><method name='Inhibit'>"
        "<arg type='s'/><arg type='u'/><arg type='a{sv}'/><arg type='o' direction='out'/>"
        "</method></interface></node>";
  static const GDBusInterfaceVTable vtable = { called_cb, NULL, NULL, { NULL } };
  g_autoptr (GDBusNodeInfo) info = g_dbus_node_info_new_for_xml (xml, NULL);
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) error = NULL;

  g_main_context_push_thread_default (context);
  for (guint i = 0; info->interfaces[i] != NULL; i++)
    g_assert_cmpuint (
        g_dbus_connection_register_object (bus, PATH, info->interfaces[i], &vtable, NULL, NULL, NULL), >, 0);
  reply = g_dbus_connection_call_sync (
      bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName",
      g_variant_new ("(su)", PORTAL, 4), NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
  g_assert_no_error (error);
  g_atomic_int_set (&portal_ready, TRUE);
  g_main_loop_run (loop);
  return NULL;
}

/* Before the program starts, which asks once. */
static void
start_portal (void)
{
  g_autoptr (GError) error = NULL;

  bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, &error);
  g_assert_no_error (error);
  g_thread_unref (g_thread_new ("portal", portal_cb, NULL));
  while (!g_atomic_int_get (&portal_ready))
    g_usleep (1000);
}

static void
change (const char *namespace, const char *key, GVariant *value)
{
  g_assert_true (g_dbus_connection_emit_signal (bus, NULL, PATH, IFACE, "SettingChanged",
                                                g_variant_new ("(ssv)", namespace, key, value), NULL));
}

static gboolean
is_dark (void)
{
  gboolean dark;

  g_object_get (gtk_settings_get_default (), "gtk-application-prefer-dark-theme", &dark, NULL);
  return dark;
}

static gboolean
theme_is (const char *expected)
{
  g_autofree char *theme = NULL;

  g_object_get (gtk_settings_get_default (), "gtk-theme-name", &theme, NULL);
  return g_strcmp0 (theme, expected) == 0;
}

static int
question_border (QlWindow *window)
{
  GtkBorder border;

  gtk_style_context_get_border (gtk_widget_get_style_context (GTK_WIDGET (row_label (window, "ql-question"))),
                                &border);
  return border.top;
}

static void
test_scheme (void)
{
  GSettings *settings = ql_application_get_settings (app);

  WAIT (is_dark ());
  change (NAMESPACE, "color-scheme", g_variant_new_uint32 (2));
  WAIT (!is_dark ());
  /* What is not for us, or not what it should be, changes nothing. */
  change ("org.example", "color-scheme", g_variant_new_uint32 (1));
  change (NAMESPACE, "accent-color", g_variant_new_uint32 (1));
  change (NAMESPACE, "color-scheme", g_variant_new_string ("dark"));
  change (NAMESPACE, "contrast", g_variant_new_string ("high"));
  change (NAMESPACE, "color-scheme", g_variant_new_uint32 (0));
  change (NAMESPACE, "color-scheme", g_variant_new_uint32 (1));
  WAIT (is_dark ());
  /* The person's own choice comes first. */
  g_settings_set_string (settings, "color-scheme", "light");
  g_assert_false (is_dark ());
  g_settings_reset (settings, "color-scheme");
  g_assert_true (is_dark ());
}

static void
test_contrast (void)
{
  QlWindow *window = new_window ();
  g_autofree char *before = NULL;

  open_sample (window, "01-donut.png");
  g_object_get (gtk_settings_get_default (), "gtk-theme-name", &before, NULL);
  g_assert_cmpint (question_border (window), ==, 0);
  change (NAMESPACE, "contrast", g_variant_new_uint32 (1));
  WAIT (theme_is ("HighContrast"));
  g_assert_cmpint (question_border (window), >, 0);
  change (NAMESPACE, "contrast", g_variant_new_uint32 (0));
  WAIT (theme_is (before));
  g_assert_cmpint (question_border (window), ==, 0);
  /* A desktop that changes the theme itself is left to it. */
  g_object_set (gtk_settings_get_default (), "gtk-theme-name", "HighContrastInverse", NULL);
  g_assert_cmpint (question_border (window), >, 0);
  change (NAMESPACE, "contrast", g_variant_new_uint32 (1));
  change (NAMESPACE, "color-scheme", g_variant_new_uint32 (2));
  WAIT (!is_dark ());
  g_assert_true (theme_is ("HighContrastInverse"));
  change (NAMESPACE, "contrast", g_variant_new_uint32 (0));
  change (NAMESPACE, "color-scheme", g_variant_new_uint32 (1));
  WAIT (is_dark ());
  g_assert_true (theme_is ("HighContrastInverse"));
  gtk_settings_reset_property (gtk_settings_get_default (), "gtk-theme-name");
  close_window (window);
}

static void
test_fixed_theme (void)
{
  QlWindow *window = new_window ();

  open_sample (window, "01-donut.png");
  g_setenv ("GTK_THEME", "Default-hc-dark", TRUE);
  g_object_notify (G_OBJECT (gtk_settings_get_default ()), "gtk-theme-name");
  g_assert_cmpint (question_border (window), >, 0);
  g_unsetenv ("GTK_THEME");
  g_object_notify (G_OBJECT (gtk_settings_get_default ()), "gtk-theme-name");
  g_assert_cmpint (question_border (window), ==, 0);
  close_window (window);
}

/* Of all revealers and stacks, which are all that moves. */
static void
look_for_motion (GtkWidget *widget, int *n_moving)
{
  if (GTK_IS_REVEALER (widget))
    {
      gboolean shown = gtk_revealer_get_reveal_child (GTK_REVEALER (widget));

      gtk_revealer_set_reveal_child (GTK_REVEALER (widget), !shown);
      *n_moving += gtk_revealer_get_child_revealed (GTK_REVEALER (widget)) == shown;
      gtk_revealer_set_reveal_child (GTK_REVEALER (widget), shown);
    }
  if (GTK_IS_STACK (widget))
    *n_moving += gtk_stack_get_transition_running (GTK_STACK (widget));
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    look_for_motion (child, n_moving);
}

static void
test_motion (void)
{
  QlWindow *window = new_window ();
  int n_moving = 0;

  open_sample (window, "01-donut.png");
  look_for_motion (GTK_WIDGET (window), &n_moving);
  g_assert_cmpint (n_moving, ==, 0);
  /* The same with motion, to see that the test would see some. */
  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", TRUE, NULL);
  look_for_motion (GTK_WIDGET (window), &n_moving);
  g_assert_cmpint (n_moving, >, 0);
  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", FALSE, NULL);
  close_window (window);
}

int
main (int argc, char **argv)
{
  /* It would come before what the desktop says. */
  g_unsetenv ("GTK_THEME");
  start_portal ();
  harness_init (&argc, &argv);
  g_test_add_func ("/appearance/scheme", test_scheme);
  g_test_add_func ("/appearance/contrast", test_contrast);
  g_test_add_func ("/appearance/fixed-theme", test_fixed_theme);
  g_test_add_func ("/appearance/motion", test_motion);
  return harness_run ();
}
