/* QlBatch with the real engine on the demo model: outputs, policies, pause, stop, editing. */
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/batch-engine.h"
#include "app/batch-list.h"
#include "app/caption-sidecar.h"
#include "app/png-text.h"
#include "tests/app/caption-files.h"

#define DONUT "a purple donut in the sky"
#define TENT "an orange tent on a red background"

typedef struct
{
  char *dir;
  char *csv, *jsonl;
  QlBatch *batch;
  GThread *thread;
  guint n_finished, n_items_finished;
  GError *error;
} Fixture;

static void
finished_cb (QlBatch *batch, const GError *error, Fixture *fixture)
{
  g_assert_true (g_thread_self () == fixture->thread);
  g_assert_cmpint (ql_batch_get_state (batch), ==, QL_BATCH_IDLE);
  fixture->n_finished++;
  g_clear_error (&fixture->error);
  fixture->error = error != NULL ? g_error_copy (error) : NULL;
}

static void
item_finished_cb (QlBatch *batch, QlBatchItem *item, const char *json, Fixture *fixture)
{
  g_assert_true (g_thread_self () == fixture->thread);
  g_assert_cmpint (ql_batch_item_get_status (item), !=, QL_BATCH_WORKING);
  g_assert_true ((ql_batch_item_get_status (item) == QL_BATCH_FAILED)
                 == (ql_batch_item_get_error (item) != NULL));
  g_assert_true (json == NULL || g_str_has_prefix (json, "{\"image\":"));
  fixture->n_items_finished++;
}

static void
new_batch (Fixture *fixture)
{
  B2DecodeOptions decode;

  g_clear_object (&fixture->batch);
  fixture->batch = ql_batch_new ();
  b2_decode_options_init (&decode, B2_PRESET_CAPTION);
  decode.n_beams = 1;
  ql_batch_set_decode_options (fixture->batch, &decode);
  ql_batch_set_n_threads (fixture->batch, 2);
  g_signal_connect (fixture->batch, "finished", G_CALLBACK (finished_cb), fixture);
  g_signal_connect (fixture->batch, "item-finished", G_CALLBACK (item_finished_cb), fixture);
}

static void
add_all (Fixture *fixture)
{
  const char *names[] = { fixture->dir };
  g_autoptr (QlBatchList) list = ql_batch_list_collect (names, 1, NULL, NULL, NULL);

  ql_batch_add (fixture->batch, list->paths);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->dir = folder_new ();
  fixture->csv = g_build_filename (fixture->dir, "all.csv", NULL);
  fixture->jsonl = g_build_filename (fixture->dir, "all.jsonl", NULL);
  fixture->thread = g_thread_self ();
  g_free (folder_copy (fixture->dir, "1.png", "data/samples/01-donut.png"));
  g_free (folder_copy (fixture->dir, "2.png", "data/samples/02-tent.png"));
  g_free (folder_copy (fixture->dir, "3.jpg", "data/samples/03-tree.jpg"));
  new_batch (fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_assert_cmpint (folder_n_hidden (fixture->dir), ==, 0);
  g_clear_object (&fixture->batch);
  g_clear_error (&fixture->error);
  folder_free (fixture->dir);
  g_free (fixture->csv);
  g_free (fixture->jsonl);
}

static void
wait_until_finished (Fixture *fixture)
{
  guint n = fixture->n_finished;

  while (fixture->n_finished == n)
    g_main_context_iteration (NULL, TRUE);
}

static void
run (Fixture *fixture)
{
  ql_batch_start (fixture->batch);
  g_assert_cmpint (ql_batch_get_state (fixture->batch), ==, QL_BATCH_RUNNING);
  wait_until_finished (fixture);
}

static QlBatchItem *
item_at (Fixture *fixture, guint i)
{
  g_autoptr (QlBatchItem) item = g_list_model_get_item (ql_batch_get_items (fixture->batch), i);

  return item; /* the list keeps it */
}

static void
assert_item (Fixture *fixture, guint i, QlBatchStatus status, const char *caption)
{
  QlBatchItem *item = item_at (fixture, i);

  if (ql_batch_item_get_error (item) != NULL)
    g_test_message ("%s", ql_batch_item_get_error (item));
  g_assert_cmpint (ql_batch_item_get_status (item), ==, status);
  g_assert_cmpstr (ql_batch_item_get_caption (item), ==, caption);
}

static void
assert_progress (Fixture *fixture, guint n_done, guint n_skipped, guint n_failed)
{
  QlBatchProgress progress = ql_batch_get_progress (fixture->batch);

  g_assert_cmpuint (progress.n_done, ==, n_done);
  g_assert_cmpuint (progress.n_skipped, ==, n_skipped);
  g_assert_cmpuint (progress.n_failed, ==, n_failed);
  g_assert_cmpuint (progress.n_over, ==, n_done + n_skipped + n_failed);
}

static void
assert_file (Fixture *fixture, const char *name, const char *expected)
{
  g_autofree char *path = g_build_filename (fixture->dir, name, NULL);
  g_autofree char *content = file_read (path, NULL);

  g_assert_cmpstr (content, ==, expected);
}

static guint
n_lines (const char *path)
{
  g_autofree char *content = file_read (path, NULL);
  guint n = 0;

  for (const char *p = content; *p != '\0'; p++)
    n += *p == '\n';
  return n;
}

static void
set_all_targets (Fixture *fixture, QlBatchPolicy policy)
{
  QlBatchTargets targets = {
    .policy = policy, .txt = TRUE, .xmp = TRUE, .png_text = TRUE, .csv = fixture->csv, .jsonl = fixture->jsonl
  };

  ql_batch_set_targets (fixture->batch, &targets);
}

static void
test_run (Fixture *fixture, gconstpointer data)
{
  add_all (fixture);
  run (fixture);
  g_assert_no_error (fixture->error);
  g_assert_cmpuint (fixture->n_items_finished, ==, 3);
  assert_item (fixture, 0, QL_BATCH_DONE, DONUT);
  assert_item (fixture, 1, QL_BATCH_DONE, TENT);
  assert_progress (fixture, 3, 0, 0);
  assert_file (fixture, "1.txt", DONUT "\n");
  assert_file (fixture, "2.txt", TENT "\n");
  g_assert_cmpfloat (ql_batch_item_get_seconds (item_at (fixture, 0)), >, 0);
  /* nothing is left to do */
  run (fixture);
  g_assert_cmpuint (fixture->n_items_finished, ==, 3);
  /* a new batch finds what the first has left, and shows it */
  new_batch (fixture);
  add_all (fixture);
  run (fixture);
  assert_item (fixture, 0, QL_BATCH_SKIPPED, DONUT);
  assert_progress (fixture, 0, 3, 0);
}

static void
test_style (Fixture *fixture, gconstpointer data)
{
  QlAnswerStyle style;

  ql_answer_style_init (&style, QL_PRESET_DESCRIBE);
  style.knobs[QL_KNOB_MOST_TOKENS] = 3;
  add_all (fixture);
  ql_batch_set_style (fixture->batch, &style);
  run (fixture);
  assert_progress (fixture, 3, 0, 0);
  g_assert_cmpuint (strlen (ql_batch_item_get_caption (item_at (fixture, 0))), <, strlen (DONUT));
}

static void
test_empty (Fixture *fixture, gconstpointer data)
{
  run (fixture);
  g_assert_no_error (fixture->error);
  assert_progress (fixture, 0, 0, 0);
}

static void
assert_all_targets (Fixture *fixture, const char *txt, guint n_rows)
{
  g_autofree char *picture = g_build_filename (fixture->dir, "1.png", NULL);
  g_autofree char *sidecar = ql_caption_sidecar_path (QL_SIDECAR_XMP, picture, NULL);
  g_autofree char *line = g_strconcat (txt, "\n", NULL);
  g_autofree char *xmp = NULL;

  assert_file (fixture, "1.txt", line);
  g_assert_true (ql_caption_sidecar_read (QL_SIDECAR_XMP, sidecar, &xmp, NULL));
  g_assert_cmpstr (xmp, ==, txt);
  g_assert_true (ql_png_text_is_there (picture, NULL));
  g_assert_cmpuint (n_lines (fixture->csv), ==, n_rows + 1);
  g_assert_cmpuint (n_lines (fixture->jsonl), ==, n_rows);
}

static void
test_policies (Fixture *fixture, gconstpointer data)
{
  add_all (fixture);
  set_all_targets (fixture, QL_BATCH_SKIP);
  run (fixture);
  assert_progress (fixture, 3, 0, 0);
  assert_all_targets (fixture, DONUT, 3);

  /* one target lacks one caption: that is all that is written */
  new_batch (fixture);
  add_all (fixture);
  set_all_targets (fixture, QL_BATCH_SKIP);
  g_free (folder_put (fixture->dir, "1.txt", "by hand\n", -1));
  {
    g_autofree char *xmp = g_build_filename (fixture->dir, "1.png.xmp", NULL);

    g_assert_cmpint (g_unlink (xmp), ==, 0);
  }
  run (fixture);
  assert_progress (fixture, 1, 2, 0);
  assert_file (fixture, "1.txt", "by hand\n");
  g_assert_cmpuint (n_lines (fixture->csv), ==, 4);

  new_batch (fixture);
  add_all (fixture);
  set_all_targets (fixture, QL_BATCH_OVERWRITE);
  run (fixture);
  assert_progress (fixture, 3, 0, 0);
  assert_all_targets (fixture, DONUT, 3);

  new_batch (fixture);
  add_all (fixture);
  set_all_targets (fixture, QL_BATCH_APPEND);
  run (fixture);
  assert_progress (fixture, 3, 0, 0);
  assert_all_targets (fixture, DONUT "\n" DONUT, 6);
}

/* Damaged pictures are told of, once, and tried again by the next run. */
static void
test_errors (Fixture *fixture, gconstpointer data)
{
  g_free (folder_put (fixture->dir, "0.png", "\x89PNG\r\n\x1a\n broken", -1));
  g_free (folder_put (fixture->dir, "2b.png", "\x89PNG\r\n\x1a\n", -1));
  for (int i = 0; i < 2; i++)
    {
      new_batch (fixture);
      add_all (fixture);
      set_all_targets (fixture, QL_BATCH_SKIP);
      run (fixture);
      g_assert_no_error (fixture->error);
      assert_progress (fixture, i == 0 ? 3 : 0, i == 0 ? 0 : 3, 2);
      assert_item (fixture, 0, QL_BATCH_FAILED, NULL);
      g_assert_cmpuint (n_lines (fixture->csv), ==, 6);
      g_assert_cmpuint (n_lines (fixture->jsonl), ==, 5);
    }
  /* mended: the row of the error goes */
  g_free (folder_copy (fixture->dir, "0.png", "data/samples/01-donut.png"));
  run (fixture);
  assert_item (fixture, 0, QL_BATCH_DONE, DONUT);
  assert_progress (fixture, 1, 3, 1);
  g_assert_cmpuint (n_lines (fixture->csv), ==, 6);
  {
    g_autofree char *csv = file_read (fixture->csv, NULL);
    const char *row = strstr (csv, "0.png,");

    g_assert_nonnull (row);
    g_assert_null (strstr (row + 1, "0.png,"));
    g_assert_true (g_str_has_prefix (row, "0.png," DONUT ","));
  }
}

/* Captions are written a few at a time; rows come in the pictures' order all the same, whatever lies between them. */
static void
test_order (Fixture *fixture, gconstpointer data)
{
  static const char *const samples[] = { "01-donut.png", "02-tent.png", "07-tiger.png" };
  g_autofree char *jsonl = NULL;
  const char *last;
  guint n = 0;

  for (guint i = 0; i < 30; i++)
    {
      g_autofree char *name = g_strdup_printf ("o%02u.png", i);
      g_autofree char *sample = g_build_filename ("data", "samples", samples[i % 3], NULL);
      g_autofree char *txt = g_strdup_printf ("o%02u.txt", i);

      if (i % 7 == 3)
        g_free (folder_put (fixture->dir, name, "\x89PNG\r\n\x1a\n broken", -1));
      else
        g_free (folder_copy (fixture->dir, name, sample));
      if (i % 5 == 4 && i % 7 != 3)
        g_free (folder_put (fixture->dir, txt, "there already\n", -1));
    }
  add_all (fixture);
  ql_batch_set_targets (fixture->batch,
                        &(QlBatchTargets){ .policy = QL_BATCH_SKIP, .txt = TRUE, .jsonl = fixture->jsonl });
  run (fixture);
  g_assert_no_error (fixture->error);
  jsonl = file_read (fixture->jsonl, NULL);
  last = jsonl;
  for (guint i = 0; i < ql_batch_get_progress (fixture->batch).n_items; i++)
    {
      QlBatchItem *item = item_at (fixture, i);
      g_autofree char *base = g_path_get_basename (ql_batch_item_get_path (item));
      const char *row = strstr (last, base);

      g_assert_cmpint (ql_batch_item_get_status (item), !=, QL_BATCH_WAITING);
      g_assert_cmpint (ql_batch_item_get_status (item), !=, QL_BATCH_WORKING);
      if (ql_batch_item_get_status (item) != QL_BATCH_DONE)
        continue;
      g_assert_nonnull (row); /* behind the row of the picture before */
      last = row;
      n++;
      if (base[0] == 'o' && atoi (base + 1) % 3 < 2)
        g_assert_cmpstr (ql_batch_item_get_caption (item), ==, atoi (base + 1) % 3 == 0 ? DONUT : TENT);
    }
  g_assert_cmpuint (n, ==, ql_batch_get_progress (fixture->batch).n_done);
  g_assert_cmpuint (n, >, 15);
}

/* A caption that cannot be written beside its picture is in the table, with the reason. */
static void
test_output_fails (Fixture *fixture, gconstpointer data)
{
  g_autofree char *xmp = folder_put (fixture->dir, "2.png.xmp", "<foreign>", -1);
  g_autofree char *csv = NULL;

  add_all (fixture);
  set_all_targets (fixture, QL_BATCH_OVERWRITE);
  run (fixture);
  assert_progress (fixture, 2, 0, 1);
  g_assert_nonnull (strstr (ql_batch_item_get_error (item_at (fixture, 1)), "2.png.xmp: "));
  csv = file_read (fixture->csv, NULL);
  g_assert_nonnull (strstr (csv, "2.png.xmp: "));
  assert_file (fixture, "2.png.xmp", "<foreign>");
}

static void
test_png_text_only (Fixture *fixture, gconstpointer data)
{
  QlBatchTargets targets = { .png_text = TRUE };

  add_all (fixture);
  ql_batch_set_targets (fixture->batch, &targets);
  run (fixture);
  assert_progress (fixture, 2, 0, 1);
  assert_item (fixture, 2, QL_BATCH_FAILED, NULL);
  g_assert_nonnull (strstr (ql_batch_item_get_error (item_at (fixture, 2)), "PNG"));
}

static void
test_no_model (Fixture *fixture, gconstpointer data)
{
  add_all (fixture);
  ql_batch_set_model_dir (fixture->batch, fixture->dir);
  run (fixture);
  g_assert_nonnull (fixture->error);
  assert_item (fixture, 0, QL_BATCH_WAITING, NULL);
  assert_progress (fixture, 0, 0, 0);
}

static void
test_wrong_model (Fixture *fixture, gconstpointer data)
{
  g_autofree char *itm = g_build_filename (g_getenv ("QLENS_SRC"), "tests/golden/itm-basic", NULL);

  add_all (fixture);
  ql_batch_set_model_dir (fixture->batch, itm);
  run (fixture);
  g_assert_error (fixture->error, B2_ERROR, B2_ERROR_UNSUPPORTED);
}

static void
test_table_refused (Fixture *fixture, gconstpointer data)
{
  g_free (folder_put (fixture->dir, "all.csv", "mine\n", -1));
  add_all (fixture);
  set_all_targets (fixture, QL_BATCH_SKIP);
  run (fixture);
  g_assert_nonnull (fixture->error);
  assert_item (fixture, 0, QL_BATCH_WAITING, NULL);
  assert_file (fixture, "all.csv", "mine\n");
}

static void
add_many (Fixture *fixture, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("m%u.png", i);

      g_free (folder_copy (fixture->dir, name, "data/samples/02-tent.png"));
    }
  add_all (fixture);
}

static gboolean
after_some_cb (QlBatch *batch, QlBatchItem *item, const char *json, guint *left)
{
  if (*left > 0)
    (*left)--;
  return FALSE;
}

static void
wait_for_some (Fixture *fixture, guint n)
{
  gulong id = g_signal_connect (fixture->batch, "item-finished", G_CALLBACK (after_some_cb), &n);

  while (n > 0)
    g_main_context_iteration (NULL, TRUE);
  g_signal_handler_disconnect (fixture->batch, id);
}

static void
test_stop (Fixture *fixture, gconstpointer data)
{
  QlBatchProgress progress;
  guint n_working = 0;

  add_many (fixture, 60);
  ql_batch_start (fixture->batch);
  wait_for_some (fixture, 2);
  ql_batch_stop (fixture->batch);
  g_assert_cmpint (ql_batch_get_state (fixture->batch), ==, QL_BATCH_STOPPING);
  wait_until_finished (fixture);
  g_assert_no_error (fixture->error);
  progress = ql_batch_get_progress (fixture->batch);
  g_assert_cmpuint (progress.n_over, >=, 2);
  g_assert_cmpuint (progress.n_failed, ==, 0);
  for (guint i = 0; i < progress.n_items; i++)
    n_working += ql_batch_item_get_status (item_at (fixture, i)) == QL_BATCH_WORKING;
  g_assert_cmpuint (n_working, ==, 0);
  run (fixture); /* goes on */
  assert_progress (fixture, 63, 0, 0);
  g_assert_cmpuint (fixture->n_items_finished, ==, 63);
}

/* Paused, a batch that takes a second is not done after longer than that. */
static void
test_pause (Fixture *fixture, gconstpointer data)
{
  QlBatchProgress progress;

  add_many (fixture, 60);
  ql_batch_start (fixture->batch);
  ql_batch_pause (fixture->batch);
  g_assert_cmpint (ql_batch_get_state (fixture->batch), ==, QL_BATCH_PAUSED);
  for (int i = 0; i < 100; i++)
    {
      g_usleep (20 * 1000);
      while (g_main_context_iteration (NULL, FALSE))
        continue;
    }
  progress = ql_batch_get_progress (fixture->batch);
  g_assert_cmpuint (progress.n_over, <, progress.n_items);
  g_assert_cmpuint (fixture->n_finished, ==, 0);
  ql_batch_start (fixture->batch);
  g_assert_cmpint (ql_batch_get_state (fixture->batch), ==, QL_BATCH_RUNNING);
  wait_for_some (fixture, 4);
  g_assert_cmpfloat (ql_batch_get_progress (fixture->batch).eta_s, >=, 0);
  /* a stop out of a pause */
  ql_batch_pause (fixture->batch);
  ql_batch_stop (fixture->batch);
  wait_until_finished (fixture);
  g_assert_no_error (fixture->error);
}

/* Before the third caption nobody knows how long it takes. */
static void
test_eta (Fixture *fixture, gconstpointer data)
{
  add_all (fixture);
  g_assert_cmpfloat (ql_batch_get_progress (fixture->batch).eta_s, <, 0);
  ql_batch_start (fixture->batch);
  g_assert_cmpfloat (ql_batch_get_progress (fixture->batch).eta_s, <, 0);
  wait_until_finished (fixture);
  g_assert_cmpfloat (ql_batch_get_progress (fixture->batch).eta_s, <, 0);
}

static void
test_shutdown (Fixture *fixture, gconstpointer data)
{
  add_many (fixture, 20);
  for (int i = 0; i < 10; i++)
    {
      ql_batch_start (fixture->batch);
      g_usleep ((gulong) g_test_rand_int_range (0, 30 * 1000));
      ql_batch_shutdown (fixture->batch);
      g_assert_cmpint (ql_batch_get_state (fixture->batch), ==, QL_BATCH_IDLE);
      g_assert_cmpuint (fixture->n_finished, ==, i + 1);
      g_assert_no_error (fixture->error);
    }
  ql_batch_shutdown (fixture->batch);
}

static void
saved_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  ql_batch_save_caption_finish (QL_BATCH (source), result, &error);
  g_assert_no_error (error);
  (*(int *) data)--;
}

static void
test_edit (Fixture *fixture, gconstpointer data)
{
  static const char *const texts[] = { "first", "second, \"quoted\"", "third <&>" };
  g_autofree char *csv = NULL;
  int n_open = 0;

  add_all (fixture);
  set_all_targets (fixture, QL_BATCH_SKIP);
  run (fixture);
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++, n_open++) /* faster than they are written */
    ql_batch_save_caption_async (fixture->batch, item_at (fixture, 0), texts[i], saved_cb, &n_open);
  assert_item (fixture, 0, QL_BATCH_DONE, "third <&>");
  while (n_open > 0)
    g_main_context_iteration (NULL, TRUE);
  assert_all_targets (fixture, "third <&>", 3);
  csv = file_read (fixture->csv, NULL);
  g_assert_nonnull (strstr (csv, "1.png,third <&>,"));
}

static void
test_edit_while_running (Fixture *fixture, gconstpointer data)
{
  int n_open = 1;

  add_many (fixture, 20);
  set_all_targets (fixture, QL_BATCH_SKIP);
  ql_batch_start (fixture->batch);
  wait_for_some (fixture, 1);
  ql_batch_save_caption_async (fixture->batch, item_at (fixture, 0), "mine", saved_cb, &n_open);
  wait_until_finished (fixture);
  while (n_open > 0)
    g_main_context_iteration (NULL, TRUE);
  assert_all_targets (fixture, "mine", 23);
}

static void
failed_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (ql_batch_save_caption_finish (QL_BATCH (source), result, &error));
  g_assert_nonnull (strstr (error->message, "1.png.xmp: "));
  (*(int *) data)--;
}

/* What could not be written is not forgotten, and the next try replaces what is on the disk. */
static void
test_edit_fails (Fixture *fixture, gconstpointer data)
{
  g_autofree char *xmp = g_build_filename (fixture->dir, "1.png.xmp", NULL);
  g_autofree char *kept = NULL;
  int n_open = 2;

  add_all (fixture);
  set_all_targets (fixture, QL_BATCH_SKIP);
  run (fixture);
  kept = file_read (xmp, NULL);
  g_free (folder_put (fixture->dir, "1.png.xmp", "<foreign>", -1));
  ql_batch_save_caption_async (fixture->batch, item_at (fixture, 0), "one", failed_cb, &n_open);
  ql_batch_save_caption_async (fixture->batch, item_at (fixture, 0), "two", failed_cb, &n_open);
  while (n_open > 0)
    g_main_context_iteration (NULL, TRUE);
  assert_item (fixture, 0, QL_BATCH_DONE, "two");
  g_assert_true (ql_batch_item_get_unsaved (item_at (fixture, 0)));
  g_free (folder_put (fixture->dir, "1.png.xmp", kept, -1));
  n_open = 1;
  ql_batch_save_caption_async (fixture->batch, item_at (fixture, 0), "two", saved_cb, &n_open);
  while (n_open > 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (ql_batch_item_get_unsaved (item_at (fixture, 0)));
  g_free (kept);
  kept = file_read (xmp, NULL);
  g_assert_nonnull (strstr (kept, ">two<"));
  g_assert_null (strstr (kept, DONUT));
}

/* A picture whose caption could not be written is done once a person's is. */
static void
test_edit_failed (Fixture *fixture, gconstpointer data)
{
  g_autofree char *xmp = folder_put (fixture->dir, "1.png.xmp", "<foreign>", -1);
  int n_open = 1;

  add_all (fixture);
  set_all_targets (fixture, QL_BATCH_OVERWRITE);
  run (fixture);
  assert_item (fixture, 0, QL_BATCH_FAILED, NULL);
  assert_progress (fixture, 2, 0, 1);
  g_assert_cmpint (g_unlink (xmp), ==, 0);
  ql_batch_save_caption_async (fixture->batch, item_at (fixture, 0), "mine", saved_cb, &n_open);
  while (n_open > 0)
    g_main_context_iteration (NULL, TRUE);
  assert_item (fixture, 0, QL_BATCH_DONE, "mine");
  assert_progress (fixture, 3, 0, 0);
  assert_all_targets (fixture, "mine", 3);
}

static void
remove_rows (Fixture *fixture, guint first, guint second)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new ();

  g_ptr_array_add (items, item_at (fixture, first));
  g_ptr_array_add (items, item_at (fixture, second));
  ql_batch_remove (fixture->batch, items);
}

static void
test_remove (Fixture *fixture, gconstpointer data)
{
  add_all (fixture);
  run (fixture);
  remove_rows (fixture, 0, 2);
  assert_progress (fixture, 1, 0, 0);
  g_assert_cmpuint (ql_batch_get_progress (fixture->batch).n_items, ==, 1);
  assert_item (fixture, 0, QL_BATCH_DONE, TENT);
  add_all (fixture); /* back, at the end */
  assert_item (fixture, 1, QL_BATCH_WAITING, NULL);
  run (fixture);
  assert_item (fixture, 1, QL_BATCH_SKIPPED, DONUT);
  /* not under the feet of a run */
  ql_batch_reset (fixture->batch);
  assert_progress (fixture, 0, 0, 0);
  ql_batch_start (fixture->batch);
  remove_rows (fixture, 0, 1);
  wait_until_finished (fixture);
  assert_progress (fixture, 0, 3, 0);
  remove_rows (fixture, 0, 1);
  assert_progress (fixture, 0, 1, 0);
  remove_rows (fixture, 0, 0);
  assert_progress (fixture, 0, 0, 0);
}

static void
test_some_items (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new ();

  add_all (fixture);
  g_ptr_array_add (items, item_at (fixture, 1));
  ql_batch_start_items (fixture->batch, items);
  wait_until_finished (fixture);
  assert_item (fixture, 0, QL_BATCH_WAITING, NULL);
  assert_item (fixture, 1, QL_BATCH_DONE, TENT);
  assert_progress (fixture, 1, 0, 0);
}

/* Pictures that come while it runs belong to the run. */
static void
test_add_while_running (Fixture *fixture, gconstpointer data)
{
  add_all (fixture);
  ql_batch_start (fixture->batch);
  g_free (folder_copy (fixture->dir, "4.png", "data/samples/02-tent.png"));
  add_all (fixture);
  g_assert_cmpuint (ql_batch_get_progress (fixture->batch).n_items, ==, 4);
  wait_until_finished (fixture);
  g_assert_cmpuint (fixture->n_finished, ==, 1);
  assert_progress (fixture, 4, 0, 0);
  assert_file (fixture, "4.txt", TENT "\n");
  /* but a stop is a stop */
  ql_batch_reset (fixture->batch);
  ql_batch_start (fixture->batch);
  g_free (folder_copy (fixture->dir, "5.png", "data/samples/02-tent.png"));
  add_all (fixture);
  ql_batch_stop (fixture->batch);
  wait_until_finished (fixture);
  assert_item (fixture, 4, QL_BATCH_WAITING, NULL);
}

static void
count_cb (GObject *object, GParamSpec *pspec, int *n)
{
  (*n)++;
}

static void
test_item (void)
{
  g_autoptr (QlBatchItem) item = ql_batch_item_new ("/a/b\xff.png");
  g_autofree char *name = NULL, *path = NULL, *caption = NULL;
  QlBatchStatus status;
  int n_status = 0, n_caption = 0;

  g_signal_connect (item, "notify::status", G_CALLBACK (count_cb), &n_status);
  g_signal_connect (item, "notify::caption", G_CALLBACK (count_cb), &n_caption);
  ql_batch_item_update (item, QL_BATCH_DONE, "c", 2, NULL);
  ql_batch_item_update (item, QL_BATCH_DONE, "c", 2, NULL);
  g_object_set (item, "caption", "d", NULL);
  g_assert_cmpint (n_status, ==, 1);
  g_assert_cmpint (n_caption, ==, 2);
  g_object_get (item, "name", &name, "path", &path, "caption", &caption, "status", &status, NULL);
  g_assert_true (g_utf8_validate (name, -1, NULL));
  g_assert_cmpstr (path, ==, "/a/b\xff.png");
  g_assert_cmpstr (caption, ==, "d");
  g_assert_cmpint (status, ==, QL_BATCH_DONE);
}

#define ADD(name, func) g_test_add ("/batch/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/batch/item", test_item);
  ADD ("run", test_run);
  ADD ("style", test_style);
  ADD ("empty", test_empty);
  ADD ("policies", test_policies);
  ADD ("errors", test_errors);
  ADD ("order", test_order);
  ADD ("output-fails", test_output_fails);
  ADD ("png-text-only", test_png_text_only);
  ADD ("no-model", test_no_model);
  ADD ("wrong-model", test_wrong_model);
  ADD ("table-refused", test_table_refused);
  ADD ("stop", test_stop);
  ADD ("pause", test_pause);
  ADD ("eta", test_eta);
  ADD ("shutdown", test_shutdown);
  ADD ("edit", test_edit);
  ADD ("edit-while-running", test_edit_while_running);
  ADD ("edit-fails", test_edit_fails);
  ADD ("edit-failed", test_edit_failed);
  ADD ("remove", test_remove);
  ADD ("some-items", test_some_items);
  ADD ("add-while-running", test_add_while_running);
  return g_test_run ();
}
