/* Writes the corpus of fuzz-gguf: gguf-corpus FOLDER. Run by hand when the format changes. */

#include <stdio.h>
#include <string.h>

#include "engine/io/gguf-header.h"

static void
write_file (const char *folder, const char *name, B2GgufHeader *header)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  guint64 n_bytes;
  g_autoptr (GByteArray) file = b2_gguf_header_finish (header, &n_bytes);
  guint n = file->len;

  g_byte_array_set_size (file, (guint) n_bytes);
  for (guint i = n; i < n_bytes; i++)
    file->data[i] = (guint8) (i * 7);
  if (!g_file_set_contents (path, (const char *) file->data, (gssize) file->len, NULL))
    g_error ("%s cannot be written", path);
}

static void
add (B2GgufHeader *header, const char *name, B2Dtype dtype, int n_dims, gint64 a, gint64 b)
{
  const gint64 shape[4] = { a, b, n_dims > 2 ? 2 : 1, n_dims > 3 ? 32 : 1 };

  if (!b2_gguf_header_add_tensor (header, name, dtype, n_dims, shape, NULL))
    g_error ("%s cannot be stored", name);
}

int
main (int argc, char **argv)
{
  g_autoptr (B2GgufHeader) empty = b2_gguf_header_new ();
  g_autoptr (B2GgufHeader) tensors = b2_gguf_header_new ();
  g_autoptr (B2GgufHeader) files = b2_gguf_header_new ();

  if (argc != 2)
    return 1;
  write_file (argv[1], "empty.gguf", empty);

  b2_gguf_header_add_string (tensors, "general.architecture", "blip2", -1);
  add (tensors, "vision_model.encoder.layers.0.mlp.fc1.weight", B2_DTYPE_Q4_0, 2, 3, 64);
  add (tensors, "vision_model.embeddings.patch_embedding.weight", B2_DTYPE_F32, 4, 2, 3);
  add (tensors, "qformer.encoder.layer.0.x", B2_DTYPE_Q8_0, 2, 2, 32);
  add (tensors, "language_model.lm_head.weight", B2_DTYPE_F16, 2, 5, 7);
  add (tensors, "language_model.decoder.block.1.y", B2_DTYPE_BF16, 1, 9, 0);
  add (tensors, "ids", B2_DTYPE_I32, 1, 3, 0);
  write_file (argv[1], "tensors.gguf", tensors);

  b2_gguf_header_add_u32 (files, "general.file_type", 7);
  b2_gguf_header_add_string (
      files, "qlens.file.config.json",
      "{\"model_type\":\"blip-2\",\"num_query_tokens\":4,\"vision_config\":{\"hidden_size\":32,"
      "\"intermediate_size\":64,\"num_hidden_layers\":1,\"num_attention_heads\":2,\"image_size\":28},"
      "\"text_config\":{\"model_type\":\"opt\",\"vocab_size\":60}}",
      -1);
  b2_gguf_header_add_string (files, "qlens.file.preprocessor_config.json",
                             "{\"size\":{\"height\":28,\"width\":28}}", -1);
  b2_gguf_header_add_bytes (files, "qlens.file.qformer_tokenizer/vocab.txt", (const guint8 *) "a\nb\n\xff",
                            5);
  add (files, "bias", B2_DTYPE_F32, 1, 4, 0);
  write_file (argv[1], "files.gguf", files);
  return 0;
}
