/*
 * What test-journal-kill kills: asks real questions of the engine on the demo model, one
 * after the other, and records them, until something ends it.
 *
 *   journal-writer DATA_HOME LOG STEP_MS
 *
 * The log tells what happened and when, on the monotonic clock in microseconds: "begin",
 * "text" (on the screen), "line" (handed to the kernel), "sync", "gap" (the machine was busy elsewhere).
 */

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "app/conversation-recorder.h"
#include "app/paths.h"
#include "app/saved-picture.h"

#define TICK_US 20000
#define GAP_US 200000

static int log_fd;
static int step_ms;

/* One write a line, so that no kill cuts it off in the middle. */
static void
tell (const char *kind, const char *text)
{
  g_autofree char *escaped = g_strescape (text, NULL);
  g_autofree char *line
      = g_strdup_printf ("%" G_GINT64_FORMAT " %s %s\n", g_get_monotonic_time (), kind, escaped);

  g_assert_cmpint (write (log_fd, line, strlen (line)), ==, (gssize) strlen (line));
}

static void
recorder_probe (gboolean synced, const char *line, gpointer data)
{
  tell (synced ? "sync" : "line", line != NULL ? line : "");
}

/* The demo model answers faster than anybody reads. */
static void
engine_probe (QlEnginePhase phase, int done, int total, gpointer data)
{
  if (phase == QL_ENGINE_PHASE_DECODE)
    g_usleep ((gulong) step_ms * 1000);
}

static gpointer
ticker_thread (gpointer data)
{
  for (gint64 last = g_get_monotonic_time ();;)
    {
      gint64 now;

      g_usleep (TICK_US);
      now = g_get_monotonic_time ();
      if (now - last > GAP_US)
        {
          g_autofree char *gap = g_strdup_printf ("%" G_GINT64_FORMAT, now - last);
          tell ("gap", gap);
        }
      last = now;
    }
  return NULL;
}

static void
opened_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  ql_engine_service_open_model_finish (QL_ENGINE_SERVICE (source), result, &error);
  g_assert_no_error (error);
  *(gboolean *) data = TRUE;
}

static void
picture_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  *(QlPicture **) data = ql_picture_load_finish (result, &error);
  g_assert_no_error (error);
}

static void
turn_changed_cb (QlTurn *turn, gpointer data)
{
  if (!ql_turn_is_over (turn))
    tell ("text", ql_turn_get_text (turn));
}

static void
ask (QlConversation *conversation, int i)
{
  g_autofree char *question = i % 3 != 0 ? g_strdup_printf ("what is it? %d", i) : NULL;

  g_assert_true (ql_conversation_ask (conversation, question));
  g_signal_connect (ql_conversation_get_current (conversation), "changed", G_CALLBACK (turn_changed_cb),
                    NULL);
  tell ("begin", question != NULL ? question : "");
}

int
main (int argc, char **argv)
{
  g_autoptr (QlSessionDirs) dirs = NULL;
  g_autoptr (QlEngineService) service = ql_engine_service_new ();
  g_autoptr (QlConversation) conversation = NULL;
  g_autoptr (QlRecorder) recorder = NULL;
  g_autoptr (QlConversationRecorder) listener = NULL;
  g_autoptr (QlPicture) picture = NULL;
  g_autoptr (QlSavedPicture) saved = NULL;
  g_autofree char *sample
      = g_build_filename (g_getenv ("QLENS_SRC"), "data", "samples", "01-donut.png", NULL);
  g_autofree char *model = ql_paths_demo_model ("qlens-demo-opt");
  g_autoptr (GFile) file = g_file_new_for_path (sample);
  g_autoptr (GError) error = NULL;
  gboolean opened = FALSE;

  g_assert_cmpint (argc, ==, 4);
  dirs = ql_session_dirs_new (argv[1], argv[1]);
  log_fd = open (argv[2], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  step_ms = atoi (argv[3]);
  g_assert_cmpint (log_fd, >=, 0);
  g_thread_unref (g_thread_new ("ticker", ticker_thread, NULL));
  ql_engine_service_open_model_async (service, model, NULL, opened_cb, &opened);
  ql_picture_load_async (file, 0, NULL, picture_cb, &picture);
  while (!opened || picture == NULL)
    g_main_context_iteration (NULL, TRUE);
  ql_engine_service_set_probe (service, engine_probe, NULL);

  recorder = ql_recorder_new (ql_journal_new (dirs->sessions), 1);
  ql_recorder_set_probe (recorder, recorder_probe, NULL);
  saved = ql_saved_picture_new (dirs, picture, NULL, &error);
  g_assert_no_error (error);
  ql_recorder_picture (recorder, saved);
  conversation = ql_conversation_new (service, "picture", picture);
  listener = ql_conversation_recorder_new (conversation, recorder, NULL);
  ql_conversation_recorder_set_model (listener, "Demo model", NULL);
  tell ("ready", "");
  for (int i = 0;; i++)
    {
      ask (conversation, i);
      while (ql_conversation_get_busy (conversation))
        g_main_context_iteration (NULL, TRUE);
    }
  return 0;
}
