#include "tests/app/speech-service.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include <glib/gstdio.h>

#define SOUND "pcm.!default { type null }\n"

static char *
file (SpeechService *self, const char *name)
{
  return g_build_filename (self->root, name, NULL);
}

static void
write_file (SpeechService *self, const char *name, const char *contents)
{
  g_autofree char *path = file (self, name);
  g_autofree char *dir = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (dir, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, contents, -1, NULL));
  g_assert_cmpint (g_chmod (path, 0700), ==, 0);
}

gboolean
speech_service_is_installed (void)
{
  g_autofree char *path = g_find_program_in_path ("speech-dispatcher");

  return path != NULL;
}

void
speech_service_skip (void)
{
  g_test_skip ("speech-dispatcher is not installed, or this build has no speech");
}

SpeechService *
speech_service_new (void)
{
  SpeechService *self = g_new0 (SpeechService, 1);
  g_autofree char *settings = NULL, *module = NULL, *voice = NULL, *address = NULL;

  self->root = g_dir_make_tmp ("qlens-speech-XXXXXX", NULL);
  g_assert_nonnull (self->root);
  settings = g_strdup_printf ("LogLevel 3\nLogDir \"%s/log\"\nSymbolsPreproc \"none\"\n"
                              "AudioOutputMethod \"alsa\"\nDefaultLanguage \"de\"\n"
                              "AddModule \"test\" \"sd_generic\" \"test.conf\"\nDefaultModule test\n",
                              self->root);
  module
      = g_strdup_printf ("GenericExecuteSynth \"%s/voice \\'$LANGUAGE\\' \\'$DATA\\'\"\n"
                         "GenericLanguage \"en\" \"en\" \"utf-8\"\nGenericLanguage \"de\" \"de\" \"utf-8\"\n"
                         "AddVoice \"en\" \"MALE1\" \"en\"\nAddVoice \"de\" \"MALE1\" \"de\"\n",
                         self->root);
  /* The name moves into place: whoever sees it, sees a whole number. */
  voice = g_strdup_printf ("#!/bin/sh\ncd '%s' || exit\nprintf '%%s|%%s\\n' \"$1\" \"$2\" >> spoken\n"
                           "echo $$ > speaking.new\nmv speaking.new speaking\n"
                           "while [ ! -e finish ]; do sleep 0.02; done\nrm -f speaking\n",
                           self->root);
  write_file (self, "conf/speechd.conf", settings);
  write_file (self, "conf/modules/test.conf", module);
  write_file (self, "voice", voice);
  write_file (self, "sound.conf", SOUND);
  write_file (self, "log/none", "");
  address = g_strdup_printf ("unix_socket:%s/socket", self->root);
  g_setenv ("SPEECHD_ADDRESS", address, TRUE);
  return self;
}

/* Nothing stays behind when the test itself is killed. */
static void
child_cb (gpointer data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

void
speech_service_start (SpeechService *self)
{
  g_autoptr (GSubprocessLauncher) launcher
      = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autofree char *conf = file (self, "conf"), *log = file (self, "log"), *socket = file (self, "socket");
  g_autofree char *pid = file (self, "pid"), *sound = file (self, "sound.conf");
  g_autoptr (GError) error = NULL;

  (void) !g_remove (socket);
  g_subprocess_launcher_set_child_setup (launcher, child_cb, NULL, NULL);
  g_subprocess_launcher_setenv (launcher, "ALSA_CONFIG_PATH", sound, TRUE);
  g_subprocess_launcher_setenv (launcher, "HOME", self->root, TRUE);
  self->process = g_subprocess_launcher_spawn (launcher, &error, "speech-dispatcher", "--run-single",
                                               "--config-dir", conf, "--log-dir", log, "--socket-path",
                                               socket, "--pid-file", pid, "--timeout", "0", NULL);
  g_assert_no_error (error);
  while (!g_file_test (socket, G_FILE_TEST_EXISTS))
    {
      if (g_subprocess_get_identifier (self->process) == NULL)
        g_error ("speech-dispatcher ended: see %s", log);
      g_main_context_iteration (NULL, FALSE);
      g_usleep (5000);
    }
}

void
speech_service_signal (SpeechService *self, int signal)
{
  g_subprocess_send_signal (self->process, signal);
  if (signal != SIGKILL)
    return;
  g_subprocess_wait (self->process, NULL, NULL);
  g_clear_object (&self->process);
}

static void
remove_all (const char *path)
{
  GDir *dir = g_dir_open (path, 0, NULL);

  for (const char *name; dir != NULL && (name = g_dir_read_name (dir)) != NULL;)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);
      remove_all (child);
    }
  g_clear_pointer (&dir, g_dir_close);
  (void) !g_remove (path);
}

void
speech_service_free (SpeechService *self)
{
  /* The voice ends by itself; the service's own children do when it is gone. */
  speech_service_finish (self);
  while (speech_service_is_speaking (self))
    g_usleep (5000);
  if (self->process != NULL)
    {
      g_subprocess_send_signal (self->process, SIGCONT);
      g_subprocess_send_signal (self->process, SIGTERM);
      g_subprocess_wait (self->process, NULL, NULL);
    }
  g_clear_object (&self->process);
  g_unsetenv ("SPEECHD_ADDRESS");
  remove_all (self->root);
  g_free (self->root);
  g_free (self);
}

char *
speech_service_spoken (SpeechService *self)
{
  g_autofree char *path = file (self, "spoken");
  char *spoken = NULL;

  return g_file_get_contents (path, &spoken, NULL, NULL) ? spoken : g_strdup ("");
}

gboolean
speech_service_is_speaking (SpeechService *self)
{
  g_autofree char *path = file (self, "speaking");
  g_autofree char *pid = NULL, *proc = NULL, *command = NULL;

  if (!g_file_get_contents (path, &pid, NULL, NULL))
    return FALSE;
  /* Empty of one that has ended, though nobody may have waited for it. */
  proc = g_strdup_printf ("/proc/%d/cmdline", atoi (pid));
  return g_file_get_contents (proc, &command, NULL, NULL) && *command != '\0';
}

void
speech_service_finish (SpeechService *self)
{
  write_file (self, "finish", "");
}
