/* A tokenizer.json, a spiece.model, or a text: whatever the bytes, an error or ids that
 * the tokenizer knows. What begins with '{' is the first, other UTF-8 is a text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib/gstdio.h>

#include "engine/text/tokenizer.h"

int LLVMFuzzerTestOneInput (const guint8 *bytes, gsize n_bytes);

static char *folder;

static void
remove_folder (void)
{
  static const char *const names[] = { "tokenizer.json", "spiece.model", "tokenizer_config.json" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (folder, names[i], NULL);

      g_remove (path);
    }
  g_rmdir (folder);
  g_clear_pointer (&folder, g_free);
}

static void
write_file (const char *name, const void *bytes, gsize n_bytes)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  FILE *file = fopen (path, "wb");

  if (file == NULL || (n_bytes > 0 && fwrite (bytes, 1, n_bytes, file) != n_bytes) || fclose (file) != 0)
    abort ();
}

static void
use (B2Tokenizer *tokenizer, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) ids = b2_tokenizer_encode (tokenizer, text, TRUE, &error);
  g_autoptr (GString) out = g_string_new (NULL);

  if ((ids == NULL) != (error != NULL))
    abort ();
  if (ids == NULL)
    return;
  for (guint i = 0; i < ids->len; i++)
    if (g_array_index (ids, gint32, i) < 0)
      abort ();
  b2_tokenizer_decode (tokenizer, (const gint32 *) ids->data, ids->len,
                       B2_DECODE_SKIP_SPECIAL | B2_DECODE_CLEAN_UP, out);
  g_string_truncate (out, 0);
  for (gint32 id = -1; id < MIN (b2_tokenizer_n_ids (tokenizer), 1000) + 1; id++)
    b2_tokenizer_decode (tokenizer, &id, 1, B2_DECODE_KEEP_SPECIAL, out);
}

/* The demo models' tokenizers, for fuzzing the text. */
static B2Tokenizer *
demo (guint which)
{
  static const char *const names[] = { "data/models/qlens-demo-opt", "data/models/qlens-demo-itm",
                                       "tests/golden/t5-basic", "tests/golden/t5-tied" };
  static B2Tokenizer *tokenizers[G_N_ELEMENTS (names)];

  which %= G_N_ELEMENTS (names);
  if (tokenizers[which] == NULL && g_getenv ("QLENS_SRC") != NULL)
    {
      g_autofree char *path = g_build_filename (g_getenv ("QLENS_SRC"), names[which], NULL);

      tokenizers[which] = b2_tokenizer_open (path, NULL);
    }
  return tokenizers[which];
}

int
LLVMFuzzerTestOneInput (const guint8 *bytes, gsize n_bytes)
{
  static const char text[] = "Question: na\xc3\xafve  caf\x65\xcc\x81's\r\n<s>\xe2\x96\x81 "
                             "\xef\xbc\xa1\xcc\x81 \xe2\x84\xa2\xf0\x9f\x91\xa8\xe2\x80\x8d";
  gboolean is_json = n_bytes > 0 && bytes[0] == '{';
  g_autoptr (B2Tokenizer) tokenizer = NULL;
  g_autoptr (GError) error = NULL;

  if (!is_json && n_bytes > 0 && n_bytes < 65536 && g_utf8_validate_len ((const char *) bytes, n_bytes, NULL))
    {
      g_autofree char *copy = g_strndup ((const char *) bytes, n_bytes);

      for (guint i = 0; i < 4; i++)
        if (demo (i) != NULL)
          use (demo (i), copy);
    }
  if (folder == NULL)
    {
      folder = g_dir_make_tmp ("qlens-fuzz-XXXXXX", NULL);
      if (folder == NULL)
        abort ();
      atexit (remove_folder);
    }
  write_file ("tokenizer_config.json", "{\"extra_ids\":3}", 15);
  write_file (is_json ? "tokenizer.json" : "spiece.model", bytes, n_bytes);
  tokenizer = b2_tokenizer_open (folder, &error);
  if ((tokenizer == NULL) != (error != NULL))
    abort ();
  if (tokenizer != NULL)
    use (tokenizer, text);
  if (is_json)
    {
      g_autofree char *path = g_build_filename (folder, "tokenizer.json", NULL);

      g_remove (path);
    }
  return 0;
}
