/* Journals: every event there and back, and every way in which a file can be short, wrong or in use. */

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "app/journal.h"
#include "app/session-read.h"
#include "app/session-write.h"
#include "tests/app/scratch.h"

#define HEADER "{\"format\":\"qlens-session\",\"version\":1,\"id\":\"a\",\"created\":1000}\n"
#define BEGIN                                                                                                \
  "{\"event\":\"turn-begin\",\"time\":2000,\"turn\":1,\"kind\":\"question\",\"question\":\"what is it?\"}\n"
#define WORDS "{\"event\":\"words\",\"time\":3000,\"turn\":1,\"text\":\"a do\"}\n"
#define END "{\"event\":\"turn-end\",\"time\":4000,\"turn\":1,\"status\":\"ended\",\"text\":\"a donut\"}\n"

static QlSessionState *
read_text (const char *text)
{
  g_autoptr (GError) error = NULL;
  QlSessionState *state = ql_session_read_bytes (text, strlen (text), "test", &error);

  g_assert_no_error (error);
  return state;
}

static QlSavedTurn *
turn_at (const QlSessionState *state, guint i)
{
  g_assert_cmpuint (i, <, state->turns->len);
  return g_ptr_array_index (state->turns, i);
}

static QlSavedTurn *
full_turn (void)
{
  QlSavedTurn *turn = ql_saved_turn_new ();
  QlSavedToken token = { 7, g_strdup ("Ġdo\xf0\x9f\x8d\xa9"), 0.125, ql_saved_choices_new () };
  QlSavedChoice choices[] = { { 7, g_strdup (" do"), 0.125 }, { -1, g_strdup (""), 0.1f } };

  turn->id = 3;
  turn->edits = 2;
  turn->kind = QL_SAVED_RAW;
  turn->question = g_strdup ("what \"is\"\nit?\t\xd8\x9f");
  turn->prompt = g_strdup ("Question: what? Answer:");
  turn->settings = g_strdup ("{\"beams\":5,\"length_penalty\":-1.5,\"sample\":false}");
  turn->model_name = g_strdup ("Demo");
  turn->model_fingerprint = g_strdup ("abc");
  turn->begin_ms = 5000;
  turn->status = QL_SAVED_FAILED;
  g_free (turn->text);
  turn->text = g_strdup ("a line\nand another");
  turn->error = g_strdup ("out of memory");
  turn->complete = TRUE;
  turn->score = -0.3251234567;
  turn->seconds = 1.5;
  turn->picture_reused = TRUE;
  turn->timings = (QlSavedTimings){ 1, 2, 3, 4, 5, 6, 21 };
  turn->end_ms = 6000;
  g_array_append_vals (token.choices, choices, 2);
  turn->tokens = ql_saved_tokens_new ();
  g_array_append_val (turn->tokens, token);
  token = (QlSavedToken){ 50118, g_strdup ("\n"), 1, NULL };
  g_array_append_val (turn->tokens, token);
  return turn;
}

static void
assert_same_turn (const QlSavedTurn *a, const QlSavedTurn *b)
{
  g_assert_cmpuint (a->id, ==, b->id);
  g_assert_cmpuint (a->edits, ==, b->edits);
  g_assert_cmpint (a->kind, ==, b->kind);
  g_assert_cmpstr (a->question, ==, b->question);
  g_assert_cmpstr (a->prompt, ==, b->prompt);
  g_assert_cmpstr (a->settings, ==, b->settings);
  g_assert_cmpstr (a->model_name, ==, b->model_name);
  g_assert_cmpstr (a->model_fingerprint, ==, b->model_fingerprint);
  g_assert_cmpint (a->begin_ms, ==, b->begin_ms);
  g_assert_cmpint (a->status, ==, b->status);
  g_assert_cmpstr (a->text, ==, b->text);
  g_assert_cmpstr (a->error, ==, b->error);
  g_assert_cmpint (a->complete, ==, b->complete);
  g_assert_cmpfloat_with_epsilon (a->score, b->score, 1e-8);
  g_assert_cmpfloat (a->seconds, ==, b->seconds);
  g_assert_cmpint (a->picture_reused, ==, b->picture_reused);
  g_assert_cmpmem (&a->timings, sizeof a->timings, &b->timings, sizeof b->timings);
  g_assert_cmpint (a->end_ms, ==, b->end_ms);
  g_assert_cmpuint (a->tokens->len, ==, b->tokens->len);
  for (guint i = 0; i < a->tokens->len; i++)
    {
      const QlSavedToken *s = &g_array_index (a->tokens, QlSavedToken, i);
      const QlSavedToken *t = &g_array_index (b->tokens, QlSavedToken, i);

      g_assert_cmpint (s->id, ==, t->id);
      g_assert_cmpstr (s->text, ==, t->text);
      g_assert_cmpfloat (s->probability, ==, t->probability);
      g_assert_cmpuint (s->choices != NULL ? s->choices->len : 0, ==,
                        t->choices != NULL ? t->choices->len : 0);
      for (guint c = 0; s->choices != NULL && c < s->choices->len; c++)
        {
          const QlSavedChoice *x = &g_array_index (s->choices, QlSavedChoice, c);
          const QlSavedChoice *y = &g_array_index (t->choices, QlSavedChoice, c);

          g_assert_cmpint (x->id, ==, y->id);
          g_assert_cmpstr (x->text, ==, y->text);
          g_assert_cmpfloat ((float) x->probability, ==, (float) y->probability);
        }
    }
}

/* Takes @line. */
static void
append (QlJournal *journal, char *line)
{
  g_autoptr (GError) error = NULL;

  ql_journal_append (journal, line, &error);
  g_assert_no_error (error);
  g_free (line);
}

static void
test_round_trip (Scratch *s, gconstpointer data)
{
  g_autoptr (QlSavedTurn) turn = full_turn ();
  QlSavedPicture picture = { (char *) "d\xc3\xb6nut.png", NULL, NULL, 123, 456789, 64, 48, NULL };
  g_autofree char *sha256 = g_strnfill (64, 'a'), *copy = g_strconcat (sha256, ".png", NULL);
  g_autofree char *uri = g_filename_to_uri ("/pictures/caf\xe9 \xff.png", NULL, NULL), *name = NULL,
                  *path = NULL;
  g_autoptr (QlJournal) journal = ql_journal_new (s->dirs->sessions);
  g_autoptr (QlSessionState) state = NULL;
  g_autoptr (GError) error = NULL;
  struct stat about;

  picture.uri = uri;
  picture.sha256 = sha256;
  picture.copy = copy;
  path = g_strdup (ql_journal_get_path (journal));
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS)); /* nothing asked, nothing kept */
  append (journal, ql_session_line_picture (&picture));
  append (journal, ql_session_line_begin (turn));
  append (journal, ql_session_line_words (3, "a li", 0));
  append (journal, ql_session_line_words (3, "the line\xff", 0));
  append (journal, ql_session_line_end (turn));
  append (journal, ql_session_line_title ("A title"));
  append (journal, ql_session_line_delete (3));
  append (journal, ql_session_line_deleted (7000));
  g_assert_true (ql_journal_sync (journal, &error));
  g_assert_cmpint (g_stat (path, &about), ==, 0);
  g_assert_cmpint (about.st_mode & 0777, ==, 0600);
  g_assert_cmpint (g_stat (s->dirs->sessions, &about), ==, 0);
  g_assert_cmpint (about.st_mode & 0777, ==, 0700);

  state = ql_journal_read (path, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (state->n_unreadable + state->n_unknown, ==, 0);
  g_assert_cmpuint (state->n_events, ==, 8);
  g_assert_cmpstr (state->id, ==, ql_journal_get_id (journal));
  g_assert_cmpstr (state->picture->name, ==, picture.name);
  g_assert_cmpstr (state->picture->uri, ==, uri);
  name = g_filename_from_uri (state->picture->uri, NULL, NULL);
  g_assert_cmpstr (name, ==, "/pictures/caf\xe9 \xff.png"); /* a name that is no UTF-8 */
  g_assert_cmpstr (state->picture->sha256, ==, sha256);
  g_assert_cmpstr (state->picture->copy, ==, copy);
  g_assert_cmpint (state->picture->size_bytes, ==, 123);
  g_assert_cmpint (state->picture->mtime_us, ==, 456789);
  g_assert_cmpint (state->picture->width * 1000 + state->picture->height, ==, 64048);
  assert_same_turn (turn_at (state, 0), turn);
  g_assert_true (turn_at (state, 0)->deleted);
  g_assert_cmpuint (ql_session_state_n_turns (state), ==, 0);
  g_assert_cmpstr (state->title, ==, "A title");
  g_assert_true (state->deleted);
  g_assert_cmpint (state->deleted_ms, ==, 7000);
  g_clear_pointer (&state, ql_session_state_free);

  append (journal, ql_session_line_restore (3));
  append (journal, ql_session_line_undeleted ());
  append (journal, ql_session_line_title (NULL));
  state = ql_journal_read (path, NULL, &error);
  g_assert_false (turn_at (state, 0)->deleted || state->deleted);
  g_assert_null (state->title);
}

static void
test_words (void)
{
  g_autoptr (QlSessionState) open = read_text (HEADER BEGIN WORDS);
  g_autoptr (QlSessionState) over = read_text (HEADER BEGIN WORDS END);
  g_autofree char *title = ql_session_state_title (open);

  g_assert_cmpstr (turn_at (open, 0)->text, ==, "a do");
  g_assert_cmpint (turn_at (open, 0)->status, ==, QL_SAVED_OPEN);
  g_assert_cmpuint (ql_session_state_n_open (open), ==, 1);
  g_assert_true (isnan (turn_at (open, 0)->score));
  g_assert_cmpstr (turn_at (over, 0)->text, ==, "a donut");
  g_assert_cmpuint (ql_session_state_n_open (over), ==, 0);
  g_assert_cmpuint (over->dead_bytes, ==, strlen (WORDS));
  g_assert_cmpint (over->changed_ms, ==, 4000);
  g_assert_cmpstr (title, ==, "what is it?");
}

/* Whatever the byte at which a crash stopped: what was whole before is there, and writing goes on. */
static void
test_cut_anywhere (Scratch *s, gconstpointer data)
{
  const char *whole = HEADER BEGIN WORDS END;

  for (gsize n = 0; n < strlen (whole); n++)
    {
      g_autofree char *text = g_strndup (whole, n), *path = scratch_session (s, "a.jsonl", text);
      g_autoptr (QlSessionState) state = NULL, again = NULL;
      g_autoptr (GError) error = NULL;
      g_autoptr (QlSavedTurn) turn = full_turn ();
      g_autoptr (QlJournal) journal = ql_journal_open (path, &state, &error);
      gsize begin_at = strlen (HEADER BEGIN) - 1, words_at = begin_at + strlen (WORDS);
      guint n_turns = n >= begin_at;

      g_assert_no_error (error);
      g_assert_cmpuint (state->turns->len, ==, n_turns);
      if (n_turns > 0)
        {
          g_assert_cmpstr (turn_at (state, 0)->question, ==, "what is it?");
          g_assert_cmpstr (turn_at (state, 0)->text, ==,
                           n == strlen (whole) - 1 ? "a donut"
                           : n >= words_at         ? "a do"
                                                   : "");
          g_assert_cmpuint (state->n_recovered, ==, n < strlen (whole) - 1);
        }
      g_assert_cmpuint (state->n_unreadable, ==, 0);
      append (journal, ql_session_line_begin (turn));
      again = ql_journal_read (path, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (again->n_unreadable, ==, 0);
      g_assert_false (again->cut_short || again->no_newline);
      g_assert_cmpuint (again->turns->len, ==, n_turns + 1);
      g_assert_cmpstr (turn_at (again, n_turns)->question, ==, turn->question);
      g_assert_cmpuint (ql_session_state_n_open (again), ==, 1);
      g_assert_cmpint (g_remove (path), ==, 0);
    }
}

/* After a power failure a file may end in zeros. */
static void
test_zeros (Scratch *s, gconstpointer data)
{
  for (int with_header = 0; with_header < 2; with_header++)
    {
      g_autoptr (GString) text = g_string_new (with_header ? HEADER BEGIN WORDS : "");
      g_autofree char *path = scratch_session (s, "a.jsonl", NULL);
      g_autoptr (QlSessionState) state = NULL, again = NULL;
      g_autoptr (GError) error = NULL;
      g_autoptr (QlJournal) journal = NULL;

      g_string_set_size (text, text->len + 4096);
      memset (text->str + text->len - 4096, 0, 4096);
      g_assert_true (g_file_set_contents (path, text->str, (gssize) text->len, NULL));
      journal = ql_journal_open (path, &state, &error);
      g_assert_no_error (error);
      g_assert_true (state->cut_short);
      append (journal, ql_session_line_title ("on"));
      again = ql_journal_read (path, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (again->n_unreadable, ==, 0);
      g_assert_cmpuint (again->turns->len, ==, with_header);
      g_assert_cmpstr (again->title, ==, "on");
    }
}

/* What is between the garbage is kept, and the garbage too. */
static void
test_garbage (Scratch *s, gconstpointer data)
{
  static const char *const garbage[] = {
    "",
    "garbage",
    "{\"event\":\"words\",\"turn\":1",
    "[1,2]",
    "{}",
    "\xff\xfe",
    "{\"event\":7}",
    "{\"event\":\"words\",\"turn\":9,\"text\":\"x\"}",
    "{\"event\":\"words\",\"turn\":1}",
    "{\"event\":\"turn-begin\",\"turn\":1,\"kind\":\"question\"}",
    "{\"event\":\"turn-begin\",\"turn\":0,\"kind\":\"raw\"}",
    "{\"event\":\"turn-begin\",\"turn\":5,\"kind\":\"other\"}",
    "{\"event\":\"turn-begin\",\"turn\":99999999999,\"kind\":\"raw\"}",
    "{\"event\":\"turn-end\",\"turn\":1,\"status\":\"open\"}",
    "{\"event\":\"turn-end\",\"turn\":-1,\"status\":\"ended\"}",
    "{\"event\":\"picture\",\"copy\":\"../../etc/passwd\"}",
    "{\"event\":\"picture\",\"sha256\":\"ABC\"}",
    "{\"event\":\"picture\",\"uri\":\"http://example.org/a.png\"}",
    "{\"event\":\"title\",\"event\":\"deleted\"}",
    "{\"event\":\"title\",\"title\":\"\\u0000\"}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (garbage); i++)
    {
      g_autofree char *text = g_strconcat (HEADER BEGIN, garbage[i], "\n", WORDS, NULL);
      g_autofree char *path = scratch_session (s, "a.jsonl", text), *now = NULL;
      g_autoptr (QlSessionState) state = NULL;
      g_autoptr (GError) error = NULL;
      g_autoptr (QlJournal) journal = ql_journal_open (path, &state, &error);

      g_assert_no_error (error);
      g_assert_cmpuint (state->n_unreadable, ==, 1);
      g_assert_cmpuint (state->complaints->len, ==, 1);
      g_assert_true (g_str_has_prefix (g_ptr_array_index (state->complaints, 0), "line 3: "));
      g_assert_true (g_utf8_validate (g_ptr_array_index (state->complaints, 0), -1, NULL));
      g_assert_cmpuint (state->turns->len, ==, 1);
      g_assert_cmpstr (turn_at (state, 0)->text, ==, "a do");
      now = scratch_read (path, NULL);
      g_assert_true (g_str_has_prefix (now, text));
    }
}

static void
test_unknown_event (void)
{
  g_autoptr (QlSessionState) state
      = read_text (HEADER "{\"event\":\"from-the-future\",\"x\":[1]}\n" BEGIN WORDS);

  g_assert_cmpuint (state->n_unknown, ==, 1);
  g_assert_cmpuint (state->n_unreadable, ==, 0);
  g_assert_cmpuint (state->turns->len, ==, 1);
  state->dead_bytes = state->n_bytes = 1 << 20;
  g_assert_false (ql_session_state_wants_compacting (state)); /* it would lose the event */
}

static void
test_refused (Scratch *s, gconstpointer data)
{
  static const struct
  {
    const char *text;
    int code;
  } cases[] = {
    { "{\"format\":\"qlens-session\",\"version\":2,\"id\":\"a\"}\n{\"new\":1}\n", QL_SESSION_ERROR_NEWER },
    { "{\"format\":\"qlens-session\",\"version\":2,\"id\":\"a\"}\n{\"half", QL_SESSION_ERROR_NEWER },
    { "{\"format\":\"qlens-session\",\"version\":0}\n", QL_SESSION_ERROR_NOT_A_SESSION },
    { "{\"format\":\"qlens-session\",\"vers\n" BEGIN, QL_SESSION_ERROR_NOT_A_SESSION },
    { "{\"format\":\"something else\",\"version\":1}\n", QL_SESSION_ERROR_NOT_A_SESSION },
    { "my diary", QL_SESSION_ERROR_NOT_A_SESSION },
    { "\n", QL_SESSION_ERROR_NOT_A_SESSION },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = scratch_session (s, "a.jsonl", cases[i].text), *now = NULL;
      g_autoptr (QlSessionState) state = NULL;
      g_autoptr (GError) error = NULL;

      g_assert_null (ql_journal_open (path, &state, &error));
      g_assert_error (error, QL_SESSION_ERROR, cases[i].code);
      g_assert_nonnull (strstr (error->message, "a.jsonl"));
      g_assert_null (state);
      now = scratch_read (path, NULL);
      g_assert_cmpstr (now, ==, cases[i].text);
    }
}

static void
test_not_a_file (Scratch *s, gconstpointer data)
{
  g_autofree char *fifo = scratch_session (s, "a.jsonl", NULL), *link = scratch_session (s, "b.jsonl", NULL);
  g_autofree char *missing = scratch_session (s, "c.jsonl", NULL);
  const char *paths[] = { fifo, link, missing };

  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  g_assert_cmpint (symlink ("/dev/zero", link), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (QlSessionState) state = NULL;
      g_autoptr (GError) error = NULL;

      g_assert_null (ql_journal_open (paths[i], &state, &error)); /* and does not wait for a writer */
      g_assert_nonnull (error);
      g_clear_error (&error);
      g_assert_null (ql_journal_read (paths[i], NULL, &error));
      g_assert_nonnull (error);
    }
}

static void
test_limits (Scratch *s, gconstpointer data)
{
  g_autoptr (GString) text = g_string_new (HEADER BEGIN);
  g_autofree char *path = scratch_session (s, "a.jsonl", NULL), *long_line = NULL, *huge = NULL;
  g_autoptr (QlSessionState) state = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (QlJournal) journal = NULL;

  /* One long line is passed over. */
  huge = g_strnfill (QL_SESSION_MAX_LINE_BYTES, 'x');
  g_string_append_printf (text, "{\"event\":\"words\",\"turn\":1,\"text\":\"%s\"}\n" WORDS, huge);
  state = read_text (text->str);
  g_assert_cmpuint (state->n_unreadable, ==, 1);
  g_assert_cmpstr (turn_at (state, 0)->text, ==, "a do");
  g_clear_pointer (&state, ql_session_state_free);

  /* Not one can be written. */
  journal = ql_journal_new (s->dirs->sessions);
  long_line = ql_session_line_words (1, huge, 0);
  g_assert_false (ql_journal_append (journal, long_line, &error));
  g_assert_error (error, QL_SESSION_ERROR, QL_SESSION_ERROR_TOO_LARGE);
  g_clear_error (&error);

  g_string_assign (text, HEADER);
  for (int i = 0; i < QL_SESSION_MAX_EVENTS; i++)
    g_string_append (text, "{\"event\":\"x\"}\n");
  g_assert_null (ql_session_read_bytes (text->str, text->len, "many", &error));
  g_assert_error (error, QL_SESSION_ERROR, QL_SESSION_ERROR_TOO_LARGE);
  g_clear_error (&error);

  /* Sparse, so that the disk does not mind. */
  g_assert_true (g_file_set_contents (path, HEADER, -1, NULL));
  g_assert_cmpint (truncate (path, (off_t) QL_SESSION_MAX_FILE_BYTES + 1), ==, 0);
  g_assert_null (ql_journal_read (path, NULL, &error));
  g_assert_error (error, QL_SESSION_ERROR, QL_SESSION_ERROR_TOO_LARGE);
}

/* A session never grows beyond what the reader takes. */
static void
test_full_session (Scratch *s, gconstpointer data)
{
  g_autoptr (GString) text = g_string_new (HEADER);
  g_autofree char *path = NULL;
  g_autoptr (QlSessionState) state = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (QlJournal) journal = NULL;
  guint n = 0;

  for (int i = 0; i < QL_SESSION_MAX_EVENTS - 10; i++)
    g_string_append (text, "{\"event\":\"x\"}\n");
  path = scratch_session (s, "a.jsonl", text->str);
  journal = ql_journal_open (path, &state, &error);
  g_assert_no_error (error);
  while (ql_journal_append (journal, "{\"event\":\"x\"}", &error))
    g_assert_cmpuint (++n, <, 20);
  g_assert_error (error, QL_SESSION_ERROR, QL_SESSION_ERROR_TOO_LARGE);
  g_assert_cmpuint (n, >, 0);
  g_clear_error (&error);
  g_clear_pointer (&state, ql_session_state_free);
  state = ql_journal_read (path, NULL, &error);
  g_assert_no_error (error);
}

/* Tokens are the first to go where a line would be too long for the reader. */
static void
test_many_tokens (void)
{
  g_autoptr (QlSavedTurn) turn = full_turn ();
  g_autofree char *line = NULL, *text = NULL;
  g_autoptr (QlSessionState) state = NULL;

  turn->id = 1;
  for (int i = 0; i < 60000; i++)
    {
      QlSavedToken token = { i, g_strdup ("abc"), 0.123456789, NULL };
      g_array_append_val (turn->tokens, token);
    }
  line = ql_session_line_end (turn);
  g_assert_cmpuint (strlen (line), <, 10000);
  text = g_strconcat (HEADER BEGIN, line, "\n", NULL);
  state = read_text (text);
  g_assert_cmpuint (state->n_unreadable, ==, 0);
  g_assert_cmpstr (turn_at (state, 0)->text, ==, turn->text);
}

static void
test_full_disk (Scratch *s, gconstpointer data)
{
  struct rlimit before, small;
  g_autofree char *path = scratch_session (s, "a.jsonl", HEADER BEGIN), *words = NULL, *text = NULL;
  g_autoptr (QlSessionState) state = NULL, again = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (QlJournal) journal = ql_journal_open (path, &state, &error);
  gsize n_bytes, n_later;

  g_assert_no_error (error);
  g_free (scratch_read (path, &n_bytes));
  words = ql_session_line_begin (turn_at (state, 0));
  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &before), ==, 0);
  small = before;
  small.rlim_cur = n_bytes + 10; /* part of the line fits */
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &small), ==, 0);
  g_assert_false (ql_journal_append (journal, words, &error));
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &before), ==, 0);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  g_clear_error (&error);
  text = scratch_read (path, &n_later);
  g_assert_cmpuint (n_later, ==, n_bytes);
  append (journal, ql_session_line_title ("room again"));
  again = ql_journal_read (path, NULL, &error);
  g_assert_cmpstr (again->title, ==, "room again");
  g_assert_cmpuint (again->n_unreadable, ==, 0);
}

/* A new session on a full disk leaves nothing behind. */
static void
test_full_disk_at_first (Scratch *s, gconstpointer data)
{
  struct rlimit before, small;
  QlJournal *journal = ql_journal_new (s->dirs->sessions);
  g_autofree char *path = g_strdup (ql_journal_get_path (journal)), *line = ql_session_line_title ("x");
  g_autoptr (GError) error = NULL;
  g_autoptr (QlSessionState) state = NULL;

  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &before), ==, 0);
  small = before;
  small.rlim_cur = 0;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &small), ==, 0);
  g_assert_false (ql_journal_append (journal, line, &error));
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &before), ==, 0);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  g_clear_error (&error);
  ql_journal_free (journal);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));

  journal = ql_journal_new (s->dirs->sessions);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &small), ==, 0);
  g_assert_false (ql_journal_append (journal, line, NULL));
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &before), ==, 0);
  append (journal, ql_session_line_title ("second try"));
  state = ql_journal_read (ql_journal_get_path (journal), NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (state->title, ==, "second try");
  ql_journal_free (journal);
}

static void
test_read_only (Scratch *s, gconstpointer data)
{
  g_autofree char *path = scratch_session (s, "a.jsonl", HEADER BEGIN WORDS),
                  *line = ql_session_line_title ("x");
  g_autoptr (QlJournal) fresh = ql_journal_new (s->dirs->sessions);
  g_autoptr (QlSessionState) state = NULL;
  g_autoptr (GError) error = NULL;
  gboolean root = geteuid () == 0;
  uid_t other = 65534;

  g_assert_cmpint (g_chmod (path, 0444), ==, 0);
  g_assert_cmpint (g_chmod (s->dirs->sessions, 0500), ==, 0);
  if (root) /* who may do everything: become somebody else who owns this */
    {
      g_assert_cmpint (chown (s->root, other, other), ==, 0);
      g_assert_cmpint (chown (path, other, other), ==, 0);
      for (g_autofree char *dir = g_strdup (s->dirs->sessions); strcmp (dir, s->root) != 0;)
        {
          char *up = g_path_get_dirname (dir);
          g_assert_cmpint (chown (dir, other, other), ==, 0);
          g_free (dir);
          dir = up;
        }
      g_assert_cmpint (seteuid (other), ==, 0);
    }
  g_assert_null (ql_journal_open (path, &state, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
  g_clear_error (&error);
  state = ql_journal_read (path, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (turn_at (state, 0)->text, ==, "a do");
  g_assert_false (ql_journal_append (fresh, line, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
  if (root)
    g_assert_cmpint (seteuid (0), ==, 0);
}

static void
test_second_writer (Scratch *s, gconstpointer data)
{
  g_autofree char *path = scratch_session (s, "a.jsonl", HEADER BEGIN WORDS);
  g_autoptr (QlSessionState) state = NULL, other_state = NULL, seen = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (QlJournal) journal = ql_journal_open (path, &state, &error), other = NULL;
  gboolean busy = FALSE;

  g_assert_no_error (error);
  g_assert_null (ql_journal_open (path, &other_state, &error));
  g_assert_error (error, QL_SESSION_ERROR, QL_SESSION_ERROR_BUSY);
  g_clear_error (&error);
  seen = ql_journal_read (path, &busy, &error); /* reading is no harm */
  g_assert_no_error (error);
  g_assert_true (busy);
  g_clear_pointer (&journal, ql_journal_free);
  other = ql_journal_open (path, &other_state, &error);
  g_assert_no_error (error);
  g_clear_pointer (&other, ql_journal_free);
  g_clear_pointer (&seen, ql_session_state_free);
  seen = ql_journal_read (path, &busy, &error);
  g_assert_false (busy);
}

static void
test_removed (Scratch *s, gconstpointer data)
{
  g_autofree char *path = scratch_session (s, "a.jsonl", HEADER), *line = ql_session_line_title ("x");
  g_autoptr (QlSessionState) state = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (QlJournal) journal = ql_journal_open (path, &state, &error);

  g_assert_no_error (error);
  g_assert_cmpint (g_remove (path), ==, 0);
  g_assert_false (ql_journal_append (journal, line, &error));
  g_assert_error (error, QL_SESSION_ERROR, QL_SESSION_ERROR_GONE);
}

static void
test_compacting (Scratch *s, gconstpointer data)
{
  g_autoptr (GString) text = g_string_new (HEADER BEGIN);
  g_autofree char *path = NULL, *now = NULL;
  g_autoptr (QlSessionState) before = NULL, state = NULL, after = NULL, other = NULL;
  g_autoptr (QlSavedTurn) turn = full_turn ();
  g_autoptr (QlJournal) journal = NULL;
  g_autoptr (GError) error = NULL;
  char *line;
  gsize n_before, n_after;
  gboolean busy = FALSE;

  for (int i = 0; i < 2000; i++)
    g_string_append (text, WORDS);
  g_string_append (text, END);
  line = ql_session_line_begin (turn);
  g_string_append_printf (text, "%s\n", line);
  g_free (line);
  line = ql_session_line_end (turn);
  g_string_append_printf (text, "%s\n", line);
  g_free (line);
  g_string_append (
      text,
      "{\"event\":\"turn-begin\",\"turn\":4,\"kind\":\"raw\"}\n{\"event\":\"turn-delete\",\"turn\":4}\n");
  path = scratch_session (s, "a.jsonl", text->str);
  n_before = text->len;
  journal = ql_journal_open (path, &state, &error);
  g_assert_no_error (error);
  now = scratch_read (path, &n_after);
  g_assert_cmpuint (n_after, <, n_before / 20);
  after = ql_journal_read (path, &busy, &error);
  g_assert_no_error (error);
  g_assert_true (busy); /* still locked, though it is another file */
  g_assert_null (ql_journal_open (path, &other, &error));
  g_assert_error (error, QL_SESSION_ERROR, QL_SESSION_ERROR_BUSY);
  g_clear_error (&error);
  g_assert_cmpuint (after->turns->len, ==, 2);
  g_assert_cmpstr (turn_at (after, 0)->text, ==, "a donut");
  g_assert_cmpint (turn_at (after, 0)->end_ms, ==, 4000);
  assert_same_turn (turn_at (after, 1), turn);
  g_assert_cmpint (after->created_ms, ==, 1000);
  append (journal, ql_session_line_title ("x"));
  g_clear_pointer (&after, ql_session_state_free);
  after = ql_journal_read (path, NULL, &error);
  g_assert_cmpstr (after->title, ==, "x");
}

static void
test_ids (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *first = ql_session_id_new (), *later = NULL;

  g_assert_true (ql_session_id_is_valid (first));
  for (int i = 0; i < 1000; i++)
    g_assert_true (g_hash_table_add (seen, ql_session_id_new ()));
  g_usleep (2000);
  later = ql_session_id_new ();
  g_assert_cmpstr (first, <, later);
  g_assert_false (ql_session_id_is_valid ("") || ql_session_id_is_valid ("../a")
                  || ql_session_id_is_valid ("a.b") || ql_session_id_is_valid ("\xc3\xa4"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  umask (0);
#define ADD(name, function) g_test_add (name, Scratch, NULL, scratch_set_up, function, scratch_tear_down)
  ADD ("/journal/round-trip", test_round_trip);
  g_test_add_func ("/journal/words", test_words);
  ADD ("/journal/cut-anywhere", test_cut_anywhere);
  ADD ("/journal/zeros", test_zeros);
  ADD ("/journal/garbage", test_garbage);
  g_test_add_func ("/journal/unknown-event", test_unknown_event);
  ADD ("/journal/refused", test_refused);
  ADD ("/journal/not-a-file", test_not_a_file);
  ADD ("/journal/limits", test_limits);
  ADD ("/journal/full-session", test_full_session);
  g_test_add_func ("/journal/many-tokens", test_many_tokens);
  ADD ("/journal/full-disk", test_full_disk);
  ADD ("/journal/full-disk-at-first", test_full_disk_at_first);
  ADD ("/journal/read-only", test_read_only);
  ADD ("/journal/second-writer", test_second_writer);
  ADD ("/journal/removed", test_removed);
  ADD ("/journal/compacting", test_compacting);
  g_test_add_func ("/journal/ids", test_ids);
  return g_test_run ();
}
