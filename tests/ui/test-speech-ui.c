/* Answers read aloud: the action, the row's button, Escape, the preference, and no service. */

#include <string.h>

#include "tests/app/speech-service.h"
#include "tests/ui/harness.h"

typedef struct
{
  SpeechService *service;
  QlWindow *window;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->service = speech_service_new ();
  f->window = new_window ();
  open_sample (f->window, "01-donut.png");
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  close_window (f->window);
  WAIT (ql_speech_get_reading (ql_application_get_speech (app)) == NULL);
  speech_service_free (f->service);
}

static GtkWidget *
find_button (GtkWidget *widget)
{
  const char *tooltip = GTK_IS_BUTTON (widget) ? gtk_widget_get_tooltip_text (widget) : NULL;
  gboolean is_it
      = g_strcmp0 (tooltip, "Read the answer aloud") == 0 || g_strcmp0 (tooltip, "Stop reading") == 0;
  GtkWidget *found = is_it ? widget : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_button (child);
  return found;
}

/* Of the first row. */
static GtkWidget *
button (Fixture *f)
{
  return find_button (GTK_WIDGET (f->window->chat_page));
}

static gboolean
offers_stop (Fixture *f)
{
  return g_str_equal (gtk_widget_get_tooltip_text (button (f)), "Stop reading");
}

static void
read_turn (Fixture *f, guint number)
{
  g_assert_true (enabled (f->window, "read-aloud"));
  g_action_group_activate_action (G_ACTION_GROUP (f->window), "read-aloud", g_variant_new_uint32 (number));
}

static void
assert_spoken (Fixture *f, const char *expected)
{
  g_autofree char *spoken = speech_service_spoken (f->service);

  g_assert_cmpstr (spoken, ==, expected);
}

static void
test_read_and_stop (Fixture *f, gconstpointer data)
{
  g_autofree char *line = g_strdup_printf ("en|%s\n", sample_caption ("01-donut.png"));

  speech_service_start (f->service);
  g_assert_false (offers_stop (f));
  g_assert_false (enabled (f->window, "stop"));
  read_turn (f, 0);
  g_assert_true (offers_stop (f));
  WAIT (speech_service_is_speaking (f->service));
  assert_spoken (f, line);
  /* Again: silence. */
  read_turn (f, 1);
  g_assert_false (offers_stop (f));
  WAIT (!speech_service_is_speaking (f->service));
  /* Escape's action: silence, and nothing else. */
  ql_message_bar_show_note (f->window->message_bar, "Note", "");
  gtk_widget_activate (button (f));
  WAIT (speech_service_is_speaking (f->service));
  act (f->window, "stop");
  g_assert_false (offers_stop (f));
  g_assert_true (ql_message_bar_is_shown (f->window->message_bar));
  WAIT (!speech_service_is_speaking (f->service));
  act (f->window, "stop");
  g_assert_false (ql_message_bar_is_shown (f->window->message_bar));
  /* To its end. */
  speech_service_finish (f->service);
  read_turn (f, 0);
  WAIT (!offers_stop (f));
  g_assert_false (enabled (f->window, "stop"));
  g_assert_false (ql_message_bar_is_shown (f->window->message_bar));
}

/* What is no longer there is not read on. */
static void
test_gone (Fixture *f, gconstpointer data)
{
  speech_service_start (f->service);
  read_turn (f, 0);
  WAIT (speech_service_is_speaking (f->service));
  g_action_group_activate_action (G_ACTION_GROUP (f->window), "delete-turn", g_variant_new_uint32 (1));
  WAIT (!speech_service_is_speaking (f->service));
  act (f->window, "undo");
  g_assert_false (offers_stop (f));
  read_turn (f, 0);
  WAIT (speech_service_is_speaking (f->service));
  act (f->window, "new");
  WAIT (!speech_service_is_speaking (f->service));
  open_sample (f->window, "01-donut.png");
  read_turn (f, 0);
  WAIT (speech_service_is_speaking (f->service));
  close_window (f->window);
  WAIT (!speech_service_is_speaking (f->service));
  f->window = new_window ();
}

/* Two windows, one voice. */
static void
test_windows (Fixture *f, gconstpointer data)
{
  QlWindow *other = new_window ();

  speech_service_start (f->service);
  open_sample (other, "02-tent.png");
  read_turn (f, 0);
  WAIT (speech_service_is_speaking (f->service));
  g_assert_false (enabled (other, "stop"));
  g_action_group_activate_action (G_ACTION_GROUP (other), "read-aloud", g_variant_new_uint32 (0));
  g_assert_false (offers_stop (f));
  g_assert_true (enabled (other, "stop"));
  act (other, "stop");
  WAIT (!speech_service_is_speaking (f->service));
  close_window (other);
}

static void
test_preference (Fixture *f, gconstpointer data)
{
  g_autofree char *line = NULL;

  speech_service_start (f->service);
  speech_service_finish (f->service);
  g_settings_set_boolean (ql_application_get_settings (app), "read-aloud", TRUE);
  act (f->window, "describe");
  WAIT (idle (f->window));
  WAIT (ql_speech_get_reading (ql_application_get_speech (app)) == NULL);
  line = g_strdup_printf ("en|%s\n", last_text (f->window));
  assert_spoken (f, line);
  /* Screen readers are told all the same. */
  g_assert_true (g_str_has_suffix (gtk_label_get_text (GTK_LABEL (f->window->live)), last_text (f->window)));
  g_settings_reset (ql_application_get_settings (app), "read-aloud");
}

static void
test_no_service (Fixture *f, gconstpointer data)
{
  g_setenv ("SPEECHD_CMD", "/nonexistent/speech-dispatcher", TRUE);
  read_turn (f, 0);
  WAIT (ql_message_bar_is_shown (f->window->message_bar));
  g_assert_nonnull (strstr (ql_message_bar_get_what (f->window->message_bar), "read aloud"));
  if (ql_speech_is_built ())
    {
      g_assert_nonnull (
          strstr (ql_message_bar_get_advice (f->window->message_bar), "Install speech-dispatcher"));
      g_assert_false (offers_stop (f));
    }
  ql_message_bar_dismiss (f->window->message_bar);
  /* Who has every answer read does not want to hear of it with every answer. */
  g_settings_set_boolean (ql_application_get_settings (app), "read-aloud", TRUE);
  act (f->window, "describe");
  WAIT (idle (f->window));
  WAIT (ql_speech_get_reading (ql_application_get_speech (app)) == NULL);
  g_assert_false (ql_message_bar_is_shown (f->window->message_bar));
  g_settings_reset (ql_application_get_settings (app), "read-aloud");
  read_turn (f, 0);
  WAIT (ql_message_bar_is_shown (f->window->message_bar));
  g_unsetenv ("SPEECHD_CMD");
}

/* In a build that cannot read aloud nothing offers to. */
static void
test_not_built (Fixture *f, gconstpointer data)
{
  g_assert_cmpint (gtk_widget_get_visible (button (f)), ==, ql_speech_is_built ());
}

int
main (int argc, char **argv)
{
  harness_init (&argc, &argv);
#define ADD(name, func) g_test_add ("/speech/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("no-service", test_no_service);
  ADD ("not-built", test_not_built);
  if (ql_speech_is_built () && speech_service_is_installed ())
    {
      ADD ("read-and-stop", test_read_and_stop);
      ADD ("gone", test_gone);
      ADD ("windows", test_windows);
      ADD ("preference", test_preference);
    }
  else
    g_test_add_func ("/speech/service", speech_service_skip);
#undef ADD
  return harness_run ();
}
