#include <string.h>

#include "engine/core/error.h"
#include "engine/text/graphemes.h"
#include "engine/text/tokenizer.h"
#include "tests/engine/model-folder.h"
#include "tests/engine/text-folder.h"

#define MIB ((gsize) 1 << 20)

static B2Tokenizer *
open_good (const char *dir)
{
  g_autoptr (GError) error = NULL;
  gint64 begin = g_get_monotonic_time ();
  B2Tokenizer *tokenizer = b2_tokenizer_open (dir, &error);

  g_assert_no_error (error);
  g_assert_nonnull (tokenizer);
  g_test_message ("%s: opened in %.1f ms", dir, (double) (g_get_monotonic_time () - begin) / 1e3);
  return tokenizer;
}

static B2Tokenizer *
open_golden (const char *rel)
{
  g_autofree char *dir = golden_path (rel);

  return open_good (dir);
}

/* Fails unless the ids are those of the array, from @skip to @n_drop before its end. */
static void
assert_ids (const char *text, const GArray *ids, json_t *expected, gsize skip, gsize n_drop)
{
  g_autoptr (GString) got = g_string_new (NULL);
  g_autoptr (GString) want = g_string_new (NULL);

  g_assert_nonnull (ids);
  for (guint i = 0; i < ids->len; i++)
    g_string_append_printf (got, "%d ", g_array_index (ids, gint32, i));
  g_assert_cmpuint (json_array_size (expected), >=, skip + n_drop);
  for (gsize i = skip; i < json_array_size (expected) - n_drop; i++)
    g_string_append_printf (want, "%d ", (int) json_integer_value (json_array_get (expected, i)));
  if (strcmp (got->str, want->str) != 0)
    g_error ("'%s': expected %s, found %s", text, want->str, got->str);
}

static void
assert_encodes (B2Tokenizer *tokenizer, const char *text, gboolean add_special, json_t *expected, gsize skip,
                gsize n_drop)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) ids = b2_tokenizer_encode (tokenizer, text, add_special, &error);

  g_assert_no_error (error);
  assert_ids (text, ids, expected, skip, n_drop);
}

static GString *
decode (B2Tokenizer *tokenizer, json_t *ids, B2DecodeFlags flags)
{
  g_autofree gint32 *values = g_new (gint32, json_array_size (ids) + 1);
  GString *out = g_string_new ("kept: ");

  for (gsize i = 0; i < json_array_size (ids); i++)
    values[i] = (gint32) json_integer_value (json_array_get (ids, i));
  b2_tokenizer_decode (tokenizer, values, json_array_size (ids), flags, out);
  g_assert_true (g_str_has_prefix (out->str, "kept: "));
  g_string_erase (out, 0, 6);
  return out;
}

static void
assert_decodes (B2Tokenizer *tokenizer, json_t *ids, B2DecodeFlags flags, json_t *expected)
{
  GString *out = decode (tokenizer, ids, flags);

  g_assert_cmpmem (out->str, out->len, json_string_value (expected), json_string_length (expected));
  g_string_free (out, TRUE);
}

/* Unpacks @from into the folder. */
static void
unpack (const char *folder, const char *name, const char *from)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *out = g_build_filename (folder, name, NULL);
  const char *argv[] = { "sh", "-c", "exec gzip -dc \"$0\" > \"$1\"", from, out, NULL };
  int status;

  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status, &error);
  g_assert_no_error (error);
  g_assert_true (g_spawn_check_wait_status (status, NULL));
}

/* A copy of golden folder @rel with its .gz files unpacked. */
static char *
unpacked_copy (const char *rel)
{
  static const char *const packed[] = { "vocab.json", "merges.txt", "tokenizer.json", "spiece.model" };
  char *folder = folder_copy (rel);

  for (gsize i = 0; i < G_N_ELEMENTS (packed); i++)
    {
      g_autofree char *name = g_strconcat (packed[i], ".gz", NULL);
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (!g_file_test (path, G_FILE_TEST_EXISTS))
        continue;
      unpack (folder, packed[i], path);
      folder_delete (folder, name);
    }
  if (g_str_has_suffix (rel, "bert-wordpiece"))
    {
      /* Other sets than the committed one leave this list out. */
      g_autofree char *list = g_build_filename (g_getenv ("QLENS_SRC"),
                                                "tests/golden/data/bert-base-uncased-vocab.txt.gz", NULL);

      unpack (folder, "vocab.txt", list);
    }
  return folder;
}

/* The hard strings of one tokenizer; @n_front and @n_behind: special tokens added. */
static void
check_strings (const char *rel, const char *kind, gsize n_front, gsize n_behind)
{
  g_autofree char *list = g_build_filename (rel, "expected.json", NULL);
  json_t *root = golden_json (list);
  char *folder = unpacked_copy (rel);
  g_autoptr (B2Tokenizer) tokenizer = open_good (folder);
  json_t *strings = json_object_get (root, "strings");
  json_t *entry;
  gsize i;

  g_assert_cmpstr (b2_tokenizer_kind (tokenizer), ==, kind);
  g_assert_cmpuint (json_array_size (strings), >, 0);
  json_array_foreach (strings, i, entry)
  {
    json_t *text = json_object_get (entry, "text");
    json_t *ids = json_object_get (entry, "ids");
    json_t *plain = json_object_get (entry, "ids_plain");
    json_t *decoded = json_object_get (entry, "decoded");
    json_t *clean = json_object_get (entry, "decoded_clean");
    json_t *special = json_object_get (entry, "decoded_special");

    /* C strings hold no U+0000. */
    if (strlen (json_string_value (text)) == json_string_length (text))
      {
        assert_encodes (tokenizer, json_string_value (text), TRUE, ids, 0, 0);
        assert_encodes (tokenizer, json_string_value (text), FALSE, plain != NULL ? plain : ids,
                        plain != NULL ? 0 : n_front, plain != NULL ? 0 : n_behind);
      }
    assert_decodes (tokenizer, ids, B2_DECODE_SKIP_SPECIAL, decoded);
    assert_decodes (tokenizer, ids, B2_DECODE_SKIP_SPECIAL | B2_DECODE_CLEAN_UP,
                    clean != NULL ? clean : decoded);
    assert_decodes (tokenizer, ids, B2_DECODE_KEEP_SPECIAL, special != NULL ? special : decoded);
  }
  folder_remove (folder);
  json_decref (root);
}

static void
test_strings_bpe (void)
{
  check_strings ("tokenizers/opt-gpt2", "bpe", 1, 0);
}

static void
test_strings_unigram (void)
{
  check_strings ("tokenizers/t5-unigram", "unigram", 0, 1);
}

static void
test_strings_wordpiece (void)
{
  check_strings ("tokenizers/bert-wordpiece", "wordpiece", 1, 1);
}

static const char *
prompt_text (json_t *expected, const char *id)
{
  json_t *prompt;
  gsize i;

  json_array_foreach (json_object_get (expected, "prompts"), i,
                      prompt) if (g_strcmp0 (json_string_value (json_object_get (prompt, "id")), id)
                                  == 0) return json_string_value (json_object_get (prompt, "text"));
  return NULL;
}

static guint
check_inputs (B2Tokenizer *tokenizer, B2Tokenizer *qformer, json_t *expected)
{
  json_int_t image_token = json_is_integer (json_object_get (expected, "image_token_index"))
                               ? json_integer_value (json_object_get (expected, "image_token_index"))
                               : -1;
  guint n = 0;
  json_t *input;
  gsize i;

  json_array_foreach (json_object_get (expected, "inputs"), i, input)
  {
    const char *text = prompt_text (expected, json_string_value (json_object_get (input, "prompt")));
    json_t *ids = json_object_get (input, "input_ids");
    json_t *qformer_ids = json_object_get (input, "qformer_input_ids");
    gsize skip = 0;

    if (!json_is_array (ids) || text == NULL)
      continue;
    while (image_token >= 0 && json_integer_value (json_array_get (ids, skip)) == image_token)
      skip++;
    assert_encodes (tokenizer, text, TRUE, ids, skip, 0);
    n++;
    if (qformer_ids != NULL)
      assert_encodes (qformer, text, TRUE, qformer_ids, 0, 0);
  }
  return n;
}

static guint
check_runs (B2Tokenizer *tokenizer, json_t *expected)
{
  guint n = 0;
  json_t *run;
  gsize i;

  json_array_foreach (json_object_get (expected, "runs"), i, run)
  {
    json_t *raw = json_object_get (run, "text_raw");
    GString *out
        = decode (tokenizer, json_object_get (run, "new_token_ids"), b2_tokenizer_default_flags (tokenizer));

    g_assert_cmpmem (out->str, out->len, json_string_value (raw), json_string_length (raw));
    g_string_free (out, TRUE);
    n++;
  }
  return n;
}

static guint
check_texts (B2Tokenizer *tokenizer, json_t *expected)
{
  guint n = 0;
  json_t *text;
  gsize i;

  json_array_foreach (json_object_get (expected, "texts"), i, text)
  {
    assert_encodes (tokenizer, json_string_value (json_object_get (text, "text")), TRUE,
                    json_object_get (text, "input_ids"), 0, 0);
    n++;
  }
  return n;
}

/* Every golden model: what its prompts become, and what its answers are. */
static void
test_models (void)
{
  g_autofree char *golden = golden_path (".");
  g_autoptr (GDir) dir = g_dir_open (golden, 0, NULL);
  guint n_models = 0;
  const char *name;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *list = g_build_filename (name, "expected.json", NULL);
      g_autofree char *list_path = golden_path (list);
      g_autofree char *qformer_rel = g_build_filename (name, "qformer_tokenizer", NULL);
      g_autofree char *qformer_path = golden_path (qformer_rel);
      g_autoptr (B2Tokenizer) tokenizer = NULL;
      g_autoptr (B2Tokenizer) qformer = NULL;
      json_t *expected;
      guint n;

      if (!g_file_test (list_path, G_FILE_TEST_EXISTS))
        continue;
      expected = golden_json (list);
      if (json_object_get (expected, "inputs") == NULL && json_object_get (expected, "texts") == NULL)
        {
          json_decref (expected);
          continue;
        }
      tokenizer = open_golden (name);
      if (g_file_test (qformer_path, G_FILE_TEST_IS_DIR))
        qformer = open_good (qformer_path);
      n = check_inputs (tokenizer, qformer, expected) + check_runs (tokenizer, expected)
          + check_texts (tokenizer, expected);
      g_assert_cmpuint (n, >, 0);
      n_models++;
      json_decref (expected);
    }
  g_assert_cmpuint (n_models, >=, 10);
}

static void
test_demo (void)
{
  g_autofree char *dir = model_path ("qlens-demo-opt");
  g_autofree char *path = g_build_filename (g_getenv ("QLENS_SRC"), "tests/golden/demo/index.json", NULL);
  g_autoptr (B2Tokenizer) tokenizer = open_good (dir);
  json_t *root = json_load_file (path, 0, NULL);
  gint32 image_token = b2_tokenizer_lookup (tokenizer, "<image>");
  json_t *item;
  json_t *prompt;
  gsize i;
  gsize j;

  g_assert_nonnull (root);
  g_assert_cmpint (image_token, ==, 1599);
  g_assert_true (b2_tokenizer_is_special (tokenizer, image_token));
  g_assert_cmpstr (b2_tokenizer_piece (tokenizer, image_token), ==, "<image>");
  g_assert_cmpint (b2_tokenizer_n_ids (tokenizer), ==, 1600);
  json_array_foreach (json_object_get (root, "items"), i, item)
      json_array_foreach (json_object_get (item, "prompts"), j, prompt)
  {
    json_t *ids = json_object_get (prompt, "prompt_ids");
    gsize skip = 0;
    GString *out;

    while (json_integer_value (json_array_get (ids, skip)) == image_token)
      skip++;
    assert_encodes (tokenizer, json_string_value (json_object_get (prompt, "prompt")), TRUE, ids, skip, 0);
    out = decode (tokenizer, json_object_get (prompt, "greedy_ids"), b2_tokenizer_default_flags (tokenizer));
    g_assert_cmpstr (g_strstrip (out->str), ==, json_string_value (json_object_get (prompt, "greedy_text")));
    g_string_free (out, TRUE);
  }
  json_decref (root);
}

static void
assert_text_ids (B2Tokenizer *tokenizer, const char *text, const char *ids)
{
  json_t *expected = json_loads (ids, 0, NULL);

  assert_encodes (tokenizer, text, TRUE, expected, 0, 0);
  json_decref (expected);
}

/* Expected ids here and below are those of transformers 4.57.1. */
static void
test_added_tokens (void)
{
  static const char *const tokens[] = {
    "{\"content\":\"<lr>\",\"lstrip\":true,\"rstrip\":true,\"normalized\":false,\"special\":true}",
    "{\"content\":\"word\",\"single_word\":true,\"normalized\":true}",
    "{\"content\":\"  a\",\"normalized\":true}",
    "{\"content\":\"Cat\",\"single_word\":true,\"rstrip\":true,\"normalized\":true}",
    "{\"content\":\"\xc3\xa9\",\"lstrip\":true,\"normalized\":true}",
  };
  char *folder = demo_copy ("qlens-demo-opt");
  json_t *config = read_json (folder, "tokenizer_config.json");
  json_t *list = json_object_get (config, "added_tokens_decoder");
  g_autoptr (B2Tokenizer) tokenizer = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (tokens); i++)
    {
      g_autofree char *id = g_strdup_printf ("%zu", 1600 + i);

      json_object_set_new (list, id, json_loads (tokens[i], 0, NULL));
    }
  write_json (folder, "tokenizer_config.json", config);
  json_decref (config);
  tokenizer = open_good (folder);
  assert_text_ids (tokenizer, "a <lr> b", "[2, 68, 1600, 69]");
  assert_text_ids (tokenizer, "words word sword", "[2, 1506, 1100, 224, 1601, 1203, 1170]");
  assert_text_ids (tokenizer, "the  a cat Cat  x Cats", "[2, 423, 1602, 537, 224, 1603, 91, 688, 291, 86]");
  /* The model's vocabulary has this one, so the token keeps its id. */
  assert_text_ids (tokenizer, "caf\xc3\xa9</s>q<image>", "[2, 70, 1430, 169, 2, 84, 1599]");
  g_assert_true (b2_tokenizer_is_special (tokenizer, 1600));
  g_assert_false (b2_tokenizer_is_special (tokenizer, 1601));
  g_assert_cmpint (b2_tokenizer_n_ids (tokenizer), ==, 1604);
  folder_remove (folder);
}

static void
check_demo_variant (const char *config_key, const char *config_value, const char *without, const char *text,
                    const char *ids)
{
  char *folder = demo_copy ("qlens-demo-opt");
  g_autoptr (B2Tokenizer) tokenizer = NULL;

  if (config_key != NULL)
    set_key (folder, "tokenizer_config.json", config_key, config_value);
  if (without != NULL)
    folder_delete (folder, without);
  tokenizer = open_good (folder);
  assert_text_ids (tokenizer, text, ids);
  folder_remove (folder);
}

static void
test_bpe_settings (void)
{
  check_demo_variant (NULL, NULL, NULL, "it's  two\n\n red", "[2, 330, 757, 224, 380, 202, 202, 354]");
  check_demo_variant (NULL, NULL, "tokenizer.json", "it's  two\n\n red",
                      "[2, 330, 757, 224, 380, 202, 202, 354]");
  check_demo_variant ("add_prefix_space", "true", NULL, "a cat</s>a", "[2, 261, 537, 2, 261]");
  check_demo_variant ("add_prefix_space", "null", NULL, "a cat", "[2, 68, 537]");
  check_demo_variant ("add_bos_token", "false", "tokenizer.json", "a cat", "[68, 537]");
  check_demo_variant ("split_special_tokens", "true", NULL, "a</s>", "[2, 68, 31, 18, 86, 33]");
}

static void
check_bert_variant (const char *key, const char *value, const char *without, const char *text,
                    const char *ids)
{
  char *folder = demo_copy ("qlens-demo-itm");
  g_autoptr (B2Tokenizer) tokenizer = NULL;

  if (key != NULL)
    set_key (folder, "tokenizer_config.json", key, value);
  if (without != NULL)
    folder_delete (folder, without);
  tokenizer = open_good (folder);
  assert_text_ids (tokenizer, text, ids);
  folder_remove (folder);
}

static void
test_wordpiece_settings (void)
{
  const char *text = "A CAT's na\xc3\xafve [DEC] dog";
  const char *lower = "[2, 25, 434, 8, 43, 38, 57, 1045, 1100, 286, 3]";
  const char *cased = "[2, 1, 1, 8, 43, 1, 1100, 286, 3]";

  check_bert_variant (NULL, NULL, NULL, text, lower);
  check_bert_variant (NULL, NULL, "tokenizer.json", text, lower);
  check_bert_variant ("do_lower_case", "false", NULL, text, cased);
  check_bert_variant ("do_lower_case", "false", "tokenizer.json", text, cased);
  check_bert_variant ("strip_accents", "false", NULL, "A c\xc3\xa4t", "[2, 25, 1, 3]");
}

/* The piece that the text's @index-th token (from the end if negative) is. */
static char *
piece_at (B2Tokenizer *tokenizer, const char *text, int index)
{
  g_autoptr (GArray) ids = b2_tokenizer_encode (tokenizer, text, FALSE, NULL);
  int at = index < 0 ? (int) ids->len + index : index;

  g_assert_cmpint (at, >=, 0);
  g_assert_cmpint (at, <, (int) ids->len);
  return g_strdup (b2_tokenizer_piece (tokenizer, g_array_index (ids, gint32, at)));
}

static void
check_marks (const char *rel, const char *key, const char *value, gboolean first, gboolean behind_token)
{
  char *folder = folder_copy (rel);
  g_autoptr (B2Tokenizer) tokenizer = NULL;
  g_autofree char *begin = NULL;
  g_autofree char *end = NULL;

  if (key != NULL)
    set_key (folder, "tokenizer_config.json", key, value);
  tokenizer = open_good (folder);
  begin = piece_at (tokenizer, "a<extra_id_0>a", 0);
  end = piece_at (tokenizer, "a<extra_id_0>a", -1);
  g_assert_cmpint (g_str_has_prefix (begin, "\xe2\x96\x81"), ==, first);
  g_assert_cmpint (g_str_has_prefix (end, "\xe2\x96\x81"), ==, behind_token);
  folder_remove (folder);
}

/* Where "▁" goes, by what tokenizer_config.json says. */
static void
test_unigram_settings (void)
{
  check_marks ("t5-basic", NULL, NULL, TRUE, TRUE);
  check_marks ("t5-basic", "add_prefix_space", "null", TRUE, TRUE);
  check_marks ("t5-basic", "add_prefix_space", "false", FALSE, FALSE);
  check_marks ("t5-tied", NULL, NULL, TRUE, TRUE);
  check_marks ("t5-tied", "add_prefix_space", "true", TRUE, TRUE);
  check_marks ("t5-tied", "add_prefix_space", "null", FALSE, FALSE);
  check_marks ("t5-tied", "legacy", "false", TRUE, FALSE);
}

/* Parts of characters become U+FFFD, one for each longest beginning. */
static void
test_decode_bytes (void)
{
  static const struct
  {
    gint32 ids[6];
    gsize n;
    const char *text;
  } cases[] = {
    { { 162, 228 }, 2, "\xef\xbf\xbd" },
    { { 68, 176, 257, 242, 69 },
      5,
      "a\xef\xbf\xbd"
      "b" },
    { { 173, 258, 226 }, 3, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
    { { 128, 111, 191 }, 3, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
    { { 162, 228, 109 }, 3, "\xe2\x82\xac" },
    { { -1, 68, 1600, G_MAXINT32, 69, G_MININT32 }, 6, "ab" },
  };
  g_autofree char *dir = model_path ("qlens-demo-opt");
  g_autoptr (B2Tokenizer) tokenizer = open_good (dir);
  GString *out = g_string_sized_new (256);
  const char *before = out->str;

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_string_truncate (out, 0);
      b2_tokenizer_decode (tokenizer, cases[i].ids, cases[i].n, B2_DECODE_SKIP_SPECIAL | B2_DECODE_CLEAN_UP,
                           out);
      g_assert_cmpstr (out->str, ==, cases[i].text);
    }
  g_assert_true (out->str == before);
  g_string_free (out, TRUE);
}

static void
test_graphemes (void)
{
  static const struct
  {
    const char *text;
    gsize len;
  } cases[] = {
    { "", 0 },
    { "ab", 1 },
    { "\r\n", 2 },
    { "\n\r", 1 },
    { "a\xcc\x81"
      "b",
      3 },
    { "\t\xcc\x81", 1 },
    { "\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8x", 9 },
    { "\xea\xb0\x80\xe1\x86\xa8\xe1\x84\x80", 6 },
    { "\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9x", 11 },
    { "\xf0\x9f\x87\xa6\xf0\x9f\x87\xa7\xf0\x9f\x87\xa8", 8 },
    { "\xe0\xa4\x95\xe0\xa5\x8d\xe0\xa4\x95x", 9 },
    { "\xd8\x80"
      "a",
      3 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpuint (b2_grapheme_length (cases[i].text, strlen (cases[i].text)), ==, cases[i].len);
}

/* One word of 1 MiB must not take quadratic time, which would be hours. */
static void
check_long_word (const char *dir)
{
  static const char *const units[]
      = { "a", " ", "ab", "\n", "<", "a\xcc\x81", "\xe2\x96\x81", "\xf0\x9f\x98\x80" };
  g_autoptr (B2Tokenizer) tokenizer = open_good (dir);
  g_autoptr (GError) error = NULL;
  GArray *ids;

  for (gsize i = 0; i < G_N_ELEMENTS (units); i++)
    {
      g_autoptr (GString) text = g_string_sized_new (MIB + 8);
      gint64 begin = g_get_monotonic_time ();

      while (text->len + strlen (units[i]) <= MIB)
        g_string_append (text, units[i]);
      ids = b2_tokenizer_encode (tokenizer, text->str, TRUE, &error);
      g_assert_no_error (error);
      g_array_unref (ids);
      g_assert_cmpint (g_get_monotonic_time () - begin, <, 20 * G_USEC_PER_SEC);
      if (text->len == MIB)
        {
          g_string_append_c (text, 'a');
          ids = b2_tokenizer_encode (tokenizer, text->str, TRUE, &error);
          g_assert_null (ids);
          g_assert_error (error, B2_ERROR, B2_ERROR_LIMIT);
          g_clear_error (&error);
        }
    }
  ids = b2_tokenizer_encode (tokenizer, "a\xff", TRUE, &error);
  g_assert_null (ids);
  g_assert_error (error, B2_ERROR, B2_ERROR_ARGUMENT);
}

static void
test_long_words (void)
{
  g_autofree char *opt = model_path ("qlens-demo-opt");
  g_autofree char *itm = model_path ("qlens-demo-itm");
  g_autofree char *t5 = golden_path ("t5-basic");
  g_autofree char *spiece = golden_path ("t5-tied");

  check_long_word (opt);
  check_long_word (itm);
  check_long_word (t5);
  check_long_word (spiece);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/text/strings/bpe", test_strings_bpe);
  g_test_add_func ("/text/strings/unigram", test_strings_unigram);
  g_test_add_func ("/text/strings/wordpiece", test_strings_wordpiece);
  g_test_add_func ("/text/models", test_models);
  g_test_add_func ("/text/demo", test_demo);
  g_test_add_func ("/text/added-tokens", test_added_tokens);
  g_test_add_func ("/text/settings/bpe", test_bpe_settings);
  g_test_add_func ("/text/settings/wordpiece", test_wordpiece_settings);
  g_test_add_func ("/text/settings/unigram", test_unigram_settings);
  g_test_add_func ("/text/decode-bytes", test_decode_bytes);
  g_test_add_func ("/text/graphemes", test_graphemes);
  g_test_add_func ("/text/long-words", test_long_words);
  return g_test_run ();
}
