#include "app/model-list-file.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include <gio/gio.h>
#include <glib/gi18n.h>

#define FORMAT "qlens-models"
#define VERSION 1
#define MAX_FILE_BYTES (8 * 1024 * 1024)

struct QlModelListFile
{
  gatomicrefcount n_references;
  char *path;
  json_t *root;
  char *problem;
  gboolean newer; /* never write */
  guint64 n_prepared;

  GMutex lock; /* of writing */
  gboolean damaged; /* keep what is there aside before writing */
  guint64 n_written;
};

static json_t *
empty_root (void)
{
  return json_pack ("{s:s, s:i, s:[]}", "format", FORMAT, "version", VERSION, "models");
}

/* Tells a file that cannot be read from one that is not ours to understand. */
static json_t *
parse (QlModelListFile *self, const char *text, gsize n_bytes)
{
  json_error_t problem;
  json_t *root
      = n_bytes <= MAX_FILE_BYTES ? json_loadb (text, n_bytes, JSON_REJECT_DUPLICATES, &problem) : NULL;
  json_t *version = json_object_get (root, "version");

  if (json_is_integer (version) && json_integer_value (version) > VERSION)
    {
      self->newer = TRUE;
      self->problem = g_strdup_printf (
          _ ("%s was written by a newer version of Qlens. It is left as it is; models added now are "
             "forgotten when the program ends."),
          self->path);
    }
  else if (json_integer_value (version) == VERSION && json_is_array (json_object_get (root, "models"))
           && g_strcmp0 (json_string_value (json_object_get (root, "format")), FORMAT) == 0)
    return root;
  else
    {
      self->damaged = TRUE;
      self->problem
          = g_strdup_printf (_ ("%s is damaged. The list of models begins anew; the old file is kept beside "
                                "it, with “.damaged” after its name."),
                             self->path);
    }
  json_decref (root);
  return NULL;
}

QlModelListFile *
ql_model_list_file_open (const char *path)
{
  QlModelListFile *self = g_new0 (QlModelListFile, 1);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  gsize n_bytes = 0;

  g_atomic_ref_count_init (&self->n_references);
  g_mutex_init (&self->lock);
  self->path = g_strdup (path);
  if (g_file_get_contents (path, &text, &n_bytes, &error))
    self->root = parse (self, text, n_bytes);
  else if (!g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    {
      /* not to be overwritten because it could not be read */
      self->newer = TRUE;
      self->problem = g_strdup_printf (_ ("The list of models could not be read: %s"), error->message);
    }
  if (self->root == NULL)
    self->root = empty_root ();
  return self;
}

QlModelListFile *
ql_model_list_file_ref (QlModelListFile *self)
{
  g_atomic_ref_count_inc (&self->n_references);
  return self;
}

void
ql_model_list_file_unref (QlModelListFile *self)
{
  if (!g_atomic_ref_count_dec (&self->n_references))
    return;
  json_decref (self->root);
  g_mutex_clear (&self->lock);
  g_free (self->path);
  g_free (self->problem);
  g_free (self);
}

const char *
ql_model_list_file_get_problem (QlModelListFile *self)
{
  return self->problem;
}

json_t *
ql_model_list_file_get_models (QlModelListFile *self)
{
  return json_object_get (self->root, "models");
}

guint64
ql_model_list_file_prepare (QlModelListFile *self, json_t *models, char **text)
{
  char *dumped;

  json_object_set_new (self->root, "models", models);
  dumped = json_dumps (self->root, JSON_INDENT (2));
  *text = g_strconcat (dumped, "\n", NULL);
  free (dumped);
  return ++self->n_prepared;
}

static gboolean
keep_damaged (QlModelListFile *self, GError **error)
{
  g_autofree char *aside = g_strconcat (self->path, ".damaged", NULL);

  for (int i = 2; g_file_test (aside, G_FILE_TEST_EXISTS | G_FILE_TEST_IS_SYMLINK); i++)
    {
      g_free (aside);
      aside = g_strdup_printf ("%s.damaged-%d", self->path, i);
    }
  if (g_rename (self->path, aside) != 0 && errno != ENOENT)
    {
      g_set_error (error, G_FILE_ERROR, (gint) g_file_error_from_errno (errno), "%s: %s", aside,
                   g_strerror (errno));
      return FALSE;
    }
  self->damaged = FALSE;
  return TRUE;
}

static gboolean
write_locked (QlModelListFile *self, guint64 number, const char *text, GError **error)
{
  g_autofree char *dir = g_path_get_dirname (self->path);

  if (number <= self->n_written)
    return TRUE;
  if (g_mkdir_with_parents (dir, 0700) != 0)
    {
      g_set_error (error, G_FILE_ERROR, (gint) g_file_error_from_errno (errno), "%s: %s", dir,
                   g_strerror (errno));
      return FALSE;
    }
  if (self->damaged && !keep_damaged (self, error))
    return FALSE;
  if (!g_file_set_contents_full (self->path, text, -1,
                                 G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600, error))
    return FALSE;
  self->n_written = number;
  return TRUE;
}

gboolean
ql_model_list_file_write (QlModelListFile *self, guint64 number, const char *text, GError **error)
{
  gboolean ok;

  if (self->newer)
    {
      g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_PERM, self->problem);
      return FALSE;
    }
  g_mutex_lock (&self->lock);
  ok = write_locked (self, number, text, error);
  g_mutex_unlock (&self->lock);
  return ok;
}
