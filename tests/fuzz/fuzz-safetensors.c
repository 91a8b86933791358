/*
 * A safetensors file. Whatever the bytes: no crash, and what is accepted lies where the
 * header says, without gap or overlap.
 */

#include "engine/core/error.h"
#include "engine/io/safetensors-memory.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput (const guint8 *bytes, gsize n_bytes)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (B2Safetensors) file = b2_safetensors_open_memory (bytes, n_bytes, "fuzz", &error);
  const guint8 *end;
  gsize n_header;
  volatile guint8 last = 0;

  check ((file == NULL) == (error != NULL));
  if (file == NULL)
    {
      check (error->domain == B2_ERROR && g_utf8_validate (error->message, -1, NULL));
      return 0;
    }

  end = (const guint8 *) b2_safetensors_header (file, &n_header) + n_header;
  for (gsize i = 0; i < b2_safetensors_n_tensors (file); i++)
    {
      const B2TensorInfo *info = b2_safetensors_nth (file, i);

      check (info->data == end);
      check (b2_safetensors_lookup (file, info->name) == info);
      check (b2_dtype_size (info->dtype) == 0
             || info->n_bytes == info->n_elements * b2_dtype_size (info->dtype));
      end += info->n_bytes;
      if (info->n_bytes > 0)
        last = end[-1];
    }
  check (end == bytes + n_bytes);
  (void) last;
  return 0;
}
