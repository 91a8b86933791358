#include "tests/engine/text-folder.h"

#include <stdlib.h>

#include "tests/engine/model-folder.h"

char *
model_path (const char *name)
{
  return g_build_filename (g_getenv ("QLENS_SRC"), "data", "models", name, NULL);
}

char *
demo_copy (const char *name)
{
  static const char *const files[] = { "tokenizer.json",
                                       "tokenizer_config.json",
                                       "special_tokens_map.json",
                                       "added_tokens.json",
                                       "vocab.json",
                                       "merges.txt",
                                       "vocab.txt" };
  g_autofree char *dir = model_path (name);
  char *folder = folder_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *path = g_build_filename (dir, files[i], NULL);
      g_autofree char *contents = NULL;
      gsize len;

      if (g_file_get_contents (path, &contents, &len, NULL))
        folder_add (folder, files[i], contents, (gssize) len);
    }
  return folder;
}

json_t *
read_json (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  json_t *root = json_load_file (path, JSON_DECODE_INT_AS_REAL, NULL);

  g_assert_nonnull (root);
  return root;
}

void
write_json (const char *folder, const char *name, json_t *root)
{
  char *text = json_dumps (root, 0);

  folder_delete (folder, name);
  folder_add (folder, name, text, -1);
  free (text);
}

void
set_key (const char *folder, const char *name, const char *key, const char *value)
{
  json_t *root = read_json (folder, name);

  if (value == NULL)
    json_object_del (root, key);
  else
    json_object_set_new (root, key, json_loads (value, JSON_DECODE_ANY, NULL));
  write_json (folder, name, root);
  json_decref (root);
}
