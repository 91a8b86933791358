#include "app/hub-listing.h"

#include <string.h>

#include <glib/gi18n.h>
#include <jansson.h>

#include "app/model-files.h"
#include "app/sha256.h"

#define MAX_ENTRIES 20000
#define MAX_FILES 500
#define MAX_SMALL_BYTES G_GUINT64_CONSTANT (100000000)
#define MAX_WEIGHTS_BYTES G_GUINT64_CONSTANT (1000000000000)
#define MAX_VERSION_BYTES 128
#define SINGLE_NAME "model.safetensors"

void
ql_hub_file_free (QlHubFile *file)
{
  if (file == NULL)
    return;
  g_free (file->path);
  g_free (file->sha256);
  g_free (file->version);
  g_free (file);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlHubFile, ql_hub_file_free)

static gboolean
fail (const char *repo, const char *problem, GError **error)
{
  g_set_error (error, QL_HUB_ERROR, QL_HUB_ERROR_LISTING, _ ("the hub's list of the files of %s: %s"), repo,
               problem);
  return FALSE;
}

static gboolean
fail_file (const char *repo, const char *path, const char *problem, GError **error)
{
  g_autofree char *escaped = g_strescape (path, NULL);

  g_set_error (error, QL_HUB_ERROR, QL_HUB_ERROR_LISTING,
               _ ("the hub's list of the files of %s: “%.200s”: %s"), repo, escaped, problem);
  return FALSE;
}

/* Hidden files (".gitattributes") are harmless and never wanted. */
static gboolean
could_escape (const char *path)
{
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);

  if (!g_utf8_validate (path, -1, NULL) || strchr (path, '\\') != NULL)
    return TRUE;
  for (const char *at = path; *at != '\0'; at = g_utf8_next_char (at))
    if (g_unichar_iscntrl (g_utf8_get_char (at)))
      return TRUE;
  for (char **part = parts; *part != NULL; part++)
    if (**part == '\0' || strcmp (*part, ".") == 0 || strcmp (*part, "..") == 0)
      return TRUE;
  return *parts == NULL; /* the empty name */
}

/* NULL without an error: not wanted */
static QlHubFile *
parse_entry (json_t *entry, const char *repo, GError **error)
{
  const char *type = json_string_value (json_object_get (entry, "type"));
  const char *path = json_string_value (json_object_get (entry, "path"));
  json_t *size = json_object_get (entry, "size");
  json_t *lfs = json_object_get (entry, "lfs");
  const char *sha256 = json_string_value (json_object_get (lfs, "oid"));
  const char *version = json_string_value (json_object_get (entry, "oid"));
  guint64 limit;
  QlHubFile *file;

  if (type == NULL || path == NULL)
    {
      fail (repo, _ ("an entry has no name"), error);
      return NULL;
    }
  if (could_escape (path))
    {
      fail_file (repo, path, _ ("this is no name of a file inside the repository; nothing was fetched"),
                 error);
      return NULL;
    }
  if (strcmp (type, "file") != 0 || !ql_model_files_is_wanted (path))
    return NULL;
  limit = ql_model_files_is_weights (path) ? MAX_WEIGHTS_BYTES : MAX_SMALL_BYTES;
  if (!json_is_integer (size) || json_integer_value (size) < 0 || (guint64) json_integer_value (size) > limit)
    {
      fail_file (repo, path, _ ("its size is missing or beyond belief"), error);
      return NULL;
    }
  if (sha256 != NULL && g_str_has_prefix (sha256, "sha256:"))
    sha256 += strlen ("sha256:");
  if (lfs != NULL && !json_is_null (lfs) && (sha256 == NULL || !ql_is_sha256 (sha256, strlen (sha256))))
    {
      fail_file (repo, path, _ ("its SHA-256 sum is missing or damaged"), error);
      return NULL;
    }
  file = g_new0 (QlHubFile, 1);
  file->path = g_strdup (path);
  file->n_bytes = (guint64) json_integer_value (size);
  file->sha256 = g_strdup (sha256);
  file->version = g_strndup (version != NULL ? version : "", MAX_VERSION_BYTES);
  return file;
}

static int
compare_file (gconstpointer a, gconstpointer b)
{
  const QlHubFile *first = *(const QlHubFile *const *) a, *second = *(const QlHubFile *const *) b;
  gboolean first_large = ql_model_files_is_weights (first->path);
  gboolean second_large = ql_model_files_is_weights (second->path);

  if (first_large != second_large)
    return first_large ? 1 : -1;
  return strcmp (first->path, second->path);
}

static gboolean
has (const GPtrArray *files, const char *path)
{
  for (guint i = 0; i < files->len; i++)
    if (strcmp (((QlHubFile *) files->pdata[i])->path, path) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
is_shard (const char *path)
{
  return g_str_has_prefix (path, "model-") || strcmp (path, SINGLE_NAME ".index.json") == 0;
}

/* As transformers and the engine choose: the single file where there is one. */
static void
drop_shards (GPtrArray *files)
{
  if (!has (files, SINGLE_NAME))
    return;
  for (guint i = files->len; i > 0; i--)
    if (is_shard (((QlHubFile *) files->pdata[i - 1])->path))
      g_ptr_array_remove_index (files, i - 1);
}

static gboolean
check_complete (GPtrArray *files, const char *repo, GError **error)
{
  for (guint i = 1; i < files->len; i++) /* sorted */
    if (strcmp (((QlHubFile *) files->pdata[i - 1])->path, ((QlHubFile *) files->pdata[i])->path) == 0)
      return fail_file (repo, ((QlHubFile *) files->pdata[i])->path, _ ("it is there twice"), error);
  if (!has (files, "config.json"))
    return fail (repo, _ ("there is no config.json, so this is not a model; choose another repository"),
                 error);
  if (!has (files, SINGLE_NAME) && !has (files, SINGLE_NAME ".index.json"))
    return fail (
        repo, _ ("there are no weights as safetensors, which is what Qlens reads; choose another repository"),
        error);
  return TRUE;
}

static GPtrArray *
parse_entries (json_t *root, const char *repo, GError **error)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func ((GDestroyNotify) ql_hub_file_free);
  json_t *entry;
  size_t i;

  json_array_foreach (root, i, entry)
  {
    GError *problem = NULL;
    QlHubFile *file = parse_entry (entry, repo, &problem);

    if (problem != NULL)
      {
        g_propagate_error (error, problem);
        return NULL;
      }
    if (file != NULL)
      g_ptr_array_add (files, file);
  }
  g_ptr_array_sort (files, compare_file);
  if (files->len > MAX_FILES || !check_complete (files, repo, error))
    {
      if (files->len > MAX_FILES)
        fail (repo, _ ("there are too many files"), error);
      return NULL;
    }
  drop_shards (files);
  return g_steal_pointer (&files);
}

GPtrArray *
ql_hub_listing_parse (const char *text, gsize n_bytes, const char *repo, GError **error)
{
  json_error_t problem;
  json_t *root;
  GPtrArray *files = NULL;

  if (n_bytes > QL_HUB_MAX_LISTING_BYTES)
    {
      fail (repo, _ ("it is too long"), error);
      return NULL;
    }
  root = json_loadb (text, n_bytes, JSON_REJECT_DUPLICATES, &problem);
  if (!json_is_array (root))
    fail (repo, _ ("the answer is not such a list; is the mirror's address right?"), error);
  else if (json_array_size (root) > MAX_ENTRIES)
    fail (repo, _ ("there are too many files"), error);
  else
    files = parse_entries (root, repo, error);
  json_decref (root);
  return files;
}

guint64
ql_hub_listing_total (const GPtrArray *files)
{
  guint64 total = 0;

  for (guint i = 0; i < files->len; i++)
    total += ((QlHubFile *) files->pdata[i])->n_bytes; /* ≤ MAX_FILES × MAX_WEIGHTS_BYTES */
  return total;
}
