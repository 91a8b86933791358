#include <string.h>

#include "engine/core/error.h"
#include "engine/text/spiece.h"
#include "engine/text/tokenizer.h"
#include "tests/engine/model-folder.h"
#include "tests/engine/text-folder.h"

/* Fails if the folder opens; returns the message. */
static char *
refused (const char *folder)
{
  g_autoptr (GError) error = NULL;
  B2Tokenizer *tokenizer = b2_tokenizer_open (folder, &error);

  g_assert_null (tokenizer);
  g_assert_nonnull (error);
  g_assert_true (error->domain == B2_ERROR);
  g_assert_true (error->code == B2_ERROR_IO || error->code == B2_ERROR_FORMAT
                 || error->code == B2_ERROR_UNSUPPORTED);
  g_test_message ("%s", error->message);
  return g_strdup (error->message);
}

static void
test_malformed_folders (void)
{
  json_t *root = golden_json ("malformed/folders.json");
  guint n = 0;
  json_t *entry;
  gsize i;

  json_array_foreach (json_object_get (root, "folders"), i, entry)
  {
    const char *name = json_string_value (json_object_get (entry, "name"));
    g_autofree char *message = NULL;
    char *folder;

    if (!g_str_has_prefix (name, "tokenizer-") && strcmp (name, "vocab-json-not-object") != 0
        && strcmp (name, "merges-odd-line") != 0)
      continue;
    folder = folder_copy_malformed (entry);
    message = refused (folder);
    g_assert_nonnull (strstr (message, json_string_value (json_object_get (entry, "file"))));
    folder_remove (folder);
    n++;
  }
  g_assert_cmpuint (n, >=, 10);
  json_decref (root);
}

/* What the reader does not know it must not pass over. */
static void
test_unsupported_parts (void)
{
  static const char *const parts[][3] = {
    { "normalizer", "{\"type\":\"NFKC\"}", "NFKC" },
    { "normalizer", "{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"Nmt\"}]}", "Nmt" },
    { "normalizer", "{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"a+\"},\"content\":\"b\"}", "a+" },
    { "normalizer", "{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"AAAA\"}", "normalisation table" },
    { "normalizer", "{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"/////w==\"}",
      "normalisation table" },
    { "normalizer", "3", "normalizer" },
    { "pre_tokenizer", "{\"type\":\"Digits\"}", "Digits" },
    { "pre_tokenizer", "{\"type\":\"Metaspace\",\"replacement\":\"ab\"}", "replacement" },
    { "pre_tokenizer", "{\"type\":\"Metaspace\",\"replacement\":\"_\",\"prepend_scheme\":\"x\"}",
      "prepend_scheme" },
    { "post_processor", "{\"type\":\"TemplateProcessing\",\"single\":[],\"special_tokens\":{}}",
      "sequence A" },
    { "post_processor", "{\"type\":\"Other\"}", "Other" },
    { "decoder", "{\"type\":\"CTC\"}", "CTC" },
    { "added_tokens", "[{\"id\":-1,\"content\":\"x\"}]", "added_tokens" },
    { "added_tokens", "{}", "added_tokens" },
    { "model", "[]", "model" },
    { "model", "{\"type\":\"WordLevel\",\"vocab\":{}}", "WordLevel" },
    { "model", "{\"type\":\"Unigram\",\"unk_id\":null,\"vocab\":[[\"a\",0]]}", "unk_id" },
    { "model", "{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":[[\"a\"]]}", "model.vocab[0]" },
    { "model", "{\"type\":\"WordPiece\",\"vocab\":{\"a\":0}}", "[UNK]" },
    { "model", "{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[],\"byte_fallback\":true}",
      "byte_fallback" },
    { "model", "{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[],\"dropout\":0.1}", "dropout" },
    { "model", "{\"type\":\"BPE\",\"vocab\":{\"a\":99999999},\"merges\":[]}", "model.vocab" },
    { "model", "{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[],\"end_of_word_suffix\":\"</w>\"}",
      "suffix" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      char *folder = demo_copy ("qlens-demo-opt");
      json_t *root;
      g_autofree char *path = g_build_filename (folder, "tokenizer.json", NULL);
      g_autofree char *message = NULL;

      root = json_load_file (path, 0, NULL);
      json_object_set_new (root, parts[i][0], json_loads (parts[i][1], JSON_DECODE_ANY, NULL));
      write_json (folder, "tokenizer.json", root);
      json_decref (root);
      message = refused (folder);
      if (strstr (message, parts[i][2]) == NULL)
        g_error ("expected a message about %s, found: %s", parts[i][2], message);
      folder_remove (folder);
    }
}

static void
test_side_files (void)
{
  static const char *const keys[][2] = {
    { "tokenizer_class", "\"LlamaTokenizer\"" }, { "added_tokens_decoder", "{\"x\":{\"content\":\"y\"}}" },
    { "added_tokens_decoder", "{\"1\":\"y\"}" }, { "bos_token", "[]" },
    { "additional_special_tokens", "3" },        { "clean_up_tokenization_spaces", "\"yes\"" },
  };
  char *folder;

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      folder = demo_copy ("qlens-demo-opt");
      set_key (folder, "tokenizer_config.json", keys[i][0], keys[i][1]);
      g_free (refused (folder));
      folder_remove (folder);
    }
  folder = demo_copy ("qlens-demo-opt");
  folder_delete (folder, "tokenizer.json");
  folder_delete (folder, "merges.txt");
  g_free (refused (folder));
  folder_delete (folder, "vocab.json");
  g_free (refused (folder));
  folder_remove (folder);
}

/* Cut anywhere, or with any byte changed, the model is refused or read, but no more. */
static void
test_spiece_damage (void)
{
  g_autofree char *path = golden_path ("t5-tied/spiece.model");
  g_autoptr (GRand) random = g_rand_new_with_seed (3);
  g_autofree char *data = NULL;
  guint n_refused = 0;
  gsize len;

  g_assert_true (g_file_get_contents (path, &data, &len, NULL));
  for (guint i = 0; i < 400; i++)
    {
      gsize n = i < 200 ? (gsize) g_rand_int_range (random, 0, (gint32) len) : len;
      g_autofree guint8 *copy = g_memdup2 (data, n > 0 ? n : 1);
      g_autoptr (GError) error = NULL;
      B2Spiece *spiece;

      if (i >= 200)
        copy[g_rand_int_range (random, 0, 12000)] ^= (guint8) (1 << g_rand_int_range (random, 0, 8));
      spiece = b2_spiece_parse (copy, n, "spiece.model", &error);
      g_assert_true ((spiece == NULL) == (error != NULL));
      n_refused += spiece == NULL;
      b2_spiece_free (spiece);
    }
  g_assert_cmpuint (n_refused, >=, 200);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/text-damage/folders", test_malformed_folders);
  g_test_add_func ("/text-damage/parts", test_unsupported_parts);
  g_test_add_func ("/text-damage/side-files", test_side_files);
  g_test_add_func ("/text-damage/spiece", test_spiece_damage);
  return g_test_run ();
}
