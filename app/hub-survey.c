#include "app/hub-survey.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "app/hub-address.h"
#include "app/hub-download.h"
#include "app/hub-parts.h"
#include "app/model-sums.h"

#define MAX_FOLDERS 1000

void
ql_hub_found_free (QlHubFound *found)
{
  if (found == NULL)
    return;
  g_free (found->repo);
  g_free (found->dir);
  g_free (found);
}

static gboolean
has_dir (const GPtrArray *all, const char *dir)
{
  for (guint i = 0; i < all->len; i++)
    if (strcmp (((QlHubFound *) all->pdata[i])->dir, dir) == 0)
      return TRUE;
  return FALSE;
}

static void
add_unfinished (GPtrArray *all, const char *dir)
{
  g_autoptr (QlHubParts) parts = has_dir (all, dir) ? NULL : ql_hub_parts_find (dir);
  QlHubFound *found;

  /* a name from a file: what is none could lead anywhere */
  if (parts == NULL || !ql_hub_repo_is_valid (ql_hub_parts_get_repo (parts)))
    return;
  found = g_new0 (QlHubFound, 1);
  found->repo = g_strdup (ql_hub_parts_get_repo (parts));
  found->dir = g_strdup (dir);
  found->kept_bytes = ql_hub_parts_get_kept (parts);
  found->total_bytes = ql_hub_parts_get_total (parts);
  g_ptr_array_add (all, found);
}

static gboolean
is_file (const char *dir, const char *name, guint64 *n_bytes)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  struct stat status;

  if (stat (path, &status) != 0 || !S_ISREG (status.st_mode))
    return FALSE;
  *n_bytes += (guint64) status.st_size;
  return TRUE;
}

/* A download ends with its SHA256SUMS, and with its record removed. */
static void
add_complete (GPtrArray *all, const char *dir, const char *repo)
{
  g_autoptr (QlHubParts) parts = ql_hub_parts_find (dir);
  g_autoptr (GHashTable) sums = parts == NULL ? ql_model_sums_load (dir, NULL) : NULL;
  guint64 n_bytes = 0;
  GHashTableIter iter;
  gpointer name;
  QlHubFound *found;

  if (sums == NULL || !g_hash_table_contains (sums, "config.json"))
    return;
  g_hash_table_iter_init (&iter, sums);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    if (!is_file (dir, name, &n_bytes))
      return;
  found = g_new0 (QlHubFound, 1);
  found->repo = g_strdup (repo);
  found->dir = g_strdup (dir);
  found->total_bytes = n_bytes;
  found->complete = TRUE;
  g_ptr_array_add (all, found);
}

static int
compare_dir (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(QlHubFound *const *) a)->dir, (*(QlHubFound *const *) b)->dir);
}

GPtrArray *
ql_hub_survey (const char *folder, const GPtrArray *repos)
{
  GPtrArray *all = g_ptr_array_new_with_free_func ((GDestroyNotify) ql_hub_found_free);
  g_autoptr (GDir) listing = g_dir_open (folder, 0, NULL);
  const char *name;

  for (guint i = 0; listing != NULL && i < repos->len; i++)
    {
      g_autofree char *dir = ql_hub_download_dir_in (folder, repos->pdata[i]);

      add_unfinished (all, dir);
      add_complete (all, dir, repos->pdata[i]);
    }
  for (int i = 0; i < MAX_FOLDERS && listing != NULL && (name = g_dir_read_name (listing)) != NULL; i++)
    {
      g_autofree char *dir = g_build_filename (folder, name, NULL);

      add_unfinished (all, dir);
    }
  g_ptr_array_sort (all, compare_dir);
  return all;
}

guint64
ql_hub_survey_room (const char *folder)
{
  g_autofree char *at = g_strdup (folder);
  struct statvfs disk;

  while (statvfs (at, &disk) != 0)
    {
      char *above = g_path_get_dirname (at);

      if (strcmp (above, at) == 0)
        {
          g_free (above);
          return 0;
        }
      g_free (at);
      at = above;
    }
  return (guint64) disk.f_bavail * disk.f_frsize;
}
