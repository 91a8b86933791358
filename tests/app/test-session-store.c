/* The list of sessions: rows, search, the bin, the index, pictures and thumbnails. */

#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <utime.h>

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <glib/gstdio.h>

#include "app/saved-picture.h"
#include "app/session-bin.h"
#include "app/session-store.h"
#include "app/session-write.h"
#include "tests/app/scratch.h"

#define HEADER "{\"format\":\"qlens-session\",\"version\":1,\"id\":\"a\",\"created\":1000}\n"
#define DAY_MS G_GINT64_CONSTANT (86400000)

/* A session with one description, whose answer is @caption, or broken off where @ended is FALSE. */
static void
write_session (Scratch *s, const char *id, gint64 time_ms, const char *question, const char *caption,
               gboolean ended)
{
  g_autofree char *base = g_strconcat (id, ".jsonl", NULL), *begin = NULL, *end = NULL, *path = NULL,
                  *text = NULL;
  g_autoptr (QlSavedTurn) turn = ql_saved_turn_new ();

  turn->id = 1;
  turn->kind = question != NULL ? QL_SAVED_QUESTION : QL_SAVED_DESCRIBE;
  turn->question = g_strdup (question);
  turn->begin_ms = turn->end_ms = time_ms;
  begin = ql_session_line_begin (turn);
  turn->status = QL_SAVED_ENDED;
  g_free (turn->text);
  turn->text = g_strdup (caption);
  end = ended ? ql_session_line_end (turn) : ql_session_line_words (1, caption, time_ms);
  text = g_strdup_printf (HEADER "%s\n%s\n", begin, end);
  path = scratch_session (s, base, text);
}

static void
result_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static GAsyncResult *
wait_result (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

static void
wait_loaded (QlSessionStore *store)
{
  while (ql_session_store_get_loading (store))
    g_main_context_iteration (NULL, TRUE);
}

static QlSessionStore *
load (Scratch *s)
{
  QlSessionStore *store = ql_session_store_new (s->dirs);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  ql_session_store_load_async (store, result_cb, &result);
  ql_session_store_load_finish (store, wait_result (&result), &error);
  g_assert_no_error (error);
  wait_loaded (store);
  return store;
}

static gboolean
bin (QlSessionStore *store, const char *id, gboolean put, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  if (put)
    ql_session_store_delete_async (store, id, result_cb, &result);
  else
    ql_session_store_undelete_async (store, id, result_cb, &result);
  return ql_session_store_bin_finish (store, wait_result (&result), error);
}

/* Everything that was under way is over, the index written. */
static void
close_store (QlSessionStore *store)
{
  g_object_add_weak_pointer (G_OBJECT (store), (gpointer *) &store);
  g_object_unref (store);
  /* Not waiting for events: the last reference may be a worker's. */
  for (; g_atomic_pointer_get (&store) != NULL; g_usleep (500))
    g_main_context_iteration (NULL, FALSE);
}

static guint
n_rows (QlSessionStore *store)
{
  return g_list_model_get_n_items (G_LIST_MODEL (store));
}

static const char *
title_at (QlSessionStore *store, guint i)
{
  g_autoptr (QlSession) session = g_list_model_get_item (G_LIST_MODEL (store), i);

  return session != NULL ? ql_session_get_title (session) : NULL;
}

static void
test_empty (Scratch *s, gconstpointer data)
{
  QlSessionStore *store = load (s);

  g_assert_cmpuint (n_rows (store), ==, 0);
  g_assert_false (g_file_test (s->dirs->sessions, G_FILE_TEST_EXISTS));
  close_store (store);
}

static void
test_rows (Scratch *s, gconstpointer data)
{
  QlSessionStore *store;
  g_autofree char *newer = NULL, *empty = NULL, *other = NULL;
  QlSession *broken, *oldest;

  write_session (s, "1", 5000, NULL, "the oldest", TRUE);
  write_session (s, "2", 9000, NULL, "the newest", TRUE);
  write_session (s, "3", 7000, "what?", "half an ans", FALSE);
  newer = scratch_session (s, "4.jsonl", "{\"format\":\"qlens-session\",\"version\":9}\n");
  empty = scratch_session (s, "5.jsonl", HEADER);
  other = scratch_session (s, "notes.txt", "mine");
  store = load (s);
  g_assert_cmpuint (n_rows (store), ==, 4);
  broken = ql_session_store_find (store, "4");
  g_assert_nonnull (strstr (ql_session_get_problem (broken), "newer Qlens"));
  g_assert_cmpstr (title_at (store, 0), ==, ""); /* its file is as new as can be */
  g_assert_cmpstr (title_at (store, 1), ==, "the newest");
  g_assert_cmpstr (title_at (store, 2), ==, "what?");
  g_assert_cmpstr (title_at (store, 3), ==, "the oldest");
  oldest = ql_session_store_find (store, "1");
  g_assert_cmpuint (ql_session_get_n_turns (oldest), ==, 1);
  g_assert_cmpint (ql_session_get_changed_ms (oldest), ==, 5000);
  g_assert_false (ql_session_get_unfinished (oldest));
  g_assert_true (ql_session_get_unfinished (ql_session_store_find (store, "3")));
  g_assert_null (ql_session_store_find (store, "5"));
  close_store (store);
}

static void
changed_cb (GListModel *model, guint position, guint removed, guint added, GPtrArray *mirror)
{
  for (guint i = 0; i < removed; i++)
    g_ptr_array_remove_index (mirror, position);
  for (guint i = 0; i < added; i++)
    g_ptr_array_insert (mirror, (int) (position + i), g_list_model_get_item (model, position + i));
}

/* The signals tell the whole story. */
static void
test_refresh (Scratch *s, gconstpointer data)
{
  QlSessionStore *store;
  g_autoptr (GPtrArray) mirror = g_ptr_array_new_with_free_func (g_object_unref);
  g_autofree char *path = scratch_session (s, "1.jsonl", NULL);

  write_session (s, "1", 1000, NULL, "one", TRUE);
  write_session (s, "2", 2000, NULL, "two", TRUE);
  store = ql_session_store_new (s->dirs);
  g_signal_connect (store, "items-changed", G_CALLBACK (changed_cb), mirror);
  ql_session_store_load_async (store, NULL, NULL);
  wait_loaded (store);
  write_session (s, "1", 3000, NULL, "one again", TRUE); /* moves up */
  ql_session_store_refresh (store, "1");
  write_session (s, "3", 2500, NULL, "three", TRUE); /* is new */
  ql_session_store_refresh (store, "3");
  while (g_strcmp0 (title_at (store, 0), "one again") != 0 || n_rows (store) != 3)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (title_at (store, 1), ==, "three");
  g_assert_cmpstr (title_at (store, 2), ==, "two");
  g_assert_cmpint (g_remove (path), ==, 0); /* by somebody else */
  ql_session_store_refresh (store, "1");
  while (n_rows (store) != 2)
    g_main_context_iteration (NULL, TRUE);
  g_assert_null (ql_session_store_find (store, "1"));
  g_assert_cmpuint (mirror->len, ==, 2);
  for (guint i = 0; i < mirror->len; i++)
    {
      g_autoptr (QlSession) row = g_list_model_get_item (G_LIST_MODEL (store), i);
      g_assert_true (row == g_ptr_array_index (mirror, i));
    }
  close_store (store);
}

static void
test_fold (void)
{
  static const struct
  {
    const char *text, *query;
    gboolean matches;
  } cases[] = {
    { "Ein Döner mit Soße", "DONER sosse", TRUE },
    { "Cafe\xcc\x81 Étoilé", "café etoile", TRUE },
    { "Łódź", "lodz", TRUE },
    { "Smørrebrød", "smorrebrod", TRUE },
    { "КОШКА", "кошка", TRUE },
    { "一只猫", "猫", TRUE },
    { "\xd9\x83\xd9\x8e\xd9\x84\xd9\x92\xd8\xa8", "\xd9\x83\xd9\x84\xd8\xa8", TRUE }, /* without vowels */
    { "\xce\xbb\xcf\x8c\xce\xb3\xce\xbf\xcf\x82", "\xce\x9b\xce\x9f\xce\x93\xce\x9f\xce\xa3", TRUE },
    { "a dog and a cat", "cat dog", TRUE },
    { "a dog and a cat", "  do  ", TRUE },
    { "a dog and a cat", "dog bird", FALSE },
    { "a dog", "", TRUE },
    { "a dog", "\xff", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *folded = ql_text_fold (cases[i].text);
      g_autoptr (QlTextQuery) query = ql_text_query_new (cases[i].query);

      g_test_message ("case %u", i);
      g_assert_cmpint (ql_text_query_matches (query, folded), ==, cases[i].matches);
    }
}

static guint
n_matching (QlSessionStore *store, const char *words)
{
  g_autoptr (QlTextQuery) query = ql_text_query_new (words);
  guint n = 0;

  for (guint i = 0; i < n_rows (store); i++)
    {
      g_autoptr (QlSession) session = g_list_model_get_item (G_LIST_MODEL (store), i);
      n += ql_session_matches (session, query);
    }
  return n;
}

static void
test_search (Scratch *s, gconstpointer data)
{
  for (int round = 0; round < 2; round++) /* the second from the index */
    {
      QlSessionStore *store;

      if (round == 0)
        {
          write_session (s, "1", 1000, "Wo ist das Café?", "in Paris", TRUE);
          write_session (s, "2", 2000, NULL, "a cafeteria", TRUE);
        }
      store = load (s);
      g_assert_cmpuint (n_matching (store, "CAFE"), ==, 2);
      g_assert_cmpuint (n_matching (store, "paris"), ==, 1);
      g_assert_cmpuint (n_matching (store, "paris cafe"), ==, 1);
      g_assert_cmpuint (n_matching (store, "london"), ==, 0);
      g_assert_cmpuint (n_matching (store, ""), ==, 2);
      close_store (store);
    }
}

static void
test_bin (Scratch *s, gconstpointer data)
{
  QlSessionStore *store;
  g_autoptr (GError) error = NULL;
  g_autofree char *deleted = scratch_session (s, "1.deleted", NULL),
                  *live = scratch_session (s, "1.jsonl", NULL);
  g_autofree char *now = NULL;

  write_session (s, "1", 1000, NULL, "one", TRUE);
  write_session (s, "2", 2000, NULL, "two", TRUE);
  store = load (s);
  g_assert_true (bin (store, "1", TRUE, &error));
  g_assert_cmpuint (n_rows (store), ==, 1);
  g_assert_cmpuint (ql_session_store_get_n_deleted (store), ==, 1);
  g_assert_true (g_file_test (deleted, G_FILE_TEST_EXISTS) && !g_file_test (live, G_FILE_TEST_EXISTS));
  close_store (store);

  store = load (s); /* also after a start */
  g_assert_cmpuint (n_rows (store), ==, 1);
  g_assert_cmpuint (ql_session_store_get_n_deleted (store), ==, 1);
  g_assert_true (bin (store, "1", FALSE, &error));
  while (n_rows (store) != 2)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (ql_session_store_get_n_deleted (store), ==, 0);
  g_assert_cmpstr (title_at (store, 1), ==, "one"); /* where it was: it has not become newer */

  /* What is not there cannot be deleted; a row that went comes back. */
  g_assert_false (bin (store, "9", TRUE, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_true (g_file_set_contents (deleted, "in the way", -1, NULL));
  g_assert_false (bin (store, "1", TRUE, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  while (n_rows (store) != 2)
    g_main_context_iteration (NULL, TRUE);
  now = scratch_read (deleted, NULL);
  g_assert_cmpstr (now, ==, "in the way");
  g_assert_cmpuint (ql_session_store_get_n_deleted (store), ==, 0);
  close_store (store);
}

/* A newer version's file goes into the bin and comes back without a byte of it changed. */
static void
test_bin_newer (Scratch *s, gconstpointer data)
{
  const char *text = "{\"format\":\"qlens-session\",\"version\":9}\n";
  g_autofree char *path = scratch_session (s, "1.jsonl", text), *now = NULL;
  QlSessionStore *store = load (s);
  g_autoptr (GError) error = NULL;

  g_assert_true (bin (store, "1", TRUE, &error));
  g_assert_true (bin (store, "1", FALSE, &error));
  now = scratch_read (path, NULL);
  g_assert_cmpstr (now, ==, text);
  close_store (store);
}

/* While it is being written, too: nothing of it is lost. */
static void
test_bin_open (Scratch *s, gconstpointer data)
{
  QlSessionStore *store = load (s);
  g_autoptr (QlRecorder) recorder = ql_session_store_create (store);
  g_autofree char *id = g_strdup (ql_recorder_get_id (recorder)), *base = g_strconcat (id, ".jsonl", NULL);
  g_autofree char *path = g_build_filename (s->dirs->sessions, base, NULL);
  g_autoptr (QlSavedTurn) turn = ql_saved_turn_new ();
  g_autoptr (QlSessionState) state = NULL;
  g_autoptr (GError) error = NULL;

  ql_recorder_begin (recorder, turn);
  while (!g_file_test (path, G_FILE_TEST_EXISTS))
    g_usleep (1000);
  g_assert_true (bin (store, id, TRUE, &error));
  g_assert_cmpuint (ql_session_bin_purge (s->dirs, 0), ==, 0); /* not while it is open */
  ql_recorder_title (recorder, "after all");
  g_assert_true (ql_recorder_close (recorder, &error));
  g_assert_true (bin (store, id, FALSE, &error));
  state = ql_journal_read (path, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (state->title, ==, "after all");
  close_store (store);
}

static char *
write_file (const char *dir, const char *letter, int age_days)
{
  g_autofree char *sum = g_strnfill (64, *letter), *base = g_strconcat (sum, ".png", NULL);
  char *path = g_build_filename (dir, base, NULL);
  struct utimbuf times = { 0, time (NULL) - age_days * 86400 };

  g_assert_true (ql_session_dirs_make (dir, NULL));
  g_assert_true (g_file_set_contents (path, "x", -1, NULL));
  g_assert_cmpint (utime (path, &times), ==, 0);
  return path;
}

static void
write_deleted (Scratch *s, const char *base, const char *letter, int age_days)
{
  g_autofree char *sum = g_strnfill (64, *letter), *name = g_strconcat (sum, ".png", NULL);
  QlSavedPicture picture = { (char *) "x", NULL, sum, 1, 1, 1, 1, name };
  g_autofree char *line = ql_session_line_picture (&picture);
  g_autofree char *end = ql_session_line_deleted (g_get_real_time () / 1000 - age_days * DAY_MS);
  g_autofree char *text = g_strdup_printf (HEADER "%s\n%s\n", line, end),
                  *path = scratch_session (s, base, text);
}

static void
test_purge (Scratch *s, gconstpointer data)
{
  g_autofree char *of_old = write_file (s->dirs->pictures, "a", 40);
  g_autofree char *of_recent = write_file (s->dirs->pictures, "b", 40);
  g_autofree char *of_both = write_file (s->dirs->pictures, "c", 40);
  g_autofree char *young = write_file (s->dirs->pictures, "d", 0);
  g_autofree char *thumbnail = write_file (s->dirs->thumbnails, "a", 0);
  g_autofree char *recent = scratch_session (s, "2.deleted", NULL);
  QlSessionStore *store;
  g_autoptr (GAsyncResult) result = NULL;

  write_deleted (s, "1.deleted", "a", 31);
  write_deleted (s, "2.deleted", "b", 29);
  write_deleted (s, "3.deleted", "c", 31);
  write_deleted (s, "4.jsonl", "c", 0);
  store = load (s);
  while (ql_session_store_get_n_deleted (store) != 1)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (g_file_test (recent, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (of_old, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (thumbnail, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (of_recent, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (of_both, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (young, G_FILE_TEST_EXISTS));

  ql_session_store_purge_async (store, 0, result_cb, &result); /* on request */
  g_assert_cmpuint (ql_session_store_purge_finish (store, wait_result (&result)), ==, 1);
  g_assert_cmpuint (ql_session_store_get_n_deleted (store), ==, 0);
  g_assert_false (g_file_test (of_recent, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (of_both, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (n_rows (store), ==, 1);
  g_clear_object (&result); /* which holds the store */
  close_store (store);
}

/* As long as something cannot be read, nothing that it may need is removed. */
static void
test_purge_careful (Scratch *s, gconstpointer data)
{
  g_autofree char *of_old = write_file (s->dirs->pictures, "a", 40);
  g_autofree char *newer = scratch_session (s, "9.jsonl", "{\"format\":\"qlens-session\",\"version\":9}\n");

  write_deleted (s, "1.deleted", "a", 31);
  g_assert_cmpuint (ql_session_bin_purge (s->dirs, QL_SESSION_BIN_S), ==, 1);
  g_assert_true (g_file_test (of_old, G_FILE_TEST_EXISTS));
}

static void
test_open (Scratch *s, gconstpointer data)
{
  QlSessionStore *store;
  g_autoptr (GAsyncResult) result = NULL, second = NULL;
  g_autoptr (QlRecorder) recorder = NULL;
  g_autoptr (QlSessionState) state = NULL, none = NULL;
  g_autoptr (QlSavedTurn) turn = ql_saved_turn_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *path = scratch_session (s, "1.jsonl", NULL);

  write_session (s, "1", 1000, "what?", "half an", FALSE);
  store = load (s);
  g_assert_true (ql_session_get_unfinished (ql_session_store_find (store, "1")));
  ql_session_store_open_async (store, "1", NULL, result_cb, &result);
  recorder = ql_session_store_open_finish (store, wait_result (&result), &state, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (state->n_recovered, ==, 1);
  g_assert_cmpstr (((QlSavedTurn *) g_ptr_array_index (state->turns, 0))->text, ==, "half an");
  while (ql_session_get_unfinished (ql_session_store_find (store, "1")))
    g_main_context_iteration (NULL, TRUE);
  ql_session_store_open_async (store, "1", NULL, result_cb, &second);
  g_assert_null (ql_session_store_open_finish (store, wait_result (&second), &none, &error));
  g_assert_error (error, QL_SESSION_ERROR, QL_SESSION_ERROR_BUSY);
  g_clear_error (&error);

  ql_recorder_begin (recorder, turn);
  g_assert_cmpuint (turn->id, ==, 2);
  g_assert_true (ql_recorder_close (recorder, &error));
  g_clear_pointer (&state, ql_session_state_free);
  state = ql_journal_read (path, NULL, &error);
  g_assert_cmpuint (state->turns->len, ==, 2);
  g_clear_object (&result);
  g_clear_object (&second);
  close_store (store);
}

static void
test_thousand (Scratch *s, gconstpointer data)
{
  const int n = 1000;
  g_autofree char *path = NULL, *index = NULL, *garbage = NULL;
  QlSessionStore *store;
  struct stat about;
  struct utimbuf times;
  gint64 start_us;

  for (int i = 0; i < n; i++)
    {
      g_autofree char *id = g_strdup_printf ("%04d", i), *caption = g_strdup_printf ("caption %04d", i);
      write_session (s, id, 1000 + i, NULL, caption, TRUE);
    }
  for (int round = 0; round < 3; round++)
    {
      start_us = g_get_monotonic_time ();
      store = load (s);
      g_test_message ("%d sessions, %s: %.1f ms", n, round == 1 ? "from the index" : "from their journals",
                      (double) (g_get_monotonic_time () - start_us) / 1000);
      g_assert_cmpuint (n_rows (store), ==, n);
      g_assert_cmpstr (title_at (store, 0), ==, "caption 0999");
      g_assert_cmpstr (title_at (store, 999), ==, round == 2 ? "caption XXXX" : "caption 0000");
      close_store (store);
      if (round == 0)
        {
          /* Of the same size and time: the index is believed, and no journal read. */
          path = scratch_session (s, "0000.jsonl", NULL);
          index = scratch_read (path, NULL);
          memcpy (strstr (index, "caption 0000") + strlen ("caption "), "XXXX", 4);
          g_assert_cmpint (g_stat (path, &about), ==, 0);
          times.actime = times.modtime = 1000000000;
          g_assert_cmpint (utime (path, &times), ==, 0);
          close_store (load (s)); /* with that time */
          g_assert_true (g_file_set_contents (path, index, -1, NULL));
          g_assert_cmpint (utime (path, &times), ==, 0);
        }
      else if (round == 1) /* a cache is no more than that */
        g_assert_true (
            g_file_set_contents (s->dirs->index, "{\"format\":\"qlens-session-index\"}\n{", -1, NULL));
    }
  g_assert_cmpint (g_stat (s->dirs->index, &about), ==, 0);
  g_assert_cmpint (about.st_mode & 0777, ==, 0600);
}

static QlPicture *
red_picture (GFile *file)
{
  guint8 pixels[4 * 3 * 3];
  g_autoptr (GBytes) rgb = NULL;

  for (gsize i = 0; i < sizeof pixels; i++)
    pixels[i] = i % 3 == 0 ? 255 : 0;
  rgb = g_bytes_new (pixels, sizeof pixels);
  return ql_picture_new ("Pasted picture", file, rgb, 4, 3, 12);
}

static void
test_copy (Scratch *s, gconstpointer data)
{
  g_autoptr (QlPicture) picture = red_picture (NULL);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (QlSavedPicture) saved = NULL, again = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GdkPixbuf) pixbuf = NULL;
  g_autofree char *path = NULL, *thumbnail = NULL;
  struct stat about;

  ql_saved_picture_new_async (s->dirs, picture, NULL, result_cb, &result);
  saved = ql_saved_picture_new_finish (wait_result (&result), &error);
  g_assert_no_error (error);
  g_assert_null (saved->uri);
  g_assert_true (g_str_has_prefix (saved->copy, saved->sha256));
  g_assert_cmpint (ql_saved_picture_check (saved, s->dirs, TRUE, &path), ==, QL_SAVED_PICTURE_PRESENT);
  pixbuf = gdk_pixbuf_new_from_file (path, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (gdk_pixbuf_read_pixels (pixbuf), 3, "\xff\0\0", 3);
  g_assert_cmpint (g_stat (path, &about), ==, 0);
  g_assert_cmpint (about.st_mode & 0777, ==, 0600);
  g_assert_cmpint (g_stat (s->dirs->pictures, &about), ==, 0);
  g_assert_cmpint (about.st_mode & 0777, ==, 0700);
  thumbnail = ql_thumbnail_path (s->dirs, saved->sha256);
  g_assert_true (g_file_test (thumbnail, G_FILE_TEST_EXISTS));
  again = ql_saved_picture_new (s->dirs, picture, NULL, &error); /* the same picture, the same file */
  g_assert_cmpstr (again->sha256, ==, saved->sha256);
  g_assert_cmpint (g_remove (path), ==, 0);
  g_assert_cmpint (ql_saved_picture_check (saved, s->dirs, FALSE, NULL), ==, QL_SAVED_PICTURE_MISSING);
}

static void
test_reference (Scratch *s, gconstpointer data)
{
  g_autofree char *source = scratch_source ("data/samples/01-donut.png"), *bytes = NULL, *path = NULL,
                  *found = NULL;
  g_autofree char *sum = NULL;
  g_autoptr (GFile) file = NULL;
  g_autoptr (QlPicture) picture = NULL;
  g_autoptr (QlSavedPicture) saved = NULL;
  g_autoptr (GError) error = NULL;
  struct utimbuf times = { 1000000000, 1000000000 };
  gsize n;

  g_assert_true (g_file_get_contents (source, &bytes, &n, NULL));
  path = g_build_filename (s->root, "na\xefve \xff.png", NULL); /* no UTF-8 */
  g_assert_true (g_file_set_contents (path, bytes, (gssize) n, NULL));
  file = g_file_new_for_path (path);
  picture = red_picture (file);
  saved = ql_saved_picture_new (s->dirs, picture, NULL, &error);
  g_assert_no_error (error);
  g_assert_null (saved->copy);
  g_assert_false (g_file_test (s->dirs->pictures, G_FILE_TEST_EXISTS));
  sum = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) bytes, n);
  g_assert_cmpstr (saved->sha256, ==, sum);
  g_assert_cmpint (saved->size_bytes, ==, (gint64) n);
  g_assert_cmpint (ql_saved_picture_check (saved, s->dirs, FALSE, &found), ==, QL_SAVED_PICTURE_PRESENT);
  g_assert_cmpstr (found, ==, path);

  g_assert_cmpint (utime (path, &times), ==, 0); /* touched only */
  g_assert_cmpint (ql_saved_picture_check (saved, s->dirs, FALSE, NULL), ==, QL_SAVED_PICTURE_PRESENT);
  bytes[n / 2] ^= 1; /* of the same size */
  g_assert_true (g_file_set_contents (path, bytes, (gssize) n, NULL));
  g_assert_cmpint (ql_saved_picture_check (saved, s->dirs, FALSE, NULL), ==, QL_SAVED_PICTURE_CHANGED);
  g_assert_true (g_file_set_contents (path, bytes, (gssize) n - 1, NULL));
  g_assert_cmpint (ql_saved_picture_check (saved, s->dirs, FALSE, NULL), ==, QL_SAVED_PICTURE_CHANGED);
  g_assert_false (ql_thumbnail_make (s->dirs, saved, NULL, &error)); /* of another picture */
  g_assert_nonnull (error);
  g_assert_cmpint (g_remove (path), ==, 0);
  g_assert_cmpint (ql_saved_picture_check (saved, s->dirs, FALSE, NULL), ==, QL_SAVED_PICTURE_MISSING);
}

/* Rows ask for their thumbnails; a lost cache is filled again. */
static void
test_thumbnails (Scratch *s, gconstpointer data)
{
  static const char *const samples[] = { "01-donut.png", "03-tree.jpg" };
  QlSessionStore *store;

  for (guint i = 0; i < G_N_ELEMENTS (samples); i++)
    {
      g_autofree char *relative = g_build_filename ("data", "samples", samples[i], NULL);
      g_autofree char *source = scratch_source (relative), *line = NULL, *text = NULL, *path = NULL;
      g_autofree char *base = g_strdup_printf ("%u.jsonl", i);
      g_autoptr (GFile) file = g_file_new_for_path (source);
      g_autoptr (QlPicture) picture = red_picture (file);
      g_autoptr (QlSavedPicture) saved = ql_saved_picture_new (s->dirs, picture, NULL, NULL);
      g_autofree char *thumbnail = ql_thumbnail_path (s->dirs, saved->sha256);

      line = ql_session_line_picture (saved);
      text = g_strdup_printf (HEADER "%s\n", line);
      path = scratch_session (s, base, text);
      g_assert_cmpint (g_remove (thumbnail), ==, 0);
    }
  store = load (s);
  g_assert_cmpuint (n_rows (store), ==, 2);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (QlSession) session = g_list_model_get_item (G_LIST_MODEL (store), i);

      g_assert_null (ql_session_get_thumbnail (session));
      ql_session_store_want_thumbnail (store, session);
      ql_session_store_want_thumbnail (store, session);
    }
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (QlSession) session = g_list_model_get_item (G_LIST_MODEL (store), i);
      g_autoptr (GdkPixbuf) pixbuf = NULL;

      while (ql_session_get_thumbnail (session) == NULL)
        g_main_context_iteration (NULL, TRUE);
      pixbuf = gdk_pixbuf_new_from_file (ql_session_get_thumbnail (session), NULL);
      g_assert_cmpint (MAX (gdk_pixbuf_get_width (pixbuf), gdk_pixbuf_get_height (pixbuf)), ==,
                       QL_THUMBNAIL_PX);
    }
  close_store (store);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  umask (0);
#define ADD(name, function) g_test_add (name, Scratch, NULL, scratch_set_up, function, scratch_tear_down)
  ADD ("/session-store/empty", test_empty);
  ADD ("/session-store/rows", test_rows);
  ADD ("/session-store/refresh", test_refresh);
  g_test_add_func ("/session-store/fold", test_fold);
  ADD ("/session-store/search", test_search);
  ADD ("/session-store/bin", test_bin);
  ADD ("/session-store/bin-newer", test_bin_newer);
  ADD ("/session-store/bin-open", test_bin_open);
  ADD ("/session-store/purge", test_purge);
  ADD ("/session-store/purge-careful", test_purge_careful);
  ADD ("/session-store/open", test_open);
  ADD ("/session-store/thousand", test_thousand);
  ADD ("/session-store/copy", test_copy);
  ADD ("/session-store/reference", test_reference);
  ADD ("/session-store/thumbnails", test_thumbnails);
  return g_test_run ();
}
