/*
 * A GGUF file. Whatever the bytes: no crash, what is accepted lies in order within the
 * file, its rows are whole blocks, and its embedded files can be read.
 */

#include <string.h>

#include "engine/core/error.h"
#include "engine/io/config.h"
#include "engine/io/gguf-types.h"
#include "engine/io/gguf.h"
#include "tests/fuzz/fuzz.h"

static void
check_tensor (B2Gguf *file, const B2TensorInfo *info, const guint8 *end)
{
  const B2GgufType *type = b2_gguf_type_of (info->dtype);
  gsize row = info->n_dims > 0 ? (gsize) info->shape[info->n_dims - 1] : 1;
  gsize n = 1;

  for (int i = 0; i < info->n_dims; i++)
    n *= (gsize) info->shape[i];
  check (type != NULL && n == info->n_elements && n > 0);
  check (row % type->block_elements == 0);
  check (info->n_bytes == n / type->block_elements * type->block_bytes);
  check (info->data >= end);
  check (b2_gguf_lookup (file, info->name) == info);
}

static void
check_files (B2Gguf *file)
{
  g_autoptr (B2ModelFiles) files = b2_gguf_files (file);
  g_autoptr (B2ModelFiles) sub = b2_model_files_sub (files, "qformer_tokenizer");
  g_autoptr (GError) error = NULL;
  g_autoptr (B2Config) config = b2_config_load_files (files, &error);
  const guint8 *bytes;
  gsize n_bytes;
  volatile guint8 last = 0;

  check ((config == NULL) == (error != NULL));
  bytes = b2_model_files_bytes (sub, "vocab.txt", &n_bytes);
  if (bytes != NULL && n_bytes > 0)
    last = bytes[n_bytes - 1];
  (void) last;
}

int
LLVMFuzzerTestOneInput (const guint8 *bytes, gsize n_bytes)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (B2Gguf) file = b2_gguf_open_memory (bytes, n_bytes, "fuzz", &error);
  const guint8 *end;
  gsize n_header;
  volatile guint8 last = 0;

  check ((file == NULL) == (error != NULL));
  if (file == NULL)
    {
      check (error->domain == B2_ERROR && g_utf8_validate (error->message, -1, NULL));
      return 0;
    }

  end = b2_gguf_header (file, &n_header) + n_header;
  for (gsize i = 0; i < b2_gguf_n_tensors (file); i++)
    {
      const B2TensorInfo *info = b2_gguf_nth (file, i);

      check_tensor (file, info, end);
      end = info->data + info->n_bytes;
      last = end[-1];
    }
  check (end <= bytes + n_bytes);
  (void) last;
  check_files (file);
  return 0;
}
