/* Preferences hold at once; what tells of answers. */

#include "tests/ui/harness.h"
#include "ui/announce.h"
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
      = { "color-scheme", "describe-on-open", "preset", "use-context", "notify", "threads" };
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
  act (window, "describe");
  WAIT (idle (window));
  g_assert_cmpstr (last_text (window), ==, sample_caption ("01-donut.png"));
  g_settings_reset (settings, "threads");
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

int
main (int argc, char **argv)
{
  harness_init (&argc, &argv);
  g_test_add_func ("/preferences/window", test_window);
  g_test_add_func ("/preferences/describe-on-open", test_describe_on_open);
  g_test_add_func ("/preferences/announce", test_announce);
  return harness_run ();
}
