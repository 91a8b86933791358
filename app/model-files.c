#include "app/model-files.h"

#include <string.h>

#include <gio/gio.h>
#include <glib/gi18n.h>

#define MAX_NAME_BYTES 200
#define MAX_FILES 2000

/* InstructBLIP's second tokenizer: the one folder inside a model folder */
#define TOKENIZER_DIR "qformer_tokenizer/"

/* First the model's own, then those of its tokenizer. */
#define N_MODEL_NAMES 5
static const char *const small_names[] = {
  "config.json",
  "generation_config.json",
  "preprocessor_config.json",
  "processor_config.json",
  "model.safetensors.index.json",
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
  "vocab.json",
  "vocab.txt",
  "merges.txt",
  "spiece.model",
  NULL,
};

const char *const *
ql_model_files_small_names (void)
{
  return small_names;
}

gboolean
ql_model_files_is_safe (const char *path)
{
  if (*path == '\0' || strlen (path) > MAX_NAME_BYTES || !g_utf8_validate (path, -1, NULL))
    return FALSE;
  for (const char *at = path; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);
      gboolean begins_part = at == path || at[-1] == '/';

      if (g_unichar_iscntrl (c) || g_unichar_type (c) == G_UNICODE_FORMAT || c == '\\')
        return FALSE;
      /* also "." and "..", an absolute path and an empty part */
      if (begins_part && (c == '.' || c == '/'))
        return FALSE;
    }
  return !g_str_has_suffix (path, "/");
}

gboolean
ql_model_files_is_weights (const char *path)
{
  return g_str_has_suffix (path, ".safetensors");
}

gboolean
ql_model_files_is_wanted (const char *path)
{
  if (!ql_model_files_is_safe (path))
    return FALSE;
  if (g_str_has_prefix (path, TOKENIZER_DIR))
    return g_strv_contains (small_names + N_MODEL_NAMES, path + strlen (TOKENIZER_DIR));
  if (g_strv_contains (small_names, path))
    return TRUE;
  return ql_model_files_is_weights (path)
         && strspn (path, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._-") == strlen (path);
}

/* Of our own: never fetched, so not wanted. */
static gboolean
is_gguf (const char *name)
{
  return g_str_has_suffix (name, ".gguf") && ql_model_files_is_safe (name);
}

char *
ql_model_files_folder (const char *path)
{
  return g_file_test (path, G_FILE_TEST_IS_REGULAR) ? g_path_get_dirname (path) : g_strdup (path);
}

static int
compare_name (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

typedef gboolean (*NameFunc) (const char *path);

static gboolean
add_wanted (GPtrArray *names, const char *dir, const char *prefix, NameFunc is_wanted, GError **error)
{
  g_autofree char *path = g_build_filename (dir, prefix, NULL);
  g_autoptr (GDir) listing = g_dir_open (path, 0, error);
  const char *name;

  if (listing == NULL)
    return FALSE;
  while ((name = g_dir_read_name (listing)) != NULL && names->len < MAX_FILES)
    {
      g_autofree char *relative = g_strconcat (prefix, name, NULL);
      g_autofree char *file = g_build_filename (dir, relative, NULL);

      if (is_wanted (relative) && g_file_test (file, G_FILE_TEST_IS_REGULAR))
        g_ptr_array_add (names, g_steal_pointer (&relative));
    }
  return TRUE;
}

GPtrArray *
ql_model_files_list (const char *dir, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  gboolean weights = FALSE;

  if (g_file_test (dir, G_FILE_TEST_IS_REGULAR))
    {
      g_ptr_array_add (names, g_path_get_basename (dir));
      return g_steal_pointer (&names);
    }
  if (!add_wanted (names, dir, "", ql_model_files_is_wanted, error))
    return NULL;
  for (guint i = 0; i < names->len; i++)
    weights |= ql_model_files_is_weights (names->pdata[i]);
  if (weights)
    add_wanted (names, dir, TOKENIZER_DIR, ql_model_files_is_wanted, NULL); /* seldom there */
  else
    {
      /* Then a GGUF file is what the engine reads, and of the folder nothing else. */
      g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_free);

      add_wanted (files, dir, "", is_gguf, NULL);
      if (files->len == 1)
        return g_steal_pointer (&files);
      add_wanted (names, dir, TOKENIZER_DIR, ql_model_files_is_wanted, NULL);
    }
  if (names->len == 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                   _ ("%s: there is no file of a model in this folder"), dir);
      return NULL;
    }
  g_ptr_array_sort (names, compare_name);
  return g_steal_pointer (&names);
}

/* What @dir/refs/main names; (nullable) */
static char *
main_snapshot (const char *dir)
{
  g_autofree char *path = g_build_filename (dir, "refs", "main", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileInputStream) stream = NULL;
  char hash[MAX_NAME_BYTES + 1] = "";
  gsize n_bytes = 0;

  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
    return NULL;
  stream = g_file_read (file, NULL, NULL);
  if (stream == NULL
      || !g_input_stream_read_all (G_INPUT_STREAM (stream), hash, MAX_NAME_BYTES, &n_bytes, NULL, NULL))
    return NULL;
  hash[n_bytes] = '\0';
  g_strchomp (hash);
  /* a name, and nothing that leads elsewhere */
  if (*hash == '\0' || strspn (hash, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS) != strlen (hash))
    return NULL;
  return g_build_filename (dir, "snapshots", hash, NULL);
}

char *
ql_model_files_resolve (const char *dir)
{
  g_autofree char *config = g_build_filename (dir, "config.json", NULL);
  g_autofree char *snapshot = NULL;

  if (!g_file_test (config, G_FILE_TEST_EXISTS))
    snapshot = main_snapshot (dir);
  if (snapshot != NULL && g_file_test (snapshot, G_FILE_TEST_IS_DIR))
    return g_steal_pointer (&snapshot);
  return g_strdup (dir);
}
