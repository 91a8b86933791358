#include "engine/io/model-source.h"

#include <string.h>

#include "engine/core/error.h"
#include "engine/io/weights.h"

static gboolean
has (const char *dir, const char *name)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

/* @path: (out) (nullable) (transfer full): the GGUF file of @dir, where it is all there is */
static gboolean
find_gguf (const char *dir, char **path, GError **error)
{
  g_autoptr (GDir) listing = NULL;
  const char *name;
  int n = 0;

  *path = NULL;
  if (has (dir, B2_WEIGHTS_SINGLE_NAME) || has (dir, B2_WEIGHTS_INDEX_NAME))
    return TRUE;
  listing = g_dir_open (dir, 0, NULL);
  while (listing != NULL && (name = g_dir_read_name (listing)) != NULL)
    if (g_str_has_suffix (name, ".gguf"))
      {
        g_free (*path);
        *path = g_build_filename (dir, name, NULL);
        n++;
      }
  if (n < 2)
    return TRUE;
  g_clear_pointer (path, g_free);
  g_set_error (error, B2_ERROR, B2_ERROR_ARGUMENT,
               "%s: there are %d GGUF files in this folder; name one of them", dir, n);
  return FALSE;
}

B2ModelSource *
b2_model_source_open (const char *path, GError **error)
{
  g_autoptr (B2ModelSource) self = g_new0 (B2ModelSource, 1);

  if (b2_gguf_is_file (path) || (g_str_has_suffix (path, ".gguf") && !g_file_test (path, G_FILE_TEST_IS_DIR)))
    self->path = g_strdup (path);
  else if (!find_gguf (path, &self->path, error))
    return NULL;
  if (self->path != NULL)
    {
      self->gguf = b2_gguf_open (self->path, error);
      if (self->gguf == NULL)
        return NULL;
      self->files = b2_gguf_files (self->gguf);
      return g_steal_pointer (&self);
    }
  self->path = g_strdup (path);
  self->files = b2_model_files_new_folder (path);
  return g_steal_pointer (&self);
}

void
b2_model_source_close (B2ModelSource *self)
{
  g_clear_pointer (&self->files, b2_model_files_free);
  g_clear_pointer (&self->gguf, b2_gguf_unref);
  g_free (self->path);
  g_free (self);
}
