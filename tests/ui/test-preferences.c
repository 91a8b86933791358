/* Preferences hold at once; what tells of answers. */

#include <string.h>

#include "app/hub-download.h"
#include "tests/ui/harness.h"
#include "ui/address-entry.h"
#include "ui/announce.h"
#include "ui/encodings-row.h"
#include "ui/model-button.h"
#include "ui/preferences-window.h"

static GtkWindow *
preferences (void)
{
  for (GList *l = gtk_application_get_windows (GTK_APPLICATION (app)); l != NULL; l = l->next)
    if (QL_IS_PREFERENCES_WINDOW (l->data))
      return l->data;
  return NULL;
}

static void
test_window (void)
{
  static const char *const keys[]
      = { "color-scheme", "describe-on-open",   "preset",    "use-context", "notify", "threads",
          "exact",        "remember-encodings", "encodings", "look-ahead" };
  QlWindow *window = new_window ();
  GSettings *settings = ql_application_get_settings (app);
  QlPreferencesWindow *self;
  gboolean dark;

  g_action_group_activate_action (G_ACTION_GROUP (app), "preferences", NULL);
  WAIT (preferences () != NULL && gtk_widget_get_mapped (GTK_WIDGET (preferences ())));
  self = QL_PREFERENCES_WINDOW (preferences ());
  /* A second time shows the same window. */
  g_action_group_activate_action (G_ACTION_GROUP (app), "preferences", NULL);
  g_assert_true (preferences () == GTK_WINDOW (self));
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      GtkWidget *control = ql_preferences_window_get_control (self, keys[i]);

      g_assert_nonnull (control);
      g_assert_true (
          gtk_test_accessible_has_property (GTK_ACCESSIBLE (control), GTK_ACCESSIBLE_PROPERTY_LABEL));
      g_assert_true (
          gtk_test_accessible_has_property (GTK_ACCESSIBLE (control), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION));
    }
  g_assert_cmpint (ql_preferences_window_get_control (self, "read-aloud") != NULL, ==, ql_speech_is_built ());
  gtk_drop_down_set_selected (GTK_DROP_DOWN (ql_preferences_window_get_control (self, "color-scheme")), 2);
  g_assert_cmpint (g_settings_get_enum (settings, "color-scheme"), ==, 2);
  g_object_get (gtk_settings_get_default (), "gtk-application-prefer-dark-theme", &dark, NULL);
  g_assert_true (dark);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (ql_preferences_window_get_control (self, "color-scheme")), 1);
  g_object_get (gtk_settings_get_default (), "gtk-application-prefer-dark-theme", &dark, NULL);
  g_assert_false (dark);
  g_settings_reset (settings, "color-scheme");
  gtk_drop_down_set_selected (GTK_DROP_DOWN (ql_preferences_window_get_control (self, "preset")), 3);
  g_assert_cmpint (g_settings_get_enum (settings, "preset"), ==, QL_PRESET_CREATIVE);
  g_settings_reset (settings, "preset");
  gtk_window_close (GTK_WINDOW (self));
  WAIT (preferences () == NULL);
  close_window (window);
}

/* What is kept of pictures: how much, deleted by one click, and switched off. */
static void
test_encodings (void)
{
  QlWindow *window = new_window ();
  GSettings *settings = ql_application_get_settings (app);
  QlEncodingCache *cache = ql_engine_service_get_encoding_cache (ql_application_get_engine (app));
  g_autofree char *key = g_strnfill (64, 'a');
  g_autoptr (GBytes) bytes = g_bytes_new_static ("0123456789", 10);
  QlEncodingsRow *row;
  GtkWidget *button;

  g_assert_nonnull (cache);
  ql_encoding_cache_save (cache, key, bytes);
  g_action_group_activate_action (G_ACTION_GROUP (app), "preferences", NULL);
  WAIT (preferences () != NULL && gtk_widget_get_mapped (GTK_WIDGET (preferences ())));
  button = ql_preferences_window_get_control (QL_PREFERENCES_WINDOW (preferences ()), "encodings");
  row = QL_ENCODINGS_ROW (gtk_widget_get_ancestor (button, QL_TYPE_ENCODINGS_ROW));
  WAIT (gtk_widget_get_sensitive (button));
  gtk_test_accessible_assert_property (button, GTK_ACCESSIBLE_PROPERTY_LABEL,
                                       "Delete what is kept of pictures");
  g_assert_nonnull (strstr (ql_encodings_row_get_text (row), "10"));
  g_signal_emit_by_name (button, "clicked");
  g_assert_false (gtk_widget_get_sensitive (button));
  WAIT (g_str_equal (ql_encodings_row_get_text (row), "Nothing is kept."));
  g_assert_false (gtk_widget_get_sensitive (button));
  g_assert_cmpuint (ql_encoding_cache_count_bytes (cache), ==, 0);

  g_settings_set_boolean (settings, "remember-encodings", FALSE);
  g_assert_null (ql_engine_service_get_encoding_cache (ql_application_get_engine (app)));
  g_settings_reset (settings, "remember-encodings");
  g_assert_true (ql_engine_service_get_encoding_cache (ql_application_get_engine (app)) == cache);
  /* Closing while it counts. */
  gtk_window_close (preferences ());
  WAIT (preferences () == NULL);
  g_action_group_activate_action (G_ACTION_GROUP (app), "preferences", NULL);
  gtk_window_destroy (preferences ());
  WAIT (preferences () == NULL);
  close_window (window);
}

static void
type_address (GtkWidget *entry, const char *text)
{
  gtk_editable_set_text (GTK_EDITABLE (entry), text);
  g_signal_emit_by_name (entry, "activate");
}

/* What is no address of a hub is refused with a reason, and changes nothing. */
static void
test_hub_address (void)
{
  static const char *const bad[]
      = { "huggingface.co", "http://example.invalid", "https://",
          "https://a b/",   "ftp://example.invalid",  "https://example.invalid/?x=1" };
  QlWindow *window = new_window ();
  GSettings *settings = ql_application_get_settings (app);
  GtkWidget *entry;
  QlAddressEntry *row;

  g_action_group_activate_action (G_ACTION_GROUP (app), "preferences", NULL);
  WAIT (preferences () != NULL && gtk_widget_get_mapped (GTK_WIDGET (preferences ())));
  entry = ql_preferences_window_get_control (QL_PREFERENCES_WINDOW (preferences ()), "hub-address");
  if (!ql_hub_download_is_built ())
    {
      g_assert_null (entry); /* nothing to set */
      gtk_window_close (preferences ());
      WAIT (preferences () == NULL);
      close_window (window);
      return;
    }
  row = QL_ADDRESS_ENTRY (gtk_widget_get_ancestor (entry, QL_TYPE_ADDRESS_ENTRY));
  g_assert_true (gtk_test_accessible_has_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL));
  type_address (entry, "https://mirror.invalid/hub/");
  g_assert_null (ql_address_entry_get_refusal (row));
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (entry)), ==, "https://mirror.invalid/hub");
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *kept = NULL;

      type_address (entry, bad[i]);
      g_assert_nonnull (strstr (ql_address_entry_get_refusal (row), bad[i]));
      gtk_test_accessible_assert_state (entry, GTK_ACCESSIBLE_STATE_INVALID, GTK_ACCESSIBLE_INVALID_TRUE);
      kept = g_settings_get_string (settings, "hub-address");
      g_assert_cmpstr (kept, ==, "https://mirror.invalid/hub");
    }
  gtk_editable_set_text (GTK_EDITABLE (entry), "x");
  g_assert_null (ql_address_entry_get_refusal (row)); /* not while one types */

  /* empty is the hub itself; closing is enough */
  gtk_editable_set_text (GTK_EDITABLE (entry), "");
  gtk_window_close (preferences ());
  WAIT (preferences () == NULL);
  {
    g_autofree char *empty = g_settings_get_string (settings, "hub-address");
    g_assert_cmpstr (empty, ==, "");
  }
  g_settings_reset (settings, "hub-address");
  close_window (window);
}

static gboolean
facts_say (GtkWidget *button, const char *text)
{
  GObject *label = gtk_widget_get_template_child (button, QL_TYPE_MODEL_BUTTON, "facts_label");

  return strstr (gtk_label_get_text (GTK_LABEL (label)), text) != NULL;
}

/* Who wonders why answers take long finds it where the model is told of. */
static void
test_exact (void)
{
  QlWindow *window = new_window ();
  GSettings *settings = ql_application_get_settings (app);
  GtkWidget *button = find_type (GTK_WIDGET (window), QL_TYPE_MODEL_BUTTON);
  GtkMenuButton *menu = GTK_MENU_BUTTON (find_type (button, GTK_TYPE_MENU_BUTTON));

  for (int exact = 0; exact < 2; exact++)
    {
      g_settings_set_boolean (settings, "exact", exact != 0);
      gtk_menu_button_popup (menu);
      WAIT (gtk_widget_get_mapped (GTK_WIDGET (gtk_menu_button_get_popover (menu))));
      g_assert_cmpint (facts_say (button, "Calculates exactly"), ==, exact != 0);
      gtk_menu_button_popdown (menu);
      WAIT (!gtk_widget_get_mapped (GTK_WIDGET (gtk_menu_button_get_popover (menu))));
    }
  g_settings_reset (settings, "exact");
  close_window (window);
}

static void
test_describe_on_open (void)
{
  QlWindow *window = new_window ();
  GSettings *settings = ql_application_get_settings (app);

  g_settings_set_boolean (settings, "describe-on-open", FALSE);
  drop_files (window, "01-donut.png", NULL);
  WAIT (idle (window));
  g_assert_cmpuint (n_turns (window), ==, 0);
  g_settings_set_int (settings, "threads", 1);
  g_settings_set_boolean (settings, "exact", TRUE);
  act (window, "describe");
  WAIT (idle (window));
  g_assert_cmpstr (last_text (window), ==, sample_caption ("01-donut.png"));
  g_settings_reset (settings, "threads");
  g_settings_reset (settings, "exact");
  g_settings_reset (settings, "describe-on-open");
  close_window (window);
}

static void
count_blocks (QlEnginePhase phase, int done, int total, gpointer data)
{
  if (phase == QL_ENGINE_PHASE_VISION)
    g_atomic_int_inc ((int *) data);
}

/* A picture that is not described at once is looked at all the same; not where the preferences say no. */
static void
test_look_ahead (void)
{
  QlWindow *window = new_window ();
  GSettings *settings = ql_application_get_settings (app);
  int n_blocks = 0, n_once;

  g_settings_set_boolean (settings, "describe-on-open", FALSE);
  ql_engine_service_set_probe (window->engine, count_blocks, &n_blocks);
  drop_files (window, "02-tent.png", NULL);
  WAIT (g_atomic_int_get (&n_blocks) > 0);
  g_assert_cmpuint (n_turns (window), ==, 0);
  act (window, "describe");
  WAIT (idle (window));
  g_assert_cmpstr (last_text (window), ==, sample_caption ("02-tent.png"));
  WAIT (window->look_ahead_id == 0);
  n_once = g_atomic_int_get (&n_blocks);

  g_settings_set_boolean (settings, "look-ahead", FALSE);
  drop_files (window, "01-donut.png", NULL);
  WAIT (idle (window));
  WAIT (window->look_ahead_id == 0);
  g_assert_cmpint (g_atomic_int_get (&n_blocks), ==, n_once);
  ql_engine_service_set_probe (window->engine, NULL, NULL);
  g_settings_reset (settings, "look-ahead");
  g_settings_reset (settings, "describe-on-open");
  close_window (window);
}

static void
test_announce (void)
{
  QlWindow *window = new_window ();
  GSettings *settings = ql_application_get_settings (app);
  g_autofree char *expected = g_strconcat ("Answer: ", sample_caption ("01-donut.png"), NULL);

  g_assert_false (gtk_widget_get_visible (window->live));
  open_sample (window, "01-donut.png");
  g_assert_true (gtk_widget_get_visible (window->live));
  gtk_test_accessible_assert_role (GTK_ACCESSIBLE (window->live), GTK_ACCESSIBLE_ROLE_ALERT);
  gtk_test_accessible_assert_property (window->live, GTK_ACCESSIBLE_PROPERTY_LABEL, expected);

  g_assert_true (ql_announce_wanted (5.1, FALSE, settings));
  g_assert_false (ql_announce_wanted (5.0, FALSE, settings));
  g_assert_false (ql_announce_wanted (60, TRUE, settings));
  g_settings_set_boolean (settings, "notify", FALSE);
  g_assert_false (ql_announce_wanted (60, FALSE, settings));
  g_settings_reset (settings, "notify");
  close_window (window);
}

/* ---- a notification server, of the kind that GLib asks first ---- */

typedef struct
{
  GVariant *added; /* what came last */
  char *removed;
  gboolean owned;
} Server;

static void
called_cb (GDBusConnection *bus, const char *sender, const char *path, const char *iface, const char *method,
           GVariant *parameters, GDBusMethodInvocation *call, gpointer data)
{
  Server *server = data;

  if (g_str_equal (method, "AddNotification"))
    {
      g_clear_pointer (&server->added, g_variant_unref);
      server->added = g_variant_ref (parameters);
    }
  else
    g_variant_get (parameters, "(ss)", NULL, &server->removed);
  g_dbus_method_invocation_return_value (call, NULL);
}

static void
owned_cb (GDBusConnection *bus, const char *name, gpointer data)
{
  ((Server *) data)->owned = TRUE;
}

static void
test_notification (void)
{
  static const char xml[]
      = "<node><interface name='org.gtk.Notifications'><method name='AddNotification'>"
        "<arg type='s'/><arg type='s'/><arg type='a{sv}'/></method><method name='RemoveNotification'>"
        "<arg type='s'/><arg type='s'/></method></interface></node>";
  static const GDBusInterfaceVTable vtable = { called_cb, NULL, NULL, { NULL } };
  GDBusConnection *bus = g_application_get_dbus_connection (G_APPLICATION (app));
  g_autoptr (GDBusNodeInfo) info = g_dbus_node_info_new_for_xml (xml, NULL);
  QlWindow *window = new_window (), *other = new_window ();
  guint id = gtk_application_window_get_id (GTK_APPLICATION_WINDOW (window));
  g_autofree char *expected_id = g_strdup_printf ("answer-%u", id);
  g_autoptr (GVariant) about = NULL;
  Server server = { NULL, NULL, FALSE };
  const char *text, *name;
  guint object, owner, target;

  object = g_dbus_connection_register_object (bus, "/org/gtk/Notifications", info->interfaces[0], &vtable,
                                              &server, NULL, NULL);
  g_assert_cmpuint (object, >, 0);
  owner = g_bus_own_name_on_connection (bus, "org.gtk.Notifications", G_BUS_NAME_OWNER_FLAGS_NONE, owned_cb,
                                        NULL, &server, NULL);
  WAIT (server.owned);
  open_sample (window, "01-donut.png");
  gtk_window_present (GTK_WINDOW (other));
  ql_announce_notify (GTK_WINDOW (window), ql_conversation_get_last (window->conversation));
  WAIT (server.added != NULL);
  g_variant_get (server.added, "(&s&s@a{sv})", NULL, &name, &about);
  g_assert_cmpstr (name, ==, expected_id);
  g_assert_true (g_variant_lookup (about, "title", "&s", &text));
  g_assert_cmpstr (text, ==, "Describe the picture.");
  g_assert_true (g_variant_lookup (about, "body", "&s", &text));
  g_assert_cmpstr (text, ==, sample_caption ("01-donut.png"));
  /* What a click does: not any window, but this one. */
  g_assert_true (g_variant_lookup (about, "default-action", "&s", &text));
  g_assert_true (g_variant_lookup (about, "default-action-target", "u", &target));
  g_assert_cmpuint (target, ==, id);
  g_assert_true (g_str_has_prefix (text, "app."));
  g_action_group_activate_action (G_ACTION_GROUP (app), text + strlen ("app."),
                                  g_variant_new_uint32 (target));
  WAIT (gtk_window_is_active (GTK_WINDOW (window)));
  /* It has been looked at. */
  WAIT (server.removed != NULL);
  g_assert_cmpstr (server.removed, ==, expected_id);
  /* Of a window that is gone. */
  g_action_group_activate_action (G_ACTION_GROUP (app), "show-window", g_variant_new_uint32 (G_MAXUINT));
  g_bus_unown_name (owner);
  g_dbus_connection_unregister_object (bus, object);
  g_variant_unref (server.added);
  g_free (server.removed);
  close_window (other);
  close_window (window);
}

int
main (int argc, char **argv)
{
  harness_init (&argc, &argv);
  g_test_add_func ("/preferences/window", test_window);
  g_test_add_func ("/preferences/hub-address", test_hub_address);
  g_test_add_func ("/preferences/look-ahead", test_look_ahead);
  g_test_add_func ("/preferences/encodings", test_encodings);
  g_test_add_func ("/preferences/exact", test_exact);
  g_test_add_func ("/preferences/describe-on-open", test_describe_on_open);
  g_test_add_func ("/preferences/announce", test_announce);
  g_test_add_func ("/preferences/notification", test_notification);
  return harness_run ();
}
