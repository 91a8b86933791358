/*
 * Many pictures, with Stop pressed at a random moment of each, twice over: nothing crashes, no
 * memory is lost, and every journal tells what the window told.
 *
 * SOAK_PICTURES says how many (./dev soak: 200); GLib's --seed replays a run.
 */
#include <glib/gstdio.h>
#include <malloc.h>

#include "app/journal.h"
#include "tests/ui/harness.h"
#include "tests/ui/memory.h"

#define N_PICTURES 15
/* What the second round may leave behind, for each picture and in all: GTK's and the system's caches grow
 * now and then. A picture that is kept takes 700 kB. */
#define LEAK_BYTES 2000
#define NOISE_BYTES (512 * 1024)

/* What is known of a session when the window has moved on. */
typedef struct
{
  char *id;
  char *text; /* of the last answer */
  QlTurnState state;
  guint n_turns;
} Record;

static struct
{
  guint n_pictures;
  guint n_steps; /* of an answer that nobody stops */
  gint step; /* atomic; of the answer that is being written */
  gint stop_at; /* atomic; -1: not */
  gint phase; /* atomic; when it was to be stopped */
  gint answer; /* atomic; counts the answers: a stop that comes late must not hit the next */
  QlWindow *window;
  GPtrArray *records;
  guint n_stopped[QL_ENGINE_PHASE_DECODE + 1]; /* by the phase it was in; NONE: while the picture was read */
  guint n_late; /* the answer was there already */
  gint64 longest_us; /* from Stop to the end of the work */
} soak;

static void
record_free (gpointer data)
{
  Record *self = data;

  g_free (self->id);
  g_free (self->text);
  g_free (self);
}

static QlSessionStore *
store (void)
{
  return ql_application_get_sessions (app);
}

/* ---- stopping ---- */

/* Whatever is going on by now: the engine has not waited. */
static void
stop_cb (gpointer data)
{
  QlTurn *turn;

  if (soak.window->conversation == NULL || !ql_conversation_get_busy (soak.window->conversation)
      || GPOINTER_TO_INT (data) != g_atomic_int_get (&soak.answer))
    return;
  turn = ql_conversation_get_current (soak.window->conversation);
  g_assert_nonnull (turn);
  soak.n_stopped[g_atomic_int_get (&soak.phase)]++;
  act (soak.window, "stop");
}

static void
step_probe (QlEnginePhase phase, int done, int total, gpointer data)
{
  gint answer = g_atomic_int_get (&soak.answer);

  if (g_atomic_int_add (&soak.step, 1) != g_atomic_int_get (&soak.stop_at))
    return;
  g_atomic_int_set (&soak.phase, (gint) phase);
  g_idle_add_once (stop_cb, GINT_TO_POINTER (answer));
}

/* What is written from now on is another answer, to be stopped at step @at; -1: not at all. */
static void
begin_answer (gint at)
{
  g_atomic_int_set (&soak.stop_at, -1);
  g_atomic_int_inc (&soak.answer);
  g_atomic_int_set (&soak.step, 0);
  g_atomic_int_set (&soak.stop_at, at);
}

static gboolean
quiet (void)
{
  return soak.window->loading == NULL
         && (soak.window->conversation == NULL || !ql_conversation_get_busy (soak.window->conversation));
}

/* ---- pictures ---- */

/* A sample with some of its edge cut off: another picture to the engine and to the list. */
static GFile *
picture (guint i)
{
  json_t *entry = json_array_get (samples, i % json_array_size (samples));
  g_autofree char *from = g_build_filename (g_getenv ("QLENS_SRC"), "data", "samples",
                                            json_string_value (json_object_get (entry, "file")), NULL);
  g_autofree char *name = g_strdup_printf ("soak-%03u.png", i);
  g_autofree char *path = g_build_filename (g_get_user_cache_dir (), name, NULL);
  g_autoptr (GdkPixbuf) pixbuf = NULL, part = NULL;
  g_autoptr (GError) error = NULL;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      pixbuf = gdk_pixbuf_new_from_file (from, &error);
      g_assert_no_error (error);
      part = gdk_pixbuf_new_subpixbuf (pixbuf, 0, 0, gdk_pixbuf_get_width (pixbuf) - (int) i / 16 - 1,
                                       gdk_pixbuf_get_height (pixbuf));
      gdk_pixbuf_save (part, path, "png", &error, NULL);
      g_assert_no_error (error);
    }
  return g_file_new_for_path (path);
}

static void
remember (void)
{
  QlTurn *turn = ql_conversation_get_last (soak.window->conversation);
  Record *record = g_new0 (Record, 1);

  record->id = g_strdup (ql_open_session_get_id (soak.window->session));
  record->text = g_strdup (ql_turn_get_text (turn));
  record->state = ql_turn_get_state (turn);
  record->n_turns = n_turns (soak.window);
  g_ptr_array_add (soak.records, record);
}

/* One picture: stopped while it is read, or at a step of its description, or too late. */
static void
open_and_stop (guint i)
{
  g_autoptr (GFile) file = picture (i);
  QlConversation *before = soak.window->conversation;
  gboolean while_read = g_test_rand_int_range (0, 15) == 0;
  gint64 start;
  QlTurn *turn;

  begin_answer (while_read ? -1 : g_test_rand_int_range (0, (gint) soak.n_steps * 21 / 20));
  ql_window_open_files (soak.window, &file, 1);
  if (while_read)
    {
      act (soak.window, "stop");
      soak.n_stopped[QL_ENGINE_PHASE_NONE]++;
      WAIT (quiet ());
      g_assert_true (soak.window->conversation == before);
      return;
    }
  WAIT (soak.window->conversation != before && soak.window->loading == NULL);
  WAIT (quiet () || g_atomic_int_get (&soak.step) > g_atomic_int_get (&soak.stop_at));
  start = g_get_monotonic_time ();
  WAIT (quiet ());
  soak.longest_us = MAX (soak.longest_us, g_get_monotonic_time () - start);
  turn = ql_conversation_get_last (soak.window->conversation);
  g_assert_true (ql_turn_get_state (turn) == QL_TURN_STOPPED || ql_turn_get_state (turn) == QL_TURN_DONE);
  soak.n_late += ql_turn_get_state (turn) == QL_TURN_DONE;
  g_assert_cmpstr (gtk_label_get_text (row_label (soak.window, "ql-answer")), ==, ql_turn_get_text (turn));
  g_assert_false (ql_message_bar_is_shown (soak.window->message_bar));
  /* And now and then on, to the end. */
  if (g_test_rand_int_range (0, 4) == 0)
    {
      begin_answer (-1);
      act (soak.window, "again");
      WAIT (quiet ());
      turn = ql_conversation_get_last (soak.window->conversation);
      g_assert_cmpint (ql_turn_get_state (turn), ==, QL_TURN_DONE);
      g_assert_cmpstr (ql_turn_get_text (turn), !=, "");
    }
  remember ();
}

/* ---- journals ---- */

/* The window has let go of it. */
static gboolean
is_closed (const char *path)
{
  gboolean busy = FALSE;
  g_autoptr (QlSessionState) state = ql_journal_read (path, &busy, NULL);

  return !busy;
}

static void
check_journal (const Record *record)
{
  g_autofree char *base = g_strconcat (record->id, ".jsonl", NULL);
  g_autofree char *path = g_build_filename (ql_session_store_get_dirs (store ())->sessions, base, NULL);
  g_autoptr (QlSessionState) state = NULL;
  g_autoptr (GError) error = NULL;
  const QlSavedTurn *turn;

  WAIT (is_closed (path));
  state = ql_journal_read (path, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (state->n_unreadable + state->n_unknown, ==, 0);
  g_assert_false (state->cut_short);
  g_assert_cmpuint (ql_session_state_n_open (state), ==, 0);
  g_assert_cmpuint (state->turns->len, ==, record->n_turns);
  turn = g_ptr_array_index (state->turns, state->turns->len - 1);
  g_assert_cmpint (turn->status, ==, record->state == QL_TURN_DONE ? QL_SAVED_ENDED : QL_SAVED_STOPPED);
  g_assert_cmpstr (turn->text, ==, record->text);
}

static void
delete_all (void)
{
  while (n_sessions () > 0)
    {
      g_autoptr (QlSession) session = g_list_model_get_item (G_LIST_MODEL (store ()), 0);
      g_autofree char *id = g_strdup (ql_session_get_id (session));

      ql_session_store_delete_async (store (), id, NULL, NULL);
      WAIT (ql_session_store_find (store (), id) == NULL);
    }
}

/* ---- */

static void
round_of_pictures (gsize *heap, gsize *rss)
{
  for (guint i = 0; i < soak.n_pictures; i++)
    open_and_stop (i);
  /* What the engine keeps of its last picture, 750 kB, depends on where that was stopped: let it be the same each time. */
  begin_answer (-1);
  open_sample (soak.window, "01-donut.png");
  act (soak.window, "new");
  for (guint i = 0; i < soak.records->len; i++)
    check_journal (soak.records->pdata[i]);
  g_ptr_array_set_size (soak.records, 0);
  /* Each round begins with nothing, and so is to end. */
  delete_all ();
  while (g_main_context_iteration (NULL, FALSE))
    ;
  malloc_trim (0);
  *heap = memory_heap ();
  *rss = memory_rss ();
}

static void
test_soak (void)
{
  gsize heap[2], rss[2], limit;

  soak.window = new_window ();
  soak.records = g_ptr_array_new_with_free_func (record_free);
  ql_engine_service_set_probe (ql_application_get_engine (app), step_probe, NULL);
  soak.stop_at = -1;
  open_sample (soak.window, "01-donut.png");
  soak.n_steps = (guint) g_atomic_int_get (&soak.step);
  for (int round = 0; round < 2; round++)
    {
      round_of_pictures (&heap[round], &rss[round]);
      g_test_message ("round %d: %.1f MB on the heap, %.1f MB in memory", round + 1,
                      (double) heap[round] / 1e6, (double) rss[round] / 1e6);
    }
  g_test_message (
      "stopped while reading %u, encoding %u, querying %u, reading the prompt %u, writing %u; too "
      "late %u; it took %.0f ms at most",
      soak.n_stopped[QL_ENGINE_PHASE_NONE], soak.n_stopped[QL_ENGINE_PHASE_VISION],
      soak.n_stopped[QL_ENGINE_PHASE_QFORMER], soak.n_stopped[QL_ENGINE_PHASE_PREFILL],
      soak.n_stopped[QL_ENGINE_PHASE_DECODE], soak.n_late, (double) soak.longest_us / 1e3);
  /* On a busy machine a thread may still hold the last picture; what leaked is never let go. */
  limit = heap[0] + NOISE_BYTES + (gsize) soak.n_pictures * LEAK_BYTES;
  WAIT (memory_heap () < limit);
  ql_engine_service_set_probe (ql_application_get_engine (app), NULL, NULL);
  close_window (soak.window);
  g_ptr_array_unref (soak.records);
}

int
main (int argc, char **argv)
{
  const char *wanted = g_getenv ("SOAK_PICTURES");

  soak.n_pictures = wanted != NULL ? (guint) g_ascii_strtoull (wanted, NULL, 10) : N_PICTURES;
  harness_init (&argc, &argv);
  WAIT (ql_engine_service_get_state (ql_application_get_engine (app)) == QL_ENGINE_READY);
  g_test_add_func ("/soak", test_soak);
  return harness_run ();
}
