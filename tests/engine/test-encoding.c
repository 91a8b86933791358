/* What the image encoder made of a picture, saved and loaded: the same bits, and no harm from a damaged file. */
#include <string.h>

#include "tests/engine/demo.h"

static const char *sample = "01-donut.png";
static const char *question = "Question: what color is the donut? Answer:";

typedef struct
{
  GHashTable *files; /* key → GBytes */
  gsize max_bytes;
  int n_loads, n_saves, n_damaged;
} Store;

static GBytes *
load_cb (const char *key, gsize max_bytes, gpointer data)
{
  Store *store = data;
  GBytes *bytes = g_hash_table_lookup (store->files, key);

  g_assert_cmpuint (strlen (key), ==, 64);
  store->n_loads++;
  store->max_bytes = max_bytes;
  return bytes != NULL ? g_bytes_ref (bytes) : NULL;
}

static void
save_cb (const char *key, GBytes *bytes, gpointer data)
{
  Store *store = data;

  store->n_saves++;
  g_hash_table_insert (store->files, g_strdup (key), g_bytes_ref (bytes));
}

static void
damaged_cb (const char *key, gpointer data)
{
  Store *store = data;

  store->n_damaged++;
  g_assert_true (g_hash_table_remove (store->files, key));
}

static void
set_up (Store *store, gconstpointer data)
{
  store->files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
}

static void
tear_down (Store *store, gconstpointer data)
{
  g_hash_table_unref (store->files);
}

static B2Session *
session_new (B2Model *model, Store *store)
{
  B2SessionOptions options = { .n_threads = 2, .measure = TRUE };
  B2EncodingStore functions = { load_cb, save_cb, damaged_cb, store };
  B2Session *session = b2_session_new (model, &options, NULL);

  g_assert_nonnull (session);
  b2_session_set_encoding_store (session, &functions);
  return session;
}

static void
count_vision (B2Phase phase, int done, int total, gpointer data)
{
  *(int *) data += phase == B2_PHASE_VISION;
}

/* @n_blocks: (out): of the image encoder, that ran */
static B2Answer *
ask (B2Session *session, const char *prompt, int *n_blocks)
{
  g_autoptr (GError) error = NULL;
  B2GenerateHooks hooks
      = { .watch = { .progress = count_vision, .progress_data = n_blocks }, .keep_trace = TRUE };
  B2DecodeOptions options;
  B2Answer *answer;

  *n_blocks = 0;
  b2_decode_options_init (&options, B2_PRESET_CAPTION);
  answer = b2_session_generate (session, prompt, &options, &hooks, &error);
  g_assert_no_error (error);
  return answer;
}

static void
test_same_bits (Store *store, gconstpointer data)
{
  g_autoptr (B2Model) model = demo_model ("qlens-demo-opt");
  g_autoptr (B2Session) first = session_new (model, store), second = session_new (model, store);
  g_autoptr (B2Answer) before = NULL, after = NULL;
  int n_blocks;

  demo_use_sample (first, sample);
  before = ask (first, question, &n_blocks);
  g_assert_cmpint (n_blocks, ==, b2_model_info (model)->vision_layers);
  g_assert_cmpint (store->n_saves, ==, 1);

  demo_use_sample (second, sample);
  after = ask (second, question, &n_blocks);
  g_assert_cmpint (n_blocks, ==, 0);
  g_assert_cmpint (store->n_saves, ==, 1);
  g_assert_cmpint (store->n_damaged, ==, 0);
  g_assert_cmpfloat (after->timings.vision, ==, 0);
  g_assert_cmpstr (after->text, ==, before->text);
  g_assert_cmpmem (before->tokens, (gsize) before->n_tokens * sizeof *before->tokens, after->tokens,
                   (gsize) after->n_tokens * sizeof *after->tokens);
  demo_assert_same_trace (before->trace, after->trace, NULL);
  /* How long the blocks took is known still. */
  g_assert_nonnull (strstr (b2_trace_metadata (after->trace, "timings"), "blocks_ms"));
}

/* Every picture, size and model has a file of its own; the same picture asks once. */
static void
test_keys (Store *store, gconstpointer data)
{
  g_autoptr (B2Model) opt = demo_model ("qlens-demo-opt"), itm = demo_model ("qlens-demo-itm");
  g_autoptr (B2Session) session = session_new (opt, store), other = session_new (itm, store);
  int patch = b2_model_info (opt)->patch_px;
  B2SessionOptions options = { .image_width_px = patch * 8, .image_height_px = patch * 8 };
  g_autoptr (B2Session) small = b2_session_new (opt, &options, NULL);
  B2EncodingStore functions = { load_cb, save_cb, damaged_cb, store };

  g_assert_nonnull (small);
  b2_session_set_encoding_store (small, &functions);
  for (int i = 0; i < 2; i++)
    {
      demo_use_sample (session, sample);
      g_assert_true (b2_session_encode (session, NULL, NULL));
    }
  g_assert_cmpint (store->n_loads, ==, 1);
  demo_use_sample (session, "02-tent.png");
  g_assert_true (b2_session_encode (session, NULL, NULL));
  demo_use_sample (other, sample);
  g_assert_true (b2_session_encode (other, NULL, NULL));
  demo_use_sample (small, sample);
  g_assert_true (b2_session_encode (small, NULL, NULL));
  g_assert_cmpuint (g_hash_table_size (store->files), ==, 4);
  g_assert_cmpint (store->n_damaged, ==, 0);

  b2_session_set_encoding_store (session, NULL);
  demo_use_sample (session, "03-tree.jpg");
  g_assert_true (b2_session_encode (session, NULL, NULL));
  g_assert_cmpuint (g_hash_table_size (store->files), ==, 4);
}

/* What was stopped is no result. */
static void
test_stopped (Store *store, gconstpointer data)
{
  g_autoptr (B2Model) model = demo_model ("qlens-demo-opt");
  g_autoptr (B2Session) session = session_new (model, store);
  g_autoptr (B2Cancel) cancel = b2_cancel_new ();
  g_autoptr (GError) error = NULL;
  B2Watch watch = { .cancel = cancel };

  demo_use_sample (session, sample);
  b2_cancel_trigger (cancel);
  g_assert_false (b2_session_encode (session, &watch, &error));
  g_assert_error (error, B2_ERROR, B2_ERROR_CANCELLED);
  g_assert_cmpint (store->n_saves, ==, 0);
}

/* ---- damage ------------------------------------------------------------------------------- */

static void
expect_refused (B2Model *model, Store *store, const char *key, GBytes *damaged, const B2Answer *expected)
{
  int n_damaged = store->n_damaged, n_saves = store->n_saves, n_blocks;
  g_autoptr (B2Session) session = session_new (model, store);
  g_autoptr (B2Answer) answer = NULL;

  g_hash_table_insert (store->files, g_strdup (key), damaged);
  demo_use_sample (session, sample);
  answer = ask (session, question, &n_blocks);
  g_assert_cmpint (n_blocks, ==, b2_model_info (model)->vision_layers);
  g_assert_cmpstr (answer->text, ==, expected->text);
  g_assert_cmpint (store->n_damaged, ==, n_damaged + 1);
  g_assert_cmpint (store->n_saves, ==, n_saves + 1);
}

static void
test_damage (Store *store, gconstpointer data)
{
  g_autoptr (B2Model) model = demo_model ("qlens-demo-opt");
  g_autoptr (B2Session) session = session_new (model, store), other = session_new (model, store);
  g_autoptr (B2Answer) expected = NULL;
  g_autoptr (GBytes) good = NULL, of_other = NULL;
  g_autofree char *key = NULL;
  GHashTableIter iter;
  gpointer name, value;
  const guint8 *bytes;
  gsize n_bytes;
  int n_blocks;

  demo_use_sample (session, sample);
  expected = ask (session, question, &n_blocks);
  g_hash_table_iter_init (&iter, store->files);
  g_assert_true (g_hash_table_iter_next (&iter, &name, &value));
  key = g_strdup (name);
  good = g_bytes_ref (value);
  bytes = g_bytes_get_data (good, &n_bytes);
  g_assert_cmpuint (n_bytes, <=, store->max_bytes > 0 ? store->max_bytes : n_bytes);

  expect_refused (model, store, key, g_bytes_new (NULL, 0), expected);
  for (gsize n = 1; n < n_bytes; n += n_bytes / 7)
    expect_refused (model, store, key, g_bytes_new_from_bytes (good, 0, n), expected);
  /* A bit anywhere: length of the header, names, shapes, the checksum itself, values. */
  for (gsize i = 0; i < 24; i++)
    {
      guint8 *copy = g_memdup2 (bytes, n_bytes);

      copy[i < 16 ? i * 37 % 560 : n_bytes - 1 - (i - 16) * (n_bytes - 800) / 8] ^= (guint8) (1 << i % 8);
      expect_refused (model, store, key, g_bytes_new_take (copy, n_bytes), expected);
    }
  /* Longer than this model's can be. */
  {
    guint8 *large = g_malloc0 (store->max_bytes + 1);

    memcpy (large, bytes, n_bytes);
    expect_refused (model, store, key, g_bytes_new_take (large, store->max_bytes + 1), expected);
  }
  /* Sound, but of another picture. */
  g_hash_table_remove_all (store->files);
  demo_use_sample (other, "02-tent.png");
  g_assert_true (b2_session_encode (other, NULL, NULL));
  g_hash_table_iter_init (&iter, store->files);
  g_assert_true (g_hash_table_iter_next (&iter, &name, &value));
  of_other = g_bytes_ref (value);
  expect_refused (model, store, key, g_bytes_ref (of_other), expected);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, func) g_test_add (path, Store, NULL, set_up, func, tear_down)
  ADD ("/encoding/same-bits", test_same_bits);
  ADD ("/encoding/keys", test_keys);
  ADD ("/encoding/stopped", test_stopped);
  ADD ("/encoding/damage", test_damage);
#undef ADD
  return g_test_run ();
}
