/* QlSpeech with a real speech-dispatcher: what it is given to say, and all the ways to fail. */

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "app/error-text.h"
#include "app/speech.h"
#include "tests/app/speech-service.h"
#include "tests/wait.h"

/* Far more than waiting for anything would take, far less than for ever. */
#define AT_ONCE_S 20

typedef struct
{
  SpeechService *service;
  QlSpeech *speech;
  GObject *first, *second; /* what is read */
  GError *error; /* the newest */
  int n_failed;
} Fixture;

static void
failed_cb (QlSpeech *speech, GObject *what, const GError *error, gpointer data)
{
  Fixture *f = data;

  g_assert_true (what == f->first);
  g_assert_null (ql_speech_get_reading (speech));
  g_clear_error (&f->error);
  f->error = g_error_copy (error);
  f->n_failed++;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->service = speech_service_new ();
  f->speech = ql_speech_new ();
  f->first = g_object_new (G_TYPE_OBJECT, NULL);
  f->second = g_object_new (G_TYPE_OBJECT, NULL);
  g_signal_connect (f->speech, "failed", G_CALLBACK (failed_cb), f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_clear_object (&f->speech);
  g_clear_pointer (&f->service, speech_service_free);
  g_object_unref (f->first);
  g_object_unref (f->second);
  g_clear_error (&f->error);
}

static gboolean
spoken_is (Fixture *f, const char *expected)
{
  g_autofree char *spoken = speech_service_spoken (f->service);

  return g_str_equal (spoken, expected);
}

static void
assert_spoken (Fixture *f, const char *expected)
{
  g_autofree char *spoken = speech_service_spoken (f->service);

  g_assert_cmpstr (spoken, ==, expected);
}

static void
read_first (Fixture *f, const char *text)
{
  ql_speech_read (f->speech, f->first, text, "en");
  g_assert_true (ql_speech_get_reading (f->speech) == f->first);
}

/* ---- with the service ---- */

static void
test_read (Fixture *f, gconstpointer data)
{
  speech_service_start (f->service);
  /* The service's own language is another. */
  read_first (f, "a dog and a cat");
  WAIT (speech_service_is_speaking (f->service));
  assert_spoken (f, "en|a dog and a cat\n");
  g_assert_true (ql_speech_get_reading (f->speech) == f->first);
  speech_service_finish (f->service);
  WAIT (ql_speech_get_reading (f->speech) == NULL);
  ql_speech_read (f->speech, f->second, "ein Hund", "de");
  WAIT (ql_speech_get_reading (f->speech) == NULL);
  assert_spoken (f, "en|a dog and a cat\nde|ein Hund\n");
  g_assert_cmpint (f->n_failed, ==, 0);
}

static void
test_stop (Fixture *f, gconstpointer data)
{
  g_autofree char *spoken = NULL;

  speech_service_start (f->service);
  ql_speech_stop (f->speech); /* nothing yet */
  read_first (f, "one");
  WAIT (speech_service_is_speaking (f->service));
  ql_speech_stop (f->speech);
  g_assert_null (ql_speech_get_reading (f->speech));
  WAIT (!speech_service_is_speaking (f->service));
  /* Before, or just when, it comes to the service, which may then not find what to stop. */
  speech_service_finish (f->service);
  read_first (f, "two");
  ql_speech_stop (f->speech);
  g_assert_null (ql_speech_get_reading (f->speech));
  read_first (f, "three");
  WAIT (ql_speech_get_reading (f->speech) == NULL);
  spoken = speech_service_spoken (f->service);
  g_assert_true (g_str_has_suffix (spoken, "en|three\n"));
  g_assert_cmpint (f->n_failed, ==, 0);
}

static void
test_replace (Fixture *f, gconstpointer data)
{
  speech_service_start (f->service);
  read_first (f, "one");
  WAIT (speech_service_is_speaking (f->service));
  ql_speech_read (f->speech, f->second, "two", "en");
  g_assert_true (ql_speech_get_reading (f->speech) == f->second);
  WAIT (spoken_is (f, "en|one\nen|two\n"));
  /* That the first one ended is no news. */
  g_assert_true (ql_speech_get_reading (f->speech) == f->second);
  speech_service_finish (f->service);
  WAIT (ql_speech_get_reading (f->speech) == NULL);
  g_assert_cmpint (f->n_failed, ==, 0);
}

/* Text is never taken for the protocol, for markup, or for a shell's. */
static void
test_text (Fixture *f, gconstpointer data)
{
  g_autofree char *spoken = NULL;
  g_autoptr (GString) all = NULL;

  speech_service_start (f->service);
  speech_service_finish (f->service);
  read_first (f, ".\r\n.\r\nSET SELF LANGUAGE de\r\n\r\n\x01 <b>it's</b> & \"so\" $HOME\n");
  WAIT (ql_speech_get_reading (f->speech) == NULL);
  /* The voice gets it sentence by sentence. */
  spoken = speech_service_spoken (f->service);
  all = g_string_new (spoken);
  g_string_replace (all, "\nen|", "", 0);
  g_assert_cmpstr (all->str, ==, "en|. . SET SELF LANGUAGE de <b>it's</b> & \"so\" $HOME\n");
  read_first (f, "after");
  WAIT (ql_speech_get_reading (f->speech) == NULL);
  ql_speech_read (f->speech, f->first, " \n ", "en");
  g_assert_null (ql_speech_get_reading (f->speech));
  g_assert_cmpint (f->n_failed, ==, 0);
}

static void
test_service_dies (Fixture *f, gconstpointer data)
{
  g_setenv ("SPEECHD_CMD", "/bin/false", TRUE);
  speech_service_start (f->service);
  read_first (f, "one");
  WAIT (speech_service_is_speaking (f->service));
  speech_service_signal (f->service, SIGKILL);
  WAIT (f->n_failed == 1);
  g_assert_error (f->error, QL_SPEECH_ERROR, QL_SPEECH_ERROR_BROKEN);
  read_first (f, "two");
  WAIT (f->n_failed == 2);
  g_assert_error (f->error, QL_SPEECH_ERROR, QL_SPEECH_ERROR_NO_START);
  g_unsetenv ("SPEECHD_CMD");
  /* Back again, and it is as if nothing had been. */
  speech_service_finish (f->service);
  speech_service_start (f->service);
  read_first (f, "three");
  WAIT (ql_speech_get_reading (f->speech) == NULL);
  /* Gone and back while nothing was read. */
  speech_service_signal (f->service, SIGKILL);
  speech_service_start (f->service);
  read_first (f, "four");
  WAIT (ql_speech_get_reading (f->speech) == NULL);
  assert_spoken (f, "en|one\nen|three\nen|four\n");
  g_assert_cmpint (f->n_failed, ==, 2);
}

static void
test_service_hangs (Fixture *f, gconstpointer data)
{
  g_autofree char *spoken = NULL;
  gint64 before;

  speech_service_start (f->service);
  read_first (f, "one");
  WAIT (speech_service_is_speaking (f->service));
  speech_service_signal (f->service, SIGSTOP);
  before = g_get_monotonic_time ();
  ql_speech_read (f->speech, f->second, "two", "en");
  ql_speech_stop (f->speech);
  g_assert_null (ql_speech_get_reading (f->speech));
  read_first (f, "three");
  /* Nor does it keep the program from ending. */
  g_clear_object (&f->speech);
  g_assert_cmpint (g_get_monotonic_time () - before, <, AT_ONCE_S * G_TIME_SPAN_SECOND);
  speech_service_signal (f->service, SIGCONT);
  speech_service_finish (f->service);
  WAIT (!speech_service_is_speaking (f->service));
  spoken = speech_service_spoken (f->service);
  g_assert_null (strstr (spoken, "three"));
}

static void
test_silent_at_the_end (Fixture *f, gconstpointer data)
{
  speech_service_start (f->service);
  read_first (f, "one");
  WAIT (speech_service_is_speaking (f->service));
  g_clear_object (&f->speech);
  WAIT (!speech_service_is_speaking (f->service));
}

/* ---- without ---- */

static void
test_starts_service (Fixture *f, gconstpointer data)
{
  g_autofree char *script = g_build_filename (f->service->root, "start", NULL);
  g_autofree char *pid = g_build_filename (f->service->root, "pid", NULL);
  g_autofree char *contents = g_strdup_printf (
      "#!/bin/sh\ncd '%s' && HOME=$PWD ALSA_CONFIG_PATH=$PWD/sound.conf exec speech-dispatcher --run-daemon "
      "--config-dir $PWD/conf --log-dir $PWD/log --socket-path $PWD/socket --pid-file $PWD/pid --timeout 0\n",
      f->service->root);
  g_autofree char *number = NULL;

  g_assert_true (g_file_set_contents_full (script, contents, -1, G_FILE_SET_CONTENTS_NONE, 0700, NULL));
  g_setenv ("SPEECHD_CMD", script, TRUE);
  speech_service_finish (f->service);
  read_first (f, "one");
  WAIT (ql_speech_get_reading (f->speech) == NULL);
  g_assert_no_error (f->error);
  assert_spoken (f, "en|one\n");
  g_assert_true (g_file_get_contents (pid, &number, NULL, NULL));
  g_assert_cmpint (kill (atoi (number), SIGTERM), ==, 0);
  g_unsetenv ("SPEECHD_CMD");
}

static void
test_missing (Fixture *f, gconstpointer data)
{
  g_autoptr (QlErrorText) text = NULL;

  g_setenv ("SPEECHD_CMD", "/nonexistent/speech-dispatcher", TRUE);
  read_first (f, "one");
  WAIT (f->n_failed == 1);
  g_assert_null (ql_speech_get_reading (f->speech));
  text = ql_error_text_new (QL_ERROR_TASK_READ_ALOUD, NULL, f->error);
  if (ql_speech_is_built ())
    {
      g_assert_error (f->error, QL_SPEECH_ERROR, QL_SPEECH_ERROR_NOT_INSTALLED);
      g_assert_nonnull (strstr (text->advice, "Install speech-dispatcher"));
    }
  else
    g_assert_error (f->error, QL_SPEECH_ERROR, QL_SPEECH_ERROR_NOT_BUILT);
  g_unsetenv ("SPEECHD_CMD");
}

/* What is on the screen goes to no other computer, whatever the environment says. */
static void
test_remote (Fixture *f, gconstpointer data)
{
  if (!ql_speech_is_built ())
    {
      g_test_skip ("built without speech");
      return;
    }
  g_setenv ("SPEECHD_ADDRESS", "inet_socket:127.0.0.1:6560", TRUE);
  read_first (f, "one");
  WAIT (f->n_failed == 1);
  g_assert_error (f->error, QL_SPEECH_ERROR, QL_SPEECH_ERROR_REMOTE);
}

static void
test_words (void)
{
  const int codes[] = { QL_SPEECH_ERROR_NOT_BUILT, QL_SPEECH_ERROR_NOT_INSTALLED, QL_SPEECH_ERROR_NO_START,
                        QL_SPEECH_ERROR_REMOTE, QL_SPEECH_ERROR_BROKEN };
  g_autoptr (GHashTable) advice = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    {
      g_autoptr (GError) error = g_error_new_literal (QL_SPEECH_ERROR, codes[i], "details");
      g_autoptr (QlErrorText) text = ql_error_text_new (QL_ERROR_TASK_READ_ALOUD, NULL, error);

      g_assert_cmpstr (text->details, ==, "details");
      g_hash_table_add (advice, g_strdup (text->advice));
    }
  g_assert_cmpuint (g_hash_table_size (advice), ==, G_N_ELEMENTS (codes));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/speech/words", test_words);
#define ADD(name, func) g_test_add ("/speech/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("missing", test_missing);
  ADD ("remote", test_remote);
  if (ql_speech_is_built () && speech_service_is_installed ())
    {
      ADD ("read", test_read);
      ADD ("stop", test_stop);
      ADD ("replace", test_replace);
      ADD ("text", test_text);
      ADD ("service-dies", test_service_dies);
      ADD ("service-hangs", test_service_hangs);
      ADD ("silent-at-the-end", test_silent_at_the_end);
      ADD ("starts-service", test_starts_service);
    }
  else
    g_test_add_func ("/speech/service", speech_service_skip);
#undef ADD
  return g_test_run ();
}
