/* QlRecorder: order, coalescing, and what happens while the disk is full. */

#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "app/conversation-recorder.h"
#include "app/session-read.h"
#include "tests/app/scratch.h"

typedef struct
{
  GMutex lock;
  GCond cond;
  int n_lines, n_syncs;
  gboolean hold; /* the disk takes its time */
} Disk;

static void
probe (gboolean synced, const char *line, gpointer data)
{
  Disk *disk = data;

  g_mutex_lock (&disk->lock);
  *(synced ? &disk->n_syncs : &disk->n_lines) += 1;
  g_cond_broadcast (&disk->cond);
  while (synced && disk->hold)
    g_cond_wait (&disk->cond, &disk->lock);
  g_mutex_unlock (&disk->lock);
}

static void
disk_wait (Disk *disk, const int *what, int n)
{
  g_mutex_lock (&disk->lock);
  while (*what < n)
    g_cond_wait (&disk->cond, &disk->lock);
  g_mutex_unlock (&disk->lock);
}

static void
disk_hold (Disk *disk, gboolean hold)
{
  g_mutex_lock (&disk->lock);
  disk->hold = hold;
  g_cond_broadcast (&disk->cond);
  g_mutex_unlock (&disk->lock);
}

static QlRecorder *
new_recorder (Scratch *s, char **path)
{
  QlJournal *journal = ql_journal_new (s->dirs->sessions);

  *path = g_strdup (ql_journal_get_path (journal));
  return ql_recorder_new (journal, 1);
}

static QlSavedTurn *
new_turn (const char *question)
{
  QlSavedTurn *turn = ql_saved_turn_new ();

  turn->kind = QL_SAVED_QUESTION;
  turn->question = g_strdup (question);
  return turn;
}

static QlSessionState *
read_back (const char *path)
{
  g_autoptr (GError) error = NULL;
  QlSessionState *state = ql_journal_read (path, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (state->n_unreadable, ==, 0);
  return state;
}

static QlSavedTurn *
turn_at (const QlSessionState *state, guint i)
{
  g_assert_cmpuint (i, <, state->turns->len);
  return g_ptr_array_index (state->turns, i);
}

static void
end (QlRecorder *recorder, QlSavedTurn *turn, const char *text)
{
  turn->status = QL_SAVED_ENDED;
  g_free (turn->text);
  turn->text = g_strdup (text);
  ql_recorder_end (recorder, turn);
}

static void
test_order (Scratch *s, gconstpointer data)
{
  g_autofree char *path = NULL;
  g_autoptr (QlRecorder) recorder = new_recorder (s, &path);
  g_autoptr (QlSavedTurn) first = new_turn ("one?"), second = new_turn ("two?");
  g_autoptr (QlSessionState) state = NULL;
  g_autoptr (GError) error = NULL;

  ql_recorder_begin (recorder, first);
  ql_recorder_words (recorder, first->id, "half");
  end (recorder, first, "whole");
  ql_recorder_begin (recorder, second);
  ql_recorder_delete_turn (recorder, first->id);
  ql_recorder_title (recorder, "title");
  g_assert_true (ql_recorder_close (recorder, &error));
  g_assert_no_error (error);
  state = read_back (path);
  g_assert_cmpuint (first->id, ==, 1);
  g_assert_cmpuint (second->id, ==, 2);
  g_assert_cmpstr (turn_at (state, 0)->text, ==, "whole");
  g_assert_true (turn_at (state, 0)->deleted);
  g_assert_cmpstr (turn_at (state, 1)->question, ==, "two?");
  g_assert_cmpstr (state->title, ==, "title");
}

/* The newest text is written, not each one. */
static void
test_coalescing (Scratch *s, gconstpointer data)
{
  g_autofree char *path = NULL;
  g_autoptr (QlRecorder) recorder = new_recorder (s, &path);
  g_autoptr (QlSavedTurn) turn = new_turn ("?");
  g_autoptr (QlSessionState) state = NULL;
  Disk disk = { 0 };

  ql_recorder_set_probe (recorder, probe, &disk);
  ql_recorder_begin (recorder, turn);
  disk_wait (&disk, &disk.n_syncs, 1);
  disk_hold (&disk, TRUE);
  ql_recorder_words (recorder, turn->id, "first"); /* at once */
  disk_wait (&disk, &disk.n_lines, 2);
  for (int i = 0; i < 1000; i++)
    {
      g_autofree char *text = g_strdup_printf ("text %d", i);
      ql_recorder_words (recorder, turn->id, text);
    }
  disk_hold (&disk, FALSE);
  disk_wait (&disk, &disk.n_lines, 3); /* within the interval, without another word */
  state = read_back (path);
  g_assert_cmpstr (turn_at (state, 0)->text, ==, "text 999");
  g_assert_cmpuint (state->n_events, ==, 3);
  g_assert_true (ql_recorder_close (recorder, NULL));
}

static void
failed_cb (QlRecorder *recorder, const GError *error, GError **seen)
{
  g_assert_null (*seen);
  *seen = g_error_copy (error);
}

static void
recovered_cb (QlRecorder *recorder, gboolean *seen)
{
  *seen = TRUE;
}

static void
limit_files (gboolean full)
{
  struct rlimit limit;

  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  limit.rlim_cur = full ? 0 : limit.rlim_max;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
}

/* Nothing is lost while the disk is full, and it is told of once. */
static void
test_full_disk (Scratch *s, gconstpointer data)
{
  g_autofree char *path = NULL;
  g_autoptr (QlRecorder) recorder = new_recorder (s, &path);
  g_autoptr (QlSavedTurn) first = new_turn ("one?"), second = new_turn ("two?");
  g_autoptr (QlSessionState) state = NULL;
  g_autoptr (GError) seen = NULL;
  gboolean recovered = FALSE;

  g_signal_connect (recorder, "failed", G_CALLBACK (failed_cb), &seen);
  g_signal_connect (recorder, "recovered", G_CALLBACK (recovered_cb), &recovered);
  limit_files (TRUE);
  ql_recorder_begin (recorder, first);
  ql_recorder_words (recorder, first->id, "half");
  while (seen == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_error (seen, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  g_assert_nonnull (ql_recorder_get_error (recorder));
  end (recorder, first, "whole");
  limit_files (FALSE);
  ql_recorder_begin (recorder, second);
  while (!recovered)
    g_main_context_iteration (NULL, TRUE);
  g_assert_null (ql_recorder_get_error (recorder));
  g_assert_true (ql_recorder_close (recorder, NULL));
  state = read_back (path);
  g_assert_cmpstr (turn_at (state, 0)->text, ==, "whole");
  g_assert_cmpstr (turn_at (state, 1)->question, ==, "two?");
}

static void
test_full_disk_at_close (Scratch *s, gconstpointer data)
{
  g_autofree char *path = NULL;
  g_autoptr (QlRecorder) recorder = new_recorder (s, &path);
  g_autoptr (QlSavedTurn) turn = new_turn ("one?");
  g_autoptr (GError) error = NULL;

  limit_files (TRUE);
  ql_recorder_begin (recorder, turn);
  g_assert_false (ql_recorder_close (recorder, &error));
  limit_files (FALSE);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
}

/* What can never be written does not keep the rest from it. */
static void
test_too_large (Scratch *s, gconstpointer data)
{
  g_autofree char *path = NULL, *huge = g_strnfill (QL_SESSION_MAX_LINE_BYTES, 'x');
  g_autoptr (QlRecorder) recorder = new_recorder (s, &path);
  g_autoptr (QlSavedTurn) turn = new_turn ("one?");
  g_autoptr (QlSessionState) state = NULL;
  g_autoptr (GError) seen = NULL, error = NULL;

  g_signal_connect (recorder, "failed", G_CALLBACK (failed_cb), &seen);
  ql_recorder_title (recorder, huge);
  ql_recorder_begin (recorder, turn);
  while (seen == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_error (seen, QL_SESSION_ERROR, QL_SESSION_ERROR_TOO_LARGE);
  g_assert_true (ql_recorder_close (recorder, &error));
  g_assert_no_error (error);
  state = read_back (path);
  g_assert_cmpstr (turn_at (state, 0)->question, ==, "one?");
}

/* A conversation with an engine that has no model: it fails, and the journal says why. */
static void
test_conversation (Scratch *s, gconstpointer data)
{
  g_autofree char *path = NULL;
  g_autoptr (QlRecorder) recorder = new_recorder (s, &path);
  g_autoptr (QlEngineService) service = ql_engine_service_new ();
  g_autoptr (GBytes) rgb = g_bytes_new_take (g_malloc0 (12), 12);
  g_autoptr (QlPicture) picture = ql_picture_new ("x", NULL, rgb, 2, 2, 6);
  g_autoptr (QlConversation) conversation = ql_conversation_new (service, "picture", picture);
  g_autoptr (QlConversationRecorder) listener = ql_conversation_recorder_new (conversation, recorder, NULL);
  g_autoptr (QlTurn) turn = NULL;
  GListStore *turns = G_LIST_STORE (ql_conversation_get_turns (conversation));
  g_autoptr (QlSessionState) state = NULL;
  Disk disk = { 0 };

  ql_recorder_set_probe (recorder, probe, &disk);
  ql_conversation_recorder_set_model (listener, "Demo", "f00");
  g_assert_true (ql_conversation_ask (conversation, "why?"));
  disk_wait (&disk, &disk.n_lines, 1);
  state = read_back (path); /* without the main loop having run */
  g_assert_cmpstr (turn_at (state, 0)->question, ==, "why?");
  g_assert_cmpstr (turn_at (state, 0)->model_fingerprint, ==, "f00");
  g_clear_pointer (&state, ql_session_state_free);
  while (ql_conversation_get_busy (conversation))
    g_main_context_iteration (NULL, TRUE);
  turn = g_object_ref (ql_conversation_get_last (conversation));
  g_list_store_remove (turns, 0);
  g_list_store_append (turns, turn);
  g_list_store_remove (turns, 0);
  g_assert_true (ql_conversation_ask (conversation, NULL));
  while (ql_conversation_get_busy (conversation))
    g_main_context_iteration (NULL, TRUE);
  g_clear_pointer (&listener, ql_conversation_recorder_free);
  g_assert_true (ql_recorder_close (recorder, NULL));
  state = read_back (path);
  g_assert_cmpuint (state->turns->len, ==, 2);
  g_assert_cmpint (turn_at (state, 0)->status, ==, QL_SAVED_FAILED);
  g_assert_cmpstr (turn_at (state, 0)->error, ==, "No model is open");
  g_assert_true (turn_at (state, 0)->deleted);
  g_assert_cmpint (turn_at (state, 1)->kind, ==, QL_SAVED_DESCRIBE);
  g_assert_cmpuint (state->n_events, ==, 7);
  ql_engine_service_shutdown (service);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add (name, Scratch, NULL, scratch_set_up, function, scratch_tear_down)
  ADD ("/recorder/order", test_order);
  ADD ("/recorder/coalescing", test_coalescing);
  ADD ("/recorder/full-disk", test_full_disk);
  ADD ("/recorder/full-disk-at-close", test_full_disk_at_close);
  ADD ("/recorder/too-large", test_too_large);
  ADD ("/recorder/conversation", test_conversation);
  return g_test_run ();
}
