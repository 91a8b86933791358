#include <string.h>

#include "engine/core/error.h"
#include "engine/io/gguf-header.h"
#include "engine/io/gguf-types.h"
#include "engine/io/gguf.h"
#include "engine/io/weights.h"
#include "engine/quant/weight-types.h"
#include "tests/engine/model-folder.h"

/* ---- names and types ------------------------------------------------------------ */

static void
assert_name_comes_back (const char *name)
{
  g_autofree char *shorter = b2_gguf_name_shorten (name);
  g_autofree char *back = shorter != NULL ? b2_gguf_name_expand (shorter) : NULL;

  if (shorter == NULL)
    g_error ("\"%s\" cannot be shortened", name);
  g_assert_cmpstr (back, ==, name);
  g_assert_cmpuint (strlen (shorter), <, 64);
}

/* Of every model at hand, and at the depth and with the longest names of the real ones. */
static void
test_names (void)
{
  static const char *const folders[] = { "opt-basic", "opt-sharded",     "t5-basic",       "t5-tied",
                                         "itm-basic", "itm-placeholder", "instructblip-t5" };
  static const char *const longest[] = {
    "language_model.decoder.block.23.layer.0.SelfAttention.relative_attention_bias.weight",
    "language_model.encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight",
    "language_model.decoder.block.23.layer.2.DenseReluDense.wi_0.weight",
    "language_model.model.decoder.layers.31.self_attn_layer_norm.weight",
    "vision_model.encoder.layers.38.self_attn.projection.weight",
    "qformer.encoder.layer.10.crossattention.attention.value.weight",
    "qformer.encoder.layer.11.intermediate_query.dense.weight",
    "cls.predictions.transform.LayerNorm.weight",
  };

  for (gsize f = 0; f < G_N_ELEMENTS (folders); f++)
    {
      g_autofree char *path = golden_path (folders[f]);
      g_autoptr (B2Weights) weights = b2_weights_open (path, NULL, NULL);

      g_assert_nonnull (weights);
      for (gsize i = 0; i < b2_weights_n_tensors (weights); i++)
        assert_name_comes_back (b2_weights_nth (weights, i)->name);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (longest); i++)
    assert_name_comes_back (longest[i]);
}

/* Whatever the name: two never become one, since each comes back or is refused. */
static void
test_names_of_strangers (void)
{
  static const char *const refused[] = {
    "lm.blk.0.x",           "v.x",  "language_model.blk.1.y",
    "vision_model.blk.0.z", "qf.q", "0123456789012345678901234567890123456789012345678901234567890123",
  };
  static const char *const parts[] = {
    "language_model.", "model.",   "decoder.", "layers.",  "vision_model.", "v.",  "blk.", "enc.", "dec.",
    "block.",          "qformer.", "lm.",      "encoder.", "layer.",        "qf.", "x"
  };
  g_autoptr (GRand) random = g_rand_new_with_seed (7);
  int n_kept = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    g_assert_null (b2_gguf_name_shorten (refused[i]));
  for (int i = 0; i < 20000; i++)
    {
      g_autoptr (GString) name = g_string_new (NULL);
      g_autofree char *shorter = NULL;
      int n = g_rand_int_range (random, 1, 6);

      for (int j = 0; j < n; j++)
        g_string_append (name, parts[g_rand_int_range (random, 0, G_N_ELEMENTS (parts))]);
      shorter = b2_gguf_name_shorten (name->str);
      if (shorter == NULL)
        continue;
      assert_name_comes_back (name->str);
      n_kept++;
    }
  g_assert_cmpint (n_kept, >, 1000);
}

static void
test_types (void)
{
  static const B2Dtype dtypes[B2_N_WEIGHT_TYPES]
      = { B2_DTYPE_F32, B2_DTYPE_F16, B2_DTYPE_BF16, B2_DTYPE_Q8_0, B2_DTYPE_Q4_0 };

  for (int t = 0; t < B2_N_WEIGHT_TYPES; t++)
    {
      const B2GgufType *type = b2_gguf_type_of (dtypes[t]);
      const B2WeightTypeInfo *info = b2_weight_type_info ((B2WeightType) t);

      g_assert_cmpstr (type->name, ==, info->name);
      g_assert_cmpstr (b2_dtype_name (dtypes[t]), ==, info->name);
      g_assert_cmpuint (type->block_elements, ==, (guint) info->block_elements);
      g_assert_cmpuint (type->block_bytes, ==, info->block_bytes);
      g_assert_true (b2_gguf_type_find (type->id) == type);
    }
  g_assert_null (b2_gguf_type_of (B2_DTYPE_U8));
  g_assert_null (b2_gguf_type_of (B2_DTYPE_OTHER));
}

/* ---- what the writer makes, byte for byte ------------------------------------------ */

/* Two keys of ours, a matrix and a vector. */
static GByteArray *
small_file (void)
{
  g_autoptr (B2GgufHeader) header = b2_gguf_header_new ();
  static const gint64 matrix[] = { 3, 32 }, vector[] = { 5 };
  g_autoptr (GError) error = NULL;
  guint64 n_bytes;
  GByteArray *file;
  gsize n_header;

  b2_gguf_header_add_string (header, "general.architecture", "blip2", -1);
  b2_gguf_header_add_u32 (header, "a.b", 7);
  b2_gguf_header_add_bytes (header, "qlens.file.x/y", (const guint8 *) "\xff\x00z", 3);
  g_assert_true (b2_gguf_header_add_tensor (header, "vision_model.encoder.layers.0.w", B2_DTYPE_Q8_0, 2,
                                            matrix, &error));
  g_assert_true (b2_gguf_header_add_tensor (header, "bias", B2_DTYPE_F32, 1, vector, &error));
  g_assert_no_error (error);
  file = b2_gguf_header_finish (header, &n_bytes);
  n_header = file->len;
  g_assert_cmpuint (b2_gguf_header_offset (header, 0), ==, 0);
  g_assert_cmpuint (b2_gguf_header_offset (header, 1), ==, 128);
  g_assert_cmpuint (n_bytes, ==, n_header + 192);
  g_byte_array_set_size (file, (guint) n_bytes);
  for (gsize i = n_header; i < n_bytes; i++)
    file->data[i] = (guint8) (i - n_header);
  return file;
}

static void
test_golden_bytes (void)
{
  /* From the format's specification; the gguf package 0.19.0 reads the same of it. */
  static const char golden[]
      = "GGUF\3\0\0\0" /* version */
        "\2\0\0\0\0\0\0\0" /* tensors */
        "\4\0\0\0\0\0\0\0" /* keys */
        "\21\0\0\0\0\0\0\0general.alignment\4\0\0\0\100\0\0\0"
        "\24\0\0\0\0\0\0\0general.architecture\10\0\0\0\5\0\0\0\0\0\0\0blip2"
        "\3\0\0\0\0\0\0\0a.b\4\0\0\0\7\0\0\0"
        "\16\0\0\0\0\0\0\0qlens.file.x/y\11\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0\377\0z"
        "\11\0\0\0\0\0\0\0v.blk.0.w\2\0\0\0\40\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0\10\0\0\0\0\0\0\0\0\0\0\0"
        "\4\0\0\0\0\0\0\0bias\1\0\0\0\5\0\0\0\0\0\0\0\0\0\0\0\200\0\0\0\0\0\0\0";
  GByteArray *file = small_file ();
  gsize n = sizeof golden - 1;

  g_assert_cmpmem (file->data, n, golden, n);
  for (gsize i = n; i < (n + 63) / 64 * 64; i++)
    g_assert_cmpint (file->data[i], ==, 0);
  g_byte_array_unref (file);
}

static void
test_reading (void)
{
  GByteArray *file = small_file ();
  g_autoptr (GError) error = NULL;
  g_autoptr (B2Gguf) gguf = b2_gguf_open_memory (file->data, file->len, "a.gguf", &error);
  g_autoptr (B2ModelFiles) files = NULL, sub = NULL;
  const B2TensorInfo *info;
  gsize n;

  g_assert_no_error (error);
  g_assert_cmpuint (b2_gguf_n_tensors (gguf), ==, 2);
  info = b2_gguf_lookup (gguf, "vision_model.encoder.layers.0.w");
  g_assert_true (info == b2_gguf_nth (gguf, 0));
  g_assert_cmpint (info->dtype, ==, B2_DTYPE_Q8_0);
  g_assert_cmpint (info->n_dims, ==, 2);
  g_assert_cmpint (info->shape[0], ==, 3);
  g_assert_cmpint (info->shape[1], ==, 32);
  g_assert_cmpuint (info->n_bytes, ==, 3 * 34);
  g_assert_cmpint (info->data[5], ==, 5);
  g_assert_cmpint (b2_gguf_lookup (gguf, "bias")->data[0], ==, 128);
  g_assert_null (b2_gguf_lookup (gguf, "v.blk.0.w"));
  g_assert_cmpmem (b2_gguf_string (gguf, "general.architecture", &n), 5, "blip2", n);
  g_assert_null (b2_gguf_string (gguf, "a.b", &n));
  g_assert_null (b2_gguf_string (gguf, "none", &n));

  files = b2_gguf_files (gguf);
  g_assert_true (b2_model_files_is_embedded (files));
  g_assert_true (b2_model_files_has (files, "x/y"));
  g_assert_false (b2_model_files_has (files, "y"));
  sub = b2_model_files_sub (files, "x");
  g_assert_cmpmem (b2_model_files_bytes (sub, "y", &n), 3, "\xff\x00z", n);
  g_byte_array_unref (file);
}

/* ---- damage ------------------------------------------------------------------------ */

/* Whatever the bytes: an error with a message, or tensors within the file. */
static gboolean
read_damaged (const guint8 *bytes, gsize n_bytes)
{
  g_autofree guint8 *copy = g_memdup2 (bytes, n_bytes); /* its end is the end of the block */
  g_autoptr (GError) error = NULL;
  g_autoptr (B2Gguf) gguf = b2_gguf_open_memory (copy, n_bytes, "a.gguf", &error);

  g_assert_true ((gguf == NULL) == (error != NULL));
  if (gguf == NULL)
    {
      g_assert_true (g_str_has_prefix (error->message, "a.gguf: "));
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      return FALSE;
    }
  for (gsize i = 0; i < b2_gguf_n_tensors (gguf); i++)
    {
      const B2TensorInfo *info = b2_gguf_nth (gguf, i);

      g_assert_true (info->data >= copy && info->data + info->n_bytes <= copy + n_bytes);
    }
  return TRUE;
}

static void
test_truncated (void)
{
  GByteArray *file = small_file ();

  /* The last tensor has 20 bytes; what follows them pads. */
  for (guint n = 0; n < file->len; n++)
    g_assert_true (read_damaged (file->data, n) == (n >= file->len - 64 + 20));
  g_byte_array_set_size (file, file->len + 64);
  g_assert_false (read_damaged (file->data, file->len));
  g_byte_array_unref (file);
}

static void
test_flipped (void)
{
  GByteArray *file = small_file ();
  int n_accepted = 0;

  for (guint i = 0; i < file->len; i++)
    for (int bit = 0; bit < 8; bit++)
      {
        file->data[i] ^= (guint8) (1 << bit);
        n_accepted += read_damaged (file->data, file->len);
        file->data[i] ^= (guint8) (1 << bit);
      }
  g_assert_cmpint (n_accepted, <, (int) file->len * 8);
  g_byte_array_unref (file);
}

/* A header from parts, then @n_data zero bytes at the next multiple of 32. */
static void
put (GByteArray *out, guint64 value, guint n_bytes)
{
  guint64 little = GUINT64_TO_LE (value);

  g_byte_array_append (out, (const guint8 *) &little, n_bytes);
}

static void
put_text (GByteArray *out, const char *text)
{
  put (out, strlen (text), 8);
  g_byte_array_append (out, (const guint8 *) text, (guint) strlen (text));
}

static GByteArray *
begin (guint64 n_tensors, guint64 n_keys)
{
  GByteArray *out = g_byte_array_new ();

  g_byte_array_append (out, (const guint8 *) "GGUF", 4);
  put (out, 3, 4);
  put (out, n_tensors, 8);
  put (out, n_keys, 8);
  return out;
}

static void
put_tensor (GByteArray *out, const char *name, guint n_dims, guint64 first, guint64 others, guint32 type,
            guint64 offset)
{
  put_text (out, name);
  put (out, n_dims, 4);
  for (guint i = 0; i < MIN (n_dims, 8); i++)
    put (out, i == 0 ? first : others, 8);
  put (out, type, 4);
  put (out, offset, 8);
}

/* Frees @file. @words: of the message; NULL: it opens */
static void
expect (GByteArray *file, guint n_data, B2Error code, const char *words)
{
  static const guint8 zeros[4096];
  g_autoptr (GError) error = NULL;
  g_autoptr (B2Gguf) gguf = NULL;
  Guard guard;

  if (n_data > 0)
    g_byte_array_append (file, zeros, (32 - file->len % 32) % 32 + n_data);
  guard = guard_begin ();
  gguf = b2_gguf_open_memory (file->data, file->len, "a.gguf", &error);
  guard_end (&guard, words != NULL ? words : "a good file");
  if (words == NULL)
    g_assert_no_error (error);
  else
    {
      g_assert_error (error, B2_ERROR, (int) code);
      if (strstr (error->message, words) == NULL)
        g_error ("\"%s\" lacks \"%s\"", error->message, words);
    }
  g_clear_pointer (&gguf, b2_gguf_unref);
  g_byte_array_unref (file);
}

#define FORMAT B2_ERROR_FORMAT

static void
test_hostile_counts (void)
{
  GByteArray *file;

  expect (begin (G_MAXUINT64, 0), 0, FORMAT, "tensors");
  expect (begin (65537, 0), 4000, FORMAT, "tensors");
  expect (begin (100, 0), 1000, FORMAT, "tensors");
  expect (begin (0, G_MAXUINT64), 0, FORMAT, "keys");
  expect (begin (0, 1000), 4000, FORMAT, "keys");
  expect (begin (0, 0), 0, FORMAT, NULL);
  file = begin (0, 1);
  put (file, G_MAXUINT64, 8);
  expect (file, 64, FORMAT, "bytes expected");
  file = begin (0, 1);
  put_text (file, "a");
  put (file, 8, 4);
  put (file, G_MAXUINT64 - 3, 8);
  expect (file, 64, FORMAT, "bytes expected");
  for (int type = 0; type < 14; type++)
    {
      file = begin (0, 1);
      put_text (file, "a");
      put (file, 9, 4);
      put (file, (guint64) type, 4);
      put (file, G_MAXUINT64 / 2 + 5, 8);
      expect (file, 640, FORMAT, type == 13 ? "unknown type" : "a.gguf");
    }
  file = begin (0, 1);
  put_text (file, "a");
  put (file, 13, 4);
  expect (file, 64, FORMAT, "unknown type");
}

static void
test_nested_arrays (void)
{
  for (int depth = 1; depth <= 1000; depth = depth < 5 ? depth + 1 : depth * 10)
    {
      GByteArray *file = begin (0, 1);

      put_text (file, "a");
      put (file, 9, 4);
      for (int i = 1; i < depth; i++)
        {
          put (file, 9, 4);
          put (file, 1, 8);
        }
      put (file, 4, 4);
      put (file, 2, 8);
      put (file, 1, 8);
      expect (file, 0, FORMAT, depth > 4 ? "nested deeper" : NULL);
    }
}

static void
test_hostile_keys (void)
{
  static const guint32 alignments[] = { 0, 1, 4, 12, 131072, G_MAXUINT32 };
  GByteArray *file = begin (0, 2);

  for (int i = 0; i < 2; i++)
    {
      put_text (file, "a.b");
      put (file, 4, 4);
      put (file, 0, 4);
    }
  expect (file, 0, FORMAT, "\"a.b\" is there twice");
  file = begin (0, 1);
  put_text (file, "\xff\xfe");
  put (file, 4, 4);
  put (file, 0, 4);
  expect (file, 0, FORMAT, "UTF-8");
  for (gsize i = 0; i < G_N_ELEMENTS (alignments); i++)
    {
      file = begin (0, 1);
      put_text (file, "general.alignment");
      put (file, 4, 4);
      put (file, alignments[i], 4);
      expect (file, 0, FORMAT, "power of 2");
    }
  file = begin (0, 1);
  put_text (file, "general.alignment");
  put (file, 10, 4);
  put (file, 32, 8);
  expect (file, 0, FORMAT, "32 bits");
}

static void
expect_tensor (guint n_dims, guint64 first, guint64 others, guint32 type, guint64 offset, guint n_data,
               B2Error code, const char *words)
{
  GByteArray *file = begin (1, 0);

  put_tensor (file, "w", n_dims, first, others, type, offset);
  expect (file, n_data, code, words);
}

static void
test_hostile_tensors (void)
{
  GByteArray *file;

  expect_tensor (2, 32, 2, 0, 0, 256, FORMAT, NULL);
  expect_tensor (1, 32, 1, 8, 0, 34, FORMAT, NULL);
  expect_tensor (2, 64, 2, 2, 0, 72, FORMAT, NULL);
  expect_tensor (5, 1, 1, 0, 0, 4, FORMAT, "4 dimensions");
  expect_tensor (G_MAXUINT32, 1, 1, 0, 0, 4, FORMAT, "a.gguf");
  expect_tensor (1, 0, 1, 0, 0, 4, FORMAT, "overflows");
  expect_tensor (1, G_MAXUINT64, 1, 0, 0, 4, FORMAT, "overflows");
  expect_tensor (2, G_MAXINT64, 3, 0, 0, 4, FORMAT, "overflows");
  expect_tensor (4, 65536, 65536, 0, 0, 4, FORMAT, "overflows");
  expect_tensor (1, G_MAXINT64, 1, 0, 0, 4, FORMAT, "overflows");
  expect_tensor (1, 33, 1, 8, 0, 64, FORMAT, "blocks");
  expect_tensor (1, 16, 1, 2, 0, 64, FORMAT, "blocks");
  expect_tensor (1, 256, 1, 12, 0, 144, B2_ERROR_UNSUPPORTED, "Q4_K");
  expect_tensor (1, 32, 1, 99, 0, 144, B2_ERROR_UNSUPPORTED, "unknown");
  expect_tensor (1, 32, 1, 0, 32, 256, FORMAT, "do not begin");
  expect_tensor (1, 32, 1, 0, G_MAXUINT64, 256, FORMAT, "do not begin");
  expect_tensor (1, 32, 1, 0, 0, 127, FORMAT, "beyond the file's end");
  expect_tensor (1, 1 << 20, 1, 0, 0, 127, FORMAT, "beyond the file's end");
  expect_tensor (1, 1, 1, 0, 0, 33, FORMAT, "holds 33 bytes");

  file = begin (2, 0);
  put_tensor (file, "a", 1, 16, 1, 0, 0);
  put_tensor (file, "b", 1, 16, 1, 0, 32);
  expect (file, 128, FORMAT, "overlap");
  file = begin (2, 0);
  put_tensor (file, "lm.x", 1, 8, 1, 0, 0);
  put_tensor (file, "language_model.x", 1, 8, 1, 0, 32);
  expect (file, 64, FORMAT, "is there twice");
  file = begin (1, 0);
  put_tensor (file, "0123456789012345678901234567890123456789012345678901234567890123x", 1, 8, 1, 0, 0);
  expect (file, 32, FORMAT, "64 bytes");
}

static void
test_versions (void)
{
  GByteArray *file = begin (0, 0);

  file->data[4] = 2;
  expect (file, 0, B2_ERROR_UNSUPPORTED, "version");
  file = begin (0, 0);
  file->data[4] = 0;
  file->data[7] = 3;
  expect (file, 0, B2_ERROR_UNSUPPORTED, "big-endian");
  file = begin (0, 0);
  file->data[0] = 'g';
  expect (file, 0, FORMAT, "not a GGUF file");
}

static void
test_files (void)
{
  char *folder = folder_new ();
  g_autofree char *good = g_build_filename (folder, "a.gguf", NULL);
  g_autofree char *text = g_build_filename (folder, "b.gguf", NULL);
  g_autofree char *nothing = g_build_filename (folder, "none.gguf", NULL);
  GByteArray *file = small_file ();
  g_autoptr (GError) error = NULL;
  g_autoptr (B2Gguf) gguf = NULL;
  g_autoptr (B2Gguf) again = NULL;

  folder_add (folder, "a.gguf", (const char *) file->data, file->len);
  folder_add (folder, "b.gguf", "hello", -1);
  g_assert_true (b2_gguf_is_file (good));
  g_assert_false (b2_gguf_is_file (text));
  g_assert_false (b2_gguf_is_file (nothing));
  g_assert_false (b2_gguf_is_file (folder));
  gguf = b2_gguf_open (good, &error);
  g_assert_no_error (error);
  again = b2_gguf_ref (gguf);
  g_assert_null (b2_gguf_open (text, &error));
  g_assert_error (error, B2_ERROR, B2_ERROR_FORMAT);
  g_clear_error (&error);
  g_assert_null (b2_gguf_open (nothing, &error));
  g_assert_error (error, B2_ERROR, B2_ERROR_IO);
  g_byte_array_unref (file);
  folder_remove (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gguf/names", test_names);
  g_test_add_func ("/gguf/names-of-strangers", test_names_of_strangers);
  g_test_add_func ("/gguf/types", test_types);
  g_test_add_func ("/gguf/golden-bytes", test_golden_bytes);
  g_test_add_func ("/gguf/reading", test_reading);
  g_test_add_func ("/gguf/truncated", test_truncated);
  g_test_add_func ("/gguf/flipped", test_flipped);
  g_test_add_func ("/gguf/hostile-counts", test_hostile_counts);
  g_test_add_func ("/gguf/nested-arrays", test_nested_arrays);
  g_test_add_func ("/gguf/hostile-keys", test_hostile_keys);
  g_test_add_func ("/gguf/hostile-tensors", test_hostile_tensors);
  g_test_add_func ("/gguf/versions", test_versions);
  g_test_add_func ("/gguf/files", test_files);
  return g_test_run ();
}
