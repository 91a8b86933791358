#include <string.h>

#include <glib/gstdio.h>

#include "engine/core/error.h"
#include "engine/io/safetensors-writer.h"
#include "engine/io/weights.h"
#include "tests/engine/model-folder.h"

#define INDEX "model.safetensors.index.json"

static B2Weights *
open_golden (const char *rel)
{
  g_autofree char *path = golden_path (rel);
  g_autoptr (GError) error = NULL;
  B2Weights *weights = b2_weights_open (path, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (b2_weights_dir (weights), ==, path);
  return weights;
}

/* Opening @folder must fail with @code; the message names @file in it and holds @words. */
static void
assert_refused (const char *folder, const char *file, B2Error code, const char *words)
{
  g_autofree char *path = file[0] != '\0' ? g_build_filename (folder, file, NULL) : g_strdup (folder);
  g_autoptr (GError) error = NULL;
  Guard guard = guard_begin ();
  B2Weights *weights = b2_weights_open (folder, NULL, &error);

  guard_end (&guard, folder);
  g_assert_null (weights);
  g_assert_error (error, B2_ERROR, (int) code);
  if (strstr (error->message, path) == NULL || strstr (error->message, words) == NULL)
    g_error ("\"%s\" lacks \"%s\" or \"%s\"", error->message, path, words);
}

/* ---- good folders -------------------------------------------------------------- */

static void
test_single (void)
{
  g_autoptr (B2Weights) weights = open_golden ("opt-basic");
  gsize n = b2_weights_n_tensors (weights), n_bytes = 0;

  g_assert_cmpuint (n, >, 100);
  for (gsize i = 0; i < n; i++)
    {
      const B2TensorInfo *info = b2_weights_nth (weights, i);

      g_assert_true (b2_weights_lookup (weights, info->name) == info);
      if (i > 0)
        g_assert_cmpstr (b2_weights_nth (weights, i - 1)->name, <, info->name);
      n_bytes += info->n_bytes;
    }
  g_assert_cmpuint (b2_weights_n_bytes (weights), ==, n_bytes);
  g_assert_null (b2_weights_lookup (weights, ""));
  g_assert_null (b2_weights_lookup (weights, "zzz"));
}

/* The index of opt-sharded has every tensor of its three files; each is found, in the
 * file that the index says. */
static void
test_sharded (void)
{
  const char *folders[] = { "opt-sharded", "opt-sharded-lm-head" };

  for (gsize f = 0; f < G_N_ELEMENTS (folders); f++)
    {
      g_autoptr (B2Weights) weights = open_golden (folders[f]);
      g_autofree char *rel = g_build_filename (folders[f], INDEX, NULL);
      json_t *index = golden_json (rel);
      json_t *map = json_object_get (index, "weight_map");
      const char *name;
      json_t *place;

      g_assert_cmpuint (b2_weights_n_tensors (weights), ==, json_object_size (map));
      json_object_foreach (map, name, place)
      {
        const B2TensorInfo *info = b2_weights_lookup (weights, name);

        g_assert_nonnull (info);
        g_assert_true (g_str_has_suffix (info->path, json_string_value (place)));
      }
      g_assert_cmpuint (
          b2_weights_n_bytes (weights), ==,
          json_integer_value (json_object_get (json_object_get (index, "metadata"), "total_size")));
      json_decref (index);
    }
}

static void
test_fingerprint (void)
{
  g_autoptr (B2Weights) basic = open_golden ("opt-basic");
  g_autoptr (B2Weights) again = open_golden ("opt-basic");
  g_autoptr (B2Weights) f16 = open_golden ("opt-f16");
  g_autoptr (B2Weights) sharded = open_golden ("opt-sharded");
  g_autofree char *first = b2_weights_fingerprint (basic), *second = b2_weights_fingerprint (again);
  g_autofree char *other = b2_weights_fingerprint (f16), *third = b2_weights_fingerprint (sharded);
  g_autofree char *path = golden_path ("opt-basic/model.safetensors");
  g_autofree char *contents = NULL;
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  guint64 n_header;

  /* What weights.h promises, worked out from the bytes of the file. */
  g_assert_true (g_file_get_contents (path, &contents, NULL, NULL));
  memcpy (&n_header, contents, 8);
  g_checksum_update (sum, (const guchar *) contents + 8, (gssize) GUINT64_FROM_LE (n_header));
  for (gsize i = 0; i < b2_weights_n_tensors (basic); i++)
    {
      const B2TensorInfo *info = b2_weights_nth (basic, i);

      g_checksum_update (sum, info->data, (gssize) MIN (info->n_bytes, 4096));
    }
  g_assert_cmpstr (first, ==, g_checksum_get_string (sum));
  g_assert_cmpuint (strlen (first), ==, 64);
  g_assert_cmpstr (first, ==, second);
  g_assert_cmpstr (first, !=, other);
  g_assert_cmpstr (first, !=, third);
}

/* A changed weight or a renamed tensor is another model. */
static void
test_fingerprint_changes (void)
{
  float data[4] = { 1, 2, 3, 4 };
  g_autofree char *prints[3] = { NULL };

  for (int i = 0; i < 3; i++)
    {
      char *folder = folder_new ();
      g_autofree char *path = g_build_filename (folder, "model.safetensors", NULL);
      g_autoptr (B2SafetensorsWriter) writer = b2_safetensors_writer_new ();
      g_autoptr (B2Weights) weights = NULL;

      data[3] = i == 1 ? 5 : 4;
      b2_safetensors_writer_add (writer, i == 2 ? "b" : "a", data, 1, (const gint64[]){ 4 });
      g_assert_true (b2_safetensors_writer_write (writer, path, NULL));
      weights = b2_weights_open (folder, NULL, NULL);
      g_assert_nonnull (weights);
      prints[i] = b2_weights_fingerprint (weights);
      folder_remove (folder);
    }
  g_assert_cmpstr (prints[0], !=, prints[1]);
  g_assert_cmpstr (prints[0], !=, prints[2]);
  g_free (prints[1]);
  g_free (prints[2]);
}

/* ---- indices that must be refused ---------------------------------------------- */

static void
test_malformed_index (void)
{
  json_t *root = golden_json ("malformed/folders.json");
  json_t *folders = json_object_get (root, "folders");
  gsize n = 0;

  for (gsize i = 0; i < json_array_size (folders); i++)
    {
      json_t *entry = json_array_get (folders, i);
      char *folder;

      if (strcmp (json_string_value (json_object_get (entry, "file")), INDEX) != 0)
        continue;
      folder = folder_copy_malformed (entry);
      assert_refused (folder, INDEX,
                      strcmp (json_string_value (json_object_get (entry, "name")), "index-shard-missing") == 0
                          ? B2_ERROR_IO
                          : B2_ERROR_FORMAT,
                      "");
      folder_remove (folder);
      n++;
    }
  g_assert_cmpuint (n, ==, 10);
  json_decref (root);
}

static void
add_shard (const char *folder, const char *file, const char *first, const char *second)
{
  static const float data[1] = { 1 };
  g_autofree char *path = g_build_filename (folder, file, NULL);
  g_autoptr (B2SafetensorsWriter) writer = b2_safetensors_writer_new ();

  b2_safetensors_writer_add (writer, first, data, 0, NULL);
  if (second != NULL)
    b2_safetensors_writer_add (writer, second, data, 0, NULL);
  g_assert_true (b2_safetensors_writer_write (writer, path, NULL));
}

static void
test_shards (void)
{
  char *folder = folder_new ();
  g_autoptr (B2Weights) weights = NULL;
  g_autoptr (GError) error = NULL;

  add_shard (folder, "1.safetensors", "a", "extra");
  add_shard (folder, "2.safetensors", "b", NULL);
  folder_add (folder, INDEX, "{\"weight_map\":{\"a\":\"1.safetensors\",\"b\":\"2.safetensors\"}}", -1);
  weights = b2_weights_open (folder, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (b2_weights_n_tensors (weights), ==, 2);
  g_assert_cmpuint (b2_weights_n_bytes (weights), ==, 8);
  g_assert_null (b2_weights_lookup (weights, "extra"));

  folder_add (folder, INDEX,
              "{\"weight_map\":{\"a\":\"1.safetensors\",\"b\":\"2.safetensors\",\"c\":\"2.safetensors\"}}",
              -1);
  assert_refused (folder, INDEX, B2_ERROR_FORMAT, "expected tensor \"c\" in \"2.safetensors\"");

  folder_add (folder, INDEX, "{\"weight_map\":{\"a\":\"1.safetensors\",\"extra\":\"2.safetensors\"}}", -1);
  assert_refused (folder, "1.safetensors", B2_ERROR_FORMAT, "\"extra\"");

  folder_add (folder, INDEX, "{\"weight_map\":{\"a\":\"1.safetensors\",\"b\":\"pytorch_model.bin\"}}", -1);
  assert_refused (folder, INDEX, B2_ERROR_UNSUPPORTED, "pickle");

  folder_add (folder, INDEX, "{\"weight_map\":{\"a\":\"1.safetensors\",\"a\":\"2.safetensors\"}}", -1);
  assert_refused (folder, INDEX, B2_ERROR_FORMAT, "duplicate");

  folder_add (folder, "2.safetensors", "short", -1);
  folder_add (folder, INDEX, "{\"weight_map\":{\"a\":\"1.safetensors\",\"b\":\"2.safetensors\"}}", -1);
  assert_refused (folder, "2.safetensors", B2_ERROR_FORMAT, "too short");
  assert_refused (folder, INDEX, B2_ERROR_FORMAT, "too short");
  folder_remove (folder);
}

/* ---- folders without safetensors ------------------------------------------------ */

static void
test_other_formats (void)
{
  char *folder = folder_new ();

  assert_refused (folder, "", B2_ERROR_IO, "model.safetensors");
  folder_add (folder, "model-q4.gguf", "GGUF", -1);
  assert_refused (folder, "model-q4.gguf", B2_ERROR_FORMAT, "complete?");
  folder_add (folder, "model-q8.gguf", "GGUF", -1);
  assert_refused (folder, "", B2_ERROR_ARGUMENT, "2 GGUF files");
  folder_delete (folder, "model-q4.gguf");
  folder_delete (folder, "model-q8.gguf");
  folder_add (folder, "pytorch_model.bin", "PK", -1);
  assert_refused (folder, "", B2_ERROR_UNSUPPORTED, "safe_serialization=True");
  folder_add (folder, "model.safetensors", "", 0);
  assert_refused (folder, "model.safetensors", B2_ERROR_FORMAT, "empty");
  folder_delete (folder, "model.safetensors");
  assert_refused ("/nowhere/at-all", "", B2_ERROR_IO, "folder");
  folder_remove (folder);
}

/* A newline in a file name must not break the message into two. */
static void
test_odd_names (void)
{
  char *folder = folder_new ();

  folder_add (folder, INDEX, "{\"weight_map\":{\"a\\u001b[31m\":\"../b\\nc\"}}", -1);
  assert_refused (folder, INDEX, B2_ERROR_FORMAT, "\"a\\u001b[31m\"");
  assert_refused (folder, INDEX, B2_ERROR_FORMAT, "\"../b\\u000ac\"");
  folder_remove (folder);
}

static void
test_cancel (void)
{
  const char *folders[] = { "opt-basic", "opt-sharded" };
  g_autoptr (B2Cancel) cancel = b2_cancel_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *path = golden_path (folders[i]);
      g_autoptr (GError) error = NULL;
      g_autoptr (B2Weights) weights = NULL;

      if (i == 0)
        {
          weights = b2_weights_open (path, cancel, &error);
          g_assert_no_error (error);
          b2_cancel_trigger (cancel);
        }
      g_assert_null (b2_weights_open (path, cancel, &error));
      g_assert_error (error, B2_ERROR, B2_ERROR_CANCELLED);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/weights/single", test_single);
  g_test_add_func ("/weights/sharded", test_sharded);
  g_test_add_func ("/weights/fingerprint", test_fingerprint);
  g_test_add_func ("/weights/fingerprint-changes", test_fingerprint_changes);
  g_test_add_func ("/weights/malformed-index", test_malformed_index);
  g_test_add_func ("/weights/shards", test_shards);
  g_test_add_func ("/weights/other-formats", test_other_formats);
  g_test_add_func ("/weights/odd-names", test_odd_names);
  g_test_add_func ("/weights/cancel", test_cancel);
  return g_test_run ();
}
