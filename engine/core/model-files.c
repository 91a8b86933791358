#include "engine/core/model-files.h"

#include <string.h>

typedef struct
{
  char *name;
  const guint8 *bytes;
  gsize n_bytes;
} Blob;

struct B2ModelFiles
{
  char *root;
  char *prefix; /* of the names in @blobs; "" or "FOLDER/" */
  GArray *blobs; /* (nullable): of Blob, shared with what was made of it; NULL: a folder */
};

static void
clear_blob (gpointer data)
{
  g_free (((Blob *) data)->name);
}

B2ModelFiles *
b2_model_files_new_folder (const char *dir)
{
  B2ModelFiles *self = g_new0 (B2ModelFiles, 1);

  self->root = g_strdup (dir);
  self->prefix = g_strdup ("");
  return self;
}

B2ModelFiles *
b2_model_files_new_embedded (const char *path)
{
  B2ModelFiles *self = b2_model_files_new_folder (path);

  self->blobs = g_array_new (FALSE, FALSE, sizeof (Blob));
  g_array_set_clear_func (self->blobs, clear_blob);
  return self;
}

void
b2_model_files_embed (B2ModelFiles *self, const char *name, const guint8 *bytes, gsize n_bytes)
{
  Blob blob = { g_strdup (name), bytes, n_bytes };

  g_array_append_val (self->blobs, blob);
}

B2ModelFiles *
b2_model_files_sub (const B2ModelFiles *self, const char *name)
{
  B2ModelFiles *sub = g_new0 (B2ModelFiles, 1);

  sub->root = g_build_filename (self->root, name, NULL);
  sub->prefix = g_strconcat (self->prefix, name, "/", NULL);
  sub->blobs = self->blobs != NULL ? g_array_ref (self->blobs) : NULL;
  return sub;
}

void
b2_model_files_free (B2ModelFiles *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->blobs, g_array_unref);
  g_free (self->prefix);
  g_free (self->root);
  g_free (self);
}

const char *
b2_model_files_root (const B2ModelFiles *self)
{
  return self->root;
}

char *
b2_model_files_path (const B2ModelFiles *self, const char *name)
{
  return g_build_filename (self->root, name, NULL);
}

gboolean
b2_model_files_is_embedded (const B2ModelFiles *self)
{
  return self->blobs != NULL;
}

const guint8 *
b2_model_files_bytes (const B2ModelFiles *self, const char *name, gsize *n_bytes)
{
  gsize n_prefix = strlen (self->prefix);

  for (guint i = 0; self->blobs != NULL && i < self->blobs->len; i++)
    {
      const Blob *blob = &g_array_index (self->blobs, Blob, i);

      if (strncmp (blob->name, self->prefix, n_prefix) == 0 && strcmp (blob->name + n_prefix, name) == 0)
        {
          *n_bytes = blob->n_bytes;
          return blob->bytes;
        }
    }
  return NULL;
}

gboolean
b2_model_files_has (const B2ModelFiles *self, const char *name)
{
  g_autofree char *path = NULL;
  gsize n_bytes;

  if (self->blobs != NULL)
    return b2_model_files_bytes (self, name, &n_bytes) != NULL;
  path = b2_model_files_path (self, name);
  return g_file_test (path, G_FILE_TEST_EXISTS);
}
