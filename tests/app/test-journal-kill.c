/*
 * kill -9 at 50 random moments: the question is in the journal, the answer up to two
 * seconds before, and everything that the kernel had been handed. Where the machine did not let
 * the program run, or the disk did not sync, the two seconds are that much longer.
 */

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/journal.h"
#include "tests/app/scratch.h"

#define N_KILLS 50
#define N_SLOW 15
#define N_AT_ONCE 5 /* they mostly sleep */
#define PROMISE_US (2 * G_USEC_PER_SEC)
#define START_TIMEOUT_US (300 * G_USEC_PER_SEC)

typedef struct
{
  Scratch scratch;
  char *log_path;
  pid_t pid;
  gint64 kill_after_us; /* counted from when it is ready */
  gint64 ready_us, killed_us;
} Victim;

/* How often what was there to be checked. */
static int n_questions, n_texts, n_lines, n_open;

static void
start (Victim *v, GRand *random, int i)
{
  /* Some answers take long enough that the two seconds matter. */
  gboolean slow = i < N_SLOW;
  const char *build = g_getenv ("QLENS_BUILD");
  g_autofree char *program = g_build_filename (build, "tests", "app", "journal-writer", NULL);
  const char *step = slow ? "700" : "25";
  g_autofree char *data_home = NULL;

  scratch_set_up (&v->scratch, NULL);
  v->log_path = g_build_filename (v->scratch.root, "log", NULL);
  data_home = g_build_filename (v->scratch.root, "data", NULL);
  v->ready_us = v->killed_us = 0;
  v->kill_after_us
      = slow ? g_rand_int_range (random, 3500000, 6500000) : g_rand_int_range (random, 0, 1500000);
  v->pid = fork ();
  g_assert_cmpint (v->pid, >=, 0);
  if (v->pid == 0)
    {
      execl (program, program, data_home, v->log_path, step, NULL);
      _exit (127);
    }
}

/* Until all are killed, each in its time. */
static void
kill_all (Victim *victims, int n)
{
  gint64 start_us = g_get_monotonic_time ();

  for (int n_alive = n; n_alive > 0; g_usleep (1000))
    for (int i = 0; i < n; i++)
      {
        Victim *v = &victims[i];
        g_autofree char *log = NULL;
        int status;

        if (v->killed_us != 0)
          continue;
        g_assert_cmpint (waitpid (v->pid, &status, WNOHANG), ==, 0); /* it does not end by itself */
        g_assert_cmpint (g_get_monotonic_time () - start_us, <, START_TIMEOUT_US);
        if (v->ready_us == 0 && g_file_get_contents (v->log_path, &log, NULL, NULL)
            && strstr (log, " ready ") != NULL)
          v->ready_us = g_get_monotonic_time ();
        if (v->ready_us == 0 || g_get_monotonic_time () < v->ready_us + v->kill_after_us)
          continue;
        v->killed_us = g_get_monotonic_time ();
        g_assert_cmpint (kill (v->pid, SIGKILL), ==, 0);
        g_assert_cmpint (waitpid (v->pid, &status, 0), ==, v->pid);
        g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL);
        n_alive--;
      }
}

typedef struct
{
  gint64 us;
  char *kind;
  char *text;
  int turn; /* the newest one then, from 0; -1 before */
  gboolean handed_over; /* the kernel had that turn's question */
} Entry;

static void
entry_clear (gpointer data)
{
  Entry *entry = data;

  g_free (entry->kind);
  g_free (entry->text);
}

/* @slack_us: (out): for how long the program was not at work, though it wanted to be */
static GArray *
read_log (const Victim *v, gint64 *slack_us)
{
  GArray *entries = g_array_new (FALSE, TRUE, sizeof (Entry));
  g_autofree char *log = scratch_read (v->log_path, NULL);
  g_auto (GStrv) lines = g_strsplit (log, "\n", -1);
  gint64 line_us = 0;
  int turn = -1, n_handed_over = 0;

  g_array_set_clear_func (entries, entry_clear);
  *slack_us = 0;
  for (char **line = lines; line[0] != NULL && line[1] != NULL; line++)
    {
      g_auto (GStrv) parts = g_strsplit (*line, " ", 3);
      Entry entry
          = { g_ascii_strtoll (parts[0], NULL, 10), g_strdup (parts[1]), g_strcompress (parts[2]), 0 };

      if (strcmp (entry.kind, "begin") == 0)
        turn++;
      else if (strcmp (entry.kind, "gap") == 0)
        *slack_us += g_ascii_strtoll (entry.text, NULL, 10);
      else if (strcmp (entry.kind, "line") == 0)
        {
          line_us = entry.us;
          n_handed_over += strstr (entry.text, "\"event\":\"turn-begin\"") != NULL;
        }
      else if (strcmp (entry.kind, "sync") == 0 && line_us > 0)
        {
          *slack_us += entry.us - line_us;
          line_us = 0;
        }
      entry.turn = turn;
      entry.handed_over = n_handed_over > turn;
      g_array_append_val (entries, entry);
    }
  /* A sync that the kill came into. */
  if (line_us > 0)
    *slack_us += v->killed_us - line_us;
  return entries;
}

/* The texts of @turn from entry @from on: the journal's is one of them. */
static gboolean
is_as_new_as (GArray *entries, guint from, int turn, const char *text)
{
  for (guint i = from; i < entries->len; i++)
    {
      const Entry *entry = &g_array_index (entries, Entry, i);

      if (entry->turn == turn && strcmp (entry->kind, "text") == 0 && strcmp (entry->text, text) == 0)
        return TRUE;
    }
  return FALSE;
}

static void
check_entry (GArray *entries, guint i, const QlSessionState *state, const char *journal)
{
  const Entry *entry = &g_array_index (entries, Entry, i);
  const QlSavedTurn *turn;

  if (strcmp (entry->kind, "begin") == 0)
    {
      g_assert_cmpuint (state->turns->len, >, entry->turn);
      turn = g_ptr_array_index (state->turns, entry->turn);
      g_assert_cmpstr (turn->question != NULL ? turn->question : "", ==, entry->text);
      n_questions++;
    }
  else if (strcmp (entry->kind, "text") == 0)
    {
      g_assert_cmpuint (state->turns->len, >, entry->turn);
      turn = g_ptr_array_index (state->turns, entry->turn);
      if (turn->status == QL_SAVED_OPEN && !is_as_new_as (entries, i, entry->turn, turn->text))
        g_error ("turn %u: the journal has “%s” though “%s” was there before", turn->id, turn->text,
                 entry->text);
      n_texts++;
    }
}

static void
check_victim (Victim *v)
{
  g_autofree char *path = NULL, *journal = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (QlSessionState) state = NULL, reopened = NULL, after = NULL;
  g_autoptr (QlJournal) opened = NULL;
  g_autoptr (GArray) entries = NULL;
  GDir *dir = g_dir_open (v->scratch.dirs->sessions, 0, NULL);
  const char *name = dir != NULL ? g_dir_read_name (dir) : NULL;
  gint64 slack_us;

  entries = read_log (v, &slack_us);
  g_assert_true (name != NULL || g_array_index (entries, Entry, entries->len - 1).turn <= 0);
  if (name == NULL) /* killed before the first line */
    {
      g_clear_pointer (&dir, g_dir_close);
      return;
    }
  path = g_build_filename (v->scratch.dirs->sessions, name, NULL);
  g_dir_close (dir);
  journal = scratch_read (path, NULL);
  state = ql_journal_read (path, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (state->n_unreadable + state->n_unknown, ==, 0);
  for (guint i = 0; i < entries->len; i++)
    {
      const Entry *entry = &g_array_index (entries, Entry, i);

      if (strcmp (entry->kind, "line") == 0)
        {
          g_assert_nonnull (strstr (journal, entry->text)); /* whatever the clock says */
          n_lines++;
        }
      else if (entry->us <= v->killed_us - PROMISE_US - slack_us
               || (entry->handed_over && strcmp (entry->kind, "begin") == 0))
        check_entry (entries, i, state, journal);
    }

  n_open += ql_session_state_n_open (state);
  opened = ql_journal_open (path, &reopened, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (reopened->n_recovered, ==, ql_session_state_n_open (state));
  after = ql_journal_read (path, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (after->n_unreadable + ql_session_state_n_open (after), ==, 0);
  g_assert_false (after->cut_short || after->no_newline);
}

static void
test_kill (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed ((guint32) g_test_rand_int ());

  for (int i = 0; i < N_KILLS; i += N_AT_ONCE)
    {
      Victim victims[N_AT_ONCE];

      for (int k = 0; k < N_AT_ONCE; k++)
        start (&victims[k], random, i + k);
      kill_all (victims, N_AT_ONCE);
      for (int k = 0; k < N_AT_ONCE; k++)
        {
          check_victim (&victims[k]);
          g_free (victims[k].log_path);
          scratch_tear_down (&victims[k].scratch, NULL);
        }
    }
  g_test_message ("checked %d lines, %d questions, %d texts; %d answers broken off", n_lines, n_questions,
                  n_texts, n_open);
  g_assert_cmpint (n_lines, >, N_KILLS); /* something was checked */
  g_assert_cmpint (n_open, >, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/journal/kill", test_kill);
  return g_test_run ();
}
