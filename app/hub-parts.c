#include "app/hub-parts.h"

#include <string.h>
#include <unistd.h>

#include <glib/gi18n.h>
#include <jansson.h>

#include "app/hub-error.h"
#include "app/model-files.h"

#define RECORD_NAME ".qlens-download.json"
#define FORMAT "qlens-download"
#define VERSION 1
#define MAX_RECORD_BYTES (4 * 1024 * 1024) /* far more than a list of files can make */

struct QlHubParts
{
  char *dir;
  char *path;
  json_t *root;
  json_t *files; /* owned by @root */
};

static const char *
repo_of (json_t *root)
{
  return json_string_value (json_object_get (root, "repo"));
}

static gboolean
is_record (json_t *root)
{
  return json_integer_value (json_object_get (root, "version")) == VERSION
         && g_strcmp0 (json_string_value (json_object_get (root, "format")), FORMAT) == 0
         && repo_of (root) != NULL && json_is_object (json_object_get (root, "files"));
}

/* @root: NULL where there is no record that can be read */
static QlHubParts *
load (const char *dir)
{
  QlHubParts *self = g_new0 (QlHubParts, 1);
  struct stat status;

  self->dir = g_strdup (dir);
  self->path = g_build_filename (dir, RECORD_NAME, NULL);
  /* not through a link or from a pipe: the folder may be anybody's */
  if (lstat (self->path, &status) == 0 && S_ISREG (status.st_mode) && status.st_size <= MAX_RECORD_BYTES)
    self->root = json_load_file (self->path, JSON_REJECT_DUPLICATES, NULL);
  if (!is_record (self->root))
    g_clear_pointer (&self->root, json_decref);
  return self;
}

QlHubParts *
ql_hub_parts_open (const char *dir, const char *repo)
{
  QlHubParts *self = load (dir);

  if (g_strcmp0 (repo_of (self->root), repo) != 0)
    {
      g_clear_pointer (&self->root, json_decref);
      self->root
          = json_pack ("{s:s, s:i, s:s, s:{}}", "format", FORMAT, "version", VERSION, "repo", repo, "files");
    }
  self->files = json_object_get (self->root, "files");
  return self;
}

QlHubParts *
ql_hub_parts_find (const char *dir)
{
  QlHubParts *self = load (dir);

  self->files = json_object_get (self->root, "files");
  if (self->root == NULL)
    g_clear_pointer (&self, ql_hub_parts_free);
  return self;
}

const char *
ql_hub_parts_get_repo (QlHubParts *self)
{
  return repo_of (self->root);
}

void
ql_hub_parts_set_total (QlHubParts *self, guint64 n_bytes)
{
  json_object_set_new (self->root, "total_bytes", json_integer ((json_int_t) n_bytes));
}

guint64
ql_hub_parts_get_total (QlHubParts *self)
{
  json_int_t n_bytes = json_integer_value (json_object_get (self->root, "total_bytes"));

  return n_bytes > 0 ? (guint64) n_bytes : 0;
}

guint64
ql_hub_parts_get_kept (QlHubParts *self)
{
  guint64 n_bytes = 0;
  const char *name;
  json_t *file;

  json_object_foreach (self->files, name, file)
  {
    g_autofree char *path = g_build_filename (self->dir, name, NULL);
    g_autofree char *part = ql_hub_part_path (self->dir, name);
    struct stat status;

    if (ql_model_files_is_wanted (name)
        && lstat (ql_hub_parts_get_done (self, name) != NULL ? path : part, &status) == 0
        && S_ISREG (status.st_mode))
      n_bytes += (guint64) status.st_size;
  }
  return n_bytes;
}

void
ql_hub_parts_free (QlHubParts *self)
{
  if (self == NULL)
    return;
  json_decref (self->root);
  g_free (self->dir);
  g_free (self->path);
  g_free (self);
}

char *
ql_hub_part_path (const char *dir, const char *name)
{
  g_autofree char *part = g_strconcat (name, ".part", NULL);

  return g_build_filename (dir, part, NULL);
}

static json_int_t
mtime_ns (const struct stat *status)
{
  return (json_int_t) status->st_mtim.tv_sec * 1000000000 + status->st_mtim.tv_nsec;
}

void
ql_hub_parts_begin (QlHubParts *self, const char *name, const char *version, const char *etag)
{
  json_t *file = json_pack ("{s:s}", "version", version);

  if (etag != NULL)
    json_object_set_new (file, "etag", json_string (etag)); /* left out where it is not UTF-8 */
  json_object_set_new (self->files, name, file);
}

void
ql_hub_parts_done (QlHubParts *self, const char *name, const char *version, const char *sha256)
{
  g_autofree char *path = g_build_filename (self->dir, name, NULL);
  struct stat status;

  json_object_set_new (self->files, name, json_pack ("{s:s, s:s}", "version", version, "sha256", sha256));
  if (stat (path, &status) == 0)
    json_object_set_new (json_object_get (self->files, name), "mtime_ns", json_integer (mtime_ns (&status)));
}

void
ql_hub_parts_drop (QlHubParts *self, const char *name)
{
  json_object_del (self->files, name);
}

gboolean
ql_hub_parts_is_untouched (QlHubParts *self, const char *name, const struct stat *status)
{
  json_t *mtime = json_object_get (json_object_get (self->files, name), "mtime_ns");

  return json_is_integer (mtime) && json_integer_value (mtime) == mtime_ns (status);
}

gboolean
ql_hub_parts_has (QlHubParts *self, const char *name, const char *version)
{
  json_t *file = json_object_get (self->files, name);

  return g_strcmp0 (json_string_value (json_object_get (file, "version")), version) == 0;
}

const char *
ql_hub_parts_get_etag (QlHubParts *self, const char *name, const char *version)
{
  if (!ql_hub_parts_has (self, name, version))
    return NULL;
  return json_string_value (json_object_get (json_object_get (self->files, name), "etag"));
}

const char *
ql_hub_parts_get_done (QlHubParts *self, const char *name)
{
  return json_string_value (json_object_get (json_object_get (self->files, name), "sha256"));
}

gboolean
ql_hub_parts_save (QlHubParts *self, GError **error)
{
  char *text = json_dumps (self->root, JSON_INDENT (1));
  g_autoptr (GError) problem = NULL;
  gboolean ok
      = g_file_set_contents_full (self->path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644, &problem);

  free (text);
  if (!ok && g_error_matches (problem, G_FILE_ERROR, G_FILE_ERROR_NOSPC))
    g_set_error (error, QL_HUB_ERROR, QL_HUB_ERROR_SPACE,
                 _ ("%s: the disk is full; make room and go on: what was fetched is kept"), self->path);
  else if (!ok)
    g_set_error (error, QL_HUB_ERROR, QL_HUB_ERROR_DISK, _ ("%s: this could not be written: %s"), self->path,
                 problem->message);
  return ok;
}

void
ql_hub_parts_forget (QlHubParts *self)
{
  json_object_clear (self->files);
  unlink (self->path);
}

void
ql_hub_parts_discard (QlHubParts *self)
{
  g_autofree char *inner = g_build_filename (self->dir, "qformer_tokenizer", NULL);
  const char *name;
  json_t *file;

  json_object_foreach (self->files, name, file)
  {
    g_autofree char *path = g_build_filename (self->dir, name, NULL);
    g_autofree char *part = ql_hub_part_path (self->dir, name);

    if (!ql_model_files_is_wanted (name))
      continue;
    unlink (part);
    if (ql_hub_parts_get_done (self, name) != NULL)
      unlink (path);
  }
  ql_hub_parts_forget (self);
  rmdir (inner); /* where they are empty */
  rmdir (self->dir);
}
